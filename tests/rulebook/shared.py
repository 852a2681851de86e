"""Where the specification and the shared data lie, and how many records are evaluated at once."""

from __future__ import annotations

import datetime as dt
import functools
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from socialrules import Rulebook, load_rulebook
from socialrules.evaluate import as_tables, evaluate
from socialrules.model import Depth

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
SPEC = SHARED / "spec"
needs_spec = pytest.mark.skipif(not SPEC.is_dir(), reason=f"the specification {SPEC} is not on this machine")
AS_OF = dt.date(2026, 11, 1)

Record = dict[str, Any]


@functools.cache
def spec(name: str) -> Any:
    """The content of one JSON file of the specification."""
    return json.loads((SPEC / f"{name}.json").read_text(encoding="utf-8"))


def spec_rows(name: str) -> list[Record]:
    """Like ``spec``, for a list; empty where the specification is absent, so that files can be collected."""
    return spec(name) if SPEC.is_dir() else []


@functools.cache
def rules(depth: Depth) -> Rulebook:
    """The installed rulebook at a depth, loaded once."""
    return load_rulebook(depth=depth)


def outcomes_of(
    book: Rulebook, records: Sequence[Mapping[str, Any]], terms: Iterable[str] = (), as_of: dt.date = AS_OF
) -> tuple[list[Record], list[Record]]:
    """Everything a result folder would hold of some records, in one batch.

    Args:
        book: the rules.
        records: facts by name, child rows as lists under the plural of their table.
        terms: further names of the root level to return.
        as_of: the day of the run.

    Returns:
        Per record its values by name, with ``accounts`` as a list of such values; and the rejects.
    """
    children = [t for t in book.assembly.tables.values() if t.parent]
    rows: dict[str, list[Record]] = {book.root.plural: []} | {t.plural: [] for t in children}
    for number, record in enumerate(records):
        key = {book.root.key[0]: f"r{number:06d}"}
        rows[book.root.plural].append({k: v for k, v in record.items() if k not in rows} | key)
        for table in children:
            rows[table.plural] += [{**row, **key} for row in record.get(table.plural, ())]
    wanted = {}
    for table in book.assembly.tables.values():
        if table.result:
            names = [n for n in table.listed if n != table.label] + [c.name for c in book.checks(table.name)]
            names += [g.id for g in book.guidelines] + list(terms) if table.parent is None else []
            wanted[table.name] = [(table.name, n) for n in dict.fromkeys(names)]
    found, rejects = evaluate(book, as_tables(rows), wanted, as_of)
    companies = found[book.root.name]
    assert [c["row"] for c in companies] == list(range(len(records)))
    for company in companies:
        company["accounts"] = []
    for account in found["account"]:
        companies[account["parent_row"]]["accounts"].append(account)
    return companies, rejects
