"""The worked records beside each guideline, and that they show every outcome of every check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from socialrules import Rulebook
from socialrules.loading import read_toml
from socialrules.testing import check_cases

from .shared import AS_OF, ROOT

FILES = sorted((ROOT / "plugins").glob("*/cases.toml"))
NEVER = {("SR-10", "fail"): "no money set aside reads as a figure that is unknown: it only ever passes or is unknown"}
"""Outcomes that a check cannot have, each with the reason."""


def all_cases() -> Iterator[dict[str, Any]]:
    for file in FILES:
        yield from read_toml(file)["cases"]


def test_every_guideline_has_cases() -> None:
    guidelines = {p.parent.name for p in (ROOT / "plugins").glob("*/guideline.toml")}
    assert {p.parent.name for p in FILES} == guidelines
    assert len(guidelines) >= 18


@pytest.mark.parametrize("depth", ["core", "full"])
@pytest.mark.parametrize("file", FILES, ids=lambda f: f.parent.name)
def test_the_cases_of_a_guideline_hold(file: Path, depth: str, rules_at: Callable[[str], Rulebook]) -> None:
    assert check_cases(file, rules_at(depth), AS_OF) > 0


def test_every_check_is_shown_passing_failing_and_unknown(core_rules: Rulebook) -> None:
    shown: dict[str, set[str]] = {}
    for case in all_cases():
        for name, expected in case["expect"].items():
            shown.setdefault(name, set()).update(expected if isinstance(expected, list) else [expected])
    lacking = {
        (check.code, outcome)
        for check in core_rules.checks()
        for outcome in ("pass", "fail", "unknown")
        if outcome not in shown.get(check.code, set())
    }
    assert lacking == set(NEVER)


def test_no_two_cases_have_the_same_title() -> None:
    titles = Counter(case["title"] for case in all_cases())
    assert [title for title, times in titles.items() if times > 1] == []
