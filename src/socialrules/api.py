"""The Python API: score a portfolio, assess one record."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from socialrules.assessment import Assessment
from socialrules.engine import score_to_folder
from socialrules.errors import UsageError, paths_as_given
from socialrules.explain import assess_records
from socialrules.model import Depth
from socialrules.results import Results
from socialrules.rulebook import Rulebook, load_rulebook, one_or_several
from socialrules.run import Settings
from socialrules.shards import parse_shard
from socialrules.sources.mapping import load_mapping

__all__ = ["Assessment", "assess", "score"]


def score(
    companies: Any,
    accounts: Any = None,
    staff: Any = None,
    *,
    out: str | Path | None = None,
    mapping: str | Path | None = None,
    answers: Any = None,
    rules: str | Path | Iterable[str | Path] = (),
    select: str | Iterable[str] = (),
    ignore: str | Iterable[str] = (),
    set: str | Mapping[str, float] | Iterable[str] = (),
    depth: Depth = "core",
    as_of: dt.date | str | None = None,
    keep: Sequence[str] = (),
    columns: Sequence[str] = (),
    max_rejected: str | float | None = None,
    threads: int | None = None,
    memory_limit: str | None = None,
    overwrite: bool = False,
    rulebook: Rulebook | None = None,
    progress: Callable[[int, int], None] | None = None,
    shard: str | tuple[int, int] | None = None,
    tables: Mapping[str, Any] | None = None,
) -> Results:
    """Scores records and returns the results.

    Args:
        companies: a path, glob or folder of files (docs/inputs.md lists the formats); or a pyarrow table, a
            pandas or polars frame, a DuckDB relation. One row per company.
        accounts: the same, one row per account; None where there are none.
        staff: the same, one row per person.
        out: folder for the results; None puts them in a temporary folder that goes with the
            ``Results`` (``save`` keeps them).
        mapping: TOML file that says how columns become facts.
        answers: answers that came in later, one to a row, in any form that ``companies`` can have. They
            win over the cells they are for.
        rules: further rule files; one path, or several.
        select, ignore: guideline ids or check codes to keep or leave out.
        set: ``{"guideline.parameter": value}``.
        depth: ``core`` or ``full``: how much must be known.
        as_of: the day of the run, default today.
        keep: input columns to carry into the results.
        columns: patterns such as ``cg_*`` of the result columns to write; only what they need is
            read and evaluated. Empty: all.
        max_rejected: largest share of rows that may be left out, e.g. 0.01 or ``1%``.
        threads, memory_limit: as DuckDB takes them; None: its defaults.
        overwrite: replace an older result folder at ``out``.
        rulebook: use this one instead of loading what is installed; it holds its own rules, selection
            and numbers.
        progress: called with parts done and all parts.
        shard: score a part only, ``"2/5"`` or ``(2, 5)``; ``merge`` puts the results of all parts together.
        tables: inputs of tables that plugins add, by the plural of the table.

    Raises:
        SocialRulesError: see ``socialrules.errors``.
    """
    book = _rulebook(rulebook, rules, select, ignore, set, depth)
    how = settings(as_of, one_or_several(keep), max_rejected, threads, memory_limit, one_or_several(columns), shard)
    inputs = inputs_of(book, {"companies": companies, "accounts": accounts, "staff": staff, **(tables or {})})
    temporary = None if out is not None else Path(tempfile.mkdtemp(prefix="socialrules-"))
    target = Path(out) if out is not None else Path(str(temporary)) / "results"
    try:
        with paths_as_given(*inputs.values(), mapping, answers, out):
            plan = load_mapping(Path(mapping), book.assembly.tables) if mapping is not None else None
            score_to_folder(
                book, inputs, target, how, mapping=plan, answers=answers, overwrite=overwrite, progress=progress
            )
        return Results(target, temporary)
    except BaseException:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)
        raise


def assess(
    record: Mapping[str, Any],
    *,
    rules: str | Path | Iterable[str | Path] = (),
    select: str | Iterable[str] = (),
    ignore: str | Iterable[str] = (),
    set: str | Mapping[str, float] | Iterable[str] = (),
    depth: Depth = "core",
    as_of: dt.date | str | None = None,
    rulebook: Rulebook | None = None,
) -> Assessment:
    """One record, assessed and explained.

    Args:
        record: facts by name; rows of child tables as lists under the table's plural, e.g.
            ``{"employee_count": 3, "accounts": [{"network": "...", "status": "open"}]}``.
        rules, select, ignore, set, depth: as for ``score``.
        as_of: the day of the run, default today.
        rulebook: use this one instead of loading what is installed. Where many records are assessed,
            load it once and give it to each call.

    Raises:
        SocialRulesError: see ``socialrules.errors``.
    """
    if not isinstance(record, Mapping) or not all(isinstance(name, str) for name in record):
        raise UsageError("A record is a mapping of fact names to values.")
    book = _rulebook(rulebook, rules, select, ignore, set, depth)
    return assess_records(book, record, _day(as_of))


def _rulebook(
    given: Rulebook | None,
    rules: str | Path | Iterable[str | Path],
    select: str | Iterable[str],
    ignore: str | Iterable[str],
    changes: str | Mapping[str, float] | Iterable[str],
    depth: Depth,
) -> Rulebook:
    if given is None:
        return load_rulebook(files=rules, select=select, ignore=ignore, set=changes, depth=depth)
    options = {"rules": rules, "select": select, "ignore": ignore, "set": changes}
    for name, value in options.items():
        if value:
            raise UsageError(f"{name}: the rulebook that is given holds its own; give this to load_rulebook instead.")
    return given


def settings(
    as_of: dt.date | str | None,
    keep: Sequence[str],
    max_rejected: str | float | None,
    threads: int | None,
    memory_limit: str | None,
    columns: Sequence[str] = (),
    shard: str | tuple[int, int] | None = None,
) -> Settings:
    """How a run is done, from what users write. Raises UsageError for a date or shard that is none."""
    if threads is not None and not isinstance(threads, int):
        raise UsageError(f"--threads {threads!r}: write a whole number.")
    return Settings(
        _day(as_of),
        tuple(dict.fromkeys(keep)),
        tuple(columns),
        share(max_rejected),
        threads,
        memory_limit,
        shard=parse_shard(shard),
    )


def share(given: str | float | None) -> float | None:
    """A share written as ``1%`` or ``0.01``. Raises UsageError for anything else."""
    if given is None:
        return None
    text = str(given)
    try:
        value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise UsageError(f"--max-rejected {given}: write a share such as 1% or 0.01.")
    return value


def inputs_of(book: Rulebook, given: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs that were given, by the plural of their table, the root table's first."""
    plurals = [t.plural for t in book.assembly.tables.values()]
    for name, source in given.items():
        if source is not None and name not in plurals:
            raise UsageError(f"There is no table {name}; there are {', '.join(plurals)}.")
    return {name: given[name] for name in plurals if given.get(name) is not None}


def _day(as_of: dt.date | str | None) -> dt.date:
    if as_of is None:
        return dt.date.today()
    if isinstance(as_of, dt.date):
        return as_of
    try:
        return dt.date.fromisoformat(as_of)
    except ValueError:
        raise UsageError(f"--as-of {as_of}: write the date as YYYY-MM-DD.") from None
