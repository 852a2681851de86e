"""The program, in small parts, and sending itself a signal at a chosen moment.

    python driver.py PART_ROWS SIGNAL MOMENT [--no-exchange] score ...

Moments: ``never``; ``part`` (after the second part); ``before``, ``after`` (OUT is put in place);
``between`` (the older OUT was moved away, the new one is not yet there); ``clearing`` (the older OUT,
moved away, is being removed); ``leaving`` (all is said, Python shuts down).
"""

from __future__ import annotations

import atexit
import functools
import os
import signal
import sys
from pathlib import Path
from typing import Any

from socialrules import api, engine, folders
from socialrules.cli import main


def drive(part_rows: int, number: int, moment: str, can_exchange: bool) -> None:
    """Sets the traps. What the program does at a moment is still done by the program."""

    def strike(now: str) -> None:
        if now == moment:
            os.kill(os.getpid(), number)

    def publish(*arguments: Any) -> None:
        strike("before")
        real_publish(*arguments)

    def exchange(one: Path, other: Path) -> bool:
        done = can_exchange and real_exchange(one, other)
        if done:
            strike("after")
        return done

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "os.rename" and Path(os.fsdecode(arguments[0])).name == "result":
            strike("between")
        if event == "shutil.rmtree" and ".work" in str(arguments[0]):
            strike("clearing")

    def score_parts(run: Any, plan: Any, progress: Any) -> dict[str, int]:
        def tell(done: int, total: int) -> None:
            if done == 2:
                strike("part")
            if progress:
                progress(done, total)

        return real_parts(run, plan, tell)

    real_publish, real_exchange, real_parts = folders.publish, folders.exchange, engine._score_parts
    engine.publish, engine._score_parts, folders.exchange = publish, score_parts, exchange
    api.Settings = functools.partial(engine.Settings, part_rows=part_rows)  # type: ignore[misc, assignment]
    sys.addaudithook(hook)
    atexit.register(strike, "leaving")


if __name__ == "__main__":
    rows, name, when, *rest = sys.argv[1:]
    can = "--no-exchange" not in rest
    drive(int(rows), getattr(signal, name), when, can)
    sys.argv = ["socialrules", *(a for a in rest if a != "--no-exchange")]
    main.main()
