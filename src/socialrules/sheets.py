"""Writes spreadsheets: forms with drop-downs, and plain tables. The only module that knows how a workbook is made.

Every text is written as a text, never as a formula, whatever it begins with. A workbook appears whole or
not at all.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import math
import warnings
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.exceptions import XlsxWriterException
from xlsxwriter.utility import xl_range_abs

from socialrules.errors import OutputError, UsageError
from socialrules.sheetcolumns import Cells, Column, lines_of, rule_of

MOST_ROWS = 1_048_576
"""Rows that a sheet can have, the header included."""

LONGEST_TEXT = 32_767
"""Characters that a cell can hold."""

LISTS = "_lists"
"""That sheet, hidden. Whoever reads a workbook passes over sheets whose name begins with ``_``."""

MOST_RANGES = 500
"""Cells apart that one rule is for."""

LAST_ROW = 20_000
"""How far down the drop-downs and limits of a form reach."""

FONT = "Calibri"
DARK, PALE, LINE, GREY, NEEDED = "#1F3A5F", "#E8EEF6", "#C9D3E0", "#5A6472", "#8A3B12"
LINE_POINTS, SMALL_POINTS = 14.0, 12.0
MOST_POINTS = 280.0
READING_WIDTH = 90
"""Characters in a line of a sheet that is only read."""

PRINT_SCALE = 60
"""Percent: a form is made for the screen; on paper this many of its columns still fit side by side."""


class Workbook:
    """A workbook that is being written. Use ``workbook``."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}
        self._lists: dict[tuple[str, ...], int] = {}

    def read_me(self, name: str, title: str, parts: Sequence[tuple[str, Sequence[str]]]) -> None:
        """A sheet of text: a title, and parts with a heading and lines each."""
        sheet = self._book.add_worksheet(name)
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, 2)
        sheet.set_column(1, 1, READING_WIDTH)
        sheet.set_row(0, 34)
        sheet.write_string(0, 1, title, self._format(bold=True, font_size=18, font_color=DARK, valign="vcenter"))
        row = 1
        for heading, lines in parts:
            row += 1
            sheet.write_string(row, 1, heading, self._format(bold=True, font_size=12, font_color=DARK))
            for line in lines:
                row += 1
                sheet.set_row(row, LINE_POINTS * lines_of(line, READING_WIDTH * 0.9) + 3)
                sheet.write_string(row, 1, line, self._format(text_wrap=True, valign="top"))
            row += 1
        sheet.set_portrait()
        self._paper(sheet)
        sheet.fit_to_pages(1, 0)
        sheet.protect("", {"format_columns": True})

    def form(
        self,
        name: str,
        title: str,
        columns: Sequence[Column],
        rows: Iterable[Sequence[Any]] = (),
        *,
        frozen: int = 1,
        empty: int = 0,
        cells: Sequence[Cells] = (),
        one_page_wide: bool = False,
    ) -> None:
        """A sheet to fill in: the head and the locked columns cannot be changed by accident, the rest can.

        Args:
            name: of the sheet.
            title: its first line; empty: the header is the first row.
            columns: in order, all with as many texts ``above``.
            rows: what is filled in already.
            frozen: columns that stay in view.
            empty: rows to draw below those.
            cells: those with rules of their own, among ``rows``.
            one_page_wide: on paper all columns stand on one page.
        """
        sheet = self._book.add_worksheet(name)
        sheet.hide_gridlines(2)
        for number, column in enumerate(columns):
            sheet.set_column(number, number, column.width, self._cell(column))
        header = self._head(sheet, title, columns)
        first = header + 1
        filled = 0
        for filled, row in enumerate(rows, 1):
            self._write_row(sheet, first + filled - 1, columns, row)
            lines = max(lines_of(str(v), c.width) for c, v in zip(columns, row, strict=True) if v or v == 0)
            if lines > 1:
                sheet.set_row(first + filled - 1, min(MOST_POINTS, LINE_POINTS * lines + 4))
        for row_number in range(first + filled, first + filled + empty):
            for number, column in enumerate(columns):
                sheet.write_blank(row_number, number, None, self._cell(column))
        for number, column in enumerate(columns):
            self._validate(sheet, column, [(first, max(LAST_ROW, first + filled))], number)
        for group in cells:
            place = next(n for n, c in enumerate(columns) if c.name == group.column.name)
            for row_number in group.rows:
                sheet.write_blank(first + row_number, place, None, self._cell(group.column))
            self._validate(sheet, group.column, [(first + n, first + n) for n in group.rows], place)
        sheet.freeze_panes(first, frozen)
        sheet.protect("", {"format_columns": True, "format_rows": True, "sort": True, "autofilter": True})
        sheet.set_landscape()
        # The title would be cut off beside the columns that come again on every page.
        sheet.repeat_rows(1 if title else 0, header)
        if frozen:
            sheet.repeat_columns(0, frozen - 1)
        sheet.print_area(0, 0, max(first + filled + empty - 1, first), len(columns) - 1)
        self._paper(sheet)
        if one_page_wide:
            sheet.fit_to_pages(1, 0)
        else:
            sheet.set_print_scale(PRINT_SCALE)

    def table(self, name: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> int:
        """A plain table below one header row. Returns the number of rows.

        Raises:
            UsageError: there are more rows than a sheet can have.
        """
        sheet = self._book.add_worksheet(name)
        for number, column in enumerate(columns):
            sheet.set_column(number, number, column.width)
            sheet.write_string(0, number, column.name, self._header(column))
        count = 0
        for count, row in enumerate(rows, 1):
            if count >= MOST_ROWS:
                raise UsageError(f"A sheet holds {MOST_ROWS - 1:,} rows and there are more; write a .csv file instead.")
            self._write_row(sheet, count, columns, row)
        sheet.freeze_panes(1, 0)
        if columns:
            sheet.autofilter(0, 0, count, len(columns) - 1)
        sheet.set_landscape()
        self._paper(sheet)
        return count

    def _head(self, sheet: Any, title: str, columns: Sequence[Column]) -> int:
        """Writes what stands above the cells to fill in; returns the row of the header."""
        locked = self._format(locked=True)
        row = 0
        if title:
            sheet.set_row(0, 26, locked)
            sheet.write_string(
                0, 0, title, self._format(bold=True, font_size=12, font_color=DARK, valign="vcenter", locked=True)
            )
            row = 1
        styles = [
            self._format(
                bold=True, text_wrap=True, valign="top", bg_color=PALE, border=1, border_color=LINE, locked=True
            ),
            self._format(
                text_wrap=True, valign="top", font_color=GREY, font_size=9, border=1, border_color=LINE, locked=True
            ),
        ]
        for line in range(len(columns[0].above)):
            heights = [lines_of(c.above[line], c.width * (0.95 if line == 0 else 1.1)) for c in columns]
            points = LINE_POINTS if line == 0 else SMALL_POINTS
            sheet.set_row(row, min(MOST_POINTS, points * max(heights) + 6), locked)
            for number, column in enumerate(columns):
                sheet.write_string(row, number, column.above[line], styles[min(line, 1)])
            row += 1
        sheet.set_row(row, 20, locked)
        for number, column in enumerate(columns):
            sheet.write_string(row, number, column.name, self._header(column))
            if column.comment:
                lines = sum(lines_of(part, 48) for part in column.comment.split("\n"))
                sheet.write_comment(
                    row,
                    number,
                    column.comment,
                    {"author": "", "width": 300, "height": 16 * lines + 14, "font_size": 9},
                )
        return row

    def _write_row(self, sheet: Any, row_number: int, columns: Sequence[Column], row: Sequence[Any]) -> None:
        for number, (column, value) in enumerate(zip(columns, row, strict=True)):
            style = self._cell(column)
            if value is None or value == "":
                sheet.write_blank(row_number, number, None, style)
            elif isinstance(value, dt.date):
                sheet.write_datetime(row_number, number, dt.datetime(value.year, value.month, value.day), style)
            elif isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
                sheet.write_number(row_number, number, value, style)
            else:
                # Never as a formula, a link or a number: what a text begins with is nobody's command.
                sheet.write_string(row_number, number, str(value)[:LONGEST_TEXT], style)

    def _validate(self, sheet: Any, column: Column, ranges: Sequence[tuple[int, int]], number: int) -> None:
        rule = rule_of(column, self._listed)
        if column.locked or not (rule or column.tip):
            return
        rule = rule or {"validate": "any"}
        if column.tip:
            rule |= {"input_title": column.name[:32], "input_message": column.tip[:255]}
        # A rule of many cells would make a line of the file too long.
        for start in range(0, len(ranges), MOST_RANGES):
            some = ranges[start : start + MOST_RANGES]
            others = {"other_cells": [[low, number, high, number] for low, high in some[1:]]} if some[1:] else {}
            sheet.data_validation(some[0][0], number, some[0][1], number, {**rule, **others})

    def _listed(self, values: tuple[str, ...]) -> str:
        """A range on the hidden sheet that will hold the values."""
        number = self._lists.setdefault(values, len(self._lists))
        return f"={LISTS}!{xl_range_abs(0, number, len(values) - 1, number)}"

    def write_lists(self) -> None:
        """Adds the hidden sheet, the last one, if a drop-down needs it."""
        if self._lists:
            sheet = self._book.add_worksheet(LISTS)
            sheet.hide()
            sheet.protect()
            for values, number in self._lists.items():
                sheet.write_column(0, number, values)

    def _cell(self, column: Column) -> Any:
        shown: dict[str, Any] = {"text": {"num_format": "@"}, "date": {"num_format": "yyyy-mm-dd"}, "number": {}}[
            column.kind
        ]
        if column.locked:
            shown = {**shown, "bg_color": PALE}
        return self._format(
            **shown, locked=column.locked, valign="top", text_wrap=True, border=1, border_color=LINE, align="left"
        )

    def _header(self, column: Column) -> Any:
        return self._format(
            bold=True,
            font_color="#FFFFFF",
            bg_color=NEEDED if column.needed else DARK,
            border=1,
            border_color=LINE,
            valign="vcenter",
            locked=True,
        )

    def _format(self, **properties: Any) -> Any:
        """A format, made once for the same properties."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self._book.add_format({"font_name": FONT, "font_size": 11, **properties})
        return self._formats[key]

    @staticmethod
    def _paper(sheet: Any) -> None:
        sheet.set_paper(9)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.set_footer("&L&8&A&R&8&P / &N")


@contextlib.contextmanager
def workbook(path: Path, overwrite: bool = False) -> Iterator[Workbook]:
    """A new workbook at ``path``, which appears when everything is written.

    Raises:
        UsageError: there is a file already and ``overwrite`` is not set, or the name does not end in ``.xlsx``.
        OutputError: it cannot be written.
    """
    if path.suffix.lower() != ".xlsx":
        raise UsageError(f"{path}: the name of a spreadsheet ends in .xlsx.")
    with new_file(path, overwrite) as unfinished:
        book = xlsxwriter.Workbook(
            str(unfinished), {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        )
        try:
            sheets = Workbook(book)
            yield sheets
            sheets.write_lists()
        except BaseException:
            # Closing writes the file; without it there is nothing to put in place.
            book.fileclosed = True
            raise
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                book.close()
        except (XlsxWriterException, OSError) as error:
            # The library hides what the system said in an exception of its own.
            said = next((e.strerror for e in (error, *error.args) if isinstance(e, OSError) and e.strerror), None)
            raise OutputError(f"{path} cannot be written: {said or error}.") from None


@contextlib.contextmanager
def new_file(path: Path, overwrite: bool = False) -> Iterator[Path]:
    """A path to write to, which becomes ``path`` at the end; nothing is left where something fails.

    Raises:
        UsageError: there is a file already and ``overwrite`` is not set.
        OutputError: it cannot be written.
    """
    if path.exists() and (not overwrite or path.is_dir()):
        more = "" if path.is_dir() else ", or add --overwrite to replace it"
        raise UsageError(f"{path} exists already. Choose another name{more}.")
    unfinished = path.with_name(f".{path.name}.part")
    try:
        yield unfinished
        unfinished.replace(path)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}.") from None
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink()
