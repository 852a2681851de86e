"""A hash over the values of a result table, whatever its files and its split into parts."""

from __future__ import annotations

from pathlib import Path

import duckdb

from socialrules.quoting import parquet

REJECTS = "rejects"
"""The result table that every run has, whatever the rulebook."""


def value_hash(con: duckdb.DuckDBPyConnection, name: str, file: Path, first: int = 0) -> tuple[int, int]:
    """A number of 64 bits that changes with any value of a Parquet file or their order, and its number of rows.

    Args:
        con: where to read it.
        name: of its table. The column that names the source is left out: paths are no values.
        file: one file of the table.
        first: the place of its first row in the whole table. So the hash of a table is the XOR of
            those of its files, however it was split.
    """
    place = "file" if name == REJECTS else "source_file"
    row = con.execute(
        f"SELECT bit_xor(hash({first} + file_row_number, *COLUMNS(* EXCLUDE (file_row_number, {place})))), count(*) "
        f"FROM {parquet(file, numbered=True)}"
    ).fetchone()
    assert row is not None
    return int(row[0] or 0), int(row[1])
