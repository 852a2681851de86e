"""``socialrules questions``: what to ask, so that every verdict can be settled."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from socialrules.cli.forms import OverwriteFile

RECORDS_SHOWN, QUESTIONS_SHOWN, MOST_ASKED = 5, 5, 10


def questions(
    results: Annotated[Path, typer.Argument(metavar="OUT", help="A result folder.")],
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", metavar="F", help="Write all of them to a sheet to fill in: F.xlsx or F.csv."),
    ] = None,
    company: Annotated[str | None, typer.Option("--company", metavar="ID", help="Only this company.")] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", help="At most N questions for each company.")
    ] = None,
    overwrite: OverwriteFile = False,
) -> None:
    """List the fewest questions that would settle the verdicts, the most important first.

    Example: socialrules questions results -o ask.xlsx
    """
    from rich.table import Table

    from socialrules.asking import open_questions
    from socialrules.cli.console import out as console
    from socialrules.cli.console import print_table, shown
    from socialrules.results import open_results

    with open_questions(open_results(results), company, limit) as found:
        screen = console()
        root = found.book.root
        if not found.total:
            screen.print("There is nothing to ask: no answer would change a verdict.")
            return
        if out is not None:
            found.write(out, overwrite)
        shown_records = found.first(1 if company else RECORDS_SHOWN, found.total if company else QUESTIONS_SHOWN)
        for record in shown_records:
            name = f" {shown(record.label)}" if record.label else ""
            screen.print(f"[bold]{shown(record.id)}[/bold]{name}  [dim]({shown(record.decided or '')})[/dim]")
            lines = Table.grid(padding=(0, 1))
            for whose, question in record.questions:
                lines.add_row("  -", f"{f'({shown(whose)}) ' if whose else ''}{shown(question)}")
            screen.print(lines)
            if record.more:
                screen.print(f"  [dim]and {record.more:,} more[/dim]")
        if not company:
            screen.print()
            rows = [(c.fact, c.question, f"{c.records:,}") for c in found.most_asked(MOST_ASKED)]
            print_table("Asked most often", ("fact", "question", root.plural), rows, right=(2,))
            screen.print(
                f"{found.open:,} of {found.records:,} {root.plural} have open questions, {found.total:,} in all."
            )
        if out is not None:
            screen.print(f"[bold]Sheet to fill in:[/bold] {shown(str(out))}")
            screen.print(f"[bold]When it is filled in:[/bold] score as before, with --answers {shown(str(out))}")
        elif not company:
            screen.print(f"[bold]Next:[/bold] socialrules questions {shown(str(results))} -o ask.xlsx")
