"""Reads sheets of Excel and OpenDocument workbooks: every cell as the text of its value.

Which sheet is meant, and which of its rows names the columns, is given by a layout or found by
looking. A row that holds nothing is no record, but counts: ``_row`` is the row that the sheet shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from zipfile import BadZipFile

from socialrules.errors import InputError, did_you_mean, plain_name
from socialrules.sources.codebook import Codebook, ColumnCodes
from socialrules.sources.discovery import COMPOUND_FILE
from socialrules.sources.formulaerrors import Errors, formula_errors
from socialrules.sources.layout import HEADER_WITHIN, Layout, Place, named_and_told
from socialrules.sources.sections import ANSWERS
from socialrules.sources.staging import first_line
from socialrules.sources.textcells import cell_text, write_texts

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

EXPLAINING = frozenset(
    ["read_me", "readme", "notes", "note", "instructions", "help", "about", "legend", "info", "lists", "codebook"]
)
"""Names of sheets that are for people."""

NOTHING_TOLD: Mapping[str, str | int | None] = {}
OWN_COLUMNS = ("_file", "_row", "row", "file_row_number")
Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class Target:
    """What a sheet is read for.

    Attributes:
        name: the plural of the table.
        key: the column that every one of its rows has; empty: none is known.
        others: the plurals of the other tables.
    """

    name: str
    key: str = ""
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StagedSheet:
    """A sheet that was written as Parquet: where it lay, and what its header says of its columns."""

    place: Place
    codebook: Codebook


@dataclass
class _Table:
    """A sheet while it is read. Rows and columns are counted from 0.

    Attributes:
        what: what it is called in messages.
        sheet: the sheet.
        errors: cells whose formula has no result.
        left: empty columns before the first that is used.
    """

    what: str
    sheet: CalamineSheet
    errors: Errors
    left: int = 0
    by_row: dict[int, list[tuple[int, str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.left = self.sheet.start[1] if self.sheet.start else 0
        for (row, column), said in self.errors.items():
            self.by_row.setdefault(row, []).append((column - self.left, said))

    def rows(self) -> Iterator[list[Any]]:
        """All rows from the first of the sheet on, as values."""
        if self.sheet.start is None:
            return
        for number, row in enumerate(self.sheet.iter_rows()):
            for column, said in self.by_row.get(number, ()):
                if 0 <= column < len(row):
                    row[column] = said
            yield row

    def cell(self, row: int, column: int) -> str:
        """The name of a cell, as a spreadsheet shows it."""
        return f"{column_letters(column + self.left)}{row + 1}"


def shown_sheet(file: Path | str, sheet: str) -> str:
    """What a sheet is called in messages and results."""
    return f"{file} [{sheet}]"


def stage_sheet(
    file: Path, target: Target, layout: Layout, path: Path, number: int, constants: Mapping[str, str | None]
) -> StagedSheet:
    """Writes a sheet as Parquet, every cell as text, with the columns ``_file`` and ``_row``.

    Args:
        file: the workbook.
        target: what it is read for.
        layout: which sheet and rows, as far as that is given.
        path: the Parquet file.
        number: the place of the workbook among the files of the input.
        constants: further columns that have one value in all rows; None is null.

    Raises:
        InputError: the workbook cannot be read, no sheet or several can be meant, or its header names
            no columns, one of them twice, or in merged cells.
    """
    what = f"{target.name}: {file}"
    book = open_workbook(file, target.name)
    chosen = _chosen_sheet(book, target, layout, what)
    what = f"{target.name}: {shown_sheet(file, chosen)}"
    sheet = _read(what, lambda: book.get_sheet_by_name(chosen))
    table = _Table(what, sheet, _read(what, lambda: formula_errors(file, chosen)))
    header = _header_rows(table, target, layout)
    names, told = _names(table, header, layout.names)
    filled = _filled_columns(table, header, names)
    columns = [i for i, name in enumerate(names) if name or i in filled]
    named = [names[i] or f"unnamed_{i + table.left + 1}" for i in columns]
    _check_names(table, named, columns, header)
    extra = {c: v for c, v in constants.items() if c.lower() not in {n.lower() for n in named}}
    records = _records(table, header, columns, [*extra.values()], number)
    types = {"_file": "int32", "_row": "int64"}
    _read(what, lambda: write_texts(path, [*named, *extra, "_file", "_row"], records, types))
    codebook = {n: ColumnCodes(label=told[i]) for n, i in zip(named, columns, strict=True) if told[i]}
    others = tuple(n for n in _visible(book) if n != chosen and not _is_for_people(n))
    return StagedSheet(Place(tuple(r + 1 for r in header), header[-1] + 2, chosen, others), codebook)


def filled_sheets(file: Path, sheets: Iterable[str], name: str) -> list[str]:
    """Those of some sheets of a workbook in which anything stands. ``name``: for messages."""
    book = open_workbook(file, name)
    return [sheet for sheet in sheets if _is_filled(book, sheet, f"{name}: {file}")]


def table_sheets(
    file: Path, name: str, tables: Sequence[str], told: Mapping[str, str | int | None] = NOTHING_TOLD
) -> list[str]:
    """Those of the tables that have a sheet in a workbook: one of their own name, or the one that they are told to have.

    Args:
        file: the workbook.
        name: of the input that it is, for messages.
        tables: the plurals of the tables.
        told: the name or number of a table's sheet, by its plural; None where that is not told.

    Raises:
        InputError: the workbook cannot be read, or has no sheet that a table is told to have.
    """
    book = open_workbook(file, name)
    named = {s.strip().casefold(): s for s in book.sheet_names}
    found = []
    for table in tables:
        given = told.get(table)
        if given is not None:
            try:
                _told_sheet(book, given, f"{table}: {file}")
            except InputError as error:
                raise InputError(f"{error} If the {table} are in another file, give it with --{table}.") from None
            found.append(table)
        elif table.casefold() in named and _is_filled(book, named[table.casefold()], f"{name}: {file}"):
            found.append(table)
    return found


def open_workbook(file: Path, name: str) -> CalamineWorkbook:
    """A workbook, whatever its ending says.

    Raises:
        InputError: it is protected by a password, damaged, or no workbook.
    """
    from python_calamine import CalamineWorkbook, PasswordError

    what = f"{name}: {file}"
    with file.open("rb") as handle:
        start = handle.read(1 << 16)
    locked = InputError(f"{what} is protected by a password. Save a copy without one, and give that.")
    if start.startswith(COMPOUND_FILE) and "EncryptedPackage".encode("utf-16-le") in _directory(file):
        raise locked
    if not start.startswith((COMPOUND_FILE, b"PK")):
        raise InputError(
            f"{what} is no workbook, whatever its name says. Open it in a spreadsheet program and save it as .xlsx, "
            f"or name it .csv if it is a text."
        )
    try:
        return _read(what, lambda: CalamineWorkbook.from_path(str(file)))
    except PasswordError:
        raise locked from None


def _directory(file: Path) -> bytes:
    """Where a compound file lists its streams: anywhere, so all of it."""
    return file.read_bytes()


def _read(what: str, do: Callable[[], Read]) -> Read:
    """What the reading library gives; whatever it raises is about the file.

    Raises:
        InputError: the workbook is damaged.
        PasswordError: of the library.
    """
    from xml.etree.ElementTree import ParseError

    from python_calamine import CalamineError, PasswordError

    try:
        return do()
    except (PasswordError, InputError, OSError, MemoryError):
        raise
    except (
        CalamineError,
        BadZipFile,
        ParseError,
        KeyError,
        StopIteration,
        ValueError,
        OverflowError,
        EOFError,
    ) as error:
        reason = first_line(error)
    except BaseException as error:
        # A panic of the library, which is written in Rust, is no Exception.
        if type(error).__name__ != "PanicException":
            raise
        reason = "its content makes no sense"
    raise InputError(
        f"{what} is damaged and cannot be read ({reason}). Open it in a spreadsheet program and save it again."
    )


def _chosen_sheet(book: CalamineWorkbook, target: Target, layout: Layout, what: str) -> str:
    if layout.sheet is not None:
        return _told_sheet(book, layout.sheet, what)
    own = [n for n in book.sheet_names if n.strip().casefold() == target.name.casefold()]
    if own:
        return own[0]
    return _only_sheet(book, target, what)


def _told_sheet(book: CalamineWorkbook, given: str | int, what: str) -> str:
    """The sheet of a name, or of a number counted from 1."""
    names = list(book.sheet_names)
    listed = ", ".join(repr(n) for n in names)
    if isinstance(given, int):
        if not 1 <= given <= len(names):
            raise InputError(f"{what} has no sheet number {given}; it has {len(names)}: {listed}.")
        return names[given - 1]
    alike = [n for n in names if n == given] or [n for n in names if n.casefold() == given.casefold()]
    if not alike:
        raise InputError(f"{what} has no sheet {given!r}; it has {listed}.{did_you_mean(given, names)}")
    return alike[0]


def _only_sheet(book: CalamineWorkbook, target: Target, what: str) -> str:
    """The one sheet that can be meant where none is called like the table."""
    free = [n for n in _visible(book) if n.strip().casefold() not in {o.casefold() for o in target.others}]
    meant = [n for n in free if not _is_for_people(n)] or free
    if len(meant) > 1:
        # Only now, for it takes reading them.
        meant = [n for n in meant if _is_filled(book, n, what)] or meant[:1]
    if not meant:
        raise InputError(f"{what} has no sheet for {target.name}: call one {target.name!r}.")
    if len(meant) == 1:
        return meant[0]
    listed = ", ".join(repr(n) for n in meant)
    begun = "" if target.name == ANSWERS else " (`socialrules map` with --sheet begins such a file)"
    raise InputError(
        f"{what} has several sheets that can be meant: {listed}. Call one {target.name!r}, or say in a mapping file which "
        f"one it is: [sources.{target.name}] sheet = {meant[0]!r}{begun}."
    )


def _visible(book: CalamineWorkbook) -> list[str]:
    """The sheets of cells that a person sees."""
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    seen, sheet = SheetVisibleEnum.Visible, SheetTypeEnum.WorkSheet
    return [m.name for m in book.sheets_metadata if m.visible == seen and m.typ == sheet]


def _is_for_people(sheet: str) -> bool:
    """Whether the name of a sheet says that it holds no table."""
    return sheet.startswith("_") or plain_name(sheet) in EXPLAINING


def _is_filled(book: CalamineWorkbook, sheet: str, what: str) -> bool:
    return _read(what, lambda: book.get_sheet_by_name(sheet)).start is not None


def _header_rows(table: _Table, target: Target, layout: Layout) -> list[int]:
    """The rows of the header, counted from 0."""
    if table.sheet.start is None:
        raise InputError(f"{table.what} is empty.")
    if layout.header:
        rows = [number - 1 for number in sorted(layout.header)]
        height = table.sheet.end[0] + 1 if table.sheet.end else 0
        if rows[-1] >= height:
            raise InputError(f"{table.what} has no row {rows[-1] + 1} for a header; it ends at row {height}.")
        return rows
    top = [row for row, _ in zip(table.rows(), range(HEADER_WITHIN), strict=False)]
    found = find_header([[cell_text(v) or "" for v in row] for row in top], top, target.key)
    if found is None:
        raise InputError(
            f"{table.what} has no header row with the names of its columns in its first {HEADER_WITHIN} rows. Say in a "
            f"mapping file which row it is: [sources.{target.name}] header = 1."
        )
    return [found]


def find_header(texts: Sequence[Sequence[str]], values: Sequence[Sequence[Any]], key: str) -> int | None:
    """The row that names the columns: the one with the key, else the first in which most columns hold a text.

    Args:
        texts, values: the first rows, as texts and as they are.
        key: the name of the column that every row of the table has; empty: none is known.
    """
    if key:
        for same in (lambda cell: cell.strip() == key, lambda cell: plain_name(cell) == key):
            found = next((n for n, row in enumerate(texts) if any(map(same, row))), None)
            if found is not None:
                return found
    used = {i for row in texts for i, cell in enumerate(row) if cell.strip()}
    for number, row in enumerate(values):
        if 2 * sum(isinstance(row[i], str) and bool(row[i].strip()) for i in used if i < len(row)) > len(used):
            return number
    return None


def _names(table: _Table, header: list[int], names: int | None) -> tuple[list[str], list[str]]:
    wanted = set(header)
    rows = [row for row, _ in zip(table.rows(), range(header[-1] + 1), strict=False)]
    texts = [[cell_text(v) or "" for v in row] for n, row in enumerate(rows) if n in wanted]
    ranges = table.sheet.merged_cell_ranges or []
    for (top, left), (bottom, right) in ranges:
        for line, number in zip(texts, header, strict=True):
            first, last = left - table.left, min(right - table.left, len(line) - 1)
            if not top <= number <= bottom or first >= last:
                continue
            if len(header) == 1:
                place = f"{table.cell(number, first)} to {table.cell(number, last)}"
                raise InputError(
                    f"{table.what}: the header cells {place} are merged into one, {line[first]!r}, so their columns have no "
                    f"names of their own. Unmerge them and name each column, or say in a mapping file which rows "
                    f"name the columns together, as in header = [{number + 1}, {number + 2}]."
                )
            line[first + 1 : last + 1] = [line[first]] * (last - first)
    named, told = named_and_told(tuple(n + 1 for n in header), texts, names)
    if not any(named):
        raise InputError(f"{table.what}: row {header[-1] + 1} names no column, so it cannot be the header.")
    return named, told


def _filled_columns(table: _Table, header: list[int], names: list[str]) -> set[int]:
    """The columns without a name that hold anything below the header."""
    nameless = {i for i, name in enumerate(names) if not name}
    found: set[int] = set()
    if nameless:
        for number, row in enumerate(table.rows()):
            if number > header[-1]:
                found |= {i for i in nameless - found if row[i] not in ("", None)}
    return found


def _check_names(table: _Table, names: list[str], columns: list[int], header: list[int]) -> None:
    seen: dict[str, int] = {}
    row = header[-1]
    for name, column in zip(names, columns, strict=True):
        place = table.cell(row, column)
        if name.lower() in OWN_COLUMNS:
            raise InputError(
                f"{table.what}: {place}: a column cannot be called {name}, which reading needs; rename it."
            )
        if name.lower() in seen:
            first = seen[name.lower()]
            raise InputError(
                f"{table.what}: the columns {column_letters(columns[first] + table.left)} and "
                f"{column_letters(column + table.left)} are both called {name!r} (row {row + 1}); rename one."
            )
        seen[name.lower()] = len(seen)


def _records(
    table: _Table, header: list[int], columns: list[int], extra: Sequence[str | None], number: int
) -> Iterator[list[Any]]:
    for position, row in enumerate(table.rows()):
        if position <= header[-1]:
            continue
        record = [cell_text(row[i]) for i in columns]
        if any(text is not None and not text.isspace() for text in record):
            yield [*record, *extra, number, position + 1]


def column_letters(column: int) -> str:
    """The letters of a column that is counted from 0: ``A``, ``Z``, ``AA``."""
    letters, rest = "", column + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return letters
