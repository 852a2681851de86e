"""Result folders appear whole or not at all: a private folder to work in, one rename at the end."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from socialrules.errors import InputError, UsageError


@contextlib.contextmanager
def work_folder(out: Path) -> Iterator[Path]:
    """A private folder beside OUT, removed at the end whatever happens."""
    parent = out.parent
    try:
        parent.mkdir(parents=True, exist_ok=True)
        work = parent / f".{out.name}.work-{os.getpid()}-{time.time_ns():x}"
        work.mkdir()
    except OSError as error:
        raise InputError(f"{parent} cannot be written to: {error.strerror or error}.") from None
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def publish(folder: Path, out: Path, work: Path, overwrite: bool) -> None:
    """Syncs the finished folder and puts it in place with one rename."""
    for path in sorted(folder.rglob("*")):
        _sync(path)
    _sync(folder)
    if out.exists() and not overwrite:
        raise UsageError(f"{out} was written by another run in the meantime; it is left as it is.")
    if out.exists():
        out.rename(work / "replaced")
    try:
        folder.rename(out)
    except OSError:
        raise UsageError(f"{out} was written by another run in the meantime; it is left as it is.") from None
    _sync(out.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def is_replaceable(out: Path) -> bool:
    """Whether a folder is a result folder, or empty: anything else is not ours to replace."""
    return out.is_dir() and ((out / "run.json").exists() or not any(out.iterdir()))
