"""``socialrules questionnaire``: an empty form to fill in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from socialrules.cli.scoring import MappingFile, RuleFiles

OverwriteFile = Annotated[bool, typer.Option("--overwrite", help="Replace an older file.")]


def questionnaire(
    out: Annotated[Path, typer.Option("-o", "--out", metavar="F.xlsx", help="The form: an Excel file.")],
    depth: Annotated[
        str, typer.Option("--depth", help="core: the short questionnaire. full: every question.")
    ] = "core",
    for_: Annotated[
        str | None,
        typer.Option(
            "--for", metavar="F", help="Companies whose id and name are filled in: any input that score takes."
        ),
    ] = None,
    mapping: MappingFile = None,
    add: Annotated[
        list[str] | None,
        typer.Option(
            "--add", metavar="FACT", help="Ask for this fact too, although it is no question. Can be repeated."
        ),
    ] = None,
    rules: RuleFiles = None,
    overwrite: OverwriteFile = False,
) -> None:
    """Write a form to fill in: an Excel file with a sheet per table and drop-downs.

    Example: socialrules questionnaire -o intake.xlsx --for clients.csv
    """
    import datetime as dt

    from socialrules.cli.console import out as console
    from socialrules.cli.console import shown
    from socialrules.errors import UsageError, paths_as_given
    from socialrules.folders import check_no_input
    from socialrules.forms import named_records, write_form
    from socialrules.rulebook import load_rulebook
    from socialrules.sources.mapping import load_mapping

    if mapping is not None and for_ is None:
        raise UsageError("--mapping says how the columns of --for are read; give --for too.")
    book = load_rulebook(files=rules or (), depth=depth)  # type: ignore[arg-type]
    with paths_as_given(for_, mapping):
        plan = load_mapping(mapping, book.assembly.tables) if mapping else None
        check_no_input(out, for_, *(plan.stamps if plan else ()), *(rules or ()))
        records = named_records(book, for_, dt.date.today(), plan) if for_ is not None else []
    sheets = write_form(book, out, book.depth, records=records, add=add or (), overwrite=overwrite)
    screen = console()
    for name, columns in sheets.items():
        filled = f", {len(records):,} rows named" if records and name == book.root.plural else ""
        screen.print(f"{name}: {columns} columns{filled}")
    screen.print(f"[bold]Form:[/bold] {shown(str(out))}")
    screen.print(f"[bold]When it is filled in:[/bold] socialrules score {shown(str(out))} -o results")
