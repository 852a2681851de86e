"""Tests of what `inspect` finds."""
