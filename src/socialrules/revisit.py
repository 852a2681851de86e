"""Finds one record of a result folder, reads it again from its source, and explains it.

Where the input has gone or changed, or the rules are no longer the same, the explanation is made
from the outcomes alone, and says so.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import Any

import duckdb

from socialrules.assessment import Assessment, CheckLine, ChildLine, GuidelineLine, Verdict
from socialrules.errors import InputError, ResultError, UsageError, did_you_mean
from socialrules.explain import explain_seen
from socialrules.interrupts import interruptible
from socialrules.model import Decision, Guideline
from socialrules.quoting import identifier, text
from socialrules.record import see_inputs
from socialrules.results import Results
from socialrules.rulebook import Rulebook, load_rulebook
from socialrules.sources.answers import ANSWERS
from socialrules.sources.cells import WHITESPACE, as_text
from socialrules.sources.inputs import Excerpt, Input, file_hash, open_input
from socialrules.sources.layout import FOUND
from socialrules.sources.mapping import Mapping, load_mapping
from socialrules.wording import default_words


def explain_result(results: Results, record_id: str) -> Assessment:
    """The assessment of one record of a result folder.

    Args:
        results: the result folder.
        record_id: the key of the record.

    Raises:
        UsageError: the folder has no such record.
        ResultError: the folder is damaged.
    """
    record_id = str(record_id)
    book = rulebook_of(results)
    row = outcomes_of_record(results, book, record_id)
    as_of = dt.date.fromisoformat(results.manifest["as_of"])
    try:
        problem = why_not_again(results, book)
        if not problem:
            mapping = mapping_of(results, book)
            inputs = inputs_of_record(results, book, mapping, row, record_id)
            return explain_seen(see_inputs(book, inputs, as_of, mapping, answers_of(results)), as_of)
    except (ResultError, InputError, duckdb.IOException) as error:
        problem = f"The record cannot be read again ({str(error).splitlines()[0]})"
    return _from_outcomes(results, book, row, record_id, as_of, problem)


def rulebook_of(results: Results) -> Rulebook:
    """The rulebook with the options that the results were made with."""
    options = results.manifest["rulebook"]["options"]
    try:
        return load_rulebook(
            files=[f for f in results.manifest.get("rule_files", []) if Path(f).exists()],
            select=options.get("select", ()),
            ignore=options.get("ignore", ()),
            set_=options.get("set", {}),
            depth=options.get("depth", "core"),
        )
    except UsageError as error:
        raise ResultError(f"{results.path} was made with other rules than those installed: {error}") from None


def outcomes_of_record(results: Results, book: Rulebook, record_id: str) -> dict[str, Any]:
    """A record's row of the root table's results.

    Raises:
        UsageError: there is none. ResultError: the table is damaged.
    """
    root = book.root
    source, key = results.source(root.plural), identifier(root.key[0])
    try:
        rows = results.fetch_records(f"SELECT * FROM {source} WHERE {key} = ? LIMIT 1", [record_id])
    except duckdb.Error:
        raise ResultError(
            f"{results.path} is damaged: its table {root.plural} cannot be read. Score the inputs again."
        ) from None
    if rows:
        return rows[0]
    near = results.fetch(f"SELECT {key} FROM {source} ORDER BY levenshtein({key}, ?) LIMIT 1", [record_id[:200]])
    hint = did_you_mean(record_id, [r[0] for r in near])
    shard = results.manifest.get("shard")
    part = f"; it is shard {shard['number']} of {shard['of']}" if shard else ""
    raise UsageError(f"{results.path} has no {root.name} {record_id!r}{part}.{hint}")


def why_not_again(results: Results, book: Rulebook) -> str:
    """Why the inputs of a run cannot be read again as they were; empty where they can."""
    return _changed_rules(results, book) or _changed_inputs(results)


def _changed_rules(results: Results, book: Rulebook) -> str:
    if results.manifest["rulebook"]["hash"] != book.hash:
        return "The rules have changed since the run"
    return ""


def _changed_inputs(results: Results) -> str:
    answers = results.manifest.get("answers")
    for name, entry in {**results.manifest["inputs"], **({ANSWERS: answers} if answers else {})}.items():
        if not entry["files"]:
            return f"The {name} came from memory and are not kept"
        for file in entry["files"]:
            path = Path(file["path"])
            if not path.is_file():
                return f"{path} is no longer there"
            status = path.stat()
            same = status.st_size == file["size"] and status.st_mtime_ns == file.get("mtime_ns")
            if not same and (status.st_size != file["size"] or file_hash(path) != file["sha256"]):
                return f"{path} has changed since the run"
    return ""


def answers_of(results: Results) -> list[Path] | None:
    """The files of the answers that a run took in; None where there were none."""
    entry = results.manifest.get("answers")
    return [Path(file["path"]) for file in entry["files"]] if entry else None


def mapping_of(results: Results, book: Rulebook) -> Mapping | None:
    """The mapping of a run. Raises ResultError where it has gone or changed."""
    entry = results.manifest.get("mapping")
    if not entry:
        return None
    for what, file in (("mapping", entry), *(("codebook", f) for f in entry.get("codebooks", []))):
        path = Path(file["path"])
        if not path.is_file() or file_hash(path) != file["sha256"]:
            raise ResultError(f"the {what} {path} has gone or changed")
    return load_mapping(Path(entry["path"]), book.assembly.tables)


def inputs_of_record(
    results: Results, book: Rulebook, mapping: Mapping | None, row: dict[str, Any], record_id: str
) -> dict[str, Excerpt]:
    """The record's own rows of every input, with the types of the source."""
    root = book.root
    places: dict[str, list[tuple[str, int]]] = {root.plural: [(row["source_file"], row["source_row"])]}
    for table in book.assembly.tables.values():
        if table.parent is not None and table.plural in results.manifest["values"]:
            query = f"SELECT source_file, source_row FROM {results.source(table.plural)} WHERE {identifier(root.key[0])} = ?"
            found = results.fetch(query, [record_id])
            places[table.plural] = [(f, n) for f, n in found]
    sources = {entry.table: entry.source for entry in mapping.tables} if mapping else {}
    wanted: dict[str, list[tuple[str, int]]] = {}
    for plural, rows in places.items():
        origin = sources.get(plural, plural)
        wanted.setdefault(origin, [])
        wanted[origin] += [r for r in rows if r not in wanted[origin]]
    inputs: dict[str, Excerpt] = {}
    with (
        tempfile.TemporaryDirectory(prefix="socialrules-") as folder,
        duckdb.connect() as con,
        interruptible(con.interrupt),
    ):
        for name, entry in results.manifest["inputs"].items():
            if name not in wanted and name in sources:
                continue
            layout = mapping.layouts.get(name, FOUND) if mapping else FOUND
            pieces, opened = [], []
            for number, file in enumerate(entry["files"]):
                work = Path(folder) / f"{name}-{number}"
                work.mkdir()
                key = next((t.key[0] for t in book.assembly.tables.values() if t.plural == name), "")
                others = [t.plural for t in book.assembly.tables.values() if t.plural != name]
                source = open_input(con, [Path(file["path"])], name, work, layout, key, others)
                opened.append(source)
                if name not in wanted:
                    pieces.append(_rows_of(source, root.key[0], record_id))
                elif places_here := [n for f, n in wanted[name] if f == source.shown[0]]:
                    pieces.append(_rows_at(source, places_here))
            if pieces:
                con.complete()
                rows = con.sql(" UNION ALL BY NAME ".join(pieces)).to_arrow_table()
                codebook = {c: codes for source in reversed(opened) for c, codes in source.codebook.items()}
                inputs[name] = Excerpt(rows, opened[0].kind, codebook)
    return inputs


