"""Finds the files of an input, in an order that is the same everywhere, and what the names of their folders say."""

from __future__ import annotations

import glob
import re
from collections.abc import Sequence
from pathlib import Path, PurePath
from urllib.parse import unquote

from socialrules.errors import InputError
from socialrules.expressions import is_utf8

FORMATS = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".csv": "csv",
    ".csv.gz": "csv",
    ".jsonl": "json",
    ".ndjson": "json",
    ".jsonl.gz": "json",
    ".ndjson.gz": "json",
    ".tsv": "csv",
    ".tsv.gz": "csv",
    ".tab": "csv",
    ".txt": "csv",
    ".txt.gz": "csv",
    ".xlsx": "workbook",
    ".xlsm": "workbook",
    ".xls": "workbook",
    ".xlsb": "workbook",
    ".ods": "workbook",
    ".sav": "survey",
    ".zsav": "survey",
    ".dta": "survey",
}
TEXT_KINDS = ("csv", "workbook", "survey")
"""Formats whose cells are all texts once they are staged."""

ANYTHING = (".txt", ".txt.gz", ".tab")
"""Endings that any text may have: such a file is read where it is named, not because it lies in a folder."""

COMPOUND_FILE = bytes.fromhex("d0cf11e0a1b11ae1")
"""First bytes of an .xls file, and of any newer workbook once it has a password."""

RESERVED = ("row", "_file", "_row", "file_row_number")
"""Names that reading gives to columns of its own."""

NO_VALUE = "__HIVE_DEFAULT_PARTITION__"
"""What Hive and Spark write into the name of a folder where the value is null."""


def format_of(path: Path) -> str | None:
    """The format a file name stands for; None where it is not one that can be read."""
    suffixes = "".join(path.suffixes[-2:]).lower()
    return FORMATS.get(suffixes) or FORMATS.get(path.suffix.lower())


def find_files(given: str | Path | Sequence[Path], name: str) -> list[Path]:
    """The files of an input: one file, a folder, or a glob, in the order of their paths; or a list of files, as it is.

    Raises:
        InputError: nothing is there, or it is of several formats or of none that can be read.
    """
    if not isinstance(given, str | Path):
        files = [Path(f).absolute() for f in given]
        gone = next((f for f in files if not f.is_file()), None)
        if gone is not None or not files:
            raise InputError(f"{name}: there is no file {gone}." if gone else f"{name}: there are no files.")
    elif (path := Path(given).absolute()).is_dir():
        # Folders such as country=IE/ are looked into; what starts with . or _ is nobody's data.
        found = (p for p in path.rglob("*") if format_of(p) and _is_data(p.relative_to(path)) and p.is_file())
        files = sorted(found, key=natural_order)
        if not files:
            raise InputError(f"{name}: the folder {path} holds no file that can be read: {_endings()}.")
    elif path.exists():
        files = [path]
    elif glob.has_magic(str(given)):
        matching = (Path(p) for p in glob.glob(str(path), recursive=True) if Path(p).is_file())
        files = sorted(matching, key=natural_order)
        if not files:
            raise InputError(f"{name}: no file matches {given}.")
    else:
        raise InputError(f"{name}: there is no file {given}.")
    for file in files:
        if not is_utf8(str(file)):
            raise InputError(f"{name}: the name {str(file)!r} is not valid UTF-8; rename it.")
    kinds = {format_of(f) for f in files}
    if None in kinds:
        odd = next(f for f in files if format_of(f) is None)
        raise InputError(f"{name}: {odd} has no ending that can be read; use one of {_endings()}.")
    if len(kinds) > 1:
        raise InputError(
            f"{name}: {given} holds files of several formats ({', '.join(sorted(map(str, kinds)))}); give one."
        )
    return files


def _endings() -> str:
    return ", ".join(sorted({e.split(".")[1] for e in FORMATS}))


def _is_data(path: Path) -> bool:
    # Excel keeps a file ~$clients.xlsx beside a workbook that is open.
    hidden = any(part.startswith((".", "_", "~$")) for part in path.parts)
    return not hidden and not path.name.lower().endswith(ANYTHING)


def natural_order(path: PurePath) -> tuple[object, ...]:
    """What to sort paths by: folder by folder, numbers in names by their value, so that ``p2`` comes before ``p10``.

    It depends on nothing but the path: not on the language of the machine, nor on the order in which it lists files.
    """
    return tuple(_by_number(part) for part in path.parts)


def _by_number(name: str) -> tuple[object, ...]:
    # Text and numbers take turns, so that a number is never compared with a text.
    pieces = re.split(r"([0-9]+)", name)
    return tuple(int(p) if i % 2 else p for i, p in enumerate(pieces)), name


def folder_values(path: PurePath) -> dict[str, str | None]:
    """The columns that stand in the names of the folders of a file, as in ``country=FI/part.parquet``.

    All folders of the path count, so that a file means the same however it was named. Where a name
    comes twice, the folder next to the file counts. Names that reading needs for itself are left out.
    """
    found: dict[str, str | None] = {}
    for folder in path.parts[:-1]:
        column, equals, value = folder.partition("=")
        if equals and column and column.lower() not in RESERVED:
            found[unquote(column)] = None if value in ("", NO_VALUE) else unquote(value)
    return found
