"""Fills the placeholders of texts: words by whom the record serves, values of facts and terms."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from socialrules.evaluate import Row
from socialrules.placeholders import PLACEHOLDER
from socialrules.record import Seen
from socialrules.rulebook import Rulebook


def default_words(book: Rulebook, said: str) -> str:
    """A text that speaks of no record in particular: the words of ``{placeholders}`` are the default ones."""
    wording = book.assembly.wording
    for name, word in (wording.default if wording else {}).items():
        said = said.replace(f"{{{name}}}", word)
    return said


class Words:
    """Words and values for the texts of one record."""

    def __init__(self, seen: Seen) -> None:
        """Chooses the words by the record's wording fact."""
        self.seen = seen
        self.chosen: dict[str, str] = {}
        wording = seen.book.assembly.wording
        if wording is not None:
            values = seen.root.get(wording.fact) or []
            self.chosen = dict(wording.default)
            if values:
                self.chosen |= wording.by_value.get(str(values[0]), {})

    def fill(self, say: str, row: Row, level: str) -> str:
        """A text with its placeholders filled: ``{customers}``, ``{a_fact}``, ``{share:share}``."""

        def replace(match: re.Match[str]) -> str:
            name, style = match.groups()
            if name in self.chosen:
                return self.chosen[name]
            return show(self._value(name, row), style)

        return PLACEHOLDER.sub(replace, say)

    def _value(self, name: str, row: Row) -> Any:
        plain = name.replace(".", "__")
        for source in (row, self.seen.root, self.seen.book.parameters):
            if source.get(plain) is not None:
                return source[plain]
        return None

    def row_name(self, level: str, row: Row) -> str:
        """What a child row is called: the last columns of its key."""
        table = self.seen.book.assembly.tables[level]
        return " ".join(str(row.get(k)) for k in table.key[1:] if row.get(k) not in (None, ""))


def show(value: Any, style: str | None = None) -> str:
    """A value for people: numbers without needless digits, dates as written, ``?`` for unknown."""
    if value is None:
        return "?"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        if style == "share":
            return f"{value:.0%}"
        return (
            f"{value:,.0f}"
            if value == round(value) or abs(value) >= 1000
            else f"{value:,.2g}"
            if abs(value) < 1
            else f"{value:,.1f}"
        )
    if isinstance(value, list):
        return ", ".join(str(v).replace("_", " ") for v in value) or "none"
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value)
