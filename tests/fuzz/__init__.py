"""Inputs that nobody would write: whatever comes, there is a result or one clear message."""
