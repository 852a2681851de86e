"""Compares two result tables cell by cell, in DuckDB: how many rows differ per column, and the first of them.

Rows are paired by their place, a slice of them at a time, so that memory does not grow with the
table. Where keys do not stand at the same places they are paired by key, a slice (by hash) at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from socialrules.queries import columns_of, number_of
from socialrules.quoting import file_text, identifier, parquet

SLICE = 122_880
"""Rows compared at a time: one row group of a result file."""

KEYED_SLICE = 491_520
"""The same where rows are paired by key: every slice reads the whole table."""

EXAMPLES = 3
COLUMNS_WITH_EXAMPLES = 20


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell that differs: the key of its row, what it was and what it is now; None is null."""

    key: str
    was: str | None
    now: str | None


@dataclass(frozen=True, slots=True)
class ColumnDifference:
    """A column whose cells differ.

    Attributes:
        column: its name.
        rows: in how many rows.
        examples: the first few of them, in order; none for a column beyond the first twenty.
    """

    column: str
    rows: int
    examples: tuple[Cell, ...] = ()


@dataclass
class Comparison:
    """What differs between two tables of the same name.

    Attributes:
        rows: compared with each other.
        gone, new: rows that only the older or only the newer table has.
        moved: whether rows that both have stand in another order.
        columns: columns with cells that differ, in the order of the table.
        columns_gone, columns_new: columns that only one of them has.
    """

    rows: int = 0
    gone: int = 0
    new: int = 0
    moved: bool = False
    columns: list[ColumnDifference] = field(default_factory=list)
    columns_gone: list[str] = field(default_factory=list)
    columns_new: list[str] = field(default_factory=list)

    @property
    def same(self) -> bool:
        """Whether there is no difference at all."""
        return not (self.gone or self.new or self.moved or self.columns or self.columns_gone or self.columns_new)


MIXED = "mixed"
"""The type of a column that is not of the same type in all files."""


