"""Cells of a workbook whose formula has no result: reading a sheet gives them as empty.

A formula that went wrong (``#DIV/0!``) is not an empty cell, and neither is one that was never
calculated. So the sheet's own XML is looked through for them, in .xlsx, .xlsm and .ods files.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

from socialrules.sources.markers import NOT_CALCULATED

Errors = dict[tuple[int, int], str]
"""By row and column, both counted from 0."""

BLOCK = 1 << 22
LONGEST_CELL = 1 << 17
"""Bytes of XML: a cell holds 32,767 characters, and a formula 8,192."""

WRONG = re.compile(
    rb"<(?:\w+:)?c\s(?P<head>[^>]*?\bt=\"e\"[^>]*)(?<!/)>(?:(?!</(?:\w+:)?c>).)*?<(?:\w+:)?v>(?P<text>[^<]*)</",
    re.DOTALL,
)
FORMULA_ALONE = re.compile(
    rb"<(?:\w+:)?c\s(?P<head>[^>]*)><(?:\w+:)?f(?:\s[^>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?</(?:\w+:)?c>"
)
TYPE = re.compile(rb"\bt=\"(?!n\")")
REFERENCE = re.compile(rb"\br=\"([A-Z]+)([0-9]+)\"")
RELATIONSHIP = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
ERROR_TYPE = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}value-type"


def formula_errors(file: Path, sheet: str) -> Errors:
    """The cells of a sheet whose formula has no result, and what they show; none in formats that hide them.

    Raises:
        zipfile.BadZipFile, ElementTree.ParseError, KeyError: the workbook is damaged.
    """
    if not zipfile.is_zipfile(file):
        return {}
    with zipfile.ZipFile(file) as archive:
        if "xl/workbook.xml" in archive.namelist():
            with archive.open(_part_of(archive, sheet)) as handle:
                return dict(_wrong_cells(handle))
        if "content.xml" in archive.namelist():
            with archive.open("content.xml") as handle:
                return dict(_wrong_cells_of_ods(handle, sheet))
    return {}


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str:
    """The name of the file in the archive that holds a sheet."""
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    found = next(s for s in book.iter() if s.tag.endswith("}sheet") and s.get("name") == sheet)
    # Strict files name the same attribute in another namespace.
    identity = found.get(RELATIONSHIP) or next(v for k, v in found.items() if k.endswith("}id"))
    target = targets[identity]
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _wrong_cells(handle: IO[bytes]) -> Iterator[tuple[tuple[int, int], str]]:
    held = b""
    while block := handle.read(BLOCK):
        held += block
        yield from _in_text(held)
        # A cell may lie across two blocks; those seen twice are the same twice.
        held = held[-LONGEST_CELL:]


def _in_text(xml: bytes) -> Iterator[tuple[tuple[int, int], str]]:
    found = WRONG.finditer(xml) if b't="e"' in xml else ()
    for match in found:
        yield from _placed(match["head"], match["text"].decode("utf-8", "replace"))
    for match in FORMULA_ALONE.finditer(xml) if b"<f" in xml or b":f" in xml else ():
        # A formula whose result is an empty text says so by its type.
        if not TYPE.search(match["head"]):
            yield from _placed(match["head"], NOT_CALCULATED)


def _placed(head: bytes, said: str) -> Iterator[tuple[tuple[int, int], str]]:
    reference = REFERENCE.search(head)
    if reference:
        column = 0
        for letter in reference[1]:
            column = column * 26 + letter - ord("A") + 1
        yield (int(reference[2]) - 1, column - 1), said


def _wrong_cells_of_ods(handle: IO[bytes], sheet: str) -> Iterator[tuple[tuple[int, int], str]]:
    row, column, inside = 0, 0, False
    for event, element in ElementTree.iterparse(handle, events=("start", "end")):
        if element.tag == f"{TABLE}table":
            inside = event == "start" and element.get(f"{TABLE}name") == sheet
        elif event == "start" and element.tag == f"{TABLE}table-row":
            column = 0
        elif event == "end" and inside and element.tag in (f"{TABLE}table-cell", f"{TABLE}covered-table-cell"):
            if element.get(ERROR_TYPE) == "error":
                yield (row, column), "".join(element.itertext()).strip() or "#ERROR!"
            column += int(element.get(f"{TABLE}number-columns-repeated", "1"))
        elif event == "end" and element.tag == f"{TABLE}table-row":
            row = row + int(element.get(f"{TABLE}number-rows-repeated", "1")) if inside else 0
            element.clear()
