"""Where results cannot be written, a run says so in one sentence, with exit code 3, and leaves nothing."""

from __future__ import annotations

import os
import resource
import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from .runs import command, content, failed, names, program, small_disk

KEPT = ("--keep", "noise")


@dataclass(frozen=True)
class Large:
    """A portfolio as CSV, which has to be staged, and how much room its results take."""

    inputs: Path
    bytes: int
    largest: int


@pytest.fixture(scope="session")
def large(few: Path, tmp_path_factory: pytest.TempPathFactory) -> Large:
    """Eighteen thousand companies with a kept column that cannot be compressed."""
    folder = tmp_path_factory.mktemp("large")
    columns = {
        "companies": "company_id || '-' || range AS company_id, has_clear_reason, hash(company_id, range) AS noise",
        "accounts": "company_id || '-' || range AS company_id, network, handle, status",
    }
    for name, listed in columns.items():
        duckdb.execute(f"COPY (SELECT {listed} FROM '{few}/{name}.parquet', range(300)) TO '{folder}/{name}.csv'")
    out = tmp_path_factory.mktemp("out") / "out"
    assert program(*command(folder, out, *KEPT)).code == 0
    sizes = [len(data) for data in content(out).values()]
    return Large(folder, sum(sizes), max(sizes))


@pytest.mark.parametrize("share", [0.02, *(pytest.param(s, marks=pytest.mark.slow) for s in (0.3, 0.7, 0.95))])
def test_a_limit_on_the_size_of_files_ends_a_run_cleanly(
    share: float, large: Large, older: Path, tmp_path: Path
) -> None:
    out, size = tmp_path / "out", int(large.largest * share)
    shutil.copytree(older, out)
    before = content(out)
    limited = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))}
    failed(program(*command(large.inputs, out, "--overwrite", *KEPT), **limited), "larger than a file", "ulimit -f")
    assert content(out) == before
    assert names(tmp_path) == ["out"]


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99])
def test_a_full_disk_ends_a_run_cleanly(share: float, large: Large, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", int(large.bytes * share)) as disk:
        failed(program(*command(large.inputs, disk / "out", *KEPT)), f"The disk of {disk} is full")
        assert names(disk) == []


@pytest.mark.slow
def test_a_full_disk_leaves_an_older_out_as_it_is(large: Large, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", int(large.bytes * 0.9)) as disk:
        (disk / "out").mkdir()
        (disk / "out" / "run.json").write_text("older", encoding="utf-8")
        failed(program(*command(large.inputs, disk / "out", "--overwrite", *KEPT)), "full")
        assert content(disk / "out") == {"run.json": b"older"}
        assert names(disk) == ["out"]


@pytest.mark.parametrize("what", ["folder", "older"])
def test_a_folder_that_is_read_only_ends_a_run_cleanly(what: str, few: Path, older: Path, tmp_path: Path) -> None:
    # Permissions do not stop root, unless it gives that power up.
    powerless = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all", "--"]
    if not os.geteuid() and not shutil.which("setpriv"):
        pytest.skip("root can write everywhere, and there is no setpriv here")
    parent = tmp_path / "to"
    parent.mkdir()
    if what == "older":
        shutil.copytree(older, parent / "out")
    parent.chmod(0o555)
    try:
        ended = program(*command(few, parent / "out", "--overwrite"), under=[] if os.geteuid() else powerless)
    finally:
        parent.chmod(0o755)
    failed(ended, f"{parent} cannot be written to: Permission denied")
    assert names(parent) == (["out"] if what == "older" else [])


@pytest.mark.parametrize("place", ["file/out", "file/deep/out"])
def test_a_place_below_a_file_ends_a_run_cleanly(place: str, few: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    failed(program(*command(few, tmp_path / place)), "cannot be written to")
    assert names(tmp_path) == ["file"]


def test_folders_that_were_made_for_out_go_where_the_run_fails(few: Path, tmp_path: Path) -> None:
    failed(program("score", str(tmp_path / "gone.csv"), "-o", str(tmp_path / "a" / "b" / "out")), "gone.csv")
    assert names(tmp_path) == []


def test_a_folder_of_somebody_else_in_the_place_of_the_work_folder_is_left_alone(few: Path, tmp_path: Path) -> None:
    mine = tmp_path / ".out.work" / "mine.txt"
    mine.parent.mkdir()
    mine.write_text("mine", encoding="utf-8")
    ended = program(*command(few, tmp_path / "out"))
    assert (ended.code, "is in the way" in ended.said) == (3, True), ended
    assert mine.read_text(encoding="utf-8") == "mine"


def test_a_link_in_the_place_of_the_work_folder_is_not_followed(few: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "lock").write_text("mine", encoding="utf-8")
    (tmp_path / ".out.work").symlink_to(tmp_path / "mine")
    ended = program(*command(few, tmp_path / "out"))
    assert (ended.code, "is in the way" in ended.said) == (3, True), ended
    assert names(tmp_path / "mine") == ["lock"]
