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
