"""Finds the files of an input and makes them readable by row number.

Parquet is read where it lies. Whatever else comes (text files, workbooks, survey files, frames, rows
that a mapping chooses) is staged once as Parquet in the work folder, in the order of its records,
because only Parquet gives every row a number that any thread can see.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import duckdb

from socialrules.errors import InputError
from socialrules.quoting import constant, identifier, parquet
from socialrules.sources.cells import whole_text
from socialrules.sources.codebook import Codebook, ColumnCodes
from socialrules.sources.csvfiles import CsvFile, stage_csv, stage_several_csv
from socialrules.sources.discovery import RESERVED, TEXT_KINDS, find_files, folder_values, format_of
from socialrules.sources.encodings import is_utf16
from socialrules.sources.fingerprints import Stamp, stamp
from socialrules.sources.footers import read_footers
from socialrules.sources.frames import no_repeats, stage_frame
from socialrules.sources.headers import Header, read_header
from socialrules.sources.jsonfiles import stage_json
from socialrules.sources.layout import FOUND, Layout, Place
from socialrules.sources.staging import copy_staged
from socialrules.sources.surveys import stage_survey
from socialrules.sources.workbooks import Target, shown_sheet, stage_sheet

MANY_FILES = 64
"""From so many files on, small ones are put together before they are read."""

FEW_ROWS = 1_000
"""Rows per file below which a Parquet file is small: to open its columns costs more than to copy its rows."""

FEW_BYTES = 1_000_000
"""Bytes per file below which a CSV file is small."""

NOTHING_SAID: Codebook = {}

BATCH = 64
"""CSV files put together in one statement."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A Parquet file to read: its rows, counted across all files of the input from ``first``.

    ``number`` is its place among the original files, where it is one of them.
    """

    path: str
    rows: int
    first: int
    number: int = 0


@dataclass(frozen=True, slots=True)
class Odd:
    """Where a mapping tells which cells of a fact its codebook or notation cannot read; these are null.

    Attributes:
        column: a column of their texts, null for all other cells.
        doubt: a column that is TRUE at least for these.
        reason: why they cannot be read.
    """

    column: str
    doubt: str
    reason: str


class View(Protocol):
    """Columns that are computed from those of files while these are read, row by row."""

    def scan(self, low: int, high: int | None, columns: Sequence[str] | None) -> str:
        """SQL as that of ``Input.scan``."""


@dataclass
class Input:
    """One input of the run, ready to be read by row number.

    Attributes:
        name: the plural of its table, e.g. for error messages.
        files: what is read, in order.
        shown: the original files, in order, of workbooks with the sheet: ``clients.xlsx [Clients]``;
            frames have the name ``<name> (in memory)``.
        columns: type of each column, as DuckDB names it.
        staged: columns ``_file`` and ``_row`` are in the files: they were staged from others.
        kind: the format it came in.
        originals: the original files; none for a frame.
        stamps: what tells whether an original file has changed since it was opened.
        by_folder: columns that stand in the names of folders: a value for each original file.
        codebook: what the files themselves say about the codes of their columns.
        places: where in each original file the table lies; none where there is nothing to say.
        view: what computes the columns; None where they are those of the files.
        odd: by fact, where the texts of cells stand that are null because a mapping cannot read them.
        mapped: its columns are what a mapping has made.
        told: columns ``<fact>__why`` that a mapping has made of missing codes.
    """

    name: str
    files: list[SourceFile]
    shown: list[str]
    columns: dict[str, str]
    kind: str
    staged: bool = False
    originals: list[Path] = field(default_factory=list)
    stamps: dict[Path, Stamp] = field(default_factory=dict)
    by_folder: dict[str, list[str | None]] = field(default_factory=dict)
    codebook: Codebook = field(default_factory=dict)
    places: list[Place] = field(default_factory=list)
    view: View | None = None
    odd: dict[str, Odd] = field(default_factory=dict)
    told: frozenset[str] = frozenset()
    mapped: bool = False

    @property
    def as_texts(self) -> bool:
        """Whether every cell is a text, whatever it stands for."""
        return self.kind in TEXT_KINDS

    @property
    def rows(self) -> int:
        """Number of records."""
        return self.files[-1].first + self.files[-1].rows if self.files else 0

    def scan(self, low: int = 0, high: int | None = None, columns: Sequence[str] | None = None) -> str:
        """SQL that reads the rows from ``low`` up to ``high``, which is not included; only files that hold some.

        Beside the input's columns it has ``row`` (counted from 0 over all files), ``_file`` (index
        into ``shown``) and ``_row`` (record in that file, counted from 1). ``columns``: None is all.
        """
        if self.view is not None:
            return self.view.scan(low, high, columns)
        high = self.rows if high is None else high
        chosen = list(self.columns) if columns is None else list(columns)
        wanted = [f for f in self.files if f.first < high and f.first + f.rows > low]
        whole = [f for f in wanted if f.first >= low and f.first + f.rows <= high]
        # A column of that name would hide the one that tells the files apart.
        if len(wanted) > 3 and len(whole) > 2 and "file_index" not in {c.lower() for c in self.columns}:
            before = [self._piece(f, low, high, chosen) for f in wanted if f.first < low]
            after = [self._piece(f, low, high, chosen) for f in wanted if f.first >= low and f.first + f.rows > high]
            pieces = [*before, self._many(whole, chosen), *after]
        else:
            pieces = [self._piece(f, low, high, chosen) for f in wanted]
        if not pieces:
            pieces = [self._read(self.files[0], chosen, "FALSE")]
        return f"\n{' ' * 8}UNION ALL BY NAME\n{' ' * 8}".join(pieces)

    def _piece(self, file: SourceFile, low: int, high: int, chosen: list[str]) -> str:
        start, end = max(low - file.first, 0), min(high - file.first, file.rows)
        return self._read(file, chosen, f"file_row_number >= {start} AND file_row_number < {end}")

    def _read(self, file: SourceFile, chosen: list[str], where: str) -> str:
        columns = [
            f"{constant(self.by_folder[c][file.number])}::VARCHAR AS {identifier(c)}"
            if c in self.by_folder
            else identifier(c)
            for c in chosen
        ]
        row = "file_row_number" if file.first == 0 else f"file_row_number + {file.first}"
        place = "_file, _row" if self.staged else f"{file.number}::INTEGER AS _file, file_row_number + 1 AS _row"
        listed = ", ".join([*columns, f"{row} AS row", place])
        return f"SELECT {listed} FROM {parquet(file.path, numbered=True)} WHERE {where}"

    def _many(self, files: list[SourceFile], chosen: list[str]) -> str:
        """Many files at once, by one reader."""
        folders = [c for c in chosen if c in self.by_folder]
        offsets = ", ".join(
            f"({', '.join([str(n), str(f.first), str(f.number), *(f'{constant(self.by_folder[c][f.number])}::VARCHAR' for c in folders)])})"
            for n, f in enumerate(files)
        )
        columns = [
            f"offsets.folder_{folders.index(c)} AS {identifier(c)}" if c in folders else f"files.{identifier(c)}"
            for c in chosen
        ]
        place = "_file, _row" if self.staged else "offsets.number::INTEGER AS _file, file_row_number + 1 AS _row"
        listed = ", ".join([*columns, "file_row_number + offsets.first AS row", place])
        names = ", ".join(["position", "first", "number", *(f"folder_{n}" for n in range(len(folders)))])
        return (
            f"SELECT {listed} FROM {parquet(*(f.path for f in files), numbered=True)} AS files "
            f"JOIN (VALUES {offsets}) AS offsets ({names}) ON files.file_index = offsets.position"
        )


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Some records of an input, to be read just as the input was.

    Attributes:
        rows: a pyarrow table.
        kind, codebook: those of the input.
    """

    rows: Any
    kind: str
    codebook: Codebook = field(default_factory=dict)


