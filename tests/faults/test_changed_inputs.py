"""An input that changes or goes while it is read ends the run: results of neither state are worse than none."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from socialrules import Rulebook, load_rulebook
from socialrules.engine import score_to_folder
from socialrules.errors import InputError
from socialrules.run import Settings
from socialrules.sources.fingerprints import Fingerprints, stamp
from socialrules.sources.mapping import load_mapping

from .runs import content, names

SETTINGS = Settings(dt.date(2026, 11, 1), part_rows=30)


@pytest.fixture(scope="session")
def small_book() -> Rulebook:
    return load_rulebook(select=["clear_goal"])


@pytest.fixture
def inputs(few: Path, tmp_path: Path) -> Path:
    """A copy of the portfolio, as Parquet and CSV."""
    folder = tmp_path / "in"
    shutil.copytree(few, folder)
    for name in ("companies", "accounts"):
        columns = "company_id, 'x' AS network, 'open' AS status"
        duckdb.execute(f"COPY (SELECT {columns} FROM '{folder}/{name}.parquet') TO '{folder}/{name}.csv'")
    return folder


def go(path: Path) -> None:
    path.unlink()


def replace(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(path.read_bytes())
    other.replace(path)


def rewrite(path: Path) -> None:
    """Other bytes of the same number in the same file, which then claims to be as old as before."""
    status = path.stat()
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"\n")


def swap_and_back(path: Path) -> None:
    """Another file for a moment, then the old one again."""
    path.rename(path.with_name("aside"))
    path.with_name("aside").rename(path)


@pytest.mark.parametrize("ending", ["parquet", "csv"])
@pytest.mark.parametrize("change", [go, replace, rewrite, append, swap_and_back])
def test_a_change_between_the_first_part_and_the_end_is_noticed(
    change: Callable[[Path], None], ending: str, small_book: Rulebook, inputs: Path, older: Path, tmp_path: Path
) -> None:
    path = inputs / f"accounts.{ending}"
    given = {"companies": inputs / f"companies.{ending}", "accounts": path}
    out = tmp_path / "out"
    shutil.copytree(older, out)
    before = content(out)

    def progress(done: int, _: int) -> None:
        if done == 1:
            # Long enough for the file to have been hashed: the hash alone would not notice.
            time.sleep(0.1)
            change(path)

    with pytest.raises(InputError) as raised:
        score_to_folder(small_book, given, out, SETTINGS, overwrite=True, progress=progress)
    said = "went away while it was read" if change is go else "was changed while it was read"
    assert str(raised.value).startswith(f"{path} {said}")
    assert str(raised.value).count("Nothing was written") == 1
    assert content(out) == before
    assert names(tmp_path) == ["in", "out"]


def test_a_mapping_that_changes_during_the_run_is_noticed(small_book: Rulebook, inputs: Path, tmp_path: Path) -> None:
    path = tmp_path / "mapping.toml"
    path.write_text("[companies]\ncompany_id = 'company_id'\n", encoding="utf-8")
    mapping = load_mapping(path, small_book.assembly.tables)
    rewrite(path)
    given = {"companies": inputs / "companies.csv"}
    with pytest.raises(InputError, match=r"mapping\.toml was changed while it was read"):
        score_to_folder(small_book, given, tmp_path / "out", SETTINGS, mapping=mapping)
    assert names(tmp_path) == ["in", "mapping.toml"]


def test_a_file_that_is_replaced_by_garbage_is_said_to_have_changed_and_not_to_be_unreadable(
    small_book: Rulebook, inputs: Path, tmp_path: Path
) -> None:
    path = inputs / "companies.parquet"

    def progress(done: int, _: int) -> None:
        if done == 1:
            path.write_bytes(b"no Parquet at all")

    with pytest.raises(InputError, match="was changed while it was read"):
        score_to_folder(small_book, {"companies": path}, tmp_path / "out", SETTINGS, progress=progress)
    assert names(tmp_path) == ["in"]


def test_a_change_before_the_hash_has_read_the_file_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"before")
    stamps = [(path, stamp(path))]
    path.write_bytes(b"later!")
    fingerprints = Fingerprints()
    fingerprints.start(stamps)
    with pytest.raises(InputError, match="was changed while it was read"):
        fingerprints.collect()


def test_a_change_right_after_a_file_was_written_makes_another_stamp(tmp_path: Path) -> None:
    # The clock of a file system goes in steps: without waiting one out, most of these would look unchanged.
    path = tmp_path / "file"
    for number in range(50):
        path.write_bytes(b"%06d" % number)
        before = stamp(path)
        path.write_bytes(b"%06d" % -number)
        assert stamp(path) != before


def test_a_file_that_is_only_read_and_moved_beside_is_unchanged(
    small_book: Rulebook, inputs: Path, tmp_path: Path
) -> None:
    def progress(*_: int) -> None:
        (inputs / "companies.parquet").read_bytes()
        (inputs / "new.parquet").write_bytes(b"x")

    given = {"companies": inputs / "companies.parquet"}
    out = score_to_folder(small_book, given, tmp_path / "out", SETTINGS, progress=progress)
    assert (out / "run.json").exists()
