"""Runs a plan: from inputs to a result folder that appears whole or not at all."""

from __future__ import annotations

import contextlib
import datetime as dt
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from socialrules.compiler import Program, Step, compile_rulebook, matching_columns
from socialrules.definitions import python_column
from socialrules.errors import InputError, ThresholdError, UsageError
from socialrules.expressions import CONFIG, is_utf8
from socialrules.folders import check_free, publish, work_folder
from socialrules.hashes import value_hash
from socialrules.interrupts import interruptible
from socialrules.lock import lock
from socialrules.manifest import write_manifest
from socialrules.memory import memory_bytes, most_threads, part_rows
from socialrules.plan import NOT_CLEAN, Plan, copy_rejects
from socialrules.pythonchecks import call_checks
from socialrules.quoting import text
from socialrules.rulebook import Rulebook
from socialrules.shards import WHOLE, Shard
from socialrules.sources.damage import damage_among
from socialrules.sources.discovery import RESERVED
from socialrules.sources.fingerprints import Fingerprints, check_unchanged
from socialrules.sources.inputs import Input, open_input, sorted_input
from socialrules.sources.mapping import Mapping as MappingFile
from socialrules.sources.mapping import apply_mapping
from socialrules.sources.reader import TableReader, open_reader
from socialrules.sources.rows import sort_statements, undo_statements
from socialrules.troubles import plain

MOST_THREADS = 256
"""More than any machine this runs on has; DuckDB would start whatever number it is told."""

MOST_READ = 1.5
"""A child's rows are sorted first where reading them part by part would read them more often than this."""

FEW_ROWS = 50_000
SLOW_OPTIMIZERS = "statistics_propagation,common_subexpressions,projection_placement,join_order"
"""With few rows these take longer than they save: planning is most of the work then."""

Opened = Callable[["Run"], None]
"""Called once the inputs of a run are open, before anything is read from them."""

