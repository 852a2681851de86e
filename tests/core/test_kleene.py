"""Three-valued logic and the functions of the guide, against references written in Python.

Every table is exhaustive: all combinations of the operands are rows of one input, all expressions
are terms of one rulebook.
"""

from __future__ import annotations

import datetime as dt
import itertools
import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest

from .corner_shop import AS_OF, book, parameter, shop_values, tables_of, term, value_of

Truth = bool | None
YES_NO: dict[Truth, str | None] = {True: "yes", False: "no", None: None}
TRUTHS: tuple[Truth, ...] = (True, False, None)
OUTCOMES = ("pass", "fail", "unknown", "not_applicable")


def kleene_and(*values: Truth) -> Truth:
    return False if False in values else None if None in values else True


def kleene_or(*values: Truth) -> Truth:
    return True if True in values else None if None in values else False


def kleene_not(value: Truth) -> Truth:
    return None if value is None else not value


def null_if_any(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, null where any argument is."""
    return lambda *values: None if None in values else function(*values)


def results(expressions: Iterable[str], shops: Sequence[dict[str, Any]], *parts: Any) -> list[dict[str, Any]]:
    """Per shop, the value of every expression."""
    named = {f"x{n}": text for n, text in enumerate(expressions)}
    rows = tables_of(book(*(term(n, t) for n, t in named.items()), *parts), {"shop": list(named)}, shops)["shop"]
    return [{text: row[name] for name, text in named.items()} for row in rows]


def agree(
    references: dict[str, Callable[..., Any]], shops: Sequence[dict[str, Any]], operands: Sequence[tuple[Any, ...]]
) -> None:
    """Every expression has on every shop the value that its reference gives for the shop's operands."""
    found = results(references, shops)
    assert len(found) == len(operands) > 0
    for given_, row in zip(operands, found, strict=True):
        for text, reference in references.items():
            assert (given_, text, row[text]) == (given_, text, reference(*given_))


TRIPLES = list(itertools.product(TRUTHS, repeat=3))
TRUTH_SHOPS = [dict(zip("pqr", (YES_NO[v] for v in t), strict=True)) for t in TRIPLES]
P, Q, R = "(p = 'yes')", "(q = 'yes')", "(r = 'yes')"


def test_and_or_and_not_follow_kleene() -> None:
    agree(
        {
            f"{P} AND {Q}": lambda p, q, r: kleene_and(p, q),
            f"{Q} AND {P} AND {R}": kleene_and,
            f"{P} OR {Q}": lambda p, q, r: kleene_or(p, q),
            f"{P} OR {Q} OR {R}": kleene_or,
            f"NOT {P}": lambda p, q, r: kleene_not(p),
            f"NOT NOT {P}": lambda p, q, r: p,
            f"{P} AND NOT {Q} OR {R}": lambda p, q, r: kleene_or(kleene_and(p, kleene_not(q)), r),
            f"{P} AND ({Q} OR {R})": lambda p, q, r: kleene_and(p, kleene_or(q, r)),
            f"NOT ({P} OR {Q}) AND {R}": lambda p, q, r: kleene_and(kleene_not(kleene_or(p, q)), r),
            f"{P} AND NULL": lambda p, q, r: kleene_and(p, None),
            f"NULL OR {P}": lambda p, q, r: kleene_or(None, p),
            "NOT NULL": lambda p, q, r: None,
        },
        TRUTH_SHOPS,
        TRIPLES,
    )


def test_conditions_compare_and_are_told_apart_from_unknown() -> None:
    agree(
        {
            f"{P} = {Q}": lambda p, q, r: null_if_any(operator.eq)(p, q),
            f"{P} <> {Q}": lambda p, q, r: null_if_any(operator.ne)(p, q),
            f"{P} IN ({Q}, {R})": lambda p, q, r: kleene_or(
                null_if_any(operator.eq)(p, q), null_if_any(operator.eq)(p, r)
            ),
            f"{P} IS NULL": lambda p, q, r: p is None,
            f"{P} IS NOT NULL": lambda p, q, r: p is not None,
            f"{P} IS TRUE": lambda p, q, r: p is True,
            f"{P} IS NOT TRUE": lambda p, q, r: p is not True,
            f"{P} IS FALSE": lambda p, q, r: p is False,
            f"{P} IS DISTINCT FROM {Q}": lambda p, q, r: p is not q,
        },
        TRUTH_SHOPS,
        TRIPLES,
    )


def test_case_takes_the_first_branch_that_is_true_and_coalesce_the_first_that_is_known() -> None:
    agree(
        {
            f"CASE WHEN {P} THEN 'a' WHEN {Q} THEN 'b' ELSE 'c' END": lambda p, q, r: "a" if p else "b" if q else "c",
            f"CASE WHEN {P} THEN 1 WHEN {Q} THEN NULL WHEN {R} THEN 3 END": lambda p, q, r: (
                1 if p else None if q else 3 if r else None
            ),
            f"CASE WHEN {P} THEN {Q} ELSE NOT {Q} END": lambda p, q, r: q if p else kleene_not(q),
            f"coalesce({P}, {Q}, {R})": lambda p, q, r: next((v for v in (p, q, r) if v is not None), None),
            f"coalesce({P}, FALSE) AND {Q}": lambda p, q, r: kleene_and(p or False, q),
        },
        TRUTH_SHOPS,
        TRIPLES,
    )


NUMBERS = list(itertools.product((None, -2.0, 0.0, 0.5, 3.0), repeat=2))
NUMBER_SHOPS = [{"size": a, "depth": b} for a, b in NUMBERS]


def test_every_comparison_of_numbers_is_null_where_a_number_is() -> None:
    signs = {
        "=": operator.eq,
        "<>": operator.ne,
        "<": operator.lt,
        "<=": operator.le,
        ">": operator.gt,
        ">=": operator.ge,
    }
    references = {f"size {sign} depth": null_if_any(function) for sign, function in signs.items()}
    references |= {f"size {sign} 0": lambda a, b, f=f: None if a is None else f(a, 0) for sign, f in signs.items()}
    references |= {
        "size IS DISTINCT FROM depth": lambda a, b: a != b,
        "size IS NOT DISTINCT FROM depth": lambda a, b: a == b,
        "size IS NULL": lambda a, b: a is None,
        "size = NULL": lambda a, b: None,
    }
    agree(references, NUMBER_SHOPS, NUMBERS)


def test_in_and_between_are_the_or_and_the_and_of_comparisons() -> None:
    equal, less = null_if_any(operator.eq), null_if_any(operator.le)
    agree(
        {
            "size IN (0, depth)": lambda a, b: kleene_or(equal(a, 0), equal(a, b)),
            "size NOT IN (0, depth)": lambda a, b: kleene_not(kleene_or(equal(a, 0), equal(a, b))),
            "size IN (3, NULL)": lambda a, b: kleene_or(equal(a, 3), None),
            "size BETWEEN 0 AND depth": lambda a, b: kleene_and(less(0, a), less(a, b)),
            "size BETWEEN depth AND 2": lambda a, b: kleene_and(less(b, a), less(a, 2)),
            "size NOT BETWEEN 0 AND depth": lambda a, b: kleene_not(kleene_and(less(0, a), less(a, b))),
            "size BETWEEN NULL AND 0": lambda a, b: kleene_and(None, less(a, 0)),
        },
        NUMBER_SHOPS,
        NUMBERS,
    )


def test_arithmetic_is_null_where_a_number_is_and_where_it_divides_by_zero() -> None:
    divided = null_if_any(lambda a, b: None if b == 0 else a / b)
    agree(
        {
            "size + depth": null_if_any(operator.add),
            "size - depth": null_if_any(operator.sub),
            "size * depth": null_if_any(operator.mul),
            "size / depth": divided,
            "depth / size": lambda a, b: divided(b, a),
            "size / 0": lambda a, b: None,
            "0 / 0": lambda a, b: None,
            "1 / 2": lambda a, b: 0.5,
            "-size": lambda a, b: None if a is None else -a,
            "-(-size)": lambda a, b: a,
            "1 - (-5)": lambda a, b: 6,
            "size - (depth - 1)": null_if_any(lambda a, b: a - (b - 1)),
            "size - depth - 1": null_if_any(lambda a, b: a - b - 1),
            "8 / (size / 2)": lambda a, b: divided(8.0, divided(a, 2.0)),
            "8 / size / 2": lambda a, b: divided(divided(8.0, a), 2.0),
            "abs(size - depth)": null_if_any(lambda a, b: abs(a - b)),
            "round(size / 4, 1)": lambda a, b: {None: None, -2.0: -0.5, 0.0: 0, 0.5: 0.1, 3.0: 0.8}[a],
            "coalesce(size, depth, 7)": lambda a, b: next(v for v in (a, b, 7) if v is not None),
        },
        NUMBER_SHOPS,
        NUMBERS,
    )


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("100000 * 100000", 1e10),
        ("2147483647 + 1", 2147483648.0),
        ("$big * $big", 1e10),
        ("-$big * $big", -1e10),
        ("CASE WHEN TRUE THEN 100000 END * 100000", 1e10),
        ("total(shelf, TRUE, 3000000000)", None),
    ],
)
def test_whole_numbers_do_not_overflow(expression: str, value: float | None) -> None:
    assert value_of(expression, {}, (), parameter("big", 100000)) == value


