"""``socialrules map`` and ``socialrules inspect``: from somebody's columns to facts, before anything is scored."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from socialrules.cli.rules import Format, FormatOption
from socialrules.cli.scoring import (
    Accounts,
    AsOf,
    Companies,
    Depth,
    MappingFile,
    Memory,
    RuleFiles,
    Staff,
    Threads,
)


def map_(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Any file that `score` reads: see docs/inputs.md.")],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="M.toml", help="Write the proposal to this mapping file.")
    ] = None,
    table: Annotated[
        str | None, typer.Option("--table", metavar="T", help="Whose rows the file holds. Default: companies.")
    ] = None,
    sheet: Annotated[
        str | None, typer.Option("--sheet", metavar="NAME", help="The sheet of a workbook: its name, or its number.")
    ] = None,
    header: Annotated[
        list[int] | None,
        typer.Option("--header", metavar="N", help="The row that names the columns. Repeat it for several."),
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
    from socialrules.folders import check_no_input
    from socialrules.proposals.proposal import propose
    from socialrules.proposals.writing import mapping_text
    from socialrules.rulebook import load_rulebook
    from socialrules.sources.layout import Layout

    if out is not None and out.suffix.lower() != ".toml":
        raise UsageError(f"-o {out}: the name of a mapping file ends in .toml.")
    if out is not None and out.exists() and not overwrite:
        raise UsageError(f"{out} exists already. Choose another name, or add --overwrite to replace it.")
    if out is not None:
        check_no_input(out, file, *(rules or ()))
    if any(row < 1 for row in header or ()):
        raise UsageError("--header counts the rows of the file from 1.")
    book = load_rulebook(files=rules or ())
    layout = Layout(int(sheet) if sheet and sheet.isdecimal() else sheet, tuple(sorted(set(header or ()))))
    with paths_as_given(file):
        proposal = propose(book, file, table or book.root.plural, layout)
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
            fact, certainty = f"rows of {elsewhere[name]}", "likely"
            why = f"each filled cell is one of the {elsewhere[name]}"
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
    if proposal.notation.declared:
        said = ", ".join(f'{key} = "{value}"' for key, value in proposal.notation.declared.items())
        screen.print(f"Numbers and dates are read by: {shown(said)}")
    for remark in proposal.notation.remarks:
        screen.print(f"[yellow]Note:[/yellow] {shown(remark)}")
    for fact in proposal.missing:
        screen.print(f"[yellow]Still needed:[/yellow] {shown(fact.name)}: {shown(fact.note or fact.question)}")
    if out is not None:
        screen.print(f"Written: {shown(str(out))}. Open it, and finish it.")
    else:
        screen.print("Add -o mapping.toml to write it as a mapping file.")


def inspect(
    companies: Companies,
    accounts: Accounts = None,
    staff: Staff = None,
    mapping: MappingFile = None,
    rules: RuleFiles = None,
    depth: Depth = "core",
    as_of: AsOf = None,
    threads: Threads = None,
    memory_limit: Memory = None,
    format_: FormatOption = Format.table,
) -> None:
    """Say what score would find in its inputs: which facts, how full, which checks, what is rejected.

    Example: socialrules inspect crm.csv --mapping crm.toml
    """
    from socialrules import api
    from socialrules.cli.console import print_json, progress_bar
    from socialrules.errors import paths_as_given
    from socialrules.inspection import inspect as inspect_inputs
    from socialrules.rulebook import load_rulebook
    from socialrules.sources.mapping import load_mapping

    book = load_rulebook(files=rules or (), depth=depth)  # type: ignore[arg-type]
    given = {"companies": companies, "accounts": accounts, "staff": staff}
    how = api.settings(as_of, (), None, threads, memory_limit)
    with progress_bar("Reading") as progress, paths_as_given(*given.values(), mapping):
        plan = load_mapping(mapping, book.assembly.tables) if mapping is not None else None
        found = inspect_inputs(book, api.inputs_of(book, given), how, plan, progress)
    if format_ is Format.json:
        print_json(found.to_dict())
    else:
        _print_inspection(found)


DECISIONS = {
    "can": "every fact they read is there",
    "partly": "some facts are there; decided where these settle it",
    "cannot": "can neither pass nor fail without more facts",
}
HAPPENS = {"row": "row left out", "cell": "read as unknown", "note": "remark only"}
MOST_NAMED = 8
MOST_CODES = 40


def _print_inspection(found: Any) -> None:
    from socialrules.cli.console import out as console
    from socialrules.cli.console import print_table, shown
    from socialrules.cli.summary import unread_sheets_line

    screen = console()
    for table in found.tables:
        files = Path(table.files[0]).name if len(table.files) == 1 else f"{len(table.files):,} files"
        screen.print(
            f"[bold]{shown(table.table)}[/bold]: {shown(files)}: {table.rows:,} rows, {table.stay:,} can be scored, "
            f"{table.left_out:,} would be left out"
        )
        print_table(
            "",
            ("fact", "from", "filled", "can be read", "don't know", "cannot be read"),
            [
                (
                    f.fact.name,
                    f.column,
                    _percent(f.filled, table.stay),
                    _percent(f.read + f.dont_know, f.filled),
                    f"{f.dont_know:,}",
                    f"{f.rejected:,}",
                )
                for f in table.facts
            ],
            right=(2, 3, 4, 5),
        )
        if table.unread:
            named = [f"{column} (near {near}?)" if near else column for column, near in table.unread]
            screen.print(f"Nothing reads: {shown(', '.join(named))}\n")
        if table.not_there:
            named = [f"{column}, which is no column{f'; {near}?' if near else '.'}" for column, near in table.not_there]
            for said in named[:MOST_NAMED]:
                screen.print(f"The codebook speaks of {shown(said)}")
            more = len(named) - MOST_NAMED
            screen.print(f"and of {more:,} more columns that are not there.\n" if more > 0 else "")
    if found.unread_sheets:
        screen.print(unread_sheets_line(found.unread_sheets))
    _print_checks(found)
    if found.rejects:
        print_table(
            "What would be rejected",
            ("table", "rows", "what happens", "column", "reason", "first of them"),
            [
                (
                    r.table,
                    f"{r.count:,}",
                    HAPPENS[r.kind],
                    r.column or "",
                    r.reason,
                    f"{Path(r.file).name}, row {r.row:,}{f': {r.value}' if r.value is not None else ''}",
                )
                for r in found.rejects
            ],
            right=(1,),
        )
    else:
        screen.print("Nothing would be rejected.")


def _print_checks(found: Any) -> None:
    from socialrules.cli.console import out as console
    from socialrules.cli.console import print_table, shown

    rows = []
    for decision, words in DECISIONS.items():
        chosen = [c for c in found.checks if c.decision == decision]
        blockers = sum(c.check.severity == "blocker" for c in chosen)
        codes = ", ".join(c.check.code for c in chosen)
        which = codes if len(chosen) <= MOST_CODES else "many: --format json lists them"
        rows.append((decision, f"{len(chosen)}", f"{blockers}", words, which))
    print_table("Which checks can be decided", ("", "checks", "blockers", "that is", "which"), rows, right=(1, 2))
    waiting = found.waited_for[:MOST_NAMED]
    if waiting:
        listed = ", ".join(f"{name} ({count} check{'s' if count > 1 else ''})" for name, count in waiting)
        console().print(f"Questions that most checks wait for: {shown(listed)}\n")


def _percent(part: int, whole: int) -> str:
    if not whole:
        return "-"
    # Nearly all is not all: one cell that cannot be read has to show.
    return ">99%" if part < whole and part / whole > 0.995 else f"{part / whole:.0%}"
