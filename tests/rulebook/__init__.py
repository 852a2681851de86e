"""Tests of the readiness rulebook against its specification."""
