"""The sub-commands of ``socialrules``."""

from __future__ import annotations

import typer

from socialrules.cli import asking, explaining, forms, mapping, merging, rejects, rules, scoring, verifying

app = typer.Typer(
    help="Should this company be on social media? Scores one company or millions against a rulebook, and says why.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(scoring.score)
app.command()(merging.merge)
app.command(name="map")(mapping.map_)
app.command()(mapping.inspect)
app.command()(forms.questionnaire)
app.command()(asking.questions)
app.command()(explaining.explain)
app.command()(explaining.demo)
app.command()(verifying.verify)
app.command()(rejects.rejects)
app.command()(rules.guidelines)
app.command()(rules.check)
app.command()(rules.facts)
app.command()(rules.plugins)
app.command(name="compile")(rules.compile_)


def _version(wanted: bool) -> None:
    if wanted:
        import importlib.metadata

        typer.echo(f"socialrules {importlib.metadata.version('socialrules')}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Show the version and stop."
    ),
) -> None:
    """Holds the options that stand before a sub-command."""
