"""Evaluates a few records in memory and returns every value asked for."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from socialrules.compiler import compile_rulebook
from socialrules.engine import Run, Settings
from socialrules.errors import InputError
from socialrules.rulebook import Rulebook
from socialrules.semantics import Key
from socialrules.sqltext import identifier

Row = dict[str, Any]


def evaluate(
    rulebook: Rulebook,
    records: Mapping[str, Sequence[Mapping[str, Any]]],
    wanted: Mapping[str, Iterable[Key]],
    as_of: dt.date,
) -> tuple[dict[str, list[Row]], list[Row]]:
    """The wanted facts and terms of some records.

    Args:
        rulebook: the rules.
        records: rows per table, by the table's plural. Lists are lists, dates texts or dates.
        wanted: per table, which facts and terms to return.
        as_of: the day of the run.

    Returns:
        Rows per table (by the table's name), in input order, with the wanted names and ``row``;
        children also have ``parent_row``. And the rejects, as in ``rejects.parquet``.
    """
    program = compile_rulebook(rulebook, {t: list(keys) for t, keys in wanted.items()})
    with tempfile.TemporaryDirectory(prefix="socialrules-") as folder:
        work = Path(folder)
        given = {}
        for plural, rows in records.items():
            if rows:
                path = work / f"{plural}.jsonl"
                path.write_text("".join(json.dumps(_plain(r), default=str) + "\n" for r in rows), encoding="utf-8")
                given[plural] = path
        if rulebook.root.plural not in given:
            raise InputError(f"There is no record for {rulebook.root.plural}.")
        with Run(rulebook, Settings(as_of, threads=1), work, program) as run:
            plan = run.open(given)
            run.prepare(plan)
            run.check_rejected(run.counts())
            run.run_part(plan, 0)
            tables = {}
            for table in wanted:
                step = program.last_step(table)
                assert step is not None
                parent = "" if rulebook.assembly.tables[table].parent is None else "parent_row, "
                names = ", ".join(["row", *(identifier(n) for _, n in program.wanted[table])])
                tables[table] = _fetch(run, f"SELECT {parent}{names} FROM {step.table} ORDER BY {parent}row")
            rejects = _fetch(run, 'SELECT * FROM rejects ORDER BY "table", row, "column"')
    return tables, rejects


def _plain(record: Mapping[str, Any]) -> dict[str, Any]:
    return {k: (sorted(v) if isinstance(v, set | frozenset) else v) for k, v in record.items() if v is not None}


def _fetch(run: Run, query: str) -> list[Row]:
    cursor = run.con.execute(query)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
