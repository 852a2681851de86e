"""Reads the files of SPSS (.sav, .zsav) and Stata (.dta): codes as they are, and what the file says of them.

A code that the file calls missing stays in its cell; ``Codebook`` says that it is missing and, where
its label says so in plain words, why. What is missing without a code (sysmis, ``.``) is an empty cell.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from socialrules.errors import InputError
from socialrules.sources.codebook import Codebook, ColumnCodes, Missing
from socialrules.sources.reasons import reason_in, with_told_missing
from socialrules.sources.staging import first_line
from socialrules.sources.textcells import cell_text, write_columns

INSTALL = "pip install 'socialrules[survey]'"
LOWEST, HIGHEST = -1.79e308, 1.79e308
"""About the numbers furthest from zero, which SPSS writes for a range that is open at an end."""


def stage_survey(file: Path, name: str, path: Path) -> Codebook:
    """Writes a survey file as Parquet, every cell as text, in the order of its cases.

    Returns:
        Labels, missing codes and value labels of its columns, with codes as the cells hold them.

    Raises:
        InputError: it cannot be read, or what reads it is not installed.
    """
    try:
        import pyreadstat
    except ImportError:
        raise InputError(
            f"{name}: reading {file} needs a package that is not installed. Run {INSTALL}, or save the file as .csv."
        ) from None
    reads = pyreadstat.read_dta if file.suffix.lower() == ".dta" else pyreadstat.read_sav
    try:
        columns, told = reads(str(file), user_missing=True, output_format="dict")
    except MemoryError:
        raise
    except Exception as error:  # of the library, of codecs, of dates beyond the calendar: the file is at fault
        raise InputError(
            f"{name}: {file} is damaged or no file of SPSS or Stata ({first_line(error)}). Save it again there."
        ) from None
    if not columns:
        raise InputError(f"{name}: {file} has no columns.")
    seen: dict[str, str] = {}
    for column in columns:
        if column.lower() in seen:
            raise InputError(
                f"{name}: the columns {seen[column.lower()]!r} and {column!r} of {file} differ only in case; rename one."
            )
        seen[column.lower()] = column
    # In a column of numbers the only texts are tagged missings: `a` for .a.
    numeric = {c for c in columns if not str(told.readstat_variable_types.get(c)).startswith("string")}
    write_columns(path, ((c, _texts(values, c in numeric)) for c, values in columns.items()))
    return {c: _codes(told, c, values, c in numeric) for c, values in columns.items()}


def _texts(values: Iterable[Any], numeric: bool) -> list[str | None]:
    return [_code(v) if numeric else _trimmed(v) for v in values]


def _code(value: Any) -> str | None:
    """A code as the cell holds it; a tagged missing with its dot."""
    if isinstance(value, str):
        return f".{value}" if re.fullmatch("[a-z_]", value) else value or None
    if hasattr(value, "item"):
        value = value.item()
    return cell_text(value)


def _trimmed(value: Any) -> str | None:
    # Texts of SPSS are filled up with blanks.
    return cell_text(value.rstrip(" ") if isinstance(value, str) else value)


def _codes(told: Any, column: str, values: Sequence[Any], numeric: bool) -> ColumnCodes:
    labels = {
        _code(k) or "" if numeric else _trimmed(k) or "": str(v)
        for k, v in told.variable_value_labels.get(column, {}).items()
    }
    missing: list[Missing] = []
    for span in told.missing_ranges.get(column, ()):
        low, high = span["lo"], span["hi"]
        if isinstance(low, dt.date) or isinstance(high, dt.date):
            missing += _dates_within(values, low, high)
        elif isinstance(low, dt.time) and isinstance(high, dt.time):
            found = {cell_text(v) or "" for v in values if isinstance(v, dt.time) and low <= v <= high}
            missing += [Missing(code) for code in sorted(found)]
        elif low == high:
            code = (_code(low) if numeric else _trimmed(low)) or ""
            missing.append(Missing(code, reason=reason_in(labels.get(code, ""))))
        else:
            missing += _named_within(labels, float(low), float(high))
            missing.append(Missing(_bound(low), _bound(high)))
    given = [*told.missing_user_values.get(column, ()), *values] if numeric else []
    tagged = {_code(v) or "" for v in given if isinstance(v, str)}
    tagged |= {label for label in labels if numeric and re.fullmatch(r"\.[a-z]", label)}
    missing += [Missing(code, reason=reason_in(labels.get(code, ""))) for code in sorted(tagged)]
    # Codes that say more than the range they lie in come before it.
    missing.sort(key=lambda m: m.high is not None)
    return with_told_missing(ColumnCodes(told.column_names_to_labels.get(column) or "", tuple(missing), labels))


def _named_within(labels: Mapping[str, str], low: float, high: float) -> list[Missing]:
    """The codes of a range whose labels say why: each for itself, before the range."""
    found = []
    for code, label in labels.items():
        reason = reason_in(label)
        if reason and re.fullmatch(r"-?[0-9.]+(e[+-]?[0-9]+)?", code) and low <= float(code) <= high:
            found.append(Missing(code, reason=reason))
    return found


def _bound(value: float) -> str:
    """An end of a range as the text of its code."""
    if value <= LOWEST:
        return "-inf"
    return "inf" if value >= HIGHEST else _code(float(value)) or "0"


def _dates_within(values: Sequence[Any], low: Any, high: Any) -> list[Missing]:
    """The dates of a column that are codes for missing, each for itself: ranges are of numbers."""
    first, last = _moment(low), _moment(high)
    found = {cell_text(v) or "" for v in values if isinstance(v, dt.date) and first <= _moment(v) <= last}
    return [Missing(code) for code in sorted(found)]


def _moment(value: Any) -> dt.datetime:
    """A date as a moment; an open end, which is a number, as the first or last there is."""
    if isinstance(value, dt.datetime):
        return value
    if isinstance(value, dt.date):
        return dt.datetime.combine(value, dt.time())
    return dt.datetime.min if value < 0 else dt.datetime.max
