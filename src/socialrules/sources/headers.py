"""The header of a CSV file: what divides its cells, which of its rows name the columns, and what stands around them."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from socialrules.errors import InputError
from socialrules.sources.discovery import COMPOUND_FILE
from socialrules.sources.encodings import BLOCK, open_bytes
from socialrules.sources.layout import FOUND, HEADER_WITHIN, Layout, Place, named_and_told
from socialrules.sources.staging import first_line

DELIMITERS = (",", ";", "\t", "|")
TABBED = (".tsv", ".tab")
HEADER_BYTES = 4 * 1024 * 1024
EXTRA = "_extra_cells"
"""The column that holds what a row has beyond the header."""

SEPARATOR_LINE = re.compile(r"\"?sep=(?P<delimiter>[^\"\r\n])\"?(\r\n|\r|\n)", re.IGNORECASE)
"""What Excel writes above the header to say what divides the cells."""

IMPORT_ROW = re.compile(r"\s*\{\s*[\"']ImportId[\"']\s*:")
"""How every cell of the third row begins that a survey platform exports: names, question texts, and this."""

FEWEST_NAMES = 3
"""Names that a row below a title holds at least, to be the header: two cells may be one with a comma in it."""

NUMBER = re.compile(r"[+-]?[\d.,\s]*\d[\d.,\s%]*")


FIRST_ROW = Place((1,), 2)


@dataclass(frozen=True, slots=True)
class Header:
    """The head of a CSV file.

    Attributes:
        names: of its columns.
        delimiter: what divides cells.
        above: the bytes that stand above the last row of the header.
        place: the rows of the header.
        labels: what rows of explanations say of the columns, by name.
    """

    names: list[str]
    delimiter: str
    above: bytes = b""
    place: Place = FIRST_ROW
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Top:
    """The first rows of a file. ``ends``: the number of lines up to the end of each, from the first of the file on."""

    rows: list[list[str]]
    ends: list[int]


def read_header(
    file: Path, name: str, shown: Path, layout: Layout = FOUND, key: str = "", encoding: str = "utf-8"
) -> Header:
    """The column names of a CSV file and its delimiter.

    Args:
        file: what is read.
        name: the plural of its table.
        shown: what the file is called in messages.
        layout: which rows are the header, as far as that is given.
        key: the column that every row of the table has; empty: none is known.
        encoding: of the file.

    Raises:
        InputError: there is no header, or it names a column twice.
    """
    with open_bytes(file, name) as handle:
        start = handle.read(HEADER_BYTES).removeprefix(codecs.BOM_UTF8)
    if start.startswith((COMPOUND_FILE, b"PK\x03\x04")):
        raise InputError(
            f"{name}: {shown} is a workbook, not a text, whatever its name says. Let its name end in .xlsx (or .xls, .ods)."
        )
    raw = start.splitlines(keepends=True)
    lines = [line.decode(encoding, "replace") for line in raw]
    told = SEPARATOR_LINE.fullmatch(lines[0]) if lines else None
    skipped = 1 if told else 0
    wanted = max(layout.header, default=0)
    try:
        if told:
            delimiters: Sequence[str] = (told["delimiter"],)
        else:
            delimiters = ("\t",) if shown.name.lower().removesuffix(".gz").endswith(TABBED) else DELIMITERS
        top = _first_rows(lines[skipped:], delimiters, max(wanted - skipped, HEADER_WITHIN))
        delimiter, rows, header, names_row = _header_in(top, layout, skipped, key)
    except csv.Error as error:
        raise InputError(f"{name}: the header of {shown} cannot be read: {first_line(error)}.") from None
    if header and header[-1] >= len(rows.rows):
        raise InputError(
            f"{name}: {shown} has no row {header[-1] + skipped + 1} for a header; say in a mapping file which row it is."
        )
    # What a survey platform notes for its own import explains nothing.
    found = [[] if _is_import_row(rows.rows[n]) else rows.rows[n] for n in header]
    numbers = tuple(n + skipped + 1 for n in header)
    named, explained = named_and_told(numbers, found, names_row)
    if not any(named):
        raise InputError(f"{name}: {shown} has no header row with the names of its columns.")
    names = [column or f"unnamed_{number}" for number, column in enumerate(named, 1)]
    _check_names(names, name, shown)
    labels = {n: label for n, label in zip(names, explained, strict=True) if label}
    before = skipped + (rows.ends[header[-1] - 1] if header[-1] else 0)
    return Header(names, delimiter, b"".join(raw[:before]), Place(numbers, numbers[-1] + 1), labels)


def _first_rows(lines: list[str], delimiters: Sequence[str], most: int) -> dict[str, _Top]:
    """The first rows of a file, for each delimiter. A broken row after the first ends them."""
    found = {}
    for delimiter in delimiters:
        rows, ends = [], []
        reader = csv.reader(lines, delimiter=delimiter)
        try:
            for row in reader:
                rows.append(row)
                ends.append(reader.line_num)
                if len(rows) == most:
                    break
        except csv.Error:
            if not rows:
                raise
        found[delimiter] = _Top(rows, ends)
    return found


def _header_in(
    tops: Mapping[str, _Top], layout: Layout, skipped: int, key: str
) -> tuple[str, _Top, list[int], int | None]:
    """The delimiter, the first rows, the rows of the header counted from 0, and the number of the one that names."""
    if layout.header:
        header = [n - 1 - skipped for n in sorted(layout.header)]
        delimiter = _widest(tops, header[0])
        return delimiter, tops[delimiter], header, layout.names
    delimiter, start = _widest(tops, 0), 0
    # Where the first line is a title it says nothing about the delimiter.
    titled = {d: below for d, top in tops.items() if (below := _title_ends(top.rows, key))}
    if titled:
        best = max(titled, key=lambda d: len(tops[d].rows[titled[d]]))
        if best == delimiter or len(tops[best].rows[titled[best]]) > len(tops[delimiter].rows[0]):
            delimiter, start = best, titled[best]
    rows = tops[delimiter].rows
    if len(rows) > start + 2 and _is_import_row(rows[start + 2]):
        return delimiter, tops[delimiter], [start, start + 1, start + 2], start + skipped + 1
    return delimiter, tops[delimiter], [start], None


def _widest(tops: Mapping[str, _Top], row: int) -> str:
    def width(delimiter: str) -> int:
        rows = tops[delimiter].rows
        return len(rows[row]) if row < len(rows) else 0

    return max(tops, key=width)


def _title_ends(rows: list[list[str]], key: str) -> int:
    """The number of rows above the header: at most one cell of each is filled. 0 where that is not certain.

    It is where the first wider row holds the key, or nothing but different texts, at least three.
    """
    for number, row in enumerate(rows):
        cells = [cell.strip() for cell in row if cell.strip()]
        if key in cells:
            return number
        if len(cells) > 1:
            texts = not any(NUMBER.fullmatch(cell) for cell in cells)
            return number if texts and len({c.lower() for c in cells}) == len(cells) >= FEWEST_NAMES else 0
    return 0


def _is_import_row(row: list[str]) -> bool:
    return bool(row) and all(IMPORT_ROW.match(cell) for cell in row if cell.strip()) and any(c.strip() for c in row)


def _check_names(names: list[str], name: str, shown: Path) -> None:
    for column in names:
        if column == EXTRA:
            raise InputError(f"{name}: a column cannot be called {EXTRA}, which reading needs for itself; rename it.")
        if sum(column.lower() == other.lower() for other in names) > 1:
            raise InputError(f"{name}: the header of {shown} names the column {column!r} twice; rename one.")


def without_start(file: Path, target: Path, above: bytes, name: str) -> Path:
    """A copy of a file without the bytes above the last row of its header."""
    with open_bytes(file, name) as handle, target.open("wb") as out:
        start = handle.read(len(codecs.BOM_UTF8) + len(above) + BLOCK)
        start = start.removeprefix(codecs.BOM_UTF8).removeprefix(above)
        while start:
            out.write(start)
            start = handle.read(BLOCK)
    return target
