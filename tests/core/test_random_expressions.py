"""Random expressions have the value that a reference in Python gives them."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from .test_kleene import kleene_and, kleene_not, kleene_or, null_if_any, results

Reference = Callable[[dict[str, Any]], Any]
Expression = tuple[str, Reference]

FUZZ_SHOPS = [
    dict(zip(("size", "depth", "p", "q", "colour"), values, strict=True))
    for values in itertools.product(
        (None, -1.5, 0.0, 2.0), (None, 0.0, 3.0), ("yes", "no", None), ("yes", None), ("red", None)
    )
]


def lifted(function: Callable[..., Any], *parts: Reference) -> Reference:
    return lambda row: function(*(part(row) for part in parts))


def chosen(when: Reference, then: Reference, otherwise: Reference) -> Reference:
    return lambda row: then(row) if when(row) is True else otherwise(row)


def numbers(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    """Expressions that are a number, built from smaller ones."""
    signs: dict[str, Callable[[float, float], Any]] = {
        "+": operator.add, "-": operator.sub, "*": operator.mul, "/": lambda a, b: None if b == 0 else a / b,
    }  # fmt: skip
    binary = st.tuples(st.sampled_from(sorted(signs)), inner, inner).map(
        lambda t: (f"({t[1][0]}) {t[0]} ({t[2][0]})", lifted(null_if_any(signs[t[0]]), t[1][1], t[2][1]))
    )
    minus = inner.map(lambda e: (f"-({e[0]})", lifted(null_if_any(operator.neg), e[1])))
    absolute = inner.map(lambda e: (f"abs({e[0]})", lifted(null_if_any(abs), e[1])))
    known = st.tuples(inner, inner).map(
        lambda t: (f"coalesce({t[0][0]}, {t[1][0]})", lifted(lambda a, b: b if a is None else a, t[0][1], t[1][1]))
    )
    return binary | minus | absolute | known


def conditions(
    number: st.SearchStrategy[Expression], inner: st.SearchStrategy[Expression]
) -> st.SearchStrategy[Expression]:
    """Expressions that are a condition, built from smaller ones and from numbers."""
    signs = {"=": operator.eq, "<>": operator.ne, "<": operator.lt, ">=": operator.ge}
    compared = st.tuples(st.sampled_from(sorted(signs)), number, number).map(
        lambda t: (f"({t[1][0]}) {t[0]} ({t[2][0]})", lifted(null_if_any(signs[t[0]]), t[1][1], t[2][1]))
    )
    both = st.tuples(inner, inner).map(lambda t: (f"({t[0][0]}) AND ({t[1][0]})", lifted(kleene_and, t[0][1], t[1][1])))
    either = st.tuples(inner, inner).map(lambda t: (f"({t[0][0]}) OR ({t[1][0]})", lifted(kleene_or, t[0][1], t[1][1])))
    negated = inner.map(lambda e: (f"NOT ({e[0]})", lifted(kleene_not, e[1])))
    missing = (inner | number).map(lambda e: (f"({e[0]}) IS NULL", lifted(lambda a: a is None, e[1])))
    certain = inner.map(lambda e: (f"({e[0]}) IS NOT TRUE", lifted(lambda a: a is not True, e[1])))
    branched = st.tuples(inner, inner, inner).map(
        lambda t: (f"CASE WHEN {t[0][0]} THEN {t[1][0]} ELSE {t[2][0]} END", chosen(t[0][1], t[1][1], t[2][1]))
    )
    listed = st.tuples(number, number, number).map(
        lambda t: (
            f"({t[0][0]}) IN ({t[1][0]}, {t[2][0]})",
            lifted(
                lambda a, b, c: kleene_or(null_if_any(operator.eq)(a, b), null_if_any(operator.eq)(a, c)),
                *(e[1] for e in t),
            ),
        )
    )
    return compared | both | either | negated | missing | certain | branched | listed


NUMBER_LEAVES = st.sampled_from(
    [(name, operator.itemgetter(name)) for name in ("size", "depth")]
    + [(str(n), lambda row, n=n: n) for n in (0, 1, 2.5)]
)
NUMBER = st.recursive(NUMBER_LEAVES, numbers, max_leaves=6)
CONDITION_LEAVES = st.sampled_from(
    [
        ("p = 'yes'", lambda row: None if row["p"] is None else row["p"] == "yes"),
        ("q = 'yes'", lambda row: None if row["q"] is None else row["q"] == "yes"),
        ("colour <> 'red'", lambda row: None if row["colour"] is None else row["colour"] != "red"),
        ("TRUE", lambda row: True),
        ("NULL", lambda row: None),
    ]
)
CONDITION = st.recursive(CONDITION_LEAVES, lambda inner: conditions(NUMBER, inner), max_leaves=6)


@settings(max_examples=12)
@given(st.lists(NUMBER | CONDITION, min_size=40, max_size=60))
def test_a_random_expression_has_the_value_of_its_reference(expressions: list[Expression]) -> None:
    found = results((text for text, _ in expressions), FUZZ_SHOPS)
    for shop, row in zip(FUZZ_SHOPS, found, strict=True):
        for text, reference in expressions:
            assert (shop, text, row[text]) == (shop, text, reference(shop))
