"""What a run did not read as it stood, grouped by reason, and all of it as a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from socialrules.errors import UsageError
from socialrules.folders import check_no_input
from socialrules.hashes import REJECTS
from socialrules.interrupts import interruptible
from socialrules.manifest import files_read
from socialrules.quoting import text, texts
from socialrules.results import Results
from socialrules.sheetcolumns import Column
from socialrules.sheets import MOST_ROWS, new_file, workbook

KINDS = {"row": "row left out", "cell": "cell read as unknown", "note": "remark"}
"""The kinds of rejects, in words."""

WIDTHS = {"file": 40, "value": 30, "reason": 60, "column": 26}


@dataclass(frozen=True, slots=True)
class Group:
    """Rejects of one table and column with the same kind and reason, and the first of them as an example."""

    kind: str
    reason: str
    count: int
    table: str
    column: str | None
    value: str | None
    file: str
    row: int


def grouped(results: Results, kind: str | None = None) -> list[Group]:
    """The rejects by reason: rows left out first, remarks last, the most frequent first.

    Args:
        results: the result folder.
        kind: only ``row``, ``cell`` or ``note``.

    Raises:
        UsageError: there is no such kind. ResultError: the table is damaged.
    """
    # What was answered differs in every reason by the answer itself.
    reason = "CASE WHEN kind = 'note' AND starts_with(reason, 'answered: ') THEN 'answered' ELSE reason END"
    first = "ORDER BY file, row, value"
    found = results.fetch(
        f'SELECT kind, {reason} AS reason, count(*) AS number, "table", "column", '
        f"first(value {first}), first(file {first}), first(row {first}) FROM ({_chosen(results, kind)}) "
        f'GROUP BY kind, {reason}, "table", "column" '
        f'ORDER BY list_position([{texts(KINDS)}], kind), number DESC, "table", "column", reason'
    )
    return [Group(*row) for row in found]


def export(results: Results, path: Path, kind: str | None = None, overwrite: bool = False) -> int:
    """Writes all rejects to a ``.csv`` or ``.xlsx`` file, every value as a text. Returns their number.

    Raises:
        UsageError: the name ends otherwise, the file exists or was an input of the run, or there are more
            than a sheet can hold.
        OutputError: it cannot be written.
    """
    query = _chosen(results, kind)
    check_no_input(path, *files_read(results.manifest))
    count = int(results.fetch(f"SELECT count(*) FROM ({query})")[0][0])
    match path.suffix.lower():
        case ".csv":
            with new_file(path, overwrite) as target, duckdb.connect() as con, interruptible(con.interrupt):
                con.execute(f"COPY ({query}) TO {text(str(target))} (FORMAT csv, HEADER TRUE)")
        case ".xlsx":
            if count >= MOST_ROWS:
                raise UsageError(
                    f"{path}: a sheet holds {MOST_ROWS - 1:,} rows and there are {count:,}; write a .csv file."
                )
            with workbook(path, overwrite) as sheets:
                sheets.table(REJECTS, _columns(results), results.fetch(query))
        case _:
            raise UsageError(f"-o {path}: the name ends in .csv or .xlsx.")
    return count


def _columns(results: Results) -> Sequence[Column]:
    return [
        Column(name, "number" if name == "row" else "text", WIDTHS.get(name, 14)) for name in results.columns(REJECTS)
    ]


def _chosen(results: Results, kind: str | None) -> str:
    if kind is not None and kind not in KINDS:
        raise UsageError(f"--kind {kind}: it is one of {', '.join(KINDS)}.")
    where = f" WHERE kind = {text(kind)}" if kind else ""
    return f"SELECT * FROM {results.source(REJECTS)}{where}"