Progress = Callable[[int, int], None]
"""Called with the number of parts done and of all parts."""


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
    """One run's connection, inputs and plan. Use as a context manager."""

    def __init__(self, rulebook: Rulebook, settings: Settings, work: Path, program: Program | None = None) -> None:
        self.rulebook, self.settings, self.work = rulebook, settings, work
        self._program = program
        self._all_clean = False
        self.spill = work / "spill"
        self.inputs: dict[str, Input] = {}
        self.readers: dict[str, TableReader] = {}
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
        if isinstance(error, duckdb.Error) and not isinstance(error, duckdb.InterruptException):
            damaged = damage_among(self.inputs.values())
            if damaged is not None:
                raise damaged from None

    def open(self, given: Mapping[str, Any], mapping: MappingFile | None = None) -> Plan:
        """Opens the inputs and plans the run.

        Args:
            given: by plural of the table, a path, glob, folder, table or frame. The root table's is needed.
            mapping: how the inputs' columns become facts.

        Raises:
            InputError: an input is missing, unreadable, empty, or has no column that every row needs.
        """
        tables = self.rulebook.assembly.tables
        root = self.rulebook.root
        for name, source in given.items():
            if source is not None:
                self.inputs[name] = open_input(self.con, source, name, self.work)
        if sum(source.rows for source in self.inputs.values()) < FEW_ROWS:
            self.con.execute(f"SET disabled_optimizers = {text(SLOW_OPTIMIZERS)}")
        # Nothing that a rulebook or mapping says is run before this.
        lock(self.con, [f.path for source in self.inputs.values() for f in source.files], self.work)
        if mapping is not None:
            self.inputs = apply_mapping(self.con, mapping, self.inputs, tables, self.work, self.settings.keep)
        if root.plural not in self.inputs:
            raise InputError(f"There is no input for {root.plural}.")
        if self.inputs[root.plural].rows == 0:
            raise InputError(f"{root.plural}: {self.inputs[root.plural].shown[0]} holds no rows.")
        self._check_kept()
        if self._program is None:
            absent = frozenset(t.name for t in tables.values() if t is not root and t.plural not in self.inputs)
            self._program = _compiled(self.rulebook, self.settings.columns, absent)
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
        plan = Plan(self.program, self.readers, self.work / "result", rows, self.settings.shard or WHOLE)
        self._all_clean = plan.in_one_step
        return plan

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

    def check_rejected(self, counts: Mapping[str, Counts]) -> None:
        """Stops a run that would leave out too much, or everything; every shard of it stops, or none.

        Raises:
            InputError: no row of the root table can be scored.
            ThresholdError: the share left out of a table is above ``max_rejected``.
        """
        for reader in self.readers.values():
            if reader.source is not None and self._number(f"SELECT count(*) FROM left_out_{reader.table.name}"):
                self.con.execute(
                    Plan(self.program, self.readers, self.work, shard=self.settings.shard or WHOLE).rejected_rows(
                        reader
                    )
                )
        root = counts[self.rulebook.root.plural]
        self._all_clean = self._all_clean and root.left_out == 0
        if root.scored == 0:
            raise InputError(
                f"{self.rulebook.root.plural}: none of the {root.rows:,} rows can be scored; every one lacks a usable key."
            )
        limit = self.settings.max_rejected
        for table, count in counts.items():
            if limit is not None and count.rows and count.left_out / count.rows > limit:
                raise ThresholdError(
                    f"{table}: {count.left_out:,} of {count.rows:,} rows ({count.left_out / count.rows:.1%}) had to be left out, "
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
        row = self.con.execute(query).fetchone()
        return int(row[0]) if row and row[0] is not None else 0


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
    if settings.memory_limit is not None and settings.threads is None:
        row = con.execute("SELECT current_setting('threads')").fetchone()
        con.execute(f"SET threads = {most_threads(settings.memory_limit, int(row[0]) if row else 1)}")
    return con


def score_to_folder(
    rulebook: Rulebook,
    given: Mapping[str, Any],
    out: Path,
    settings: Settings,
    *,
    mapping: MappingFile | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
    opened: Opened | None = None,
) -> Path:
    """Scores inputs into a result folder.

    Args:
        rulebook: the rules.
        given: an input per table, by the table's plural.
        out: the result folder. It appears whole at the end, or not at all.
        settings: how the run is done.
        mapping: how the inputs' columns become facts.
        overwrite: replace an older result folder.
        progress: told after every part.
        opened: may narrow the inputs before anything is read from them.

    Raises:
        UsageError: OUT exists and ``overwrite`` is not set, or another run is writing it.
        InputError: see ``Run.open``; or an input changed, was replaced or went away during the run.
        OutputError: the results cannot be written: the disk is full, the folder is read-only.
        ThresholdError: more rows were left out than allowed; the rejects lie in ``OUT.rejects.parquet``.
        KeyboardInterrupt: a signal asked to stop.
    """
    started = time.perf_counter()
    if not is_utf8(str(out.absolute())):
        raise UsageError(f"The name {str(out.absolute())!r} is not valid UTF-8; rename the folder, or choose another.")
    with work_folder(out) as work:
        check_free(out, overwrite)
        with (
            Run(rulebook, settings, work) as run,
            _told_plainly(run, out),
            contextlib.closing(Fingerprints()) as fingerprints,
            interruptible(run.con.interrupt),
        ):
            plan = run.open(given, mapping)
            _check_apart(run, out)
            if opened:
                opened(run)
            read = [s for source in run.inputs.values() for s in source.stamps.items()]
            fingerprints.start(read if mapping is None else [*read, (mapping.path, mapping.stamp)])
            for table in rulebook.assembly.tables.values():
                if table.result:
                    (plan.folder / table.plural).mkdir(parents=True)
            run.prepare(plan)
            counts = run.counts()
            _check_share(run, counts, out)
            hashes, written = _score_parts(run, plan, progress)
            own = run.shard_counts(plan)
            check_rows(written, own)
            _write_rejects(run, plan.folder / "rejects.parquet")
            rejects = value_hash(run.con, plan.folder / "rejects.parquet", place="file")
            _flatten(plan)
            found = fingerprints.collect()
            digests = {name: [found[path] for path in source.originals] for name, source in run.inputs.items()}
            seconds = time.perf_counter() - started
            write_manifest(run, plan, own, digests, hashes, rejects, seconds, mapping)
            publish(plan.folder, out, work, overwrite)
    return out


@contextlib.contextmanager
def _told_plainly(run: Run, out: Path) -> Iterator[None]:
    """Raises what goes wrong in the block as an error that a user understands."""
    try:
        yield
    except (duckdb.Error, OSError, MemoryError, InputError) as error:
        # A file that changes while it is read can fail in any way: then that is what to say.
        check_unchanged(s for source in run.inputs.values() for s in source.stamps.items())
        told = plain(error, out, run.settings.memory_limit)
        if told is None:
            raise
        raise told from None


def _check_apart(run: Run, out: Path) -> None:
    """An input inside OUT would go with the older OUT."""
    for source in run.inputs.values():
        inside = next((p for p in source.originals if p.resolve().is_relative_to(out.resolve())), None)
        if inside is not None:
            raise UsageError(f"{inside} lies in {out}, which would be replaced. Choose another name for the results.")


def _check_share(run: Run, counts: Mapping[str, Counts], out: Path) -> None:
    try:
        run.check_rejected(counts)
    except ThresholdError as error:
        target = out.with_name(out.name + ".rejects.parquet")
        # The connection may write to the work folder only.
        _write_rejects(run, run.work / "rejects.parquet")
        (run.work / "rejects.parquet").replace(target)
        raise ThresholdError(f"{error} The rejects lie in {target}.") from None


def check_rows(written: Mapping[str, int], counts: Mapping[str, Counts]) -> None:
    """Stops a run that lost a row or made one up: better no result than one that is short.

    Args:
        written: rows of each result table.
        counts: what was to be scored.

    Raises:
        InputError: the two differ.
    """
    for table, rows in written.items():
        scored = counts[table].scored if table in counts else 0
        if rows != scored:
            raise InputError(
                f"{table}: {scored:,} rows were to be scored, and {rows:,} came out. This should not happen: "
                f"please report it, with the command you ran. Nothing was written."
            )


def _score_parts(run: Run, plan: Plan, progress: Progress | None) -> tuple[dict[str, int], dict[str, int]]:
    """Evaluates and writes every part; returns the value hash of each result table, and its number of rows."""
    hashes: dict[str, int] = {}
    written: dict[str, int] = {}
    for done, number in enumerate(plan.numbers, 1):
        at_once = run.run_at_once(plan, number)
        if not at_once:
            run.run_part(plan, number)
        for plural, target, copy in plan.results(number):
            if not (at_once and plural == run.rulebook.root.plural):
                run.con.execute(copy)
            value, rows = value_hash(run.con, target, written.get(plural, 0))
            hashes[plural] = hashes.get(plural, 0) ^ value
            written[plural] = written.get(plural, 0) + rows
        if progress:
            progress(done, plan.parts)
    return hashes, written


def rejects_query(book: Rulebook, target: Path) -> str:
    """The statement that writes the rejects, in order."""
    return copy_rejects(book.root.key[0], target)


def _write_rejects(run: Run, target: Path) -> None:
    run.con.execute(rejects_query(run.rulebook, target))


def _flatten(plan: Plan) -> None:
    """A table of one part is a file, not a folder."""
    for table in plan.program.rulebook.assembly.tables.values():
        folder = plan.folder / table.plural
        parts = sorted(folder.glob("*.parquet")) if table.result and folder.is_dir() else []
        if len(parts) == 1:
            part = parts[0].rename(plan.folder / f"{table.plural}.tmp")
            folder.rmdir()
            part.rename(plan.folder / f"{table.plural}.parquet")
        elif parts:
            folder.rename(plan.folder / f"{table.plural}.parquet")
        elif folder.is_dir():
            folder.rmdir()
