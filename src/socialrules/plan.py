"""The statements of a run, in order: the same ones whether they are run or printed.

A run goes through the root table in parts of ``PART_ROWS`` records. For every part the steps of the
program run one after the other, each making a temporary table; then the result of each level is
written to a file of its own, sorted. The parts of a shard are those of the whole run, the first and
the last cut where the shard begins and ends: so shards are put together by putting files together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from socialrules.compiler import OUTCOME_TYPE, Program, Step
from socialrules.definitions import python_column
from socialrules.model import Lookup, Table
from socialrules.quoting import constant, identifier, text, texts
from socialrules.shards import WHOLE, Shard
from socialrules.sources.reader import TableReader, sql_type
from socialrules.sources.rows import row_statements

PART_ROWS = 491_520
"""Four row groups: large enough for two cores, small enough for a laptop's memory."""

RESULT_ROW_GROUP = 122_880
FEW_ROWS = 50_000
SLOW_OPTIMIZERS = "statistics_propagation,common_subexpressions,projection_placement,join_order"
"""With few rows these take longer than they save: planning is most of the work then."""

NOT_CLEAN = "a cell asks for another reading"
TERM_TYPES = {
    "outcome": "outcome",
    "boolean": "BOOLEAN",
    "number": "DOUBLE",
    "text": "VARCHAR",
    "date": "DATE",
    "list": "VARCHAR[]",
    "null": "VARCHAR",
}
REJECT_COLUMNS = "table VARCHAR, file VARCHAR, row BIGINT, {key} VARCHAR, column VARCHAR, value VARCHAR, kind VARCHAR, reason VARCHAR"


