"""Which checks can be decided from which facts have a column: never too few are called possible."""

from __future__ import annotations

import pytest

from socialrules import Rulebook, load_rulebook
from socialrules.compiler import compile_rulebook
from socialrules.decidable import decidable_checks
from socialrules.model import Check
from tests.core.corner_shop import book, check, guideline, tables_of, term


def decision(
    fed: set[str], *checks: Check, present: tuple[str, ...] = ("shop",), parts: tuple[object, ...] = ()
) -> list[str]:
    """Can the checks be decided, where shops have these facts?"""
    rules = book(guideline("g", *checks), *parts)  # type: ignore[arg-type]
    absent = frozenset({"shelf"}) - set(present)
    settled = compile_rulebook(rules, absent=absent).rulebook
    keys = {("shop", n) if "." not in n else tuple(n.split(".")) for n in fed}
    return [d.decision for d in decidable_checks(settled, keys, present)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("passes", "fed", "expected"),
    [
        ("size > 3", {"size"}, "can"),
        ("size > 3", {"depth"}, "cannot"),
        ("size > depth", {"size"}, "cannot"),
        ("size > 3 AND depth > 3", {"size"}, "partly"),
        ("size > 3 OR depth > 3", {"depth"}, "partly"),
        ("coalesce(size, depth) > 3", {"depth"}, "partly"),
        ("coalesce(size > 3, depth > 3)", {"size"}, "partly"),
        ("size IS NULL", set(), "partly"),
        ("CASE WHEN size > 1 THEN depth > 1 END", {"size"}, "cannot"),
        ("CASE WHEN size > 1 THEN depth > 1 END", {"depth"}, "cannot"),
        ("CASE WHEN size > 1 THEN TRUE ELSE depth > 1 END", {"depth"}, "partly"),
        ("size + depth > 3", {"depth"}, "cannot"),
        ("NOT size > 3", {"size"}, "can"),
        ("size IN (1, 2, depth)", {"depth"}, "cannot"),
        ("contains(goods, 'tea')", {"goods"}, "can"),
        ("size(goods) > 1", set(), "cannot"),
        ("dont_know(p)", set(), "partly"),
        ("all_pass(size > 3, depth > 3)", {"size"}, "partly"),
        ("any_pass(size > 3, depth > 3)", {"depth"}, "partly"),
        ("days_between(opened, today) > 30", {"today"}, "cannot"),
        ("days_between(opened, today) > 30", {"opened", "today"}, "can"),
    ],
)
def test_a_check_is_as_decidable_as_its_expression(passes: str, fed: set[str], expected: str) -> None:
    assert decision(fed, check("SH-01", passes)) == [expected]


def test_what_speaks_for_a_fail_counts_as_much_as_what_speaks_for_a_pass() -> None:
    two = check("SH-01", "size > 3", fails="depth < 1")
    assert decision({"depth"}, two) == ["partly"]
    assert decision(set(), two) == ["cannot"]
    assert decision({"size"}, check("SH-01", "size > 3", applies="depth > 1")) == ["partly"]


def test_terms_are_followed_to_the_facts_they_read() -> None:
    assert decision({"depth"}, check("SH-01", "big"), parts=(term("big", "size > 3 AND depth > 3"),)) == ["partly"]
    assert decision({"owner"}, check("SH-01", "big"), parts=(term("big", "size > 3 AND depth > 3"),)) == ["cannot"]


def test_rows_of_a_child_count_only_where_it_has_an_input() -> None:
    wide = check("SH-01", "any_of(shelf, TRUE, shelf.width > 3)")
    assert decision({"shelf.width"}, wide, present=("shop", "shelf")) == ["can"]
    assert decision({"shelf.height"}, wide, present=("shop", "shelf")) == ["cannot"]
    assert decision(set(), wide) == ["cannot"]
    own = check("SH-02", "shelf.width > 3", level="shelf", rollup=False)
    assert decision({"shelf.width"}, own, present=("shop", "shelf")) == ["can"]
    assert decision({"shelf.width"}, own) == ["cannot"]


def test_a_count_of_no_rows_is_a_number_too() -> None:
    assert decision(set(), check("SH-01", "count_of(shelf, TRUE) > 0")) == ["can"]


@pytest.mark.parametrize("fed", [{"p"}, {"size"}, {"goods", "first"}, {"size", "depth"}, {"q", "second"}, set()])
def test_what_is_called_impossible_never_happens(fed: set[str]) -> None:
    expressions = [
        "p = 'yes' AND q = 'yes'", "p = 'yes' OR q = 'yes'", "coalesce(p = 'yes', size > 2)", "size > depth",
        "NOT (size > 1) OR depth > 2", "all_pass(p = 'yes', size > 2)", "any_pass(q = 'yes', depth > 2)",
        "CASE WHEN p = 'yes' THEN size > 2 ELSE depth > 2 END", "contains(goods, 'tea') AND size(goods) > 1",
        "dont_know(p) OR q = 'no'", "only_if(size > 2, p = 'yes')", "round(size / depth) > 1",
        "size IS NULL OR depth > 1",
    ]  # fmt: skip
    rules = book(guideline("g", *(check(f"SH-{n:02}", e) for n, e in enumerate(expressions))))
    cells: dict[str, list[object]] = {
        "p": ["yes", "no", "dont_know", None],
        "q": ["yes", "no", None],
        "size": [0, 3, None],
        "depth": [0, 2, 5, None],
        "goods": [["tea"], ["tea", "milk"], [], None],
        "first": ["pass", "fail", None],
        "second": ["pass", None],
    }
    rows = [{f: cells[f][(n // (i + 1)) % len(cells[f])] for i, f in enumerate(sorted(fed))} for n in range(24)]
    names = [c.name for c in rules.checks()]
    found = tables_of(rules, {"shop": names}, rows)["shop"]
    outcomes = {name: {row[name] for row in found} for name in names}
    settled = compile_rulebook(rules, absent=frozenset({"shelf"})).rulebook
    decided = decidable_checks(settled, {("shop", f) for f in fed}, ("shop",))
    impossible = [d.check.name for d in decided if d.decision == "cannot"]
    assert {n: o for n in impossible if (o := outcomes[n] & {"pass", "fail"})} == {}
    possible = [d.check.name for d in decided if d.decision != "cannot"]
    assert fed == set() or all(outcomes[n] & {"pass", "fail"} for n in possible)


def test_with_every_fact_every_built_in_check_can_be_decided_and_with_none_hardly_any() -> None:
    rules: Rulebook = load_rulebook()
    tables = rules.assembly.tables
    every = {(t.name, f.name) for t in tables.values() for f in t.facts}
    assert {d.decision for d in decidable_checks(rules, every, tables)} == {"can"}
    none = decidable_checks(rules, set(), tables)
    assert sum(d.decision == "cannot" for d in none) > 0.9 * len(none)
