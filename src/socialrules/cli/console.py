"""Consoles, tables, progress and error panels."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from socialrules.display import LONGEST_LINE, one_line, shortened, visible, visible_json

WAIT_SECONDS = 1.0
LONGEST_CELL = 500
"""Characters of a cell of a table."""


class _Console(Console):
    """A console that ends well where its reader went away, as with ``| head``: what was asked for is done."""

    def on_broken_pipe(self) -> None:
        with suppress(SystemExit):
            super().on_broken_pipe()
        raise SystemExit(0)


def out() -> Console:
    """The console for results. Lines are not cut where it is no terminal."""
    width = None if sys.stdout.isatty() else 120
    return _Console(highlight=False, emoji=False, width=width)


def error_console() -> Console:
    """The console for messages and progress."""
    return Console(stderr=True, highlight=False, emoji=False)


def report_error(error: Exception) -> int:
    """Prints one panel on standard error and returns the exit code."""
    from socialrules.errors import SocialRulesError

    if isinstance(error, SocialRulesError):
        message, code = str(error), error.exit_code
    elif isinstance(error, OSError):
        message, code = f"{error.filename or ''}: {error.strerror or error}".removeprefix(": "), 3
    elif isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryException":
        message, code = "There is not enough memory. Raise --memory-limit, or use fewer --threads.", 3
    else:
        first = str(error).strip().splitlines()[0] if str(error).strip() else ""
        message = f"Something went wrong that should not: {type(error).__name__}: {first}\nPlease report it, with the command you ran."
        code = 3
    error_console().print(
        Panel(escape(shortened(visible(message))), title="socialrules", title_align="left", border_style="red")
    )
    return code


def shown(text: str, longest: int = LONGEST_LINE) -> str:
    """A text of inputs or rules for ``print``: in one line, nothing in it hidden or taken for markup."""
    return escape(one_line(text, longest))


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], right: Sequence[int] = ()) -> None:
    """Prints a small table."""
    table = Table(title=title or None, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for index, column in enumerate(columns):
        table.add_column(column, justify="right" if index in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(shown(str(cell), LONGEST_CELL) for cell in row))
    out().print(table)


def print_json(value: Any) -> None:
    """Prints a value as JSON."""
    sys.stdout.write(visible_json(json.dumps(value, indent=2, ensure_ascii=False, default=str)) + "\n")


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[int, int], None] | None]:
    """A progress bar for anything that takes over a second; nothing where nobody watches."""
    console = error_console()
    if not console.is_terminal:
        yield None
        return
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )
    task = bar.add_task(what, total=None)
    timer = threading.Timer(WAIT_SECONDS, bar.start)
    timer.daemon = True
    timer.start()

    def tell(done: int, total: int) -> None:
        bar.update(task, completed=done, total=total)

    try:
        yield tell
    finally:
        timer.cancel()
        timer.join()
        bar.stop()
