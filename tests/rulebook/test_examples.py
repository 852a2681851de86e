"""The worked companies of the specification: every expected outcome, at both depths."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from socialrules import Rulebook

from .shared import Record, needs_spec, outcomes_of, spec, spec_rows

pytestmark = needs_spec
IDS = list(spec_rows("examples"))
DEPTHS = {"full": "expected", "core": "expected_core"}


@pytest.fixture(scope="module")
def found(rules_at: Callable[[str], Rulebook]) -> dict[str, dict[str, Record]]:
    """By depth and id, what comes out."""
    records = [{**x["company"], "accounts": x["accounts"]} for x in spec("examples").values()]
    return {depth: dict(zip(IDS, outcomes_of(rules_at(depth), records)[0], strict=True)) for depth in DEPTHS}


def cells(expected: Record) -> Iterator[tuple[str, Any]]:
    """The expected cells of a record, by the name of their column."""
    for name, value in expected.items():
        if name == "guidelines":
            yield from value.items()
        elif name == "checks":
            yield from ((code.lower().replace("-", "_"), outcome) for code, outcome in value.items())
        elif name != "accounts":
            yield name, value


def differences(expected: Record, got: Record) -> dict[str, tuple[Any, Any]]:
    pairs = {name: (value, got[name]) for name, value in cells(expected)}
    return {
        name: (value, mine)
        for name, (value, mine) in pairs.items()
        if not (mine == pytest.approx(value, abs=1e-9, rel=0) if isinstance(value, float) else mine == value)
    }


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("example", IDS)
def test_a_worked_company_comes_out_as_expected(example: str, depth: str, found: dict[str, dict[str, Record]]) -> None:
    expected, got = spec("examples")[example][DEPTHS[depth]], found[depth][example]
    assert differences(expected, got) == {}
    assert [a["network"] for a in got["accounts"]] == [a["network"] for a in expected["accounts"]]
    for theirs, ours in zip(expected["accounts"], got["accounts"], strict=True):
        assert differences(theirs, ours) == {}, theirs["network"]


@pytest.mark.parametrize("example", IDS)
def test_the_outcomes_of_checks_do_not_depend_on_the_depth(example: str, found: dict[str, dict[str, Record]]) -> None:
    # WT-01, WT-02, DD-13 and RA-01 follow from guidelines, which do.
    following = {"WT-01", "WT-02", "DD-13", "RA-01"}
    checks = {c: o for c, o in spec("examples")[example]["expected"]["checks"].items() if c not in following}
    assert differences({"checks": checks}, found["core"][example]) == {}
