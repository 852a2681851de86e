"""From an input to typed facts: the SELECT that opens the first step of a table, and its checks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import duckdb

from socialrules.compiler import Program
from socialrules.errors import InputError
from socialrules.model import Fact, Lookup, Table
from socialrules.semantics import reads
from socialrules.sources.cells import REASONS_FOR_MISSING, Cell, can_read, cell
from socialrules.sources.inputs import Input
from socialrules.sqltext import identifier, text, texts

WHY = "__why"
SQL_TYPES = {"text": "VARCHAR", "number": "DOUBLE", "integer": "DOUBLE", "date": "DATE", "choices": "VARCHAR[]", "texts": "VARCHAR[]"}


@dataclass
class TableReader:
    """Reads one table: which column feeds which fact, and how.

    Attributes:
        table: what is read.
        source: where from; None where the run has no such input.
        cells: per fact with a column, its SQL.
        companions: per column ``<fact>__why``, its SQL.
        ignored: columns that are no fact and are left alone.
        kept: extra columns to carry into the result.
        as_of: the day of the run, ``YYYY-MM-DD``.
    """

    table: Table
    source: Input | None
    as_of: str
    cells: dict[str, Cell] = field(default_factory=dict)
    companions: dict[str, Cell] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)

    def fact(self, name: str) -> Fact:
        """A fact of the table by name."""
        return next(f for f in self.table.facts if f.name == name)

    def typed(self, program: Program, low: int, high: int) -> str:
        """The SELECT of a step's first rows: ``row``, the needed facts, and columns that begin with ``_``.

        ``_key`` (``_parent_key`` for a child) identifies the record, ``_flagged`` is TRUE where a
        cell is a data error or was read with a remark, ``_file`` and ``_row`` say where it stands.
        """
        needed = list(program.facts[self.table.name])
        blamed = {c for r in program.rulebook.assembly.consistency if r.table == self.table.name for c in r.blames}
        needed += sorted(c for c in blamed if c not in needed)
        needed += [n for n in self._compared(program) if n not in needed]
        columns = ["row", f"{self.key_sql()} AS {'_key' if self.table.parent is None else '_parent_key'}"]
        columns += [f"{self.value(n)} AS {identifier(n)}" for n in needed if self._is_own(n)]
        columns += [f"{self.flagged()} AS _flagged", "_file", "_row"]
        columns += [f"{identifier(c)} AS {identifier(f'_keep_{c}')}" for c in self.kept]
        inner = (",\n" + " " * 8).join(columns)
        assert self.source is not None
        used = [c for c in self.source.columns]
        source = self.source.scan(low, high, used if self.source.files else None)
        left_out = f"left_out_{self.table.name}"
        return (
            f"SELECT\n{' ' * 8}{inner}\n    FROM (\n{' ' * 8}{source}\n    ) AS source\n"
            f"    ANTI JOIN {left_out} USING (row){self._numbered_join()}"
        )

    def _compared(self, program: Program) -> list[str]:
        book = program.rulebook
        found: list[str] = []
        for rule in book.assembly.consistency:
            if rule.table == self.table.name:
                found += [n for (level, n) in reads(book.parsed[rule.holds], rule.table, book.symbols) if level == rule.table]
        return list(dict.fromkeys(found))

    def _is_own(self, name: str) -> bool:
        return "__" not in name or name.endswith("__dont_know")

    def _numbered_join(self) -> str:
        if self.table.numbered is None:
            return ""
        return f"\n    LEFT JOIN numbers_{self.table.name} AS numbers USING (row)"

    def key_sql(self) -> str:
        """SQL of the key of the root record that a row is, or belongs to."""
        return self.cells[self.table.key[0]].value

    def value(self, name: str) -> str:
        """SQL of a fact, or of the column that says whether its answer was dont_know."""
        if name.endswith("__dont_know"):
            read = self.cells.get(name.removesuffix("__dont_know"))
            return read.dont_know or "FALSE" if read else "FALSE"
        fact = self.fact(name)
        read = self.cells.get(name)
        value = read.value if read else f"NULL::{sql_type(fact)}"
        if fact.default is not None:
            default = f"DATE {text(self.as_of)}" if fact.default == "as_of" else text(fact.default)
            value = f"coalesce({value}, {default})"
        if name == self.table.numbered:
            other = self.cells.get(self.table.numbered_from or "")
            value = f"coalesce({value}, {other.value if other else 'NULL'}, numbers.number::VARCHAR)"
        return value

    def unreadable(self, name: str) -> str:
        """SQL that is TRUE where a cell holds something that cannot be read."""
        read = self.cells[name]
        known = f"{read.value} IS NULL"
        if read.dont_know:
            known += f" AND NOT {read.dont_know}"
        return f"({read.filled} AND {known})"

    def flagged(self) -> str:
        """SQL that is TRUE where any cell of the row is a data error or was read with a remark."""
        signs = [self.unreadable(n) for n in self.cells if not self.fact(n).required]
        signs += [c.noted for c in self.cells.values() if c.noted]
        signs += [f"({c.filled} AND {c.value} IS NULL)" for c in self.companions.values()]
        return " OR ".join(signs) if signs else "FALSE"


def sql_type(fact: Fact) -> str:
    """The DuckDB type that holds a fact."""
    if fact.type == "choice":
        return f"ENUM({texts([v for v in fact.values if v != 'dont_know'])})"
    return SQL_TYPES[fact.type]


def open_reader(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    source: Input | None,
    lookups: Mapping[str, Lookup],
    as_of: str,
    keep: Sequence[str],
) -> TableReader:
    """Matches the columns of an input to the facts of a table.

    Raises:
        InputError: the key column is missing, or a column is of a type that cannot be read as its fact.
    """
    reader = TableReader(table, source, as_of)
    if source is None:
        return reader
    facts = {f.name: f for f in table.facts}
    by_lookup = {(k.table, k.fact): k for k in lookups.values()}
    for column, kind in source.columns.items():
        name = column.strip()
        base = name.removesuffix(WHY)
        if name in facts:
            if not can_read(facts[name], kind):
                if _is_empty(con, source, column):
                    continue
                raise InputError(
                    f"{source.name}: the column {name} of {source.shown[0]} is of type {kind}, which cannot be read as "
                    f"{_wanted(facts[name])}."
                )
            reader.cells[name] = cell(facts[name], identifier(column), kind, as_of, by_lookup.get((table.name, name)))
        elif name.endswith(WHY) and base in facts and not facts[base].is_list:
            reader.companions[name] = _companion(identifier(column))
        elif column not in keep:
            reader.ignored.append(column)
    required = [k for k in table.key if k in facts and facts[k].required]
    for name in dict.fromkeys([*required, *(f.name for f in table.facts if f.required)]):
        if name not in reader.cells:
            raise InputError(
                f"{source.name}: {source.shown[0]} has no column {name}, which every row needs. "
                f"Rename the column that holds it, or say in a mapping file which one it is."
            )
    reader.kept = [c for c in keep if c in source.columns]
    return reader


def _companion(column: str) -> Cell:
    """The reason why a fact is missing, as ``<fact>__why`` gives it."""
    given = f"lower(nullif(trim({column}::VARCHAR), ''))"
    value = f"CASE WHEN {given} IN ({texts(REASONS_FOR_MISSING)}) THEN {given} END"
    reason = f"this is not one of {', '.join(REASONS_FOR_MISSING)}"
    return Cell(value, f"{given} IS NOT NULL", f"{column}::VARCHAR", reason)


def _is_empty(con: duckdb.DuckDBPyConnection, source: Input, column: str) -> bool:
    row = con.execute(f"SELECT count({identifier(column)}) FROM ({source.scan(columns=[column])}) AS source").fetchone()
    return row is not None and row[0] == 0


def _wanted(fact: Fact) -> str:
    words = {"number": "a number", "integer": "a whole number", "date": "a date", "text": "a text"}
    return words.get(fact.type) or (f"one of {', '.join(fact.values)}" if fact.type == "choice" else "a list of texts")


def rejected_cells(reader: TableReader) -> Iterator[tuple[str, str, str, str, str]]:
    """For every column that may hold one: condition, column, raw text, kind and reason of a rejected cell."""
    for name, read in reader.cells.items():
        if not reader.fact(name).required:
            yield reader.unreadable(name), name, read.raw, "cell", read.reason
        if read.noted:
            yield read.noted, name, read.raw, "note", read.remark
    for name, read in reader.companions.items():
        yield f"({read.filled} AND {read.value} IS NULL)", name, read.raw, "cell", read.reason
