"""Checks written in Python: what they are given, what they may answer, and what is said where they do not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from socialrules.errors import RulebookError
from socialrules.model import Check, Consistency, Guideline

from .corner_shop import book, guideline, shop_values, tables_of, term


def python_check(function: Callable[..., Any], *reads: str, level: str = "shop", **more: Any) -> Guideline:
    """A guideline with one Python check, PY-01."""
    found = {"code": "PY-01", "title": "t", "level": level, "severity": "major", "why": "w", "advice": "a", **more}
    return guideline("py", Check.model_validate({**found, "python": {"reads": reads, "function": function}}))


def larger(size: pa.Array, depth: pa.Array) -> pa.Array:
    """Whether size is above depth."""
    return pc.greater(size, depth)


SHOPS = [{"size": 2, "depth": 1}, {"size": 1, "depth": 2}, {"size": 1}, {"size": 2, "depth": 1, "p": "no"}]


def test_its_answers_are_judged_like_a_condition() -> None:
    rulebook = book(python_check(larger, "size", "depth", applies="p IS NULL"), term("it", "NOT py_01"))
    rows = tables_of(rulebook, {"shop": ["py_01", "it"]}, SHOPS)["shop"]
    assert [r["py_01"] for r in rows] == ["pass", "fail", "unknown", "not_applicable"]
    assert [r["it"] for r in rows] == [False, True, None, None]


def test_it_is_called_once_with_the_facts_it_names_in_their_order() -> None:
    calls: list[list[Any]] = []

    def noted(depth: pa.Array, goods: pa.Array) -> pa.Array:
        calls.append([depth.to_pylist(), goods.to_pylist()])
        return pa.array([True] * len(depth))

    shops = [{"depth": 1, "goods": ["tea"]}, {"depth": None, "goods": []}]
    assert shop_values(book(python_check(noted, "depth", "goods")), "py_01", shops) == ["pass", "pass"]
    assert calls == [[[1.0, None], [["tea"], []]]]


def test_it_may_look_at_rows_of_a_child_table() -> None:
    def wide(width: pa.Array) -> pa.Array:
        return pc.greater(width, 1.0)

    rollup = "all_of(shelf, TRUE, shelf.py_01)"
    rulebook = book(python_check(wide, "width", level="shelf", rollup=rollup, required_at="core"))
    shelves = [{"of": 1, "width": 0}, {"of": 0, "width": 2}, {"of": 0, "width": 3}, {"of": 2}]
    tables = tables_of(rulebook, {"shop": ["py"], "shelf": ["py_01", "width"]}, [{}] * 4, shelves)
    assert [r["py"] for r in tables["shop"]] == ["pass", "fail", "unknown", "not_applicable"]
    assert {(r["width"], r["py_01"]) for r in tables["shelf"]} == {
        (2, "pass"),
        (3, "pass"),
        (0, "fail"),
        (None, "unknown"),
    }


def test_it_is_not_called_where_nothing_needs_it() -> None:
    def fails(size: pa.Array) -> pa.Array:
        raise AssertionError("called")

    assert shop_values(book(python_check(fails, "size"), term("it", "1 + 1")), "it", [{}]) == [2]


def test_facts_that_contradict_each_other_reach_it_as_null() -> None:
    rule = Consistency(table="shop", holds="size <= depth", blames=("size",), reason="too large")
    assert shop_values(book(rule, python_check(larger, "size", "depth")), "py_01", SHOPS[:2]) == ["unknown", "fail"]


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda size: 1 / 0, "its function failed with ZeroDivisionError"),
        (lambda: None, "its function failed with TypeError"),
        (lambda size: [True], "must return a boolean Arrow array, not list"),
        (lambda size: None, "must return a boolean Arrow array, not NoneType"),
        (lambda size: size, "must return a boolean Arrow array, not double"),
        (lambda size: pa.array([None] * len(size)), "must return a boolean Arrow array, not null"),
        (lambda size: pa.array([True]), "returned 1 values for 4 rows"),
    ],
)
def test_an_answer_that_is_none_stops_the_run_with_the_code(function: Callable[..., Any], said: str) -> None:
    with pytest.raises(RulebookError) as error:
        shop_values(book(python_check(function, "size")), "py_01", SHOPS)
    assert "PY-01" in str(error.value)
    assert said in str(error.value)


def test_it_reads_facts_of_its_own_table_alone() -> None:
    for name in ("sizes", "width", "py"):
        with pytest.raises(RulebookError, match=rf"PY-01 reads {name}, which is no fact of shop"):
            book(python_check(larger, name))


def test_the_hash_knows_which_function_it_is() -> None:
    def other(size: pa.Array, depth: pa.Array) -> pa.Array:
        return pc.less(size, depth)

    hashes = [book(python_check(f, "size", "depth")).hash for f in (larger, larger, other)]
    assert hashes[0] == hashes[1] != hashes[2]
