"""Every value of one record: facts as read, terms as evaluated, and the conditions of texts."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from socialrules.errors import ResultError, UsageError, did_you_mean
from socialrules.evaluate import Row, as_tables, evaluate
from socialrules.expressions import Call, Literal, Node
from socialrules.model import Fact
from socialrules.rulebook import Definition, Rulebook
from socialrules.semantics import Key, dont_know_column, infer, reads
from socialrules.sources.answers import ANSWERS
from socialrules.sources.mapping import Mapping as MappingFile

SAID = "said"


@dataclass(frozen=True)
class Seen:
    """One record with all its values.

    Attributes:
        book: the rules.
        root: values of the root record, by name.
        children: values of the child rows, by table.
        rejects: cells that could not be read, as in ``rejects.parquet``.
        inputs: the record's own rows per table, as they were read, to evaluate it again.
        mapping: how their columns become facts.
        answers: answers that came in later.
    """

    book: Rulebook
    root: Row
    children: dict[str, list[Row]]
    rejects: list[Row]
    inputs: Mapping[str, Any]
    mapping: MappingFile | None
    answers: Any = None

    def rows(self, level: str) -> list[Row]:
        """The rows of a level; one for the root."""
        return [self.root] if level == self.book.root.name else self.children.get(level, [])

    def holds(self, text: str, level: str, row: Row) -> bool:
        """Whether a condition of a text is TRUE for a row."""
        return row.get(condition_name(text, level)) is True

    def value(self, text: str, level: str, row: Row) -> Any:
        """The value of an expression that is no definition, e.g. of a ranking."""
        return row.get(condition_name(text, level))

    def fact(self, key: Key) -> Fact | None:
        """The fact of a key; None where it is a term or a lookup column."""
        table = self.book.assembly.tables[key[0]]
        return next((f for f in table.facts if f.name == key[1]), None)

    def said_dont_know(self, key: Key, row: Row) -> bool:
        """Whether the answer to a fact was dont_know."""
        return row.get(dont_know_column(key[1])) is True


def condition_name(text: str, level: str) -> str:
    """The internal name under which an expression of a text is evaluated."""
    return f"{SAID}__{level}__{text}"


def see(book: Rulebook, record: Mapping[str, Any], as_of: dt.date) -> Seen:
    """Evaluates everything about one record that is given as a mapping.

    Args:
        book: the rules.
        record: facts by name, child rows as lists under the plural of their table.
        as_of: the day of the run.
    """
    key = book.root.key[0]
    identity = record.get(key) or "record"
    children = [t for t in book.assembly.tables.values() if t.parent is not None]
    plurals = {t.plural for t in children}
    facts = {k: v for k, v in record.items() if k not in plurals}
    _check_names(book, record, plurals)
    rows = {book.root.plural: [{**facts, key: identity}]}
    for table in children:
        rows[table.plural] = [{**dict(row), key: identity} for row in record.get(table.plural) or ()]
    return see_inputs(book, as_tables(rows), as_of)


def _check_names(book: Rulebook, record: Mapping[str, Any], plurals: set[str]) -> None:
    for table in book.assembly.tables.values():
        known = {f.name for f in table.facts}
        given = [record] if table.parent is None else record.get(table.plural)
        rows: Any = () if given is None else given
        if not isinstance(rows, list | tuple) or not all(isinstance(row, Mapping) for row in rows):
            raise UsageError(f"{table.plural} must be a list of records.")
        if not all(isinstance(name, str) for row in rows for name in row):
            raise UsageError(f"{table.plural} must be a list of records, which are mappings of fact names to values.")
        for name in (n for row in rows for n in row):
            if name.removesuffix("__why") not in known and not (table.parent is None and name in plurals):
                raise UsageError(f"There is no fact {name} of a {table.name}.{did_you_mean(name, known)}")


def see_inputs(
    book: Rulebook,
    inputs: Mapping[str, Any],
    as_of: dt.date,
    mapping: MappingFile | None = None,
    answers: Any = None,
) -> Seen:
    """Evaluates everything about one record whose rows are given per table.

    Args:
        book: the rules.
        inputs: the record's rows, as Arrow tables or excerpts by the plural of their table.
        as_of: the day of the run.
        mapping: how the inputs' columns become facts.
        answers: answers that came in later, to this record and to others.

    Raises:
        ResultError: the record has no usable key.
    """
    extended = with_conditions(book)
    wanted: dict[str, list[Key]] = {}
    for name, table in book.assembly.tables.items():
        keys = [(name, f.name) for f in table.facts]
        keys += [(name, dont_know_column(f.name)) for f in table.facts if f.values]
        keys += [k for k, s in book.symbols.by_key.items() if k[0] == name and s.source == "lookup"]
        keys += [k for k, d in extended.definitions.items() if k[0] == name and d.kind != "missing"]
        wanted[name] = keys
    found, rejects = evaluate(extended, inputs, wanted, as_of, mapping, answers, reasons=True)
    if not found[book.root.name]:
        reason = rejects[0]["reason"] if rejects else "it has no usable key"
        raise ResultError(f"The record cannot be read: {reason}.")
    children = {t: rows for t, rows in found.items() if t != book.root.name}
    record = found[book.root.name][0]
    # Answers to other records are not there for this one.
    own = [r for r in rejects if r["table"] != ANSWERS or r[book.root.key[0]] == record[book.root.key[0]]]
    return Seen(book, record, children, own, inputs, mapping, answers)


def with_conditions(book: Rulebook) -> Rulebook:
    """The rulebook with every condition of a text as a definition of its own."""
    extra: dict[Key, Definition] = {}

    def add(level: str, text: str) -> None:
        name = condition_name(text, level)
        tree = book.parsed[text]
        kind = infer(tree, level, book.symbols)
        read = tuple(reads(tree, level, book.symbols))
        extra[(level, name)] = Definition((level, name), tree, SAID, "", True, kind, read)

    root = book.root.name
    for guideline in book.assembly.guidelines:
        if guideline.todo_when:
            add(root, guideline.todo_when)
        for check in guideline.checks:
            for saying in (*check.advice_if, *check.lean):
                add(check.level, saying.when)
    for note in book.assembly.notes:
        add(note.level, note.when)
    for ranking in book.assembly.rankings:
        add(root, ranking.when)
        add(root, ranking.cover)
        for text in (ranking.where, ranking.by, ranking.amount):
            add(ranking.table, text)
    return dataclasses.replace(book, definitions={**book.definitions, **extra})


def with_passes(book: Rulebook, passing: Iterable[Key]) -> Rulebook:
    """The rulebook as if these checks passed, whatever the record says."""
    certain: Node = Call("judge", (Literal(True), Literal(True)))
    changed = {
        key: dataclasses.replace(book.definitions[key], tree=certain, reads=())
        for key in passing
        if key in book.definitions
    }
    return dataclasses.replace(book, definitions={**book.definitions, **changed})
