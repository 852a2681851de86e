"""Reads JSON lines: every column with the type that fits its values, texts as they are written."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb

from socialrules.errors import InputError
from socialrules.sources.staging import blames_source, first_line
from socialrules.sqltext import file_text, text

GUESSED_TYPE = re.compile(r"UUID|DATE|TIME(STAMP)?(_NS|_MS|_S)?( WITH TIME ZONE)?")
"""Types that DuckDB makes of texts that look like them; the rules of reading cells are stricter."""


def json_source(con: duckdb.DuckDBPyConnection, file: Path, name: str) -> str:
    """A JSON lines file as SQL.

    Raises:
        InputError: the file cannot be read as JSON lines.
    """
    reader = f"read_json({file_text(file)}, format = 'newline_delimited', sample_size = -1, records = TRUE, ignore_errors = TRUE, hive_partitioning = FALSE"
    try:
        found = {row[0]: row[1] for row in con.execute(f"DESCRIBE SELECT * FROM {reader})").fetchall()}
    except duckdb.Error as error:
        if not blames_source(error):
            raise
        raise InputError(f"{name}: {file} cannot be read: {first_line(error)}.") from None
    plain = {c: t if "(" in t else GUESSED_TYPE.sub("VARCHAR", t) for c, t in found.items()}
    if plain == found:
        return f"{reader})"
    columns = ", ".join(f"{text(c)}: {text(t)}" for c, t in plain.items())
    return f"{reader}, columns = {{{columns}}})"
