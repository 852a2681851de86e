"""What a run would find in its inputs, before anything is scored.

The inputs are opened, mapped and read exactly as a run does it, by the same statements: so what is
said here about rows that are left out and cells that cannot be read is what a run then records.
Only the rules are not evaluated.
"""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from socialrules.decidable import Decidable, decidable_checks
from socialrules.errors import nearest
from socialrules.expressions import names_in
from socialrules.interrupts import interruptible
from socialrules.model import Fact
from socialrules.queries import number_of
from socialrules.quoting import identifier
from socialrules.rulebook import Rulebook
from socialrules.run import Run, Settings
from socialrules.semantics import Key, dont_know_column
from socialrules.sources.cells import WHY
from socialrules.sources.headers import EXTRA
from socialrules.sources.mapping import Mapping as MappingFile
from socialrules.sources.mapping import TableMapping
from socialrules.sources.reader import TableReader
from socialrules.troubles import told_plainly

PART_ROWS = 122_880
"""Every fact of a part is held at once, so a part is smaller than that of a run."""


@dataclass
class FactFill:
    """How full a fact is, over the rows that stay.

    Attributes:
        fact: which one.
        column: the column that feeds it.
        read: cells with a value that counts.
        dont_know: cells whose answer is that nobody could say.
        rejected: cells that hold something that cannot be read, or contradicts another cell.
    """

    fact: Fact
    column: str
    read: int = 0
    dont_know: int = 0
    rejected: int = 0

    @property
    def filled(self) -> int:
        """Cells that hold anything."""
        return self.read + self.dont_know + self.rejected


@dataclass
class TableFill:
    """What was found of one table.

    Attributes:
        table: its plural.
        files: what was read.
        rows, left_out: its rows, and those of them that no run would score.
        facts: those that have a column, in the order of the rulebook.
        unread: columns that nothing reads, each with the nearest fact, or an empty text.
        not_there: columns that only the file of the codebook has, each with the nearest column, or an empty text.
    """

    table: str
    files: list[str]
    rows: int
    left_out: int
    facts: list[FactFill]
    unread: list[tuple[str, str]]
    not_there: list[tuple[str, str]] = field(default_factory=list)

    @property
    def stay(self) -> int:
        """The rows that a run would score."""
        return self.rows - self.left_out


@dataclass(frozen=True, slots=True)
class Rejected:
    """Rejects of one kind and reason, with the first of them as an example.

    The attributes are those of ``rejects.parquet``; ``count`` says how many there are.
    """

    table: str
    kind: str
    column: str | None
    reason: str
    count: int
    file: str
    row: int
    value: str | None


@dataclass
class Inspection:
    """What a run would find: tables, checks that can be decided, rejects.

    ``asked``: the facts of these tables, as ``table.fact``, that a questionnaire asks for.
    ``unread_sheets``: workbook and name of each sheet that holds something and that no table is read from.
    """

    tables: list[TableFill]
    checks: list[Decidable]
    rejects: list[Rejected]
    asked: frozenset[str] = frozenset()
    unread_sheets: Sequence[tuple[Path, str]] = ()

    @property
    def waited_for(self) -> list[tuple[str, int]]:
        """The facts a questionnaire asks for that checks read and no column feeds, with the number of such checks."""
        counts: dict[str, int] = {}
        for check in self.checks:
            for name in check.missing:
                if name in self.asked:
                    counts[name] = counts.get(name, 0) + 1
        return sorted(counts.items(), key=lambda pair: -pair[1])

    def to_dict(self) -> dict[str, Any]:
        """The inspection as plain data."""
        return {
            "tables": [
                {
                    "table": t.table,
                    "files": t.files,
                    "rows": t.rows,
                    "left_out": t.left_out,
                    "facts": [
                        {
                            "fact": f.fact.name,
                            "column": f.column,
                            "filled": f.filled,
                            "read": f.read,
                            "dont_know": f.dont_know,
                            "rejected": f.rejected,
                        }
                        for f in t.facts
                    ],
                    "unread": [{"column": c, "nearest": near or None} for c, near in t.unread],
                    "only_in_codebook": [{"column": c, "nearest": near or None} for c, near in t.not_there],
                }
                for t in self.tables
            ],
            "checks": [
                {
                    "code": c.check.code,
                    "title": c.check.title,
                    "severity": c.check.severity,
                    "decision": c.decision,
                    "missing": list(c.missing),
                }
                for c in self.checks
            ],
            "unread_sheets": [{"path": str(file), "sheet": sheet} for file, sheet in self.unread_sheets],
            "rejects": [dataclasses.asdict(r) for r in self.rejects],
        }


