"""Tests of the engine alone, with a rulebook about corner shops instead of the built-in one."""
