"""Runs the program as a user does, and asserts what every failure has in common."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

PROGRAM = Path(sys.executable).with_name("socialrules")
SAMPLE = Path(__file__).parents[2] / "datasets" / "sample"
CASES = Path(__file__).parents[3] / "shared" / "spec" / "cases"
AS_OF = "2026-11-01"
PANEL = "╭"


@dataclass(frozen=True)
class Ended:
    """A command that has ended."""

    code: int
    out: str
    err: str


def socialrules(*arguments: str | Path, cwd: Path | None = None, **environment: str) -> Ended:
    """Runs the program with arguments."""
    done = subprocess.run(
        [str(PROGRAM), *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        check=False,
        timeout=120,
        encoding="utf-8",
        env={**os.environ, "COLUMNS": "200", **environment},
    )
    assert "Traceback" not in done.stderr + done.stdout, done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    return Ended(done.returncode, done.stdout, done.stderr)


def fails(code: int, arguments: Sequence[str | Path], *said: str, cwd: Path) -> Ended:
    """Asserts that a command ends with a code and one panel that says why, and leaves nothing in ``cwd``."""
    before = sorted(cwd.rglob("*"))
    ended = socialrules(*arguments, cwd=cwd)
    assert (ended.code, ended.out) == (code, ""), ended
    assert ended.err.count(PANEL) == 1, ended.err
    words = " ".join(ended.err.replace("│", " ").split())
    assert "Something went wrong that should not" not in words, words
    for text in said:
        assert text in words
    assert sorted(cwd.rglob("*")) == before
    return ended


def table(path: Path, columns: str = "*", order: str = "") -> list[tuple[object, ...]]:
    """The rows of a result table."""
    source = f"{path}/*.parquet" if path.is_dir() else str(path)
    return duckdb.execute(f"SELECT {columns} FROM read_parquet(?) {order}", [source]).fetchall()


def columns(path: Path) -> list[str]:
    """The columns of a result table."""
    return [str(row[0]) for row in duckdb.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]).fetchall()]
