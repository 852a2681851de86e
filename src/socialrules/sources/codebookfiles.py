"""Codebooks in files of their own: a Frictionless Table Schema (JSON), or a plain table (CSV).

A plain table has a row per code, with the columns ``column``, ``code``, ``label`` and
``missing_reason``; a row without a code says what the column itself is called.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from socialrules.errors import MappingError, did_you_mean, plain_name
from socialrules.sources.codebook import REASONS, Codebook, ColumnCodes, Missing
from socialrules.sources.notations import DECIMALS, THOUSANDS, Notation
from socialrules.sources.reasons import reason_in, with_told_missing
from socialrules.sources.sections import code_text, contradiction, missing_codes

HEADERS: Mapping[str, tuple[str, ...]] = {
    "column": ("column", "variable", "field", "name", "column_name", "variable_name", "field_name"),
    "code": ("code", "value", "codes", "values"),
    "label": ("label", "value_label", "description", "title", "meaning", "question"),
    "missing_reason": ("missing_reason", "missing", "reason"),
}
"""What the columns of a plain table may be called, the first one that is there; any case, blanks for ``_``."""


@dataclass(frozen=True, slots=True)
class CodebookFile:
    """What a codebook's file says: the codes by column, and how the numbers of a column are written."""

    codes: Codebook
    numbers: Mapping[str, Notation] = field(default_factory=dict)


def read_codebook(path: Path, name: str, shown: str) -> CodebookFile:
    """Reads the file of a codebook.

    Args:
        path: a ``.json`` or ``.csv`` file.
        name: of the input, to choose among the resources of a data package.
        shown: what names the file in the mapping, which opens every message.

    Raises:
        MappingError: with one sentence that says what is wrong where.
    """
    kind = path.suffix.lower()
    if kind not in (".json", ".csv"):
        raise MappingError(f"{shown}: {path} must be a .json file (Table Schema) or a .csv file (one row per code).")
    try:
        said = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise MappingError(f"{shown}: there is no such file as {path}.") from None
    except UnicodeDecodeError as error:
        raise MappingError(f"{shown}: {path} is not written in UTF-8 ({error.reason}); save it so.") from None
    except OSError as error:
        raise MappingError(f"{shown}: {path} cannot be read ({error.strerror}).") from None
    found = _schema(said, path, name) if kind == ".json" else CodebookFile(_table(said, path))
    for column, codes in found.codes.items():
        twice = contradiction(codes.missing)
        if twice:
            raise MappingError(f"{path}: of the column {column}, {twice}.")
    return replace(found, codes={column: with_told_missing(codes) for column, codes in found.codes.items()})


