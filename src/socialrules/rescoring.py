"""Scores the inputs of a result folder again, all or a sample of them, and compares every cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from socialrules.comparison import Comparison, Stack, compare, compare_as_bags
from socialrules.engine import Progress, score_to_folder
from socialrules.folders import table_files
from socialrules.hashes import REJECTS
from socialrules.interrupts import interruptible
from socialrules.queries import number_of
from socialrules.quoting import identifier, parquet, text
from socialrules.results import Results
from socialrules.rulebook import Rulebook
from socialrules.run import Run, Settings
from socialrules.sources.answers import RECORDED
from socialrules.sources.inputs import sorted_input
from socialrules.sources.mapping import Mapping as MappingFile
from socialrules.sources.rows import sample_statements


@dataclass(frozen=True)
class Again:
    """How to score again.

    Attributes:
        book: today's rules, with the options of the run.
        settings: those of the run.
        mapping: its mapping.
        files: per input, where its files are now, in the order of the run.
        recorded: by path of today, the path at the time of the run.
        sample: keys of the records to score; None: all.
        answers: where the files of its answers are now; none where it had none.
    """

    book: Rulebook
    settings: Settings
    mapping: MappingFile | None
    files: Mapping[str, Sequence[Path]]
    recorded: Mapping[str, str]
    sample: Sequence[str] | None = None
    answers: Sequence[Path] = ()


def choose_sample(results: Results, book: Rulebook, number: int) -> list[str]:
    """The keys of so many records, or of all if there are fewer: always the same ones, by the hash of the key."""
    key = identifier(book.root.key[0])
    with duckdb.connect() as con, interruptible(con.interrupt):
        rows = con.execute(
            f"SELECT {key} FROM {results.source(book.root.plural)} ORDER BY hash({key}), {key} LIMIT {number}"
        ).fetchall()
    return [str(row[0]) for row in rows]


def score_again(
    results: Results, again: Again, tables: Sequence[str], work: Path, progress: Progress | None = None
) -> dict[str, Comparison]:
    """Scores again and compares.

    Args:
        results: the result folder.
        again: what to score and how.
        tables: the tables of the folder that can be read.
        work: a folder to work in. It needs as much room as the results.
        progress: told after every part.

    Returns:
        By table what differs, also where nothing does.

    Raises:
        InputError: the inputs cannot be scored (any more).
    """
    fresh = score_to_folder(
        again.book,
        {name: list(files) for name, files in again.files.items()},
        work / "again",
        again.settings,
        mapping=again.mapping,
        answers=list(again.answers) or None,
        progress=progress,
        opened=lambda run: _prepare(run, again),
    )
    found = {}
    config: dict[str, Any] = {"temp_directory": str(work / "spill"), "preserve_insertion_order": False}
    with duckdb.connect(config=config) as con, interruptible(con.interrupt):
        if again.settings.threads:
            con.execute(f"SET threads = {again.settings.threads}")
        if again.settings.memory_limit:
            con.execute(f"SET memory_limit = {text(again.settings.memory_limit)}")
        root_key = again.book.root.key[0]
        for name in tables:
            now = Stack(con, table_files(fresh, name))
            was = Stack(con, table_files(results.path, name))
            if again.sample is not None:
                was = _sampled(con, was, root_key, again.sample, work / f"{name}-was.parquet")
            if name == REJECTS:
                found[name] = compare_as_bags(con, was, now)
            else:
                found[name] = compare(con, was, now, _key(again.book, name, was, now))
    return found


def _key(book: Rulebook, plural: str, was: Stack, now: Stack) -> list[str]:
    """Columns that tell rows apart: the table's key as far as it is written, else the place in the source."""
    table = next((t for t in book.assembly.tables.values() if t.plural == plural), None)
    wanted = list(table.key) if table else []
    written = [k for k in wanted if k in was.types and k in now.types]
    places = [] if written and written == wanted else ["source_file", "source_row"]
    return [*written, *(p for p in places if p in was.types and p in now.types)]


def _prepare(run: Run, again: Again) -> None:
    """Gives moved inputs the names they had, and leaves only the sample of them."""
    if again.sample is not None:
        run.con.execute("CREATE TEMP TABLE sample (key VARCHAR)")
        run.con.execute("INSERT INTO sample SELECT unnest(?::VARCHAR[])", [list(again.sample)])
    if run.answers is not None:
        source = run.answers.source
        source.shown = [again.recorded.get(shown, shown) for shown in source.shown]
        if again.sample is not None:
            run.con.execute(f"DELETE FROM {RECORDED} WHERE key IS NULL OR key NOT IN (SELECT key FROM sample)")
    for reader in run.readers.values():
        if reader.source is None:
            continue
        reader.source.shown = [_as_recorded(shown, again.recorded) for shown in reader.source.shown]
        if again.sample is not None:
            target = run.work / f"{reader.table.plural}-sample.parquet"
            for statement in sample_statements(reader, "sample", str(target)):
                run.con.execute(statement)
            rows = number_of(run.con, f"SELECT count(*) FROM {parquet(target)}")
            reader.source = sorted_input(reader.source, target, rows)


def _as_recorded(shown: str, recorded: Mapping[str, str]) -> str:
    """What the run called a file or sheet."""
    if shown in recorded:
        return recorded[shown]
    # Of a workbook the sheet follows.
    file = max((now for now in recorded if shown.startswith(f"{now} [")), key=len, default="")
    return recorded[file] + shown[len(file) :] if file else shown


def _sampled(con: duckdb.DuckDBPyConnection, table: Stack, key: str, keys: Sequence[str], target: Path) -> Stack:
    """The rows of some records, in their order, as a table of its own."""
    con.execute("CREATE OR REPLACE TEMP TABLE sample AS SELECT unnest(?::VARCHAR[]) AS key", [list(keys)])
    con.execute(
        f"COPY (SELECT source.* EXCLUDE (_place) FROM ({table.scan()}) AS source "
        f"SEMI JOIN sample ON sample.key = source.{identifier(key)} ORDER BY _place) TO {text(str(target))} (FORMAT parquet)"
    )
    return Stack(con, [target])
