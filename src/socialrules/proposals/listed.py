"""Columns that each hold rows of another table: one column per entry of a registry.

A sheet of shops may have a column for each brand it carries. Such a column is known by the name of
the entry, with no more beside it than what a listing is called ("link", "page", the name of the table).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from socialrules.model import Lookup, Table
from socialrules.proposals.cells import NO, YES, Look
from socialrules.proposals.phrases import plain, words
from socialrules.quoting import text

MOSTLY = 0.9
"""The share of the cells that must look like an address or a name."""


@dataclass(frozen=True, slots=True)
class Listed:
    """Columns of a sheet that hold rows of a child table.

    Attributes:
        table: the child table.
        lookup: the registry whose entries have columns.
        columns: the slug of each column.
        facts: expressions of the child's facts over the sheet's columns.
        missing: facts that every row needs and nothing tells.
    """

    table: Table
    lookup: Lookup
    columns: Mapping[str, str]
    facts: Mapping[str, str]
    missing: tuple[str, ...]


def find_listed(
    looks: Sequence[Look], taken: set[str], parent: Table, table: Table, lookup: Lookup, key: str | None
) -> Listed | None:
    """The columns that hold rows of a child table; None where there is none.

    Args:
        looks: the columns of the sheet.
        taken: columns that surely hold a fact of the sheet's own table.
        parent: the sheet's own table.
        table: the child.
        lookup: a registry of the child.
        key: the expression of the parent's key; None where it was not found.
    """
    beside = _words_beside(parent, table, lookup)
    found = {}
    for look in looks:
        slug = _slug(look.name, lookup, beside)
        if slug is not None and look.name not in taken and _holds_addresses(look):
            found[look.name] = slug
    if not found:
        return None
    cases = " ".join(f"WHEN {text(column)} THEN {text(slug)}" for column, slug in found.items())
    facts = {table.key[0]: key} if key else {}
    facts[lookup.fact] = f"CASE cell_column {cases} END"
    names = {f.name for f in table.facts}
    if table.numbered:
        address = table.numbered_from
        facts[table.numbered] = "CASE WHEN NOT contains(cell, '/') THEN cell END" if address else "cell"
        if address:
            facts[address] = "CASE WHEN contains(cell, '/') THEN cell END"
    facts |= {name: text(value) for name, value in lookup.listed.items() if name in names}
    needed = dict.fromkeys([*table.key, *(f.name for f in table.facts if f.required)])
    required = {f.name for f in table.facts if f.required}
    return Listed(table, lookup, found, facts, tuple(n for n in needed if n in required and n not in facts))


def _words_beside(parent: Table, table: Table, lookup: Lookup) -> set[str]:
    by_name = {f.name: f for f in table.facts}
    facts = [by_name[n] for n in (lookup.fact, table.numbered, table.numbered_from) if n in by_name]
    phrases = [parent.name, parent.plural, table.name, table.plural, *(f.name for f in facts)]
    phrases += [s for f in facts for s in f.synonyms]
    return {w for phrase in phrases for w in words(phrase)}


def _slug(header: str, lookup: Lookup, beside: set[str]) -> str | None:
    """The entry whose name a header has, with nothing else but words for a listing; the longest name where several."""
    mine = plain(header).split()
    best: tuple[int, str] | None = None
    for slug, row in lookup.rows.items():
        for name in (*row.names, slug):
            parts = plain(name).split()
            place = next((i for i in range(len(mine) - len(parts) + 1) if mine[i : i + len(parts)] == parts), None)
            if not parts or place is None:
                continue
            left = mine[:place] + mine[place + len(parts) :]
            if all(w in beside or set(words(w)) <= beside for w in left) and (best is None or len(parts) > best[0]):
                best = len(parts), slug
    return best[1] if best else None


def _holds_addresses(look: Look) -> bool:
    """Whether the cells look like addresses or names: one word each, no number, no yes or no."""
    if not look.is_text or not look.filled:
        return False
    answers = {w for listed in (*YES.values(), *NO.values()) for w in listed}
    plain_answers = all(value.lower() in answers for value, _ in look.values)
    return not plain_answers and look.share("spaced") <= 1 - MOSTLY and not look.is_number
