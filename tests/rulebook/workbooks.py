"""Reads and fills in the workbooks that the program writes, as a person with a spreadsheet would."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet


def header_row(sheet: Worksheet, name: str) -> int:
    """The row of a sheet that names its columns: the first that holds the name."""
    return next(n for n, row in enumerate(sheet.iter_rows(max_row=20, values_only=True), 1) if name in row)


def header(sheet: Worksheet, name: str) -> list[str]:
    """The names of the columns of a sheet."""
    return [str(c.value) for c in sheet[header_row(sheet, name)] if c.value is not None]


def fill(path: Path, rows: Mapping[str, Iterable[Mapping[str, Any]]], key: str = "company_id") -> None:
    """Writes records into the sheets of a form, below what stands there, and saves it.

    A value for which the form has no column is an error: it would be lost.
    """
    book = openpyxl.load_workbook(path)
    for name, records in rows.items():
        sheet = book[name]
        first, names = header_row(sheet, key) + 1, header(sheet, key)
        while sheet.cell(first, 1).value is not None:
            first += 1
        for number, record in enumerate(records, first):
            for fact, value in record.items():
                cell = sheet.cell(number, names.index(fact) + 1)
                assert not cell.protection.locked, (name, fact)
                cell.value = written(value)
    book.save(path)


def written(value: Any) -> Any:
    """A value as a person enters it."""
    if isinstance(value, list):
        return ";".join(map(str, value)) or "[]"
    if isinstance(value, str) and len(value) == 10 and value[4:5] == value[7:8] == "-":
        return dt.date.fromisoformat(value)
    return value


def as_csv(path: Path, folder: Path, names: Iterable[str], key: str = "company_id") -> dict[str, str]:
    """Some sheets of a workbook as CSV files, from the row of names on; sheets without a filled row are left out."""
    book = openpyxl.load_workbook(path, data_only=True)
    files = {}
    for name in names:
        sheet = book[name]
        start = header_row(sheet, key)
        rows = [[_text(v) for v in row] for row in sheet.iter_rows(min_row=start, values_only=True)]
        filled = [rows[0], *(row for row in rows[1:] if any(row))]
        if len(filled) > 1:
            file = folder / f"{name}.csv"
            with file.open("w", encoding="utf-8", newline="") as handle:
                csv.writer(handle).writerows(filled)
            files[name] = str(file)
    return files


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
