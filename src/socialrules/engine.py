"""Runs a plan: from inputs to a result folder that appears whole or not at all."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from socialrules.errors import InputError, ThresholdError, UsageError
from socialrules.expressions import is_utf8
from socialrules.folders import check_free, publish, work_folder
from socialrules.hashes import REJECTS, value_hash
from socialrules.interrupts import interruptible
from socialrules.manifest import write_manifest
from socialrules.plan import Plan, copy_rejects
from socialrules.rulebook import Rulebook
from socialrules.run import Counts, Run, Settings
from socialrules.sources.answers import ANSWERS
from socialrules.sources.fingerprints import Fingerprints, Stamp, check_unchanged
from socialrules.sources.inputs import Input
from socialrules.sources.mapping import Mapping as MappingFile
from socialrules.troubles import told_plainly

REJECTS_FILE = f"{REJECTS}.parquet"

Opened = Callable[["Run"], None]
"""Called once the inputs of a run are open, before anything is read from them."""

Progress = Callable[[int, int], None]
"""Called with the number of parts done and of all parts."""


def score_to_folder(
    rulebook: Rulebook,
    given: Mapping[str, Any],
    out: Path,
    settings: Settings,
    *,
    mapping: MappingFile | None = None,
    answers: Any = None,
    overwrite: bool = False,
    progress: Progress | None = None,
    opened: Opened | None = None,
) -> Path:
    """Scores inputs into a result folder.

    Args:
        rulebook: the rules.
        given: an input per table, by the table's plural.
        out: the result folder. It appears whole at the end, or not at all.
        settings: how the run is done.
        mapping: how the inputs' columns become facts.
        answers: answers that came in later and win over the cells they are for.
        overwrite: replace an older result folder.
        progress: told after every part.
        opened: may narrow the inputs before anything is read from them.

    Raises:
        UsageError: OUT exists and ``overwrite`` is not set, or another run is writing it.
        InputError: see ``Run.open``; or an input changed, was replaced or went away during the run.
        OutputError: the results cannot be written: the disk is full, the folder is read-only.
        ThresholdError: more rows were left out than allowed; the rejects lie in ``OUT.rejects.parquet``.
        KeyboardInterrupt: a signal asked to stop.
    """
    started = time.perf_counter()
    if not is_utf8(str(out.absolute())):
        raise UsageError(f"The name {str(out.absolute())!r} is not valid UTF-8; rename the folder, or choose another.")
    with work_folder(out) as work:
        check_free(out, overwrite)
        with (
            Run(rulebook, settings, work) as run,
            told_plainly(out, settings.memory_limit, lambda: check_unchanged(_stamps(run))),
            contextlib.closing(Fingerprints()) as fingerprints,
            interruptible(run.con.interrupt),
        ):
            plan = run.open(given, mapping, answers)
            _check_apart(run, mapping, out)
            if opened:
                opened(run)
            fingerprints.start([*_stamps(run), *(mapping.stamps.items() if mapping else [])])
            for table in rulebook.assembly.tables.values():
                if table.result:
                    (plan.folder / table.plural).mkdir(parents=True)
            run.prepare(plan)
            _check_share(run, plan, out)
            hashes, written = _score_parts(run, plan, progress)
            own = run.shard_counts(plan)
            check_rows(written, own)
            _write_rejects(run, plan.folder)
            rejects = value_hash(run.con, REJECTS, plan.folder / REJECTS_FILE)
            _flatten(plan)
            found = fingerprints.collect()
            sources = _sources(run)
            digests = {name: [found[path] for path in source.originals] for name, source in sources.items()}
            seconds = time.perf_counter() - started
            rules = [found[path] for path in mapping.stamps] if mapping else []
            write_manifest(run, plan, own, digests, hashes, rejects, seconds, rules)
            publish(plan.folder, out, work, overwrite)
    return out


def _stamps(run: Run) -> list[tuple[Path, Stamp]]:
    """What tells whether a file of the inputs has changed since it was opened."""
    return [pair for source in _sources(run).values() for pair in source.stamps.items()]


def _sources(run: Run) -> dict[str, Input]:
    """Everything that a run reads, by its name."""
    return run.inputs if run.answers is None else {**run.inputs, ANSWERS: run.answers.source}


def _check_apart(run: Run, mapping: MappingFile | None, out: Path) -> None:
    """What is read from inside OUT would go with the older OUT."""
    rules = [Path(p.origin) for p in run.rulebook.assembly.plugins if p.version == "file"]
    read = [path for source in _sources(run).values() for path in source.originals]
    for inside in (*read, *(mapping.stamps if mapping else ()), *rules):
        if inside.resolve().is_relative_to(out.resolve()):
            raise UsageError(f"{inside} lies in {out}, which would be replaced. Choose another name for the results.")


def _check_share(run: Run, plan: Plan, out: Path) -> None:
    try:
        run.check_rejected(plan, run.counts())
    except ThresholdError as error:
        target = out.with_name(f"{out.name}.{REJECTS_FILE}")
        # The connection may write to the work folder only.
        _write_rejects(run, run.work)
        (run.work / REJECTS_FILE).replace(target)
        raise ThresholdError(f"{error} The rejects lie in {target}.") from None


def check_rows(written: Mapping[str, int], counts: Mapping[str, Counts]) -> None:
    """Stops a run that lost a row or made one up: better no result than one that is short.

    Args:
        written: rows of each result table.
        counts: what was to be scored.

    Raises:
        InputError: the two differ.
    """
    for table, rows in written.items():
        scored = counts[table].scored if table in counts else 0
        if rows != scored:
            raise InputError(
                f"{table}: {scored:,} rows were to be scored, and {rows:,} came out. This should not happen: "
                f"please report it, with the command you ran. Nothing was written."
            )


def _score_parts(run: Run, plan: Plan, progress: Progress | None) -> tuple[dict[str, int], dict[str, int]]:
    """Evaluates and writes every part; returns the value hash of each result table, and its number of rows."""
    hashes: dict[str, int] = {}
    written: dict[str, int] = {}
    for done, number in enumerate(plan.numbers, 1):
        at_once = run.run_at_once(plan, number)
        if not at_once:
            run.run_part(plan, number)
        for plural, target, copy in plan.results(number):
            if not (at_once and plural == run.rulebook.root.plural):
                run.con.execute(copy)
            value, rows = value_hash(run.con, plural, target, written.get(plural, 0))
            hashes[plural] = hashes.get(plural, 0) ^ value
            written[plural] = written.get(plural, 0) + rows
        if progress:
            progress(done, plan.parts)
    return hashes, written


def _write_rejects(run: Run, folder: Path) -> None:
    run.con.execute(copy_rejects(run.rulebook.root.key[0], folder / REJECTS_FILE))


def _flatten(plan: Plan) -> None:
    """A table of one part is a file, not a folder."""
    for table in plan.program.rulebook.assembly.tables.values():
        folder = plan.folder / table.plural
        parts = sorted(folder.glob("*.parquet")) if table.result and folder.is_dir() else []
        if len(parts) == 1:
            part = parts[0].rename(plan.folder / f"{table.plural}.tmp")
            folder.rmdir()
            part.rename(plan.folder / f"{table.plural}.parquet")
        elif parts:
            folder.rename(plan.folder / f"{table.plural}.parquet")
        elif folder.is_dir():
            folder.rmdir()
