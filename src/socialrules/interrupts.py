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

    def __call__(self, number: int, _: FrameType | None) -> None:
        """What Python calls when a signal arrives."""
        self.number = self.number or number
        raise Stopped


def ignore_stops() -> None:
    """From here on no signal stops anything: what is left to do is short, and the outcome is settled."""
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)


class interruptible:
    """Calls ``interrupt`` from another thread as soon as a signal asks to stop, until the block is left.

    Whatever the block raises after that is raised as a ``KeyboardInterrupt``: it is what comes of
    being interrupted. Outside the main thread, where no signal arrives, this does nothing.
    """

    def __init__(self, interrupt: Callable[[], None]) -> None:
        self._interrupt = interrupt
        self._handlers: dict[int, Any] = {}
        self._asked, self._over = threading.Event(), threading.Event()
        self._reading = self._writing = self._before = -1
        self._watcher = threading.Thread(target=self._watch, name="interrupts", daemon=True)

    def __enter__(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        self._handlers = {n: h for n in STOPPING if _stops(h := signal.getsignal(n))}
        if not self._handlers:
            return
        self._reading, self._writing = os.pipe()
        os.set_blocking(self._writing, False)
        for number in self._handlers:
            signal.signal(number, self._handle)
        self._before = signal.set_wakeup_fd(self._writing, warn_on_full_buffer=False)
        self._watcher.start()

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if not self._handlers:
            return
        signal.set_wakeup_fd(self._before)
        self._over.set()
        os.close(self._writing)
        self._watcher.join()
        os.close(self._reading)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        stopped = self._asked.is_set() and not isinstance(error, KeyboardInterrupt)
        if stopped or (isinstance(error, Exception) and _says_interrupted(error)):
            raise KeyboardInterrupt from None

    def _handle(self, number: int, frame: FrameType | None) -> None:
        """Does what the handler of the signal does, but not in the middle of entering or leaving the block."""
        self._asked.set()
        place = frame
        while place is not None:
            if place.f_code in (interruptible.__enter__.__code__, interruptible.__exit__.__code__):
                # What it raises here would leave things half set up; leaving the block raises it again.
                with contextlib.suppress(KeyboardInterrupt):
                    self._handlers[number](number, frame)
                return
            place = place.f_back
        self._handlers[number](number, frame)

    def _watch(self) -> None:
        while not self._asked.is_set():
            numbers = os.read(self._reading, 1)
            if not numbers:
                return
            if self._before >= 0:
                with contextlib.suppress(OSError):
                    os.write(self._before, numbers)
            if numbers[0] in self._handlers:
                self._asked.set()
        while not self._over.is_set():
            # The connection may be closed by now.
            with contextlib.suppress(Exception):
                self._interrupt()
            self._over.wait(REPEAT_SECONDS)


def _stops(handler: Any) -> bool:
    ours = isinstance(handler, Stopper) or isinstance(getattr(handler, "__self__", None), interruptible)
    return ours or handler is signal.default_int_handler


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
