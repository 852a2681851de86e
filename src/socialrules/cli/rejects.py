"""``socialrules rejects``: what a run did not read as it stood."""

from __future__ import annotations

import enum
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from socialrules.cli.forms import OverwriteFile


class Format(enum.StrEnum):
    """How to print."""

    table = "table"
    csv = "csv"
    json = "json"


def rejects(
    results: Annotated[Path, typer.Argument(metavar="OUT", help="A result folder.")],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="F", help="Write every one of them to F.csv or F.xlsx.")
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option("--kind", metavar="K", help="Only row (left out), cell (read as unknown) or note (a remark)."),
    ] = None,
    format_: Annotated[Format, typer.Option("--format", help="How to print the groups.")] = Format.table,
    overwrite: OverwriteFile = False,
) -> None:
    """List what was not read as it stood, by reason, with an example of each.

    Example: socialrules rejects results -o rejects.xlsx
    """
    import csv
    import sys

    from socialrules.cli.console import out as console
    from socialrules.cli.console import print_json, print_table, shown
    from socialrules.display import one_line
    from socialrules.rejected import KINDS, export, grouped
    from socialrules.results import open_results

    folder = open_results(results)
    groups = grouped(folder, kind)
    count = export(folder, out, kind, overwrite) if out is not None else 0
    if format_ is Format.json:
        print_json([asdict(g) for g in groups])
        return
    if format_ is Format.csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(["kind", "reason", "count", "table", "column", "value", "file", "row"])
        for g in groups:
            cells = (g.kind, g.reason, g.count, g.table, g.column or "", g.value or "", g.file, g.row)
            writer.writerow(one_line(c) if isinstance(c, str) else c for c in cells)
        return
    if not groups:
        console().print("Everything was read as it stood." if kind is None else f"There is nothing of the kind {kind}.")
    else:
        rows = [
            (
                KINDS[g.kind],
                g.reason,
                f"{g.count:,}",
                g.table,
                g.column or "",
                g.value or "",
                f"{Path(g.file).name}, row {g.row:,}",
            )
            for g in groups
        ]
        columns = ("what", "why", "times", "table", "column", "for example", "where")
        print_table("What was not read as it stood", columns, rows, right=(2,))
    if out is not None:
        console().print(f"[bold]All of them:[/bold] {shown(str(out))}  ({count:,} rows)")
