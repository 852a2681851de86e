"""Stopping by a signal: at once, also while the database works, but never in the middle of a rename.

Python calls a signal's handler only when the code that runs has come back to it, which may take a
statement of DuckDB half a minute. So while statements run, a thread that learns of the signal at
once tells DuckDB to stop.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

STOPPING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
REPEAT_SECONDS = 0.05
"""A statement that begins after it was told to stop has not heard of it, so it is told again."""


class Stopped(KeyboardInterrupt):
    """A signal asked the program to stop."""


class Stopper:
    """Turns the signals that ask a program to stop into ``Stopped``.

    Attributes:
        number: the first such signal; None where there was none.
    """

    def __init__(self) -> None:
        self.number: int | None = None

    def install(self) -> None:
        """From here on. A signal that whoever started the program chose to ignore stays ignored."""
        for number in STOPPING:
            if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
                signal.signal(number, self)

    def ignore(self) -> None:
        """From here on no signal stops anything: what is left to do is short."""
        for number in STOPPING:
            signal.signal(number, signal.SIG_IGN)

    def __call__(self, number: int, _: FrameType | None) -> None:
        """What Python calls when a signal arrives."""
        self.number = self.number or number
        raise Stopped


@contextlib.contextmanager
def interruptible(interrupt: Callable[[], None]) -> Iterator[None]:
    """Calls ``interrupt`` from another thread as soon as a signal asks to stop, until the block is left.

    Whatever the block raises after that is raised as a ``KeyboardInterrupt``: it is what comes of
    being interrupted. Outside the main thread, where no signal arrives, this does nothing.
    """
    stopping = [n for n in STOPPING if _stops(signal.getsignal(n))]
    if threading.current_thread() is not threading.main_thread() or not stopping:
        yield
        return
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    asked, over = threading.Event(), threading.Event()
    before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)

    def watch() -> None:
        while not asked.is_set():
            numbers = os.read(reading, 1)
            if not numbers:
                return
            if before >= 0:
                with contextlib.suppress(OSError):
                    os.write(before, numbers)
            if numbers[0] in stopping:
                asked.set()
        while not over.is_set():
            # The connection may be closed by now.
            with contextlib.suppress(Exception):
                interrupt()
            over.wait(REPEAT_SECONDS)

    watcher = threading.Thread(target=watch, name="interrupts", daemon=True)
    try:
        watcher.start()
        yield
    except Exception as error:
        if asked.is_set() or _says_interrupted(error):
            raise KeyboardInterrupt from None
        raise
    finally:
        with unbroken():
            signal.set_wakeup_fd(before)
            over.set()
            os.close(writing)
            watcher.join()
            os.close(reading)


def _stops(handler: Any) -> bool:
    return handler is signal.default_int_handler or isinstance(handler, Stopper)


def _says_interrupted(error: Exception) -> bool:
    """DuckDB looks for signals too, now and then, and makes an error of its own of what the handler raised."""
    return isinstance(error, RuntimeError) and str(error) == "Query interrupted"


@contextlib.contextmanager
def unbroken() -> Iterator[None]:
    """A block that no signal cuts in two: what arrives in it is dealt with right after it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    arrived: list[int] = []
    before = {n: signal.getsignal(n) for n in STOPPING}
    kept = {n: handler for n, handler in before.items() if callable(handler)}
    for number in kept:
        signal.signal(number, lambda n, _: arrived.append(n))
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
        for number in arrived[:1]:
            signal.raise_signal(number)
