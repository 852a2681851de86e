"""Whether a result folder is what its inputs and rules give: ``socialrules verify``.

Inputs and results are compared with the hashes in ``run.json``, the rules and versions with those
installed. Then the inputs are scored again, and every cell is compared.
"""

from __future__ import annotations

import datetime as dt
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

import duckdb

from socialrules.comparison import Comparison
from socialrules.engine import Progress
from socialrules.errors import InputError, RulebookError, UsageError
from socialrules.findings import Cause, Difference, TableFinding, Verification
from socialrules.folders import table_files
from socialrules.hashes import REJECTS, value_hash
from socialrules.interrupts import interruptible
from socialrules.manifest import engine_version
from socialrules.plugins import LoadedPlugin, load_plugins
from socialrules.quoting import parquet
from socialrules.rescoring import Again, choose_sample, score_again
from socialrules.results import Results, open_results
from socialrules.rulebook import Rulebook, load_rulebook
from socialrules.run import Settings
from socialrules.shards import Shard
from socialrules.sources.answers import ANSWERS
from socialrules.sources.inputs import file_hash
from socialrules.sources.mapping import load_mapping
from socialrules.sources.staging import first_line

CAUSES: tuple[Cause, ...] = ("data", "rulebook", "parameter", "version", "unexplained")


def verify(
    out: str | Path,
    sample: int | None = None,
    *,
    rules: Iterable[str | Path] = (),
    inputs: str | Path | None = None,
    threads: int | None = None,
    memory_limit: str | None = None,
    rulebook: Rulebook | None = None,
    progress: Progress | None = None,
) -> Verification:
    """What of a result folder is not as its run left it, or would not come out the same today.

    Args:
        out: the result folder.
        sample: score only so many records again, with all their child rows, always the same ones;
            None scores all. Hashes are compared over everything either way.
        rules: where the rule files of the run are now; by default where they were.
        inputs: a folder to which the inputs were moved; by default they are where they were.
        threads, memory_limit: as for ``score``.
        rulebook: use this one instead of loading what is installed.
        progress: called with parts done and all parts.

    Raises:
        ResultError: the folder is no result, its manifest is damaged or of a newer version.
        UsageError: ``sample`` is no positive number, or ``inputs`` no folder.
        PluginError: an installed plugin is broken.
    """
    if sample is not None and (type(sample) is not int or sample < 1):
        raise UsageError(f"--sample {sample}: write the number of records to score again, 1 or more.")
    if inputs is not None and not Path(inputs).is_dir():
        raise UsageError(f"--inputs {inputs}: there is no such folder.")
    results = open_results(out)
    check = _Check(results, Path(inputs) if inputs is not None else None)
    check.versions()
    files = check.inputs()
    tables = check.results()
    book = check.rules([Path(rules)] if isinstance(rules, str | Path) else [Path(f) for f in rules], rulebook)
    findings = check.cells(book, files, tables, sample, (threads, memory_limit), progress)
    order = CAUSES.index
    return Verification(
        results.path,
        sample,
        tuple(check.checked),
        tuple(check.not_checked),
        tuple(sorted(check.differences, key=lambda d: order(d.cause))),
        tuple(findings),
    )


