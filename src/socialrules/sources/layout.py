"""Where in a file the table lies: which sheet, which rows name the columns."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Layout:
    """Where in a file the table lies.

    Attributes:
        sheet: of a workbook, the name of the sheet or its number, counted from 1; None: found by itself.
        header: the rows that name the columns, as the file counts its rows, from 1; the texts of several
            are put together. None: found by itself.
        names: which of the ``header`` rows gives the names where the others only explain, e.g. the
            question texts below; None: all of them.
    """

    sheet: str | int | None = None
    header: tuple[int, ...] = ()
    names: int | None = None


FOUND = Layout()
"""The layout is found by looking at the file."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file the table was found.

    Attributes:
        header: the rows that name or explain the columns, counted from 1.
        first: the row below them, where the records begin. Of a text file, rows are counted as it is
            read: line breaks inside quotes end none.
        sheet: of a workbook, the name of the sheet.
        others: of a workbook, its other sheets that a person sees and whose names do not say that they are notes.
    """

    header: tuple[int, ...]
    first: int
    sheet: str | None = None
    others: tuple[str, ...] = ()


HEADER_WITHIN = 20
"""So many rows from the top are looked at for the header."""


def joined_names(rows: list[list[str]]) -> list[str]:
    """The texts of several header rows put together, column by column; what stands there twice counts once."""
    width = max(map(len, rows), default=0)
    columns = [[row[i].strip() if i < len(row) else "" for row in rows] for i in range(width)]
    return [" ".join(dict.fromkeys(part for part in parts if part)) for parts in columns]


def named_and_told(header: tuple[int, ...], rows: list[list[str]], names: int | None) -> tuple[list[str], list[str]]:
    """The names of the columns, and what the other header rows say of them.

    Args:
        header: the numbers of the header rows.
        rows: their texts.
        names: the row that gives the names; None: all of them.
    """
    own = [row for number, row in zip(header, rows, strict=True) if names in (None, number)]
    others = [row for number, row in zip(header, rows, strict=True) if names not in (None, number)]
    named = joined_names(own)
    told = joined_names(others)
    return named, [told[i] if i < len(told) else "" for i in range(len(named))]
