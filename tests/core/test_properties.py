"""What holds for any input: a record's values depend on the record alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialrules.model import Axis, Consistency, Decision, Flags, Score, Tally

from .corner_shop import book, check, guideline, tables_of, term

WHOLE = book(
    term("area", "size * depth"),
    term("widths", "total(shelf, shelf.colour = 'red', shelf.width)"),
    term("tallest", "first_of(shelf, TRUE, shelf.width, -shelf.height, shelf.width)"),
    term("fits", "shelf.width <= size AND NOT timber.hard", "shelf"),
    term("share", "shelf.width / widths", "shelf"),
    term("shares", "total(shelf, TRUE, round(shelf.share, 2))"),
    guideline(
        "lit",
        check("LT-01", "area > 2", applies="p = 'yes'"),
        check("LT-02", "contains(goods, 'tea')", fails="dont_know(goods)", severity="minor"),
        check(
            "SH-01", "shelf.fits", "shelf", rollup="all_of(shelf, shelf.width > 0, shelf.sh_01)", required_at="never"
        ),
    ),
    guideline("dry", check("DR-01", "shares < 1", severity="blocker"), check("DR-02", "colour = 'red' OR lt_02")),
    Axis(name="ready", level="shop", role="ready", combine="all", title="t"),
    Tally(name="fails", role="ready", severities=("blocker", "major"), measure="failed"),
    Score(name="points", role="ready", weights={"blocker": "3", "major": "2", "minor": "1"}, known_min="0.5"),
    Decision.model_validate(
        {
            "name": "advice",
            "level": "shelf",
            "title": "t",
            "columns": ["before"],
            "rows": [
                {"when": "passed(shelf.sh_01)", "then": "keep"},
                {"when": "failed(ready)", "then": "mend"},
                {"when": "TRUE", "then": "look"},
            ],
            "after": [{"when": "this = 'mend' AND shelf.width > 2", "then": "sell", "keep_as": "before"}],
        }
    ),
    Flags.model_validate(
        {
            "name": "marks",
            "level": "shop",
            "rows": [
                {"flag": "empty", "when": "count_of(shelf, TRUE) = 0", "say": "s"},
                {"flag": "full", "when": "widths > 3", "say": "s"},
            ],
        }
    ),
    term("sold", "count_of(shelf, shelf.advice = 'sell')"),
    Consistency(table="shop", holds="size <= 5", blames=("size",), reason="too large"),
)
OUTCOMES = ["lit", "dry", "ready"]
FIGURES = ["area", "widths", "tallest", "shares", "fails", "points", "points_low", "points_high", "sold"]
WANTED = {
    "shop": [*OUTCOMES, *FIGURES, "marks", "today"],
    "shelf": ["fits", "share", "sh_01", "advice", "before", "colour"],
}

NUMBERS = st.sampled_from([None, 0, 0.5, 1, 2.25, 3, 7])
SHELF = st.fixed_dictionaries(
    {
        "width": NUMBERS,
        "height": NUMBERS,
        "colour": st.sampled_from([None, "red", "green"]),
        "wood": st.sampled_from([None, "oak", "pine", "beech"]),
    }
)
SHOP = st.fixed_dictionaries(
    {
        "size": NUMBERS, "depth": NUMBERS, "p": st.sampled_from([None, "yes", "no", "dont_know"]),
        "colour": st.sampled_from([None, "red", "green", "dont_know"]),
        "goods": st.sampled_from([None, [], ["tea"], ["milk", "rope"], ["dont_know"]]),
        "today": st.sampled_from([None, "2024-01-01"]),
    }
)  # fmt: skip
RECORDS = st.lists(st.tuples(SHOP, st.lists(SHELF, max_size=4)), min_size=1, max_size=5)
Record = tuple[dict[str, Any], list[dict[str, Any]]]


def evaluated(
    records: list[Record], order: list[int] | None = None
) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Per record, the values of the shop and of its shelves. ``order``: how the shelves of all are arranged."""
    shelves = [
        {"of": n, "place": f"{k}", **shelf} for n, (_, shelves) in enumerate(records) for k, shelf in enumerate(shelves)
    ]
    arranged = [shelves[n] for n in order] if order else shelves
    tables = tables_of(
        WHOLE, {"shop": WANTED["shop"], "shelf": [*WANTED["shelf"], "place"]}, [shop for shop, _ in records], arranged
    )
    found: list[tuple[dict[str, Any], list[dict[str, Any]]]] = []
    for number, shop in enumerate(tables["shop"]):
        own = sorted((r for r in tables["shelf"] if r["parent_row"] == number), key=lambda r: r["place"])
        found.append(({n: shop[n] for n in WANTED["shop"]}, [{n: r[n] for n in WANTED["shelf"]} for r in own]))
    return found


@settings(max_examples=8)
@given(RECORDS)
def test_one_record_at_a_time_gives_the_same_as_all_at_once(records: list[Record]) -> None:
    assert [evaluated([record])[0] for record in records] == evaluated(records)


@pytest.mark.slow
@settings(max_examples=12)
@given(RECORDS, st.randoms(use_true_random=False))
def test_the_order_of_records_and_rows_changes_no_value(records: list[Record], random: Any) -> None:
    expected = evaluated(records)
    places = list(range(len(records)))
    random.shuffle(places)
    shelves = list(range(sum(len(rows) for _, rows in records)))
    random.shuffle(shelves)
    found = evaluated([records[n] for n in places], shelves)
    assert [found[places.index(n)] for n in range(len(records))] == expected


def test_rows_come_back_in_the_order_of_the_records_then_of_the_input() -> None:
    shelves = [{"of": n, "width": width} for width in (3, 1, 2) for n in (2, 0, 1)]
    rows = tables_of(WHOLE, {"shop": ["size"], "shelf": ["width"]}, [{"size": s} for s in (5, 1, 3)], shelves)
    assert [r["size"] for r in rows["shop"]] == [5, 1, 3]
    assert [(r["parent_row"], r["width"]) for r in rows["shelf"]] == [(n, w) for n in range(3) for w in (3, 1, 2)]


@settings(max_examples=5)
@given(RECORDS)
def test_an_outcome_is_never_null(records: list[Record]) -> None:
    outcomes = {"pass", "fail", "unknown", "not_applicable"}
    for shop, shelves in evaluated(records):
        assert {shop[name] for name in OUTCOMES} <= outcomes
        assert {r["sh_01"] for r in shelves} <= outcomes
