"""One run: its connection, its inputs, and the evaluation of its parts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from socialrules.compiler import Program, Step, compile_rulebook, matching_columns, reading_program
from socialrules.definitions import python_column
from socialrules.errors import InputError, MappingError, ThresholdError, UsageError
from socialrules.expressions import CONFIG
from socialrules.lock import lock
from socialrules.memory import memory_bytes, most_threads, part_rows
from socialrules.plan import NOT_CLEAN, Plan, settings_for
from socialrules.pythonchecks import call_checks
from socialrules.queries import number_of
from socialrules.rulebook import Rulebook
from socialrules.shards import WHOLE, Shard
from socialrules.sources.answers import ANSWERS, Answers, lay_answers, record_statements
from socialrules.sources.damage import damage_among
from socialrules.sources.discovery import RESERVED
from socialrules.sources.inputs import Input, one_workbook, open_input, sorted_input
from socialrules.sources.layout import FOUND
from socialrules.sources.mapped import apply_mapping
from socialrules.sources.mapping import Mapping as MappingFile
from socialrules.sources.reader import TableReader, open_reader
from socialrules.sources.rows import sort_statements, undo_statements
from socialrules.sources.staging import blames_source, first_line
from socialrules.sources.workbooks import filled_sheets, table_sheets

MOST_THREADS = 256
"""More than any machine this runs on has; DuckDB would start whatever number it is told."""

CANNOT_COMPUTE = (duckdb.ConversionException, duckdb.InvalidInputException, duckdb.OutOfRangeException)
"""What DuckDB raises where an expression meets a value that it is not for."""

MOST_READ = 1.5
"""A child's rows are sorted first where reading them part by part would read them more often than this."""


@dataclass(frozen=True)
class Settings:
    """How a run is done, beside what is scored and by which rules.

    Attributes:
        as_of: the day of the run; it fills a missing ``as_of`` date.
        keep: columns of the inputs to carry into the results.
        columns: patterns of the result columns to write; only what they need is read. Empty: all.
        max_rejected: largest share of the rows of a table that may be left out, 0 to 1; None: any.
        threads: cores to use; None: all.
        memory_limit: as DuckDB writes it, e.g. ``4GB``; None: DuckDB's default.
        part_rows: records of the root table per part; None: as many as the memory allows.
        shard: which of the records are scored; None: all.
    """

    as_of: dt.date
    keep: Sequence[str] = ()
    columns: Sequence[str] = ()
    max_rejected: float | None = None
    threads: int | None = None
    memory_limit: str | None = None
    part_rows: int | None = None
    shard: Shard | None = None


@dataclass
class Counts:
    """What happened to the rows of one table."""

    rows: int = 0
    scored: int = 0
    left_out: int = 0
    ignored_columns: list[str] = field(default_factory=list)


