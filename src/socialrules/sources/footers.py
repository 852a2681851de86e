"""What Parquet files say of themselves: rows and columns, without reading a row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from socialrules.errors import InputError
from socialrules.queries import columns_of
from socialrules.quoting import file_text, parquet
from socialrules.sources.staging import blames_source, first_line

AT_ONCE = 1000
"""Files per statement."""


@dataclass(frozen=True, slots=True)
class Footer:
    """The number of rows of a file, and the type of each column as DuckDB names it."""

    rows: int
    columns: dict[str, str]


def read_footers(con: duckdb.DuckDBPyConnection, files: Sequence[Path], name: str) -> list[Footer]:
    """The footers of Parquet files, in their order.

    Raises:
        InputError: one is no readable Parquet file; ``name`` says for which table it was meant.
    """
    try:
        return [footer for low in range(0, len(files), AT_ONCE) for footer in _read(con, files[low : low + AT_ONCE])]
    except duckdb.Error as error:
        if not blames_source(error):
            raise
        raise InputError(
            f"{name}: {_culprit(con, files)} is not a readable Parquet file ({first_line(error)})."
        ) from None


def _read(con: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> list[Footer]:
    listed = f"[{', '.join(map(file_text, files))}]"
    counted = con.execute(f"SELECT file_name, num_rows FROM parquet_file_metadata({listed})").fetchall()
    rows = {Path(path): int(number) for path, number in counted}
    if len(files) == 1:
        return [Footer(rows[files[0]], columns_of(con, parquet(files[0])))]
    # To describe a file takes DuckDB ten times as long as to read its footer, so that is done once per schema.
    schemas = con.execute(
        "SELECT file_name, md5(string_agg(schema, chr(10) ORDER BY column_id, schema)) FROM (\n"
        "    SELECT file_name, column_id, concat_ws(chr(9), column_id, name, type, type_length, repetition_type, num_children,\n"
        "        converted_type, scale, precision, logical_type, duckdb_type) AS schema\n"
        f"    FROM parquet_schema({listed})\n) GROUP BY ALL"
    ).fetchall()
    schema_of = {Path(path): schema for path, schema in schemas}
    columns: dict[str, dict[str, str]] = {}
    for file in files:
        if schema_of[file] not in columns:
            columns[schema_of[file]] = columns_of(con, parquet(file))
    return [Footer(rows[file], columns[schema_of[file]]) for file in files]


def _culprit(con: duckdb.DuckDBPyConnection, files: Iterable[Path]) -> Path:
    first, *_ = files
    for file in files:
        try:
            con.execute(f"SELECT * FROM parquet_file_metadata({file_text(file)})").fetchall()
            columns_of(con, parquet(file))
        except duckdb.Error:
            return file
    return first
