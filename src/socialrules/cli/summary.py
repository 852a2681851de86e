"""What a person sees after ``score``."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from socialrules.cli.console import out, print_table, shown
from socialrules.definitions import is_required
from socialrules.display import one_line
from socialrules.errors import LONGEST_NAME, plain_name
from socialrules.quoting import identifier, texts
from socialrules.results import Results
from socialrules.rulebook import Rulebook

SHOWN = 8
SHOWN_REJECTS = 10


def print_summary(results: Results, book: Rulebook) -> None:
    """Verdicts, what fails and what is unknown most, what was rejected, where it all lies, what to do next."""
    console = out()
    root = book.root
    for warning in book.warnings:
        console.print(f"[yellow]Note:[/yellow] {shown(warning)}")
    if book.options.get("select") or book.options.get("ignore"):
        console.print(
            "[yellow]Note:[/yellow] Only some of the checks were counted, so every verdict speaks of those alone."
        )
    if shard := results.manifest.get("shard"):
        of = shard["input_rows"].get(root.plural, 0)
        console.print(f"shard {shard['number']} of {shard['of']}: {shard['rows']:,} of {of:,} {root.plural}")
    for name, entry in results.manifest["inputs"].items():
        console.print(rows_line(name, entry))
        if entry["ignored_columns"]:
            facts = {
                plain_name(f.name): f.name for t in book.assembly.tables.values() if t.plural == name for f in t.facts
            }
            listed = ", ".join(_ignored(column, facts) for column in entry["ignored_columns"])
            console.print(f"  columns that are no fact and were ignored: {listed}")
    if unread := results.manifest.get("unread_sheets"):
        console.print(unread_sheets_line([(entry["path"], entry["sheet"]) for entry in unread]))
    if answers := results.manifest.get("answers"):
        console.print(f"answers: {answers['rows']:,} rows read, {answers['used']:,} answers used")
    decision = next((d for _, d in book.assembly.decisions if d.level == root.name), None)
    total = results.manifest["inputs"][root.plural]["scored"]
    written = results.columns(root.plural)
    if decision is not None and decision.name in written:
        rows = []
        for value, count in results.counts(root.plural, decision.name):
            meaning = decision.meaning.get(str(value))
            rows.append((value, f"{count:,}", f"{count / total:.0%}", meaning.text if meaning else ""))
        print_table(decision.title.capitalize(), (decision.name, root.plural, "share", "in words"), rows, right=(1, 2))
    _print_checks(results, book, total)
    _print_unlisted(results, book)
    _print_rejects(results)
    console.print(f"[bold]Results:[/bold] {shown(str(results.path))}  ({results.manifest['seconds']:.1f} s)")
    key, ids = identifier(root.key[0]), results.source(root.plural)
    # An id that can be typed, where there is one: in the others what is unseen is written out.
    first = results.fetch(rf"SELECT {key} FROM {ids} WHERE regexp_full_match({key}, '[\w .:@+-]{{1,60}}') LIMIT 1")
    first = first or results.fetch(f"SELECT {key} FROM {ids} LIMIT 1")
    if first:
        command = f"{shlex.quote(str(results.path))} {shlex.quote(one_line(str(first[0][0])))}"
        console.print(f"[bold]Next:[/bold] socialrules explain {shown(command)}")


def unread_sheets_line(sheets: Sequence[tuple[str | Path, str]]) -> str:
    """The sheets of workbooks, as file and name, that no table was read from."""
    named = [f"sheet {sheet!r} of {Path(file).name}" for file, sheet in sheets[:SHOWN]]
    more = f" and {len(sheets) - SHOWN:,} more sheets" if len(sheets) > SHOWN else ""
    return f"Not read: {shown(', '.join(named))}{more}."


def rows_line(name: str, entry: Mapping[str, Any]) -> str:
    """What happened to the rows of an input, from its entry in ``run.json``."""
    left_out = f", {entry['left_out']:,} left out" if entry["left_out"] else ""
    return f"{name}: {entry['rows']:,} rows read, {entry['scored']:,} scored{left_out}"


def _ignored(column: str, facts: Mapping[str, str]) -> str:
    """A column that is no fact, and the fact whose name it nearly has."""
    name = shown(column, LONGEST_NAME)
    meant = facts.get(plain_name(column))
    return f"{name} (rename it to {meant}?)" if meant else name


def _print_checks(results: Results, book: Rulebook, total: int) -> None:
    written = results.columns(book.root.plural)
    checks = {c.name: c for c in book.checks(book.root.name) if c.name in written}
    counts = results.outcome_counts(book.root.plural, list(checks))
    for outcome, title in (("fail", "What fails most"), ("unknown", "What is unknown most")):
        among = [n for n in counts if counts[n][outcome] and (outcome == "fail" or is_required(checks[n], book.depth))]
        among.sort(key=lambda n: -counts[n][outcome])
        rows = [
            (
                checks[n].code,
                checks[n].title,
                checks[n].severity,
                f"{counts[n][outcome]:,}",
                f"{counts[n][outcome] / total:.0%}",
            )
            for n in among[:SHOWN]
        ]
        if rows:
            print_table(title, ("check", "", "severity", book.root.plural, "share"), rows, right=(3, 4))


def _print_unlisted(results: Results, book: Rulebook) -> None:
    for lookup in book.assembly.lookups.values():
        table = book.assembly.tables[lookup.table]
        if lookup.fact not in table.listed or not (results.path / f"{table.plural}.parquet").exists():
            continue
        column = identifier(lookup.fact)
        known = texts([*lookup.rows, "other"])
        found = results.fetch(
            f"SELECT {column}, count(*) FROM {results.source(table.plural)} WHERE {column} NOT IN ({known}) "
            f"GROUP BY ALL ORDER BY 2 DESC, 1 LIMIT {SHOWN}"
        )
        if found:
            listed = ", ".join(f"{slug} ({count:,})" for slug, count in found)
            out().print(
                f"{lookup.name}s that are not in the registry and were taken with its defaults: {shown(listed)}\n"
            )


def _print_rejects(results: Results) -> None:
    query = (
        f'SELECT "table", "column", kind, reason, count(*) AS n, min(row) FROM {results.source("rejects")} '
        f"GROUP BY 1, 2, 3, 4 ORDER BY kind = 'note', n DESC, 1, 2, 4 LIMIT {SHOWN_REJECTS + 1}"
    )
    found = results.fetch(query)
    words = {"row": "row left out", "cell": "cell read as unknown", "note": "remark"}
    rows = [(t, c or "", words.get(k, k), r, f"{n:,}", f"{first:,}") for t, c, k, r, n, first in found[:SHOWN_REJECTS]]
    if rows:
        print_table(
            "What was not read as it stood",
            ("table", "column", "what", "why", "times", "first at row"),
            rows,
            right=(4, 5),
        )
        more = " The rest is in" if len(found) > SHOWN_REJECTS else " All of it is in"
        out().print(f"{more} {shown(str(results.path / 'rejects.parquet'))}.\n")
