"""``socialrules explain`` and ``socialrules demo``."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

import typer


class Format(enum.StrEnum):
    """How to print."""

    text = "text"
    json = "json"


def explain(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A result folder.")],
    record: Annotated[str, typer.Argument(metavar="COMPANY_ID", help="The company to explain.")],
    format_: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.text,
) -> None:
    """Explain one company: the verdict, why, what to do, what to ask.

    Example: socialrules explain results X01
    """
    from socialrules.cli.console import out as console
    from socialrules.display import visible_json
    from socialrules.results import open_results
    from socialrules.revisit import explain_result

    assessment = explain_result(open_results(out), record)
    if format_ is Format.json:
        typer.echo(visible_json(assessment.model_dump_json(indent=2)))
        return
    typer.echo(assessment.to_text(min(console().width, 110)), nl=False)


def _check_own(out: Path, sample: Path) -> None:
    """Makes sure that OUT is free, or that an earlier demo made it from the sample alone."""
    from socialrules.errors import SocialRulesError, UsageError
    from socialrules.manifest import files_read, read_manifest

    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    try:
        read = files_read(read_manifest(out))
    except SocialRulesError:
        read = []
    if not read or not all(file.resolve().is_relative_to(sample.resolve()) for file in read):
        raise UsageError(f"{out} exists already and no demo made it, so it stays. Choose another name with -o.")


def demo(
    out: Annotated[Path, typer.Option("-o", "--out", metavar="OUT", help="The folder for the results.")] = Path(
        "demo-results"
    ),
) -> None:
    """Score the sample portfolio and explain one of its companies. Results of an earlier demo are replaced.

    Example: socialrules demo
    """
    from socialrules import api
    from socialrules.cli.console import out as console
    from socialrules.cli.console import print_table, shown
    from socialrules.cli.summary import print_summary
    from socialrules.errors import PluginError
    from socialrules.revisit import explain_result
    from socialrules.rulebook import load_rulebook

    book = load_rulebook()
    if book.assembly.sample is None:
        raise PluginError("No installed plugin brings a sample portfolio.")
    folder = Path(book.assembly.sample)
    _check_own(out, folder)
    inputs = {
        t.plural: str(next(folder.glob(f"{t.plural}.*")))
        for t in book.assembly.tables.values()
        if any(folder.glob(f"{t.plural}.*"))
    }
    table = console()
    table.print(f"Scoring the sample portfolio in {shown(str(folder))} ...\n")
    companies = inputs.pop(book.root.plural)
    results = api.score(companies, tables=inputs, out=out, overwrite=True, rulebook=book)
    print_summary(results, book)
    first = results.table(book.root.plural).limit(1).fetchall()[0][0]
    last = results.table(book.root.plural).limit(1, offset=12).fetchall()[0][0]
    table.print(f"\n[bold]One of them, explained[/bold]  (socialrules explain {shown(str(out))} {first})\n")
    typer.echo(explain_result(results, str(first)).to_text(min(table.width, 110)))
    print_table(
        "Try next",
        ("command", "shows"),
        [
            (f"socialrules explain {out} {last}", "another company"),
            ("socialrules guidelines", "the rules that were applied"),
            ("socialrules check " + book.checks()[0].code, "one check: why it is there and what to do"),
            ("socialrules score --help", "how to score your own list"),
        ],
    )