class Run:
    """One run's connection, inputs and plan. Use as a context manager.

    ``inputs`` are what is scored, ``sources`` what they were before a mapping. With ``reads_only`` every
    fact is read and checked, and no rule evaluated.
    """

    def __init__(
        self,
        rulebook: Rulebook,
        settings: Settings,
        work: Path,
        program: Program | None = None,
        *,
        reads_only: bool = False,
    ) -> None:
        self.rulebook, self.settings, self.work = rulebook, settings, work
        self._program, self._reads_only = program, reads_only
        self._all_clean = False
        self._mapping: Path | None = None
        self.spill = work / "spill"
        self.inputs: dict[str, Input] = {}
        self.answers: Answers | None = None
        self.readers: dict[str, TableReader] = {}
        self.sources: dict[str, Input] = {}
        self.con = _connect(settings, self.spill)

    @property
    def program(self) -> Program:
        """The compiled rules; there once the inputs are open."""
        assert self._program is not None
        return self._program

    def __enter__(self) -> Run:
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        self.con.close()
        if isinstance(error, duckdb.Error) and blames_source(error):
            damaged = damage_among(self.inputs.values())
            if damaged is not None:
                raise damaged from None
            if self._mapping is not None and isinstance(error, CANNOT_COMPUTE):
                raise MappingError(
                    f"{self._mapping}: an expression cannot be computed for one of the rows: {first_line(error)}."
                ) from None

    def open(self, given: Mapping[str, Any], mapping: MappingFile | None = None, answers: Any = None) -> Plan:
        """Opens the inputs and plans the run.

        Args:
            given: by plural of the table, a path, glob, folder, table or frame. The root table's is needed.
            mapping: how the inputs' columns become facts.
            answers: answers that came in later, in any form that an input can have.

        Raises:
            InputError: an input is missing, unreadable, empty, or has no column that every row needs.
        """
        tables = self.rulebook.assembly.tables
        root = self.rulebook.root
        self._mapping = mapping.path if mapping else None
        keys = {t.plural: t.key[0] for t in tables.values()}
        for name, source in self._with_sheets(given, mapping).items():
            if source is not None:
                layout = mapping.layouts.get(name, FOUND) if mapping else FOUND
                others = [p for p in keys if p != name]
                opened = open_input(self.con, source, name, self.work, layout, keys.get(name, ""), others)
                self.inputs[name] = self.sources[name] = opened
        for statement in settings_for(sum(source.rows for source in self.inputs.values())):
            self.con.execute(statement)
        came_later = None
        if answers is not None:
            layout = mapping.layouts.get(ANSWERS, FOUND) if mapping else FOUND
            came_later = open_input(self.con, answers, ANSWERS, self.work, layout, root.key[0])
        every = [*self.inputs.values(), *([came_later] if came_later else [])]
        # Nothing that a rulebook or mapping says is run before this.
        lock(self.con, [f.path for source in every for f in source.files], self.work)
        if mapping is not None or any(source.codebook for source in self.inputs.values()):
            self.inputs = apply_mapping(self.con, mapping, self.inputs, tables, self.work, self.settings.keep)
        if root.plural not in self.inputs:
            raise InputError(f"There is no input for {root.plural}.")
        if self.inputs[root.plural].rows == 0:
            raise InputError(f"{root.plural}: {self.inputs[root.plural].shown[0]} holds no rows.")
        if came_later is not None:
            assembly, as_of = self.rulebook.assembly, self.settings.as_of.isoformat()
            by_point = mapping is not None and any(
                said.section.thousands == "." or said.section.decimal == "," for said in mapping.sources.values()
            )
            self.inputs, self.answers = lay_answers(
                self.con, came_later, self.inputs, tables, assembly.lookups, as_of, self.work, by_point
            )
        self._check_kept()
        if self._program is None:
            absent = frozenset(t.name for t in tables.values() if t is not root and t.plural not in self.inputs)
            self._program = (
                reading_program(self.rulebook, absent)
                if self._reads_only
                else _compiled(self.rulebook, self.settings.columns, absent)
            )
        lookups = self.rulebook.assembly.lookups
        for table in tables.values():
            self.readers[table.name] = open_reader(
                self.con,
                table,
                self.inputs.get(table.plural),
                lookups,
                self.settings.as_of.isoformat(),
                self.settings.keep,
            )
            if not self.program.whole:
                self.readers[table.name].narrow(self.program)
            self._name_kept(self.readers[table.name])
        rows = self.settings.part_rows or part_rows(self.settings.memory_limit)
        return Plan(self.program, self.readers, self.work / "result", rows, self.settings.shard or WHOLE)

    def _with_sheets(self, given: Mapping[str, Any], mapping: MappingFile | None) -> dict[str, Any]:
        """The inputs, and of a workbook for the root table alone the sheets of other tables.

        These are called like the tables, or as the mapping says.
        """
        root = self.rulebook.root.plural
        book = one_workbook(given.get(root), root)
        if book is None:
            return dict(given)
        made = {entry.table for entry in mapping.tables if entry.source != entry.table} if mapping else set()
        free = [p for p in (t.plural for t in self.rulebook.assembly.tables.values()) if given.get(p) is None]
        told = {name: layout.sheet for name, layout in mapping.layouts.items()} if mapping else {}
        found = table_sheets(book, root, [p for p in free if p not in made], told)
        return {**given, **{name: [book] for name in found}}

    def unread_sheets(self) -> list[tuple[Path, str]]:
        """The sheets of the workbooks among the inputs that hold something and that no table was read from."""
        opened = [*self.sources.values(), *([self.answers.source] if self.answers else [])]
        placed = [pair for source in opened for pair in zip(source.originals, source.places, strict=False)]
        read = {(file, place.sheet) for file, place in placed}
        found: list[tuple[Path, str]] = []
        for file in dict.fromkeys(file for file, _ in placed):
            others = dict.fromkeys(name for other, place in placed if other == file for name in place.others)
            free = [name for name in others if (file, name) not in read]
            found += [(file, name) for name in filled_sheets(file, free, file.name)] if free else []
        return found

    def _check_kept(self) -> None:
        columns = {c for source in self.inputs.values() for c in source.columns}
        for name in self.settings.keep:
            if name in RESERVED:
                raise UsageError(f"--keep {name}: reading needs this name for itself; rename the column.")
            if name not in columns:
                raise UsageError(f"--keep {name}: no input has a column of that name.")

    def _name_kept(self, reader: TableReader) -> None:
        """A kept column must not have the name of a result; a fact that is written anyway is not kept twice."""
        table = reader.table
        if not table.result:
            return
        made = {n.lower() for _, n in self.program.wanted.get(table.name, ())}
        written = made | {table.key[0], "source_file", "source_row"}
        facts = {f.name for f in table.facts}
        for column in [c for c in reader.kept if c.strip().lower() in written]:
            if column.strip() not in facts:
                raise UsageError(
                    f"--keep {column}: {table.plural} in the results have a column of that name already; "
                    f"rename the one of the input."
                )
            reader.kept.remove(column)

    def prepare(self, plan: Plan) -> None:
        """Finds the rows that stay, and where each part's child rows lie."""
        for statement in plan.prepare():
            self.con.execute(statement)
        if self.answers is not None:
            for statement in record_statements(self.answers, self.readers, plan.shard, plan.rows):
                self.con.execute(statement)
        self._find_ranges(plan)
        scattered = [level for level in plan.child_ranges if self._is_scattered(plan, level)]
        if scattered:
            for level in scattered:
                self._sort_children(plan, level)
            for statement in (*undo_statements(self.readers), *plan.stay()):
                self.con.execute(statement)
            self._find_ranges(plan)

    def _find_ranges(self, plan: Plan) -> None:
        for level, reader in self.readers.items():
            if reader.table.parent is not None and reader.source is not None:
                ranges = self.con.execute(
                    f"SELECT part, min(first), max(last) + 1 FROM parts_{level} GROUP BY part"
                ).fetchall()
                plan.child_ranges[level] = {int(p): (int(a), int(b)) for p, a, b in ranges}

    def _is_scattered(self, plan: Plan, level: str) -> bool:
        """Whether the parts of a child's rows overlap so much that sorting them first is cheaper."""
        source = self.readers[level].source
        read = sum(high - low for low, high in plan.child_ranges[level].values())
        return source is not None and plan.parts > 1 and read > MOST_READ * source.rows

    def _sort_children(self, plan: Plan, level: str) -> None:
        reader = self.readers[level]
        assert reader.source is not None
        target = self.work / f"{reader.table.plural}-sorted.parquet"
        for statement in sort_statements(self.readers[self.rulebook.root.name], reader, plan.part_rows, str(target)):
            self.con.execute(statement)
        reader.source = sorted_input(reader.source, target)

    def counts(self) -> dict[str, Counts]:
        """Rows in and left out, per table with an input; over all shards."""
        found = {}
        for level, reader in self.readers.items():
            if reader.source is not None:
                left_out = self._number(f"SELECT count(*) FROM left_out_{level}")
                rows = reader.source.rows
                found[reader.table.plural] = Counts(rows, rows - left_out, left_out, reader.ignored)
        return found

    def shard_counts(self, plan: Plan) -> dict[str, Counts]:
        """Rows in and left out, per table with an input, of this shard; those of all shards add up to ``counts``."""
        if plan.shard.is_whole:
            return self.counts()
        found = {}
        for level, reader in self.readers.items():
            if reader.source is not None:
                left_out = self._number(plan.left_out(reader))
                if reader.table.parent is None:
                    scored = plan.rows[1] - plan.rows[0] - left_out
                else:
                    scored = self._number(f"SELECT sum(rows) FROM parts_{level}")
                found[reader.table.plural] = Counts(scored + left_out, scored, left_out, reader.ignored)
        return found

    def check_rejected(self, plan: Plan, counts: Mapping[str, Counts]) -> None:
        """Stops a run that would leave out too much, or everything; every shard of it stops, or none.

        Raises:
            InputError: no row of the root table can be scored.
            ThresholdError: the share left out of a table is above ``max_rejected``.
        """
        for reader in self.readers.values():
            if reader.table.plural in counts and counts[reader.table.plural].left_out:
                self.con.execute(plan.rejected_rows(reader))
        root = counts[self.rulebook.root.plural]
        self._all_clean = plan.in_one_step and root.left_out == 0
        if root.scored == 0:
            name = self.rulebook.root.plural
            raise InputError(f"{name}: none of the {root.rows:,} rows can be scored; every one lacks a usable key.")
        limit = self.settings.max_rejected
        for table, count in counts.items():
            share = count.left_out / count.rows if count.rows else 0.0
            if limit is not None and share > limit:
                raise ThresholdError(
                    f"{table}: {count.left_out:,} of {count.rows:,} rows ({share:.1%}) had to be left out, "
                    f"more than the {limit:.1%} that --max-rejected allows."
                )

    def run_part(self, plan: Plan, number: int) -> None:
        """Evaluates one part, up to the last table of every level."""
        for step in self.program.steps:
            for statement in plan.step(step, number):
                self.con.execute(statement)
            if step.number == 0 and self.readers[step.level].source is not None:
                self._reread(plan, step, number)
            if step.number == 0 and step.level in self.program.functions:
                self._call_functions(step)

    def read_part(self, plan: Plan, number: int) -> None:
        """Reads one part and collects its rejects; of the rules, only those between cells are evaluated."""
        for step in self.program.steps:
            if step.number == 0:
                for statement in plan.step(step, number):
                    self.con.execute(statement)
                if self.readers[step.level].source is not None:
                    self._reread(plan, step, number)

    def run_at_once(self, plan: Plan, number: int) -> bool:
        """Reads, evaluates and writes a part in one statement, where that can be.

        FALSE where the rules need more than one step, a row is left out, or a cell is odd, a data
        error or worth a remark: then nothing is written, and the part takes the way that can tell
        them apart.
        """
        if not self._all_clean:
            return False
        try:
            self.con.execute(plan.at_once(number))
        except duckdb.Error as error:
            if NOT_CLEAN not in str(error):
                raise
            # Where one part holds such a cell others do; trying costs what it read until then.
            self._all_clean = False
            return False
        return True

    def _call_functions(self, step: Step) -> None:
        """Calls the Python checks of a level on the facts of a part."""
        checks = self.program.functions[step.level]
        if not self._number(f"SELECT count(*) FROM {step.table}"):
            # No rows, nothing to ask: a function need not know what an empty array is.
            columns = ", ".join(f"NULL::BOOLEAN AS {python_column(c)}" for c in checks)
            self.con.execute(
                f"CREATE OR REPLACE TEMP TABLE python_{step.level} AS SELECT row, {columns} FROM {step.table}"
            )
            return
        facts = sorted({n for c in checks if c.python for n in c.python.reads})
        self.con.complete()
        rows = self.con.sql(
            f"SELECT {', '.join(['row', *(self.program.shown(step.level, f) for f in facts)])} FROM {step.table}"
        ).to_arrow_table()
        answers = call_checks(checks, rows)
        self.con.register("python_answers", answers)
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE python_{step.level} AS SELECT * FROM python_answers")
        self.con.unregister("python_answers")

    def _reread(self, plan: Plan, step: Step, number: int) -> None:
        """Reads odd rows leniently and collects rejects, where there are any."""
        first, *rest = [*plan.odd_rows(step, number)] or [""]
        if first:
            self.con.execute(first)
            if self._number(f"SELECT count(*) FROM {step.level}_odd"):
                for statement in rest:
                    self.con.execute(statement)
        self.con.execute(plan.flagged(step.level))
        if self._number(f"SELECT count(*) FROM {step.level}_flagged"):
            self.con.execute(plan.rejected_cells(self.readers[step.level], number))

    def _number(self, query: str) -> int:
        return number_of(self.con, query)


