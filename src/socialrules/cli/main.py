"""The ``socialrules`` command: how it starts, and how errors and signals reach a person."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from socialrules.interrupts import Stopper

SIGNALLED = 128
"""What a shell adds to the number of the signal that ended a program: 130 after Ctrl-C, 143 after SIGTERM."""

CTRL_C = 2
"""The number of SIGINT."""


def main() -> None:
    """Runs the command line. One clear message and an exit code, never a traceback."""
    stopper: Stopper | None = None
    for stream in (sys.stdout, sys.stderr):
        # Where a terminal cannot show a letter, its number is shown.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        from socialrules.interrupts import Stopper, ignore_stops

        stopper = Stopper()
        # Loading the rest takes long enough for somebody to think better of it.
        stopper.install()
        from socialrules.cli.app import app

        app()
    except SystemExit as stop:
        # While Python shuts down, a signal would end a run that is done as if it had failed.
        ignore_stops()
        if stop.code not in (0, None) and stopper is not None and stopper.number:
            _stopped(stopper)
        # The reader of a pipe went away (``| head``): what was asked for has been done.
        sys.exit(0 if stop.code == 1 and "Pacify" in type(sys.stdout).__name__ else stop.code)
    except BrokenPipeError:
        # The reader of a pipe went away: what was asked for has been printed.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        _stopped(stopper)
    except Exception as error:
        if stopper is not None and stopper.number:
            _stopped(stopper)
        from socialrules.cli.console import report_error

        sys.exit(report_error(error))


def _stopped(stopper: Stopper | None) -> None:
    number = CTRL_C
    if stopper is not None:
        from socialrules.interrupts import ignore_stops

        ignore_stops()
        number = stopper.number or number
    sys.stderr.write("Stopped. Nothing was written.\n")
    sys.exit(SIGNALLED + number)
