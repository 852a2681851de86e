"""``socialrules map`` and ``socialrules inspect``: from somebody's columns to facts, before anything is scored."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from socialrules.cli.rules import Format, FormatOption
from socialrules.cli.scoring import RuleFiles


def map_(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Any file that `score` reads: see docs/inputs.md.")],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="M.toml", help="Write the proposal to this mapping file.")
    ] = None,
    table: Annotated[
        str | None, typer.Option("--table", metavar="T", help="Whose rows the file holds. Default: companies.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an older M.toml.")] = False,
    rules: RuleFiles = None,
    format_: FormatOption = Format.table,
) -> None:
    """Propose a mapping file: which column of FILE holds which fact, and how sure that is.

    Example: socialrules map crm.csv -o crm.toml
    """
    from socialrules.cli.console import print_json
    from socialrules.errors import OutputError, UsageError, paths_as_given
    from socialrules.proposals.proposal import propose
    from socialrules.proposals.writing import mapping_text
    from socialrules.rulebook import load_rulebook

    if out is not None and out.exists() and not overwrite:
        raise UsageError(f"{out} exists already. Choose another name, or add --overwrite to replace it.")
    book = load_rulebook(files=rules or ())
    with paths_as_given(file):
        proposal = propose(book, file, table or book.root.plural)
    text = mapping_text(proposal, str(out or "mapping.toml"))
    if out is not None:
        try:
            out.write_text(text, encoding="utf-8")
        except OSError as error:
            raise OutputError(f"{out} cannot be written: {error.strerror or error}.") from None
    if format_ is Format.json:
        print_json(proposal.to_dict() | {"mapping": text})
    else:
        _print_proposal(proposal, out)


def _print_proposal(proposal: Any, out: Path | None) -> None:
    from socialrules.cli.console import out as console
    from socialrules.cli.console import print_table, shown
    from socialrules.display import one_line
    from socialrules.proposals.proposal import examples

    elsewhere = {column: entry.table.plural for entry in proposal.listed for column in entry.columns}
    rows = []
    for match in proposal.matches:
        name = match.look.name
        fact, certainty, why = match.fact or "", match.certainty, match.why
        if name in elsewhere:
            fact, certainty, why = f"rows of {elsewhere[name]}", "likely", "an entry of each filled cell"
        elif match.best and not match.fact:
            fact = f"? {' or '.join([match.best.fact.name, *match.others])}"
        cells = one_line("; ".join(one_line(value, 28) for value in examples(match.look)), 40)
        rows.append((name, cells, fact, certainty or "not used", why))
    print_table("", ("column", "such as", "fact", "how sure", "why"), rows)
    screen = console()
    used, unsure = len(proposal.used), len(proposal.unsure)
    looked = "" if proposal.looked_at == proposal.rows else f" The first {proposal.looked_at:,} rows were looked at."
    screen.print(
        f"{proposal.rows:,} rows, {len(proposal.matches)} columns: {used} feed a fact, {len(elsewhere)} hold rows of "
        f"another table, {unsure} you have to decide.{looked}"
    )
    for remark in proposal.notation.remarks:
        screen.print(f"[yellow]Note:[/yellow] {shown(remark)}")
    for fact in proposal.missing:
        screen.print(f"[yellow]Still needed:[/yellow] {shown(fact.name)}: {shown(fact.note or fact.question)}")
    if out is not None:
        screen.print(f"Written: {shown(str(out))}. Open it, and finish it.")
    else:
        screen.print("Add -o mapping.toml to write it as a mapping file.")
