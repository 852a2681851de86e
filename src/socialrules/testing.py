"""For authors of guidelines: runs the worked records of ``cases.toml``.

In a test of a plugin::

    from socialrules.testing import check_cases

    def test_the_cases_of_my_guideline():
        check_cases("path/to/cases.toml")
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from socialrules.errors import RulebookError, did_you_mean
from socialrules.evaluate import as_tables, evaluate
from socialrules.loading import read_toml
from socialrules.rulebook import Rulebook, load_rulebook
from socialrules.semantics import Key


def check_cases(path: str | Path, rulebook: Rulebook | None = None, as_of: dt.date | None = None) -> int:
    """Runs every case of a file and returns how many there were.

    Args:
        path: the file of cases.
        rulebook: the rules to run them with; by default all that is installed.
        as_of: the day of the run, where a case does not give it.

    Raises:
        AssertionError: listing every case whose outcome is not the expected one.
        RulebookError: the file is no file of cases, or expects what no plugin has.
    """
    path = Path(path)
    book = rulebook or load_rulebook()
    cases = read_toml(path).get("cases", [])
    if not cases:
        raise RulebookError(f"{path}: there are no [[cases]] in it.")
    found = run_cases(cases, book, str(path), as_of or dt.date.today())
    wrong = [
        f"{path}: {case['title']}\n    {name}: expected {expected!r}, got {got!r}"
        for case, outcomes in zip(cases, found, strict=True)
        for name, (expected, got) in outcomes.items()
        if expected != got
    ]
    if wrong:
        raise AssertionError("\n".join(wrong))
    return len(cases)


def run_cases(
    cases: list[dict[str, Any]], rulebook: Rulebook, where: str, as_of: dt.date
) -> list[dict[str, tuple[Any, Any]]]:
    """Per case: by name, the expected and the found value. All cases run as one input."""
    root = rulebook.root
    key_name = root.key[0]
    records: dict[str, list[dict[str, Any]]] = {t.plural: [] for t in rulebook.assembly.tables.values()}
    wanted: dict[str, dict[Key, None]] = {name: {} for name in rulebook.assembly.tables}
    for number, case in enumerate(cases):
        _check_shape(case, rulebook, f"{where}, case {number + 1}")
        records[root.plural].append({**case.get(root.name, {}), key_name: f"case-{number:05d}"})
        for table in rulebook.assembly.tables.values():
            if table.parent is not None:
                records[table.plural] += [{**r, key_name: f"case-{number:05d}"} for r in case.get(table.plural, ())]
        for name, expected in case["expect"].items():
            wanted[_key(name, expected, rulebook, where)[0]][_key(name, expected, rulebook, where)] = None
    tables, _ = evaluate(
        rulebook, as_tables(records), {t: list(keys) for t, keys in wanted.items() if keys or t == root.name}, as_of
    )
    results = []
    for number, case in enumerate(cases):
        outcomes = {}
        for name, expected in case["expect"].items():
            level, term = _key(name, expected, rulebook, where)
            if level == root.name:
                got = next((r[term] for r in tables[level] if r["row"] == number), None)
            else:
                got = [r[term] for r in tables[level] if r["parent_row"] == number]
            outcomes[name] = (expected, got)
        results.append(outcomes)
    return results


def _check_shape(case: Mapping[str, Any], rulebook: Rulebook, where: str) -> None:
    tables = rulebook.assembly.tables
    allowed = {"title", "expect", rulebook.root.name, *(t.plural for t in tables.values() if t.parent)}
    for key in case:
        if key not in allowed:
            raise RulebookError(f"{where}: the key {key} is not known.{did_you_mean(key, allowed)}")
    if not case.get("title") or not case.get("expect"):
        raise RulebookError(f"{where}: a case needs a title and what to expect.")
    for table in tables.values():
        facts = {f.name for f in table.facts}
        given = [case.get(table.name, {})] if table.parent is None else case.get(table.plural, [])
        for fact in (f for record in given for f in record):
            if fact.removesuffix("__why") not in facts:
                raise RulebookError(f"{where}: there is no fact {table.name}.{fact}.{did_you_mean(fact, facts)}")


def _key(name: str, expected: Any, rulebook: Rulebook, where: str) -> Key:
    term = name.lower().replace("-", "_")
    levels = list(rulebook.assembly.tables)
    order = levels[1:] + levels[:1] if isinstance(expected, list) else levels
    for level in order:
        if (level, term) in rulebook.definitions and rulebook.definitions[(level, term)].kind != "missing":
            return (level, term)
    names = [n for _, n in rulebook.definitions if "__" not in n]
    raise RulebookError(f"{where}: nothing is called {name}.{did_you_mean(term, names)}")
