"""Texts that mean harm come out as they went in, from every format; what is no text is replaced."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from fuzz.mutations import HARMFUL
from socialrules import Rulebook
from socialrules.sources.markers import BLANK_MARKERS

from .small import csv_cell, rejected, rows, run, write_json, write_parquet

TEXTS = [
    t for t in dict.fromkeys(HARMFUL) if t.strip(" \t\r\n\u200b\ufeff") == t != "" and t.isascii() | (t < "\ud800")
]
COLUMN = "\x1b[31m\u202e'; --"
RECORDS: list[dict[str, Any]] = [
    {"company_id": f"{n}{t}", "company_name": t, "tags": [t.replace(";", "")], COLUMN: t} for n, t in enumerate(TEXTS)
]
ACCOUNTS = [
    {"company_id": r["company_id"], "network": "xing", "status": "open", "handle": r["company_name"], COLUMN: "x"}
    for r in RECORDS
]


def written(path: Path, records: list[dict[str, Any]]) -> Any:
    """The records in the format that a path's ending says."""
    match path.suffix:
        case ".csv":
            buffer = io.StringIO(newline="")
            writer = csv.writer(buffer, lineterminator="\n", quoting=csv.QUOTE_ALL)
            writer.writerow(records[0])
            writer.writerows([csv_cell(v) for v in r.values()] for r in records)
            path.write_bytes(buffer.getvalue().encode())
        case ".jsonl":
            write_json(path, records)
        case ".parquet":
            write_parquet(path, records)
        case ".pandas":
            return pd.DataFrame(records)
        case ".polars":
            return pl.DataFrame(records)
        case _:
            return pa.Table.from_pylist(records)
    return path


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet", "pandas", "polars", "arrow"])
def test_every_text_comes_out_as_it_went_in(ending: str, book: Rulebook, tmp_path: Path) -> None:
    companies = written(tmp_path / f"companies.{ending}", RECORDS)
    accounts = written(tmp_path / f"accounts.{ending}", ACCOUNTS)
    results = run(book, companies, accounts, keep=[COLUMN])
    assert rejected(results) == []
    blank = {t: None for t in TEXTS if t in BLANK_MARKERS}
    assert [(r["company_id"], r["company_name"], r[COLUMN], r["n_open"]) for r in rows(results, "companies")] == [
        (r["company_id"], blank.get(r["company_name"], r["company_name"]), r[COLUMN], 1) for r in RECORDS
    ]
    assert [(r["company_id"], r["handle"]) for r in rows(results, "accounts")] == [
        (r["company_id"], "1" if r["handle"] in blank else r["handle"]) for r in ACCOUNTS
    ]


def test_cells_of_a_megabyte_are_kept_whole_and_told_in_the_rejects(book: Rulebook, tmp_path: Path) -> None:
    long = "\x1b" + "x" * 1_000_000
    records = [{"company_id": "a", "company_name": long, "size": long, COLUMN: long}, {"company_id": long, "size": "1"}]
    for ending in ("csv", "jsonl", "parquet"):
        results = run(book, written(tmp_path / f"companies.{ending}", records), keep=[COLUMN])
        assert [(r["company_id"], r[COLUMN]) for r in rows(results, "companies")] == [("a", long), (long, None)]
        assert rejected(results, "row", "column", "value", "kind") == [(1, "size", long, "cell")]