@dataclass
class Plan:
    """What a run does, as SQL.

    Attributes:
        program: the compiled rules.
        readers: by table name, the root table's first; only tables that have an input, or that
            steps read (then without one).
        folder: where results are written.
        part_rows: records of the root table per part.
        shard: which of the records.
    """

    program: Program
    readers: Mapping[str, TableReader]
    folder: Path
    part_rows: int = PART_ROWS
    shard: Shard = WHOLE
    child_ranges: dict[str, dict[int, tuple[int, int]]] = field(default_factory=dict)

    @property
    def root(self) -> Table:
        """The root table."""
        return self.program.rulebook.root

    @property
    def rows(self) -> tuple[int, int]:
        """The first record of the root table that is scored, counted from 0, and the one after the last."""
        source = self.readers[self.root.name].source
        assert source is not None
        return self.shard.rows(source.rows)

    @property
    def numbers(self) -> range:
        """The numbers of the parts, counted over the whole run; at least one, which may have no rows."""
        return part_numbers(*self.rows, self.part_rows)

    @property
    def parts(self) -> int:
        """Number of parts."""
        return len(self.numbers)

    def prepare(self) -> Iterator[str]:
        """Types, lookups, the rows that stay."""
        yield OUTCOME_TYPE
        for lookup in self.program.rulebook.assembly.lookups.values():
            yield lookup_table(lookup)
        yield f"CREATE TEMP TABLE rejects ({self._reject_columns()})"
        yield from self.stay()

    def stay(self) -> Iterator[str]:
        """The statements that find the rows that stay, over the whole input, and where those of each part lie."""
        yield from row_statements(self.readers, self.part_rows, None if self.shard.is_whole else self.rows)

    def _reject_columns(self) -> str:
        return ", ".join(
            f"{identifier(name)} {kind}"
            for name, kind in (c.split(" ") for c in REJECT_COLUMNS.format(key=self.root.key[0]).split(", "))
        )

    def part(self, number_: int) -> Iterator[str]:
        """The statements of one part, those for odd and rejected rows included."""
        for step in self.program.steps:
            yield from self.step(step, number_)
            if step.number == 0:
                yield from self.odd_rows(step, number_)
                if self.readers[step.level].source is not None:
                    yield self.flagged(step.level)
                    yield self.rejected_cells(self.readers[step.level], number_)
                if step.level in self.program.functions:
                    columns = ", ".join(
                        f"NULL::BOOLEAN AS {python_column(c)}" for c in self.program.functions[step.level]
                    )
                    yield (
                        f"-- Python functions give these columns; a script can only leave them unknown.\n"
                        f"CREATE OR REPLACE TEMP TABLE python_{step.level} AS SELECT row, {columns} FROM {step.table}"
                    )

    def step(self, step: Step, number_: int) -> Iterator[str]:
        """The statements of one step."""
        first = self._first(step.level, number_) if step.number == 0 else ""
        yield self.program.statement(step, first)
        if step.number:
            yield f"DROP TABLE {step.level}_{step.number - 1}"

    def odd_rows(self, step: Step, number_: int) -> Iterator[str]:
        """Reads the odd rows of a first step again, leniently; nothing where all were read so."""
        reader = self.readers[step.level]
        if not reader.reads_exactly:
            return
        level, low, high = step.level, *self._range(reader, number_)
        yield f"CREATE OR REPLACE TEMP TABLE {level}_odd AS SELECT row FROM {level}_0 WHERE _odd"
        yield f"DELETE FROM {level}_0 WHERE _odd"
        lenient = self.program.select(step, reader.lenient(self.program, low, high, only_odd=True))
        yield f"INSERT INTO {level}_0 BY NAME\n{lenient}"

    def _first(self, level: str, number_: int) -> str:
        reader = self.readers[level]
        if reader.source is None:
            return reader.nothing(self.program)
        low, high = self._range(reader, number_)
        return (reader.exact if reader.reads_exactly else reader.lenient)(self.program, low, high)

    @property
    def in_one_step(self) -> bool:
        """Whether a part of clean cells can be read, evaluated and written in one statement."""
        reader = self.readers[self.root.name]
        # Many files are joined with where each begins, and a join keeps no order.
        one_file = reader.reads_exactly and reader.source is not None and len(reader.source.files) == 1
        return one_file and self.root.result and len(self.program.steps) == 1 and not self.program.functions

    def at_once(self, number_: int) -> str:
        """The one statement that scores a part of clean cells, of an input of which no row is left out.

        It fails with ``NOT_CLEAN`` at the first cell that is odd, a data error or worth a remark. It
        needs no sort: the rows come as they stand in the input.
        """
        target = self.folder / self.root.plural / part_file(number_)
        checked = f"CASE WHEN _odd OR _flagged THEN error({text(NOT_CLEAN)}) ELSE TRUE END"
        return copy_result(f"{self._at_once(number_)}\n    WHERE {checked}", target, keep_order=True)

    def _at_once(self, number_: int) -> str:
        reader = self.readers[self.root.name]
        low, high = self._range(reader, number_)
        rows = self.program.select(self.program.steps[0], reader.exact(self.program, low, high, all_stay=True))
        return f"{self._result_columns(self.root)}\n    FROM (\n{rows}\n)"

    def described(self) -> dict[str, str]:
        """By result table, a statement that gives the name and type of each of its columns; after the last part."""
        return {
            table.plural: "DESCRIBE\n"
            + (self._at_once(self.numbers[-1]) if table is self.root and self.in_one_step else self.result_query(table))
            for table in self.program.rulebook.assembly.tables.values()
            if table.result and table.name in self.program.wanted
        }

    def results(self, number_: int) -> Iterator[tuple[str, Path, str]]:
        """For every result table of a part: its name, its file, and the statement that writes it."""
        for table in self.program.rulebook.assembly.tables.values():
            if table.result and table.name in self.program.wanted:
                target = self.folder / table.plural / part_file(number_)
                yield table.plural, target, copy_result(self.result_query(table), target)

    def result_query(self, table: Table) -> str:
        """The result rows of a table, in order."""
        step = self.program.last_step(table.name)
        if step is None:
            return self._nothing(table)
        order = "row" if table.parent is None else "parent_row, row"
        return f"{self._result_columns(table)}\n    FROM {step.table}\n    ORDER BY {order}"

    def _nothing(self, table: Table) -> str:
        """No result rows, of a table that the run has no input for."""
        columns = [f"NULL::VARCHAR AS {identifier(table.key[0])}"]
        columns += [f"NULL::{self._type(table, n)} AS {identifier(n)}" for _, n in self.program.wanted[table.name]]
        columns += ["NULL::VARCHAR AS source_file", "NULL::BIGINT AS source_row"]
        return f"    SELECT {', '.join(columns)}\n    WHERE FALSE"

    def _type(self, table: Table, name: str) -> str:
        fact = next((f for f in table.facts if f.name == name), None)
        if fact is not None:
            return "VARCHAR[]" if fact.members else sql_type(fact)
        return TERM_TYPES[self.program.rulebook.definitions[table.name, name].type.kind]

    def _result_columns(self, table: Table) -> str:
        reader = self.readers[table.name]
        key = "_key" if table.parent is None else "_parent_key"
        columns = [f"{key} AS {identifier(table.key[0])}"]
        counts = {t.name for t in self.program.rulebook.assembly.tallies if t.measure == "failed"}
        columns += [
            f"{identifier(n)}::BIGINT AS {identifier(n)}"
            if n in counts and table.parent is None
            else self.program.shown(table.name, n)
            for _, n in self.program.wanted[table.name]
        ]
        columns += [f"{identifier(f'_keep_{c}')} AS {identifier(c)}" for c in reader.kept]
        columns += [f"{file_name(reader)} AS source_file", "_row AS source_row"]
        return f"    SELECT {', '.join(columns)}"

    def rejected_rows(self, reader: TableReader) -> str:
        """Adds the rows that are left out to the rejects."""
        assert reader.source is not None
        table = reader.table
        raw = [
            f"WHEN {text(n)} THEN {reader.raw_text(n)}"
            for n in reader.cells
            if n in table.key or reader.fact(n).required
        ]
        identity = reader.plain(table.key[0])
        return (
            f"INSERT INTO rejects\nSELECT {text(table.plural)}, {file_name(reader)}, _row, {identity},\n"
            f"    blame, CASE blame {' '.join(raw)} END::VARCHAR, 'row', reason\n"
            f"FROM (\n    {reader.layered(*self._listed(reader), f'JOIN left_out_{table.name} USING (row)')}\n)\n"
            f"WHERE {self._is_listed(reader)}"
        )

    def left_out(self, reader: TableReader) -> str:
        """The number of rows of a table that are left out, of those that this shard reports."""
        assert reader.source is not None
        rows = reader.source.scan(*self._listed(reader), columns=[])
        return f"SELECT count(*) FROM (\n{rows}\n) JOIN left_out_{reader.table.name} USING (row) WHERE {self._is_listed(reader)}"

    def _listed(self, reader: TableReader) -> tuple[int, int]:
        """The rows of a table among which those lie that are left out and reported by this shard."""
        assert reader.source is not None
        return self.rows if reader.table.parent is None else (0, reader.source.rows)

    def _is_listed(self, reader: TableReader) -> str:
        return "TRUE" if reader.table.parent is None else self.shard.is_listed_here()

    def flagged(self, level: str) -> str:
        """Keeps the rows of a part with a data error or a remark, before the first step's table goes."""
        rules = "".join(f", {c}" for c in self.program.rule_columns(level))
        return f"CREATE OR REPLACE TEMP TABLE {level}_flagged AS\nSELECT row{rules} FROM {level}_0 WHERE _flagged"

    def rejected_cells(self, reader: TableReader, number_: int) -> str:
        """Adds a part's unreadable and contradicting cells, and its remarks, to the rejects."""
        assert reader.source is not None
        level = reader.table.name
        found = [*reader.rejected(), *self._contradictions(reader)]
        rows = reader.layered(*self._range(reader, number_), f"JOIN {level}_flagged USING (row)")
        structs = [
            f"CASE WHEN {condition} THEN {{'c': {text(column)}, 'v': ({raw})::VARCHAR, 'k': {text(kind)}, 'r': {text(reason)}}} END"
            for condition, column, raw, kind, reason in found
        ]
        listed = f",\n{' ' * 8}".join(structs) or "NULL::STRUCT(c VARCHAR, v VARCHAR, k VARCHAR, r VARCHAR)"
        return (
            f"INSERT INTO rejects\n"
            f"SELECT {text(reader.table.plural)}, {file_name(reader)}, _row, id, found.c, found.v, found.k, found.r\nFROM (\n"
            f"    SELECT _file, _row, {reader.plain(reader.table.key[0])} AS id, unnest([\n        {listed}\n    ]) AS found\n"
            f"    FROM (\n    {rows}\n    )\n) WHERE found IS NOT NULL"
        )

    def _contradictions(self, reader: TableReader) -> Iterator[tuple[str, str, str, str, str]]:
        for flag, rule in self.program.rules_of(reader.table.name):
            for column in rule.blames:
                if column in reader.cells:
                    yield flag, column, reader.cells[column].raw, "note" if rule.note_only else "cell", rule.reason

    def _range(self, reader: TableReader, number_: int) -> tuple[int, int]:
        assert reader.source is not None
        if reader.table.parent is None:
            first, end = self.rows
            low = number_ * self.part_rows
            return max(low, first), min(low + self.part_rows, end)
        return self.child_ranges.get(reader.table.name, {}).get(number_, (0, 0))


