"""Names, texts, numbers and files as SQL that says just this, whatever stands in them."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from pathlib import PurePath

from socialrules.expressions import _parser


@functools.lru_cache(maxsize=1)
def _reserved() -> frozenset[str]:
    rows = (
        _parser()
        .execute("SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category <> 'unreserved'")
        .fetchall()
    )
    return frozenset(row[0] for row in rows)


def identifier(name: str) -> str:
    """A column or table name as SQL, quoted where it must be."""
    plain = (
        name != ""
        and name.isascii()
        and name.replace("_", "a").isalnum()
        and not name[0].isdigit()
        and name == name.lower()
    )
    return name if plain and name not in _reserved() else '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text as a SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def file_text(path: str | PurePath) -> str:
    """The path of one file as a SQL literal for a reader, which takes ``*``, ``?`` and ``[`` for a pattern."""
    return text("".join(f"[{c}]" if c in "*?[" else c for c in str(path)))


def parquet(*paths: str | PurePath, numbered: bool = False) -> str:
    """Parquet files as SQL for a FROM clause.

    What the names of their folders say is none of their columns: OUT may lie in a folder ``run=3``.

    Args:
        paths: at least one file.
        numbered: with the column ``file_row_number``.
    """
    listed = file_text(paths[0]) if len(paths) == 1 else f"[{', '.join(map(file_text, paths))}]"
    return f"read_parquet({listed}{', file_row_number = TRUE' if numbered else ''}, hive_partitioning = FALSE)"


def number(value: float) -> str:
    """A number as a SQL literal, to compare with."""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else f"{value!r}::DOUBLE"


def double(value: float) -> str:
    """A number as a SQL literal to reckon with: a whole one would overflow."""
    written = number(value)
    return written if written.endswith("::DOUBLE") else f"{written}::DOUBLE"


def constant(value: str | float | bool | None) -> str:
    """A constant of a rule or registry as a SQL literal."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return text(value) if isinstance(value, str) else double(float(value))


def texts(values: Iterable[str]) -> str:
    """Texts as a comma-separated list of SQL literals."""
    return ", ".join(text(v) for v in values)
