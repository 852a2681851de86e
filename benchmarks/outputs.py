"""Compares what two programs wrote. Run as ``python -m benchmarks.outputs OURS THEIRS [--first N] [COLUMN ...]``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import duckdb

PLACES = frozenset(["file", "source_file"])
"""Columns that name files: they may differ."""


def difference(ours: Path, theirs: Path, columns: Sequence[str] = (), first: int | None = None) -> str | None:
    """How two tables differ, row by row in their order, in a sentence; None where they do not.

    Args:
        ours, theirs: a Parquet file, or a folder of them that hold one table.
        columns: compare these; by default all of ours but those that name files.
        first: compare only so many rows of ours.
    """
    with duckdb.connect() as con:
        a, b = (_relation(path) for path in (ours, theirs))
        if first is not None:
            a = f"(FROM {a} LIMIT {first})"
        wanted = list(columns) or [c for c in _columns(con, a) if c not in PLACES]
        missing = [c for c in wanted for side in (a, b) if c not in _columns(con, side)]
        if missing:
            return f"{theirs} or {ours} has no column {missing[0]}"
        rows = [con.execute(f"SELECT count(*) FROM {side}").fetchall()[0][0] for side in (a, b)]
        if rows[0] != rows[1]:
            return f"{ours} has {rows[0]:,} rows, {theirs} has {rows[1]:,}"
        differs = ", ".join(f'count(*) FILTER (a."{c}"::VARCHAR IS DISTINCT FROM b."{c}"::VARCHAR)' for c in wanted)
        counts = con.execute(f"SELECT {differs} FROM {a} AS a POSITIONAL JOIN {b} AS b").fetchall()[0]
        found = [f"{c} in {n:,}" for c, n in zip(wanted, counts, strict=True) if n]
        if not found:
            return None
        return f"{theirs} differs from {ours} in {len(found)} columns: {', '.join(found[:5])} of {rows[0]:,} rows"


def _relation(path: Path) -> str:
    files = sorted(path.glob("*.parquet")) if path.is_dir() else [path]
    listed = ", ".join("'" + str(f).replace("'", "''") + "'" for f in files)
    return f"read_parquet([{listed}])"


def _columns(con: duckdb.DuckDBPyConnection, relation: str) -> list[str]:
    return [row[0] for row in con.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()]


def main() -> None:
    """Ends with 1 and says how, where they differ."""
    ours, theirs, *columns = sys.argv[1:]
    first = None
    if columns[:1] == ["--first"]:
        first, columns = int(columns[1]), columns[2:]
    found = difference(Path(ours), Path(theirs), columns, first)
    if found:
        sys.exit(found)


if __name__ == "__main__":
    main()
