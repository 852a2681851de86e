"""Reads CSV files: every cell as text, the dialect fixed so that no row can change it.

A file is read strictly, on all cores. Where that fails it is read again with care: a row that is
too short ends in blank cells, one that is too long cannot be read and is left out, bytes that are
no UTF-8 are read as Windows-1252 where the file holds no other letters, else replaced.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from socialrules.errors import InputError
from socialrules.quoting import constant, file_text, identifier, parquet, text
from socialrules.sources.encodings import BLOCK, as_utf8, guessed_encoding, open_bytes, recode
from socialrules.sources.staging import copy_staged, first_line

DELIMITERS = (",", ";", "\t", "|")
LONGEST_LINE = 16 * 1024 * 1024
"""Bytes; DuckDB reads blocks of sixteen times as much, several at once, unless it is told a size."""
LONGEST_CAREFUL_LINE = 64 * 1024 * 1024
HEADER_BYTES = 4 * 1024 * 1024
EXTRA = "_extra_cells"
"""The column that holds what a row has beyond the header."""

SEPARATOR_LINE = re.compile(r"\"?sep=(?P<delimiter>[^\"\r\n])\"?(\r\n|\r|\n)", re.IGNORECASE)
"""What Excel writes above the header to say what divides the cells."""


@dataclass(frozen=True, slots=True)
class Header:
    """The head of a CSV file: the names of its columns, what divides cells, the bytes that stand above."""

    names: list[str]
    delimiter: str
    above: bytes = b""


def stage_csv(con: duckdb.DuckDBPyConnection, file: Path, name: str, path: Path) -> None:
    """Writes a CSV file as Parquet, every cell as text, in the order of its records.

    Raises:
        InputError: the file has no header or cannot be read, with the place where it breaks.
    """
    source = as_utf8(file, path.with_suffix(".utf16.csv"), name)
    head = read_header(source, name, file)
    if head.above:
        source = _without_start(source, path.with_suffix(".headed.csv"), head.above, name)
    what = f"{name}: {file}"
    try:
        copy_staged(con, f"SELECT * FROM {csv_source(source, head)}", path, what)
        return
    except InputError:
        path.unlink(missing_ok=True)
    # The strict reading fails on bytes that are no UTF-8, so this is worth a copy.
    copy = path.with_suffix(".utf8.csv")
    recode(source, copy, guessed_encoding(source, name), name)
    copy_staged(con, f"SELECT * FROM {csv_source(copy, head, careful=True)}", path, what)
    _check_last_quote(con, path, head.names, source, name, file)


@dataclass(frozen=True, slots=True)
class CsvFile:
    """One of several CSV files.

    Attributes:
        path: where it lies.
        number: its place among the files of the input.
        head: its head.
        constants: further columns that have one value in all its rows; None is null.
    """

    path: Path
    number: int
    head: Header
    constants: Mapping[str, str | None]


def stage_several_csv(con: duckdb.DuckDBPyConnection, files: Sequence[CsvFile], name: str, path: Path) -> bool:
    """Writes small CSV files as one Parquet file, each row with the number of its file and its record in it.

    False where a file cannot be read strictly; then nothing is written, and they have to be staged
    one by one.
    """
    if any(column.lower() in ("_file", "_row") for file in files for column in file.head.names):
        return False
    if any(file.head.above for file in files):
        return False
    pieces = []
    for file in files:
        constants = [f"{constant(value)}::VARCHAR AS {identifier(column)}" for column, value in file.constants.items()]
        place = [f"{file.number}::INTEGER AS _file", "row_number() OVER () AS _row"]
        source = csv_source(file.path, file.head)
        pieces.append(f"SELECT {', '.join(['*', *constants, *place])} FROM {source}")
    try:
        copy_staged(con, " UNION ALL BY NAME ".join(pieces), path, name)
    except InputError:
        path.unlink(missing_ok=True)
        return False
    # The numbers are given in the order of reading; they must also be in the order of writing.
    row = con.execute(
        "SELECT count(*) FROM (\n"
        "    SELECT max(_row) <> count(*) OR max(file_row_number - _row) <> min(file_row_number - _row)\n"
        "        OR min(file_row_number) < lag(max(file_row_number)) OVER (ORDER BY _file) AS astray\n"
        f"    FROM {parquet(path, numbered=True)} GROUP BY _file\n) WHERE astray"
    ).fetchone()
    if row is None or row[0]:
        path.unlink(missing_ok=True)
        return False
    return True


def csv_source(file: Path, head: Header, careful: bool = False) -> str:
    """A CSV file as SQL. ``careful``: with the column ``_extra_cells``, and on one core."""
    columns = ", ".join(f"{text(c)}: 'VARCHAR'" for c in (*head.names, *((EXTRA,) if careful else ())))
    if careful:
        mode = f"strict_mode = FALSE, null_padding = TRUE, parallel = FALSE, max_line_size = {LONGEST_CAREFUL_LINE}"
    else:
        mode = f"strict_mode = TRUE, max_line_size = {LONGEST_LINE}, buffer_size = {2 * LONGEST_LINE}"
    return (
        f"read_csv({file_text(file)}, header = TRUE, auto_detect = FALSE, columns = {{{columns}}}, "
        f"delim = {text(head.delimiter)}, quote = '\"', escape = '\"', nullstr = '', {mode}, hive_partitioning = FALSE)"
    )


def read_header(file: Path, name: str, shown: Path) -> Header:
    """The column names of a CSV file and its delimiter. ``shown``: what the file is called in messages.

    Raises:
        InputError: there is no header, or it names a column twice.
    """
    with open_bytes(file, name) as handle:
        start = handle.read(HEADER_BYTES).decode("utf-8-sig", "replace")
    lines = start.splitlines(keepends=True)
    told = SEPARATOR_LINE.fullmatch(lines[0]) if lines else None
    lines = lines[1:] if told else lines
    try:
        counts = {d: len(next(csv.reader(lines[:1], delimiter=d), [])) for d in DELIMITERS}
        delimiter = told["delimiter"] if told else max(DELIMITERS, key=lambda d: counts[d])
        header = next(csv.reader(lines, delimiter=delimiter), [])
    except csv.Error as error:
        raise InputError(f"{name}: the header of {shown} cannot be read: {first_line(error)}.") from None
    names = [column.strip() or f"unnamed_{number}" for number, column in enumerate(header, 1)]
    if not any(column.strip() for column in header):
        raise InputError(f"{name}: {shown} has no header row with the names of its columns.")
    for column in names:
        if column == EXTRA:
            raise InputError(f"{name}: a column cannot be called {EXTRA}, which reading needs for itself; rename it.")
        if sum(column.lower() == other.lower() for other in names) > 1:
            raise InputError(f"{name}: the header of {shown} names the column {column!r} twice; rename one.")
    return Header(names, delimiter, told[0].encode() if told else b"")


def _without_start(file: Path, target: Path, above: bytes, name: str) -> Path:
    """A copy without the bytes above the header."""
    with open_bytes(file, name) as handle, target.open("wb") as out:
        start = handle.read(BLOCK).removeprefix(codecs.BOM_UTF8).removeprefix(above)
        while start:
            out.write(start)
            start = handle.read(BLOCK)
    return target


def _check_last_quote(
    con: duckdb.DuckDBPyConnection, path: Path, header: list[str], file: Path, name: str, shown: Path
) -> None:
    """A quotation mark that is never closed swallows the rest of the file: that must not pass."""
    cells = " || ".join(f"coalesce({identifier(c)}, '')" for c in (*header, EXTRA))
    row = con.execute(
        f"SELECT file_row_number + 1, contains({cells}, E'\\n') "
        f"FROM {parquet(path, numbered=True)} ORDER BY file_row_number DESC LIMIT 1"
    ).fetchone()
    if row is not None and row[1] and _quotes(file, name) % 2:
        raise InputError(
            f"{name}: {shown} cannot be read: a quotation mark is opened in record {row[0]} and never closed."
        )


def _quotes(file: Path, name: str) -> int:
    count = 0
    with open_bytes(file, name) as handle:
        while block := handle.read(BLOCK):
            count += block.count(b'"')
    return count
