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
from socialrules.queries import columns_of
from socialrules.quoting import identifier, parquet, text
from socialrules.record import see_inputs
from socialrules.results import Results
from socialrules.rulebook import Rulebook, load_rulebook
from socialrules.sources.answers import ANSWERS
from socialrules.sources.cells import WHITESPACE, as_text
from socialrules.sources.csvfiles import stage_csv
from socialrules.sources.discovery import folder_values, format_of
from socialrules.sources.inputs import file_hash
from socialrules.sources.jsonfiles import stage_json
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
    path = Path(entry["path"])
    if not path.is_file() or file_hash(path) != entry["sha256"]:
        raise ResultError(f"the mapping {path} has gone or changed")
    return load_mapping(path, book.assembly.tables)


def inputs_of_record(
    results: Results, book: Rulebook, mapping: Mapping | None, row: dict[str, Any], record_id: str
) -> dict[str, Any]:
    """The record's own rows of every input, as Arrow tables with the types of the source."""
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
    inputs = {}
    with (
        tempfile.TemporaryDirectory(prefix="socialrules-") as folder,
        duckdb.connect() as con,
        interruptible(con.interrupt),
    ):
        for name, entry in results.manifest["inputs"].items():
            if name not in wanted and name in sources:
                continue
            pieces = []
            for number, file in enumerate(entry["files"]):
                readable = _readable(con, Path(file["path"]), name, Path(folder) / f"{name}-{number}.parquet")
                readable = _with_folders(con, readable, Path(file["path"]))
                if name not in wanted:
                    pieces.append(_rows_of(con, readable, root.key[0], record_id))
                elif places_here := [n for f, n in wanted[name] if f == file["path"]]:
                    pieces.append(_rows_at(readable, places_here))
            if pieces:
                con.complete()
                inputs[name] = con.sql(" UNION ALL BY NAME ".join(pieces)).to_arrow_table()
    return inputs


def _readable(con: duckdb.DuckDBPyConnection, file: Path, name: str, target: Path) -> str:
    """A file as SQL with ``_number``, its records counted from 1."""
    kind = format_of(file)
    if kind in ("csv", "json"):
        (stage_csv if kind == "csv" else stage_json)(con, file, name, target)
    source = parquet(file if kind == "parquet" else target, numbered=True)
    return f"SELECT * EXCLUDE (file_row_number), file_row_number + 1 AS _number FROM {source}"


def _with_folders(con: duckdb.DuckDBPyConnection, readable: str, file: Path) -> str:
    """A file with the columns that stand in the names of its folders, unless it has them itself."""
    values = folder_values(file)
    if values:
        held = {column.lower() for column in columns_of(con, f"({readable})")}
        values = {c: value for c, value in values.items() if c.lower() not in held}
    if not values:
        return readable
    columns = ", ".join(
        f"{'NULL' if value is None else text(value)}::VARCHAR AS {identifier(c)}" for c, value in values.items()
    )
    return f"SELECT *, {columns} FROM ({readable})"


def _rows_at(readable: str, numbers: list[int]) -> str:
    listed = ", ".join(str(int(n)) for n in numbers)
    return f"(SELECT * EXCLUDE (_number) FROM ({readable}) WHERE _number IN ({listed}) ORDER BY _number)"


def _rows_of(con: duckdb.DuckDBPyConnection, readable: str, key: str, record_id: str) -> str:
    own = f"trim({as_text(identifier(key), columns_of(con, f'({readable})')[key])}, {WHITESPACE}) = {text(record_id)}"
    return f"(SELECT * EXCLUDE (_number) FROM ({readable}) WHERE {own} ORDER BY _number)"


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
