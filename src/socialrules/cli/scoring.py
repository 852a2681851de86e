"""``socialrules score``: a portfolio into a result folder, and a summary for a person."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

Companies = Annotated[
    str,
    typer.Argument(metavar="COMPANIES", help="Parquet, CSV, Excel, SPSS, JSON lines ...: a file, a glob or a folder."),
]
Accounts = Annotated[str | None, typer.Option("--accounts", metavar="F", help="The accounts of the companies.")]
Staff = Annotated[str | None, typer.Option("--staff", metavar="F", help="The people who keep them.")]
MappingFile = Annotated[Path | None, typer.Option("--mapping", metavar="F.toml", help="How the columns become facts.")]
AnswersFile = Annotated[
    str | None,
    typer.Option("--answers", metavar="F", help="Answers that came in later, as `questions` asks for them. They win."),
]
RuleFiles = Annotated[
    list[Path] | None, typer.Option("--rules", metavar="F.toml", help="A rule file to add. Can be repeated.")
]
Select = Annotated[
    list[str] | None, typer.Option("--select", metavar="X", help="Only this guideline or check. Can be repeated.")
]
Ignore = Annotated[
    list[str] | None, typer.Option("--ignore", metavar="X", help="Without this guideline or check. Can be repeated.")
]
Set = Annotated[
    list[str] | None, typer.Option("--set", metavar="guideline.parameter=value", help="Another value for a number.")
]
Depth = Annotated[
    str, typer.Option("--depth", help="core: the short questionnaire decides. full: everything must be known.")
]
AsOf = Annotated[
    str | None, typer.Option("--as-of", metavar="DATE", help="The day of the run, YYYY-MM-DD. Default: today.")
]
Keep = Annotated[
    list[str] | None, typer.Option("--keep", metavar="COLUMN", help="Carry an input column into the results.")
]
Columns = Annotated[
    list[str] | None,
    typer.Option("--columns", metavar="PATTERN", help="Write only these result columns, e.g. 'cg_*'. Can be repeated."),
]
Threads = Annotated[int | None, typer.Option("--threads", metavar="N", help="Cores to use. Default: all.")]
Memory = Annotated[
    str | None, typer.Option("--memory-limit", metavar="4GB", help="Memory to use before spilling to disk.")
]

ShardOption = Annotated[
    str | None, typer.Option("--shard", metavar="i/n", help="Only part i of n, counted from 1. `merge` unites them.")
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace an older OUT.")]


def score(
    companies: Companies,
    out: Annotated[Path, typer.Option("-o", "--out", metavar="OUT", help="The folder for the results.")],
    accounts: Accounts = None,
    staff: Staff = None,
    mapping: MappingFile = None,
    answers: AnswersFile = None,
    rules: RuleFiles = None,
    select: Select = None,
    ignore: Ignore = None,
    set_: Set = None,
    depth: Depth = "core",
    as_of: AsOf = None,
    keep: Keep = None,
    columns: Columns = None,
    max_rejected: Annotated[
        str | None, typer.Option("--max-rejected", metavar="1%", help="Stop if more rows must be left out.")
    ] = None,
    threads: Threads = None,
    memory_limit: Memory = None,
    shard: ShardOption = None,
    overwrite: Overwrite = False,
) -> None:
    """Score companies into a result folder.

    Example: socialrules score companies.csv --accounts accounts.csv -o results
    """
    from socialrules import api
    from socialrules.cli.console import progress_bar
    from socialrules.cli.summary import print_summary
    from socialrules.rulebook import load_rulebook

    book = load_rulebook(
        files=rules or (),
        select=select or (),
        ignore=ignore or (),
        set_=set_ or (),
        depth=depth,  # type: ignore[arg-type]
    )
    with stopped_late(out):
        with progress_bar("Scoring") as progress:
            results = api.score(
                companies,
                accounts,
                staff,
                out=out,
                mapping=mapping,
                answers=answers,
                as_of=as_of,
                keep=keep or (),
                columns=columns or (),
                max_rejected=max_rejected,
                threads=threads,
                memory_limit=memory_limit,
                overwrite=overwrite,
                rulebook=book,
                progress=progress,
                shard=shard,
            )
        print_summary(results, book)


@contextlib.contextmanager
def stopped_late(out: Path) -> Iterator[None]:
    """A stop by Ctrl-C when OUT is in place already ends what is printed, and nothing else: the run is done."""
    from socialrules.folders import identity
    from socialrules.interrupts import ignore_stops

    before = identity(out)
    try:
        yield
        ignore_stops()
    except KeyboardInterrupt:
        if identity(out) in (None, before):
            raise
        ignore_stops()
        typer.echo(f"Stopped. The results are complete: {out}", err=True)
