"""Tests of what `map` and `inspect` do."""