def settings_for(rows: int) -> list[str]:
    """The statements that fit DuckDB's planning to so many rows of all inputs. It shows in the bytes of the files."""
    return [f"SET disabled_optimizers = {text(SLOW_OPTIMIZERS)}"] if rows < FEW_ROWS else []


def copy_rejects(key: str, target: Path) -> str:
    """The statement that writes the table ``rejects``, in an order that leaves nothing open."""
    return (
        f'COPY (SELECT * FROM rejects ORDER BY "table", file, row, kind DESC, "column", {identifier(key)}, reason, value) '
        f"TO {text(str(target))} (FORMAT parquet, COMPRESSION snappy)"
    )


def copy_result(query: str, target: Path, *, keep_order: bool = False) -> str:
    """The statement that writes a part of a result table. ``keep_order``: that of the input, without a sort."""
    options = f"FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE {RESULT_ROW_GROUP}"
    return f"COPY (\n{query}\n) TO {text(str(target))} ({options}{', PRESERVE_ORDER TRUE' if keep_order else ''})"


def part_file(number: int) -> str:
    """The name of the file of a part."""
    return f"part-{number:05d}.parquet"


def part_numbers(first: int, end: int, part_rows: int) -> range:
    """The parts that hold the records from ``first`` to before ``end``; one, which is empty, where there are none."""
    return range(first // part_rows, max(-(-end // part_rows), first // part_rows + 1))


def file_name(reader: TableReader) -> str:
    """SQL of the original file of a row."""
    if reader.source is None:
        return "NULL::VARCHAR"
    shown = reader.source.shown
    return text(shown[0]) if len(shown) == 1 else f"([{texts(shown)}])[_file + 1]"


def lookup_table(lookup: Lookup) -> str:
    """The statement that makes the table of a lookup: its slugs and columns."""
    columns = list(lookup.defaults)

    def value(slug: str, column: str) -> str:
        return constant(lookup.rows[slug].columns.get(column, lookup.defaults[column]))

    rows = [f"    ({', '.join([text(slug), *(value(slug, c) for c in columns)])})" for slug in lookup.rows]
    names = ", ".join(["slug", *map(identifier, columns)])
    if not rows:
        empty = ", ".join(["''", *(constant(lookup.defaults[c]) for c in columns)])
        return f"CREATE TEMP TABLE {identifier(f'lookup_{lookup.name}')} AS SELECT * FROM (VALUES ({empty})) AS t ({names}) WHERE FALSE"
    return (
        f"CREATE TEMP TABLE {identifier(f'lookup_{lookup.name}')} AS\nSELECT * FROM (VALUES\n"
        + ",\n".join(rows)
        + f"\n) AS t ({names})"
    )
