"""Answers that came in later: one row for each, laid over the cells of the inputs.

An answers file is long: a column for the key of the root table, columns for the other keys of a child
row, ``fact`` and ``answer``; ``table`` where a fact of that name is in several. An empty answer is
none. An answer wins over the cell it is for. What cannot be used is recorded, and so is every cell
that an answer has changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from socialrules.errors import InputError, did_you_mean
from socialrules.model import Fact, Lookup, Table
from socialrules.queries import number_of
from socialrules.quoting import identifier, text
from socialrules.shards import Shard
from socialrules.sources import sections
from socialrules.sources.cells import WHY, Cell, cell, trimmed_text, whole_text
from socialrules.sources.inputs import Input, open_staged
from socialrules.sources.reader import TableReader, open_reader, unreadable, with_layers
from socialrules.sources.rows import key_rows, row_statements, undo_statements
from socialrules.sources.staging import copy_staged

ANSWERS = sections.ANSWERS
FACT, ANSWER, TABLE = "fact", "answer", "table"
RECORDED = "answers_recorded"
"""The table of what is on record about answers: see ``record_statements``."""

GROUPED = r"[+-]?[1-9]\d{0,2}(\.\d{3})+"
TWO_READINGS = "the point may divide thousands or decimals; write 1200 or 1.2"
"""Answers have decimal points, whatever the inputs have; where those divide thousands by it, 1.200 is not guessed at."""

ONE_PART = 1 << 40
"""Rows per part: only which rows stay is looked up here, so all of them are one."""


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers of a run.

    Attributes:
        source: the file they came in.
        used: how many were laid over a cell.
    """

    source: Input
    used: int


