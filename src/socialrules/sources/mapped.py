"""Applies a mapping: reads an input as the table of facts that the mapping makes of it.

Where every row of the source is a row of the table, nothing is written: the facts are computed while
the source is read. Only where rows are chosen, or made of cells, the table is staged, because its rows
then have numbers of their own.
"""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from socialrules.errors import MappingError, did_you_mean
from socialrules.expressions import Name, Node, names_in
from socialrules.model import Fact, Table
from socialrules.quoting import identifier, text
from socialrules.sources.cells import WHY, base_type
from socialrules.sources.codebookfiles import CodebookFile
from socialrules.sources.codes import Decoded, Decoder
from socialrules.sources.headers import EXTRA
from socialrules.sources.inputs import Input, Odd, open_staged
from socialrules.sources.mapping import Mapping, SourceMapping, TableMapping
from socialrules.sources.mappingsql import MappingSql
from socialrules.sources.markers import BLANK_MARKERS, among, no_answer, written_list
from socialrules.sources.sections import NO_SECTION
from socialrules.sources.staging import copy_staged, first_line

CELL, CELL_COLUMN = "cell", "cell_column"
NOTHING = SourceMapping(NO_SECTION, CodebookFile({}), {})


def apply_mapping(
    con: duckdb.DuckDBPyConnection,
    mapping: Mapping | None,
    inputs: MappingType[str, Input],
    tables: MappingType[str, Table],
    work: Path,
    keep: Sequence[str] = (),
) -> dict[str, Input]:
    """The inputs with every mapped table under the names of its facts.

    Each row remembers the file and record it came from. An input that has a codebook, or for which
    the mapping says how it is read, is mapped by the names of its columns where no table says more.

    Args:
        con: where they are read.
        mapping: None where only the inputs' own codebooks count.
        inputs: by name.
        tables: the tables of the rulebook.
        work: folder for staged files.
        keep: columns of the sources that are carried along.

    Raises:
        MappingError: an input or a column that the mapping names is not there.
    """
    by_plural = {t.plural: t for t in tables.values()}
    mapped = dict(inputs)
    entries = list(mapping.tables) if mapping else []
    sources = mapping.sources if mapping else {}
    for name, source in inputs.items():
        if name in by_plural and all(e.table != name for e in entries) and (source.codebook or name in sources):
            entries.append(TableMapping(name, name, {}, whole=True))
    for entry in entries:
        where = f"{mapping.path}: [{entry.table}]" if mapping else f"{inputs[entry.source].shown[0]}"
        found = inputs.get(entry.source)
        if found is None:
            raise MappingError(
                f"{where} takes its rows from {entry.source}, which is not among the inputs: give it with --{entry.source}."
            )
        said = sources.get(entry.source, NOTHING)
        rows = MappedRows(where, entry, said, found, by_plural[entry.table], tuple(keep))
        rows.check(f"{mapping.path}: [sources.{entry.source}]" if mapping else where)
        mapped[entry.table] = _opened(con, rows, work)
    return mapped


def _opened(con: duckdb.DuckDBPyConnection, rows: MappedRows, work: Path) -> Input:
    """The table of the mapping as an input."""
    origin = replace(rows.source, name=rows.entry.table, codebook={})
    facts = rows.facts()
    odd = {name: Odd(_odd(name), _doubt(name), f.reason) for name, f in facts.items() if f.odd is not None}
    made = frozenset(n + WHY for n, f in facts.items() if f.missing is not None)
    helpers = {c for o in odd.values() for c in (o.column, o.doubt)}
    if rows.entry.each or rows.entry.where:
        rows.check_condition(con)
        path = work / f"{rows.entry.table}-mapped.parquet"
        copy_staged(con, rows.chosen(), path, rows.where)
        opened = open_staged(con, path, origin)
        columns = opened.columns
    else:
        opened, columns = replace(origin, view=rows), _types(con, rows)
    columns = {c: kind for c, kind in columns.items() if c not in helpers}
    return replace(opened, columns=columns, odd=odd, told=made, mapped=True)


def _types(con: duckdb.DuckDBPyConnection, rows: MappedRows) -> dict[str, str]:
    described = _described(con, rows.scan(0, 0, None), rows.where)
    return {name: kind for name, kind in described.items() if name not in ("row", "_file", "_row")}


def _described(con: duckdb.DuckDBPyConnection, query: str, where: str) -> dict[str, str]:
    """The type of each column of a query. Raises MappingError, opened by ``where``, if it cannot be computed."""
    try:
        return {row[0]: row[1] for row in con.execute(f"DESCRIBE {query}").fetchall()}
    except duckdb.Error as error:
        raise MappingError(f"{where} cannot be read: {first_line(error)}.") from None


def _odd(fact: str) -> str:
    """The column of the texts of odd cells; no fact has a name like it."""
    return f"{fact} (odd)"


