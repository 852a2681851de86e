"""The rulebook at both depths, loaded once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from socialrules import Rulebook
from socialrules.model import Depth

from .shared import rules


@pytest.fixture(scope="session")
def core_rules() -> Rulebook:
    return rules("core")


@pytest.fixture(scope="session")
def full_rules() -> Rulebook:
    return rules("full")


@pytest.fixture(scope="session")
def rules_at() -> Callable[[Depth], Rulebook]:
    """The rulebook of a depth."""
    return rules