class _Overlay:
    """Lays answers over inputs, step by step, in temporary tables of the connection."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        source: Input,
        inputs: Mapping[str, Input],
        tables: Mapping[str, Table],
        lookups: Mapping[str, Lookup],
        as_of: str,
        groups_by_point: bool,
    ) -> None:
        self.con, self.source, self.inputs, self.tables, self.as_of = con, source, inputs, tables, as_of
        self.groups_by_point = groups_by_point
        self.lookups = {(k.table, k.fact): k for k in lookups.values()}
        self.root = next(t for t in tables.values() if t.parent is None)
        self.readers = {t.name: open_reader(con, t, inputs.get(t.plural), lookups, as_of, ()) for t in tables.values()}

    def run(self, work: Path) -> tuple[dict[str, Input], int]:
        """The inputs with the answers in them, and how many answers were used."""
        self.read()
        self.find_rows()
        self.drop_unusable()
        changed = dict(self.inputs)
        for table in self.tables.values():
            facts = self._answered(table)
            if facts:
                changed[table.plural] = self.lay_over(table, facts, work)
        used = number_of(self.con, "SELECT count(*) FROM answers_found")
        for name in ("answers_given", "answers_found", "answers_old"):
            self.con.execute(f"DROP TABLE IF EXISTS {name}")
        return changed, used

    def read(self) -> None:
        """Makes ``answers_given``: the filled answers, with the table that each is for."""
        by_name = {c.strip().lower(): c for c in self.source.columns}
        for needed in (self.root.key[0], FACT, ANSWER):
            if needed not in by_name:
                raise InputError(
                    f"{ANSWERS}: {self.source.shown[0]} has no column {needed}.{did_you_mean(needed, self.source.columns)} "
                    f"Answers are read from the columns {self.root.key[0]}, {FACT} and {ANSWER}, and the other columns "
                    f"of a key where a row is no {self.root.name}."
                )

        def given(name: str, lowered: bool = False) -> str:
            column = by_name.get(name)
            if column is None:
                return "NULL::VARCHAR"
            read = trimmed_text(whole_text(identifier(column), self.source.columns[column]))
            return f"lower({read})" if lowered else read

        own = list(dict.fromkeys(k for t in self._children() for k in t.key[1:]))
        columns = [f"{given(k)} AS {identifier(_key(k))}" for k in (self.root.key[0], *own)]
        self.con.execute(
            f"CREATE OR REPLACE TEMP TABLE {RECORDED} (level VARCHAR, file INTEGER, place BIGINT, key VARCHAR, "
            f"root_row BIGINT, fact VARCHAR, value VARCHAR, kind VARCHAR, reason VARCHAR)"
        )
        self.con.execute(
            f"CREATE OR REPLACE TEMP TABLE answers_given AS\nSELECT *, {self._level()} AS level FROM (\n"
            f"    SELECT row AS number, _file AS file, _row AS place, {', '.join(columns)}, {given(TABLE, True)} AS named,\n"
            f"        {given(FACT, True)} AS fact, {given(ANSWER)} AS answer\n    FROM (\n{self.source.scan()}\n)\n"
            f") WHERE answer IS NOT NULL"
        )

    def _level(self) -> str:
        """SQL of the table that an answer is for: the one it names, else the one whose key it fills."""
        branches = []
        for table in [*self._children(), self.root]:
            facts = ", ".join(text(f.name) for f in table.facts if f.name not in table.key)
            names = ", ".join(text(n.lower()) for n in (table.name, table.plural))
            filled = f" AND {identifier(_key(table.key[1]))} IS NOT NULL" if table.parent else ""
            branches.append(
                f"WHEN fact IN ({facts}) AND (named IN ({names}) OR (named IS NULL{filled})) THEN {text(table.name)}"
            )
        return f"CASE {' '.join(branches)} END"

    def _children(self) -> list[Table]:
        return [t for t in self.tables.values() if t.parent is not None]

    def find_rows(self) -> None:
        """Makes ``answers_found``: the answers, each with the row it is for."""
        for statement in row_statements(self.readers, ONE_PART):
            self.con.execute(statement)
        self.con.execute(
            "CREATE OR REPLACE TEMP TABLE answers_found "
            "(number BIGINT, level VARCHAR, row BIGINT, root_row BIGINT, fact VARCHAR, answer VARCHAR)"
        )
        key = identifier(_key(self.root.key[0]))
        self.con.execute(
            f"CREATE OR REPLACE TEMP TABLE answers_roots AS\n"
            f"SELECT row, key FROM ({self._keys(self.root)}) AS source\n"
            f"WHERE key IN (SELECT {key} FROM answers_given)"
        )
        self.con.execute(
            f"INSERT INTO answers_found SELECT number, level, roots.row, roots.row, fact, answer FROM answers_given\n"
            f"JOIN answers_roots AS roots ON roots.key = {key} WHERE level = {text(self.root.name)}"
        )
        for table in self._children():
            if self.readers[table.name].source is not None:
                self._find_children(table, key)
        for statement in undo_statements(self.readers):
            self.con.execute(statement)

    def _find_children(self, table: Table, root_key: str) -> None:
        others = [k for k in table.key[1:] if k != table.numbered]
        same = [f"source.{identifier(k)} = answers.{identifier(k)}" for k in others]
        last = ""
        if table.numbered:
            own = identifier(table.numbered)
            # Without the last part of its key an answer is for the only row that it can be for.
            last = f" AND (answers.{own} = source.{own} OR (answers.{own} IS NULL AND source.alike = 1))"
        read = {k: self._cell(table, k) for k in table.key[1:]}
        raw = ", ".join(f"{identifier(_key(k))} AS {identifier(k)}" for k in read)
        rows = with_layers(
            f"SELECT number, level, {root_key} AS key, fact, answer, {raw} FROM answers_given WHERE level = {text(table.name)}",
            read.values(),
        )
        listed = ", ".join(f"{c.value} AS {identifier(k)}" for k, c in read.items())
        self.con.execute(
            f"INSERT INTO answers_found\nSELECT number, level, source.row, roots.row, fact, answer\n"
            f"FROM (SELECT number, level, key, fact, answer, {listed} FROM (\n{rows}\n)) AS answers\n"
            f"JOIN answers_roots AS roots ON roots.key = answers.key\n"
            f"JOIN ({self._keys(table)}) AS source ON source.key = answers.key AND {' AND '.join(same) or 'TRUE'}{last}"
        )

    def _keys(self, table: Table) -> str:
        """The rows of a table that stay, with the columns of their keys; ``key`` is that of the root table."""
        reader = self.readers[table.name]
        name = table.name
        wanted = [*table.key, *([table.numbered_from] if table.numbered_from else [])]
        columns = ["row", f"{reader.plain(table.key[0])} AS key"]
        joined = ""
        for k in table.key[1:]:
            value = reader.plain(k)
            if k == table.numbered:
                other = reader.cells.get(table.numbered_from or "")
                value = f"coalesce({value}, {other.value if other else 'NULL'}, numbers.number::VARCHAR)"
                joined = f" LEFT JOIN numbers_{name} AS numbers USING (row)"
            columns.append(f"{value} AS {identifier(k)}")
        rows = f"SELECT {', '.join(columns)} FROM (\n{key_rows(reader, wanted)}\n) ANTI JOIN left_out_{name} USING (row){joined}"
        if not table.numbered:
            return rows
        others = ", ".join(["key", *(identifier(k) for k in table.key[1:] if k != table.numbered)])
        return f"SELECT *, count(*) OVER (PARTITION BY {others}) AS alike FROM ({rows})"

    def _cell(self, table: Table, name: str) -> Cell:
        fact = next(f for f in table.facts if f.name == name)
        return cell(fact, identifier(name), "VARCHAR", self.as_of, self.lookups.get((table.name, name)))

    def drop_unusable(self) -> None:
        """Records the answers that cannot be used, and leaves the others in ``answers_found``."""
        facts = {f.name for t in self.tables.values() for f in t.facts}
        keys = {k for t in self.tables.values() for k in t.key}
        unknown = self.con.execute("SELECT DISTINCT fact FROM answers_given WHERE level IS NULL").fetchall()
        for (name,) in unknown:
            self._reject(
                f"level IS NULL AND fact IS NOT DISTINCT FROM {text(name) if name is not None else 'NULL'}",
                _why_no_fact(name, facts, keys),
            )
        root = self.root
        key = identifier(_key(root.key[0]))
        self._reject(f"level IS NOT NULL AND {key} IS NULL", f"the row does not say which {root.name}")
        self._reject(
            f"level IS NOT NULL AND {key} IS NOT NULL AND {key} NOT IN (SELECT key FROM answers_roots)",
            f"there is no {root.name} with this {root.key[0]}",
        )
        for table in self._children():
            self._reject(
                f"level = {text(table.name)} AND {key} IN (SELECT key FROM answers_roots) "
                f"AND number NOT IN (SELECT number FROM answers_found)",
                f"the {root.name} has no {table.name} with this key, or more than one",
            )
        # Before the first of several is chosen: one that cannot be read must not stand in the way of one that can.
        self._drop_unreadable()
        self.con.execute(
            "CREATE OR REPLACE TEMP TABLE answers_twice AS SELECT number FROM (SELECT number, "
            "row_number() OVER (PARTITION BY level, row, fact ORDER BY number) AS place FROM answers_found) WHERE place > 1"
        )
        self._reject("number IN (FROM answers_twice)", "this was answered in an earlier row, which counts")
        self.con.execute("DELETE FROM answers_found WHERE number IN (FROM answers_twice)")
        self.con.execute("DROP TABLE answers_twice")
        self.con.execute("DROP TABLE answers_roots")

    def _drop_unreadable(self) -> None:
        """An answer that cannot be read as its fact leaves the cell as it is."""
        self.con.execute("CREATE OR REPLACE TEMP TABLE answers_odd (number BIGINT, reason VARCHAR)")
        for table in self.tables.values():
            for fact in self._answered(table):
                if self.groups_by_point and fact.type in ("number", "integer"):
                    self.con.execute(
                        f"INSERT INTO answers_odd SELECT number, {text(TWO_READINGS)} FROM answers_found "
                        f"WHERE level = {text(table.name)} AND fact = {text(fact.name)} "
                        f"AND regexp_full_match(answer, {text(GROUPED)})"
                    )
                read = self._cell(table, fact.name)
                wanted = f"level = {text(table.name)} AND fact = {text(fact.name)}"
                rows = f"SELECT number, answer AS {identifier(fact.name)} FROM answers_found WHERE {wanted}"
                said = f"CASE WHEN {unreadable(read)} THEN {text(read.reason)} END"
                nothing = f"({read.value}) IS NULL{f' AND NOT {read.dont_know}' if read.dont_know else ''}"
                self.con.execute(
                    f"INSERT INTO answers_odd SELECT number, {said} FROM (\n{with_layers(rows, [read])}\n) WHERE {nothing}"
                )
        # What is read as an empty cell is no answer, and nothing to complain of.
        for (reason,) in self.con.execute(
            "SELECT DISTINCT reason FROM answers_odd WHERE reason IS NOT NULL"
        ).fetchall():
            self._reject(f"number IN (SELECT number FROM answers_odd WHERE reason = {text(reason)})", reason, "cell")
        self.con.execute("DELETE FROM answers_found WHERE number IN (SELECT number FROM answers_odd)")
        self.con.execute("DROP TABLE answers_odd")

    def _reject(self, condition: str, reason: str, kind: str = "row") -> None:
        self.con.execute(
            f"INSERT INTO {RECORDED} SELECT {text(ANSWERS)}, file, place, {identifier(_key(self.root.key[0]))}, NULL, fact, "
            f"answer, {text(kind)}, {text(reason)} FROM answers_given WHERE {condition}"
        )

    def _answered(self, table: Table) -> list[Fact]:
        rows = self.con.execute("SELECT DISTINCT fact FROM answers_found WHERE level = ?", [table.name]).fetchall()
        found = {name for (name,) in rows}
        return [f for f in table.facts if f.name in found]

    def lay_over(self, table: Table, facts: list[Fact], work: Path) -> Input:
        """The input of a table, staged with the answers in the place of the cells they are for."""
        source, reader = self.inputs[table.plural], self.readers[table.name]
        columns = {f.name: reader.columns.get(f.name) for f in facts}
        old = {f.name: _old_text(f, columns[f.name], source) for f in facts}
        held = [c for c in columns.values() if c]
        answered = f"SELECT DISTINCT row FROM answers_found WHERE level = {text(table.name)}"
        key = reader.columns[table.key[0]]
        shown_key = trimmed_text(whole_text(identifier(key), source.columns[key]))
        self.con.execute(
            f"CREATE OR REPLACE TEMP TABLE answers_old AS SELECT * FROM (\n{source.scan(columns=list(dict.fromkeys([key, *held])))}\n)\n"
            f"SEMI JOIN ({answered}) USING (row)"
        )
        cells = ", ".join(f"{{'fact': {text(name)}, 'value': {value}}}" for name, value in old.items())
        self.con.execute(
            f"INSERT INTO {RECORDED} SELECT {text(table.name)}, _file, _row, key, root_row, found.fact, cell.value, 'note', "
            f"'answered: ' || answer\n"
            f"FROM answers_found AS found JOIN (\n"
            f"    SELECT row, _file, _row, {shown_key} AS key, unnest([{cells}]) AS cell FROM answers_old\n"
            f") AS old ON old.row = found.row AND old.cell.fact = found.fact\n"
            f"WHERE level = {text(table.name)} AND lower(trim(cell.value)) IS DISTINCT FROM lower(answer)"
        )
        given = ", ".join(f"max(answer) FILTER (fact = {text(f.name)}) AS {_answer(f)}" for f in facts)
        laid = {columns[f.name] or f.name: f"coalesce({_answer(f)}, {old[f.name]})" for f in facts}
        for fact in facts:
            laid |= {c: f"CASE WHEN {_answer(fact)} IS NULL THEN {identifier(c)} END" for c in _told_of(fact, source)}
        helpers = [c for odd in source.odd.values() for c in (odd.column, odd.doubt)]
        every = [*source.columns, *helpers]
        names = ", ".join(identifier(c) for c in ["row", *(c for c in laid if c in every)])
        path = work / f"{table.plural}-answered.parquet"
        copy_staged(
            self.con,
            f"SELECT source.* EXCLUDE ({names}), {', '.join(f'{sql} AS {identifier(c)}' for c, sql in laid.items())}\n"
            f"FROM (\n{source.scan(columns=every)}\n) AS source\n"
            f"LEFT JOIN (SELECT row AS answered_row, {given} FROM answers_found WHERE level = {text(table.name)} GROUP BY row) "
            f"ON answered_row = source.row\nORDER BY source.row",
            path,
            table.plural,
        )
        opened = open_staged(self.con, path, source)
        return replace(opened, columns={c: kind for c, kind in opened.columns.items() if c not in helpers})


def _answer(fact: Fact) -> str:
    """The column that holds the answers to a fact, as SQL."""
    return identifier(f"_answer_{fact.name}")


def _told_of(fact: Fact, source: Input) -> list[str]:
    """The columns that say why a cell of a fact is empty, or cannot be read; an answer takes their words back."""
    found = [fact.name + WHY] if fact.name + WHY in source.columns else []
    odd = source.odd.get(fact.name)
    return [*found, *((odd.column, odd.doubt) if odd else ())]


def lay_answers(
    con: duckdb.DuckDBPyConnection,
    source: Input,
    inputs: Mapping[str, Input],
    tables: Mapping[str, Table],
    lookups: Mapping[str, Lookup],
    as_of: str,
    work: Path,
    groups_by_point: bool = False,
) -> tuple[dict[str, Input], Answers]:
    """The inputs with answers laid over their cells, and what is known of the answers.

    Args:
        con: the connection of the run. What is on record afterwards stands in its table ``RECORDED``.
        source: the answers.
        inputs: by the plural of their table, under the names of the facts.
        tables, lookups: of the rulebook.
        as_of: the day of the run, ``YYYY-MM-DD``.
        work: folder for staged files.
        groups_by_point: a mapping says that the inputs divide thousands by a point, so an answer 1.200 has two readings.

    Raises:
        InputError: the answers have not the columns they need.
    """
    changed, used = _Overlay(con, source, inputs, tables, lookups, as_of, groups_by_point).run(work)
    return changed, Answers(source, used)


def record_statements(
    answers: Answers, readers: Mapping[str, TableReader], shard: Shard, rows: tuple[int, int]
) -> Iterator[str]:
    """The statements that add to the rejects what is on record about answers, as far as this shard reports it.

    Args:
        answers: the answers of the run.
        readers: by table name.
        shard: which part of the run this is.
        rows: its range of the records of the root table.
    """
    shown = {ANSWERS: (ANSWERS, answers.source.shown)}
    shown |= {name: (r.table.plural, r.source.shown) for name, r in readers.items() if r.source is not None}
    for level, (plural, files) in shown.items():
        here = f"root_row >= {rows[0]} AND root_row < {rows[1]}"
        if level == ANSWERS:
            here = f"(file + place) % {shard.of} = {shard.number - 1}"
        names = ", ".join(text(f) for f in files)
        yield (
            f"INSERT INTO rejects SELECT {text(plural)}, ([{names}])[file + 1], place, key, fact, value, kind, reason "
            f"FROM {RECORDED} WHERE level = {text(level)}{'' if shard.is_whole else f' AND {here}'}"
        )


def _key(name: str) -> str:
    """The column of an answer that holds a part of a key, apart from the columns of its own."""
    return f"key_{name}"


def _old_text(fact: Fact, column: str | None, source: Input) -> str:
    """The cell of a fact as text; null where the input has no such column."""
    if column is None:
        return "NULL::VARCHAR"
    kind = source.columns[column]
    if fact.type == "date" and kind.startswith("TIMESTAMP"):
        return f"{identifier(column)}::DATE::VARCHAR"
    return whole_text(identifier(column), kind)


def _why_no_fact(name: str | None, facts: set[str], keys: set[str]) -> str:
    if name is None:
        return "the row does not say which fact it answers"
    if name in keys:
        return f"{name} says whom a row is about; it is no answer"
    if name in facts:
        return "the row does not say whom it is about, or names a table that has no such fact"
    return f"there is no fact of this name.{did_you_mean(name, facts)}".rstrip(".")