def _doubt(fact: str) -> str:
    """The column that says which cells may be odd."""
    return f"{fact} (doubt)"


@dataclass(frozen=True, slots=True)
class MappedRows:
    """The rows of a table as SQL over its source.

    Attributes:
        where: file and section, for messages.
        entry: which fact is made of what.
        said: how the source is read.
        source: the source.
        table: the table of the facts.
        keep: columns of the source that are carried along.
    """

    where: str
    entry: TableMapping
    said: SourceMapping
    source: Input
    table: Table
    keep: tuple[str, ...]

    def scan(self, low: int, high: int | None, columns: Sequence[str] | None) -> str:
        """SQL of a range of the source's rows, with the wanted columns of the table; see ``Input.scan``."""
        return self._select(columns, (low, high), "row, _file, _row")

    def chosen(self) -> str:
        """SQL of all rows of the table, where they are not those of the source."""
        return self._select(None, (0, None), "_file, _row")

    def facts(self) -> dict[str, Decoded]:
        """The facts that are fed, as SQL, in the order of their columns."""
        return self._facts(self._decoder(), None)

    def check(self, where: str) -> None:
        """Makes sure that every column that the mapping names is there.

        Raises:
            MappingError: naming the nearest column that is. ``where`` opens what concerns the source.
        """
        shown, section = self.source.shown[0], self.said.section
        known = self._decoder().names()

        def missing(place: str, name: str, among: Sequence[str]) -> MappingError:
            return MappingError(f"{place}: {shown} has no column {name}.{did_you_mean(name, among)}")

        raw = list(self.source.columns)
        for column in section.columns:
            if column not in raw:
                raise missing(f"{where} columns", column, raw)
        for made, entry in section.lists.items():
            if made in raw:
                raise MappingError(f"{where} lists: {shown} has a column {made} already; call the list otherwise.")
            for column in entry.columns:
                if column not in raw:
                    raise missing(f"{where} lists, {made}", column, raw)
            for name in names_in(self.said.asked[made]) if made in self.said.asked else ():
                if name.scope is not None or name.name not in raw:
                    raise missing(f"{where} lists, {made}, asked", _shown(name), raw)
        for column in self.entry.each:
            if column not in known:
                raise missing(f"{self.where} each", column, known)
        own = {CELL, CELL_COLUMN} if self.entry.each else set()
        for fact, tree in self._trees().items():
            for name in names_in(tree):
                if name.scope is not None or (name.name not in known and name.name not in own):
                    raise missing(f"{self.where} {fact}", _shown(name), known)
        taken: dict[str, str] = {}
        for column in self._taken():
            if column.strip() in taken:
                raise MappingError(
                    f"{self.where}: the columns {taken[column.strip()]!r} and {column!r} of {shown} both feed "
                    f"{column.strip()}; say which one does."
                )
            taken[column.strip()] = column

    def _trees(self) -> dict[str, Node]:
        return {**self.entry.facts, **({"where": self.entry.where} if self.entry.where else {})}

    def _decoder(self) -> Decoder:
        books = (self.said.codebook.codes, self.source.codebook)
        decoder = Decoder(self.source.columns, self.said.section, books, self.said.codebook.numbers)
        for made, tree in self.said.asked.items():
            decoder.asked[made] = MappingSql(decoder).of(tree)
        return decoder

    def _taken(self) -> list[str]:
        """The columns that feed the fact, or the reason of the fact, whose name they have."""
        if not self.entry.keep_names or self.entry.each:
            return []
        named = {f.name for f in self.table.facts}
        columns = [*self.source.columns, *self.said.section.lists]
        return [c for c in columns if c.strip().removesuffix(WHY) in named and c.strip() not in self.entry.facts]

    def _facts(self, decoder: Decoder, wanted: set[str] | None) -> dict[str, Decoded]:
        """The facts as SQL. ``wanted``: those whose column, reason or odd texts are; None is all."""
        known = {f.name: f for f in self.table.facts}
        fed: dict[str, Node] = {c.strip(): Name(None, c) for c in self._taken()}
        fed |= self.entry.facts
        given = {name for name in fed if name.endswith(WHY)}
        found = {}
        for name, tree in fed.items():
            if wanted is not None and not wanted & {name, name + WHY, _odd(name), _doubt(name)}:
                continue
            if name.endswith(WHY) and name not in known:
                found[name] = Decoded(MappingSql(decoder).of(tree), "")
                continue
            made = _fed(decoder, known[name], tree)
            found[name] = replace(made, missing=None) if name + WHY in given else made
        return found

    def _select(self, columns: Sequence[str] | None, rows: tuple[int, int | None], place: str) -> str:
        decoder = self._decoder()
        facts = self._facts(decoder, None if columns is None else set(columns))
        made: dict[str, str] = {}
        for name, fact in facts.items():
            made[name] = fact.value
            if fact.missing is not None:
                made[name + WHY] = f"nullif({fact.missing}, '')"
            if fact.odd is not None:
                made[_odd(name)] = f"({fact.odd})::VARCHAR"
                made[_doubt(name)] = fact.doubt or f"({fact.odd}) IS NOT NULL"
        # What a row has beyond the header goes along: such a row is left out, mapped or not.
        taken = self._taken()
        others = self.source.columns if self.entry.whole else (*self.keep, EXTRA)
        for column in others:
            if column in self.source.columns and column not in taken and column not in made:
                made[column] = identifier(column)
                if columns is None or column in columns:
                    decoder.read[column] = None
        condition = f" WHERE {MappingSql(decoder).of(self.entry.where)}" if self.entry.where else ""
        chosen = list(made) if columns is None else list(columns)
        listed = ", ".join([*(f"{made[c]} AS {identifier(c)}" for c in chosen), place])
        source = self._rows(decoder, rows, f"{listed} {condition}")
        return f"SELECT {listed} FROM (\n    {source}\n    ) AS source{condition}"

    def _rows(self, decoder: Decoder, rows: tuple[int, int | None], used: str) -> str:
        """The rows, or filled cells, that expressions are computed over. ``used``: their SQL, all of it."""
        pairs = ", ".join(_values_of(c, decoder.column(c)) for c in self.entry.each)
        source = decoder.rows(self.source.scan(*rows, columns=list(decoder.read)), f"{used} {pairs}")
        if not pairs:
            return source
        return (
            f"SELECT * EXCLUDE (pair), pair.c AS {CELL_COLUMN}, pair.v AS {CELL} FROM (\n"
            f"SELECT *, unnest(flatten([{pairs}])) AS pair FROM ({source})\n) WHERE {_is_filled('trim(pair.v)')}"
        )

    def check_condition(self, con: duckdb.DuckDBPyConnection) -> None:
        """Makes sure that ``where`` is a condition. Raises MappingError where it is some other value."""
        if self.entry.where is None:
            return
        decoder = self._decoder()
        condition = MappingSql(decoder).of(self.entry.where)
        kind = _described(
            con, f"SELECT {condition} AS c FROM ({self._rows(decoder, (0, 0), condition)}) AS source", self.where
        )["c"]
        if kind != "BOOLEAN":
            raise MappingError(
                f"{self.where} where must be a condition, TRUE for the rows that are wanted, such as \"Country = 'FI'\"."
            )


