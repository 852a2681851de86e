"""Whether the input files stay as they are while a run reads them, and what they hold as a hash.

A run reads its inputs several times, and hashes them beside that. All of it speaks of the same bytes
only where no file changes meanwhile. So each file is looked at before anything reads it, and again
after everything has: what the system keeps about a file (``Stamp``) changes with every way of
writing to it, replacing it or putting back an older time of change.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from socialrules.errors import InputError

BLOCK_BYTES = 1 << 20
CLOCK_STEP_SECONDS = 0.02
"""Longer than a step of the clock that file systems take their times from: twice within one step looks like once."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the system keeps about a file. Times in nanoseconds; ``changed`` cannot be set by hand."""

    device: int
    inode: int
    size: int
    written: int
    changed: int


def stamp(path: Path) -> Stamp:
    """The stamp of a file, taken late enough that any later change makes another one.

    Raises:
        InputError: the file is not there or cannot be looked at.
    """
    found = _look(path)
    if 0 <= time.time_ns() - found.changed < CLOCK_STEP_SECONDS * 1e9:
        time.sleep(CLOCK_STEP_SECONDS)
        found = _look(path)
    return found


def _look(path: Path) -> Stamp:
    try:
        status = path.stat()
    except OSError as error:
        raise InputError(f"{path} went away while it was read ({error.strerror}). Nothing was written.") from None
    return Stamp(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def check_unchanged(stamps: Iterable[tuple[Path, Stamp]]) -> None:
    """Makes sure that files are as they were.

    Raises:
        InputError: one has changed, was replaced or went away.
    """
    for path, before in stamps:
        if _look(path) != before:
            raise InputError(
                f"{path} was changed while it was read, so the results would be of neither state. "
                f"Nothing was written. Run again when nobody writes to it."
            )


class Fingerprints:
    """Hashes files in the background, each once. Close it at the end: it does not wait for a long file."""

    def __init__(self) -> None:
        self._stopped = threading.Event()
        self._wanted: dict[Path, Stamp] = {}
        self._found: Future[dict[Path, str]] = Future()

    def start(self, stamps: Iterable[tuple[Path, Stamp]]) -> None:
        """Begins to hash the files."""
        self._wanted = dict(stamps)
        threading.Thread(target=self._run, name="fingerprints", daemon=True).start()

    def close(self) -> None:
        """Gives up what is not done. The thread ends by itself after the block it reads."""
        self._stopped.set()

    def check(self) -> None:
        """Makes sure that no file has changed since it was stamped. Raises InputError."""
        check_unchanged(self._wanted.items())

    def collect(self) -> dict[Path, dict[str, Any]]:
        """Path, size, time of change and SHA-256 of each file, waiting for what is not done.

        Call it when everything has been read.

        Raises:
            InputError: a file changed, was replaced or went away since it was stamped.
        """
        try:
            hashes = self._found.result()
        except OSError as error:
            self.check()
            raise InputError(f"{error.filename} cannot be read: {error.strerror}.") from None
        self.check()
        return {
            path: {"path": str(path), "size": before.size, "mtime_ns": before.written, "sha256": hashes[path]}
            for path, before in self._wanted.items()
        }

    def _run(self) -> None:
        try:
            self._found.set_result({path: self._hash(path) for path in self._wanted})
        except BaseException as error:  # handed on to whoever collects
            self._found.set_exception(error)

    def _hash(self, path: Path) -> str:
        digest, block = hashlib.sha256(), memoryview(bytearray(BLOCK_BYTES))
        with path.open("rb", buffering=0) as handle:
            while not self._stopped.is_set() and (read := handle.readinto(block)):
                digest.update(block[:read])
        return digest.hexdigest()
