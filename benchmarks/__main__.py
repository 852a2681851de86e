"""The command: ``python -m benchmarks --only A --runs 5 --sizes 5000,100000,1000000,10000000``."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from benchmarks.processes import ROOT, BenchmarkError
from benchmarks.table import Row, rendered
from benchmarks.workloads import GROUPS, LARGE, Bench

SIZES = (5_000, 100_000, LARGE)


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0 when everything was measured, 1 when a program failed or gave other values."""
    options = _parser().parse_args(arguments)
    options.data.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    rows: list[Row] = []
    try:
        with tempfile.TemporaryDirectory(dir=options.data, prefix="work-") as work:
            bench = Bench(
                options.data.absolute(),
                Path(work).absolute(),
                options.runs,
                options.companies,
                options.records,
                options.sizes,
                _say,
            )
            for name in options.only:
                _say(f"{name}: {GROUPS[name].__doc__}")
                rows += GROUPS[name](bench)
    except BenchmarkError as error:
        _say(f"stopped: {error}")
        return 1
    except KeyboardInterrupt:
        _say("stopped.")
        return 130
    print(rendered(rows))
    missed = sum(row.met is False for row in rows)
    took = (time.monotonic() - began) / 60
    tools = ", ".join(f"{p} {version(p)}" for p in ("duckdb", "polars", "pandas"))
    print(f"\nMedians of {options.runs}, {took:.0f} minutes, {tools}. Targets missed: {missed}.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measures, side by side, in whole processes."
    )
    parser.add_argument(
        "--only",
        type=_names,
        default=list(GROUPS),
        metavar="NAMES",
        help=f"of {', '.join(GROUPS)}; separated by commas; default: all",
    )
    parser.add_argument("--runs", type=_count, default=5, help="of each program; default: %(default)s")
    parser.add_argument(
        "--sizes",
        type=_sizes,
        default=SIZES,
        metavar="N,...",
        help="companies of workload B; default: all but 10 million",
    )
    parser.add_argument("--companies", type=_count, default=LARGE, help="of workload A; default: %(default)s")
    parser.add_argument("--records", type=_count, default=20_000, help="of the row engines; default: %(default)s")
    parser.add_argument("--data", type=Path, default=ROOT / "benchmarks" / "data", help="where inputs are kept")
    return parser


def _names(text: str) -> list[str]:
    names = text.split(",")
    unknown = [name for name in names if name not in GROUPS]
    if unknown:
        raise argparse.ArgumentTypeError(f"there is no benchmark {unknown[0]}; there are {', '.join(GROUPS)}")
    return names


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is no number from 1 on")
    return int(text)


def _sizes(text: str) -> list[int]:
    return sorted({_count(part) for part in text.split(",")})


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