def _fed(decoder: Decoder, fact: Fact, tree: Node) -> Decoded:
    """A fact made of one column, or of several by an expression: that is as odd and as missing as they are."""
    if isinstance(tree, Name) and decoder.knows(tree.name):
        found = decoder.fact(fact, tree.name)
        answered = "dont_know" in fact.values or fact.is_list
        return found if decoder.gives_reason(tree.name, answered) else replace(found, missing=None)
    value = MappingSql(decoder).of(tree)
    names = list(dict.fromkeys(n.name for n in names_in(tree) if decoder.knows(n.name)))
    read = {name: decoder.column(name) for name in names}
    odd = {n: f"CASE WHEN {f.odd} IS NOT NULL THEN {f.odd} END" for n, f in read.items() if f.odd is not None}
    missing = [f"nullif({read[n].missing}, '')" for n in names if decoder.gives_reason(n, False)]
    why = f"CASE WHEN ({value}) IS NULL THEN coalesce({', '.join(missing)}, NULL) END" if missing else None
    if not odd:
        return Decoded(value, "", why)
    any_odd = " OR ".join(f"({read[n].odd}) IS NOT NULL" for n in odd)
    reason = " or ".join(dict.fromkeys(read[n].reason for n in odd))
    text_of = f"coalesce({', '.join(odd.values())}, NULL)"
    return Decoded(f"CASE WHEN NOT ({any_odd}) THEN {value} END", "", why, text_of, reason)


def _is_filled(cell: str) -> str:
    """SQL that is TRUE where a trimmed cell holds something: not where it says that there is nothing."""
    return f"{cell} <> '' AND NOT {among(cell, BLANK_MARKERS)} AND NOT ({no_answer(cell)})"


def _values_of(column: str, found: Decoded) -> str:
    """SQL of the values of a cell, each with the name of its column: one, or those of the list that it holds."""
    cell = f"({found.value})::VARCHAR"
    is_list = base_type(found.kind) == "LIST"
    held = f"coalesce({cell}[], [])" if is_list else written_list(f"trim({cell})", f"[{cell}]")
    return f"list_transform({held}, lambda v: {{'c': {text(column)}, 'v': v}})"


def _shown(name: Name) -> str:
    return f"{name.scope}.{name.name}" if name.scope else name.name
