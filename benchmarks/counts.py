"""Counts that do not depend on the machine: what a run does, rather than how long it takes.

A small portfolio is scored by the script that ``socialrules compile`` prints: by the whole rulebook (workload B) in
two parts, and by the checks of workload A. Each statement runs under ``EXPLAIN (ANALYZE, FORMAT json)`` and on one
thread. What is counted lies in ``counts.json``; ``make counts`` writes it anew, a test compares. Counts that rise
say that a change made the run do more.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.checks import CHECKS
from socialrules.rulebook import load_rulebook
from socialrules.run import Settings
from socialrules.script import whole_script

ROOT = Path(__file__).parent.parent
RECORDED = Path(__file__).with_name("counts.json")
TABLES = ("companies", "accounts", "staff")
COMPANIES = 1_000
TOLERANCE = 0.03
"""A count may rise by this share before it is called a rise."""

Counts = dict[str, float]

_UNLOCKED = re.compile(r"SET (allowed_directories|enable_external_access|lock_configuration)\b")
"""Settings that lock the connection, which could not say what it did then."""

_MADE = re.compile(r"(CREATE|INSERT|DELETE|DROP|COPY)\b.*?\b(?:TABLE|INTO|FROM)\s+(?:TEMP )?\"?(\w+)", re.DOTALL)


def measure(folder: Path) -> Counts:
    """The counts of today's rules and engine, by name; ``folder`` is for inputs and results."""
    sys.path.insert(0, str(ROOT / "datasets"))
    try:
        from generate import generate
    finally:
        sys.path.pop(0)
    generate(COMPANIES, folder / "in", threads=1)
    inputs = {table: str(folder / "in" / f"{table}.parquet") for table in TABLES}
    few = {"companies": inputs["companies"]}
    rules = _profiled(inputs, folder, part_rows=COMPANIES // 2)
    checks = _profiled(few, folder, part_rows=COMPANIES, columns=sorted(CHECKS))
    counts = {f"A, {name}": count for name, count in _figures(checks, few).items()}
    counts |= {f"B, {name}": count for name, count in _figures(rules, inputs).items()}
    return dict(sorted(counts.items()))


def _figures(counted: Counter[str], inputs: Mapping[str, str]) -> Counts:
    """What was counted, with rows as the number of times that each is read."""
    counts: Counts = {name: count for name, count in counted.items() if not name.endswith(": rows")}
    for table, path in inputs.items():
        counts[f"a run: times a row of {table} is read"] = round(counted[f"{table}: rows"] / _rows(path), 2)
    counts["a run: rows read of temporary tables, per company"] = round(counted["tables: rows"] / COMPANIES, 2)
    return counts


def _rows(path: str) -> int:
    return int(duckdb.execute("SELECT count(*) FROM read_parquet(?)", [path]).fetchall()[0][0])


def _profiled(inputs: Mapping[str, str], folder: Path, **settings: Any) -> Counter[str]:
    """Everything counted in one run."""
    book = load_rulebook()
    chosen = Settings(dt.date(2026, 11, 1), threads=1, **settings)
    script = whole_script(book, inputs, folder / "out", chosen, None)
    folders = re.search(r"make these folders: (.*)", script)
    for made in folders[1].split() if folders else ():
        Path(made).mkdir(parents=True, exist_ok=True)
    counted: Counter[str] = Counter()
    part = 0
    with duckdb.connect(config={"threads": 1}) as con:
        for statement in _statements(con, script):
            if statement.startswith(("SET ", "CREATE TYPE")):
                con.execute(statement)
                continue
            step = _step(statement)
            part += step == f"{book.root.name}_0" and statement.startswith("CREATE")
            row = con.execute(f"EXPLAIN (ANALYZE, FORMAT json) {statement}").fetchall()[0]
            # A path has another length on every machine.
            length = len(statement.replace(str(folder.absolute()), ""))
            places = ["a run", *(["a part"] if part == 1 else []), *([f"step {step}"] if step and part == 1 else [])]
            _count(places, length, json.loads(row[1]), counted)
    return counted


def _statements(con: duckdb.DuckDBPyConnection, script: str) -> Iterator[str]:
    for parsed in con.extract_statements(script):
        statement = re.sub(r"^(--.*\n\s*)+", "", parsed.query.strip())
        if not _UNLOCKED.match(statement):
            yield statement


def _count(places: Sequence[str], length: int, profile: Mapping[str, Any], counted: Counter[str]) -> None:
    """Adds a statement of so many characters to what is counted, in each of the places it belongs to."""
    for place in places:
        counted[f"{place}: statements"] += 1
        counted[f"{place}: characters"] += length
    for node in _operators(profile):
        details = node.get("extra_info") or {}
        projected = details.get("Projections", ())
        columns = len(projected) if isinstance(projected, list) else 1
        source = Path(str(details.get("Filename(s)", ""))).stem
        scanned = node.get("type") == "TABLE_SCAN"
        for place in places:
            counted[f"{place}: operators"] += 1
            counted[f"{place}: columns handed on"] += columns
            if scanned and source in TABLES:
                counted[f"{place}: scans of {source}"] += 1
                counted[f"{place}: columns read of {source}"] += columns
        if scanned:
            counted[f"{source if source in TABLES else 'tables'}: rows"] += int(node.get("rows_scanned", 0))


def _step(statement: str) -> str | None:
    """The step that a statement belongs to, named by the table it makes or adds to; None for others."""
    found = _MADE.match(statement)
    if found is None or found[1] not in ("CREATE", "INSERT") or not re.search(r"_\d+$", found[2]):
        return None
    return found[2]


def _operators(profile: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The operators of a plan, without those that only explain."""
    todo = list(profile.get("operator") or profile.get("children") or ())
    while todo:
        node = todo.pop()
        todo += node.get("children") or ()
        if node.get("name") not in ("RESULT_COLLECTOR", "EXPLAIN_ANALYZE"):
            yield node


def risen(recorded: Mapping[str, float], found: Mapping[str, float]) -> list[str]:
    """What rose by more than the tolerance, or is new, one sentence each."""
    said = []
    for name, count in found.items():
        before = recorded.get(name)
        if before is None:
            said.append(f"{name}: {count:g}, which was not there before")
        elif count > before * (1 + TOLERANCE):
            said.append(f"{name}: {count:g}, up from {before:g}")
    return said


def recorded() -> dict[str, Any]:
    """What ``counts.json`` holds: ``duckdb``, the version they were counted with, and ``counts``."""
    return dict(json.loads(RECORDED.read_text(encoding="utf-8")))


def main() -> None:
    """Counts, writes ``counts.json`` and says what changed."""
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder))
    before = recorded()["counts"] if RECORDED.exists() else {}
    for name in dict.fromkeys([*before, *found]):
        if before.get(name) != found.get(name):
            print(f"{name}: {before.get(name, '-')} -> {found.get(name, '-')}")
    written = {"duckdb": duckdb.__version__, "counts": found}
    RECORDED.write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
