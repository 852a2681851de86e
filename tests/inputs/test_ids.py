"""Ids that are numbers in one place and texts in another, and frames whose columns have no clear names."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pytest

from socialrules import Rulebook, score
from socialrules.errors import InputError, UsageError

from .small import AS_OF, rejected, rows, run, write_csv, write_json, write_parquet

NUMBERS: dict[str, pa.Array] = {
    "double": pa.array([1.0, 20.0, None], pa.float64()),
    "float": pa.array([1.0, 20.0, None], pa.float32()),
    "integer": pa.array([1, 20, None], pa.int64()),
    "decimal": pa.array([Decimal("1.00"), Decimal("20.00"), None], pa.decimal128(10, 2)),
    "text": pa.array(["1", "20", None]),
}


@pytest.mark.parametrize("companies", NUMBERS)
@pytest.mark.parametrize("accounts", ["double", "integer", "text"])
def test_whole_numbers_are_the_same_id_in_every_type(companies: str, accounts: str, book: Rulebook) -> None:
    given = pa.table({"company_id": NUMBERS[companies]})
    own = pa.table({"company_id": NUMBERS[accounts].slice(0, 2), "network": ["xing"] * 2, "status": ["open"] * 2})
    results = run(book, given, own)
    assert [(r["company_id"], r["n_open"]) for r in rows(results, "companies")] == [("1", 1), ("20", 1)]
    assert rejected(results, "table", "row", "kind") == [("companies", 3, "row")]


def test_other_numbers_stay_as_they_are_written(book: Rulebook) -> None:
    given = pa.table({"company_id": [1.5, float("nan"), 1e20, -0.0, 123456789012345.0]})
    results = run(book, given)
    assert [r["company_id"] for r in rows(results, "companies")] == ["1.5", "1e+20", "0", "123456789012345"]
    assert rejected(results, "row", "reason") == [(2, "the row has no company_id")]


def test_numbers_beside_texts_in_json_are_the_same_ids(book: Rulebook, tmp_path: Path) -> None:
    path = tmp_path / "companies.jsonl"
    path.write_text('{"company_id": "a"}\n{"company_id": 7.0}\n{"company_id": 1.50}\n{"company_id": "8.0"}\n', "utf-8")
    accounts = pa.table({"company_id": [7.0], "network": ["xing"], "status": ["open"]})
    found = [(r["company_id"], r["n_open"]) for r in rows(run(book, path, accounts), "companies")]
    assert found == [("a", 0), ("7", 1), ("1.5", 0), ("8.0", 0)]


def test_ids_of_files_with_different_types_are_one_column(book: Rulebook, tmp_path: Path) -> None:
    write_parquet(tmp_path / "1.parquet", [{"company_id": 1.0}])
    write_parquet(tmp_path / "2.parquet", [{"company_id": 2}])
    assert [r["company_id"] for r in rows(run(book, tmp_path), "companies")] == ["1", "2"]


@pytest.mark.parametrize("kind", ["pandas", "arrow", "reader", "relation"])
def test_a_frame_that_names_a_column_twice_is_refused(kind: str, book: Rulebook) -> None:
    table = pa.table([["a"], [1], [2]], names=["company_id", "size", "size"])
    given: Any = {
        "pandas": lambda: pd.DataFrame([["a", 1, 2]], columns=["company_id", "size", "size"]),
        "arrow": lambda: table,
        "reader": table.to_reader,
        "relation": lambda: duckdb.connect().sql("SELECT 'a' AS company_id, 1 AS size, 2 AS size"),
    }[kind]()
    with pytest.raises(InputError, match=r"^companies: two columns are called 'size'; rename one\.$"):
        run(book, given)


@pytest.mark.parametrize("name", ["cg_01", "source_row", "N_Open", "clear_goal"])
def test_a_column_to_keep_must_not_have_the_name_of_a_result(name: str, book: Rulebook, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "companies.csv", [{"company_id": "a", name: "mine"}])
    with pytest.raises(UsageError, match=f"--keep {name}: companies in the results have a column of that name"):
        run(book, path, keep=[name])


def test_a_fact_that_is_written_anyway_is_not_kept_twice(book: Rulebook, tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "companies.csv", [{"company_id": "a", "company_name": "A", "note": "x", "owner": "yes"}]
    )
    kept = run(book, path, keep=["company_name", "company_id", "note", "note", "owner"])
    columns = kept.columns("companies")
    assert len(columns) == len(set(columns))
    assert columns[-4:] == ["note", "owner", "source_file", "source_row"]


def test_one_path_may_stand_alone(book: Rulebook, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "companies.csv", [{"company_id": "a", "note": "x"}])
    assert rows(run(book, path, keep="note"), "companies")[0]["note"] == "x"


@pytest.mark.parametrize("option", ["rules", "select", "ignore", "set"])
def test_options_of_a_rulebook_that_is_given_are_refused(option: str, book: Rulebook) -> None:
    with pytest.raises(UsageError, match=f"^{option}: the rulebook that is given holds its own"):
        score(pa.table({"company_id": ["a"]}), rulebook=book, as_of=AS_OF, **{option: ["x"]})


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("blank", [" ", "\n", "\u00a0", "\u200b"])
def test_blanks_around_the_key_of_a_child_lose_no_row(ending: str, blank: str, book: Rulebook, tmp_path: Path) -> None:
    write: Any = {"csv": write_csv, "jsonl": write_json, "parquet": write_parquet}[ending]
    write(tmp_path / f"companies.{ending}", [{"company_id": f"a{blank}"}, {"company_id": "b"}])
    keys = ["a", f"{blank}a", f"b{blank}", "b", f"c{blank}"]
    accounts = [{"company_id": k, "network": "xing", "status": "open", "handle": f"h{n}"} for n, k in enumerate(keys)]
    write(tmp_path / f"accounts.{ending}", accounts)
    results = run(book, tmp_path / f"companies.{ending}", tmp_path / f"accounts.{ending}")
    assert [(r["company_id"], r["n_open"]) for r in rows(results, "companies")] == [("a", 2), ("b", 2)]
    assert [(r["company_id"], r["handle"]) for r in rows(results, "accounts")] == [
        ("a", "h0"),
        ("a", "h1"),
        ("b", "h2"),
        ("b", "h3"),
    ]
    assert rejected(results, "table", "row", "kind") == [("accounts", 5, "row")]
