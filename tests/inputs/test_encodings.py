"""CSV as spreadsheets write it: UTF-16, the line ``sep=``, column names as people write them."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from socialrules import Rulebook
from socialrules.errors import InputError

from .small import rejected, rows, run

TEXT = 'company_id,company_name,size\na,"Caf\u00e9\n\u4e2d",3\nb,\U0001f600,\n'


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("ending", ["csv", "csv.gz"])
def test_utf_16_is_known_by_its_first_bytes(encoding: str, ending: str, book: Rulebook, tmp_path: Path) -> None:
    content = ("" if encoding == "utf-16" else "\ufeff") + TEXT
    path = tmp_path / f"companies.{ending}"
    written = content.encode(encoding)
    path.write_bytes(gzip.compress(written) if ending.endswith("gz") else written)
    results = run(book, path)
    assert [(r["company_id"], r["company_name"], r["size"]) for r in rows(results, "companies")] == [
        ("a", "Caf\u00e9\n\u4e2d", 3),
        ("b", "\U0001f600", None),
    ]
    assert rows(results, "companies")[0]["source_file"] == str(path)


@pytest.mark.parametrize("line", ["sep=;\n", "sep=;\r\n", "SEP=;\n", '"sep=;"\n'])
def test_the_line_that_excel_puts_above_the_header_names_the_delimiter(
    line: str, book: Rulebook, tmp_path: Path
) -> None:
    path = tmp_path / "companies.csv"
    path.write_text(f'{line}company_id;company_name\na;"x,y;z"\nb;\n', encoding="utf-8", newline="")
    results = run(book, path)
    assert [(r["company_id"], r["company_name"]) for r in rows(results, "companies")] == [("a", "x,y;z"), ("b", None)]
    assert rows(results, "companies")[0]["source_row"] == 1


def test_the_line_of_excel_is_known_in_a_file_that_needs_care(book: Rulebook, tmp_path: Path) -> None:
    path = tmp_path / "companies.csv"
    path.write_bytes(b"sep=!\ncompany_id!company_name!size\na!M\xfcller\nb!x!1!too long\n")
    results = run(book, path)
    assert [(r["company_id"], r["company_name"]) for r in rows(results, "companies")] == [("a", "M\u00fcller")]
    assert rejected(results, "row", "kind") == [(2, "row")]


@pytest.mark.parametrize("header", ["Company ID", "COMPANY_ID", "company-id", " Company  Id "])
def test_a_key_under_nearly_its_name_is_found_in_the_message(header: str, book: Rulebook, tmp_path: Path) -> None:
    path = tmp_path / "companies.csv"
    path.write_text(f"size,{header}\n1,a\n", encoding="utf-8")
    with pytest.raises(InputError, match=rf"has no column company_id.*Did you mean '{header.strip()}'"):
        run(book, path)


@pytest.mark.parametrize("damage", ["cut", "flipped", "no gzip"])
def test_a_damaged_compressed_file_is_named(damage: str, book: Rulebook, tmp_path: Path) -> None:
    path = tmp_path / "companies.csv.gz"
    whole = gzip.compress(TEXT.encode() * 500)
    path.write_bytes(
        {"cut": whole[:-40], "flipped": whole[:60] + b"\xff\xff" + whole[62:], "no gzip": TEXT.encode()}[damage]
    )
    with pytest.raises(InputError, match=r"companies\.csv\.gz cannot be read"):
        run(book, path)


def test_one_malformed_row_loses_neither_columns_nor_rows(book: Rulebook, tmp_path: Path) -> None:
    path = tmp_path / "companies.csv"
    lines = [f"c{n:04},{n}" for n in range(3_000)]
    for place, odd in ((0, "x" + ",1" * 30), (1_500, 'c1500,"1" 2'), (2_999, "y")):
        lines[place] = odd
    path.write_text("company_id,size\n" + "\n".join(lines) + "\n", encoding="utf-8")
    results = run(book, path)
    told = {r["company_id"]: r["size"] for r in rows(results, "companies")}
    lost = {r["row"] for r in rows(results, "rejects") if r["kind"] == "row"}
    assert len(told) + len(lost) == 3_000
    assert lost <= {1, 1_501}
    assert all(told[f"c{n:04}"] == n for n in range(3_000) if n not in (0, 1_500, 2_999))


def test_a_row_that_is_too_long_is_left_out_behind_a_mapping_too(book: Rulebook, tmp_path: Path) -> None:
    path, mapping = tmp_path / "companies.csv", tmp_path / "mapping.toml"
    path.write_text("id,size\na,1\nb,2,3\n", encoding="utf-8")
    mapping.write_text('[companies]\ncompany_id = "id"\n', encoding="utf-8")
    results = run(book, path, mapping=mapping)
    assert [r["company_id"] for r in rows(results, "companies")] == ["a"]
    assert rejected(results, "row", "kind") == [(2, "row")]


def test_a_column_of_any_name_is_a_column(book: Rulebook, tmp_path: Path) -> None:
    path = tmp_path / "companies.csv"
    path.write_text("company_id,_extra_cells\na,1\n", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be called _extra_cells"):
        run(book, path)
    path = tmp_path / "companies.jsonl"
    path.write_text('{"company_id": "a", "_extra_cells": 1}\n', encoding="utf-8")
    assert [r["company_id"] for r in rows(run(book, path), "companies")] == ["a"]
