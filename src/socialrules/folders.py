"""Result folders appear whole or not at all: a private folder to work in, one rename at the end.

OUT is made in ``.OUT.work`` beside it, which one run at a time holds by a lock. The kernel takes
the lock back when the run ends, however it ends; so a folder without a holder is what a killed run
has left, and the next run with the same OUT cleans it up.
"""

from __future__ import annotations

import contextlib
import errno
import glob
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from socialrules.errors import OutputError, UsageError
from socialrules.exchange import exchange
from socialrules.interrupts import unbroken

LOCK = "lock"
REPLACED = "replaced"
"""Where the older OUT waits, in the work folder, where the two cannot change places in one step."""

ATTEMPTS = 100
"""How often to try for a work folder that other runs remove at the same moment."""


@contextlib.contextmanager
def work_folder(out: Path) -> Iterator[Path]:
    """A private folder beside OUT, removed at the end whatever happens.

    What a killed run has left there goes first; an older OUT that it had moved away is put back.

    Raises:
        UsageError: another run is at work on the same OUT.
        OutputError: the folder of OUT cannot be written to.
    """
    place = real_place(out)
    work = place.with_name(f".{place.name}.work")
    made = [p for p in place.parents if not os.path.exists(p)]  # noqa: PTH110 - False, too, where it may not be looked at
    lock = None
    try:
        with unbroken():
            try:
                place.parent.mkdir(parents=True, exist_ok=True)
                lock = _occupy(work, out)
                _put_back(place, work)
                _clear(work)
            except OSError as error:
                raise OutputError(f"{place.parent} cannot be written to: {error.strerror or error}.") from None
        yield work
    finally:
        with unbroken():
            if lock is not None:
                _vacate(work, lock)
            for folder in made:
                # Goes only where nothing has come into it.
                with contextlib.suppress(OSError):
                    folder.rmdir()


def real_place(out: Path) -> Path:
    """Where OUT really lies: what a link points to is replaced, not the link."""
    return Path(os.path.realpath(out))


def check_free(out: Path, overwrite: bool) -> None:
    """Makes sure that a run may write OUT.

    Raises:
        UsageError: it exists, and ``overwrite`` is not set or it is no result folder.
    """
    if out.exists() and not overwrite:
        raise UsageError(f"{out} exists already. Choose another name, or add --overwrite to replace it.")
    if out.exists() and not is_replaceable(out):
        raise UsageError(f"{out} is no result folder, so --overwrite will not replace it. Choose another name.")


def check_no_input(out: Path, *read: object) -> None:
    """Makes sure that a file to be replaced is none of those that are read to make it.

    Args:
        out: the file to be written.
        read: files, folders and globs, as inputs are given; anything else is passed over.

    Raises:
        UsageError: it is one of them, also where a link leads from one to the other.
    """
    if not out.is_file():
        return
    for given in read:
        if isinstance(given, str | Path) and any(_is_same(out, file) for file in _files(Path(given))):
            raise UsageError(f"{out} is an input of this; choose another name.")


def _files(given: Path) -> Iterator[Path]:
    if given.is_dir():
        yield from given.rglob("*")
    elif given.exists():
        yield given
    else:
        yield from map(Path, glob.iglob(str(given), recursive=True))


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def publish(folder: Path, out: Path, work: Path, overwrite: bool) -> None:
    """Syncs the finished folder and puts it in place in one step.

    An older OUT changes places with it, so that at no moment there is none.

    Raises:
        UsageError: something else has come to OUT since ``check_free``.
        OutputError: OUT cannot be put in place.
    """
    place = real_place(out)
    try:
        for path in sorted(folder.rglob("*")):
            _sync(path)
        _sync(folder)
        with unbroken():
            _put_in_place(folder, place, work, overwrite, out)
            # The rename is done; a file system that cannot sync a folder does not undo it.
            with contextlib.suppress(OSError):
                _sync(place.parent)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
            raise _taken(out) from None
        raise


def _put_in_place(folder: Path, place: Path, work: Path, overwrite: bool, out: Path) -> None:
    if not place.exists():
        folder.rename(place)
    elif not overwrite or not is_replaceable(place):
        raise _taken(out)
    elif not exchange(folder, place):
        replaced = work / REPLACED
        place.rename(replaced)
        try:
            folder.rename(place)
        except OSError:
            replaced.rename(place)
            raise


def _taken(out: Path) -> UsageError:
    return UsageError(f"{out} was written by another run in the meantime; it is left as it is.")


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def is_replaceable(out: Path) -> bool:
    """Whether a folder is a result folder, or empty: anything else is not ours to replace."""
    return out.is_dir() and ((out / "run.json").exists() or not any(out.iterdir()))


def table_files(folder: Path, name: str) -> list[Path]:
    """The files of a table of a result folder, in order; none where it is not there."""
    path = folder / f"{name}.parquet"
    if path.is_dir():
        return sorted(path.glob("*.parquet"))
    return [path] if path.is_file() else []


def identity(path: Path) -> tuple[int, int] | None:
    """What tells a file or folder from another one at the same path; None where nothing is there."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _occupy(work: Path, out: Path) -> int:
    """The lock of a work folder, held until it is closed."""
    import fcntl

    for _ in range(ATTEMPTS):
        made = _make(work)
        try:
            lock = os.open(work / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
        except FileNotFoundError:
            continue  # a run that ended this moment has removed the folder
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            held = True
        except BlockingIOError:
            os.close(lock)
            raise UsageError(
                f"Another run is writing {out} at this moment. Wait until it has ended, or choose another name."
            ) from None
        except OSError:
            held = False  # this file system knows no locks
        if not held and not made:
            os.close(lock)
            raise UsageError(
                f"Another run is writing {out}, or was killed while it did. If none is, remove the folder {work}."
            )
        if (os.fstat(lock).st_dev, os.fstat(lock).st_ino) == identity(work / LOCK):
            return lock
        os.close(lock)  # it was removed between opening and locking
    raise UsageError(f"Other runs are writing {out} at this moment. Wait until they have ended.")


def _make(work: Path) -> bool:
    """Makes a work folder; False where one is there already."""
    try:
        work.mkdir()
    except FileExistsError:
        names: list[str] = []
        if work.is_dir() and not work.is_symlink():
            with contextlib.suppress(FileNotFoundError):
                names = [path.name for path in work.iterdir()]
        elif work.exists():
            names = [work.name]
        if names and LOCK not in names:
            raise OutputError(
                f"{work} is in the way: this is where OUT would be made, but it is not from socialrules. Move it away."
            ) from None
        return False
    return True


def _put_back(place: Path, work: Path) -> None:
    """An older OUT, where a run was killed between moving it away and putting the new one in its place."""
    replaced = work / REPLACED
    if replaced.exists() and not place.exists():
        replaced.rename(place)


def _clear(work: Path) -> None:
    """Removes all but the lock, which says until the end whose folder this is."""
    for path in work.iterdir():
        if path.name == LOCK:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _vacate(work: Path, lock: int) -> None:
    with contextlib.suppress(OSError):
        _clear(work)
        if [path.name for path in work.iterdir()] == [LOCK]:
            (work / LOCK).unlink()
            work.rmdir()
    os.close(lock)
