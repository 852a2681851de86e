"""Lists of known values as sets of bits.

A list whose values come from a closed set is kept as one BIGINT, with a bit for each value: to read
it costs one look through the list, and every question about it afterwards one AND of two numbers.
Bit 0 stands for anything that is not in the set, bit 1 for its first value, and so on; the bit above
the last value stands for the answer dont_know. A value that is named twice counts once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

MOST_VALUES = 60
"""A BIGINT has room for these, the two further bits, and the sign."""


def literal(value: str) -> str:
    """A text as a SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def bits(values: Iterable[str], members: Sequence[str]) -> int:
    """The set of those of ``values`` that are members."""
    places = {value: place for place, value in enumerate(members, 1)}
    return sum(1 << places[value] for value in set(values) if value in places)


def unsure_bit(members: Sequence[str]) -> int:
    """The set that holds nothing but the answer dont_know."""
    return 1 << (len(members) + 1)


def encoded(held: str, members: Sequence[str], dont_know: str) -> str:
    """SQL of the set of a ``VARCHAR[]``; null where that is null.

    An element that is null or no member becomes bit 0, ``dont_know`` the bit above the members.
    """
    listed = ", ".join(literal(v) for v in [*members, dont_know])
    # list_position is 0 or null where there is no such element.
    every = f"list_transform({held}, lambda v: 1::BIGINT << coalesce(list_position([{listed}], v), 0))"
    return f"coalesce(list_bit_or({every}), CASE WHEN {held} IS NOT NULL THEN 0 END)::BIGINT"


def decoded(held: str, members: Sequence[str]) -> str:
    """SQL of the ``VARCHAR[]`` of a set, in the order of the members; null where the set is null."""
    listed = ", ".join(literal(v) for v in members)
    chosen = f"list_filter([{listed}]::VARCHAR[], lambda v, place: ({held} & (1::BIGINT << place::INTEGER)) <> 0)"
    return f"CASE WHEN {held} IS NOT NULL THEN {chosen} END"
