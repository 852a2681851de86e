"""The inputs of the benchmarks: generated once, in processes of their own, and kept."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.processes import ROOT, run

TABLES = ("companies", "accounts")


def generated(size: int, folder: Path, say: Callable[[str], None]) -> Path:
    """The folder with ``companies.parquet``, ``accounts.parquet`` and ``staff.parquet`` for so many companies."""
    made = folder / str(size)
    if not made.exists():
        say(f"generating {size:,} companies")
        _appear(made, [sys.executable, str(ROOT / "datasets" / "generate.py"), str(size), "--out"])
    return made


def as_csv(parquet: Path, say: Callable[[str], None]) -> Path:
    """The folder with the same rows as ``companies.csv`` and ``accounts.csv``; lists are ``a;b``."""
    made = parquet.with_name(f"{parquet.name}-csv")
    if not made.exists():
        say(f"writing {parquet.name} companies as CSV")
        _appear(made, [sys.executable, "-m", "benchmarks.data", str(parquet)])
    return made


def as_coded(parquet: Path, say: Callable[[str], None]) -> Path:
    """The folder with the same companies as ``companies.csv``, with foreign names and codes, and its ``map.toml``."""
    made = parquet.with_name(f"{parquet.name}-coded")
    if not made.exists():
        say(f"writing {parquet.name} companies as CSV with codes")
        _appear(made, [sys.executable, "-m", "benchmarks.coded", str(parquet)])
    return made


def _appear(folder: Path, command: list[str]) -> None:
    """Lets a command fill a folder, which appears when it is whole."""
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    run([*command, str(unfinished)])
    unfinished.rename(folder)


def main() -> None:
    """Writes the tables of one folder as CSV into another."""
    import duckdb

    source, target = map(Path, sys.argv[1:])
    with duckdb.connect() as con:
        for table in TABLES:
            relation = f"read_parquet('{source / f'{table}.parquet'}')"
            columns = []
            for name, kind, *_ in con.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall():
                listed = f"CASE len({name}) WHEN 0 THEN '[]' ELSE array_to_string({name}, ';') END AS {name}"
                columns.append(listed if kind.endswith("[]") else name)
            query = f"SELECT {', '.join(columns)} FROM {relation}"
            con.execute(f"COPY ({query}) TO '{target / f'{table}.csv'}' (FORMAT csv, HEADER)")


if __name__ == "__main__":
    main()
