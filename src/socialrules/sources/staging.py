"""Writes what is no Parquet yet as Parquet, in the order of its rows."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb

from socialrules.errors import InputError
from socialrules.quoting import text

STAGED_ROW_GROUP = 61_440
"""Half of what is usual: a row group of text columns is held in memory several times over while it is written."""
NOT_WRITTEN = re.compile(r"Could not (write|create|truncate|fsync)|No space left on device")
"""What DuckDB says where it is the copy that fails, and not the source."""


def copy_staged(con: duckdb.DuckDBPyConnection, query: str, path: Path, what: str) -> None:
    """Writes a query to a Parquet file in the order of its rows.

    Raises:
        InputError: naming ``what`` where the source cannot be read.
        duckdb.Error: where it is not the source that is at fault.
    """
    try:
        con.execute(
            f"COPY ({query}) TO {text(str(path))} "
            f"(FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE {STAGED_ROW_GROUP}, PRESERVE_ORDER TRUE)"
        )
    except duckdb.Error as error:
        if not blames_source(error):
            raise
        raise InputError(f"{what} cannot be read: {first_line(error)}.") from None


def blames_source(error: duckdb.Error) -> bool:
    """Whether what was read is at fault: not where lack of memory, a full disk or a person stopped it."""
    stopped = isinstance(error, duckdb.OutOfMemoryException | duckdb.InterruptException)
    return not stopped and not NOT_WRITTEN.search(str(error))


def first_line(error: Exception) -> str:
    """What an error says, in one line without a full stop."""
    said = str(error).strip().splitlines()
    # DuckDB opens with the kind of its error, which tells a user nothing.
    return re.sub(r"^([A-Z]\w+ )+Error: ", "", said[0]).rstrip(".")[:300] if said else type(error).__name__
