"""Makes any number of companies, with their accounts and a few people, that look like a real portfolio.

The same seed and date give the same rows with the same version of DuckDB, whatever the number of cores,
and company 17 is the same among a thousand as among a million. None of them is a real firm. What is drawn,
and how, is SQL: the files in ``generator/``, run in the order of ``STEPS``.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Self

import duckdb
import pyarrow.parquet as pq

STEPS = ("macros", "lookups", "profile", "company_truths", "companies", "account_truths", "accounts", "staff")
TABLES = ("companies", "accounts", "staff")
FORMATS = ("parquet", "csv", "jsonl")
AS_OF = date(2026, 11, 1)
ROW_GROUP = 122_880
PARTS = {"parquet": 2 * ROW_GROUP, "csv": 2 * ROW_GROUP, "jsonl": ROW_GROUP // 2}
"""Companies made at a time, so that the memory does not grow with their number; a core takes a row group.
JSON lines repeat every name and every null: ten times the bytes, so smaller parts."""


def generate(
    n: int,
    out: str | os.PathLike[str],
    seed: int = 0,
    format: str = "parquet",
    *,
    as_of: date = AS_OF,
    threads: int | None = None,
) -> dict[str, int]:
    """The number of rows written per table: ``companies``, ``accounts``, ``staff``.

    Writes one file per table into a folder and replaces those that are there. The columns are the facts
    of the rulebook under their own names. In CSV a list is ``a;b;c``, the known empty list ``[]``, and a
    missing answer an empty cell.

    Args:
        n: companies to make; they have two accounts each on average, none to eight.
        out: the folder to write to; made if it is not there.
        seed: another seed gives other companies.
        format: ``parquet``, ``csv`` or ``jsonl``.
        as_of: the day the records are taken; no date in them lies after it.
        threads: cores to use; all of them by default. The rows do not depend on it.

    Raises:
        ValueError: n is below 1, or the format is none of the three.
    """
    if n < 1:
        raise ValueError(f"{n} companies cannot be made: give a number from 1 on")
    if format not in FORMATS:
        raise ValueError(f"unknown format {format!r}: choose one of {', '.join(FORMATS)}")
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    writer = _ParquetFile if format == "parquet" else _TextFile
    rows = dict.fromkeys(TABLES, 0)
    with duckdb.connect() as connection, ExitStack() as files:
        if threads is not None:
            connection.execute(f"SET threads = {int(threads)}")
        # On by default, and needed: it is what keeps the rows in order without a sort.
        connection.execute("SET preserve_insertion_order = true")
        _define_views(connection, seed, as_of)
        open_files = {table: files.enter_context(writer(connection, table, folder, format)) for table in TABLES}
        part = PARTS[format]
        for first in range(1, n + 1, part):
            connection.execute("TRUNCATE ids")
            connection.execute("INSERT INTO ids FROM range($1, $2)", [first, min(first + part, n + 1)])
            for table, file in open_files.items():
                rows[table] += file.append()
    return rows


def _define_views(connection: duckdb.DuckDBPyConnection, seed: int, as_of: date) -> None:
    """Define ``companies``, ``accounts`` and ``staff`` over the numbers in the table ``ids``."""
    sql = Path(__file__).parent / "generator"
    # Parameters reach a view through variables only.
    connection.execute("SET VARIABLE folder = $folder", {"folder": f"{sql.as_posix()}/"})
    connection.execute("SET VARIABLE seed = $seed::BIGINT", {"seed": seed})
    connection.execute("SET VARIABLE as_of = $as_of::DATE", {"as_of": as_of})
    # A table, because a view over the function range() would keep all but one core idle.
    connection.execute("CREATE TABLE ids (i BIGINT)")
    for step in STEPS:
        connection.execute((sql / f"{step}.sql").read_text(encoding="utf-8"))


class _File:
    """One table's file, written part by part under another name and renamed when it is whole."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, table: str, folder: Path, format: str) -> None:
        self.connection = connection
        self.table = table
        self.format = format
        self.path = folder / f"{table}.{format}"
        self.unfinished = folder / f".{table}.{format}.unfinished"

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        self.close()
        if error is None:
            self.unfinished.replace(self.path)
        else:
            self.unfinished.unlink(missing_ok=True)

    def open(self) -> None:
        """Start the file."""
        raise NotImplementedError

    def append(self) -> int:
        """The number of rows of this part, which are now in the file."""
        raise NotImplementedError

    def close(self) -> None:
        """Finish the file."""
        raise NotImplementedError


class _ParquetFile(_File):
    """One file for all parts, which COPY cannot write: it replaces what it finds."""

    def open(self) -> None:
        schema = self.connection.sql(f"FROM {self.table} LIMIT 0").to_arrow_table().schema
        self.writer = pq.ParquetWriter(self.unfinished, schema)

    def append(self) -> int:
        rows = self.connection.sql(f"FROM {self.table}").to_arrow_table()
        self.writer.write_table(rows, row_group_size=ROW_GROUP)
        return int(rows.num_rows)

    def close(self) -> None:
        self.writer.close()


class _TextFile(_File):
    """CSV or JSON lines: each part is written by COPY and its bytes appended."""

    def open(self) -> None:
        self.part = self.unfinished.with_suffix(".part")
        self.file = self.unfinished.open("wb")
        columns = _as_text(self.connection, self.table) if self.format == "csv" else "*"
        self.select = f"SELECT {columns} FROM {self.table}"

    def append(self) -> int:
        options = "FORMAT json"
        if self.format == "csv":
            options = f"FORMAT csv, HEADER {self.file.tell() == 0}"
        target = self.part.as_posix().replace("'", "''")
        row = self.connection.execute(f"COPY ({self.select}) TO '{target}' ({options})").fetchone()
        with self.part.open("rb") as part:
            shutil.copyfileobj(part, self.file)
        return int(row[0]) if row else 0

    def close(self) -> None:
        self.file.close()
        self.part.unlink(missing_ok=True)


def _as_text(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    """The columns of the table as a CSV file holds them: lists become text."""
    columns = []
    for name, kind, *_ in connection.execute(f"DESCRIBE {table}").fetchall():
        if kind.endswith("[]"):
            listed = f"CASE WHEN len({name}) = 0 THEN '[]' ELSE array_to_string({name}, ';') END"
            columns.append(f"{listed} AS {name}")
        else:
            columns.append(name)
    return ", ".join(columns)


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code of the command."""
    parser = argparse.ArgumentParser(
        description="Make companies with accounts and staff.",
        epilog="example: python datasets/generate.py 100000 --out big --seed 7",
    )
    parser.add_argument("n", metavar="N", type=int, help="how many companies")
    parser.add_argument("--out", required=True, metavar="FOLDER", help="where to write companies, accounts and staff")
    parser.add_argument("--format", choices=FORMATS, default="parquet", help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=0, help="another seed gives other companies; default: %(default)s")
    parser.add_argument(
        "--as-of",
        type=date.fromisoformat,
        default=AS_OF,
        metavar="DATE",
        help="day of the records; default: %(default)s",
    )
    parser.add_argument("--threads", type=int, default=None, help="cores to use; default: all")
    options = parser.parse_args(arguments)
    if options.n < 1:
        parser.error(f"{options.n} companies cannot be made: give a number from 1 on")
    rows = generate(options.n, options.out, options.seed, options.format, as_of=options.as_of, threads=options.threads)
    print(", ".join(f"{count:,} {table}" for table, count in rows.items()), "written to", options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