@pytest.mark.parametrize(
    "expression", ["1", "size", "$one", "CASE WHEN TRUE THEN 1 END", "size(goods)", "count_of(shelf, TRUE)"]
)
def test_every_number_is_a_double(expression: str) -> None:
    value = value_of(expression, {"size": 1, "goods": []}, (), parameter("one", 1))
    assert isinstance(value, float)


# Functions on dates and lists

SEASONS = [
    ["05-01/09-30"],
    ["11-15/02-10"],
    ["02-29/02-29"],
    ["12-31/01-01"],
    ["06-01/06-30", "12-01/12-31"],
    ["03-15/03-14"],
    [],
]
DATES = "01-01 02-10 02-11 02-28 03-14 03-15 05-01 06-15 09-30 10-01 11-14 11-15 12-31"
DAYS = [*(f"{year}-{date}" for year in (2023, 2024) for date in DATES.split()), "2024-02-29", None]


def in_season(day: str | None, spans: Sequence[str] | None) -> Truth:
    """Whether a day lies in a yearly span, ends included."""
    if day is None or spans is None:
        return None
    held = [(day[5:] >= low, day[5:] <= high, low <= high) for low, high in (s.split("/") for s in spans)]
    return any((after and before) if plain else (after or before) for after, before, plain in held)


