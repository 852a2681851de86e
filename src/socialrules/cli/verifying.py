"""``socialrules verify``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from socialrules.cli.explaining import Format
from socialrules.cli.scoring import Memory, Threads


def verify(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A result folder.")],
    sample: Annotated[
        int | None, typer.Option("--sample", metavar="N", help="Score only N companies again, always the same ones.")
    ] = None,
    rules: Annotated[
        list[Path] | None,
        typer.Option("--rules", metavar="F.toml", help="Where a rule file of the run is now. Can be repeated."),
    ] = None,
    inputs: Annotated[
        Path | None, typer.Option("--inputs", metavar="DIR", help="The folder to which the inputs were moved.")
    ] = None,
    threads: Threads = None,
    memory_limit: Memory = None,
    format_: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.text,
) -> None:
    """Check that results are what their inputs and rules give. Ends with 1 where anything differs.

    Example: socialrules verify results --sample 1000
    """
    from socialrules.cli.console import print_json, progress_bar
    from socialrules.verification import verify as check

    with progress_bar("Scoring again") as progress:
        found = check(
            out,
            sample,
            rules=rules or (),
            inputs=inputs,
            threads=threads,
            memory_limit=memory_limit,
            progress=progress,
        )
    if format_ is Format.json:
        print_json(found.to_dict())
    else:
        typer.echo(found.to_text(), nl=False)
    if not found.same:
        raise typer.Exit(1)
