"""What `inspect` says of inputs is what `score` then finds in them."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from socialrules import Rulebook, load_rulebook, score
from socialrules.errors import InputError
from socialrules.inspection import Inspection, inspect
from socialrules.run import Settings
from socialrules.sources.mapping import load_mapping
from tests.inputs.small import small_rulebook, write_csv, write_parquet

AS_OF = dt.date(2026, 6, 30)
SAMPLE = Path(__file__).parents[2] / "datasets" / "sample"

COMPANIES: list[dict[str, Any]] = [
    {"company_id": "a", "size": "3", "share": "0.5", "sure": "yes", "goals": "leads;dogs", "extra": "x"},
    {"company_id": " b ", "size": "many", "share": "0.2", "sure": "dont_know", "goals": "dont_know"},
    {"company_id": "a", "size": "bad too", "share": "0.2", "sure": "no"},
    {"company_id": "", "size": "4"},
    {"company_id": "c", "size": "9", "size_max": "5", "as_of_date": "2026-01-01", "sure": "perhaps"},
    {"company_id": "d", "sise": "7"},
]
ACCOUNTS: list[dict[str, Any]] = [
    {"company_id": "a", "network": "facebook", "handle": "a", "status": "open", "posts": "3"},
    {"company_id": "a", "network": "facebook", "handle": "a", "status": "open", "posts": "4"},
    {"company_id": "nobody", "network": "xing", "status": "open"},
    {"company_id": "b", "network": "xing", "handle": "", "status": "sometimes"},
    {"company_id": "b", "network": "xing", "handle": "", "status": "closed", "posts": "-1", "last_on": "2027-01-01"},
]


@pytest.fixture(scope="module")
def small() -> Rulebook:
    """A rulebook with few facts."""
    return small_rulebook()


def given(folder: Path, kind: str) -> dict[str, Path]:
    """The inputs in files of a kind."""
    write = write_csv if kind == "csv" else write_parquet
    return {
        "companies": write(folder / f"companies.{kind}", COMPANIES),
        "accounts": write(folder / f"accounts.{kind}", ACCOUNTS),
    }


def inspected(
    book: Rulebook, inputs: dict[str, Any], part_rows: int | None = None, mapping: Path | None = None
) -> Inspection:
    """What is said of inputs."""
    read = load_mapping(mapping, book.assembly.tables) if mapping else None
    return inspect(book, inputs, Settings(AS_OF, part_rows=part_rows), read)


def rejects_of_score(
    book: Rulebook, inputs: dict[str, Any], out: Path, mapping: Path | None = None
) -> Counter[tuple[Any, ...]]:
    """The rejects of a run, counted by what they have in common."""
    results = score(inputs["companies"], inputs.get("accounts"), out=out, as_of=AS_OF, rulebook=book, mapping=mapping)
    rows = results.to_arrow("rejects").to_pylist()
    return Counter((r["table"], r["kind"], r["column"], r["reason"]) for r in rows)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("part_rows", [None, 2])
def test_what_would_be_rejected_is_what_score_rejects(
    small: Rulebook, tmp_path: Path, kind: str, part_rows: int | None
) -> None:
    inputs = given(tmp_path, kind)
    found = inspected(small, inputs, part_rows)
    said = {(r.table, r.kind, r.column, r.reason): r.count for r in found.rejects}
    assert said == rejects_of_score(small, inputs, tmp_path / "out")
    assert {kind for _, kind, _, _ in said} == {"row", "cell", "note"}
    assert [(t.table, t.rows, t.left_out) for t in found.tables] == [("companies", 6, 2), ("accounts", 5, 3)]


def test_a_reject_comes_with_its_first_row_as_an_example(small: Rulebook, tmp_path: Path) -> None:
    found = inspected(small, given(tmp_path, "csv"))
    size = next(r for r in found.rejects if (r.column, r.kind) == ("size", "cell") and "at least" in r.reason)
    assert (Path(size.file).name, size.row, size.value, size.count) == ("companies.csv", 2, "many", 1)


@pytest.mark.parametrize("part_rows", [None, 2])
def test_the_fill_of_a_fact_counts_the_rows_that_stay(small: Rulebook, tmp_path: Path, part_rows: int | None) -> None:
    companies, accounts = inspected(small, given(tmp_path, "csv"), part_rows).tables
    by_name = {f.fact.name: (f.filled, f.read, f.dont_know, f.rejected) for f in companies.facts}
    assert by_name == {
        "company_id": (4, 4, 0, 0),
        "as_of_date": (1, 1, 0, 0),  # though the day of the run stands in for the others
        "size": (3, 1, 0, 2),  # one is no number, one contradicts size_max
        "size_max": (1, 0, 0, 1),
        "share": (2, 2, 0, 0),
        "sure": (3, 1, 1, 1),
        "goals": (2, 1, 1, 0),
    }
    handle = next(f for f in accounts.facts if f.fact.name == "handle")
    assert (handle.filled, accounts.stay) == (1, 2)


def test_columns_that_nothing_reads_are_named_with_the_nearest_fact(small: Rulebook, tmp_path: Path) -> None:
    companies, _ = inspected(small, given(tmp_path, "csv")).tables
    assert companies.unread == [("extra", ""), ("sise", "size")]


def test_with_a_mapping_a_column_counts_as_read_wherever_an_expression_names_it(
    small: Rulebook, tmp_path: Path
) -> None:
    source = write_csv(
        tmp_path / "crm.csv",
        [
            {"id": "1", "Staff": "5", "kind": "x", "Facebook": "https://facebook.com/a", "Fax": "1", "share": "0.5"},
            {"id": "2", "Staff": "few", "kind": "y", "Facebook": "", "Fax": "", "share": "2"},
        ],
    )
    mapping = tmp_path / "m.toml"
    mapping.write_text(
        "[companies]\ncompany_id = 'id'\nsize = '\"Staff\"'\nwhere = \"kind <> 'z'\"\n"
        "[accounts]\nfrom = 'companies'\neach = ['Facebook']\ncompany_id = 'id'\nnetwork = \"'facebook'\"\n"
        "url = 'cell'\nstatus = \"'open'\"\n",
        encoding="utf-8",
    )
    found = inspected(small, {"companies": source}, mapping=mapping)
    companies, accounts = found.tables
    assert companies.unread == [("Fax", "")]
    assert {f.fact.name: f.column for f in companies.facts} == {"company_id": "id", "size": "Staff", "share": "share"}
    origins = {f.fact.name: f.column for f in accounts.facts}
    assert (origins["url"], origins["status"]) == ("Facebook", "always the same")
    assert (accounts.rows, accounts.stay) == (1, 1)
    said = {(r.table, r.kind, r.column, r.reason): r.count for r in found.rejects}
    assert said == rejects_of_score(small, {"companies": source}, tmp_path / "out", mapping)


def test_inputs_of_which_no_row_can_be_scored_are_described_all_the_same(small: Rulebook, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "companies.csv", [{"company_id": "", "size": "1"}, {"company_id": " ", "size": "2"}])
    found = inspected(small, {"companies": path})
    assert (found.tables[0].rows, found.tables[0].stay) == (2, 0)
    assert [(r.kind, r.count) for r in found.rejects] == [("row", 2)]


def test_what_no_run_could_open_is_an_error_here_too(small: Rulebook, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no column company_id"):
        inspected(small, {"companies": write_csv(tmp_path / "companies.csv", [{"size": "1"}])})


@pytest.mark.slow
def test_the_sample_portfolio_is_read_as_score_reads_it(tmp_path: Path) -> None:
    book = load_rulebook()
    inputs = {"companies": SAMPLE / "companies.csv", "accounts": SAMPLE / "accounts.csv"}
    found = inspected(book, inputs)
    said = {(r.table, r.kind, r.column, r.reason): r.count for r in found.rejects}
    assert said == rejects_of_score(book, inputs, tmp_path / "out")
    assert {c.decision for c in found.checks} == {"can"}


def test_columns_that_a_list_is_made_of_are_read(small: Rulebook, tmp_path: Path) -> None:
    rows = [{"company_id": "a", "q1": "x", "q2": "", "shown": "1", "other": "1"}]
    mapping = tmp_path / "m.toml"
    mapping.write_text(
        '[sources.companies.lists.wishes]\ncolumns = { q1 = "leads", q2 = "sales" }\nasked = "shown = 1"\n'
        '[companies]\ngoals = "wishes"\n',
        encoding="utf-8",
    )
    seen = inspected(small, {"companies": write_csv(tmp_path / "c.csv", rows)}, mapping=mapping)
    company = next(t for t in seen.tables if t.table == "companies")
    assert [column for column, _ in company.unread] == ["other"]


def test_columns_that_only_the_codebook_has_are_named_with_the_nearest(small: Rulebook, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("company_id,size,share_pct\na,1,2\n", encoding="utf-8")
    codes = "column,code,label\nsize,-9,Refused\nshare_pc,-9,Refused\nzzz,1,One\n"
    (tmp_path / "codes.csv").write_text(codes, encoding="utf-8")
    (tmp_path / "m.toml").write_text("[sources.companies]\ncodebook = 'codes.csv'\n", encoding="utf-8")
    found = inspected(small, {"companies": tmp_path / "c.csv"}, mapping=tmp_path / "m.toml")
    assert found.tables[0].not_there == [("share_pc", "share_pct"), ("zzz", "")]
    assert found.to_dict()["tables"][0]["only_in_codebook"][1] == {"column": "zzz", "nearest": None}
