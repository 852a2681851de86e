"""Whether everything that rules name is there: each function yields one sentence per problem."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from socialrules.errors import did_you_mean
from socialrules.model import Check, Guideline, Lookup, LookupRow, Rules, Table

if TYPE_CHECKING:
    from socialrules.assembly import Assembly


def levels_exist(made: Assembly) -> Iterator[str]:
    """What stands at a level that no table has."""
    levels = [(f"check {c.code}", c.level) for g in made.guidelines for c in g.checks]
    levels += [(f"term {t.name}", t.level) for g in made.guidelines for t in g.terms]
    levels += [(f"term {t.name}", t.level) for p in made.plugins for t in p.rules.terms]
    levels += [(f"axis {a.name}", a.level) for _, a in made.axes]
    levels += [(f"decision {d.name}", d.level) for _, d in made.decisions]
    levels += [(f"flags {f.name}", f.level) for _, f in made.flags]
    levels += [(f"note {n.name}", n.level) for n in made.notes]
    levels += [(f"ranking {r.name}", r.table) for r in made.rankings]
    levels += [(f"consistency {c.reason!r}", c.table) for c in made.consistency]
    levels += [(f"lookup {lookup.name}", lookup.table) for lookup in made.lookups.values()]
    for what, level in levels:
        if level not in made.tables:
            yield f"{what}: there is no table {level}.{did_you_mean(level, made.tables)}"


RESERVED = frozenset({"row", "parent_row"})
"""Names that the compiled tables give to columns of their own."""


def names_exist(made: Assembly) -> Iterator[str]:
    """Names outside expressions: whatever refers to a fact, a term or a guideline must find one."""
    facts = {t.name: {f.name for f in t.facts} for t in made.tables.values()}
    gone = {n.partition(":")[0] for names in made.missing.values() for n in names}
    root = made.root.name

    def lacks(where: str, name: str | None, known: Iterable[str]) -> Iterator[str]:
        known = list(known)
        if name is not None and name not in known and name not in gone:
            yield f"{where}: there is no {name}.{did_you_mean(name, known)}"

    for level, names in facts.items():
        for name in sorted(names & RESERVED):
            yield f"table {level}: a fact cannot be called {name}, which the compiled tables need; choose another name"
    terms: dict[str, set[str]] = {level: set() for level in made.tables}
    for what, level, name in _defined(made):
        if name in RESERVED:
            yield f"{what}: a term cannot be called {name}, which the compiled tables need; choose another name"
        terms.setdefault(level, set()).add(name)
    for table in made.tables.values():
        own = facts[table.name]
        yield from lacks(f"table {table.name}, label", table.label, facts[root])
        yield from lacks(f"table {table.name}, numbered", table.numbered, table.key)
        yield from lacks(f"table {table.name}, numbered_from", table.numbered_from, own)
        for name in table.listed:
            yield from lacks(f"table {table.name}, listed", name, own | terms[table.name])
    for lookup in made.lookups.values():
        yield from lacks(f"lookup {lookup.name}, fact", lookup.fact, facts.get(lookup.table, ()))
        for name in lookup.listed:
            yield from lacks(f"lookup {lookup.name}, listed", name, facts.get(lookup.table, ()))
    for rule in made.consistency:
        for name in rule.blames:
            yield from lacks(f"consistency {rule.reason!r}, blames", name, facts.get(rule.table, ()))
    for _, decision in made.decisions:
        filled = [c for row in decision.rows for c in row.set] + [r.keep_as for r in decision.after if r.keep_as]
        for name in filled:
            yield from lacks(f"decision {decision.name}, columns", name, decision.columns)
    for _, axis in made.axes:
        for name in axis.leave_out:
            yield from lacks(f"axis {axis.name}, leave_out", name, [g.id for g in made.guidelines])
    if made.wording is not None:
        yield from lacks("wording, fact", made.wording.fact, facts[root])
    for guideline in made.guidelines:
        for check in guideline.checks:
            for name in check.turns_on:
                scope, _, fact = name.rpartition(".")
                yield from lacks(f"check {check.code}, turns_on", fact, facts.get(scope or root, ()))


def _defined(made: Assembly) -> Iterator[tuple[str, str, str]]:
    """Every name that rules define: what it is, its level, the name."""
    root = made.root.name
    sources: list[Rules | Guideline] = [*(p.rules for p in made.plugins), *made.guidelines]
    for source in sources:
        yield from ((f"term {t.name}", t.level, t.name) for t in source.terms)
    for guideline in made.guidelines:
        yield f"guideline {guideline.id}", root, guideline.id
        yield from ((f"check {c.code}", c.level, c.name) for c in guideline.checks)
    yield from ((f"axis {a.name}", a.level, a.name) for _, a in made.axes)
    for _, decision in made.decisions:
        yield from ((f"decision {decision.name}", decision.level, n) for n in (decision.name, *decision.columns))
    yield from ((f"flags {f.name}", f.level, f.name) for _, f in made.flags)
    yield from ((f"tally {t.name}", root, t.name) for t in made.tallies)
    for score in made.scores:
        yield from ((f"score {score.name}", root, f"{score.name}{end}") for end in ("", "_low", "_high"))


def columns_fit(lookup: Lookup, slug: str, row: LookupRow) -> Iterator[str]:
    """Columns of a registry row that the registry does not have, or of another type."""
    for column, value in row.columns.items():
        if column not in lookup.defaults:
            yield f"lookup {lookup.name}, {slug}: there is no column {column}.{did_you_mean(column, lookup.defaults)}"
        elif value is not None and isinstance(value, bool | str) != isinstance(lookup.defaults[column], bool | str):
            yield f"lookup {lookup.name}, {slug}: {column} is {value!r}, unlike its default {lookup.defaults[column]!r}"


def python_reads(check: Check, table: Table | None, origin: str) -> Iterator[str]:
    """Facts that a Python check reads and that its table does not have."""
    facts = {f.name for f in table.facts} if table else set()
    for name in check.python.reads if check.python else ():
        if name not in facts:
            yield f"{origin}: check {check.code} reads {name}, which is no fact of {check.level}.{did_you_mean(name, facts)}"
