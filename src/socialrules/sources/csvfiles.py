"""Reads CSV files: every cell as text, the dialect fixed so that no row can change it.

What stands above the header (a title, blank lines), the rows of explanations below it that survey
platforms export, and blank rows at the end are not read as records. A file is read strictly, on all
cores. Where that fails it is read again with care: a row that is too short ends in blank cells, one
that is too long cannot be read and is left out, bytes that are no UTF-8 are read as Windows-1252
where the file holds no other letters, else replaced.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from socialrules.errors import InputError
from socialrules.queries import columns_of, number_of
from socialrules.quoting import constant, file_text, identifier, parquet, text
from socialrules.sources.encodings import BLOCK, as_utf8, guessed_encoding, open_bytes, recode
from socialrules.sources.headers import EXTRA, Header, read_header, without_start
from socialrules.sources.layout import FOUND, Layout
from socialrules.sources.staging import copy_staged

LONGEST_LINE = 16 * 1024 * 1024
"""Bytes; DuckDB reads blocks of sixteen times as much, several at once, unless it is told a size."""
MOST_EXTRA = 100
"""Cells beyond the header that are looked at; any of them that holds something makes a row one that cannot be read."""
LONGEST_CAREFUL_LINE = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class StagedCsv:
    """A CSV file that was written as Parquet, and its head."""

    path: Path
    head: Header


def stage_csv(
    con: duckdb.DuckDBPyConnection, file: Path, name: str, path: Path, layout: Layout = FOUND, key: str = ""
) -> StagedCsv:
    """Writes a CSV file as Parquet, every cell as text, in the order of its records.

    Args:
        con: what reads and writes.
        file: the CSV file.
        name: the plural of its table.
        path: the Parquet file; blank rows at the end make it another one beside it.
        layout: which rows are the header, as far as that is given.
        key: the column that every row of the table has; empty: none is known.

    Raises:
        InputError: the file has no header or cannot be read, with the place where it breaks.
    """
    source = as_utf8(file, path.with_suffix(".utf16.csv"), name)
    head = read_header(source, name, file, layout, key)
    if head.above:
        source = without_start(source, path.with_suffix(".headed.csv"), head.above, name)
    what = f"{name}: {file}"
    try:
        copy_staged(con, f"SELECT * FROM {csv_source(source, head)}", path, what)
    except InputError:
        path.unlink(missing_ok=True)
        # The strict reading fails on bytes that are no UTF-8, so this is worth a copy.
        copy = path.with_suffix(".utf8.csv")
        encoding = guessed_encoding(source, name)
        recode(source, copy, encoding, name)
        if encoding != "utf-8":
            head = read_header(file, name, file, layout, key, encoding)
        copy_staged(con, f"SELECT * FROM {csv_source(copy, head, careful=True)}", path, what)
        _check_last_quote(con, path, head.names, source, name, file)
    return StagedCsv(_without_last_blanks(con, path, what), head)


def _without_last_blanks(con: duckdb.DuckDBPyConnection, path: Path, what: str) -> Path:
    """Rows at the end that hold nothing are no records: a spreadsheet exports as many as it once had."""
    rows = number_of(con, "SELECT coalesce(sum(num_rows), 0)::BIGINT FROM parquet_file_metadata(?)", [str(path)])
    numbered = parquet(path, numbered=True)
    filled = f"coalesce({', '.join(identifier(c) for c in columns_of(con, parquet(path)))}) IS NOT NULL"
    if not rows or number_of(con, f"SELECT count(*) FROM {numbered} WHERE file_row_number = {rows - 1} AND {filled}"):
        return path
    last = number_of(con, f"SELECT coalesce(max(file_row_number), -1) FROM {numbered} WHERE {filled}")
    shorter = path.with_suffix(".shorter.parquet")
    kept = (
        f"SELECT * EXCLUDE (file_row_number) FROM {numbered} WHERE file_row_number <= {last} ORDER BY file_row_number"
    )
    copy_staged(con, kept, shorter, what)
    return shorter


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
    names = ", ".join(identifier(n) for n in dict.fromkeys(n for file in files for n in file.head.names))
    blank = f"SELECT max_by(coalesce({names}) IS NULL, _row) AS blank FROM {parquet(path)} GROUP BY _file"
    if row is None or row[0] or number_of(con, f"SELECT count(*) FROM ({blank}) WHERE blank"):
        path.unlink(missing_ok=True)
        return False
    return True


def csv_source(file: Path, head: Header, careful: bool = False) -> str:
    """A CSV file as SQL. ``careful``: with the column ``_extra_cells``, and on one core."""
    extras = [f"{EXTRA}_{number}" for number in range(MOST_EXTRA)] if careful else []
    columns = ", ".join(f"{text(c)}: 'VARCHAR'" for c in (*head.names, *extras))
    if careful:
        mode = f"strict_mode = FALSE, null_padding = TRUE, parallel = FALSE, max_line_size = {LONGEST_CAREFUL_LINE}"
    else:
        mode = f"strict_mode = TRUE, max_line_size = {LONGEST_LINE}, buffer_size = {2 * LONGEST_LINE}"
    read = (
        f"read_csv({file_text(file)}, header = TRUE, auto_detect = FALSE, columns = {{{columns}}}, "
        f"delim = {text(head.delimiter)}, quote = '\"', escape = '\"', nullstr = '', {mode}, hive_partitioning = FALSE)"
    )
    if not careful:
        return read
    # The first cell beyond the header may be empty and a later one not.
    beyond = f"nullif(concat_ws({text(head.delimiter)}, {', '.join(extras)}), '') AS {EXTRA}"
    return f"(SELECT {', '.join(identifier(c) for c in head.names)}, {beyond} FROM {read})"


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
