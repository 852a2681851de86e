"""Two runs on one OUT: one finishes, the other says so."""

from __future__ import annotations

import shutil
import signal
import time
from pathlib import Path

import pytest

from socialrules import open_results
from socialrules.errors import UsageError

from .runs import command, driven, ended, names, program, started, tables

SECONDS = 60


def at_work(out: Path) -> None:
    """Waits until a run is at work on OUT."""
    deadline = time.monotonic() + SECONDS
    while not (out.parent / f".{out.name}.work" / "lock").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_run_that_comes_second_says_so_and_the_first_finishes(
    overwrite: bool, few: Path, older: Path, newer: Path, tmp_path: Path
) -> None:
    out, options = tmp_path / "out", ["--overwrite"] if overwrite else []
    if overwrite:
        shutil.copytree(older, out)
    first = started(*command(few, out, *options))
    at_work(out)
    first.send_signal(signal.SIGSTOP)
    second = program(*command(few, out, *options))
    assert (second.code, second.out) == (2, "")
    assert f"Another run is writing {out} at this moment." in second.said
    other = program(*command(few, tmp_path / "other"))
    assert other.code == 0, "a run with another OUT is none of its business"
    first.send_signal(signal.SIGCONT)
    assert ended(first).code == 0
    assert tables(out) == tables(newer)
    assert names(tmp_path) == ["other", "out"]


def test_a_run_that_was_killed_is_no_run_at_work(few: Path, tmp_path: Path) -> None:
    assert driven("SIGKILL", "part", *command(few, tmp_path / "out")).code == -signal.SIGKILL
    assert names(tmp_path) == [".out.work"]
    assert program(*command(few, tmp_path / "out")).code == 0
    assert names(tmp_path) == ["out"]


@pytest.mark.slow
def test_of_many_runs_at_once_with_overwrite_every_one_finishes_or_says_so(few: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    runs = [started(*command(few, out, "--overwrite")) for _ in range(8)]
    found = [ended(run) for run in runs]
    assert {run.code for run in found} == {0, 2}
    assert all("Another run is writing" in run.said for run in found if run.code == 2)
    assert names(tmp_path) == ["out"]
    assert open_results(out).manifest["inputs"]["companies"]["scored"] == 60


def test_results_are_saved_whole_over_older_ones_and_not_over_anything_else(
    older: Path, newer: Path, tmp_path: Path
) -> None:
    shutil.copytree(older, tmp_path / "kept")
    open_results(newer).save(tmp_path / "kept", overwrite=True)
    assert tables(tmp_path / "kept") == tables(newer)
    open_results(tmp_path / "kept").save(tmp_path / "kept", overwrite=True)
    assert tables(tmp_path / "kept") == tables(newer)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "text").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="no result folder"):
        open_results(newer).save(tmp_path / "mine", overwrite=True)
    assert names(tmp_path) == ["kept", "mine"]