class _Check:
    """The steps of a verification, and what they have found so far."""

    def __init__(self, results: Results, moved_to: Path | None) -> None:
        self.found, self.manifest, self.moved_to = results, results.manifest, moved_to
        self.checked: list[str] = []
        self.not_checked: list[str] = []
        self.differences: list[Difference] = []
        self.causes: set[Cause] = set()
        self.recorded: dict[str, str] = {}
        self.changed_tables: set[str] = set()

    def differs(self, cause: Cause, what: str) -> None:
        """Notes a difference that can make cells come out otherwise."""
        self.causes.add(cause)
        self.differences.append(Difference(cause, what))

    def versions(self) -> None:
        """Compares the versions of the engine and of DuckDB."""
        for name, now in (("socialrules", engine_version()), ("DuckDB", duckdb.__version__)):
            was = self.manifest["versions"][name.lower()]
            if was != now:
                self.differs("version", f"{name} was {was}, is now {now}")

    @property
    def hashes_compare(self) -> bool:
        """Whether value hashes can be compared: another version of DuckDB may hash otherwise."""
        return bool(self.manifest["versions"]["duckdb"] == duckdb.__version__)

    def inputs(self) -> dict[str, list[Path]] | None:
        """The files of every input, where they are now; None where not all of them are there."""
        files: dict[str, list[Path]] = {}
        complete, same = True, 0
        answers = self.manifest.get(ANSWERS)
        for name, entry in {**self.manifest["inputs"], **({ANSWERS: answers} if answers else {})}.items():
            if not entry["files"]:
                self.not_checked.append(f"{name}: came from memory, which is not kept, so nothing can be scored again")
                complete = False
            files[name] = []
            for file in entry["files"]:
                path = self._now_at(Path(file["path"]))
                if path is None:
                    self.differs("data", f"{file['path']} is no longer there")
                    complete = False
                    continue
                if path.stat().st_size != file["size"] or file_hash(path) != file["sha256"]:
                    self.differs("data", f"{path} has changed since the run")
                else:
                    same += 1
                files[name].append(path)
                self.recorded[str(path)] = file["path"]
        if same:
            self.checked.append(f"inputs: size and SHA-256 of {_number(same, 'file')}")
        return files if complete else None

    def _now_at(self, path: Path) -> Path | None:
        """Where a file is now: at its old place, or in the folder it was moved to, under as much of its path as is there."""
        if self.moved_to is not None:
            parts = path.parts[1:] if path.is_absolute() else path.parts
            for start in range(len(parts)):
                moved = self.moved_to.absolute().joinpath(*parts[start:])
                if moved.is_file():
                    return moved
        return path if path.is_file() else None

    def results(self) -> list[str]:
        """Compares the tables with their hashes and counts. Returns the names of those that can be read."""
        readable, same = [], []
        counts = {name: entry["scored"] for name, entry in self.manifest["inputs"].items()}
        wanted = {name: (values, counts.get(name, 0)) for name, values in self.manifest["values"].items()}
        rejects = self.manifest.get(REJECTS)
        wanted[REJECTS] = (rejects["values"], rejects["rows"]) if rejects else (None, None)
        with duckdb.connect() as con, interruptible(con.interrupt):
            for name, (values, rows) in wanted.items():
                problem = self._table_problem(con, name, values, rows)
                if problem is None:
                    same.append(name)
                else:
                    self.changed_tables.add(name)
                    what = f"{problem}: the results were changed after the run"
                    self.differences.append(Difference("data", what))
                if problem is None or self._can_be_read(con, name):
                    readable.append(name)
        if rejects is None:
            self.not_checked.append("rejects: the version that made the results kept no hash of them")
        if same:
            how = "value hash" if self.hashes_compare else "number of rows"
            self.checked.append(f"results: {how} of {', '.join(same)}")
        if not self.hashes_compare:
            self.not_checked.append("value hashes: they were made by another version of DuckDB")
        return readable

    def _table_problem(
        self, con: duckdb.DuckDBPyConnection, name: str, values: str | None, rows: int | None
    ) -> str | None:
        files = table_files(self.found.path, name)
        path = self.found.path / f"{name}.parquet"
        if not files:
            return f"{path} is missing"
        total, number = 0, 0
        for file in files:
            try:
                value, count = value_hash(con, name, file, number)
            except duckdb.Error as error:
                return f"{file} cannot be read ({first_line(error)})"
            total, number = total ^ value, number + count
        if rows is not None and number != rows:
            return f"{path} has {number:,} rows instead of {rows:,}"
        if values is not None and self.hashes_compare and f"{total:016x}" != values:
            return f"{path} holds other values than the run wrote"
        return None

    def _can_be_read(self, con: duckdb.DuckDBPyConnection, name: str) -> bool:
        files = table_files(self.found.path, name)
        try:
            for file in files:
                con.execute(f"SELECT count(COLUMNS(*)) FROM {parquet(file)}").fetchall()
        except duckdb.Error:
            return False
        return bool(files)

    def rules(self, files: list[Path], given: Rulebook | None) -> Rulebook | None:
        """Compares plugins, rules and parameters with those of the run. None where they no longer fit together."""
        options = self.manifest["rulebook"]["options"]
        if given is not None:
            book, loaded = given, given.assembly.plugins
        else:
            known = files or [Path(f) for f in self.manifest["rule_files"]]
            loaded = load_plugins([f for f in known if f.is_file()])
            for file in known:
                if not file.is_file():
                    self.differs("rulebook", f"the rule file {file} is not there; say with --rules where it is")
            try:
                book = load_rulebook(
                    plugins=loaded,
                    select=options.get("select", ()),
                    ignore=options.get("ignore", ()),
                    set_=options.get("set", {}),
                    depth=self.manifest["rulebook"]["depth"],
                )
            except (UsageError, RulebookError) as error:
                self._compare_plugins(loaded, ())
                self.differs("rulebook", f"the rules no longer fit together as they did: {str(error).rstrip('.')}")
                return None
        before = len(self.differences)
        self._compare_plugins(loaded, book.plugin_hashes)
        self._compare_parameters(book)
        if len(self.differences) == before:
            if book.hash != self.manifest["rulebook"]["hash"]:
                self.differs("rulebook", "the rules or options are not those of the run: their hash differs")
            else:
                numbers = f"{_number(len(loaded), 'plugin')} and {_number(len(book.parameters), 'parameter')}"
                self.checked.append(f"rules: {numbers}, hash {book.hash[:12]}")
        return book

    def _compare_plugins(self, loaded: tuple[LoadedPlugin, ...], hashes: tuple[str, ...]) -> None:
        was = {p["name"]: p for p in self.manifest["plugins"]}
        now = {p.name: p for p in loaded}
        rules = dict(zip(now, hashes, strict=False))
        for name in (n for n in was if n not in now):
            self.differs("rulebook", f"{_plugin(name, was[name]['version'])} is no longer there")
        for name in (n for n in now if n not in was):
            self.differs("rulebook", f"{_plugin(name, now[name].version)} was added")
        updated: dict[tuple[str, str, str], list[str]] = {}
        for name in (n for n in was if n in now):
            versions = (was[name]["version"], now[name].version)
            if versions[0] != versions[1]:
                updated.setdefault((now[name].origin, *versions), []).append(name)
            if was[name].get("rules") and name in rules and was[name]["rules"] != rules[name]:
                self.differs("rulebook", f"the rules of {_plugin(name, now[name].version)} have changed")
        for (origin, old, new), names in updated.items():
            what = f"the plugin {names[0]}" if len(names) == 1 else f"the {len(names)} plugins of {origin}"
            self.differs("rulebook", f"{what}: the version was {old}, is now {new}")

    def _compare_parameters(self, book: Rulebook) -> None:
        was, now = self.manifest["parameters"], book.parameters
        for name in sorted({*was, *now}):
            if name in was and name in now and was[name] != now[name]:
                owner = book.assembly.parameters[name][0] if name in book.assembly.parameters else ""
                full = f"{owner}.{name}" if owner else name
                self.differs("parameter", f"{full} was {_figure(was[name])}, is now {_figure(now[name])}")
            elif (name in was) != (name in now):
                self.differs("rulebook", f"the parameter {name} {'is gone' if name in was else 'is new'}")

    def cells(
        self,
        book: Rulebook | None,
        files: dict[str, list[Path]] | None,
        tables: list[str],
        sample: int | None,
        means: tuple[int | None, str | None],
        progress: Progress | None,
    ) -> list[TableFinding]:
        """Scores again and compares cell by cell, as far as rules, inputs and results are there."""
        there, mapping = self._mapping()
        if book is None or files is None or not there:
            self.not_checked.append("cells: without the rules and inputs of the run nothing can be scored again")
            return []
        if sample is not None and book.root.plural not in tables:
            self.not_checked.append(f"cells: no sample can be taken, because {book.root.plural} cannot be read")
            return []
        keys = choose_sample(self.found, book, sample) if sample is not None else None
        try:
            plan = load_mapping(mapping, book.assembly.tables) if mapping else None
            elsewhere = {t.table for t in plan.tables if t.source != t.table} if plan else set()
            given = {n: f for n, f in files.items() if n not in (*elsewhere, ANSWERS)}
            how = self._settings(*means, whole=keys is not None)
            again = Again(book, how, plan, given, self.recorded, keys, files.get(ANSWERS, ()))
            with tempfile.TemporaryDirectory(prefix="socialrules-verify-") as work:
                compared = score_again(self.found, again, tables, Path(work), progress)
        except (InputError, UsageError) as error:
            if not self.causes:
                raise
            self.not_checked.append(f"cells: the inputs cannot be scored again. {error}")
            return []
        scored = "all records" if keys is None else f"a sample of {_number(len(keys), 'record')}"
        same = [name for name, found in compared.items() if found.same]
        self.checked.append(f"cells: {scored} scored again, the same in {', '.join(same) or 'no table'}")
        return [self._finding(name, found) for name, found in compared.items() if not found.same]

    def _mapping(self) -> tuple[bool, Path | None]:
        """Whether the mapping is there, or there was none; and its file."""
        entry = self.manifest["mapping"]
        if entry is None:
            return True, None
        path = self._now_at(Path(entry["path"]))
        if path is None:
            self.differs("data", f"the mapping {entry['path']} is no longer there")
            return False, None
        same = self._is_as_it_was("mapping", path, entry["sha256"])
        for file in entry.get("codebooks", []):
            # Where the mapping has moved, its codebook has moved with it: it is read beside the mapping.
            beside = path.parent / os.path.relpath(file["path"], Path(entry["path"]).parent)
            if not beside.is_file():
                self.differs("data", f"the codebook {file['path']} is no longer there")
                return False, None
            same = self._is_as_it_was("codebook", beside, file["sha256"]) and same
        if same:
            self.checked.append("mapping: SHA-256")
        return True, path

    def _is_as_it_was(self, what: str, path: Path, sha256: str) -> bool:
        if file_hash(path) == sha256:
            return True
        self.differs("data", f"the {what} {path} has changed since the run")
        return False

    def _settings(self, threads: int | None, memory_limit: str | None, whole: bool) -> Settings:
        """How to score again. ``whole``: all rows given, which are a sample, not those of a shard."""
        shard = self.manifest.get("shard")
        return Settings(
            dt.date.fromisoformat(self.manifest["as_of"]),
            keep=tuple(self.manifest["keep"]),
            columns=tuple(self.manifest.get("columns", ())),
            threads=threads,
            memory_limit=memory_limit,
            part_rows=self.manifest["part_rows"],
            shard=Shard(shard["number"], shard["of"]) if shard and not whole else None,
        )

    def _finding(self, name: str, found: Comparison) -> TableFinding:
        causes: set[Cause] = self.causes | ({"data"} if name in self.changed_tables else set())
        if not causes:
            causes = {"unexplained"}
            what = (
                f"{name} comes out otherwise although inputs, rules, parameters and versions are those of the run; "
                f"unless {self.found.path / 'run.json'} was changed with the results, this is a fault of socialrules: please report it"
            )
            self.differences.append(Difference("unexplained", what))
        return TableFinding(name, found, tuple(c for c in CAUSES if c in causes))


def _plugin(name: str, version: str) -> str:
    return f"the rule file {name}" if version == "file" else f"the plugin {name} ({version})"


def _figure(value: float | None) -> str:
    return "unknown" if value is None else f"{value:g}"


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
