"""Reads JSON lines: every column with the type that fits its values, texts as they are written.

A file is read on all cores. Lines that cannot be read so are mended one by one and the file is read
again: bytes and half characters that are none become the replacement character; a line that is no
object becomes an empty one, so that it keeps its number and is left out as a row without a key.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import duckdb

from socialrules.errors import InputError
from socialrules.queries import columns_of, number_of
from socialrules.quoting import file_text, identifier, parquet, text
from socialrules.sources.encodings import as_utf8, open_bytes
from socialrules.sources.staging import blames_source, copy_staged, first_line

GUESSED_TYPE = re.compile(r"UUID|DATE|TIME(STAMP)?(_NS|_MS|_S)?( WITH TIME ZONE)?")
"""Types that DuckDB makes of texts that look like them; the rules of reading cells are stricter."""

DEEPEST = 100
"""Lists and objects within each other: DuckDB reads 128, and nobody's facts are nested."""

NAMELESS = "unnamed"
HALF_CHARACTER = re.compile("[\ud800-\udfff]")


def stage_json(con: duckdb.DuckDBPyConnection, file: Path, name: str, path: Path) -> None:
    """Writes a JSON lines file as Parquet, in the order of its lines; blank lines are no rows.

    Raises:
        InputError: no line is an object, or two columns differ only in case.
    """
    source = as_utf8(file, path.with_suffix(".utf16.jsonl"), name)
    what = f"{name}: {file}"
    try:
        copy_staged(con, f"SELECT * FROM {json_source(con, source, name, file)}", path, what)
        odd = _empty_rows(con, path)
        if not odd:
            return
    except InputError:
        path.unlink(missing_ok=True)
        odd = _odd_lines(con, source, path.with_suffix(".lines.parquet"), what)
        if not odd:
            raise
    mended = path.with_suffix(".mended.jsonl")
    lines, changed = _mend(source, mended, odd, name)
    if path.exists() and not changed:
        return
    path.unlink(missing_ok=True)
    copy_staged(con, f"SELECT * FROM {json_source(con, mended, name, file)}", path, what)
    if number_of(con, "SELECT sum(num_rows)::BIGINT FROM parquet_file_metadata(?)", [str(path)]) != lines:
        # Better no result than one that lost a line.
        raise InputError(f"{what} cannot be read: its lines cannot be told apart.")


def _empty_rows(con: duckdb.DuckDBPyConnection, path: Path) -> set[int]:
    """Rows that hold nothing: the reader could make nothing of these lines, if they did hold something."""
    empty = " AND ".join(f"{identifier(c)} IS NULL" for c in columns_of(con, parquet(path)))
    rows = con.execute(f"SELECT file_row_number FROM {parquet(path, numbered=True)} WHERE {empty}")
    return {row[0] for row in rows.fetchall()}


def _odd_lines(con: duckdb.DuckDBPyConnection, file: Path, target: Path, what: str) -> set[int]:
    """Lines that are no objects, are nested deeply, or have a column without a name; the first is 0."""
    brackets = "length(line::VARCHAR) - length(replace(replace(line::VARCHAR, '[', ''), '{', ''))"
    odd = f"line IS NULL OR json_type(line) <> 'OBJECT' OR {brackets} > {DEEPEST} OR list_contains(json_keys(line), '')"
    copy_staged(con, f"SELECT coalesce({odd}, TRUE) AS odd FROM {_line_by_line(file)}", target, what)
    rows = con.execute(f"SELECT file_row_number FROM {parquet(target, numbered=True)} WHERE odd")
    return {row[0] for row in rows.fetchall()}


def _line_by_line(file: Path) -> str:
    """The lines of a file as SQL, each one JSON value; null where it is none."""
    return (
        f"read_json({file_text(file)}, format = 'newline_delimited', records = FALSE, ignore_errors = TRUE, "
        f"hive_partitioning = FALSE, columns = {{line: 'JSON'}})"
    )


def _mend(file: Path, target: Path, odd: set[int], name: str) -> tuple[int, bool]:
    """Writes the file with its odd lines mended. Returns the number of its lines, and whether any changed."""
    number, changed = 0, False
    with open_bytes(file, name) as handle, target.open("wb") as out:
        for line in handle:
            if not line.strip(b" \t\r\n"):
                continue
            if number in odd:
                mended = _mended(line)
                changed = changed or mended != line.strip()
                out.write(mended + b"\n")
            else:
                out.write(line.rstrip(b"\r\n") + b"\n")
            number += 1
    return number, changed


def _mended(line: bytes) -> bytes:
    """A line as an object that can be read; an empty one where it is none."""
    try:
        found = json.loads(
            line.decode("utf-8-sig", "replace"), strict=False, object_pairs_hook=_first_of_each, parse_constant=str
        )
    except (ValueError, RecursionError):
        return b"{}"
    if not isinstance(found, dict) or _depth(found) > DEEPEST:
        return b"{}"
    named = {column or NAMELESS: value for column, value in found.items()}
    return HALF_CHARACTER.sub("\ufffd", json.dumps(named, ensure_ascii=False)).encode()


def _first_of_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Of a name that stands there twice the first counts, as for the other lines.
    return dict(reversed(pairs))


def _depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max((_depth(v) for v in inner), default=0) if isinstance(value, dict | list) else 0


def json_source(con: duckdb.DuckDBPyConnection, file: Path, name: str, shown: Path | None = None) -> str:
    """A JSON lines file as SQL. ``shown``: what it is called in messages.

    Raises:
        InputError: the file cannot be read as JSON lines, or two columns differ only in case.
    """
    # Without the last option many columns, or columns that few lines have, would be taken for one map.
    reader = (
        f"read_json({file_text(file)}, format = 'newline_delimited', sample_size = -1, records = TRUE, "
        f"ignore_errors = TRUE, map_inference_threshold = -1, hive_partitioning = FALSE"
    )
    try:
        found = columns_of(con, f"{reader})")
    except duckdb.Error as error:
        if not blames_source(error):
            raise
        if "non-record JSON" in str(error):
            raise InputError(f"{name}: {shown or file} has no line that is a JSON object with names.") from None
        raise InputError(f"{name}: {shown or file} cannot be read: {first_line(error)}.") from None
    _check_names(con, file, f"{name}: {shown or file}", list(found))
    plain = {c: t if "(" in t else GUESSED_TYPE.sub("VARCHAR", t) for c, t in found.items()}
    if plain == found:
        return f"{reader})"
    columns = ", ".join(f"{text(c)}: {text(t)}" for c, t in plain.items())
    return f"{reader}, columns = {{{columns}}})"


def _check_names(con: duckdb.DuckDBPyConnection, file: Path, what: str, columns: list[str]) -> None:
    """Names that differ only in case are told apart by a number that DuckDB adds: ``Size`` and ``size_1``."""
    lower = {c.lower(): c for c in columns}
    for column in columns:
        plain, _, digits = column.rpartition("_")
        if digits.isdigit() and plain.lower() in lower and lower[plain.lower()] != column:
            real = f"SELECT 1 FROM {_line_by_line(file)} WHERE list_contains(json_keys(line), ?) LIMIT 1"
            if not number_of(con, real, [column]):
                raise InputError(
                    f"{what} has columns that differ only in case, {lower[plain.lower()]!r} and {plain!r}; rename one."
                )
