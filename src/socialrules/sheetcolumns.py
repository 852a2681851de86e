"""The columns of a sheet: what stands above their cells, and what may be entered into them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from xlsxwriter.utility import xl_col_to_name

LONGEST_LIST = 255
"""Characters of a drop-down's values that can stand in the cell's own rule; longer ones stand on a sheet."""

Kind = Literal["text", "number", "date"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a form or of a table.

    Attributes:
        name: what stands in the header row.
        kind: ``text``, ``number`` or ``date``: how its cells are kept.
        width: in characters.
        above: the texts above the header, one for each line of the form's head.
        comment: shown when the mouse rests on the header.
        choices: what the drop-down offers.
        choices_in: a range that the drop-down offers instead, such as ``=parents!$A$5:$A$99``.
        only_choices: nothing else may be entered.
        low, high: smallest and largest number.
        beyond: the number must be greater than ``low``.
        whole: only whole numbers.
        needed: a row without it does not count; its header says so by its colour.
        locked: its cells cannot be changed.
        tip: a short text shown beside a cell that is chosen.
    """

    name: str
    kind: Kind = "text"
    width: float = 16
    above: tuple[str, ...] = ()
    comment: str = ""
    choices: tuple[str, ...] = ()
    choices_in: str = ""
    only_choices: bool = True
    low: float | None = None
    high: float | None = None
    beyond: bool = False
    whole: bool = False
    needed: bool = False
    locked: bool = False
    tip: str = ""


@dataclass(frozen=True, slots=True)
class Cells:
    """Some cells of a column that have a rule of their own: ``column`` is called like theirs, ``rows`` count from 0."""

    column: Column
    rows: tuple[int, ...]


def rule_of(column: Column, listed: Callable[[tuple[str, ...]], str]) -> dict[str, Any]:
    """The rule of a column's cells, as xlsxwriter takes it; empty where anything goes.

    Args:
        column: whose cells.
        listed: gives the range on a sheet that holds values too long for a rule.
    """
    wrong = {"error_title": column.name[:32], "show_error": column.only_choices}
    if column.choices_in:
        return {"validate": "list", "source": column.choices_in, **wrong}
    if column.choices:
        fits = len(",".join(column.choices)) <= LONGEST_LIST and not any("," in c for c in column.choices)
        source = list(column.choices) if fits else listed(column.choices)
        return {
            "validate": "list",
            "source": source,
            "error_message": "Choose one of the list, or leave the cell empty.",
            **wrong,
        }
    if column.kind == "date":
        return {
            "validate": "date",
            "criteria": ">=",
            "value": dt.date(1990, 1, 1),
            "error_message": "Write a date from 1990 on, or leave the cell empty.",
            **wrong,
        }
    if column.kind == "number":
        return {"validate": "integer" if column.whole else "decimal", **_limits(column), **wrong}
    return {}


def column_range(sheet: str, column: int, first: int, last: int) -> str:
    """A range of a sheet for ``Column.choices_in``; rows are counted from 1, columns from 0."""
    letter = xl_col_to_name(column, True)
    quoted = sheet.replace("'", "''")
    return f"='{quoted}'!{letter}${first}:{letter}${last}"


def _limits(column: Column) -> dict[str, Any]:
    what = "a whole number" if column.whole else "a number"
    low, high = column.low, column.high
    if low is not None and high is not None and not column.beyond:
        limits: dict[str, Any] = {"criteria": "between", "minimum": low, "maximum": high}
        what += f" from {low:g} to {high:g}"
    elif low is not None:
        limits = {"criteria": ">" if column.beyond else ">=", "value": low}
        what += f" above {low:g}" if column.beyond else f", {low:g} or more"
    elif high is not None:
        limits = {"criteria": "<=", "value": high}
        what += f", {high:g} or less"
    else:
        limits = {"criteria": "between", "minimum": -1e12, "maximum": 1e12}
    return {**limits, "error_message": f"Write {what}, or leave the cell empty."}


def lines_of(text: str, width: float) -> int:
    """How many lines a text takes in a cell of so many characters, broken between words."""
    total = 0
    for paragraph in text.split("\n"):
        lines, used = 1, 0.0
        for word in paragraph.split():
            if used and used + 1 + len(word) > width:
                lines, used = lines + 1, 0.0
            used += len(word) + (1 if used else 0)
            while used > width:
                lines, used = lines + 1, used - width
        total += lines
    return total
