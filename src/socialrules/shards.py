"""A part of a run's input that is scored by itself, on this machine or on another."""

from __future__ import annotations

import re
from dataclasses import dataclass

from socialrules.errors import UsageError


@dataclass(frozen=True, slots=True)
class Shard:
    """Shard ``number`` (from 1) of ``of``: a range of the records of the root table, and what belongs to them.

    ``1/1`` is the whole, and ``merge`` takes it like any other.

    Raises:
        UsageError: there is no such shard.
    """

    number: int
    of: int

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.of:
            raise UsageError(
                f"--shard {self.number}/{self.of}: there is no such part. Write i/n with i from 1 to n, such as 2/5."
            )

    @property
    def is_whole(self) -> bool:
        """Whether it is all there is."""
        return self.of == 1

    def rows(self, total: int) -> tuple[int, int]:
        """Its first record of the root table, counted from 0, and the one after its last.

        Shards of the same number of records cover each of them once. Where there are fewer records
        than shards, some shards have none.
        """
        return total * (self.number - 1) // self.of, total * self.number // self.of

    def is_listed_here(self) -> str:
        """SQL over the rows of a child table that is TRUE where a row that is left out is reported by this shard.

        Such a row may belong to no record at all, so its place in the input decides. It must not be
        its running number, because a shard may have sorted the input.
        """
        return "TRUE" if self.is_whole else f"(_file + _row) % {self.of} = {self.number - 1}"

    def __str__(self) -> str:
        """``i/n``, as on the command line."""
        return f"{self.number}/{self.of}"


WHOLE = Shard(1, 1)


def parse_shard(given: str | tuple[int, int] | Shard | None) -> Shard | None:
    """A shard from ``2/5`` or ``(2, 5)``; None where none was asked for.

    Raises:
        UsageError: it is written otherwise, or there is no such shard.
    """
    if given is None or isinstance(given, Shard):
        return given
    if isinstance(given, str):
        match = re.fullmatch(r"\s*([0-9]{1,9})\s*/\s*([0-9]{1,9})\s*", given)
        numbers: object = tuple(map(int, match.groups())) if match else None
    else:
        numbers = given
    match numbers:
        case (int(number), int(of)) if not isinstance(number, bool) and not isinstance(of, bool):
            return Shard(number, of)
        case _:
            raise UsageError(f"--shard {given}: write i/n, two whole numbers such as 2/5.")
