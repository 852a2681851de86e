"""Functions over the rows of a child table, and what a child's rows may read."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from socialrules.model import Check

from .corner_shop import book, check, guideline, parameter, shop_values, tables_of, term, value_of
from .test_outcomes import OUTCOMES, Operand, all_of, any_of

TRUTHS = {True: 2.0, False: 0.0, None: None}
"""A width that makes ``shelf.width > 1`` true, false or unknown."""


def families(kinds: Sequence[Any], most: int) -> list[tuple[Any, ...]]:
    """Every sequence of up to ``most`` child rows, each of one kind."""
    return [f for n in range(most + 1) for f in itertools.product(kinds, repeat=n)]


def child_rows(family_rows: Sequence[Sequence[dict[str, Any]]]) -> list[dict[str, Any]]:
    """The rows of all families, those of family n belonging to shop n."""
    return [{"of": n, **row} for n, rows in enumerate(family_rows) for row in rows]


def test_any_of_and_all_of_conditions_are_kleene_over_the_rows_the_filter_takes() -> None:
    found = families(list(itertools.product(TRUTHS, TRUTHS)), 2)
    shelves = child_rows([[{"height": TRUTHS[f], "width": TRUTHS[v]} for f, v in family] for family in found])
    terms = [term(f, f"{f}(shelf, shelf.height > 1, shelf.width > 1)") for f in ("any_of", "all_of")]
    terms += [
        term("every", "all_of(shelf, TRUE, shelf.width > 1)"),
        term("none", "any_of(shelf, FALSE, shelf.width > 1)"),
    ]
    rows = tables_of(book(*terms), {"shop": [t.name for t in terms]}, [{}] * len(found), shelves)["shop"]
    for family, row in zip(found, rows, strict=True):
        taken = [value for chosen, value in family if chosen is True]
        every = [value for _, value in family]
        assert (family, row["any_of"]) == (
            family,
            (True if True in taken else None if None in taken else False) if taken else None,
        )
        assert (family, row["all_of"]) == (
            family,
            (False if False in taken else None if None in taken else True) if taken else None,
        )
        assert (family, row["every"]) == (
            family,
            (False if False in every else None if None in every else True) if every else None,
        )
        assert row["none"] is None


def spelt(code: str, required_at: str, **more: Any) -> Check:
    """A check of a shelf with the outcome that a column spells."""
    passes = "CASE shelf.outcome WHEN 'pass' THEN TRUE WHEN 'fail' THEN FALSE END"
    shared = {"rollup": False, **more}
    return check(code, passes, "shelf", applies="shelf.outcome <> 'not_applicable'", required_at=required_at, **shared)


FAMILIES = families(OUTCOMES, 3)
FAMILY_SHELVES = child_rows([[{"outcome": o} for o in family] for family in FAMILIES])


@pytest.mark.parametrize(("at", "depth"), [("core", "core"), ("full", "core"), ("full", "full"), ("never", "full")])
def test_any_of_and_all_of_outcomes_leave_out_what_does_not_apply_or_is_not_required(at: Any, depth: Any) -> None:
    terms = [term(f, f"{f}(shelf, TRUE, shelf.sh_01)") for f in ("any_of", "all_of")]
    rulebook = book(guideline("g", spelt("SH-01", at)), *terms, depth=depth)
    rows = tables_of(rulebook, {"shop": ["any_of", "all_of"]}, [{}] * len(FAMILIES), FAMILY_SHELVES)["shop"]
    for family, row in zip(FAMILIES, rows, strict=True):
        operands = [Operand(o, at in ("core", depth)) for o in family]
        assert (family, row["all_of"]) == (family, all_of(operands))
        assert (family, row["any_of"]) == (family, any_of(operands))


def test_outcomes_are_taken_from_the_rows_for_which_the_filter_is_true() -> None:
    shelves = [{"outcome": "fail", "height": h} for h in (0, None)] + [{"outcome": "pass", "height": 2}]
    rulebook = book(guideline("g", spelt("SH-01", "core")), term("it", "all_of(shelf, shelf.height > 1, shelf.sh_01)"))
    assert shop_values(rulebook, "it", [{}], shelves) == ["pass"]
    assert shop_values(rulebook, "it", [{}], shelves[:2]) == ["not_applicable"]


def test_a_rollup_puts_every_row_into_the_guideline() -> None:
    checks = [
        spelt("SH-01", "core", rollup="all_of(shelf, TRUE, shelf.sh_01)"),
        spelt("SH-02", "never", rollup="any_of(shelf, TRUE, shelf.sh_02)"),
    ]
    rulebook = book(guideline("g", *checks))
    found = shop_values(rulebook, "g", [{}] * len(FAMILIES), FAMILY_SHELVES)
    for family, outcome in zip(FAMILIES, found, strict=True):
        every, some = all_of([Operand(o) for o in family]), any_of([Operand(o, False) for o in family])
        assert (family, outcome) == (family, all_of([Operand(every), Operand(some, False)]))


def test_count_of_counts_rows_for_which_the_filter_is_true_and_is_0_without_any() -> None:
    found = families(list(TRUTHS), 3)
    shelves = child_rows([[{"width": TRUTHS[v]} for v in family] for family in found])
    terms = [
        term("wide", "count_of(shelf, shelf.width > 1)"),
        term("every", "count_of(shelf, TRUE)"),
        term("none", "count_of(shelf, NULL)"),
    ]
    rows = tables_of(book(*terms), {"shop": ["wide", "every", "none"]}, [{}] * len(found), shelves)["shop"]
    assert [(r["wide"], r["every"], r["none"]) for r in rows] == [(f.count(True), len(f), 0) for f in found]


def test_total_adds_what_is_known_and_is_null_where_nothing_is() -> None:
    found = families((None, -1.5, 2.0), 3)
    shelves = child_rows([[{"width": v, "height": v} for v in family] for family in found])
    terms = [
        term("every", "total(shelf, TRUE, shelf.width)"),
        term("some", "total(shelf, shelf.height > 0, shelf.width * 2)"),
    ]
    rows = tables_of(book(*terms), {"shop": ["every", "some"]}, [{}] * len(found), shelves)["shop"]
    for family, row in zip(found, rows, strict=True):
        known = [v for v in family if v is not None]
        assert row["every"] == (sum(known) if known else None)
        assert row["some"] == (sum(v * 2 for v in known if v > 0) if max(known, default=0) > 0 else None)


TOTAL = book(term("it", "total(shelf, TRUE, shelf.width)"))


def totals(orders: Sequence[Sequence[float]]) -> list[float]:
    """The total of every sequence of numbers, one shop each."""
    shelves = child_rows([[{"width": v} for v in order] for order in orders])
    return shop_values(TOTAL, "it", [{}] * len(orders), shelves)


def shuffles(values: Sequence[float]) -> list[list[float]]:
    """Some orders of the values."""
    turned = [[*values[n:], *values[:n]] for n in range(len(values))]
    return [*turned, sorted(values), sorted(values, key=abs), sorted(values, reverse=True)]


@settings(max_examples=12)
@example([0.1] * 10)
@example([1e11 + 0.01, -1e11, 0.02])
@given(st.lists(st.floats(-1e11, 1e11) | st.integers(-(10**7), 10**7).map(lambda n: n / 100), min_size=1, max_size=8))
def test_a_total_does_not_depend_on_the_order_of_the_rows(values: list[float]) -> None:
    found = set(totals(shuffles(values)))
    assert len(found) == 1
    assert abs(found.pop() - math.fsum(values)) <= len(values) * 1e-6 + 1e-15 * sum(map(abs, values))


@settings(max_examples=3)
@given(st.lists(st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=8), min_size=20, max_size=20))
def test_a_total_of_cents_is_exact(families_of_cents: list[list[int]]) -> None:
    found = totals([[c / 100 for c in cents] for cents in families_of_cents])
    assert found == [float(Decimal(sum(cents)) / 100) for cents in families_of_cents]


def test_a_total_of_large_numbers_does_not_depend_on_the_order_either() -> None:
    assert len(set(totals(shuffles([3e15, 1.1, -3e15, 0.7, 2e12])))) == 1


def test_a_total_keeps_small_numbers() -> None:
    (found,) = totals([[2e-7] * 5])
    assert found == pytest.approx(1e-6)


ORDERED = st.lists(
    st.tuples(st.sampled_from([None, 1.0, 2.0, 3.0]), st.sampled_from([None, 1.0, 2.0, 3.0])), max_size=5, unique=True
)


@settings(max_examples=6)
@given(st.lists(ORDERED, min_size=20, max_size=40))
def test_first_of_takes_the_largest_then_the_smallest_and_unknown_last(
    found: list[list[tuple[float | None, float | None]]],
) -> None:
    shelves = child_rows([[{"width": a, "height": b, "label": f"{a}/{b}"} for a, b in rows] for rows in found])
    terms = [
        term("every", "first_of(shelf, TRUE, shelf.label, -shelf.width, shelf.height)"),
        term("some", "first_of(shelf, shelf.height >= 2, shelf.label, -shelf.width, shelf.height)"),
    ]
    rows = tables_of(book(*terms), {"shop": ["every", "some"]}, [{}] * len(found), shelves)["shop"]

    def first(rows: list[tuple[float | None, float | None]]) -> str | None:
        best = sorted(rows, key=lambda r: (r[0] is None, -(r[0] or 0), r[1] is None, r[1] or 0))
        return f"{best[0][0]}/{best[0][1]}" if best else None

    assert [r["every"] for r in rows] == [first(f) for f in found]
    assert [r["some"] for r in rows] == [first([r for r in f if r[1] is not None and r[1] >= 2]) for f in found]


def test_first_of_gives_the_value_of_the_first_row_even_where_that_is_null() -> None:
    shelves = [{"width": 1, "height": None}, {"width": 2, "height": 5}]
    assert value_of("first_of(shelf, TRUE, shelf.height, shelf.width)", {}, shelves) is None
    assert value_of("first_of(shelf, TRUE, shelf.height, -shelf.width)", {}, shelves) == 5


def test_first_of_rows_that_tie_is_the_one_that_came_first() -> None:
    shelves = [{"width": 1, "label": f"w{(n * 7) % 100}"} for n in range(100)]
    shops = [{}] * 20
    rows = [{"of": n, **s} for s in shelves for n in range(len(shops))]
    assert (
        shop_values(book(term("it", "first_of(shelf, TRUE, shelf.label, shelf.width)")), "it", shops, rows)
        == ["w0"] * 20
    )


@pytest.mark.parametrize(("expression", "value"), [("it", "not_applicable"), ("passed(it)", False), ("NOT it", None)])
def test_first_of_outcomes_is_never_null(expression: str, value: Any) -> None:
    rulebook = book(
        guideline("g", spelt("SH-01", "core")),
        term("it", "first_of(shelf, TRUE, shelf.sh_01, shelf.width)"),
        term("that", expression),
    )
    assert shop_values(rulebook, "that", [{}]) == [value]


def test_first_of_may_give_a_condition_or_a_date() -> None:
    shelves = [{"width": 1, "height": 5}, {"width": 2, "height": 0}]
    assert value_of("first_of(shelf, TRUE, shelf.height > 1, -shelf.width)", {}, shelves) is False
    assert (
        value_of("days_between(opened, first_of(shelf, TRUE, today, shelf.width))", {"opened": "2024-03-14"}, shelves)
        == 1
    )


# What rows and records may read of each other


SHOPS = [{"size": 2.0}, {"size": None}, {"size": 10.0}]
SHELVES = [{"of": 0, "width": 1.0}, {"of": 0, "width": 3.0}, {"of": 2, "width": 4.0}, {"of": 2, "width": None}]


def test_a_row_reads_its_own_record_and_no_other() -> None:
    rulebook = book(
        term("fits", "shelf.width < size", "shelf"),
        term("twice", "size * 2"),
        term("rest", "twice - shelf.width", "shelf"),
    )
    rows = tables_of(rulebook, {"shop": ["twice"], "shelf": ["fits", "rest"]}, SHOPS, SHELVES)["shelf"]
    assert [(r["fits"], r["rest"]) for r in rows] == [(True, 3.0), (False, 1.0), (True, 16.0), (None, None)]
    shuffled = [SHELVES[n] for n in (3, 1, 2, 0)]
    assert [r["rest"] for r in tables_of(rulebook, {"shop": [], "shelf": ["rest"]}, SHOPS, shuffled)["shelf"]] == [
        1.0,
        3.0,
        None,
        16.0,
    ]


def test_a_function_over_rows_may_read_the_record() -> None:
    terms = [
        term("twice", "size * 2"),
        term("it", "count_of(shelf, shelf.width < size)"),
        term("that", "total(shelf, shelf.width < twice, twice)"),
    ]
    rows = tables_of(book(*terms), {"shop": ["it", "that"]}, SHOPS, SHELVES)["shop"]
    assert [(r["it"], r["that"]) for r in rows] == [(1, 8.0), (0, None), (1, 20.0)]


def test_a_function_over_rows_may_read_what_another_found() -> None:
    terms = [
        term("mean_width", "total(shelf, TRUE, shelf.width) / count_of(shelf, TRUE)"),
        term("above", "count_of(shelf, shelf.width > mean_width)"),
    ]
    assert shop_values(book(*terms), "above", SHOPS, SHELVES) == [1, 0, 1]


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("any_of(shelf, TRUE, count_of(shelf, TRUE) > 1)", [True, None, True]),
        ("count_of(shelf, shelf.width = total(shelf, TRUE, shelf.width))", [0, 0, 1]),
        ("total(shelf, any_of(shelf, TRUE, shelf.width IS NULL), shelf.width)", [None, None, 4.0]),
    ],
)
def test_a_function_over_rows_may_stand_inside_another(expression: str, values: list[Any]) -> None:
    assert shop_values(book(term("it", expression)), "it", SHOPS, SHELVES) == values


def test_a_function_over_rows_may_stand_in_a_rule_about_rows() -> None:
    rulebook = book(term("share", "shelf.width / total(shelf, TRUE, shelf.width)", "shelf"))
    rows = tables_of(rulebook, {"shop": [], "shelf": ["share"]}, SHOPS, SHELVES)["shelf"]
    assert [r["share"] for r in rows] == [0.25, 0.75, 1.0, None]


def test_records_and_rows_may_read_each_other_in_turns() -> None:
    terms = [
        term("widest", "first_of(shelf, TRUE, shelf.width, -shelf.width)"),
        term("is_widest", "shelf.width = widest", "shelf"),
        term("widest_count", "count_of(shelf, shelf.is_widest)"),
        term("alone", "shelf.is_widest AND widest_count = 1", "shelf"),
        term("it", "any_of(shelf, TRUE, shelf.alone)"),
    ]
    twins = [*SHELVES, {"of": 1, "width": 7.0}, {"of": 1, "width": 7.0}]
    assert shop_values(book(*terms), "it", SHOPS, twins) == [True, False, True]


def test_the_same_name_at_two_levels_is_two_things() -> None:
    terms = [
        term("same", "colour = 'red'"),
        term("same", "shelf.colour = 'red'", "shelf"),
        term("equal", "same = shelf.same AND colour = shelf.colour", "shelf"),
    ]
    shelves = [{"colour": "red"}, {"colour": "green"}]
    rows = tables_of(book(*terms), {"shop": ["same"], "shelf": ["same", "equal"]}, [{"colour": "red"}], shelves)
    assert [r["same"] for r in rows["shop"]] == [True]
    assert [(r["same"], r["equal"]) for r in rows["shelf"]] == [(True, True), (False, False)]


def test_a_lookup_gives_columns_and_defaults_for_what_it_does_not_know() -> None:
    terms = [
        term("hard", "timber.hard", "shelf"),
        term("cost", "timber.price * shelf.width", "shelf"),
        term("origin", "timber.from_where", "shelf"),
    ]
    shelves = [{"wood": w, "width": 2} for w in ("oak", "pine", "driftwood", None)]
    rows = tables_of(
        book(*terms, term("dear", "total(shelf, timber.hard, timber.price)")),
        {"shop": ["dear"], "shelf": ["hard", "cost", "origin"]},
        [{}],
        shelves,
    )
    assert [tuple(r[n] for n in ("hard", "cost", "origin")) for r in rows["shelf"]] == [
        (True, 15.0, "here"), (False, 6.0, "the north"), (False, 6.0, "here"), (False, 6.0, "here"),
    ]  # fmt: skip
    assert rows["shop"][0]["dear"] == 7.5


def test_a_parameter_is_read_everywhere_as_a_number() -> None:
    terms = [
        term("it", "count_of(shelf, shelf.width > $least) + $least"),
        term("wide", "shelf.width > $least", "shelf"),
    ]
    rulebook = book(*terms, parameter("least", 1.5), set_={"mine.least": 3.5})
    rows = tables_of(rulebook, {"shop": ["it"], "shelf": ["wide"]}, SHOPS, SHELVES)
    assert [r["it"] for r in rows["shop"]] == [3.5, 3.5, 4.5]
    assert [r["wide"] for r in rows["shelf"]] == [False, False, True, None]
