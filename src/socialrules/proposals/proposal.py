"""A proposal for a mapping file: what was matched, and what a person has to decide."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from socialrules.errors import UsageError, did_you_mean
from socialrules.model import Fact, Table
from socialrules.proposals.cells import LOOKED_AT, Look, Notation, look_at, notation_of
from socialrules.proposals.listed import Listed, find_listed
from socialrules.proposals.matching import LIKELY, SURE, UNSURE, Match, match_columns
from socialrules.rulebook import Rulebook
from socialrules.run import Run, Settings
from socialrules.sources.inputs import open_input
from socialrules.sources.layout import FOUND, Layout
from socialrules.troubles import told_plainly

EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the columns of a file seem to hold.

    Attributes:
        table: what the rows of the file are.
        file: its path as it was given.
        rows: how many it holds.
        looked_at: how many of them were looked at, from the first on.
        matches: per column, in their order.
        notation: how its numbers and dates are written.
        listed: columns that hold rows of other tables.
        layout: where in the file the table lies, as far as that was given.
    """

    table: Table
    file: str
    rows: int
    looked_at: int
    matches: tuple[Match, ...]
    notation: Notation
    listed: tuple[Listed, ...] = ()
    layout: Layout = FOUND

    @property
    def used(self) -> list[Match]:
        """The columns that feed a fact."""
        return [m for m in self.matches if m.fact]

    @property
    def unsure(self) -> list[Match]:
        """The columns that may hold a fact, for a person to decide."""
        elsewhere = self._elsewhere
        return [m for m in self.matches if m.certainty == UNSURE and m.look.name not in elsewhere]

    @property
    def unused(self) -> list[Look]:
        """The columns that are like no fact."""
        elsewhere = self._elsewhere
        return [m.look for m in self.matches if not m.certainty and m.look.name not in elsewhere]

    @property
    def _elsewhere(self) -> set[str]:
        return {column for listed in self.listed for column in listed.columns}

    @property
    def missing(self) -> list[Fact]:
        """The facts that every row needs and no column was taken for."""
        fed = {m.fact for m in self.used}
        return [f for f in self.table.facts if f.required and f.name not in fed]

    @property
    def asked(self) -> list[Fact]:
        """The facts of the short questionnaire that no column seems to hold."""
        fed = {m.best.fact.name for m in [*self.used, *self.unsure] if m.best}
        return [f for f in self.table.facts if f.ask == "core" and f.name not in fed and not f.required]

    def to_dict(self) -> dict[str, Any]:
        """The proposal as plain data."""
        elsewhere = {c: (entry, slug) for entry in self.listed for c, slug in entry.columns.items()}
        return {
            "table": self.table.plural,
            "file": self.file,
            "rows": self.rows,
            "looked_at": self.looked_at,
            "columns": [
                {
                    "column": m.look.name,
                    "examples": list(examples(m.look)),
                    "fact": m.fact,
                    "certainty": m.certainty or None,
                    "candidates": [m.best.fact.name, *m.others] if m.best and m.certainty == UNSURE else [],
                    "why": m.why,
                    "rows_of": elsewhere[m.look.name][0].table.plural if m.look.name in elsewhere else None,
                }
                for m in self.matches
            ],
            "missing": [f.name for f in self.missing],
            "not_found": [f.name for f in self.asked],
            "remarks": list(self.notation.remarks),
        }


def examples(look: Look) -> Sequence[str]:
    """Some cells of a column, the most frequent first."""
    return [value for value, _ in look.values[:EXAMPLES]]


def propose(book: Rulebook, file: str, table: str, layout: Layout = FOUND) -> Proposal:
    """Looks at a file and proposes what its columns hold.

    Args:
        book: the rulebook whose facts are looked for.
        file: a path, glob or folder.
        table: the name or plural of the table whose rows the file holds.
        layout: where in the file the table lies.

    Raises:
        UsageError: there is no such table.
        InputError: the file is not there or cannot be read.
    """
    tables = book.assembly.tables
    by_name = {**tables, **{t.plural: t for t in tables.values()}}
    if table not in by_name:
        plurals = [t.plural for t in tables.values()]
        raise UsageError(
            f"--table {table}: there is no such table.{did_you_mean(table, by_name)} There are {', '.join(plurals)}."
        )
    chosen, today = by_name[table], dt.date.today()
    with (
        tempfile.TemporaryDirectory(prefix="socialrules-") as folder,
        told_plainly(Path(folder)),
        Run(book, Settings(today), Path(folder)) as run,
    ):
        others = [t.plural for t in tables.values() if t is not chosen]
        source = open_input(run.con, file, chosen.plural, Path(folder), layout, chosen.key[0], others)
        run.inputs[chosen.plural] = source
        looks = look_at(run.con, source)
        notation = notation_of(looks)
        lookups = list(book.assembly.lookups.values())
        matches = match_columns(run.con, source, looks, notation, chosen, lookups, today.isoformat())
        rows = source.rows
    listed = []
    if chosen.parent is None:
        by_fact = {m.fact: m for m in matches if m.fact}
        key = by_fact.get(chosen.key[0])
        expression = key.best.expression if key and key.best else None
        taken = {m.look.name for m in matches if m.certainty in (SURE, LIKELY)}
        for lookup in lookups:
            found = find_listed(looks, taken, chosen, tables[lookup.table], lookup, expression)
            if found is not None:
                listed.append(found)
    return Proposal(chosen, file, rows, min(rows, LOOKED_AT), tuple(matches), notation, tuple(listed), layout)
