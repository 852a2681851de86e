"""Ctrl-C and SIGTERM: a run stops at once in any phase, cleans up, and says which of the two states OUT is in."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .runs import command, content, driven, ended, names, started, tables

CODES = {"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 129}
STOPPED = "Stopped. Nothing was written."
ENDLESS = "SELECT count(*) FROM range(10000000) AS a, range(10000000) AS b WHERE hash(a.range, b.range) = 1"
"""A statement that takes days."""


@pytest.mark.parametrize(
    ("name", "moment"),
    [
        ("SIGINT", "part"),
        pytest.param("SIGINT", "before", marks=pytest.mark.slow),
        ("SIGTERM", "part"),
        pytest.param("SIGHUP", "part", marks=pytest.mark.slow),
    ],
)
def test_a_signal_before_out_is_in_place_ends_a_run_and_leaves_an_older_out(
    name: str, moment: str, few: Path, older: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    shutil.copytree(older, out)
    before = content(out)
    stopped = driven(name, moment, *command(few, out, "--overwrite"))
    assert (stopped.code, stopped.out, stopped.said) == (CODES[name], "", STOPPED)
    assert content(out) == before
    assert names(tmp_path) == ["out"]


@pytest.mark.parametrize("moment", ["after", pytest.param("clearing", marks=pytest.mark.slow)])
def test_a_signal_when_out_is_in_place_cannot_undo_the_run_and_is_no_failure(
    moment: str, few: Path, older: Path, newer: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    shutil.copytree(older, out)
    stopped = driven("SIGINT", moment, *command(few, out, "--overwrite"))
    assert (stopped.code, stopped.out) == (0, "")
    assert stopped.said == f"Stopped. The results are complete: {out}"
    assert tables(out) == tables(newer)
    assert names(tmp_path) == ["out"]


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_when_all_is_said_changes_nothing(name: str, few: Path, newer: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    stopped = driven(name, "leaving", *command(few, out))
    assert (stopped.code, stopped.said) == (0, "")
    assert "Next: socialrules explain" in stopped.out
    assert tables(out) == tables(newer)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_signals_spread_over_a_run_leave_out_whole_or_absent_and_nothing_else(
    ending: str, name: str, many: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    inputs = many if ending == "parquet" else request.getfixturevalue("many_csv")
    whole = tmp_path / "whole" / "out"
    start = time.monotonic()
    assert ended(started(*command(inputs, whole, whole=True), part_rows=None)).code == 0
    seconds = time.monotonic() - start
    (tmp_path / "there").mkdir()
    out, codes = tmp_path / "there" / "out", set()
    for moment in range(10):
        run = started(*command(inputs, out, whole=True), part_rows=None)
        # Not in the first moments, when Python itself is still starting and stops in its own way.
        time.sleep(0.3 + seconds * moment / 10)
        run.send_signal(getattr(signal, name))
        stopped = ended(run)
        codes.add(stopped.code)
        if stopped.code:
            assert (stopped.code, stopped.out, stopped.said) == (CODES[name], "", STOPPED)
            assert names(out.parent) == []
        else:
            assert tables(out) == tables(whole)
            shutil.rmtree(out)
    assert CODES[name] in codes


INTERRUPTED = """
import signal, sys, threading, duckdb
from socialrules.interrupts import interruptible
con = duckdb.connect()
threading.Timer(0.5, signal.raise_signal, (signal.SIGINT,)).start()
try:
    with interruptible(con.interrupt):
        con.execute(sys.argv[1])
except KeyboardInterrupt:
    print("stopped", con.execute("SELECT 42").fetchone(), signal.set_wakeup_fd(-1))
"""

UNBROKEN = """
import signal
from socialrules.interrupts import unbroken
done = []
try:
    with unbroken():
        signal.raise_signal(signal.SIGINT)
        done.append("whole")
    done.append("gone on")
except KeyboardInterrupt:
    print(done, signal.getsignal(signal.SIGINT) is signal.default_int_handler)
"""


def python(script: str, *arguments: str) -> str:
    """What a script prints. One that does not end fails its test."""
    line = [sys.executable, "-c", script, *arguments]
    return subprocess.run(line, capture_output=True, check=True, timeout=60, encoding="utf-8").stdout.strip()


def test_a_statement_that_would_take_days_stops_and_leaves_the_connection_and_the_handlers_as_they_were() -> None:
    assert python(INTERRUPTED, ENDLESS) == "stopped (42,) -1"


def test_a_block_that_is_not_to_be_broken_ends_first_and_the_signal_counts_after_it() -> None:
    assert python(UNBROKEN) == "['whole'] True"


def test_a_signal_that_the_starter_chose_to_ignore_stays_ignored(few: Path, tmp_path: Path) -> None:
    def ignore() -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    run = started(*command(few, tmp_path / "out"), preexec_fn=ignore)
    while run.poll() is None:
        run.send_signal(signal.SIGINT)
        run.send_signal(signal.SIGHUP)
        time.sleep(0.05)
    assert ended(run).code == 0
    assert names(tmp_path) == ["out"]
