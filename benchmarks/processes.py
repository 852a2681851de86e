"""Runs whole processes side by side and measures each: wall time, processor time, peak memory.

This module, and the process that uses it, stays small on purpose: on Linux the peak memory of a new process is
never less than what its parent had when it was started, so whatever needs memory (generating, converting,
comparing) is done in processes of its own.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent
LIMIT_SECONDS = 3600
MEASURES = ("wall", "cpu", "memory")


class BenchmarkError(Exception):
    """A program failed, or gave other values than ours: its time says nothing."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One run: seconds from start to end, seconds of all its cores, most bytes resident at a time."""

    wall: float
    cpu: float
    memory: float


@dataclass(frozen=True)
class Program:
    """A command that is measured.

    Attributes:
        name: in the table.
        command: program and arguments.
        output: the file or folder it writes, removed before each run.
        folders: made anew before each run.
        prints_measurements: what it prints last is JSON with ``records``, ``wall`` and ``cpu``, and
            these are used, per record.
    """

    name: str
    command: Sequence[str]
    output: Path | None = None
    folders: Sequence[Path] = ()
    prints_measurements: bool = False

    def prepare(self) -> None:
        """Takes away what the run before left."""
        for path in (self.output, *self.folders):
            if path is not None and path.is_dir():
                shutil.rmtree(path)
            elif path is not None:
                path.unlink(missing_ok=True)
        for folder in self.folders:
            folder.mkdir(parents=True)


@dataclass
class Series:
    """The measurements of one program."""

    runs: list[Measurement] = field(default_factory=list)

    def median(self, measure: str) -> float:
        """The median of ``wall``, ``cpu`` or ``memory``."""
        return float(statistics.median(getattr(run, measure) for run in self.runs))


def run(command: Sequence[str]) -> tuple[Measurement, str]:
    """What a command took, and what it printed.

    Raises:
        BenchmarkError: it did not end with 0, or not within an hour.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.perf_counter()
        try:
            process = subprocess.Popen(command, stdout=out, stderr=err, stdin=subprocess.DEVNULL, cwd=ROOT)
        except OSError as error:
            raise BenchmarkError(f"{command[0]} cannot be run: {error.strerror}. `make bench` installs it.") from None
        stop = threading.Timer(LIMIT_SECONDS, process.kill)
        stop.start()
        try:
            _, status, used = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        finally:
            stop.cancel()
        wall = time.perf_counter() - start
        # Popen must know that the process has been waited for.
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        printed = out.read().decode(errors="replace")
        if process.returncode != 0:
            last = err.read().decode(errors="replace").strip()[-2000:]
            raise BenchmarkError(
                f"{' '.join(command)[:300]}\nended with {process.returncode}:\n{last or printed[-2000:]}"
            )
    kilobyte = 1 if sys.platform == "darwin" else 1024
    return Measurement(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * kilobyte), printed


def side_by_side(
    programs: Sequence[Program], runs: int, check: Callable[[], None], say: Callable[[str], None]
) -> Mapping[str, Series]:
    """The measurements of programs that take turns: A B C, A B C, ...

    Args:
        programs: in the order they are run.
        runs: of each program.
        check: called when each has run once; raises BenchmarkError where their outputs differ.
        say: told what goes on.
    """
    found = {program.name: Series() for program in programs}
    for number in range(runs):
        for program in programs:
            program.prepare()
            measured, printed = run(program.command)
            if program.prints_measurements:
                measured = own_measurement(printed)
            say(f"  {number + 1}/{runs} {program.name}: {measured.wall:.3g} s")
            found[program.name].runs.append(measured)
        if number == 0:
            check()
    return found


def own_measurement(printed: str) -> Measurement:
    """What a program measured itself, per record; memory is not compared."""
    given = json.loads(printed.splitlines()[-1])
    return Measurement(given["wall"] / given["records"], given["cpu"] / given["records"], 0)
