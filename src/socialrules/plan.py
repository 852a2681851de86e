"""The statements of a run, in order: the same ones whether they are run or printed.

A run goes through the root table in parts of ``PART_ROWS`` records. For every part the steps of the
program run one after the other, each making a temporary table; then the result of each level is
written to a file of its own, sorted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from socialrules.compiler import OUTCOME_TYPE, Program, Step
from socialrules.definitions import python_column
from socialrules.model import Lookup, Table
from socialrules.sources.reader import TableReader
from socialrules.sources.rows import row_statements
from socialrules.sqltext import constant, identifier, text, texts

PART_ROWS = 491_520
"""Four row groups: large enough for two cores, small enough for a laptop's memory."""

RESULT_ROW_GROUP = 122_880
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
    """

    program: Program
    readers: Mapping[str, TableReader]
    folder: Path
    part_rows: int = PART_ROWS
    child_ranges: dict[str, dict[int, tuple[int, int]]] = field(default_factory=dict)

    @property
    def root(self) -> Table:
        """The root table."""
        return self.program.rulebook.root

    @property
    def parts(self) -> int:
        """Number of parts."""
        source = self.readers[self.root.name].source
        assert source is not None
        return max(1, -(-source.rows // self.part_rows))

    def prepare(self) -> Iterator[str]:
        """Types, lookups, the rows that stay."""
        yield OUTCOME_TYPE
        for lookup in self.program.rulebook.assembly.lookups.values():
            yield lookup_table(lookup)
        yield f"CREATE TEMP TABLE rejects ({self._reject_columns()})"
        yield from row_statements(self.readers, self.part_rows)

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

    def results(self, number_: int) -> Iterator[tuple[str, Path, str]]:
        """For every result table of a part: its name, its file, and the statement that writes it."""
        for table in self.program.rulebook.assembly.tables.values():
            if table.result and self.program.last_step(table.name) is not None:
                target = self.folder / table.plural / f"part-{number_:05d}.parquet"
                copy = f"COPY (\n{self.result_query(table)}\n) TO {text(str(target))} (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE {RESULT_ROW_GROUP})"
                yield table.plural, target, copy

    def result_query(self, table: Table) -> str:
        """The result rows of a table, in order."""
        step = self.program.last_step(table.name)
        assert step is not None
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
        order = "row" if table.parent is None else "parent_row, row"
        return f"    SELECT {', '.join(columns)}\n    FROM {step.table}\n    ORDER BY {order}"

    def rejected_rows(self, reader: TableReader) -> str:
        """Adds the rows that are left out to the rejects."""
        assert reader.source is not None
        table = reader.table
        raw = [
            f"WHEN {text(n)} THEN {c.raw}" for n, c in reader.cells.items() if n in table.key or reader.fact(n).required
        ]
        identity = reader.plain(table.key[0])
        return (
            f"INSERT INTO rejects\nSELECT {text(table.plural)}, {file_name(reader)}, _row, {identity},\n"
            f"    blame, CASE blame {' '.join(raw)} END::VARCHAR, 'row', reason\n"
            f"FROM (\n    {reader.layered(0, reader.source.rows, f'JOIN left_out_{table.name} USING (row)')}\n)"
        )

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
            low = number_ * self.part_rows
            return low, min(low + self.part_rows, reader.source.rows)
        return self.child_ranges.get(reader.table.name, {}).get(number_, (0, 0))


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
