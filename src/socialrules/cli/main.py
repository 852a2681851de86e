"""The ``socialrules`` command: its sub-commands and how errors reach a person."""

from __future__ import annotations

import io
import os
import sys

import typer

from socialrules.cli import explaining, rules, scoring

app = typer.Typer(
    help="Should this company be on social media? Scores one company or millions against a rulebook, and says why.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.command()(scoring.score)
app.command()(explaining.explain)
app.command()(explaining.demo)
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


def main() -> None:
    """Runs the command line. One clear message and an exit code, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        # Where a terminal cannot show a letter, its number is shown.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except SystemExit as stop:
        # The reader of a pipe went away (``| head``): what was asked for has been done.
        sys.exit(0 if stop.code == 1 and "Pacify" in type(sys.stdout).__name__ else stop.code)
    except KeyboardInterrupt:
        sys.stderr.write("Stopped. Nothing was written.\n")
        sys.exit(130)
    except BrokenPipeError:
        # The reader of a pipe went away: what was asked for has been printed.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        # DuckDB turns Ctrl-C during a query into an error of its own.
        if "Interrupt" in type(error).__name__ or "Query interrupted" in str(error):
            sys.stderr.write("Stopped. Nothing was written.\n")
            sys.exit(130)
        from socialrules.cli.console import report_error

        sys.exit(report_error(error))
