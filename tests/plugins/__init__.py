"""Tests of plugins as separate distributions."""
