"""Finds the files of an input and makes them readable by row number.

Parquet is read where it lies. CSV, JSON lines, frames and whatever a mapping rewrites are staged
once as Parquet in the work folder, in the order of their records, because only Parquet gives every
row a number that any thread can see.
"""

from __future__ import annotations

import glob
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from socialrules.errors import InputError, check_file_name
from socialrules.sources.cells import as_text
from socialrules.sources.csvfiles import stage_csv
from socialrules.sources.jsonfiles import stage_json
from socialrules.sources.staging import copy_staged, first_line
from socialrules.sqltext import identifier, text

FORMATS = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".csv": "csv",
    ".csv.gz": "csv",
    ".jsonl": "json",
    ".ndjson": "json",
    ".jsonl.gz": "json",
    ".ndjson.gz": "json",
}
RESERVED = ("row", "_file", "_row", "file_row_number")
"""Names that reading gives to columns of its own."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A Parquet file to read: its rows, counted across all files of the input from ``first``."""

    path: str
    rows: int
    first: int


@dataclass
class Input:
    """One input of the run, ready to be read by row number.

    Attributes:
        name: the plural of its table, e.g. for error messages.
        files: what is read, in order.
        shown: the original files, in order; frames have the name ``<name> (in memory)``.
        columns: type of each column, as DuckDB names it.
        staged: columns ``_file`` and ``_row`` are in the files: they were staged from others.
        kind: the format it came in.
    """

    name: str
    files: list[SourceFile]
    shown: list[str]
    columns: dict[str, str]
    kind: str
    staged: bool = False
    originals: list[Path] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Number of records."""
        return self.files[-1].first + self.files[-1].rows if self.files else 0

    def scan(self, low: int = 0, high: int | None = None, columns: Sequence[str] | None = None) -> str:
        """SQL that reads the rows from ``low`` up to ``high``, which is not included.

        Beside the input's columns it has ``row`` (counted from 0 over all files), ``_file`` (index
        into ``shown``) and ``_row`` (record in that file, counted from 1).
        """
        high = self.rows if high is None else high
        chosen = "*" if columns is None else ", ".join(identifier(c) for c in columns)
        pieces = [p for p in (self._piece(f, i, low, high, chosen) for i, f in enumerate(self.files)) if p]
        whole = [(f, i) for i, f in enumerate(self.files) if f.first >= low and f.first + f.rows <= high]
        if len(pieces) > 3 and len(whole) > 2:
            pieces = self._many(whole, low, high, chosen)
        if not pieces:
            pieces = [self._read(self.files[0], 0, chosen, "FALSE")]
        return f"\n{' ' * 8}UNION ALL BY NAME\n{' ' * 8}".join(pieces)

    def _piece(self, file: SourceFile, index: int, low: int, high: int, chosen: str) -> str:
        start, end = max(low - file.first, 0), min(high - file.first, file.rows)
        if start >= end:
            return ""
        return self._read(file, index, chosen, f"file_row_number >= {start} AND file_row_number < {end}")

    def _read(self, file: SourceFile, index: int, chosen: str, where: str) -> str:
        row = "file_row_number" if file.first == 0 else f"file_row_number + {file.first}"
        place = "_file, _row" if self.staged else f"{index}::INTEGER AS _file, file_row_number + 1 AS _row"
        if self.staged and chosen == "*":
            place = ""
        listed = ", ".join(
            x for x in ("* EXCLUDE (file_row_number)" if chosen == "*" else chosen, f"{row} AS row", place) if x
        )
        return f"SELECT {listed} FROM read_parquet({text(file.path)}, file_row_number = TRUE) WHERE {where}"

    def _many(self, whole: list[tuple[SourceFile, int]], low: int, high: int, chosen: str) -> list[str]:
        """Many files at once: one reader for those that are wanted whole, one piece for each cut one."""
        paths = ", ".join(text(f.path) for f, _ in whole)
        offsets = ", ".join(f"({n}, {f.first}, {i})" for n, (f, i) in enumerate(whole))
        place = (
            ""
            if self.staged and chosen == "*"
            else ", _file, _row"
            if self.staged
            else (", offsets.number::INTEGER AS _file, file_row_number + 1 AS _row")
        )
        listed = "files.* EXCLUDE (file_row_number)" if chosen == "*" else chosen
        middle = (
            f"SELECT {listed}, file_row_number + offsets.first AS row{place} "
            f"FROM read_parquet([{paths}], file_row_number = TRUE) AS files "
            f"JOIN (VALUES {offsets}) AS offsets (position, first, number) ON files.file_index = offsets.position"
        )
        cut = [self._piece(f, i, low, high, chosen) for i, f in enumerate(self.files) if (f, i) not in whole]
        return [p for p in (cut[0] if cut else "", middle, *cut[1:]) if p]

    def digest(self) -> list[dict[str, Any]]:
        """Path, size, time of change and SHA-256 of every original file."""
        return [_fingerprint(p) for p in self.originals]


def _fingerprint(path: Path) -> dict[str, Any]:
    before = path.stat()
    digest = file_hash(path)
    return {"path": str(path), "size": before.st_size, "mtime_ns": before.st_mtime_ns, "sha256": digest}


def file_hash(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def format_of(path: Path) -> str | None:
    """The format a file name stands for; None where it is not one that can be read."""
    suffixes = "".join(path.suffixes[-2:]).lower()
    return FORMATS.get(suffixes) or FORMATS.get(path.suffix.lower())


def find_files(given: str | Path, name: str) -> list[Path]:
    """The files of an input: one file, a folder, or a glob, sorted by name.

    Raises:
        InputError: nothing is there, or it is of several formats or of none that can be read.
    """
    path = Path(given).absolute()
    if path.is_dir():
        # Folders such as country=IE/ are looked into; what starts with . or _ is nobody's data.
        files = sorted(p for p in path.rglob("*") if p.is_file() and format_of(p) and _is_data(p.relative_to(path)))
        if not files:
            raise InputError(f"{name}: the folder {path} holds no Parquet, CSV or JSON lines file.")
    elif path.exists():
        files = [path]
    elif glob.has_magic(str(given)):
        files = sorted(Path(p) for p in glob.glob(str(path), recursive=True) if Path(p).is_file())
        if not files:
            raise InputError(f"{name}: no file matches {given}.")
    else:
        raise InputError(f"{name}: there is no file {given}.")
    for file in files:
        check_file_name(file)
    kinds = {format_of(f) for f in files}
    if None in kinds:
        odd = next(f for f in files if format_of(f) is None)
        raise InputError(
            f"{name}: {odd} has no ending that can be read; use one of {', '.join(sorted({e.split('.')[1] for e in FORMATS}))}."
        )
    if len(kinds) > 1:
        raise InputError(
            f"{name}: {given} holds files of several formats ({', '.join(sorted(map(str, kinds)))}); give one."
        )
    return files


def _is_data(path: Path) -> bool:
    return not any(part.startswith((".", "_")) for part in path.parts)


def open_staged(con: duckdb.DuckDBPyConnection, path: Path, origin: Input) -> Input:
    """A file that was staged from an input, row by row with the columns ``_file`` and ``_row`` of its origin."""
    merged = _open_parquet(con, [path], origin.name, path.parent, ours=True)
    columns = {c: t for c, t in merged.columns.items() if c not in ("_file", "_row")}
    return Input(origin.name, merged.files, origin.shown, columns, origin.kind, True, origin.originals)


def open_input(con: duckdb.DuckDBPyConnection, given: Any, name: str, work: Path) -> Input:
    """Makes an input readable: a path, glob or folder, or a table or frame in memory.

    Args:
        con: where it will be read.
        given: a path, or a pyarrow table, pandas or polars frame, or DuckDB relation.
        name: the plural of the table it is for.
        work: folder for staged files.

    Raises:
        InputError: with one sentence that says what is wrong with which file.
    """
    if isinstance(given, str | Path):
        files = find_files(given, name)
        kind = str(format_of(files[0]))
        if kind == "parquet":
            return _open_parquet(con, files, name, work)
        staged = [_stage_file(con, f, kind, name, work / f"{name}-{i:05d}.parquet") for i, f in enumerate(files)]
        opened = _open_parquet(con, staged, name, work)
        return Input(name, opened.files, [str(f) for f in files], opened.columns, kind, opened.staged, files)
    path = work / f"{name}-frame.parquet"
    _stage_frame(con, given, name, path)
    opened = _open_parquet(con, [path], name, work)
    return Input(name, opened.files, [f"{name} (in memory)"], opened.columns, "frame")


def _open_parquet(
    con: duckdb.DuckDBPyConnection, files: list[Path], name: str, work: Path, ours: bool = False
) -> Input:
    listed = [str(f) for f in files]
    try:
        counts = con.execute("SELECT file_name, num_rows FROM parquet_file_metadata(?)", [listed]).fetchall()
        schemas = [dict(_describe(con, f"read_parquet({text(f)})")) for f in listed]
    except duckdb.Error as error:
        raise InputError(
            f"{name}: {_culprit(con, files)} is not a readable Parquet file ({first_line(error)})."
        ) from None
    rows = {Path(f): int(n) for f, n in counts}
    found: list[SourceFile] = []
    first = 0
    for file in files:
        found.append(SourceFile(str(file), rows[file], first))
        first += rows[file]
    opened = Input(name, found, listed, schemas[0], "parquet", originals=files)
    if any(s != schemas[0] for s in schemas[1:]):
        return _unified(con, opened, schemas, work)
    if not ours:
        _no_repeats(name, schemas[0])
    return opened


def _unified(con: duckdb.DuckDBPyConnection, opened: Input, schemas: list[dict[str, str]], work: Path) -> Input:
    """Files with different columns, staged as one: a column that a file lacks is null there."""
    path = work / f"{opened.name}-unified.parquet"
    pieces = []
    types: dict[str, set[str]] = {}
    for schema in schemas:
        for column, kind in schema.items():
            types.setdefault(column, set()).add(kind)
    for file, schema in zip(opened.files, schemas, strict=True):
        index = opened.files.index(file)
        # A column whose type differs between files is read as text, which every fact can be read from.
        columns = ", ".join(identifier(c) if len(types[c]) == 1 else _as_text(c, kind) for c, kind in schema.items())
        pieces.append(
            f"SELECT {columns}, {index}::INTEGER AS _file, file_row_number + 1 AS _row "
            f"FROM read_parquet({text(file.path)}, file_row_number = TRUE)"
        )
    copy_staged(con, " UNION ALL BY NAME ".join(pieces), path, opened.name)
    return open_staged(con, path, opened)


def _as_text(column: str, kind: str) -> str:
    name = identifier(column)
    if not kind.endswith("]"):
        return f"{as_text(name, kind)} AS {name}"
    return f"CASE WHEN len({name}) = 0 THEN '[]' ELSE array_to_string({name}, ';') END AS {name}"


def sorted_input(origin: Input, path: Path) -> Input:
    """The rows of an input in another order, in one file that remembers where each came from."""
    files = [SourceFile(str(path), origin.rows, 0)]
    return Input(origin.name, files, origin.shown, origin.columns, origin.kind, True, origin.originals)


def _describe(con: duckdb.DuckDBPyConnection, source: str) -> Iterable[tuple[str, str]]:
    return [(row[0], row[1]) for row in con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()]


def _names_of(frame: Any) -> list[str]:
    """The column names of a frame or table; none where it is something else."""
    if hasattr(frame, "collect_schema"):  # polars, which says the names of a lazy frame so
        names = frame.collect_schema().names()
    else:
        schema = getattr(frame, "schema", None)
        names = getattr(schema, "names", None) or getattr(frame, "columns", None)
    return [str(n) for n in names] if isinstance(names, Iterable) and not isinstance(names, str) else []


def _no_repeats(name: str, columns: Iterable[str]) -> None:
    seen: dict[str, str] = {}
    for column in columns:
        if column.lower() == "file_row_number":
            raise InputError(
                f"{name}: a column cannot be called {column!r}, which reading needs for itself; rename it."
            )
        if seen.get(column.lower()) == column:
            raise InputError(f"{name}: two columns are called {column!r}; rename one.")
        if column.lower() in seen:
            raise InputError(
                f"{name}: the columns {seen[column.lower()]!r} and {column!r} differ only in case; rename one."
            )
        seen[column.lower()] = column


def _stage_file(con: duckdb.DuckDBPyConnection, file: Path, kind: str, name: str, path: Path) -> Path:
    if file.stat().st_size == 0:
        raise InputError(f"{name}: {file} is empty.")
    if kind == "csv":
        stage_csv(con, file, name, path)
    else:
        stage_json(con, file, name, path)
    return path


def _stage_frame(con: duckdb.DuckDBPyConnection, frame: Any, name: str, path: Path) -> None:
    _no_repeats(name, _names_of(frame))
    try:
        if isinstance(frame, duckdb.DuckDBPyRelation):
            frame = frame.to_arrow_table()
        con.register("_frame", frame)
    except Exception as error:  # whatever the frame's library raises, the user gave something unreadable
        raise InputError(f"{name}: a {type(frame).__name__} cannot be read as a table ({first_line(error)}).") from None
    try:
        copy_staged(con, "SELECT * FROM _frame", path, f"{name} (in memory)")
    finally:
        con.unregister("_frame")


def _culprit(con: duckdb.DuckDBPyConnection, files: list[Path]) -> str:
    for file in files:
        try:
            con.execute("SELECT * FROM parquet_file_metadata(?)", [str(file)]).fetchall()
            _describe(con, f"read_parquet({text(str(file))})")
        except duckdb.Error:
            return str(file)
    return str(files[0])