def _table(said: str, path: Path) -> Codebook:
    try:
        first = said.split("\n", maxsplit=1)[0]
        delimiter = max(",;\t", key=first.count)
        rows = list(csv.reader(io.StringIO(said, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise MappingError(f"{path}: this is not a valid CSV file ({error}).") from None
    header = [plain_name(cell) for cell in rows[0]] if rows else []
    places = {key: next((header.index(n) for n in names if n in header), None) for key, names in HEADERS.items()}
    if places["column"] is None:
        raise MappingError(f"{path}: the header must name the columns column, code, label and missing_reason.")
    found: dict[str, ColumnCodes] = {}
    for number, row in enumerate(rows[1:], 2):
        cells = {key: row[at].strip() if at is not None and at < len(row) else "" for key, at in places.items()}
        if any(cells.values()):
            if not cells["column"]:
                raise MappingError(f"{path}: row {number} does not say which column it speaks of.")
            found[cells["column"]] = _with_row(
                found.get(cells["column"], ColumnCodes()), cells, f"{path}: row {number}"
            )
    return found


def _with_row(codes: ColumnCodes, cells: Mapping[str, str], where: str) -> ColumnCodes:
    code, label, said = cells["code"], cells["label"], cells["missing_reason"]
    if not code:
        if said:
            raise MappingError(f"{where} gives a reason for a missing answer, but no code.")
        return replace(codes, label=label or codes.label)
    if not said:
        known = codes.labels.get(code)
        if known is not None and known != label:
            raise MappingError(f"{where}: the code {code} of {cells['column']} has come before with another label.")
        return replace(codes, labels={**codes.labels, code: label}) if label else codes
    reason = reason_in(said)
    plain = said.lower() in ("yes", "true", "1", "x", "missing")
    if reason is None and not plain:
        raise MappingError(
            f"{where}: {said!r} is not one of the reasons {', '.join(REASONS)}.{did_you_mean(said, REASONS)}"
        )
    labels = {**codes.labels, code: label} if label else codes.labels
    return replace(codes, missing=(*codes.missing, *_codes([code], reason or reason_in(label), where)), labels=labels)


def _codes(codes: list[Any], reason: str | None, where: str) -> list[Missing]:
    try:
        return missing_codes(codes, reason)
    except ValueError as error:
        raise MappingError(f"{where}: {error}.") from None


def _schema(said: str, path: Path, name: str) -> CodebookFile:
    try:
        document = json.loads(said)
    except (ValueError, RecursionError) as error:
        raise MappingError(f"{path}: this is not valid JSON ({error}).") from None
    schema = _chosen(document, path, name)
    fields = schema.get("fields")
    if not isinstance(fields, list) or not all(isinstance(f, dict) and isinstance(f.get("name"), str) for f in fields):
        raise MappingError(f"{path}: fields must be a list of objects that each have a name.")
    codes, numbers = {}, {}
    for entry in fields:
        where = f"{path}: field {entry['name']}"
        values = entry.get("missingValues", schema.get("missingValues", []))
        missing, labels = _missing_values(values, where)
        label = next((entry[k] for k in ("title", "description") if isinstance(entry.get(k), str) and entry[k]), "")
        labels |= _categories(entry.get("categories", []), where)
        codes[entry["name"]] = ColumnCodes(label, tuple(missing), labels)
        if "decimalChar" in entry or "groupChar" in entry:
            numbers[entry["name"]] = _numbers(entry, where)
    return CodebookFile(codes, numbers)


def _chosen(document: Any, path: Path, name: str) -> Mapping[str, Any]:
    """The schema in a document: the document itself, a resource's, or that of the resource named like the input."""
    if isinstance(document, dict) and isinstance(document.get("resources"), list):
        resources = [r for r in document["resources"] if isinstance(r, dict)]
        named = [r for r in resources if r.get("name") == name]
        if len(named) != 1 and len(resources) != 1:
            names = ", ".join(str(r.get("name")) for r in resources)
            raise MappingError(f"{path}: none of its resources ({names}) is called {name}; call one so.")
        document = (named or resources)[0]
    if isinstance(document, dict) and "fields" not in document and isinstance(document.get("schema"), dict):
        document = document["schema"]
    if not isinstance(document, dict) or "fields" not in document:
        raise MappingError(f"{path}: there are no fields in it; a Table Schema, or a data package that holds one, has.")
    return document


def _missing_values(values: Any, where: str) -> tuple[list[Missing], dict[str, str]]:
    missing: list[Missing] = []
    labels: dict[str, str] = {}
    for value, label in _labelled(values, f"{where}, missingValues"):
        # An empty cell is missing anyway. A dot range is not of this form, so a value is a code as it stands.
        if value:
            missing.append(Missing(value, None, reason_in(label) if label else None))
        if value and label:
            labels[value] = label
    return missing, labels


def _categories(values: Any, where: str) -> dict[str, str]:
    return {value: label for value, label in _labelled(values, f"{where}, categories") if label}


def _labelled(values: Any, where: str) -> Iterable[tuple[str, str]]:
    """Values with their labels, from a list of values or of objects with ``value`` and ``label``."""
    if not isinstance(values, list):
        raise MappingError(f"{where}: this must be a list of values, or of objects with value and label.")
    for item in values:
        value, label = (item.get("value"), item.get("label", "")) if isinstance(item, dict) else (item, "")
        if not isinstance(label, str):
            raise MappingError(f"{where}: a label must be a text, not {label!r}.")
        try:
            yield code_text(value), label.strip()
        except ValueError as error:
            raise MappingError(f"{where}: {error}.") from None


def _numbers(entry: Mapping[str, Any], where: str) -> Notation:
    decimal, thousands = entry.get("decimalChar", "."), entry.get("groupChar")
    if decimal not in DECIMALS or thousands not in (None, *THOUSANDS) or decimal == thousands:
        raise MappingError(
            f"{where}: decimalChar must be one of {' '.join(DECIMALS)} and groupChar another of "
            f"{' '.join(repr(t) for t in THOUSANDS)}."
        )
    return Notation(decimal, thousands)
