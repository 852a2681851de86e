"""Reads CSV files: every cell as text, the dialect fixed so that no row can change it.

A file is read strictly, on all cores. Where that fails it is read again with care: a row that is
too short ends in blank cells, one that is too long cannot be read and is left out, bytes that are
no UTF-8 are read as Windows-1252 where the file holds no other letters, else replaced.
"""

from __future__ import annotations

import codecs
import csv
import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from socialrules.errors import InputError
from socialrules.sources.staging import copy_staged, first_line
from socialrules.sqltext import file_text, identifier, parquet, text

DELIMITERS = (",", ";", "\t", "|")
LONGEST_LINE = 16 * 1024 * 1024
"""Bytes; DuckDB reads blocks of sixteen times as much, several at once, unless it is told a size."""
LONGEST_CAREFUL_LINE = 64 * 1024 * 1024
HEADER_BYTES = 4 * 1024 * 1024
EXTRA = "_extra"
"""The column that holds what a row has beyond the header."""


def stage_csv(con: duckdb.DuckDBPyConnection, file: Path, name: str, path: Path) -> None:
    """Writes a CSV file as Parquet, every cell as text, in the order of its records.

    Raises:
        InputError: the file has no header or cannot be read, with the place where it breaks.
    """
    header, delimiter = read_header(file, name)
    what = f"{name}: {file}"
    try:
        copy_staged(con, f"SELECT * FROM {csv_source(file, header, delimiter)}", path, what)
        return
    except InputError:
        path.unlink(missing_ok=True)
    # The strict reading fails on bytes that are no UTF-8, so this is worth a copy.
    source = path.with_suffix(".utf8.csv")
    _recode(file, source, _encoding(file))
    copy_staged(con, f"SELECT * FROM {csv_source(source, header, delimiter, careful=True)}", path, what)
    _check_last_quote(con, path, header, file, name)


@dataclass(frozen=True, slots=True)
class CsvFile:
    """One of several CSV files.

    Attributes:
        path: where it lies.
        number: its place among the files of the input.
        header: the names of its columns.
        delimiter: what stands between cells.
        constants: further columns that have one value in all its rows; None is null.
    """

    path: Path
    number: int
    header: list[str]
    delimiter: str
    constants: Mapping[str, str | None]


def stage_several_csv(con: duckdb.DuckDBPyConnection, files: Sequence[CsvFile], name: str, path: Path) -> bool:
    """Writes small CSV files as one Parquet file, each row with the number of its file and its record in it.

    False where a file cannot be read strictly; then nothing is written, and they have to be staged
    one by one.
    """
    if any(column.lower() in ("_file", "_row") for file in files for column in file.header):
        return False
    pieces = []
    for file in files:
        constants = [
            f"{'NULL' if value is None else text(value)}::VARCHAR AS {identifier(column)}"
            for column, value in file.constants.items()
        ]
        place = [f"{file.number}::INTEGER AS _file", "row_number() OVER () AS _row"]
        source = csv_source(file.path, file.header, file.delimiter)
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


def csv_source(file: Path, header: list[str], delimiter: str, careful: bool = False) -> str:
    """A CSV file as SQL. ``careful``: with the column ``_extra``, and on one core."""
    columns = ", ".join(f"{text(c)}: 'VARCHAR'" for c in (*header, *((EXTRA,) if careful else ())))
    if careful:
        mode = f"strict_mode = FALSE, null_padding = TRUE, parallel = FALSE, max_line_size = {LONGEST_CAREFUL_LINE}"
    else:
        mode = f"strict_mode = TRUE, max_line_size = {LONGEST_LINE}, buffer_size = {2 * LONGEST_LINE}"
    return (
        f"read_csv({file_text(file)}, header = TRUE, auto_detect = FALSE, columns = {{{columns}}}, delim = {text(delimiter)}, "
        f"quote = '\"', escape = '\"', nullstr = '', {mode}, hive_partitioning = FALSE)"
    )


def read_header(file: Path, name: str) -> tuple[list[str], str]:
    """The column names of a CSV file and its delimiter.

    Raises:
        InputError: there is no header, or it names a column twice.
    """
    opener = gzip.open if file.suffix == ".gz" else open
    try:
        with opener(file, "rb") as handle:
            start = handle.read(HEADER_BYTES).decode("utf-8-sig", "replace")
    except (OSError, EOFError) as error:
        raise InputError(f"{name}: {file} cannot be read: {first_line(error)}.") from None
    lines = start.splitlines(keepends=True)
    counts = {d: len(next(csv.reader(lines[:1], delimiter=d), [])) for d in DELIMITERS}
    delimiter = max(DELIMITERS, key=lambda d: counts[d])
    try:
        header = next(csv.reader(lines, delimiter=delimiter), [])
    except csv.Error as error:
        raise InputError(f"{name}: the header of {file} cannot be read: {first_line(error)}.") from None
    names = [column.strip() or f"unnamed_{number}" for number, column in enumerate(header, 1)]
    if not any(column.strip() for column in header):
        raise InputError(f"{name}: {file} has no header row with the names of its columns.")
    for column in names:
        if sum(column.lower() == other.lower() for other in names) > 1:
            raise InputError(f"{name}: the header of {file} names the column {column!r} twice; rename one.")
    return names, delimiter


def _encoding(file: Path) -> str:
    """``utf-8`` where the file holds any letter of it beyond ASCII, else what Excel writes: ``cp1252``."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    opener = gzip.open if file.suffix == ".gz" else open
    broken = False
    with opener(file, "rb") as handle:
        while block := handle.read(1 << 20):
            beyond = {c for c in decoder.decode(block) if c > "\x7f" and c != "\ufeff"}
            if beyond - {"\ufffd"}:
                return "utf-8"
            broken = broken or bool(beyond)
    return "cp1252" if broken else "utf-8"


def _recode(file: Path, target: Path, encoding: str) -> None:
    """Writes a file as UTF-8; bytes that its encoding does not know are replaced."""
    opener = gzip.open if file.suffix == ".gz" else open
    with (
        opener(file, "rt", encoding=encoding, errors="replace", newline="") as handle,
        target.open("w", encoding="utf-8", newline="") as out,
    ):
        while block := handle.read(1 << 20):
            out.write(block)


def _check_last_quote(con: duckdb.DuckDBPyConnection, path: Path, header: list[str], file: Path, name: str) -> None:
    """A quotation mark that is never closed swallows the rest of the file: that must not pass."""
    cells = " || ".join(f"coalesce({identifier(c)}, '')" for c in (*header, EXTRA))
    row = con.execute(
        f"SELECT file_row_number + 1, contains({cells}, E'\\n') "
        f"FROM {parquet(path, numbered=True)} ORDER BY file_row_number DESC LIMIT 1"
    ).fetchone()
    if row is not None and row[1] and _quotes(file) % 2:
        raise InputError(
            f"{name}: {file} cannot be read: a quotation mark is opened in record {row[0]} and never closed."
        )


def _quotes(file: Path) -> int:
    opener = gzip.open if file.suffix == ".gz" else open
    count = 0
    with opener(file, "rb") as handle:
        while block := handle.read(1 << 20):
            count += block.count(b'"')
    return count
