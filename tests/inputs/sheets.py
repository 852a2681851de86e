"""Ways to write workbooks and to read any file as the cells it is staged with."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import openpyxl

from socialrules.sources.inputs import Input, open_input
from socialrules.sources.layout import FOUND, Layout

Sheets = Mapping[str, Sequence[Sequence[Any]]]

ODS = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0" office:version="1.2">
<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"""


def write_xlsx(path: Path, sheets: Sheets, merged: Mapping[str, str] | None = None) -> Path:
    """A workbook. ``merged``: a range of cells by sheet."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        if merged and name in merged:
            sheet.merge_cells(merged[name])
    book.save(path)
    return path


def write_ods(path: Path, tables: str) -> Path:
    """An OpenDocument spreadsheet of tables that are given as XML."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", ODS.format(tables=tables))
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
    return path


def opened(given: Any, layout: Layout = FOUND, name: str = "companies", key: str = "company_id") -> Input:
    """A file as an input; what is staged stays until the tests end."""
    work = Path(tempfile.mkdtemp(prefix="staged-", dir=Path(given).parent if isinstance(given, Path) else None))
    with duckdb.connect() as con:
        return open_input(con, given, name, work, layout, key, [n for n in ("companies", "accounts") if n != name])


def cells(source: Input) -> list[tuple[Any, ...]]:
    """The records of an input, each with its number."""
    columns = ", ".join(f'"{c}"' for c in source.columns)
    return duckdb.execute(f"SELECT _row, {columns} FROM ({source.scan()}) ORDER BY row").fetchall()
