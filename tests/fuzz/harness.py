"""Hands inputs to a process of their own, and sees whether it ends well: a reader may take its process with it."""

from __future__ import annotations

import json
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy

SECONDS = 5
"""An input that takes more processor time hangs."""

WAIT_SECONDS = 120
"""So does one that takes no time and never ends. A busy machine is no failure."""

FEW, MANY = 12, 2_000
SIZES = [pytest.param(False, id="few"), pytest.param(True, id="many", marks=pytest.mark.slow)]


@dataclass(frozen=True)
class Reply:
    """How an input ended.

    Attributes:
        end: ``accepted``; ``refused``, with one of our errors; ``broken``, with any other; ``hung``; ``crashed``.
        said: the error.
        tables: per input, the row of the first record; rows that were read, scored, left out; rows in the
            result, rejects of kind row.
    """

    end: str
    said: str = ""
    tables: dict[str, dict[str, int]] = field(default_factory=dict)

    def check(self) -> None:
        """Asserts what holds for every input: an end that was foreseen, and no row lost."""
        assert self.end in ("accepted", "refused"), f"{self.end}: {self.said}"
        for name, rows in self.tables.items():
            assert rows["read"] == rows["scored"] + rows["left_out"], (name, rows)
            assert rows["left_out"] == rows["rejected"], (name, rows)
            assert rows["result"] in (rows["scored"], -1), (name, rows)


class Worker:
    """A process that reads one input after the other; see ``worker.py``. Use as a context manager."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self.seconds = seconds
        self.folder = tempfile.TemporaryDirectory(prefix="socialrules-fuzz-")
        self.ends: dict[str, int] = {}
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()
        self.folder.cleanup()

    def write(self, name: str, content: bytes) -> Path:
        """A file for the process to read."""
        path = Path(self.folder.name) / name
        path.write_bytes(content)
        return path

    def ask(self, **task: Any) -> Reply:
        """The reply to a task of ``worker.py``."""
        reply = self._once(task)
        self.ends[reply.end] = self.ends.get(reply.end, 0) + 1
        return reply

    def _once(self, task: dict[str, Any]) -> Reply:
        process = self._started()
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(json.dumps({key: str(v) if isinstance(v, Path) else v for key, v in task.items()}) + "\n")
        process.stdin.flush()
        ready, _, _ = select.select([process.stdout], [], [], WAIT_SECONDS)
        line = process.stdout.readline() if ready else ""
        if line:
            return Reply(**json.loads(line))
        if not ready:
            self._stop()
            return Reply("hung", f"no end after {WAIT_SECONDS} s")
        process.communicate()
        code, self._process = process.returncode, None
        if code == -signal.SIGPROF:
            return Reply("hung", f"no end after {self.seconds} s of processor time")
        return Reply("crashed", f"the process ended with {code}")

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "fuzz.worker", self.folder.name, str(self.seconds)],
                cwd=Path(__file__).parents[1],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                encoding="utf-8",
            )
            assert self._process.stdout is not None
            assert self._process.stdout.readline() == "ready\n"
        return self._process

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def try_many(
    strategy: SearchStrategy[Any], holds: Callable[[Any], None], many: bool, wanted: int | None, share: float
) -> None:
    """Tries inputs: the same few every time, or ``share`` of those that were wanted, new ones every time."""
    if wanted is not None:
        how = settings(max_examples=max(1, round(wanted * share)), database=None, print_blob=True)
    else:
        how = settings(max_examples=round(MANY * share) if many else FEW, database=None, derandomize=True)

    @settings(
        how,
        deadline=None,
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def every_input(value: Any) -> None:
        holds(value)

    every_input()