class Stack:
    """The files of one table, on top of each other.

    Attributes:
        rows: in all files together.
        types: the type of every column that any of the files has.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> None:
        """Reads the footers. Raises duckdb.Error where a file is no Parquet file."""
        self.rows = 0
        self.types: dict[str, str] = {}
        self._files: list[tuple[Path, int, int, set[str]]] = []
        for file in files:
            number = number_of(con, f"SELECT num_rows FROM parquet_file_metadata({file_text(file)})")
            described = columns_of(con, parquet(file))
            for name, kind in described.items():
                self.types[name] = kind if self.types.get(name, kind) == kind else MIXED
            self._files.append((file, self.rows, number, set(described)))
            self.rows += number

    def scan(self, low: int = 0, high: int | None = None, columns: Sequence[str] | None = None) -> str:
        """SQL of the rows from a place up to another, which is not included, with their ``_place``."""
        high = self.rows if high is None else high
        wanted = list(self.types) if columns is None else columns
        pieces = [
            f"SELECT {', '.join(self._column(c, held) for c in wanted)}, file_row_number + {first} AS _place "
            f"FROM {parquet(file, numbered=True)} "
            f"WHERE file_row_number >= {max(low - first, 0)} AND file_row_number < {min(high - first, number)}"
            for position, (file, first, number, held) in enumerate(self._files)
            if (first < high and first + number > low) or (position == 0 and low >= self.rows)
        ]
        return " UNION ALL ".join(pieces)

    def _column(self, name: str, held: set[str]) -> str:
        kind = self.types[name]
        cast = "::VARCHAR" if kind == MIXED else f"::{kind}"
        return (
            identifier(name)
            if name in held and kind != MIXED
            else f"{identifier(name) if name in held else 'NULL'}{cast} AS {identifier(name)}"
        )


def compare(con: duckdb.DuckDBPyConnection, was: Stack, now: Stack, key: Sequence[str]) -> Comparison:
    """What differs between an older and a newer table.

    Args:
        con: where to compare; its ``was`` and ``now`` are opened by it.
        was: the older table.
        now: the newer one.
        key: columns that both have and that together tell rows apart.
    """
    shared = [c for c in was.types if c in now.types]
    found = Comparison(
        columns_gone=[c for c in was.types if c not in now.types],
        columns_new=[c for c in now.types if c not in was.types],
    )
    as_text = {c for c in shared if was.types[c] != now.types[c] or was.types[c] == MIXED}
    collected = _Collected(con, shared, key, as_text)
    aligned = was.rows == now.rows
    for low in range(0, was.rows if aligned else 0, SLICE):
        pair = f"({was.scan(low, low + SLICE)}) AS was JOIN ({now.scan(low, low + SLICE)}) AS now USING (_place)"
        aligned = collected.add(pair, check_keys=True)
        if not aligned:
            break
    if not aligned:
        _count_strays(con, was, now, key, found)
        found.moved = not (found.gone or found.new)
        collected.clear()
        slices = max(1, -(-max(was.rows, now.rows) // KEYED_SLICE))
        condition = " AND ".join(f"was.{identifier(k)} IS NOT DISTINCT FROM now.{identifier(k)}" for k in key)
        keys = ", ".join(map(identifier, key))
        for number in range(slices):
            part = f"WHERE hash({keys}) % {slices} = {number}"
            collected.add(
                f"(SELECT * FROM ({was.scan()}) {part}) AS was JOIN (SELECT * FROM ({now.scan()}) {part}) AS now ON {condition}"
            )
    found.rows, found.columns = collected.rows, collected.differences()
    return found


def compare_as_bags(con: duckdb.DuckDBPyConnection, was: Stack, now: Stack) -> Comparison:
    """How many rows only one of two tables has, for tables without a key."""
    shared = [c for c in was.types if c in now.types]
    found = Comparison(
        rows=min(was.rows, now.rows),
        columns_gone=[c for c in was.types if c not in now.types],
        columns_new=[c for c in now.types if c not in was.types],
    )
    one, other = (f"SELECT * EXCLUDE (_place) FROM ({t.scan(columns=shared)})" for t in (was, now))
    found.gone = number_of(con, f"SELECT count(*) FROM ({one} EXCEPT ALL {other})")
    found.new = number_of(con, f"SELECT count(*) FROM ({other} EXCEPT ALL {one})")
    return found


class _Collected:
    """Counts and examples of differing cells, added up over slices."""

    def __init__(
        self, con: duckdb.DuckDBPyConnection, columns: Sequence[str], key: Sequence[str], as_text: set[str]
    ) -> None:
        self.con, self.columns, self.key, self.as_text = con, columns, key, as_text
        self.clear()

    def clear(self) -> None:
        """Forgets everything."""
        self.rows = 0
        self.counts = dict.fromkeys(self.columns, 0)
        self.examples: dict[str, list[Cell]] = {}

    def _differs(self, column: str) -> str:
        cast = "::VARCHAR" if column in self.as_text else ""
        return f"was.{identifier(column)}{cast} IS DISTINCT FROM now.{identifier(column)}{cast}"

    def add(self, pair: str, check_keys: bool = False) -> bool:
        """Adds paired rows. Returns whether their keys are the same, where that is to be checked."""
        sums = [f"coalesce(sum(({self._differs(c)})::INTEGER), 0)" for c in self.columns]
        row = self.con.execute(f"SELECT count(*), {', '.join(sums)} FROM {pair}").fetchone()
        assert row is not None
        counts = dict(zip(self.columns, map(int, row[1:]), strict=True))
        if check_keys and any(counts[k] for k in self.key):
            return False
        self.rows += int(row[0])
        for column in (c for c, n in counts.items() if n):
            self.counts[column] += counts[column]
            shown = self.examples.setdefault(column, [])
            if len(shown) < EXAMPLES and len(self.examples) <= COLUMNS_WITH_EXAMPLES:
                shown += self._first(pair, column)[: EXAMPLES - len(shown)]
        return True

    def _first(self, pair: str, column: str) -> list[Cell]:
        key = f"concat_ws(' ', {', '.join(f'was.{identifier(k)}' for k in self.key)})"
        name, order = identifier(column), "_place" if "USING (_place)" in pair else "was._place"
        rows = self.con.execute(
            f"SELECT {key}, was.{name}::VARCHAR, now.{name}::VARCHAR FROM {pair} "
            f"WHERE {self._differs(column)} ORDER BY {order} LIMIT {EXAMPLES}"
        ).fetchall()
        return [Cell(str(k), w, n) for k, w, n in rows]

    def differences(self) -> list[ColumnDifference]:
        """What was found, in the order of the columns."""
        return [ColumnDifference(c, n, tuple(self.examples.get(c, ()))) for c, n in self.counts.items() if n]


def _count_strays(
    con: duckdb.DuckDBPyConnection, was: Stack, now: Stack, key: Sequence[str], found: Comparison
) -> None:
    one, other = (f"SELECT * EXCLUDE (_place) FROM ({t.scan(columns=key)})" for t in (was, now))
    found.gone = number_of(con, f"SELECT count(*) FROM ({one} EXCEPT ALL {other})")
    found.new = number_of(con, f"SELECT count(*) FROM ({other} EXCEPT ALL {one})")
