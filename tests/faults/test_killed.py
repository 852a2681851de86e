"""Killed at any moment: an older OUT is whole, a new one is whole or absent, the next run cleans up."""

from __future__ import annotations

import shutil
import signal
import time
from pathlib import Path

import pytest

from .runs import command, content, driven, ended, names, started, tables

MOMENTS = 40


@pytest.mark.parametrize(
    ("moment", "options", "left"),
    [
        pytest.param("part", [], "older", marks=pytest.mark.slow),
        pytest.param("before", [], "older", marks=pytest.mark.slow),
        ("after", [], "newer"),
        pytest.param("clearing", [], "newer", marks=pytest.mark.slow),
        ("between", ["--no-exchange"], None),
    ],
)
def test_a_kill_while_an_older_out_is_replaced_loses_neither_and_the_next_run_cleans_up(
    moment: str, options: list[str], left: str | None, few: Path, older: Path, newer: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    shutil.copytree(older, out)
    killed = driven("SIGKILL", moment, *options, *command(few, out, "--overwrite"))
    assert killed.code == -signal.SIGKILL
    assert names(tmp_path) == [".out.work", "out"] if left else [".out.work"]
    if left:
        assert tables(out) == tables({"older": older, "newer": newer}[left])
    before = content(out) if left else content(older)
    refused = driven("SIGTERM", "never", *command(few, out))
    assert (refused.code, "out exists already" in refused.said) == (2, True)
    # What had been moved away is back, whatever was left is gone, and nothing of OUT has changed.
    assert content(out) == before
    assert names(tmp_path) == ["out"]


@pytest.mark.slow
@pytest.mark.parametrize("options", [[], ["--no-exchange"]])
def test_an_older_out_is_replaced_with_and_without_the_one_step(
    options: list[str], few: Path, older: Path, newer: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    shutil.copytree(older, out)
    assert driven("SIGTERM", "never", *options, *command(few, out, "--overwrite")).code == 0
    assert tables(out) == tables(newer)
    assert names(tmp_path) == ["out"]


@pytest.mark.slow
def test_a_link_to_an_older_out_stays_and_what_it_points_to_is_replaced(
    few: Path, older: Path, newer: Path, tmp_path: Path
) -> None:
    shutil.copytree(older, tmp_path / "real" / "out")
    (tmp_path / "link").symlink_to(tmp_path / "real" / "out")
    assert driven("SIGTERM", "never", *command(few, tmp_path / "link", "--overwrite")).code == 0
    assert (tmp_path / "link").is_symlink()
    assert tables(tmp_path / "link") == tables(newer)
    assert (names(tmp_path), names(tmp_path / "real")) == (["link", "real"], ["out"])


@pytest.mark.slow
def test_kills_spread_over_a_run_leave_an_older_out_whole_and_a_new_one_whole_or_absent(
    many: Path, older: Path, tmp_path: Path
) -> None:
    whole = tmp_path / "whole" / "out"
    start = time.monotonic()
    assert ended(started(*command(many, whole, whole=True), part_rows=1000)).code == 0
    seconds = time.monotonic() - start
    expected, before = tables(whole), tables(older)
    assert len(expected) == 13, "six parts of companies and of accounts, and the rejects"

    out, left, unharmed = tmp_path / "there" / "out", 0, 0
    out.parent.mkdir()
    for moment in range(MOMENTS):
        shutil.rmtree(out, ignore_errors=True)
        overwrite = moment % 2 == 1
        if overwrite:
            shutil.copytree(older, out)
        run = started(*command(many, out, *(["--overwrite"] if overwrite else []), whole=True), part_rows=1000)
        # The later half lies close to the end, where OUT is put in place.
        share = moment / 20 if moment < 20 else 0.8 + (moment - 20) / 100
        time.sleep(seconds * share)
        run.kill()
        ended(run)
        left += (out.parent / ".out.work").exists()
        if out.exists():
            found = tables(out)
            unharmed += found == before
            assert found == expected or (overwrite and found == before), moment
            assert (out / "run.json").exists()
        else:
            assert not overwrite, moment
        assert set(names(out.parent)) <= {".out.work", "out"}
    assert min(left, unharmed) > MOMENTS / 8, "hardly any run was killed at work"
    shutil.rmtree(out, ignore_errors=True)
    assert ended(started(*command(many, out, whole=True), part_rows=1000)).code == 0
    assert tables(out) == expected
    assert names(out.parent) == ["out"]