def inspect(
    book: Rulebook,
    given: Mapping[str, Any],
    settings: Settings,
    mapping: MappingFile | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Inspection:
    """Reads inputs as a run would, and says what it found.

    Args:
        book: the rules.
        given: an input per table, by the table's plural.
        settings: how the run would be done.
        mapping: how the inputs' columns become facts.
        progress: told after every part.

    Raises:
        InputError: see ``Run.open``.
    """
    how = dataclasses.replace(settings, part_rows=settings.part_rows or PART_ROWS)
    with (
        tempfile.TemporaryDirectory(prefix="socialrules-") as folder,
        told_plainly(Path(folder), settings.memory_limit),
        Run(book, how, Path(folder), reads_only=True) as run,
        interruptible(run.con.interrupt),
    ):
        plan = run.open(given, mapping)
        run.prepare(plan)
        tables = _opened(run, mapping)
        for reader in run.readers.values():
            if reader.source is not None and tables[reader.table.name].left_out:
                run.con.execute(plan.rejected_rows(reader))
        for done, number in enumerate(plan.numbers, 1):
            run.read_part(plan, number)
            for level, found in tables.items():
                _add_part(run, level, found)
            if progress:
                progress(done, plan.parts)
        for level, found in tables.items():
            _add_rejected(run, run.readers[level], found)
        every = [(level, f) for level in tables for f in run.readers[level].table.facts]
        asked = frozenset(f"{level}.{f.name}" for level, f in every if f.ask in ("core", "full"))
        return Inspection(list(tables.values()), _checks(run, tables), _rejects(run), asked, run.unread_sheets())


def _opened(run: Run, mapping: MappingFile | None) -> dict[str, TableFill]:
    """The tables that have an input, by name, with nothing counted but their rows."""
    counts, read = run.counts(), _columns_read(run, mapping)
    entries = {entry.table: entry for entry in mapping.tables} if mapping else {}
    names = {f.name for t in run.rulebook.assembly.tables.values() for f in t.facts}
    found = {}
    for name, reader in run.readers.items():
        plural = reader.table.plural
        if reader.source is None:
            continue
        facts = []
        for fact in reader.table.facts:
            if fact.name in reader.cells:
                facts.append(FactFill(fact, _origin(run, entries.get(plural), fact.name, reader.columns[fact.name])))
        source = run.sources.get(plural)
        unread = [c for c in source.columns if c not in read[plural] and c != EXTRA] if source else []
        near = [(c, nearest(c, names) or "") for c in unread]
        count = counts[plural]
        not_there = _only_in_codebook(run, mapping, plural)
        found[name] = TableFill(plural, reader.source.shown, count.rows, count.left_out, facts, near, not_there)
    return found


def _only_in_codebook(run: Run, mapping: MappingFile | None, plural: str) -> list[tuple[str, str]]:
    """The columns of which the file of a codebook speaks and that the input does not have."""
    source = run.sources.get(plural)
    said = mapping.sources.get(plural) if mapping else None
    if source is None or said is None:
        return []
    spoken_of = {**said.codebook.codes, **said.codebook.numbers}
    return [(c, nearest(c, source.columns) or "") for c in spoken_of if c not in source.columns]


def _origin(run: Run, entry: TableMapping | None, fact: str, column: str) -> str:
    """The columns of the source that feed a fact, in words."""
    tree = entry.facts.get(fact) if entry else None
    if entry is None or tree is None:
        return column
    held = run.sources[entry.source].columns
    names: dict[str, None] = {}
    for name in names_in(tree):
        # What is no column of the source is the cell of those that each make a row.
        names |= dict.fromkeys((name.name,) if name.name in held or not entry.each else entry.each)
    return ", ".join(names) or "always the same"


def _columns_read(run: Run, mapping: MappingFile | None) -> dict[str, set[str]]:
    """Per input, the columns that feed a fact of any table."""
    read: dict[str, set[str]] = {name: set(run.settings.keep) for name in run.sources}
    mapped = {entry.table for entry in mapping.tables} if mapping else set()
    for reader in run.readers.values():
        plural = reader.table.plural
        if plural in run.sources and plural not in mapped:
            read[plural] |= set(reader.columns.values())
    if mapping is None:
        return read
    for entry in mapping.tables:
        trees = [*entry.facts.values(), *([entry.where] if entry.where else [])]
        read[entry.source] |= {n.name for tree in trees for n in names_in(tree)} | set(entry.each)
        if entry.keep_names and not entry.each:
            table = next(t for t in run.rulebook.assembly.tables.values() if t.plural == entry.table)
            named = {f.name for f in table.facts} - set(entry.facts)
            said = mapping.sources.get(entry.source)
            columns = [*run.sources[entry.source].columns, *(said.section.lists if said else ())]
            read[entry.source] |= {c for c in columns if c.removesuffix(WHY) in named}
    for name, said in mapping.sources.items():
        for made in set(said.section.lists) & read.get(name, set()):
            asked = [n.name for n in names_in(said.asked[made])] if made in said.asked else []
            read[name] |= {*said.section.lists[made].columns, *asked}
    return read


def _add_part(run: Run, level: str, found: TableFill) -> None:
    """Adds what the part that was read last holds."""
    counted = [f for f in found.facts if not _stands_in(run.readers[level], f.fact)]
    columns = []
    for fill in counted:
        unsure = f"count(*) FILTER ({identifier(dont_know_column(fill.fact.name))})"
        columns += [f"count({identifier(fill.fact.name)})", unsure if fill.fact.may_not_know else "0"]
    if not columns:
        return
    row = run.con.execute(f"SELECT {', '.join(columns)} FROM {level}_0").fetchone()
    assert row is not None
    for fill, read, unsure in zip(counted, row[::2], row[1::2], strict=True):
        fill.read += read
        fill.dont_know += unsure


def _stands_in(reader: TableReader, fact: Fact) -> bool:
    """Whether something else stands in where the cell is empty, so that the value says nothing about the cell."""
    return fact.default is not None or fact.name == reader.table.numbered


def _add_rejected(run: Run, reader: TableReader, found: TableFill) -> None:
    """Adds the cells that were rejected, and counts the cells for which something else stands in."""
    rejected = dict(
        run.con.execute(
            'SELECT "column", count(*) FROM rejects WHERE "table" = ? AND kind = \'cell\' GROUP BY ALL', [found.table]
        ).fetchall()
    )
    assert reader.source is not None
    for fill in found.facts:
        name = fill.fact.name
        fill.rejected = rejected.get(name, 0)
        if _stands_in(reader, fill.fact):
            only = dataclasses.replace(
                reader,
                cells={name: reader.cells[name]},
                companions={},
                columns={name: reader.columns[name]},
                kept=[],
            )
            rows = only.layered(0, reader.source.rows, f"ANTI JOIN left_out_{reader.table.name} USING (row)")
            fill.read = number_of(run.con, f"SELECT count({reader.cells[name].value}) FROM ({rows})")


def _checks(run: Run, tables: Mapping[str, TableFill]) -> list[Decidable]:
    fed: set[Key] = {(level, fill.fact.name) for level, found in tables.items() for fill in found.facts if fill.filled}
    fed |= {(level, f.name) for level in tables for f in run.readers[level].table.facts if f.default is not None}
    return decidable_checks(run.program.rulebook, fed, tables)


def _rejects(run: Run) -> list[Rejected]:
    rows = run.con.execute(
        "SELECT \"table\", kind, \"column\", reason, count(*), min({'file': file, 'row': row, 'value': value})\n"
        'FROM rejects GROUP BY ALL ORDER BY kind DESC, count(*) DESC, "table", "column", reason'
    ).fetchall()
    return [
        Rejected(table, kind, column, reason, count, first["file"], first["row"], first["value"])
        for table, kind, column, reason, count, first in rows
    ]
