"""The questions that would settle the decisions of a result folder, and the sheet that asks them.

The inputs are read and evaluated again, part by part, because a result table does not hold the facts. What each record
needs is worked out in SQL (see ``needs``): no record goes through Python.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb

from socialrules.compiler import Program, compile_rulebook
from socialrules.errors import ResultError, UsageError
from socialrules.folders import check_no_input
from socialrules.forms import READ_ME, answer_column, lookup_of, question_of, what_is_meant
from socialrules.interrupts import interruptible
from socialrules.manifest import files_read
from socialrules.model import SEVERITIES, Decision, Fact, Table
from socialrules.needs import OPEN, Needs, Universe, closure, universe_of
from socialrules.plan import Plan
from socialrules.queries import number_of
from socialrules.quoting import identifier, text
from socialrules.results import Results
from socialrules.revisit import answers_of, inputs_of_record, mapping_of, outcomes_of_record, rulebook_of, why_not_again
from socialrules.rulebook import Rulebook
from socialrules.run import Run, Settings
from socialrules.semantics import ROWS, Key
from socialrules.shards import Shard
from socialrules.sheetcolumns import Cells, Column
from socialrules.sheets import new_file, workbook
from socialrules.sources.answers import ANSWER, ANSWERS, FACT, TABLE

MOST_ON_A_SHEET = 50_000
"""Questions that a workbook is written for: with a drop-down in each row, more of them open slowly or not at all."""

QUESTION, MEANT = "question", "what_is_meant"


@dataclass(frozen=True)
class Counted:
    """A question and how many records it is asked for."""

    fact: str
    question: str
    records: int


@dataclass(frozen=True)
class Asked:
    """A record with the questions that are to be asked about it, in order: of whom, and what."""

    id: str
    label: str | None
    decided: str | None
    questions: tuple[tuple[str, str], ...]
    more: int


class Questions:
    """All the open questions of a result folder. Use ``open_questions``.

    Attributes:
        book: the rules.
        records: how many records there are.
        open: how many of them have a question.
        total: how many questions there are.
    """

    def __init__(self, run: Run, universe: Universe, limit: int | None, read: Sequence[Path]) -> None:
        self.con, self.work, self.book, self.universe, self.limit = run.con, run.work, run.rulebook, universe, limit
        self._read = read
        con = self.con
        self.records = 0
        self.total = number_of(con, f"SELECT count(*) FROM ({self._listed()})")
        self.open = number_of(con, "SELECT count(DISTINCT place) FROM asked")

    @property
    def _child_keys(self) -> list[str]:
        """Columns that tell the rows of child tables apart, of those that are asked about."""
        levels = {row[0] for row in self.con.execute("SELECT DISTINCT level FROM asked").fetchall()}
        tables = [t for t in self.book.assembly.tables.values() if t.name in levels and t.parent]
        return list(dict.fromkeys(k for t in tables for k in t.key[1:]))

    def _listed(self) -> str:
        """All questions in order, the first ``limit`` of each record."""
        order = "rank, child IS NOT NULL, child, checks DESC, bit"
        ranked = f"SELECT *, row_number() OVER (PARTITION BY place ORDER BY {order}) AS number FROM asked JOIN facts USING (bit)"
        return f"SELECT * FROM ({ranked}){f' WHERE number <= {self.limit}' if self.limit else ''}"

    def _columns(self) -> list[tuple[str, str]]:
        """The columns of the sheet: name, and SQL over ``_listed``."""
        root = self.book.root
        own = [(root.key[0], "id"), *([(root.label, "label")] if root.label else []), (TABLE, "plural")]
        keys = [(k, f"keys[{text(k)}]") for k in self._child_keys]
        return [*own, *keys, (FACT, "fact"), (QUESTION, "question"), (MEANT, "meant"), (ANSWER, "NULL::VARCHAR")]

    def query(self) -> str:
        """SQL of the sheet, in order."""
        listed = ", ".join(f"{sql} AS {identifier(name)}" for name, sql in self._columns())
        return f"SELECT {listed} FROM ({self._listed()}) ORDER BY place, number"

    def most_asked(self, number: int) -> list[Counted]:
        """The questions that are asked for most records."""
        rows = self.con.execute(
            f"SELECT fact, any_value(question), count(DISTINCT place) AS records FROM ({self._listed()}) "
            f"GROUP BY fact, plural ORDER BY records DESC, min(bit) LIMIT {number}"
        ).fetchall()
        return [Counted(*row) for row in rows]

    def first(self, number: int, shown: int) -> list[Asked]:
        """The first records with questions, with at most ``shown`` of them each."""
        rows = self.con.execute(
            f"SELECT any_value(id), any_value(label), any_value(decided), "
            f"list([coalesce(child_name, ''), question] ORDER BY number) FROM ({self._listed()}) "
            f"GROUP BY place ORDER BY place LIMIT {number}"
        ).fetchall()
        return [
            Asked(i, label, decided, tuple((a, b) for a, b in asked[:shown]), max(0, len(asked) - shown))
            for i, label, decided, asked in rows
        ]

    def write(self, path: Path, overwrite: bool = False) -> None:
        """Writes the questions as a sheet to fill in, ``.xlsx`` or ``.csv``.

        Raises:
            UsageError: the name ends otherwise, the file exists or was an input of the run, or there are too
                many for a sheet.
            OutputError: it cannot be written.
        """
        check_no_input(path, *self._read)
        match path.suffix.lower():
            case ".csv":
                # The connection may write to its work folder only.
                written = self.work / "questions.csv"
                with new_file(path, overwrite) as target:
                    self.con.execute(f"COPY ({self.query()}) TO {text(str(written))} (FORMAT csv, HEADER TRUE)")
                    shutil.move(written, target)
            case ".xlsx":
                self._write_sheet(path, overwrite)
            case _:
                raise UsageError(f"-o {path}: the name ends in .xlsx or .csv.")

    def _write_sheet(self, path: Path, overwrite: bool) -> None:
        if self.total > MOST_ON_A_SHEET:
            raise UsageError(
                f"{path}: {self.total:,} questions are more than the {MOST_ON_A_SHEET:,} a sheet is written for; "
                f"give --limit, or write a .csv file."
            )
        root = self.book.root
        widths = {QUESTION: 60, MEANT: 48, FACT: 26, root.label: 24}
        columns = [Column(n, width=widths.get(n, 16), locked=n != ANSWER) for n, _ in self._columns()]
        columns[-1] = replace(columns[-1], width=30)
        rows = self.con.execute(self.query()).fetchall()
        names = [c.name for c in columns]
        places: dict[Key, list[int]] = {}
        tables = {t.plural: t for t in self.book.assembly.tables.values()}
        for number, row in enumerate(rows):
            cells = dict(zip(names, row, strict=True))
            places.setdefault((tables[cells[TABLE]].name, cells[FACT]), []).append(number)
        facts = dict(self.universe.facts)
        groups = [
            Cells(answer_column(self.book, self.book.assembly.tables[key[0]], facts[key], ANSWER), tuple(found))
            for key, found in places.items()
        ]
        with workbook(path, overwrite) as sheets:
            sheets.form(ANSWERS, "", columns, rows, frozen=1, cells=groups, one_page_wide=True)
            sheets.read_me(READ_ME, "Questions that are still open", _read_me(path))


def _read_me(path: Path) -> list[tuple[str, Sequence[str]]]:
    return [
        (
            "How to fill it in",
            [
                f"The sheet {ANSWERS} has one question in each row. Write or choose the answer in the last column.",
                "The most important questions about each come first.",
                "Leave an answer empty if nobody can be asked. Choose dont_know if somebody was asked and cannot say.",
                "Where several answers are possible, write them with a semicolon between them: one;another.",
            ],
        ),
        (
            "When it is done",
            [
                "Save it as it is and send it back. For whoever evaluates it: give it to the command that made the results, "
                f"with --answers {path.name} added. An answer wins over what stood there before, and the results "
                "say where it did.",
            ],
        ),
    ]


@contextlib.contextmanager
def open_questions(
    results: Results, record_id: str | None = None, limit: int | None = None, *, rulebook: Rulebook | None = None
) -> Iterator[Questions]:
    """The questions that would settle the main decision on every record of a result folder.

    Args:
        results: the result folder.
        record_id: only this record.
        limit: at most so many questions for each record.
        rulebook: use this one, which the results were made with, instead of loading what is installed.

    Raises:
        UsageError: there is no such record, or ``limit`` is no positive number.
        ResultError: the inputs or the rules are no longer those of the run.
    """
    if limit is not None and limit < 1:
        raise UsageError(f"--limit {limit}: write the number of questions for each, 1 or more.")
    book = rulebook or rulebook_of(results)
    decision = next((d for _, d in book.assembly.decisions if d.level == book.root.name), None)
    if decision is None:
        raise ResultError(
            f"{results.path}: its rules decide nothing about a {book.root.name}, so there is nothing to ask."
        )
    record = outcomes_of_record(results, book, record_id) if record_id is not None else None
    problem = why_not_again(results, book)
    if problem:
        raise ResultError(f"{problem}, so what is not known cannot be looked up. Score the inputs again, then ask.")
    mapping = mapping_of(results, book)
    as_of = dt.date.fromisoformat(results.manifest["as_of"])
    shard = results.manifest.get("shard")
    given: Mapping[str, Any]
    if record is not None and record_id is not None:
        given, shard = inputs_of_record(results, book, mapping, record, record_id), None
    else:
        elsewhere = {t.table for t in mapping.tables if t.source != t.table} if mapping else set()
        given = {
            name: [Path(file["path"]) for file in entry["files"]]
            for name, entry in results.manifest["inputs"].items()
            if name not in elsewhere
        }
    settings = Settings(as_of, shard=Shard(shard["number"], shard["of"]) if shard else None)
    universe = universe_of(book, decision)
    program = compile_rulebook(book, _wanted(book, decision, universe))
    with (
        tempfile.TemporaryDirectory(prefix="socialrules-") as folder,
        Run(book, settings, Path(folder), program) as run,
        interruptible(run.con.interrupt),
    ):
        plan = run.open(given, mapping, answers_of(results))
        run.prepare(plan)
        run.check_rejected(plan, run.counts())
        _list_facts(run.con, book, universe)
        run.con.execute(
            "CREATE TEMP TABLE asked (place BIGINT, id VARCHAR, label VARCHAR, decided VARCHAR, level VARCHAR, child BIGINT, "
            "child_name VARCHAR, keys MAP(VARCHAR, VARCHAR), bit INTEGER, rank INTEGER)"
        )
        for number in plan.numbers:
            run.run_part(plan, number)
            _ask_part(run, plan, decision, universe)
        questions = Questions(run, universe, limit, files_read(results.manifest))
        questions.records = run.shard_counts(plan)[book.root.plural].scored
        yield questions


def _wanted(book: Rulebook, decision: Decision, universe: Universe) -> dict[str, list[Key]]:
    """Per table, every value that what is needed is worked out from."""
    wanted: dict[str, list[Key]] = {}
    below = closure(book, decision)
    for name, table in book.assembly.tables.items():
        keys: list[Key] = [(name, k) for k in (*table.key, table.label) if k]
        keys += sorted(k for k in below if k[0] == name and k[1] != ROWS and not k[1].endswith("__python"))
        wanted[name] = list(dict.fromkeys(keys))
    return wanted


def _list_facts(con: duckdb.DuckDBPyConnection, book: Rulebook, universe: Universe) -> None:
    """Makes ``facts``: per bit, what is asked and in which words."""
    con.execute(
        "CREATE TEMP TABLE facts (bit INTEGER, plural VARCHAR, fact VARCHAR, question VARCHAR, meant VARCHAR, checks INTEGER)"
    )
    for bit, ((level, _), fact) in enumerate(universe.facts):
        table = book.assembly.tables[level]
        asked, meant = question_of(book, table, fact), what_is_meant(book, fact, lookup_of(book, table, fact))
        row = (bit, table.plural, fact.name, asked, meant.replace("\n", " "), _reading(book, level, fact))
        con.execute("INSERT INTO facts VALUES (?, ?, ?, ?, ?, ?)", row)


def _reading(book: Rulebook, level: str, fact: Fact) -> int:
    """How many checks read a fact themselves."""
    return sum((level, fact.name) in book.definitions[c.level, c.name].reads for c in book.checks())


def _ask_part(run: Run, plan: Plan, decision: Decision, universe: Universe) -> None:
    """Adds the questions about the records of a part to ``asked``."""
    program, root = run.program, run.rulebook.root
    children = [
        t for t in run.rulebook.assembly.tables.values() if t.parent and any(k[0] == t.name for k in universe.demanded)
    ]
    for table in children:
        run.con.execute(_child_needs(program, universe, table, root))
    run.con.execute(_root_needs(program, universe, decision, root, children))
    run.con.execute(
        f"INSERT INTO asked SELECT row, id, label, decided, {text(root.name)}, NULL, NULL, NULL, bit, {_rank()}\n"
        f"FROM asking_{root.name} JOIN facts ON plural = {text(root.plural)} AND get_bit(needed, bit) = 1"
    )
    for table in children:
        named = ", ".join(identifier(k) for k in table.key[1:])
        keys = ", ".join(f"{text(k)}: child.{identifier(k)}::VARCHAR" for k in table.key[1:])
        demanded = " | ".join(
            f"CASE WHEN get_bit(root.needed, {universe.items.index(k)}) = 1 THEN child.need_{n} ELSE {universe.nothing} END"
            for n, k in enumerate(universe.demanded)
            if k[0] == table.name
        )
        run.con.execute(
            f"INSERT INTO asked SELECT place, id, label, decided, {text(table.name)}, child, child_name, keys, bit, {_rank()} FROM (\n"
            f"    SELECT root.row AS place, id, label, decided, child.row AS child, concat_ws(' ', {named}) AS child_name,\n"
            f"        MAP {{{keys}}} AS keys, {demanded} AS needed, child.blocker, child.major\n"
            f"    FROM asking_{table.name} AS child JOIN asking_{root.name} AS root ON root.row = child.parent_row\n"
            f") JOIN facts ON plural = {text(table.plural)} AND get_bit(needed, bit) = 1"
        )


def _rank() -> str:
    return "CASE WHEN get_bit(blocker, bit) = 1 THEN 0 WHEN get_bit(major, bit) = 1 THEN 1 ELSE 2 END"


def _open_bits(universe: Universe, columns: Mapping[str, str]) -> str:
    """SQL of the facts that are not known. ``columns``: how the columns of a level begin."""
    digits = [
        f"CASE WHEN {columns[level]}{identifier(name)} IS NULL THEN '1' ELSE '0' END" if level in columns else "'0'"
        for level, name in (k for k, _ in universe.facts)
    ]
    return f"concat({', '.join([*digits, text('0' * len(universe.demanded))])})::BIT"


def _severities(needs: Needs) -> str:
    return ", ".join(f"{needs.by_severity(s)} AS {s}" for s in SEVERITIES if s != "minor")


def _child_needs(program: Program, universe: Universe, table: Table, root: Table) -> str:
    """The statement that makes ``asking_<table>``: what each row needs of every term that the root reads."""
    child, parent = program.last_step(table.name), program.last_step(root.name)
    assert child is not None and parent is not None
    needs = Needs(program, universe, table.name)
    demanded = [f"{needs.need(k)} AS need_{n}" for n, k in enumerate(universe.demanded) if k[0] == table.name]
    joined = [f"parent.{identifier(n)} AS {identifier(f'{root.name}__{n}')}" for _, n in program.wanted[root.name]]
    opened = _open_bits(universe, {table.name: "child.", root.name: "parent."})
    source = (
        f"SELECT child.*, {', '.join(joined)}, {opened} AS {OPEN}\n"
        f"FROM {child.table} AS child JOIN {parent.table} AS parent ON parent.row = child.parent_row"
    )
    keys = ", ".join(identifier(k) for k in table.key[1:])
    return (
        f"CREATE OR REPLACE TEMP TABLE asking_{table.name} AS\n"
        f"SELECT row, parent_row, {keys}, {', '.join(demanded)}, {_severities(needs)} FROM (\n{needs.query(source)}\n)"
    )


def _root_needs(
    program: Program, universe: Universe, decision: Decision, root: Table, children: Sequence[Table]
) -> str:
    """The statement that makes ``asking_<root>``: the records of a part that need something, and what."""
    step = program.last_step(root.name)
    assert step is not None
    of_root = universe.mask(universe.askable(root.name))
    from_children, joins, columns = {}, "", ["root.*"]
    for table in children:
        own = [(n, k) for n, k in enumerate(universe.demanded) if k[0] == table.name]
        added = ", ".join(f"bit_or(need_{n}) AS of_{n}" for n, _ in own)
        joins += f"\nLEFT JOIN (SELECT parent_row, {added} FROM asking_{table.name} GROUP BY ALL) AS of_{table.name} ON of_{table.name}.parent_row = root.row"
        columns += [f"coalesce(of_{n}, {universe.nothing}) AS of_{n}" for n, _ in own]
        for n, key in own:
            bits = f"{universe.mask([key])} | (of_{n} & {of_root})"
            from_children[key] = f"CASE WHEN bit_count(of_{n}) > 0 THEN {bits} ELSE {universe.nothing} END"
    needs = Needs(program, universe, root.name, from_children)
    needed = needs.need((root.name, decision.name))
    columns.append(f"{_open_bits(universe, {root.name: 'root.'})} AS {OPEN}")
    source = f"SELECT {', '.join(columns)}\nFROM {step.table} AS root{joins}"
    label = identifier(root.label) if root.label else "NULL::VARCHAR"
    return (
        f"CREATE OR REPLACE TEMP TABLE asking_{root.name} AS\n"
        f"SELECT row, {identifier(root.key[0])} AS id, {label} AS label, {identifier(decision.name)} AS decided,\n"
        f"    {needed} AS needed, {_severities(needs)} FROM (\n{needs.query(source)}\n) WHERE bit_count({needed}) > 0"
    )
