"""What ``verify`` finds, as values, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from socialrules.comparison import ColumnDifference, Comparison
from socialrules.display import shortened, visible

Cause = Literal["data", "rulebook", "parameter", "version", "unexplained"]
SHOWN_COLUMNS = 20
SHOWN_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is not as it was when the results were made.

    Attributes:
        cause: ``data``: an input, a mapping or the results themselves; ``rulebook``: plugins, rule
            files and their rules; ``parameter``: a number; ``version``: of socialrules or DuckDB;
            ``unexplained``: cells differ, and none of these does.
        what: one sentence without a full stop.
    """

    cause: Cause
    what: str


@dataclass(frozen=True, slots=True)
class TableFinding:
    """A result table that does not come out as it was.

    Attributes:
        table: its name.
        comparison: what differs, cell by cell.
        causes: what may be the reason; ``unexplained`` where nothing else differs.
    """

    table: str
    comparison: Comparison
    causes: tuple[Cause, ...]


@dataclass(frozen=True)
class Verification:
    """Whether a result folder is what its inputs and rules give.

    Attributes:
        path: the folder.
        sample: how many records were scored again; None: all.
        checked: what was compared and found, one line each.
        not_checked: what could not be checked, and why.
        differences: what is not as it was.
        tables: the tables with cells that came out differently.
    """

    path: Path
    sample: int | None
    checked: tuple[str, ...]
    not_checked: tuple[str, ...]
    differences: tuple[Difference, ...]
    tables: tuple[TableFinding, ...]

    @property
    def same(self) -> bool:
        """Whether no difference was found. What could not be checked is none."""
        return not self.differences and not self.tables

    def to_text(self) -> str:
        """The findings for people."""
        return shortened(visible("\n".join(self._lines()))) + "\n"

    def __repr__(self) -> str:
        """The same as ``to_text``."""
        return self.to_text().rstrip("\n")

    def _lines(self) -> Iterator[str]:
        yield f"Verification of {self.path}"
        for title, lines in (("Checked", self.checked), ("Not checked", self.not_checked)):
            if lines:
                yield f"\n{title}"
                yield from (f"  {line}" for line in lines)
        if self.differences:
            yield "\nWhat differs"
            yield from (f"  {d.cause + ':':<13}{d.what}." for d in self.differences)
        for finding in self.tables:
            yield from _table_lines(finding)
        yield ""
        if not self.same:
            yield "The results are not what they were, or would not come out the same today."
        elif self.not_checked:
            yield "No difference was found in what could be checked."
        else:
            yield "Everything is the same."

    def to_dict(self) -> dict[str, Any]:
        """The findings as plain values."""
        return {
            "path": str(self.path),
            "same": self.same,
            "sample": self.sample,
            "checked": list(self.checked),
            "not_checked": list(self.not_checked),
            "differences": [{"cause": d.cause, "what": d.what} for d in self.differences],
            "tables": [_plain(finding) for finding in self.tables],
        }


def _table_lines(finding: TableFinding) -> Iterator[str]:
    found = finding.comparison
    yield f"\n{finding.table}, scored again ({', '.join(finding.causes)})"
    if found.gone:
        yield f"  {found.gone:,} rows would not be there"
    if found.new:
        yield f"  {found.new:,} rows are missing"
    if found.moved:
        yield "  the rows are in another order"
    for words, columns in (("would not be there", found.columns_gone), ("is missing", found.columns_new)):
        yield from (f"  the column {column} {words}" for column in columns)
    for column in found.columns[:SHOWN_COLUMNS]:
        yield f"  {column.column}: differs in {column.rows:,} of {found.rows:,} rows"
        yield from (f"    {_cut(e.key)}: was {_cut(e.was)}, comes out as {_cut(e.now)}" for e in column.examples)
    if len(found.columns) > SHOWN_COLUMNS:
        yield f"  and {len(found.columns) - SHOWN_COLUMNS} more columns"


def _cut(value: str | None) -> str:
    if value is None:
        return "null"
    return value if len(value) <= SHOWN_LENGTH else value[:SHOWN_LENGTH] + "..."


def _plain(finding: TableFinding) -> dict[str, Any]:
    found = finding.comparison
    return {
        "table": finding.table,
        "causes": list(finding.causes),
        "rows": found.rows,
        "rows_gone": found.gone,
        "rows_new": found.new,
        "moved": found.moved,
        "columns_gone": found.columns_gone,
        "columns_new": found.columns_new,
        "columns": [_plain_column(c) for c in found.columns],
    }


def _plain_column(column: ColumnDifference) -> dict[str, Any]:
    examples = [{"key": e.key, "was": e.was, "now": e.now} for e in column.examples]
    return {"column": column.column, "rows": column.rows, "examples": examples}