def _compiled(rulebook: Rulebook, columns: Sequence[str], absent: frozenset[str]) -> Program:
    if not columns:
        return compile_rulebook(rulebook, absent=absent)
    return compile_rulebook(rulebook, matching_columns(rulebook, columns), whole=False, absent=absent)


def _connect(settings: Settings, spill: Path) -> duckdb.DuckDBPyConnection:
    spill.mkdir(parents=True, exist_ok=True)
    config: dict[str, Any] = {**CONFIG, "preserve_insertion_order": "false", "temp_directory": str(spill)}
    if settings.threads is not None:
        if not 1 <= settings.threads <= MOST_THREADS:
            raise UsageError(f"--threads must be between 1 and {MOST_THREADS}, not {settings.threads}.")
        config["threads"] = settings.threads
    if settings.memory_limit is not None:
        config["memory_limit"] = f"{memory_bytes(settings.memory_limit) // 1000}KB"
    con = duckdb.connect(config=config)
    con.execute("SET enable_progress_bar = FALSE")
    # Threads that read ahead are for files far away: here they gain no time and hold memory.
    con.execute("SET async_threads = 0")
    if settings.memory_limit is not None and settings.threads is None:
        cores = number_of(con, "SELECT current_setting('threads')")
        con.execute(f"SET threads = {most_threads(settings.memory_limit, cores)}")
    return con
