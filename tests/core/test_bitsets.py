"""``bitsets``: a list of known values as one number, and back."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialrules.bitsets import bits, decoded, encoded, unsure_bit
from socialrules.model import MOST_VALUES

MEMBERS = ("leads", "it's", "sales")
MANY = tuple(f"value_{i}" for i in range(MOST_VALUES))


def encode(values: Sequence[str | None] | None, members: Sequence[str] = MEMBERS) -> int | None:
    row = duckdb.execute(f"SELECT {encoded('held', members)} FROM (SELECT $1::VARCHAR[] AS held)", [values]).fetchone()
    assert row is not None
    return row[0]  # type: ignore[no-any-return]


def decode(held: int | None, members: Sequence[str] = MEMBERS) -> list[str] | None:
    row = duckdb.execute(f"SELECT {decoded('held', members)} FROM (SELECT $1::BIGINT AS held)", [held]).fetchone()
    assert row is not None
    return row[0]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (None, None),
        ([], 0),
        (["leads"], 2),
        (["sales", "leads"], 2 | 8),
        (["it's"], 4),
        (["leads", "leads"], 2),
        (["dont_know"], 16),
        (["dont_know", "leads"], 16 | 2),
        (["else"], 1),
        ([None, "sales"], 1 | 8),
        ([""], 1),
    ],
)
def test_every_value_has_its_bit_and_anything_else_the_first(
    values: list[str | None] | None, expected: int | None
) -> None:
    assert encode(values) == expected


def test_the_bit_of_dont_know_lies_above_every_member() -> None:
    assert encode(["dont_know"]) == unsure_bit(MEMBERS) > bits(MEMBERS, MEMBERS)


def test_what_is_no_member_has_no_bit_in_a_constant() -> None:
    assert bits(["leads", "else", "leads"], MEMBERS) == 2


@given(st.none() | st.lists(st.sampled_from(MANY)))
def test_a_set_of_as_many_values_as_there_is_room_for_comes_back(values: list[str] | None) -> None:
    expected = None if values is None else [v for v in MANY if v in values]
    assert decode(encode(values, MANY), MANY) == expected
    assert encode(values, MANY) == (None if values is None else bits(values, MANY))