def _rows_at(source: Input, numbers: list[int]) -> str:
    """The records of an input of one file with these numbers, as SQL."""
    return _picked(source, f"_row IN ({', '.join(str(int(n)) for n in numbers)})")


def _rows_of(source: Input, key: str, record_id: str) -> str:
    """The records of an input of one file with this key, as SQL."""
    return _picked(source, f"trim({as_text(identifier(key), source.columns[key])}, {WHITESPACE}) = {text(record_id)}")


def _picked(source: Input, condition: str) -> str:
    return f"(SELECT * EXCLUDE (row, _file, _row) FROM (\n{source.scan()}\n) WHERE {condition} ORDER BY row)"


def _from_outcomes(
    results: Results, book: Rulebook, row: dict[str, Any], record_id: str, as_of: dt.date, problem: str
) -> Assessment:
    decision = next((d for _, d in book.assembly.decisions if d.level == book.root.name), None)
    guidelines = []
    todo: list[CheckLine] = []
    children = _child_rows(results, book, record_id)
    for guideline in book.guidelines:
        lines = [
            CheckLine(
                code=c.code,
                title=c.title,
                severity=c.severity,
                required=c.required_at != "never",
                outcome=str(row[c.name]),
                why=c.why,
                statements=list(c.statements),
            )
            for c in book.selection.of(guideline)
            if c.level == book.root.name and c.name in row
        ]
        guidelines.append(
            GuidelineLine(
                id=guideline.id,
                title=guideline.title,
                question=guideline.question,
                role=guideline.role,
                outcome=str(row.get(guideline.id, "unknown")),
                checks=lines,
            )
        )
        todo += [line for line in lines if line.outcome == "fail"]
        todo += _failing_rows(guideline, book, children)
    order = ("blocker", "major", "minor")
    return Assessment(
        id=record_id,
        name=row.get(book.root.label) if book.root.label else None,
        as_of=as_of,
        depth=results.manifest["rulebook"]["depth"],
        verdict=_verdict(decision, row) if decision else Verdict(value=None, title=""),
        flags=_flags(book, row),
        decided_by=[],
        figures={n: row.get(n) for n in book.root.listed if n in row and isinstance(row[n], int | float)},
        guidelines=guidelines,
        rows=children,
        change=None,
        # Which advice is right depends on the answers: without them only what was found is said.
        todo=sorted(todo, key=lambda line: order.index(line.severity)),
        questions=[],
        rankings=[],
        notes=[],
        data_notes=[],
        outcomes_only=f"{problem}, so this is explained from the outcomes alone. Score again for the whole explanation.",
    )


