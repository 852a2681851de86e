"""The same inputs, rules and day give the same values in the same order, however they are run."""

from __future__ import annotations

import datetime as dt
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from socialrules import Results, Rulebook, load_rulebook, open_results
from socialrules.engine import score_to_folder
from socialrules.run import Settings

from .commands import CASES, SAMPLE

AS_OF = dt.date(2026, 11, 1)
ROWS = 120


@pytest.fixture(scope="session")
def book() -> Rulebook:
    return load_rulebook()


@pytest.fixture(scope="session")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Companies and accounts with typed columns, as Parquet, CSV and JSON lines."""
    folder = tmp_path_factory.mktemp("inputs")
    if (CASES / "core" / "companies.parquet").exists():
        source = {n: f"read_parquet('{CASES}/core/{n}.parquet')" for n in ("companies", "accounts")}
    elif (SAMPLE / "companies.csv").exists():
        source = {n: f"read_csv('{SAMPLE}/{n}.csv', all_varchar = TRUE)" for n in ("companies", "accounts")}
    else:
        pytest.skip("neither the cases of the specification nor the sample are there")
    con = duckdb.connect()
    for name, query in source.items():
        chosen = (
            f"SELECT * FROM {query} LIMIT {ROWS}"
            if name == "companies"
            else (
                f"SELECT * FROM {query} WHERE company_id IN (SELECT company_id FROM {source['companies']} LIMIT {ROWS})"
            )
        )
        con.execute(f"CREATE TABLE {name} AS {chosen}")
        con.execute(f"COPY {name} TO '{folder}/{name}.parquet' (FORMAT parquet)")
        con.execute(f"COPY {name} TO '{folder}/{name}.jsonl' (FORMAT json)")
        con.execute(f"COPY (SELECT {_as_texts(con, name)} FROM {name}) TO '{folder}/{name}.csv' (FORMAT csv)")
    return folder


def _as_texts(con: duckdb.DuckDBPyConnection, name: str) -> str:
    """Lists as ``a;b;c``."""
    described = con.execute(f"DESCRIBE {name}").fetchall()
    return ", ".join(
        f"CASE WHEN len({c}) = 0 THEN '[]' ELSE array_to_string({c}, ';') END AS {c}" if t.endswith("[]") else c
        for c, t, *_ in described
    )


def tables(results: Results) -> Iterator[pa.Table]:
    """Result tables without the columns that name files."""
    for name in ("companies", "accounts", "rejects"):
        found = results.to_arrow(name)
        yield found.drop_columns([c for c in ("source_file", "source_row", "file", "row") if c in found.column_names])


def scored(
    book: Rulebook, inputs: Path, out: Path, ending: str = "parquet", accounts: Path | None = None, **settings: int
) -> Results:
    given = {"companies": inputs / f"companies.{ending}", "accounts": accounts or inputs / f"accounts.{ending}"}
    return open_results(score_to_folder(book, given, out, Settings(AS_OF, **{"threads": 2, **settings})))  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def expected(book: Rulebook, inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> Results:
    return scored(book, inputs, tmp_path_factory.mktemp("expected") / "out")


def same(found: Results, expected: Results) -> None:
    for one, other in zip(tables(found), tables(expected), strict=True):
        assert one.num_rows == other.num_rows
        for column in other.column_names:
            assert one[column].to_pylist() == other[column].to_pylist(), column


def test_the_number_of_threads_changes_nothing(book: Rulebook, inputs: Path, expected: Results, tmp_path: Path) -> None:
    found = scored(book, inputs, tmp_path / "out", threads=1)
    same(found, expected)
    assert found.manifest["values"] == expected.manifest["values"]


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_the_format_of_the_input_changes_nothing(
    ending: str, book: Rulebook, inputs: Path, expected: Results, tmp_path: Path
) -> None:
    found = scored(book, inputs, tmp_path / "out", ending)
    same(found, expected)
    assert found.manifest["values"] == expected.manifest["values"]


@pytest.mark.slow
@pytest.mark.parametrize("part_rows", [7, 50])
def test_the_split_into_parts_changes_nothing(
    part_rows: int, book: Rulebook, inputs: Path, expected: Results, tmp_path: Path
) -> None:
    found = scored(book, inputs, tmp_path / "out", part_rows=part_rows)
    same(found, expected)
    assert found.manifest["values"] == expected.manifest["values"]


def test_the_order_of_the_accounts_changes_no_value(
    book: Rulebook, inputs: Path, expected: Results, tmp_path: Path
) -> None:
    accounts = duckdb.sql(f"FROM '{inputs}/accounts.parquet'").to_arrow_table()
    order = list(range(accounts.num_rows))
    random.Random(3).shuffle(order)
    shuffled = accounts.take(order)
    duckdb.from_arrow(shuffled).write_parquet(str(tmp_path / "accounts.parquet"))
    found = scored(book, inputs, tmp_path / "out", accounts=tmp_path / "accounts.parquet")
    one, other = (list(tables(r)) for r in (found, expected))
    assert one[0].to_pylist() == other[0].to_pylist()
    place = {c: i for i, c in enumerate(one[0]["company_id"].to_pylist())}
    given = [r["company_id"] for r in one[1].to_pylist()]
    assert given == sorted(given, key=lambda c: place[c])

    def kept(rows: list[dict[str, object]]) -> list[str]:
        return sorted(str({**r, "handle": None if str(r["handle"]).isdigit() else r["handle"]}) for r in rows)

    assert kept(one[1].to_pylist()) == kept(other[1].to_pylist())


def in_bytes(results: Results) -> dict[str, bytes]:
    """Every Parquet file of a result folder."""
    return {str(p.relative_to(results.path)): p.read_bytes() for p in results.path.rglob("*.parquet") if p.is_file()}


@pytest.mark.parametrize("threads", [1, 2])
def test_a_later_run_writes_the_same_bytes(
    threads: int, book: Rulebook, inputs: Path, expected: Results, tmp_path: Path
) -> None:
    found = scored(book, inputs, tmp_path / "out", threads=threads)
    assert in_bytes(found) == in_bytes(expected)
    assert set(in_bytes(found)) == {"companies.parquet", "accounts.parquet", "rejects.parquet"}


@pytest.mark.slow
def test_a_later_run_of_many_row_groups_writes_the_same_bytes_on_any_number_of_threads(
    book: Rulebook, tmp_path: Path
) -> None:
    many, generator = tmp_path / "many", SAMPLE.parent / "generate.py"
    line = [sys.executable, str(generator), "300000", "--out", str(many)]
    subprocess.run(line, check=True, capture_output=True, timeout=600)
    first, *others = (in_bytes(scored(book, many, tmp_path / f"out{n}", threads=n)) for n in (2, 1, 8))
    assert all(other == first for other in others)
