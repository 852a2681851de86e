"""Small questions to DuckDB that many modules ask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb


def number_of(con: duckdb.DuckDBPyConnection, query: str, parameters: Sequence[Any] = ()) -> int:
    """The one number that a query gives; 0 where it is null."""
    row = con.execute(query, list(parameters)).fetchone()
    return int(row[0]) if row and row[0] is not None else 0


def columns_of(con: duckdb.DuckDBPyConnection, source: str) -> dict[str, str]:
    """The columns of anything that can stand in a FROM clause, in order, each with its type as DuckDB names it."""
    return {row[0]: row[1] for row in con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}
