"""Lists of known values as sets of bits.

A list whose values come from a closed set is kept as one BIGINT, with a bit for each value: to read
it costs one look through the list, and every question about it afterwards one AND of two numbers.
Bit 0 stands for anything that is not in the set, bit 1 for its first value, and so on; the bit above
the last value stands for the answer dont_know. A value that is named twice counts once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from socialrules.model import DONT_KNOW
from socialrules.quoting import texts


def bits(values: Iterable[str], members: Sequence[str]) -> int:
    """The set of those of ``values`` that are members."""
    places = {value: place for place, value in enumerate(members, 1)}
    return sum(1 << places[value] for value in set(values) if value in places)


def unsure_bit(members: Sequence[str]) -> int:
    """The set that holds nothing but the answer dont_know."""
    return 1 << (len(members) + 1)


def encoded(held: str, members: Sequence[str]) -> str:
    """SQL of the set of a ``VARCHAR[]``; null where that is null.

    An element that is null or no member becomes bit 0, dont_know the bit above the members.
    """
    # list_position is 0 or null where there is no such element.
    place = f"coalesce(list_position([{texts([*members, DONT_KNOW])}], v), 0)"
    every = f"list_transform({held}, lambda v: 1::BIGINT << {place})"
    return f"coalesce(list_bit_or({every}), CASE WHEN {held} IS NOT NULL THEN 0 END)::BIGINT"


def decoded(held: str, members: Sequence[str]) -> str:
    """SQL of the ``VARCHAR[]`` of a set, in the order of the members; null where the set is null."""
    chosen = (
        f"list_filter([{texts(members)}]::VARCHAR[], lambda v, place: ({held} & (1::BIGINT << place::INTEGER)) <> 0)"
    )
    return f"CASE WHEN {held} IS NOT NULL THEN {chosen} END"