def file_hash(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def open_staged(con: duckdb.DuckDBPyConnection, path: Path, origin: Input) -> Input:
    """A file that was staged from an input, row by row with the columns ``_file`` and ``_row`` of its origin."""
    return _open_several_staged(con, [path], origin, path.parent)


def _open_several_staged(con: duckdb.DuckDBPyConnection, paths: list[Path], origin: Input, work: Path) -> Input:
    footers = read_footers(con, paths, origin.name)
    columns = [{c: t for c, t in f.columns.items() if c not in ("_file", "_row")} for f in footers]
    files = _numbered(paths, [f.rows for f in footers])
    opened = replace(origin, files=files, columns=columns[0], staged=True, by_folder={}, view=None)
    return (
        opened
        if all(c == columns[0] for c in columns)
        else _unified(con, opened, columns, work / f"{origin.name}-unified.parquet")
    )


def open_input(
    con: duckdb.DuckDBPyConnection,
    given: Any,
    name: str,
    work: Path,
    layout: Layout = FOUND,
    key: str = "",
    others: Sequence[str] = (),
) -> Input:
    """Makes an input readable: a path, glob or folder, or a table or frame in memory.

    Args:
        con: where it will be read.
        given: a path or a list of paths, or a pyarrow table, pandas or polars frame, or DuckDB relation;
            or an ``Excerpt``.
        name: the plural of the table it is for.
        work: folder for staged files.
        layout: where in its files the table lies.
        key: the column that every row of the table has; empty: none is known.
        others: the plurals of the other tables.

    Raises:
        InputError: with one sentence that says what is wrong with which file.
    """
    if isinstance(given, str | Path) or (isinstance(given, list) and all(isinstance(p, Path) for p in given)):
        files = find_files(given, name)
        origin = Input(name, [], [str(f) for f in files], {}, str(format_of(files[0])), originals=files)
        origin.stamps = {file: stamp(file) for file in files}
        folders = [folder_values(f) for f in files]
        origin.by_folder = {c: [f.get(c) for f in folders] for c in dict.fromkeys(c for f in folders for c in f)}
        _check_layout(origin, layout)
        return _open_files(con, origin, work, layout, Target(name, key, tuple(others)))
    kind, codebook = "frame", NOTHING_SAID
    if isinstance(given, Excerpt):
        given, kind, codebook = given.rows, given.kind, given.codebook
    path = work / f"{name}-frame.parquet"
    stage_frame(con, given, name, path)
    return _open_parquet(con, Input(name, [], [f"{name} (in memory)"], {}, kind, codebook=codebook), [path], work)


def one_workbook(given: Any, name: str) -> Path | None:
    """The workbook that an input is; None where it is something else, or several. ``name``: of its table."""
    if not isinstance(given, str | Path) and not (isinstance(given, list) and all(isinstance(p, Path) for p in given)):
        return None
    files = find_files(given, name)
    return files[0] if len(files) == 1 and format_of(files[0]) == "workbook" else None


def _check_layout(origin: Input, layout: Layout) -> None:
    """A layout that a format cannot have is a mistake about the file."""
    what = f"{origin.name}: {origin.shown[0]}"
    if layout.sheet is not None and origin.kind != "workbook":
        raise InputError(f"{what} is no workbook and has no sheets; take `sheet` out of the mapping file.")
    if layout.header and origin.kind not in ("workbook", "csv"):
        raise InputError(f"{what} names its columns itself; take `header` out of the mapping file.")


def _open_files(con: duckdb.DuckDBPyConnection, origin: Input, work: Path, layout: Layout, target: Target) -> Input:
    name, files = origin.name, origin.originals
    paths = [work / f"{name}-{i:05d}.parquet" for i in range(len(files))]
    if origin.kind == "parquet":
        return _open_parquet(con, origin, files, work)
    for file in files:
        _check_filled(file, name)
    if origin.kind == "csv":
        if _are_small(files) and layout == FOUND and not any(is_utf16(f, name) for f in files):
            return _open_small_csv(con, origin, work, target)
        staged = [stage_csv(con, f, name, p, layout, target.key) for f, p in zip(files, paths, strict=True)]
        heads = [s.head for s in staged]
        return _open_parquet(con, _with_heads(origin, heads), [s.path for s in staged], work)
    if origin.kind == "workbook":
        sheets = []
        for number, (file, path) in enumerate(zip(files, paths, strict=True)):
            constants = {c: values[number] for c, values in origin.by_folder.items()}
            sheets.append(stage_sheet(file, target, layout, path, number, constants))
        origin.places = [s.place for s in sheets]
        origin.shown = [shown_sheet(f, s.place.sheet or "") for f, s in zip(files, sheets, strict=True)]
        origin.codebook = _first_said(s.codebook for s in sheets)
        return _open_several_staged(con, paths, origin, work)
    if origin.kind == "survey":
        origin.codebook = _first_said(stage_survey(f, name, p) for f, p in zip(files, paths, strict=True))
    else:
        for file, path in zip(files, paths, strict=True):
            stage_json(con, file, name, path)
    return _open_parquet(con, origin, paths, work)


def _first_said(codebooks: Iterable[Codebook]) -> Codebook:
    """What several files say of their columns: of each column, what the first that has it says."""
    said: dict[str, ColumnCodes] = {}
    for codebook in codebooks:
        said = {**codebook, **said}
    return said


def _with_heads(origin: Input, heads: Sequence[Header]) -> Input:
    labels = _first_said({c: ColumnCodes(label=said) for c, said in head.labels.items()} for head in heads)
    return replace(origin, codebook=labels, places=[head.place for head in heads])


def _open_parquet(con: duckdb.DuckDBPyConnection, origin: Input, files: list[Path], work: Path) -> Input:
    """The input in Parquet files, one for each of its files: where they lie, or put together in one."""
    footers = read_footers(con, files, origin.name)
    by_folder = _not_held(origin.by_folder, [f.columns for f in footers])
    columns = [{**f.columns, **dict.fromkeys(by_folder, "VARCHAR")} for f in footers]
    found, path = _numbered(files, [f.rows for f in footers]), work / f"{origin.name}-unified.parquet"
    opened = replace(origin, files=found, columns=columns[0], by_folder=by_folder)
    if any(c != columns[0] for c in columns):
        return _unified(con, opened, columns, path)
    no_repeats(opened.name, opened.columns)
    few = len(files) >= MANY_FILES and opened.rows < FEW_ROWS * len(files)
    return _unified(con, opened, columns, path) if few else opened


def _not_held(by_folder: dict[str, list[str | None]], schemas: Sequence[Iterable[str]]) -> dict[str, list[str | None]]:
    """The columns in the names of folders that no file has: what a file holds counts more than where it lies."""
    held = {column.lower() for schema in schemas for column in schema}
    return {c: values for c, values in by_folder.items() if c.lower() not in held}


def _numbered(files: Sequence[Path], rows: Sequence[int]) -> list[SourceFile]:
    firsts = itertools.accumulate(rows, initial=0)
    return [SourceFile(str(f), n, first, i) for i, (f, n, first) in enumerate(zip(files, rows, firsts, strict=False))]


def _unified(con: duckdb.DuckDBPyConnection, opened: Input, schemas: Sequence[dict[str, str]], path: Path) -> Input:
    """Files put together in one: a column that a file lacks is null there."""
    types: dict[str, set[str]] = {}
    for schema in schemas:
        for column, kind in schema.items():
            if column.lower() not in RESERVED:
                types.setdefault(column, set()).add(kind)
    pieces = []
    # Neighbours with the same columns are read together.
    for _, run in itertools.groupby(zip(opened.files, schemas, strict=True), key=lambda pair: pair[1]):
        files, kinds = zip(*run, strict=True)
        own = [c for c in kinds[0] if c in types]
        # A column whose type differs between files is read as text, which every fact can be read from.
        columns = [identifier(c) if len(types[c]) == 1 else _as_text(c, kinds[0][c]) for c in own]
        rows = replace(opened, files=list(files), columns=kinds[0]).scan(files[0].first, columns=own)
        pieces.append(f"SELECT {', '.join([*columns, '_file', '_row'])} FROM ({rows})")
    copy_staged(con, " UNION ALL BY NAME ".join(pieces), path, opened.name)
    return open_staged(con, path, opened)


def _are_small(files: Sequence[Path]) -> bool:
    return len(files) >= MANY_FILES and sum(f.stat().st_size for f in files) < FEW_BYTES * len(files)


def _open_small_csv(con: duckdb.DuckDBPyConnection, origin: Input, work: Path, target: Target) -> Input:
    """Many small CSV files, staged together, ``BATCH`` at a time."""
    heads = [read_header(file, origin.name, file, key=target.key) for file in origin.originals]
    by_folder = _not_held(origin.by_folder, [head.names for head in heads])
    csv = [
        CsvFile(file, n, heads[n], {c: values[n] for c, values in by_folder.items()})
        for n, file in enumerate(origin.originals)
    ]
    staged = []
    for low in range(0, len(csv), BATCH):
        path = work / f"{origin.name}-batch-{low:06d}.parquet"
        if not stage_several_csv(con, csv[low : low + BATCH], origin.name, path):
            _stage_one_by_one(con, replace(origin, by_folder=by_folder), low, path, target.key)
        staged.append(path)
    return _open_several_staged(con, staged, _with_heads(origin, heads), work)


def _stage_one_by_one(con: duckdb.DuckDBPyConnection, origin: Input, low: int, path: Path, key: str) -> None:
    """Like ``stage_several_csv``, where one of the files has to be read with care."""
    batch = origin.originals[low : low + BATCH]
    apart = [path.with_name(f"{origin.name}-{low + n:05d}.parquet") for n in range(len(batch))]
    apart = [stage_csv(con, f, origin.name, p, key=key).path for f, p in zip(batch, apart, strict=True)]
    footers = read_footers(con, apart, origin.name)
    columns = [{**f.columns, **dict.fromkeys(origin.by_folder, "VARCHAR")} for f in footers]
    files = [replace(f, number=low + f.number) for f in _numbered(apart, [f.rows for f in footers])]
    _unified(con, replace(origin, files=files, columns=columns[0]), columns, path)
    for target in apart:
        target.unlink()


def _as_text(column: str, kind: str) -> str:
    return f"{whole_text(identifier(column), kind)} AS {identifier(column)}"


def sorted_input(origin: Input, path: Path, rows: int | None = None) -> Input:
    """Rows of an input in another order, in one file that remembers where each came from. ``rows``: None is all."""
    files = [SourceFile(str(path), origin.rows if rows is None else rows, 0)]
    return replace(origin, files=files, staged=True, by_folder={}, view=None)


def _check_filled(file: Path, name: str) -> None:
    if file.stat().st_size == 0:
        raise InputError(f"{name}: {file} is empty.")
