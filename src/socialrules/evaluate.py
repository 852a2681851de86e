"""Evaluates a few records in memory and returns every value asked for."""

from __future__ import annotations

import datetime as dt
import json
import math
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from socialrules.compiler import compile_rulebook
from socialrules.errors import InputError
from socialrules.quoting import identifier
from socialrules.rulebook import Rulebook
from socialrules.run import Run, Settings
from socialrules.semantics import Key
from socialrules.sources.jsonfiles import HALF_CHARACTER, json_source
from socialrules.sources.mapping import Mapping as MappingFile

Row = dict[str, Any]
LARGEST_BITS = 1_000
"""Of a whole number: a double has 1,024, and longer ones take ever longer to write."""


def evaluate(
    rulebook: Rulebook,
    inputs: Mapping[str, Any],
    wanted: Mapping[str, Iterable[Key]],
    as_of: dt.date,
    mapping: MappingFile | None = None,
    answers: Any = None,
    reasons: bool = False,
) -> tuple[dict[str, list[Row]], list[Row]]:
    """The wanted facts and terms of some records.

    Args:
        rulebook: the rules.
        inputs: per table, by its plural, whatever ``open_input`` takes.
        wanted: per table, which facts and terms to return.
        as_of: the day of the run.
        mapping: how the inputs' columns become facts.
        answers: answers that came in later, whatever ``open_input`` takes.
        reasons: return the columns ``<fact>__why`` too, of the facts that have one.

    Returns:
        Rows per table (by the table's name), in input order, with the wanted names and ``row``;
        children also have ``parent_row``. And the rejects, as in ``rejects.parquet``.
    """
    program = compile_rulebook(rulebook, {t: list(keys) for t, keys in wanted.items()})
    settings = Settings(as_of, threads=1)
    with (
        tempfile.TemporaryDirectory(prefix="socialrules-") as folder,
        Run(rulebook, settings, Path(folder), program) as run,
    ):
        plan = run.open(inputs, mapping, answers)
        run.prepare(plan)
        run.check_rejected(plan, run.counts())
        run.run_part(plan, 0)
        tables = {}
        for table in wanted:
            step = program.last_step(table)
            assert step is not None
            parent = "" if rulebook.assembly.tables[table].parent is None else "parent_row, "
            names = ", ".join(["row", *(program.shown(table, n) for _, n in program.wanted[table])])
            tables[table] = _fetch(run, f"SELECT {parent}{names} FROM {step.table} ORDER BY {parent}row")
            if reasons:
                _add_reasons(run, table, tables[table])
        rejects = _fetch(run, 'SELECT * FROM rejects ORDER BY "table", row, "column"')
    return tables, rejects


def _add_reasons(run: Run, table: str, rows: list[Row]) -> None:
    """Adds to the rows of a table why their facts are missing."""
    reader = run.readers[table]
    if reader.source is None or not reader.companions:
        return
    columns = ", ".join(["row", *(f"{c.value} AS {identifier(n)}" for n, c in reader.companions.items())])
    told = {row["row"]: row for row in _fetch(run, f"SELECT {columns} FROM ({reader.layered(0, reader.source.rows)})")}
    for row in rows:
        row.update(told[row["row"]])


def as_tables(records: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    """Records as Arrow tables, by the plural of their table; empty ones are left out.

    Raises:
        InputError: a value is of a kind that no cell can hold.
    """
    tables = {}
    with tempfile.TemporaryDirectory(prefix="socialrules-") as folder:
        for plural, rows in records.items():
            if rows:
                path = Path(folder) / f"{plural}.jsonl"
                lines = (json.dumps(_plain(r, plural), ensure_ascii=False) for r in rows)
                path.write_text("\n".join(lines) + "\n", encoding="utf-8")
                with duckdb.connect() as con:
                    source = json_source(con, path, plural)
                    con.complete()
                    tables[plural] = con.sql(f"SELECT * FROM {source}").to_arrow_table()
    return tables


def _plain(record: Mapping[str, Any], plural: str) -> dict[str, Any]:
    return {name: _cell(value, f"{plural}: {name}") for name, value in record.items()}


def _cell(value: Any, where: str) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return HALF_CHARACTER.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, int):
        if value.bit_length() > LARGEST_BITS:
            raise InputError(f"{where}: the number is too large to be one.")
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(value, key=str) if isinstance(value, set | frozenset) else value
        if any(isinstance(item, list | tuple | set | frozenset) for item in items):
            raise InputError(f"{where}: a list holds values, not lists.")
        return [_cell(item, where) for item in items]
    if hasattr(value, "item"):  # a number of numpy
        return _cell(value.item(), where)
    raise InputError(f"{where}: a value of the type {type(value).__name__} cannot be read.")


def _fetch(run: Run, query: str) -> list[Row]:
    cursor = run.con.execute(query)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
