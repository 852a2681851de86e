"""What the tests of this folder share."""

from __future__ import annotations

import pytest

from socialrules import Rulebook

from .small import small_rulebook


@pytest.fixture(scope="session")
def book() -> Rulebook:
    """The small rulebook."""
    return small_rulebook()
