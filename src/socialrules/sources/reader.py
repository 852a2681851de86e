"""From an input to typed facts: the SELECT that opens the first step of a table, and its checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import duckdb

from socialrules.compiler import Program
from socialrules.errors import InputError, did_you_mean
from socialrules.model import Fact, Lookup, Table
from socialrules.quoting import identifier, text, texts
from socialrules.semantics import reads
from socialrules.sources.cells import LAYERS, WHY, Cell, can_read, cell, companion, told, trimmed_text
from socialrules.sources.headers import EXTRA
from socialrules.sources.inputs import Input, Odd

SQL_TYPES = {
    "text": "VARCHAR",
    "number": "DOUBLE",
    "integer": "DOUBLE",
    "date": "DATE",
    "choices": "VARCHAR[]",
    "texts": "VARCHAR[]",
}


@dataclass
class TableReader:
    """Reads one table: which column feeds which fact, and how.

    Attributes:
        table: what is read.
        source: where from; None where the run has no such input.
        as_of: the day of the run, ``YYYY-MM-DD``.
        cells: per fact with a column, its SQL.
        companions: per column ``<fact>__why``, its SQL.
        columns: the raw column of each fact and companion.
        odd: per fact, the column of the texts that its mapping could not read.
        ignored: columns that are no fact and are left alone.
        kept: extra columns to carry into the result.
    """

    table: Table
    source: Input | None
    as_of: str
    cells: dict[str, Cell] = field(default_factory=dict)
    companions: dict[str, Cell] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    odd: dict[str, Odd] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)

    def fact(self, name: str) -> Fact:
        """A fact of the table by name."""
        return next(f for f in self.table.facts if f.name == name)

    @property
    def reads_exactly(self) -> bool:
        """Whether the exact reading is worth trying: the cells have types of their own."""
        if self.source is None:
            return False
        # A mapping has given the cells of a text file types; those that it could not are worth no second look.
        typed = bool(self.source.mapped) and all(c.exact is not None for c in self.cells.values())
        return typed or not self.source.as_texts

    def narrow(self, program: Program) -> None:
        """Forgets the columns that a program does not need; their cells are neither read nor checked."""
        table = self.table
        needed = {n.removesuffix("__dont_know") for n in self._needed(program)} | {*table.key, table.numbered_from}
        needed |= {f.name for f in table.facts if f.required}
        self.cells = {n: c for n, c in self.cells.items() if n in needed}
        self.companions = {n: c for n, c in self.companions.items() if n.removesuffix(WHY) in needed}
        self.columns = {n: c for n, c in self.columns.items() if n in self.cells or n in self.companions}
        self.odd = {n: o for n, o in self.odd.items() if n in self.cells}

    @property
    def raw_columns(self) -> list[str]:
        """The raw columns that are read."""
        return list(
            dict.fromkeys(
                [*self.columns.values(), *(c for o in self.odd.values() for c in (o.column, o.doubt)), *self.kept]
            )
        )

    def exact(self, program: Program, low: int, high: int, all_stay: bool = False) -> str:
        """The rows of a step by the exact reading, with ``_odd`` where a cell asks for the lenient one.

        The columns are ``row``, the needed facts, and some that begin with ``_``: ``_key`` (for a
        child ``_parent_key``) identifies the record, ``_flagged`` is TRUE where a cell is a data
        error or was read with a remark, ``_file`` and ``_row`` say where it stands.

        Args:
            program: what the steps need.
            low, high: the range of rows.
            all_stay: no row is left out and none needs a running number.
        """

        def value(name: str) -> str:
            if name.endswith("__dont_know"):
                read = self.cells.get(name.removesuffix("__dont_know"))
                return read.exact.dont_know if read and read.exact else "FALSE"
            read = self.cells.get(name)
            other = self.cells.get(self.table.numbered_from or "")
            return self._with_default(
                name,
                read.exact.value if read and read.exact else None,
                other.exact.value if other and other.exact else None,
            )

        read = {**self.cells, **self.companions}
        helpers = [f"{sql} AS {name}" for c in read.values() if c.exact for name, sql in c.exact.helpers.items()]
        # What is only told to people stays out: DuckDB would leave it out too, but has to look at it first.
        needed = [c for n, c in self.columns.items() if not self._is_told(n)]
        source = self._raw(low, high, [*needed, *(o.doubt for o in self.odd.values()), *self.kept])
        if helpers:
            source = (
                f"SELECT\n{' ' * 8}{(f',{chr(10)}' + ' ' * 8).join(['*', *helpers])}\n    FROM (\n    {source}\n    )"
            )
        # A cell whose type allows no exact reading asks for the lenient one wherever it is filled.
        odd = [c.exact.odd if c.exact else f"{identifier(self.columns[n])} IS NOT NULL" for n, c in read.items()]
        odd = [*(o for o in odd if o not in (None, "FALSE")), *(identifier(o.doubt) for o in self.odd.values())]
        columns = [*self._columns(program, value, self._joined_key()), "FALSE AS _flagged", f"{_any(odd)} AS _odd"]
        return self._select(columns, source, all_stay)

    def lenient(self, program: Program, low: int, high: int, only_odd: bool = False) -> str:
        """The rows of a step by the lenient reading; see ``exact``. ``only_odd``: just those found odd."""

        def value(name: str) -> str:
            if name.endswith("__dont_know"):
                read = self.cells.get(name.removesuffix("__dont_know"))
                return (read.dont_know if read else None) or "FALSE"
            read = self.cells.get(name)
            other = self.cells.get(self.table.numbered_from or "")
            return self._with_default(name, read.value if read else None, other.value if other else None)

        columns = [*self._columns(program, value), f"{self.flagged()} AS _flagged", "FALSE AS _odd"]
        return self._select(
            columns, self.layered(low, high, f"SEMI JOIN {self.table.name}_odd USING (row)" if only_odd else "")
        )

    def layered(self, low: int, high: int, joined: str = "") -> str:
        """The raw rows with the helper columns of the lenient reading, as SQL for a FROM clause."""
        return with_layers(
            self._raw(low, high, self.raw_columns, joined), [*self.cells.values(), *self.companions.values()]
        )

    def _raw(self, low: int, high: int, columns: Sequence[str], joined: str = "") -> str:
        assert self.source is not None
        return f"SELECT * FROM (\n        {self.source.scan(low, high, list(dict.fromkeys(columns)))}\n    ) {joined}"

    def _select(self, columns: list[str], source: str, all_stay: bool = False) -> str:
        listed = (",\n" + " " * 8).join(columns)
        if all_stay:
            return f"SELECT\n{' ' * 8}{listed}\n    FROM (\n    {source}\n    ) AS source"
        numbers = f"\n    LEFT JOIN numbers_{self.table.name} AS numbers USING (row)" if self.table.numbered else ""
        return f"SELECT\n{' ' * 8}{listed}\n    FROM (\n    {source}\n    ) AS source\n    ANTI JOIN left_out_{self.table.name} USING (row){numbers}"

    def _joined_key(self) -> str | None:
        """SQL of the parent's key as it is to be compared, also in a row that is read again; None for ``value``.

        A row that is odd is joined to its parent like any other before it is found to be odd: with
        blanks around its key it would find none, and be lost.
        """
        name = self.table.key[0]
        read = self.cells.get(name)
        if self.table.parent is None or read is None or read.exact is None or read.exact.odd is None:
            return None
        return trimmed_text(identifier(self.columns[name]))

    def _columns(self, program: Program, value: Callable[[str], str], joined_key: str | None = None) -> list[str]:
        key = "_key" if self.table.parent is None else "_parent_key"
        columns = ["row", f"{joined_key or value(self.table.key[0])} AS {key}"]
        columns += [f"{value(n)} AS {identifier(n)}" for n in self._needed(program)]
        columns += [f"{self._kept(c)} AS {identifier(f'_keep_{c}')}" for c in self.kept]
        return [*columns, "_file", "_row"]

    def _needed(self, program: Program) -> list[str]:
        """The facts and dont_know columns that the steps and the rules between cells read."""
        needed = list(program.facts[self.table.name])
        needed += sorted({c for r in program.rules[self.table.name] for c in r.blames} - set(needed))
        needed += [n for n in self._compared(program) if n not in needed]
        return [n for n in needed if "__" not in n or n.endswith("__dont_know")]

    def _kept(self, column: str) -> str:
        """A column that is carried along. An empty text is null, as it would be in a CSV file."""
        assert self.source is not None
        return f"nullif({identifier(column)}, '')" if self.source.columns[column] == "VARCHAR" else identifier(column)

    def _compared(self, program: Program) -> list[str]:
        book = program.rulebook
        found: list[str] = []
        for rule in program.rules[self.table.name]:
            found += [
                n for (level, n) in reads(book.parsed[rule.holds], rule.table, book.symbols) if level == rule.table
            ]
        return list(dict.fromkeys(found))

    def _with_default(self, name: str, value: str | None, other: str | None) -> str:
        """The value of a fact, else its default; ``other``: what stands in for a missing running number."""
        fact = self.fact(name)
        given = value or f"NULL::{sql_type(fact)}"
        if fact.default is not None:
            default = f"DATE {text(self.as_of)}" if fact.default == "as_of" else text(fact.default)
            given = f"coalesce({given}, {default})"
        if name == self.table.numbered:
            given = f"coalesce({given}, {other or 'NULL'}, numbers.number::VARCHAR)"
        return given

    def plain(self, name: str) -> str:
        """SQL of a needed key or required fact over ``layered`` rows, without default or number."""
        read = self.cells.get(name)
        return read.value if read else f"NULL::{sql_type(self.fact(name))}"

    def raw_text(self, name: str) -> str:
        """SQL of what stood in the cell of a fact, over ``layered`` rows."""
        raw, odd = self.cells[name].raw, self.odd.get(name)
        return f"coalesce({identifier(odd.column)}, ({raw})::VARCHAR)" if odd else raw

    def nothing(self, program: Program) -> str:
        """No rows, with the columns of ``exact``: for a table that the run has no input for."""
        columns = self._columns(
            program, lambda n: "FALSE" if n.endswith("__dont_know") else f"NULL::{sql_type(self.fact(n))}"
        )
        return (
            f"SELECT {', '.join([*columns, 'FALSE AS _flagged', 'FALSE AS _odd'])} "
            f"FROM (SELECT 0::BIGINT AS row, 0::INTEGER AS _file, 0::BIGINT AS _row) WHERE FALSE"
        )

    def unreadable(self, read: Cell) -> str:
        """SQL over ``layered`` rows that is TRUE where a cell holds something that cannot be read."""
        return unreadable(read)

    def flagged(self) -> str:
        """SQL over ``layered`` rows: TRUE where any cell is a data error or was read with a remark."""
        signs = [
            self.unreadable(c)
            for n, c in self.cells.items()
            if not self.fact(n).required and self.fact(n).type != "text"
        ]
        signs += [c.noted for c in self.cells.values() if c.noted]
        signs += [self.unreadable(c) for n, c in self.companions.items() if not self._is_told(n)]
        return _any([*signs, *self._mistaken()])

    def _mistaken(self) -> list[str]:
        """SQL that is TRUE where a mapping could not read a cell; that is null already."""
        return [f"{identifier(odd.column)} IS NOT NULL" for odd in self.odd.values()]

    def _is_told(self, companion: str) -> bool:
        """Whether a reason comes from the codes of a mapping, and so can be read."""
        return self.source is not None and companion in self.source.told

    def rejected(self) -> Iterator[tuple[str, str, str, str, str]]:
        """For every column that may hold one: condition over ``layered`` rows, column, raw text, kind and reason."""
        for name, read in self.cells.items():
            if not self.fact(name).required and self.fact(name).type != "text":
                yield self.unreadable(read), name, read.raw, "cell", read.reason
            if read.noted:
                yield read.noted, name, read.raw, "note", read.remark
        for name, odd in self.odd.items():
            if not self.fact(name).required:
                yield f"{identifier(odd.column)} IS NOT NULL", name, identifier(odd.column), "cell", odd.reason
        for name, read in self.companions.items():
            if not self._is_told(name):
                yield self.unreadable(read), name, read.raw, "cell", read.reason


def with_layers(source: str, cells: Iterable[Cell]) -> str:
    """Raw rows with the helper columns of the lenient reading of some cells."""
    cells = list(cells)
    for layer in range(LAYERS):
        helpers = [f"{sql} AS {name}" for c in cells for name, sql in c.layers[layer].items()]
        if helpers:
            listed = (",\n" + " " * 8).join(["*", *helpers])
            source = f"SELECT\n{' ' * 8}{listed}\n    FROM (\n    {source}\n    )"
    return source


def unreadable(read: Cell) -> str:
    """SQL over ``with_layers`` rows that is TRUE where a cell holds something that cannot be read."""
    return f"({read.filled} AND ({read.value}) IS NULL{f' AND NOT {read.dont_know}' if read.dont_know else ''})"


def _any(conditions: Sequence[str | None]) -> str:
    return " OR ".join(c for c in conditions if c) or "FALSE"


def sql_type(fact: Fact) -> str:
    """The DuckDB type that holds a fact."""
    if fact.members:
        return "BIGINT"
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
        if name in reader.columns:
            raise InputError(
                f"{source.name}: the columns {reader.columns[name]!r} and {column!r} of {source.shown[0]} both feed {name}. "
                f"Rename one of them."
            )
        if name in facts:
            if not can_read(facts[name], kind):
                if _is_empty(con, source, column):
                    # A column of nothing has a type that says nothing.
                    nothing = cell(facts[name], "NULL::VARCHAR", "VARCHAR", as_of, by_lookup.get((table.name, name)))
                    reader.cells[name], reader.columns[name] = nothing, column
                    continue
                raise InputError(
                    f"{source.name}: the column {name} of {source.shown[0]} is of type {kind}, which cannot be read as "
                    f"{_wanted(facts[name])}."
                )
            reader.cells[name] = cell(facts[name], identifier(column), kind, as_of, by_lookup.get((table.name, name)))
            reader.columns[name] = column
        elif name in source.told:
            reader.companions[name] = told(identifier(column), base)
            reader.columns[name] = column
        elif name.endswith(WHY) and base in facts and not facts[base].is_list:
            reader.companions[name] = companion(identifier(column), base)
            reader.columns[name] = column
        elif column not in (*keep, EXTRA):
            reader.ignored.append(column)
    for name in dict.fromkeys(
        [*(k for k in table.key if facts[k].required), *(f.name for f in table.facts if f.required)]
    ):
        if name not in reader.cells:
            raise InputError(
                f"{source.name}: {source.shown[0]} has no column {name}, which every row needs.{did_you_mean(name, source.columns)} "
                f"Rename the column that holds it, or say in a mapping file which one it is."
            )
    reader.kept = [c for c in keep if c in source.columns]
    reader.odd = {name: odd for name, odd in source.odd.items() if name in reader.cells}
    return reader


def _is_empty(con: duckdb.DuckDBPyConnection, source: Input, column: str) -> bool:
    row = con.execute(f"SELECT count({identifier(column)}) FROM ({source.scan(columns=[column])}) AS source").fetchone()
    return row is not None and row[0] == 0


def _wanted(fact: Fact) -> str:
    words = {"number": "a number", "integer": "a whole number", "date": "a date", "text": "a text"}
    return words.get(fact.type) or (f"one of {', '.join(fact.values)}" if fact.type == "choice" else "a list of texts")
