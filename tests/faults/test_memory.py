"""Little memory: a run spills to its own folder, in smaller parts, and comes to the same values."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from socialrules.errors import UsageError
from socialrules.memory import SMALL_PART_ROWS, memory_bytes, most_threads, part_rows
from socialrules.plan import PART_ROWS

from .runs import PROGRAM, command, failed, names, program, small_disk

ABOVE_LIMIT_MB = 400
"""What Python, DuckDB's code and all that DuckDB does not count may take beside the limit."""


@pytest.mark.parametrize(
    ("limit", "size"),
    [("4GB", 4_000_000_000), ("256 mb", 256_000_000), ("1.5GiB", 1_610_612_736), (" 200000KB ", 200_000_000)],
)
def test_a_limit_is_a_number_with_a_unit(limit: str, size: int) -> None:
    assert memory_bytes(limit) == size


@pytest.mark.parametrize("limit", ["", "lots", "100", "-5GB", "80%", "GB", "4 giraffes", "1e3GB", "9999999TB", "٤GB"])
def test_a_limit_that_is_no_size_is_a_wrong_option(limit: str) -> None:
    with pytest.raises(UsageError, match="write a size such as 4GB or 512MB"):
        memory_bytes(limit)


@pytest.mark.parametrize("limit", ["0GB", "1MB", "10MB", "127999KB"])
def test_a_limit_too_small_to_start_with_is_a_wrong_option_and_a_sensible_one_is_named(limit: str) -> None:
    with pytest.raises(UsageError, match=f"--memory-limit {limit} is too little .* at least 128MB; 256MB is enough"):
        memory_bytes(limit)


def test_little_memory_makes_parts_smaller_and_uses_fewer_cores() -> None:
    assert [part_rows(limit) for limit in (None, "4GB", "1GB", "999MB", "128MB")] == [
        PART_ROWS,
        PART_ROWS,
        PART_ROWS,
        SMALL_PART_ROWS,
        SMALL_PART_ROWS,
    ]
    assert [most_threads(limit, 16) for limit in ("4GB", "512MB", "256MB", "128MB")] == [16, 16, 8, 4]
    assert most_threads("256MB", 2) == 2


@pytest.mark.parametrize("limit", ["lots", "10MB"])
def test_a_wrong_limit_ends_with_two_and_leaves_nothing(limit: str, few: Path, tmp_path: Path) -> None:
    failed(program(*command(few, tmp_path / "out", "--memory-limit", limit)), f"--memory-limit {limit}", code=2)
    assert names(tmp_path) == []


def peak_megabytes(line: list[str]) -> float:
    """The most memory that a command used, which has to succeed."""
    with subprocess.Popen(line, stdout=subprocess.DEVNULL) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return used.ru_maxrss / (1_000_000 if sys.platform == "darwin" else 1_000)


@pytest.mark.slow
def test_a_million_companies_fit_into_256_megabytes_and_come_to_the_same_values(million: Path, tmp_path: Path) -> None:
    for name, options in (("roomy", []), ("tight", ["--memory-limit", "256MB"])):
        used = peak_megabytes([str(PROGRAM), *command(million, tmp_path / name, *options, whole=True)])
    assert used <= 256 + ABOVE_LIMIT_MB
    roomy, tight = (
        json.loads((tmp_path / name / "run.json").read_text(encoding="utf-8")) for name in ("roomy", "tight")
    )
    assert tight["values"] == roomy["values"]
    assert (tight["part_rows"], roomy["part_rows"]) == (SMALL_PART_ROWS, PART_ROWS)
    assert names(tmp_path) == ["roomy", "tight"]


@pytest.mark.slow
def test_a_disk_with_no_room_for_what_does_not_fit_into_memory_is_told_apart_from_too_little_memory(
    million: Path, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk", 20_000_000) as disk:
        run = program(*command(million, disk / "out", "--memory-limit", "128MB", whole=True))
        failed(run, "What does not fit into memory goes to the disk of", str(disk), "--memory-limit")
        assert names(disk) == []


@pytest.mark.slow
def test_too_many_threads_for_the_memory_are_told_apart_from_a_broken_input(million: Path, tmp_path: Path) -> None:
    options = ["--memory-limit", "128MB", "--threads", "64"]
    run = program(*command(million, tmp_path / "out", *options, whole=True))
    failed(run, "--memory-limit 128MB is too little", "256MB is enough for most", "--threads", code=2)
    assert names(tmp_path) == []
