"""``guidelines``, ``check``, ``facts``, ``plugins`` and ``compile``: what is loaded, and the SQL it becomes."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated, Any

import typer

from socialrules.cli.scoring import (
    Accounts,
    AsOf,
    Columns,
    Depth,
    Ignore,
    Keep,
    MappingFile,
    Memory,
    RuleFiles,
    Select,
    Set,
    Staff,
    Threads,
)


class Format(enum.StrEnum):
    """How to print."""

    table = "table"
    json = "json"


FormatOption = Annotated[Format, typer.Option("--format", help="How to print it.")]


def guidelines(
    rules: RuleFiles = None,
    parameters: Annotated[bool, typer.Option("--parameters", help="List the numbers that --set can change.")] = False,
    format_: FormatOption = Format.table,
) -> None:
    """List the guidelines with their checks.

    Example: socialrules guidelines --parameters
    """
    from socialrules.cli.console import print_json, print_table
    from socialrules.rulebook import load_rulebook

    book = load_rulebook(files=rules or ())
    if parameters:
        rows = [
            {
                "name": f"{owner}.{p.name}",
                "value": p.default,
                "unit": p.unit,
                "min": p.min,
                "max": p.max,
                "origin": p.origin,
                "note": p.note,
            }
            for owner, p in book.assembly.parameters.values()
        ]
        if format_ is Format.json:
            print_json(rows)
        else:
            print_table(
                "",
                ("parameter", "value", "unit", "origin", "note"),
                [(r["name"], f"{r['value']:g}", r["unit"], r["origin"], r["note"]) for r in rows],
                right=(1,),
            )
        return
    if format_ is Format.json:
        print_json(
            [
                {
                    "id": g.id,
                    "title": g.title,
                    "question": g.question,
                    "role": g.role,
                    "origin": book.assembly.origin_of(g.id),
                    "checks": [_check_entry(c) for c in g.checks],
                }
                for g in book.assembly.guidelines
            ]
        )
        return
    for g in book.assembly.guidelines:
        print_table(
            f"{g.id} ({g.role}): {g.question}",
            ("check", "title", "level", "severity", "needed at"),
            [(c.code, c.title, c.level, c.severity, c.required_at) for c in g.checks],
        )


def _check_entry(check: Any) -> dict[str, Any]:
    return {
        "code": check.code,
        "title": check.title,
        "level": check.level,
        "severity": check.severity,
        "required_at": check.required_at,
        "statements": list(check.statements),
    }


def check(
    code: Annotated[str, typer.Argument(metavar="CODE", help="The code of a check, as `guidelines` lists it.")],
    rules: RuleFiles = None,
    format_: FormatOption = Format.table,
) -> None:
    """Show one check: what it asks, why it matters, when it passes, what to do.

    Example: socialrules check CODE, with a code that `socialrules guidelines` lists
    """
    from socialrules.cli.console import out, print_json, shown
    from socialrules.rulebook import load_rulebook

    book = load_rulebook(files=rules or ())
    guideline, found = book.find_check(code)
    facts = [f"{level}.{name}" for level, name in book.definitions[(found.level, found.name)].reads if "__" not in name]
    facts += [f"{found.level}.{name}" for name in found.python.reads] if found.python else []
    if format_ is Format.json:
        print_json({**found.model_dump(mode="json", exclude={"python"}), "guideline": guideline.id, "reads": facts})
        return
    lines = [
        ("guideline", f"{guideline.id}: {guideline.question}"),
        ("severity", f"{found.severity}{f' ({found.severity_because})' if found.severity_because else ''}"),
        ("level", found.level),
        ("needed at", found.required_at),
        ("why", found.why),
        ("applies", found.applies or "always"),
        (
            "fails",
            found.fails or ("when the condition below is not met" if found.passes else "when its function says so"),
        ),
        ("passes", found.passes or "when its function says so"),
        ("reads", ", ".join(facts) or "nothing"),
        ("may turn on", ", ".join(found.turns_on) or "nothing"),
        ("advice", found.advice),
        ("if not known", found.advice_dont_know),
        *((f"if {s.when}", s.say) for s in found.advice_if),
        ("from", ", ".join(found.statements)),
        ("plugin", book.assembly.origin_of(guideline.id)),
    ]
    console = out()
    console.print(f"[bold]{shown(found.code)}  {shown(found.title)}[/bold]")
    for label, value in lines:
        if value:
            console.print(f"  [dim]{shown(label)}:[/dim] {shown(' '.join(value.split()))}")


def facts(
    table: Annotated[str | None, typer.Option("--table", metavar="T", help="Only the facts of this table.")] = None,
    ask: Annotated[
        str | None, typer.Option("--ask", metavar="A", help="Only core, full, import, context or derived.")
    ] = None,
    rules: RuleFiles = None,
    format_: FormatOption = Format.table,
) -> None:
    """List the facts: the columns that inputs can have.

    Example: socialrules facts --table company --ask core
    """
    from socialrules.cli.console import print_json, print_table
    from socialrules.errors import UsageError, did_you_mean
    from socialrules.rulebook import load_rulebook

    book = load_rulebook(files=rules or ())
    tables = {**book.assembly.tables, **{t.plural: t for t in book.assembly.tables.values()}}
    if table is not None and table not in tables:
        raise UsageError(f"--table {table}: there is no such table.{did_you_mean(table, tables)}")
    kinds = ("core", "full", "import", "context", "derived")
    if ask is not None and ask not in kinds:
        raise UsageError(f"--ask {ask}: it is one of {', '.join(kinds)}.")
    chosen = [tables[table]] if table else list(book.assembly.tables.values())
    rows = [(t, f) for t in chosen for f in t.facts if ask in (None, f.ask)]
    if format_ is Format.json:
        print_json([{"table": t.name, **f.model_dump(mode="json")} for t, f in rows])
        return
    print_table(
        "",
        ("table", "fact", "type", "values or unit", "ask", "question or note"),
        [(t.name, f.name, f.type, ", ".join(f.values) or f.unit, f.ask, f.question or f.note) for t, f in rows],
    )


def plugins(rules: RuleFiles = None, format_: FormatOption = Format.table) -> None:
    """List the loaded plugins with version and origin.

    Example: socialrules plugins
    """
    from socialrules.cli.console import out, print_json, print_table, shown
    from socialrules.rulebook import load_rulebook

    book = load_rulebook(files=rules or ())
    rows = [
        (p.name, p.version, p.origin, ", ".join(g.id for g in p.rules.guidelines) or "tables, facts and decisions")
        for p in book.assembly.plugins
    ]
    if format_ is Format.json:
        print_json(
            {
                "plugins": [{"name": n, "version": v, "origin": o, "brings": b} for n, v, o, b in rows],
                "warnings": list(book.warnings),
                "rulebook": book.hash,
            }
        )
        return
    print_table("", ("plugin", "version", "origin", "brings"), rows)
    for warning in book.warnings:
        out().print(f"[yellow]Note:[/yellow] {shown(warning)}")


def compile_(
    companies: Annotated[
        str | None, typer.Argument(metavar="[COMPANIES]", help="With inputs: the whole script, for these.")
    ] = None,
    accounts: Accounts = None,
    staff: Staff = None,
    mapping: MappingFile = None,
    rules: RuleFiles = None,
    select: Select = None,
    ignore: Ignore = None,
    set_: Set = None,
    depth: Depth = "core",
    as_of: AsOf = None,
    keep: Keep = None,
    columns: Columns = None,
    threads: Threads = None,
    memory_limit: Memory = None,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="F.sql", help="Write to this file instead of printing.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an older F.sql.")] = False,
    folder: Annotated[
        Path, typer.Option("--folder", metavar="DIR", help="Where the script writes when it is run.")
    ] = Path("socialrules-script"),
) -> None:
    """Print the SQL that score would run: without inputs the rules alone, over tables of facts.

    Example: socialrules compile companies.parquet --accounts accounts.parquet -o score.sql
    """
    from socialrules import api
    from socialrules.errors import InputError, UsageError, paths_as_given
    from socialrules.folders import check_no_input
    from socialrules.rulebook import load_rulebook
    from socialrules.script import needs_of, rules_script, whole_script
    from socialrules.sources.mapping import load_mapping

    if out is not None and out.exists() and not overwrite:
        raise UsageError(f"{out} exists already. Choose another name, or add --overwrite to replace it.")
    if out is not None:
        check_no_input(out, companies, accounts, staff, mapping, *(rules or ()))

    book = load_rulebook(
        files=rules or (),
        select=select or (),
        ignore=ignore or (),
        set_=set_ or (),
        depth=depth,  # type: ignore[arg-type]
    )
    if companies is None:
        text = rules_script(book)
    else:
        given = {"companies": companies, "accounts": accounts, "staff": staff}
        how = api.settings(as_of, keep or (), None, threads, memory_limit, columns or ())
        with paths_as_given(*given.values(), mapping):
            if out is not None and mapping is not None:
                check_no_input(out, *load_mapping(mapping, book.assembly.tables).stamps)
            text = whole_script(book, api.inputs_of(book, given), folder, how, mapping)
    if out is None:
        typer.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{out} cannot be written: {error.strerror or error}.") from None
    for line in needs_of(text):
        typer.echo(f"{out}: {line}", err=True)