def _failing_rows(guideline: Guideline, book: Rulebook, children: list[ChildLine]) -> list[CheckLine]:
    """Checks of child rows that enter a guideline and fail on a row that is to be looked after."""
    lines = []
    for check in book.selection.of(guideline):
        failing = [c.name for c in children if any(k.code == check.code and k.outcome == "fail" for k in c.checks)]
        if check.rollup and failing:
            lines.append(
                CheckLine(
                    code=check.code,
                    title=check.title,
                    severity=check.severity,
                    required=check.required_at != "never",
                    outcome="fail",
                    why=check.why,
                    rows=failing,
                    statements=list(check.statements),
                )
            )
    return lines


def _flags(book: Rulebook, row: dict[str, Any]) -> list[Verdict]:
    held = [r for _, flags in book.assembly.flags for r in flags.rows if r.flag in (row.get(flags.name) or ())]
    held.sort(key=lambda r: not r.first)
    return [Verdict(value=r.flag, title=r.flag.replace("_", " "), say=default_words(book, r.say)) for r in held]


def _verdict(decision: Decision, row: dict[str, Any]) -> Verdict:
    value = row.get(decision.name)
    meaning = decision.meaning.get(str(value))
    details = {c: row.get(c) for c in decision.columns}
    reason = next((decision.reasons[v] for v in details.values() if v in decision.reasons), "")
    return Verdict(
        value=value,
        title=meaning.title if meaning else str(value),
        when=meaning.when if meaning else "",
        text=meaning.text if meaning else "",
        details=details,
        reason=reason,
    )


def _child_rows(results: Results, book: Rulebook, record_id: str) -> list[ChildLine]:
    lines = []
    for table in book.assembly.tables.values():
        if table.parent is None or not (results.path / f"{table.plural}.parquet").exists():
            continue
        decision = next((d for _, d in book.assembly.decisions if d.level == table.name), None)
        query = f"SELECT * FROM {results.source(table.plural)} WHERE {identifier(table.key[0])} = ?"
        for row in results.fetch_records(query, [record_id]):
            checks = [
                CheckLine(code=c.code, title=c.title, severity=c.severity, required=True, outcome=str(row[c.name]))
                for c in book.checks(table.name)
                if row.get(c.name) in ("fail", "unknown", "pass")
            ]
            lines.append(
                ChildLine(
                    table=table.name,
                    name=" ".join(str(row[k]) for k in table.key[1:]),
                    values={n: row.get(n) for n in table.listed},
                    decision=_verdict(decision, row) if decision else None,
                    notes=[],
                    checks=checks,
                )
            )
    return lines
