"""The SQL of a rulebook, or of a whole run, as a script for DuckDB."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from socialrules.bitsets import encoded
from socialrules.compiler import OUTCOME_TYPE, compile_rulebook
from socialrules.errors import InputError
from socialrules.interrupts import interruptible
from socialrules.plan import copy_rejects, lookup_table
from socialrules.quoting import identifier, text
from socialrules.rulebook import Rulebook
from socialrules.run import Run, Settings
from socialrules.sources.mapping import load_mapping

NEEDS = "Before it runs, "


def needs_of(script: str) -> list[str]:
    """What a script needs before it runs, one sentence each: the head of the script says so too."""
    return [line.removeprefix("-- ") for line in script.splitlines()[:4] if line.startswith(f"-- {NEEDS}")]


def rules_script(book: Rulebook) -> str:
    """The statements that evaluate a rulebook over tables of typed facts that are there already.

    Each table of facts is expected under the plural of its name followed by ``_facts``, with the
    columns ``row``, ``_key`` (``_parent_key`` for a child), ``_flagged``, ``_file`` and ``_row``.
    """
    program = compile_rulebook(book)
    read = [f"{book.assembly.tables[level].plural}_facts" for level in dict.fromkeys(s.level for s in program.steps)]
    keys = "the facts and row, _key (of a child _parent_key), _flagged, _file, _row"
    head = (
        f"-- The rulebook {book.hash[:12]} at depth {book.depth}, as SQL for DuckDB.\n"
        f"-- {NEEDS}these tables of typed facts are needed: {', '.join(read)}, with the columns {keys}\n"
    )
    parts = [head + OUTCOME_TYPE]
    parts += [lookup_table(lookup) for lookup in book.assembly.lookups.values()]
    for step in program.steps:
        table = book.assembly.tables[step.level]
        lists = {f.name: f.members for f in table.facts if f.members and f.name in program.facts[step.level]}
        replaced = ", ".join(f"{encoded(identifier(n), m)} AS {identifier(n)}" for n, m in lists.items())
        source = f"SELECT *{f' REPLACE ({replaced})' if replaced else ''} FROM {identifier(table.plural + '_facts')}"
        parts.append(program.statement(step, source if step.number == 0 else ""))
    return ";\n\n".join(parts) + ";\n"


class _Recorder:
    """A connection that remembers the statements that change something."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con
        self.statements: list[str] = []

    def execute(self, statement: str, *arguments: Any) -> Any:
        answer = self._con.execute(statement, *arguments)
        # Only what works: a file may have been read in a second way after the first one failed.
        if statement.split(maxsplit=1)[0].upper() in ("COPY", "CREATE", "INSERT", "DELETE", "DROP", "SET"):
            self.statements.append(statement)
        return answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._con, name)


def whole_script(
    book: Rulebook, given: Mapping[str, Any], folder: Path, settings: Settings, mapping: Path | None
) -> str:
    """Everything that ``score`` would run for these inputs: reading, parts, rejects, sorting, writing.

    Args:
        book: the rules.
        given: an input per table, by the table's plural.
        folder: where the script will write when it is run; nothing is left there now.
        settings: how the run is done.
        mapping: a mapping file.

    Raises:
        InputError: an input can be read only after it has been mended, which SQL cannot do.
    """
    folder = folder.absolute()
    existed = folder.exists()
    try:
        with Run(book, settings, folder) as run, interruptible(run.con.interrupt):
            recorder = _Recorder(run.con)
            run.con = recorder  # type: ignore[assignment]
            plan = run.open(given, load_mapping(mapping, book.assembly.tables) if mapping else None)
            _check_unmended(run)
            run.prepare(plan)
            run.check_rejected(plan, run.counts())
            statements = list(recorder.statements)
            targets = {str(plan.folder)}
            for number in plan.numbers:
                statements += plan.part(number)
                for _, target, copy in plan.results(number):
                    statements.append(copy)
                    targets.add(str(target.parent))
            statements.append(copy_rejects(book.root.key[0], plan.folder / "rejects.parquet"))
            spill = str(run.spill)
    finally:
        if not existed:
            shutil.rmtree(folder, ignore_errors=True)
    head = [
        f"-- The run of rulebook {book.hash[:12]} at depth {book.depth}, as a script for DuckDB {duckdb.__version__}.",
        f"-- {NEEDS}make these folders: {' '.join(shlex.quote(f) for f in sorted({*targets, spill}))}",
        "SET preserve_insertion_order = FALSE",
        f"SET temp_directory = {text(spill)}",
    ]
    if settings.threads is not None:
        head.append(f"SET threads = {settings.threads}")
    if settings.memory_limit is not None:
        head.append(f"SET memory_limit = {text(settings.memory_limit)}")
    body = head[:2] + [f"{s};" for s in head[2:]] + [f"\n{s};" for s in statements]
    return "\n".join(body) + "\n"


def _check_unmended(run: Run) -> None:
    """A file that was rewritten to be readable cannot be read by a script, which has only the file as it is."""
    for source in run.inputs.values():
        if source.kind in ("workbook", "survey"):
            raise InputError(
                f"{source.name}: a script of SQL cannot read {source.shown[0]}. Save it as .csv and give that."
            )
        for number, file in enumerate(source.originals):
            copies = (p for p in run.work.glob(f"{source.name}-{number:05d}.*") if p.suffix in (".csv", ".jsonl"))
            if any(copies):
                raise InputError(
                    f"{source.name}: {file} has to be mended before it can be read (rows of different lengths, "
                    f"unreadable lines or characters), which a script cannot do. Write it as UTF-8 with whole rows."
                )
