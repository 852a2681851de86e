"""Puts the results of all shards of a run together: the same folder as a run without shards.

A shard is cut where the parts of the whole run are cut, so the files of the whole are made by putting
files of neighbours one behind the other. One part is in memory at a time, whatever the number of shards.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import duckdb

from socialrules.errors import ResultError, UsageError
from socialrules.expressions import CONFIG
from socialrules.folders import check_free, publish, work_folder
from socialrules.hashes import REJECTS, value_hash
from socialrules.interrupts import interruptible
from socialrules.lock import lock
from socialrules.manifest import merged_manifest, write_content
from socialrules.plan import copy_rejects, copy_result, part_file, part_numbers, settings_for
from socialrules.queries import columns_of, number_of
from socialrules.quoting import identifier, parquet
from socialrules.results import Results
from socialrules.shardfolders import ShardFolder, check_together, find_shards
from socialrules.sources.staging import blames_source
from socialrules.troubles import told_plainly

CLOSED_SET = re.compile(r"ENUM\(('([^']|'')*'(, ?)?)*\)")
"""A type that ``run.json`` may name. It becomes a part of a statement, so it must be this and nothing else."""


def merge(
    shards: str | Path | Iterable[str | Path],
    out: str | Path,
    *,
    overwrite: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Results:
    """Puts the results of all shards of a run together.

    Args:
        shards: their folders in any order, a glob, or a folder that holds them.
        out: the folder for the results. It appears whole at the end, or not at all.
        overwrite: replace an older result folder.
        progress: called with the number of files done and of all files.

    Raises:
        UsageError: a shard is missing or given twice; OUT exists already, or lies inside a shard or around one.
        ResultError: a folder is no shard, is damaged or of a newer version; or the shards are not of
            one run: other inputs, rules, numbers, day, kept columns or version of socialrules.
        OutputError: OUT cannot be written.
    """
    started = time.perf_counter()
    target = Path(out)
    found = check_together(find_shards(shards))
    _check_apart(found, target)
    with work_folder(target) as work:
        check_free(target, overwrite)
        (work / "spill").mkdir()
        with (
            duckdb.connect(config={**CONFIG, "temp_directory": str(work / "spill")}) as con,
            told_plainly(target),
            interruptible(con.interrupt),
        ):
            con.execute("SET enable_progress_bar = FALSE")
            con.execute("SET preserve_insertion_order = FALSE")
            for statement in settings_for(sum(found[0].manifest["shard"]["input_rows"].values())):
                con.execute(statement)
            lock(con, [file for shard in found for file in shard.all_files()], work)
            merged = _Merge(con, found, work / "result", progress)
            content = merged_manifest(
                [shard.manifest for shard in found], merged.part_rows, merged.tables(), merged.rejects()
            )
            content["seconds"] = round(content["seconds"] + time.perf_counter() - started, 3)
            write_content(merged.folder, content)
            publish(merged.folder, target, work, overwrite)
    return Results(target)


class _Merge:
    """The writing of the files of the whole."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        shards: Sequence[ShardFolder],
        folder: Path,
        progress: Callable[[int, int], None] | None,
    ) -> None:
        self.con, self.shards, self.folder, self.progress = con, shards, folder, progress
        self.part_rows = max(shard.part_rows for shard in shards)
        self.parts = part_numbers(0, sum(shard.rows for shard in shards), self.part_rows)
        self.done = 0
        folder.mkdir()

    def tables(self) -> dict[str, int]:
        """Writes every result table; returns the value hash of each."""
        return {name: self._table(name) for name in self.shards[0].manifest["values"]}

    def _table(self, name: str) -> int:
        for shard in self.shards:
            self._check_values(shard, name)
        whole = self.folder / f"{name}.parquet"
        if len(self.parts) > 1:
            whole.mkdir()
        hashes, first = 0, 0
        for number in self.parts:
            target = whole / part_file(number) if len(self.parts) > 1 else whole
            pieces = [(s, f) for s in self.shards for n, f in s.files_by_part(name) if self._holds(number, s, n)]
            self._write(name, pieces, target)
            value, rows = value_hash(self.con, name, target, first)
            hashes, first = hashes ^ value, first + rows
            self.done += 1
            if self.progress:
                self.progress(self.done, len(self.parts) * len(self.shards[0].manifest["values"]))
        return hashes

    def _holds(self, number: int, shard: ShardFolder, own_number: int) -> bool:
        """Whether a part of the whole holds a part of a shard. An empty shard has a part that is nowhere."""
        return shard.rows > 0 and own_number * shard.part_rows // self.part_rows == number

    def _write(self, name: str, pieces: Sequence[tuple[ShardFolder, Path]], target: Path) -> None:
        if len(pieces) == 1 and not pieces[0][0].renamed:
            shutil.copyfile(pieces[0][1], target)
            return
        types = self._types(name, pieces[0][1])
        place = "place"
        while place in {column.lower() for column in types}:
            place += "_"
        columns = ", ".join(f"{identifier(column)} {kind}" for column, kind in types.items())
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE part ({columns}, {identifier(place)} BIGINT)")
        first = 0
        for shard, file in pieces:
            # By name and place: the order of the rows in a file is that of the input.
            listed = ", ".join(shard.renaming("source_file") if c == "source_file" else identifier(c) for c in types)
            self.con.execute(
                f"INSERT INTO part SELECT {listed}, {first} + file_row_number FROM {parquet(file, numbered=True)}"
            )
            first = number_of(self.con, "SELECT count(*) FROM part")
        listed = ", ".join(identifier(column) for column in types)
        self.con.execute(copy_result(f"    SELECT {listed} FROM part ORDER BY {identifier(place)}", target))
        self.con.execute("DROP TABLE part")

    def _types(self, name: str, file: Path) -> dict[str, str]:
        """The columns of a table. Parquet keeps a closed set as texts; the shard says which set it was."""
        found = columns_of(self.con, parquet(file))
        said = self.shards[0].manifest["shard"]["types"][name]
        return {c: said[c] if CLOSED_SET.fullmatch(said.get(c, "")) else kind for c, kind in found.items()}

    def rejects(self) -> tuple[int, int]:
        """Writes the rejects; returns their value hash and number."""
        for shard in self.shards:
            self._check_values(shard, REJECTS)
        kinds: dict[str, str] = {}
        for shard in self.shards:
            (file,) = shard.files(REJECTS)
            source = parquet(file)
            if not kinds:
                kinds = columns_of(self.con, source)
                columns = ", ".join(f"{identifier(n)} {kind}" for n, kind in kinds.items())
                self.con.execute(f"CREATE TEMP TABLE rejects ({columns})")
            listed = ", ".join(shard.renaming(n) if n == "file" else identifier(n) for n in kinds)
            self.con.execute(f"INSERT INTO rejects SELECT {listed} FROM {source}")
        target = self.folder / f"{REJECTS}.parquet"
        key = list(kinds)[3]
        self.con.execute(copy_rejects(key, target))
        return value_hash(self.con, REJECTS, target)

    def _check_values(self, shard: ShardFolder, name: str) -> None:
        """A shard must hold what it held when its run ended."""
        hashes, rows = 0, 0
        known = True
        columns = list(shard.manifest["shard"]["types"].get(name, ()))
        for file in shard.files(name):
            try:
                value, more = value_hash(self.con, name, file, rows)
                found = columns_of(self.con, parquet(file))
            except duckdb.Error as error:
                if not blames_source(error):
                    raise
                raise ResultError(f"{file} is damaged and cannot be read. Score shard {shard.shard} again.") from None
            hashes, rows = hashes ^ value, rows + more
            known = known and columns in ([], list(found))
        expected_rows, expected = shard.expected(name)
        # Another version of DuckDB may hash in another way.
        same = shard.manifest["versions"]["duckdb"] != duckdb.__version__ or f"{hashes:016x}" == expected
        if not known or not same or rows != expected_rows:
            raise ResultError(
                f"{shard.path} has been changed since it was written: its table {name} holds other values than "
                f"run.json says. Score shard {shard.shard} again."
            )


def _check_apart(shards: Sequence[ShardFolder], out: Path) -> None:
    """A shard inside OUT would go with the older OUT; OUT inside a shard would change the shard."""
    place = out.resolve()
    for shard in shards:
        inside = shard.path.resolve()
        if place.is_relative_to(inside) or inside.is_relative_to(place):
            raise UsageError(
                f"{out} and the shard {shard.path} lie in each other. Choose another name for the results."
            )
