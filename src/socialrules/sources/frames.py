"""Tables in memory as Parquet, and names that a table cannot have."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb

from socialrules.errors import InputError
from socialrules.sources.staging import copy_staged, first_line


def stage_frame(con: duckdb.DuckDBPyConnection, frame: Any, name: str, path: Path) -> None:
    """Writes a pyarrow table, a pandas or polars frame, or a DuckDB relation as Parquet.

    Raises:
        InputError: it is nothing that can be read as a table, or two of its columns have one name.
    """
    no_repeats(name, _names_of(frame))
    try:
        if isinstance(frame, duckdb.DuckDBPyRelation):
            frame = frame.to_arrow_table()
        con.register("_frame", frame)
    except Exception as error:  # whatever the frame's library raises, the user gave something unreadable
        reason = "" if "replacement scans" in str(error) else f" ({first_line(error)})"
        raise InputError(
            f"{name}: a {type(frame).__name__} cannot be read as a table{reason}; give a path, a pandas or polars frame, "
            f"a pyarrow table or a DuckDB relation."
        ) from None
    try:
        copy_staged(con, "SELECT * FROM _frame", path, f"{name} (in memory)")
    finally:
        con.unregister("_frame")


def _names_of(frame: Any) -> list[str]:
    """The column names of a frame or table; none where it is something else."""
    if hasattr(frame, "collect_schema"):  # polars, which says the names of a lazy frame so
        names = frame.collect_schema().names()
    else:
        schema = getattr(frame, "schema", None)
        names = getattr(schema, "names", None) or getattr(frame, "columns", None)
    return [str(n) for n in names] if isinstance(names, Iterable) and not isinstance(names, str) else []


def no_repeats(name: str, columns: Iterable[str]) -> None:
    """Makes sure that columns can be told apart whatever the case. ``name``: of the input. Raises InputError."""
    seen: dict[str, str] = {}
    for column in columns:
        if column.lower() == "file_row_number":
            raise InputError(
                f"{name}: a column cannot be called {column!r}, which reading needs for itself; rename it."
            )
        if seen.get(column.lower()) == column:
            raise InputError(f"{name}: two columns are called {column!r}; rename one.")
        if column.lower() in seen:
            raise InputError(
                f"{name}: the columns {seen[column.lower()]!r} and {column!r} differ only in case; rename one."
            )
        seen[column.lower()] = column