def test_a_season_is_the_same_every_year_and_may_run_over_the_new_year() -> None:
    pairs = list(itertools.product(DAYS, [*SEASONS, None]))
    shops = [{"opened": day, "spans": spans} for day, spans in pairs]
    assert shop_values(book(term("it", "in_season(opened, spans)")), "it", shops) == list(
        itertools.starmap(in_season, pairs)
    )
    constant = "in_season(opened, ['11-15/02-10', '06-01/06-30'])"
    expected = [in_season(day, ["11-15/02-10", "06-01/06-30"]) for day, _ in pairs]
    assert shop_values(book(term("it", constant)), "it", shops) == expected


def test_days_between_is_negative_backwards_and_knows_leap_years() -> None:
    pairs = list(itertools.product(["2023-02-28", "2024-02-28", "2024-03-01", "2025-01-01", None], repeat=2))
    dates = [tuple(d and dt.date.fromisoformat(d) for d in pair) for pair in pairs]
    found = shop_values(
        book(term("it", "days_between(opened, today)")), "it", [{"opened": a, "today": b} for a, b in pairs]
    )
    # ``today`` has the day of the run as default, and does not lie after it.
    late = [b is None or b > AS_OF for _, b in dates]
    assert found == [a and ((AS_OF if over else b) - a).days for (a, b), over in zip(dates, late, strict=True)]


@pytest.mark.parametrize(
    "expression",
    [
        "days_between(NULL, opened)",
        "days_between(opened, NULL)",
        "days_between(NULL, NULL)",
        "in_season(NULL, ['01-01/02-02'])",
        "starts_with(NULL, 'a')",
        "starts_with(owner, NULL)",
        "abs(NULL)",
        "round(NULL)",
        "-NULL",
        "NULL + NULL",
        "NULL = NULL",
        "CASE WHEN NULL THEN 1 END",
        "CASE WHEN TRUE THEN NULL END",
        "coalesce(NULL, NULL)",
        "NULL IN (NULL)",
        "round(size, NULL)",
    ],
)
def test_null_is_taken_by_every_function_and_gives_null(expression: str) -> None:
    assert value_of(expression, {"owner": "a", "opened": "2024-01-01", "size": 1}) is None


@pytest.mark.parametrize("digits", ["depth", "0.5 + 0.5", "$one", "-1"])
def test_the_digits_of_round_may_be_any_number(digits: str) -> None:
    value = value_of(f"round(size, {digits})", {"size": 123.456, "depth": 1}, (), parameter("one", 1))
    assert value == (120 if digits == "-1" else 123.5)


SUBSETS: list[tuple[str, ...] | None] = [
    tuple(s) for n in range(4) for s in itertools.combinations(("tea", "milk", "salt"), n)
] + [None]  # fmt: skip
LISTS = list(itertools.product(SUBSETS, repeat=2))
LIST_SHOPS = [
    {"goods": g and list(g) if g else g if g is None else [], "wares": w if w is None else list(w)} for g, w in LISTS
]


