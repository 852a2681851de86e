"""Decision tables, flags, tallies and scores, against references written in Python."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialrules.model import Decision, Flags, Guideline, Score, Tally

from .corner_shop import book, check, guideline, parameter, shop_values, tables_of, term, value_of
from .test_outcomes import FACTS, SHOPS, TRIPLES, Operand, spelt

TRUTHS = {True: "yes", False: "no", None: None}
PAIRS = list(itertools.product(TRUTHS, repeat=2))
PAIR_SHOPS = [{"p": TRUTHS[p], "q": TRUTHS[q]} for p, q in PAIRS]


def decision(**fields: Any) -> Decision:
    """A decision table called ``choice``."""
    return Decision.model_validate({"name": "choice", "level": "shop", "title": "t", **fields})


def test_the_first_row_that_is_true_decides() -> None:
    rows = [{"when": "p = 'yes'", "then": "a"}, {"when": "q = 'yes'", "then": "b"}, {"when": "p = 'no'", "then": "a"}]
    found = shop_values(book(decision(rows=rows)), "choice", PAIR_SHOPS)
    assert found == ["a" if p else "b" if q else "a" if p is False else None for p, q in PAIRS]


def test_further_columns_are_those_of_the_row_that_decided() -> None:
    rows = [
        {"when": "p = 'yes'", "then": "a", "set": {"why": "first", "who": "you"}},
        {"when": "q = 'yes'", "then": "a"},
        {"when": "TRUE", "then": "b", "set": {"why": "last"}},
    ]
    rulebook = book(decision(rows=rows, columns=["why", "who"]))
    found = [
        (r["choice"], r["why"], r["who"])
        for r in tables_of(rulebook, {"shop": ["choice", "why", "who"]}, PAIR_SHOPS)["shop"]
    ]
    assert found == [("a", "first", "you") if p else ("a", None, None) if q else ("b", "last", None) for p, q in PAIRS]


def test_revisions_are_applied_in_order_and_keep_what_was_decided() -> None:
    rows = [{"when": "p = 'yes'", "then": "a"}, {"when": "TRUE", "then": "b"}]
    after = [
        {"when": "this = 'a' AND q = 'yes'", "then": "c"},
        {"when": "this IN ('b', 'c') AND q IS NOT NULL", "then": "d", "keep_as": "before"},
        {"when": "this = 'a'", "then": "e"},
    ]
    rulebook = book(decision(rows=rows, after=after, columns=["before"]))

    def decided(p: bool | None, q: bool | None) -> tuple[str, str | None]:
        this, before = "a" if p else "b", None
        if this == "a" and q is True:
            this = "c"
        if this in ("b", "c") and q is not None:
            this, before = "d", this
        return ("e" if this == "a" else this), before

    found = tables_of(rulebook, {"shop": ["choice", "before"]}, PAIR_SHOPS)["shop"]
    assert [(r["choice"], r["before"]) for r in found] == [decided(p, q) for p, q in PAIRS]


def test_a_kept_decision_does_not_wipe_out_what_a_row_set() -> None:
    rows = [{"when": "p = 'yes'", "then": "a", "set": {"before": "doubt"}}, {"when": "TRUE", "then": "b"}]
    after = [{"when": "this = 'b' AND q = 'yes'", "then": "c", "keep_as": "before"}]
    rulebook = book(decision(rows=rows, after=after, columns=["before"]))
    assert shop_values(rulebook, "before", PAIR_SHOPS) == ["doubt" if p else "b" if q else None for p, q in PAIRS]


def test_a_decision_may_be_read_and_its_results_are_known() -> None:
    rows = [{"when": "p = 'yes'", "then": "a"}, {"when": "q = 'yes'", "then": "b"}]
    rulebook = book(
        decision(rows=rows, after=[{"when": "this = 'b'", "then": "c"}]), term("it", "choice IN ('b', 'c')")
    )
    assert shop_values(rulebook, "it", PAIR_SHOPS) == [False if p else True if q else None for p, q in PAIRS]
    assert rulebook.definitions["shop", "choice"].type.values == {"a", "b", "c"}


def test_a_decision_on_rows_is_made_for_each_row() -> None:
    rows = [{"when": "shelf.width > 1 AND size > 1", "then": "keep"}, {"when": "shelf.width IS NOT NULL", "then": "go"}]
    rulebook = book(decision(level="shelf", rows=rows), term("kept", "count_of(shelf, shelf.choice = 'keep')"))
    tables = tables_of(
        rulebook, {"shop": ["kept"], "shelf": ["choice"]}, [{"size": 2}], [{"width": w} for w in (2, 0, None)]
    )
    assert [r["choice"] for r in tables["shelf"]] == ["keep", "go", None]
    assert tables["shop"][0]["kept"] == 1


def test_flags_are_listed_in_their_order_where_they_are_true() -> None:
    rows = [
        {"flag": "one", "when": "p = 'yes'", "say": "s"},
        {"flag": "two", "when": "q = 'yes'", "say": "s", "first": True},
        {"flag": "three", "when": "p = 'yes' AND q = 'yes'", "say": "s"},
    ]
    rulebook = book(
        Flags.model_validate({"name": "marks", "level": "shop", "rows": rows}), term("it", "contains(marks, 'two')")
    )
    found = tables_of(rulebook, {"shop": ["marks", "it"]}, PAIR_SHOPS)["shop"]
    assert [r["marks"] for r in found] == [
        ["one"] * bool(p) + ["two"] * bool(q) + ["three"] * bool(p and q) for p, q in PAIRS
    ]
    assert [r["it"] for r in found] == [q is True for _, q in PAIRS]


# Tallies and score


def spelt_guideline(id_: str, *kinds: tuple[str, str]) -> Guideline:
    """A guideline whose checks spell the facts in turn, each of a severity and required from a depth on."""
    checks = [
        spelt(f"{id_[0].upper()}{n}-00", FACTS[n % 3], at, severity=severity) for n, (severity, at) in enumerate(kinds)
    ]
    return guideline(id_, *checks)


KINDS = [
    ("blocker", "core"),
    ("major", "never"),
    ("major", "core"),
    ("minor", "never"),
    ("blocker", "full"),
    ("minor", "core"),
]
TALLIES = [
    Tally(name="failed_blockers", role="ready", severities=("blocker",), measure="failed"),
    Tally(name="failed_majors", role="ready", severities=("major",), measure="failed"),
    Tally(name="coverage", role="ready", severities=("blocker", "major"), measure="known_share"),
    Tally(name="nobody", role="others", severities=("blocker",), measure="failed"),
    Tally(name="no_share", role="others", severities=("blocker",), measure="known_share"),
]


def counted(triple: Sequence[str], severities: Sequence[str], depth: str) -> list[Operand]:
    """The outcomes of KINDS of these severities, and whether an unknown one counts."""
    return [
        Operand(triple[n % 3], at in ("core", depth))
        for n, (severity, at) in enumerate(KINDS)
        if severity in severities
    ]


@pytest.mark.parametrize("depth", ["core", "full"])
def test_a_tally_counts_what_fails_and_the_share_that_is_known(depth: str) -> None:
    rulebook = book(spelt_guideline("alpha", *KINDS), *TALLIES, depth=depth)
    for triple, row in zip(
        TRIPLES, tables_of(rulebook, {"shop": [t.name for t in TALLIES]}, SHOPS)["shop"], strict=True
    ):
        assert row["failed_blockers"] == sum(o.outcome == "fail" for o in counted(triple, ["blocker"], depth))
        assert row["failed_majors"] == sum(o.outcome == "fail" for o in counted(triple, ["major"], depth))
        asked = [
            o.outcome
            for o in counted(triple, ["blocker", "major"], depth)
            if o.outcome != "not_applicable" and (o.required or o.outcome != "unknown")
        ]
        assert row["coverage"] == (sum(o != "unknown" for o in asked) / len(asked) if asked else None)
        assert (row["nobody"], row["no_share"]) == (0, None)


def test_a_tally_counts_more_checks_than_a_small_number_holds() -> None:
    many = guideline("many", *(check(f"M{n}-00", "p = 'yes'") for n in range(200)))
    tallies = [TALLIES[1], Tally(name="share", role="ready", severities=("major",), measure="known_share")]
    square = term("square", "failed_majors * failed_majors")
    row = tables_of(book(many, *tallies, square), {"shop": ["failed_majors", "share", "square"]}, [{"p": "no"}])[
        "shop"
    ][0]
    assert (row["failed_majors"], row["share"], row["square"]) == (200, 1, 40_000)


WEIGHTS = {"blocker": 4, "major": 2, "minor": 1}
SCORE = Score(name="score", role="ready", weights={s: f"$w_{s}" for s in WEIGHTS}, known_min="$known_min")  # type: ignore[misc]
PARAMETERS = [parameter(f"w_{s}", w) for s, w in WEIGHTS.items()] + [parameter("known_min", 0.5)]


def score_of(guidelines: Sequence[Sequence[tuple[int, Operand]]]) -> tuple[float | None, float | None, float | None]:
    """Specification 4.4: the mean over the guidelines that have one, and the bounds."""
    shares: tuple[list[float], list[float], list[float]] = ([], [], [])
    for outcomes in guidelines:
        asked = [
            (w, o.outcome)
            for w, o in outcomes
            if o.outcome != "not_applicable" and (o.required or o.outcome != "unknown")
        ]
        every = sum(w for w, _ in asked)
        known = sum(w for w, o in asked if o != "unknown")
        passed = sum(w for w, o in asked if o == "pass")
        if known > 0 and known >= 0.5 * every:
            shares[0].append(passed / known)
        if every > 0:
            shares[1].append(passed / every)
            shares[2].append((passed + every - known) / every)
    score, low, high = (100 * sum(s) / len(s) if s else None for s in shares)
    return score, low, high


KIND = st.tuples(st.sampled_from(sorted(WEIGHTS)), st.sampled_from(["core", "full", "never"]))


@settings(max_examples=15)
@given(st.lists(st.lists(KIND, min_size=1, max_size=5), min_size=1, max_size=3), st.sampled_from(["core", "full"]))
def test_the_score_is_a_weighted_share_with_bounds(kinds: list[list[tuple[str, str]]], depth: str) -> None:
    guidelines = [spelt_guideline(name, *row) for name, row in zip(("alpha", "beta", "gamma"), kinds, strict=False)]
    names = ["score", "score_low", "score_high"]
    rows = tables_of(book(*guidelines, SCORE, *PARAMETERS, depth=depth), {"shop": names}, SHOPS)["shop"]
    for triple, row in zip(TRIPLES, rows, strict=True):
        expected = score_of(
            [
                [(WEIGHTS[s], Operand(triple[n % 3], at in ("core", depth))) for n, (s, at) in enumerate(g)]
                for g in kinds
            ]
        )
        assert (triple, tuple(row[n] for n in names)) == (triple, pytest.approx(expected))


def test_the_score_takes_rollups_but_no_minors_of_rows() -> None:
    rolled = "all_of(shelf, TRUE, shelf.{})"
    checks = [
        check("SH-01", "shelf.width > 1", "shelf", rollup=rolled.format("sh_01")),
        check("SH-02", "shelf.width > 9", "shelf", rollup=rolled.format("sh_02"), severity="minor"),
        check("LT-01", "p = 'yes'", severity="minor"),
        check("LT-02", "FALSE", rollup=False),
    ]
    rulebook = book(guideline("alpha", *checks), SCORE, *PARAMETERS)
    assert shop_values(rulebook, "score", [{"p": "no"}], [{"width": 2}]) == [pytest.approx(100 * 2 / 3)]


def test_a_score_without_guidelines_is_null() -> None:
    assert value_of("score_high", {}, (), SCORE, *PARAMETERS) is None


def test_what_is_not_selected_is_neither_counted_nor_weighed() -> None:
    rulebook = book(
        spelt_guideline("alpha", *KINDS),
        spelt_guideline("beta", *KINDS),
        *TALLIES,
        SCORE,
        *PARAMETERS,
        select=["A0-00", "A2-00"],
    )
    names = ["failed_blockers", "failed_majors", "coverage", "score"]
    shops = [{"first": "fail", "second": "fail", "third": "pass"}]
    row = tables_of(rulebook, {"shop": names}, shops)["shop"][0]
    assert [row[n] for n in names] == [1, 0, 1, pytest.approx(100 * 2 / 6)]
