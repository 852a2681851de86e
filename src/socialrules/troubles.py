"""What DuckDB and the system say when a run cannot go on, in a sentence for the person who started it."""

from __future__ import annotations

import contextlib
import errno
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb

from socialrules.errors import InputError, OutputError, SocialRulesError, UsageError
from socialrules.memory import SENSIBLE_MB
from socialrules.sources.staging import first_line

NOTHING_WRITTEN = "Nothing was written."

NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
NOT_ALLOWED = (errno.EACCES, errno.EPERM, errno.EROFS)


@contextlib.contextmanager
def told_plainly(out: Path, memory_limit: str | None = None, first: Callable[[], None] | None = None) -> Iterator[None]:
    """Raises what goes wrong in the block as an error that a user understands.

    Args:
        out: where the results go.
        memory_limit: what the user allowed; None: DuckDB's default.
        first: called where something went wrong; may raise a better reason.
    """
    try:
        yield
    except (duckdb.Error, OSError, MemoryError, InputError) as error:
        if first is not None:
            first()
        told = plain(error, out, memory_limit)
        if told is None:
            raise
        raise told from None


def plain(error: Exception, out: Path, memory_limit: str | None) -> SocialRulesError | None:
    """The error of ours that says what happened; None where this is nothing that a user can mend.

    Args:
        error: what DuckDB or the system raised.
        out: where the results should have gone.
        memory_limit: what the user allowed; None: DuckDB's default.
    """
    if isinstance(error, SocialRulesError):
        return None
    folder = os.path.abspath(out.parent)  # noqa: PTH100 - links stay as the user named them
    if isinstance(error, duckdb.OutOfMemoryException | MemoryError):
        return _memory(error, folder, memory_limit)
    number = _number(error)
    if number in NO_ROOM or (isinstance(error, OSError | duckdb.Error) and "max_temp_directory_size" in str(error)):
        return OutputError(
            f"The disk of {folder} is full. Make room there, or choose a place on another disk for the "
            f"results. {NOTHING_WRITTEN}"
        )
    if number == errno.EFBIG:
        return OutputError(
            f"The results are larger than a file in {folder} may be: its file system, or a limit that was set for this "
            f"program (`ulimit -f`), allows no more. {NOTHING_WRITTEN}"
        )
    where = _file(error) or folder
    if number in NOT_ALLOWED:
        return OutputError(f"{where} must not be read or written: {os.strerror(number or 0)}. {NOTHING_WRITTEN}")
    if number is not None and isinstance(error, OSError | duckdb.IOException):
        return InputError(f"{where} cannot be read or written: {os.strerror(number)}. {NOTHING_WRITTEN}")
    if isinstance(error, duckdb.IOException):
        return InputError(f"A file could not be read or written: {first_line(error)}. {NOTHING_WRITTEN}")
    return None


def _memory(error: Exception, folder: str, memory_limit: str | None) -> SocialRulesError:
    if "max_temp_directory_size" in str(error) or _number(error) in NO_ROOM:
        return OutputError(
            f"What does not fit into memory goes to the disk of {folder}, and that is full. Make room there, choose a "
            f"place on another disk for the results, or allow more memory with --memory-limit. {NOTHING_WRITTEN}"
        )
    if memory_limit is None:
        return InputError(
            f"There is not enough memory. Close other programs, or use fewer cores with --threads. {NOTHING_WRITTEN}"
        )
    return UsageError(
        f"--memory-limit {memory_limit} is too little for these inputs, rules and cores. Give more ({SENSIBLE_MB}MB is "
        f"enough for most), or use fewer cores with --threads. {NOTHING_WRITTEN}"
    )


def _number(error: Exception) -> int | None:
    """The system's number of an error. DuckDB gives it in words, or inside JSON."""
    if isinstance(error, OSError):
        return error.errno
    said = str(error)
    found = re.search(r'"errno":"(\d+)"', said)
    if found:
        return int(found[1])
    first = said.splitlines()[0] if said else ""
    return next((number for number in errno.errorcode if first.endswith(os.strerror(number))), None)


def _file(error: Exception) -> str | None:
    if isinstance(error, OSError):
        return str(error.filename) if error.filename else None
    found = re.search(r'file \\?"(.+?)\\?"', str(error))
    return found[1] if found else None