def test_functions_on_lists_are_null_for_a_null_list_and_know_the_empty_one() -> None:
    def of(function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda goods, wares: None if goods is None else function(set(goods))

    agree(
        {
            "size(goods)": of(len),
            "contains(goods, 'tea')": of(lambda g: "tea" in g),
            "contains_any(goods, ['tea', 'milk'])": of(lambda g: bool(g & {"tea", "milk"})),
            "contains_any(goods, ['tea'])": of(lambda g: "tea" in g),
            "contains_all(goods, ['tea', 'milk'])": of(lambda g: g >= {"tea", "milk"}),
            "contains_other(goods, ['tea', 'milk'])": of(lambda g: bool(g - {"tea", "milk"})),
            "contains_all(goods, wares)": lambda g, w: None if g is None or w is None else set(g) >= set(w),
            "NOT contains(goods, 'salt') AND size(goods) > 1": of(lambda g: "salt" not in g and len(g) > 1),
            "goods IS NULL": lambda g, w: g is None,
        },
        LIST_SHOPS,
        LISTS,
    )


def test_a_constant_list_may_be_empty() -> None:
    def of(value: bool) -> Callable[..., Any]:
        return lambda goods, wares: None if goods is None else value

    references = {
        "contains_any(goods, [])": of(False),
        "contains_all(goods, [])": of(True),
        "contains_other(goods, [])": lambda g, w: None if g is None else bool(g),
        "in_season(today, [])": lambda g, w: False,
    }
    agree(references, LIST_SHOPS, LISTS)


def test_an_unlisted_value_of_an_open_list_is_another_one() -> None:
    shop = {"goods": ["tea", "rope"]}
    assert value_of("contains_other(goods, ['tea'])", shop) is True
    assert value_of("contains(goods, 'other')", shop) is True


def test_texts_compare_whatever_their_set_of_values_is() -> None:
    pairs = list(itertools.product(("red", "green", None), ("red", "gold", None)))
    agree(
        {
            "colour = trim": null_if_any(operator.eq),
            "colour <> trim": null_if_any(operator.ne),
            "coalesce(colour, trim)": lambda c, t: c or t,
            "coalesce(colour, 'none')": lambda c, t: c or "none",
            "coalesce(CASE WHEN trim = 'red' THEN colour END, 'none')": lambda c, t: (
                (c if t == "red" else None) or "none"
            ),
            "CASE WHEN trim = 'red' THEN colour ELSE trim END": lambda c, t: c if t == "red" else t,
            "CASE WHEN trim = 'red' THEN colour ELSE 'none' END": lambda c, t: c if t == "red" else "none",
            "CASE WHEN trim = 'red' THEN 'none' ELSE colour END = 'none'": lambda c, t: (
                True if t == "red" else None if c is None else False
            ),
            "starts_with(colour, 'gr')": lambda c, t: c and c.startswith("gr"),
            "starts_with(colour, trim)": null_if_any(str.startswith),
        },
        [{"colour": c, "trim": t} for c, t in pairs],
        pairs,
    )


def test_a_value_in_a_list_need_not_fit_the_other_values_of_the_list() -> None:
    assert value_of("colour IN (trim, 'green')", {"colour": "green", "trim": "gold"}) is True


def test_texts_have_one_order_however_the_comparison_is_written() -> None:
    shop = {"first": "pass", "second": "fail"}
    written = ["first < second", "first < 'fail'", "'pass' < second", "coalesce(first, 'none') < second"]
    assert len({value_of(text, shop) for text in written}) == 1


def test_a_quote_in_a_text_stays_a_quote() -> None:
    assert value_of("owner = 'O''Neill \"Ltd\" \\ --'", {"owner": 'O\'Neill "Ltd" \\ --'}) is True


# dont_know


def test_the_answer_dont_know_reads_as_null_and_is_seen_by_the_function_alone() -> None:
    shops: list[dict[str, Any]] = [
        {"p": "yes", "goods": ["tea"]},
        {"p": "dont_know", "goods": ["dont_know"]},
        {"p": None, "goods": None},
        {"p": "no", "goods": []},
        {"p": "no", "goods": ["tea", "dont_know"]},
    ]
    expressions = [
        "p = 'yes'",
        "dont_know(p)",
        "p IS NULL",
        "contains(goods, 'tea')",
        "dont_know(goods)",
        "size(goods)",
    ]
    assert [list(row.values()) for row in results(expressions, shops)] == [
        [True, False, False, True, False, 1],
        [None, True, True, None, True, None],
        [None, False, True, None, False, None],
        [False, False, False, False, False, 0],
        [False, False, False, True, False, 1],
    ]


def test_the_reason_why_a_number_is_missing_is_not_its_answer() -> None:
    assert value_of("dont_know(size)", {"size": None, "size__why": "dont_know"}) is False
    assert value_of("any_of(shelf, TRUE, dont_know(p))", {"p": "dont_know"}, [{}]) is True
