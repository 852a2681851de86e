"""An empty form: a workbook that asks for the facts of a rulebook, one sheet for each table.

What comes back filled in is read like any other input: the row of fact names is its header.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from socialrules.errors import UsageError, did_you_mean
from socialrules.evaluate import evaluate
from socialrules.model import DONT_KNOW, Depth, Fact, Lookup, Table
from socialrules.rulebook import Rulebook
from socialrules.sheetcolumns import Column, Kind, column_range, lines_of
from socialrules.sheets import workbook
from socialrules.sources.mapping import Mapping as MappingFile
from socialrules.wording import default_words

READ_ME = "Read me"
MOST_RECORDS = 5_000
"""Of the root table, filled in beforehand: nobody fills in a form for more."""

SPARE_ROWS = 5
"""Rows drawn below those that are named, however many these are."""

HEADER_ROW = 4
"""Of a sheet: below the title, the questions and what is meant."""

EMPTY_ROWS = 34
"""Rows drawn for records that are not named beforehand; more can be filled in below."""

ASKED_LINES, MEANT_LINES, WIDEST = 5, 8, 60
"""Lines of a question and of what is meant by it, and the width in characters up to which a column grows for them."""

CHILD_ROWS = 3
"""Rows drawn for each record in the sheet of a child table."""


def write_form(
    book: Rulebook,
    path: Path,
    depth: Depth = "core",
    *,
    records: Sequence[tuple[str, str | None]] = (),
    add: Sequence[str] = (),
    overwrite: bool = False,
) -> dict[str, int]:
    """Writes an empty form.

    Args:
        book: the rules.
        path: the workbook, ``.xlsx``.
        depth: ``core`` asks for the facts that are asked at that depth, ``full`` for all that are asked.
        records: key and label of the records that are filled in beforehand.
        add: further facts to ask for, as ``fact`` or ``table.fact``.
        overwrite: replace an older file.

    Returns:
        The number of questions on each sheet, by the plural of its table.

    Raises:
        UsageError: a fact is not there, the file exists, or there are too many records.
        OutputError: the file cannot be written.
    """
    if len(records) > MOST_RECORDS:
        raise UsageError(
            f"--for: a form has room for {MOST_RECORDS:,} {book.root.plural}; {len(records):,} were given."
        )
    added = _added(book, add)
    asked = {t.name: asked_facts(t, depth, added.get(t.name, ())) for t in book.assembly.tables.values()}
    with workbook(path, overwrite) as sheets:
        sheets.read_me(READ_ME, "A form to fill in", _read_me(book, path, asked))
        for table in book.assembly.tables.values():
            facts = asked[table.name]
            columns = [_column(book, table, fact) for fact in facts]
            names = [f.name for f in facts]
            filled: Iterable[Sequence[Any]] = ()
            if table.parent is None:
                given = [dict(zip((table.key[0], table.label), pair, strict=True)) for pair in records]
                filled = [[row.get(name) for name in names] for row in given]
            empty = EMPTY_ROWS - len(records) if table.parent is None else EMPTY_ROWS
            empty = max(empty, SPARE_ROWS, CHILD_ROWS * len(records) if table.parent else 0)
            named = len([n for n in names[:2] if n in (table.key[0], table.label)])
            sheets.form(table.plural, _title(book, table), columns, filled, frozen=named, empty=empty)
    return {t.plural: len(asked[t.name]) for t in book.assembly.tables.values()}


def named_records(
    book: Rulebook, source: str | Path, as_of: dt.date, mapping: MappingFile | None = None
) -> list[tuple[str, str | None]]:
    """Key and label of the records of an input. Of the mapping, only what it says of the root table counts.

    Raises:
        InputError: it cannot be read, or has no column with the key.
    """
    root = book.root
    label = root.label or root.key[0]
    wanted = {root.name: [(root.name, root.key[0]), (root.name, label)]}
    if mapping is not None:
        layouts = {name: layout for name, layout in mapping.layouts.items() if name == root.plural}
        tables = tuple(entry for entry in mapping.tables if entry.table == root.plural)
        mapping = replace(mapping, tables=tables, layouts=layouts)
    found, _ = evaluate(book, {root.plural: source}, wanted, as_of, mapping)
    return [(str(row[root.key[0]]), row[label]) for row in found[root.name]]


def asked_facts(table: Table, depth: Depth, added: Sequence[str] = ()) -> list[Fact]:
    """The facts of a table that a form asks for: key and label first, then the others in their order.

    Facts that are figures, context or computed are not asked, but where a table has nothing else: a
    row of it is there for them.
    """
    kinds = ("core", "full") if depth == "full" else ("core",)
    chosen = [f for f in table.facts if f.ask in kinds or f.required or f.name in added]
    if not [f for f in chosen if f.name not in table.key]:
        chosen = list(table.facts)
    by_name = {f.name: f for f in table.facts}
    first = [by_name[n] for n in dict.fromkeys([table.key[0], table.label, *table.key[1:]]) if n]
    return [*first, *(f for f in chosen if f not in first)]


def _added(book: Rulebook, add: Sequence[str]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    tables = book.assembly.tables
    for name in add:
        scope, _, fact = name.rpartition(".")
        among = [t for t in tables.values() if scope in ("", t.name, t.plural) and any(f.name == fact for f in t.facts)]
        if not among:
            known = [f.name for t in tables.values() for f in t.facts]
            raise UsageError(f"--add {name}: there is no such fact.{did_you_mean(fact, known)}")
        for table in among:
            found.setdefault(table.name, []).append(fact)
    return found


# What a person reads


def question_of(book: Rulebook, table: Table, fact: Fact) -> str:
    """The question for a fact, in words; where it has none, its name in words."""
    other = next((f for f in table.facts if f.name == fact.asked_with), None)
    said = fact.question or (other.question if other else "")
    return default_words(book, said) or in_words(fact.name)


def in_words(name: str) -> str:
    """A name as words: ``years_in_use`` is ``Years in use``."""
    return name.replace("_", " ").capitalize()


def what_is_meant(book: Rulebook, fact: Fact, lookup: Lookup | None = None) -> str:
    """What may stand in the cell of a fact, and when it is asked; one sentence to a line."""
    lines = []
    if fact.required:
        lines.append("Needed in every row.")
    if fact.ask_if:
        lines.append(f"Only if {fact.ask_if}.")
    values = [v for v in fact.values if v != DONT_KNOW]
    if lookup is not None:
        lines.append("Choose from the list, or write another one.")
    elif fact.type == "choice":
        lines.append(f"One of: {', '.join(fact.values)}.")
    elif fact.type == "choices":
        lines.append(f"Any of: {', '.join(values)}.")
        lines.append("Write several with ; between them. None of them: []. Not known: dont_know.")
    elif fact.type == "texts":
        lines.append("Write several with ; between them. None: []. Not known: dont_know.")
    elif fact.type == "date":
        lines.append("A date, such as 2026-05-31.")
    elif fact.type in ("number", "integer"):
        lines.append(f"{_number_in_words(fact)}.")
    if fact.note:
        lines.append(default_words(book, fact.note))
    return "\n".join(lines)


def _number_in_words(fact: Fact) -> str:
    what = "A whole number" if fact.type == "integer" else "A number"
    if fact.unit:
        what += f", in {fact.unit}"
    if fact.above is not None:
        what += f", more than {fact.above:g}"
    elif fact.min is not None and fact.max is None:
        what += f", {fact.min:g} or more"
    if fact.max is not None:
        what += f", {f'from {fact.min:g} to' if fact.min is not None else 'at most'} {fact.max:g}"
    return what


def lookup_of(book: Rulebook, table: Table, fact: Fact) -> Lookup | None:
    """The registry that a fact is looked up in; None for most."""
    return next((k for k in book.assembly.lookups.values() if (k.table, k.fact) == (table.name, fact.name)), None)


def answer_column(book: Rulebook, table: Table, fact: Fact, name: str = "") -> Column:
    """A column whose cells take the answers to a fact: drop-down, limits, width. ``name``: of its header."""
    lookup = lookup_of(book, table, fact)
    kinds: dict[str, Kind] = {"number": "number", "integer": "number", "date": "date"}
    choices = fact.values if fact.type == "choice" else tuple(lookup.rows) if lookup else ()
    tip = "Several: a;b;c   None: []   Not known: dont_know" if fact.is_list else ""
    return Column(
        name or fact.name,
        kinds.get(fact.type, "text"),
        _width(fact, lookup),
        choices=choices,
        only_choices=lookup is None,
        low=fact.above if fact.above is not None else fact.min,
        high=fact.max,
        beyond=fact.above is not None,
        whole=fact.type == "integer",
        tip=tip,
    )


def _width(fact: Fact, lookup: Lookup | None) -> float:
    least = len(fact.name) + 4
    if fact.is_list:
        return max(36, least)
    return max(24 if fact.type == "choice" or lookup else 22, least)


def _wide_enough(width: float, asked: str, meant: str) -> float:
    """A width at which the question and what is meant do not stand too high above the cells."""
    while width < WIDEST and (lines_of(asked, width) > ASKED_LINES or lines_of(meant, width) > MEANT_LINES):
        width += 2
    return width


def _column(book: Rulebook, table: Table, fact: Fact) -> Column:
    column = answer_column(book, table, fact)
    asked, meant = question_of(book, table, fact), what_is_meant(book, fact, lookup_of(book, table, fact))
    comment = f"{asked}\n{meant}".strip() + f"\n\nLeave it empty if nobody asked.{_unsure(fact)}"
    changes: dict[str, Any] = {"above": (asked, meant), "comment": comment, "needed": fact.required}
    changes |= {"width": _wide_enough(column.width, asked, meant)}
    if table.parent is not None and fact.name == table.key[0]:
        root = book.root.plural
        changes |= {"choices_in": column_range(root, 0, HEADER_ROW + 1, HEADER_ROW + MOST_RECORDS)}
        changes |= {"only_choices": False}
    return replace(column, **changes)


def _unsure(fact: Fact) -> str:
    return " Choose dont_know if you were asked and do not know." if DONT_KNOW in fact.values else ""


def _title(book: Rulebook, table: Table) -> str:
    root = book.root
    if table.parent is None:
        return f"One row for each {_one(table)}. Empty: nobody asked. dont_know: asked, and nobody knows."
    return f"One row for each {_one(table)}, with the {table.key[0]} of the sheet {root.plural}. No row is fine too."


def _one(table: Table) -> str:
    """What a row stands for: ``shop``, or ``shop and supplier``."""
    return " and ".join(k.removesuffix("_id").replace("_", " ") for k in table.key[: 1 if table.parent is None else 2])


def _read_me(book: Rulebook, path: Path, asked: Mapping[str, Sequence[Fact]]) -> list[tuple[str, Sequence[str]]]:
    tables = book.assembly.tables.values()
    root = book.root
    lines = [
        f"{t.plural}: one row for each {_one(t)}, {len(asked[t.name])} columns."
        + (f" The {t.key[0]} says to which {root.name} a row belongs. The sheet may stay empty." if t.parent else "")
        for t in tables
    ]
    return [
        (
            "How to fill it in",
            [
                "Each sheet has the question at the top, what is meant below it, and under the dark row the cells for "
                "the answers. Start with the first row that is empty.",
                "Where a cell has a list to choose from, a small arrow appears when you click on it.",
                "Where several answers are possible, write them with a semicolon between them: one;another. "
                "Write [] if you know that none of them is true.",
                "Rest the mouse on a name in the dark row to read its question again.",
            ],
        ),
        (
            "What you do not know",
            [
                "Leave a cell empty if nobody asked, or if the question makes no sense for you. Empty never counts as "
                "no and never as zero.",
                "Choose dont_know if you were asked and cannot say.",
                "Write 0 only if you know that it is none.",
            ],
        ),
        ("The sheets", lines),
        (
            "When it is done",
            [
                "Save it as it is and send it back. The names in the dark rows and the names of the sheets must stay. "
                "A sheet is protected so that they are not changed by accident; there is no password.",
                f"For whoever evaluates it: socialrules score {path.name} -o results",
            ],
        ),
    ]
