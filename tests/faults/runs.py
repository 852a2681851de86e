"""Runs the program as a user does, and looks at what it leaves."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

PROGRAM = Path(sys.executable).with_name("socialrules")
DRIVER = Path(__file__).with_name("driver.py")
GENERATOR = Path(__file__).parents[2] / "datasets" / "generate.py"
AS_OF = "2026-11-01"
PANEL = "╭"
SECONDS = 600
"""No run of these tests takes as long; a run that hangs fails its test."""


@dataclass(frozen=True)
class Ended:
    """A command that has ended: its exit code (minus the signal where one killed it) and what it said."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """The words of the message, without the panel around them."""
        return " ".join(self.err.replace("│", " ").split())


def command(inputs: Path, out: Path, *options: str, whole: bool = False) -> list[str]:
    """The arguments that score the companies and accounts of a folder: by one guideline, which is quick, or all."""
    accounts = next(inputs.glob("accounts.*"))
    given = [str(next(inputs.glob("companies.*"))), "--accounts", str(accounts), "--as-of", AS_OF]
    return ["score", *given, "-o", str(out), *options, *([] if whole else ["--select", "clear_goal"])]


def program(*arguments: str, under: Sequence[str] = (), **how: Any) -> Ended:
    """The program, run to its end, perhaps by another one."""
    return _ended([*under, str(PROGRAM), *arguments], how)


def driven(signal: str, moment: str, *arguments: str, part_rows: int = 30) -> Ended:
    """The program in small parts, sent a signal at a moment; see ``driver.py``."""
    return _ended([sys.executable, str(DRIVER), str(part_rows), signal, moment, *arguments], {})


def started(*arguments: str, part_rows: int | None = 30, **how: Any) -> subprocess.Popen[str]:
    """The program, running: in small parts, or with None as it is."""
    line = [sys.executable, str(DRIVER), str(part_rows), "SIGTERM", "never"] if part_rows else [str(PROGRAM)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([*line, *arguments], encoding="utf-8", env=_environment(), **pipes, **how)


def ended(process: subprocess.Popen[str]) -> Ended:
    """A running program, waited for."""
    out, err = process.communicate(timeout=SECONDS)
    assert "Traceback" not in out + err, err
    return Ended(process.returncode, out, err)


def _ended(line: Sequence[str], how: dict[str, Any]) -> Ended:
    done = subprocess.run(
        line, capture_output=True, check=False, timeout=SECONDS, encoding="utf-8", env=_environment(), **how
    )
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    return Ended(done.returncode, done.stdout, done.stderr)


def _environment() -> dict[str, str]:
    return {**os.environ, "COLUMNS": "200"}


def content(out: Path) -> dict[str, bytes]:
    """Every file of a folder by its path in it."""
    return {str(p.relative_to(out)): p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file()}


def tables(out: Path) -> dict[str, bytes]:
    """The tables of a result folder, byte by byte. The manifest has timings."""
    return {name: data for name, data in content(out).items() if name != "run.json"}


def names(folder: Path) -> list[str]:
    """What lies in a folder."""
    return sorted(path.name for path in folder.iterdir())


def failed(ended: Ended, *said: str, code: int = 3) -> None:
    """Asserts that a command failed with one panel in plain words that says this."""
    assert (ended.code, ended.out) == (code, ""), ended
    assert ended.err.count(PANEL) == 1, ended.err
    assert ended.said.count("Nothing was written") <= 1
    for words in said:
        assert words in ended.said
    for words in ("exception_type", "errno", "Error:", ".work", "Something went wrong"):
        assert words not in ended.said


@contextmanager
def small_disk(disk: Path, size: int) -> Iterator[Path]:
    """A disk with room for so many bytes."""
    disk.mkdir()
    line = ["mount", "-t", "tmpfs", "-o", f"size={size // 1024}k", "tmpfs", str(disk)]
    if not shutil.which("mount") or subprocess.run(line, capture_output=True, check=False).returncode:
        pytest.skip("a small disk can only be mounted by root")
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)
