"""`map` and `inspect` as a user runs them."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from tests.inputs.sheets import write_xlsx

from .commands import AS_OF, columns, fails, socialrules, table


@pytest.fixture
def crm(tmp_path: Path) -> Path:
    """A folder with an export of a customer database."""
    (tmp_path / "crm.csv").write_text(
        "Record ID,Company name,Number of Employees,Social media policy,Instagram,Fax\n"
        "1,Acme,6,Yes,https://instagram.com/acme,\n2,Best,many,No,,12\n",
        encoding="utf-8",
    )
    return tmp_path


def test_map_writes_a_file_that_inspect_and_score_take(crm: Path) -> None:
    ended = socialrules("map", "crm.csv", "-o", "crm.toml", cwd=crm)
    assert (ended.code, ended.err) == (0, "")
    assert "Written: crm.toml" in ended.out
    document = tomllib.loads((crm / "crm.toml").read_text(encoding="utf-8"))
    assert document["companies"]["policy_exists"] == '"Social media policy"'
    assert document["accounts"]["each"] == ["Instagram"]
    looked = socialrules("inspect", "crm.csv", "--mapping", "crm.toml", cwd=crm)
    assert (looked.code, looked.err) == (0, "")
    for words in (
        "companies: crm.csv: 2 rows, 2 can be scored",
        "Nothing reads: ",
        "Fax",
        "Which checks can be decided",
    ):
        assert words in looked.out
    assert sorted(p.name for p in crm.iterdir()) == ["crm.csv", "crm.toml"]
    ended = socialrules("score", "crm.csv", "--mapping", "crm.toml", "--as-of", AS_OF, "-o", "out", cwd=crm)
    assert ended.code == 0
    assert table(crm / "out" / "accounts.parquet", "network, handle") == [("instagram", "https://instagram.com/acme")]
    assert "pp_01" in columns(crm / "out" / "companies.parquet")


@pytest.mark.slow
def test_map_writes_down_which_sheet_and_row_it_was_told(tmp_path: Path) -> None:
    sheet = [["Our clients", "", ""], ["", "Staff", "Notes"], ["Record ID", "Number of Employees", "x"], ["1", 6, "-"]]
    write_xlsx(tmp_path / "crm.xlsx", {"Clients": sheet, "Old": [["Record ID", "x"], [1, 2]]})
    fails(3, ["map", "crm.xlsx", "-o", "m.toml"], "'Clients', 'Old'", "map` with --sheet", cwd=tmp_path)
    fails(3, ["map", "crm.xlsx", "--sheet", "Client"], "Did you mean 'Clients'?", cwd=tmp_path)
    fails(2, ["map", "crm.xlsx", "--header", "0"], "--header counts the rows of the file from 1", cwd=tmp_path)
    told = ("--sheet", "Clients", "--header", "3")
    assert socialrules("map", "crm.xlsx", *told, "-o", "m.toml", cwd=tmp_path).code == 0
    source = tomllib.loads((tmp_path / "m.toml").read_text(encoding="utf-8"))["sources"]["companies"]
    assert (source["sheet"], source["header"]) == ("Clients", 3)
    looked = socialrules("inspect", "crm.xlsx", "--mapping", "m.toml", cwd=tmp_path)
    assert "companies: crm.xlsx [Clients]: 1 rows, 1 can be scored" in looked.out


def test_map_without_a_target_shows_its_proposal_and_writes_nothing(crm: Path) -> None:
    ended = socialrules("map", "crm.csv", cwd=crm)
    assert ended.code == 0
    assert "a known name" in ended.out and "? employee_count" in ended.out and "rows of accounts" in ended.out
    assert "1 you have to decide" in ended.out and "Add -o mapping.toml" in ended.out
    assert [p.name for p in crm.iterdir()] == ["crm.csv"]


def test_map_says_on_the_screen_how_numbers_are_written(tmp_path: Path) -> None:
    (tmp_path / "k.csv").write_text("Kundennummer;Value\n1;1.200,50\n2;1.200\n3;12,5\n", encoding="utf-8")
    ended = socialrules("map", "k.csv", cwd=tmp_path)
    assert "unsure" in ended.out
    assert 'Numbers and dates are read by: decimal = ",", thousands = "."' in ended.out


def test_map_as_data_has_the_columns_and_the_file(crm: Path) -> None:
    found = json.loads(socialrules("map", "crm.csv", "--format", "json", cwd=crm).out)
    by_name = {c["column"]: c for c in found["columns"]}
    assert by_name["Record ID"]["certainty"] == "sure"
    assert (by_name["Number of Employees"]["fact"], by_name["Number of Employees"]["candidates"]) == (
        None,
        ["employee_count"],
    )
    assert by_name["Instagram"]["rows_of"] == "accounts"
    assert tomllib.loads(found["mapping"])["companies"]["company_id"] == '"Record ID"'


def test_map_never_replaces_a_file_unasked(crm: Path) -> None:
    (crm / "crm.toml").write_text("mine", encoding="utf-8")
    fails(2, ["map", "crm.csv", "-o", "crm.toml"], "crm.toml exists already", "--overwrite", cwd=crm)
    assert (crm / "crm.toml").read_text(encoding="utf-8") == "mine"
    assert socialrules("map", "crm.csv", "-o", "crm.toml", "--overwrite", cwd=crm).code == 0
    assert "[companies]" in (crm / "crm.toml").read_text(encoding="utf-8")


def test_map_says_what_is_wrong_with_its_arguments(crm: Path) -> None:
    fails(2, ["map", "crm.csv", "--table", "acounts"], "there is no such table", "Did you mean 'account", cwd=crm)
    fails(3, ["map", "gone.csv"], "companies: there is no file gone.csv", cwd=crm)
    fails(3, ["map", "crm.csv", "-o", "no/folder/m.toml"], "no/folder/m.toml cannot be written", cwd=crm)


def test_map_takes_the_rows_of_other_tables(crm: Path) -> None:
    (crm / "audit.csv").write_text(
        "Client ID,Platform,Username,Date of last post,Status\n1,Facebook,acme,2026-01-02,active\n", encoding="utf-8"
    )
    found = json.loads(socialrules("map", "audit.csv", "--table", "accounts", "--format", "json", cwd=crm).out)
    assert {c["column"]: c["fact"] for c in found["columns"]} == {
        "Client ID": "company_id",
        "Platform": "network",
        "Username": "handle",
        "Date of last post": "last_post_on",
        "Status": None,
    }
    assert found["missing"] == ["status"]


def test_inspect_as_data_says_what_is_full_decidable_and_rejected(few: Path) -> None:
    ended = socialrules(
        "inspect", "companies.csv", "--accounts", "accounts.csv", "--staff", "staff.csv", "--as-of", AS_OF,
        "--format", "json", cwd=few,
    )  # fmt: skip
    assert (ended.code, ended.err) == (0, "")
    found = json.loads(ended.out)
    companies, accounts, staff = found["tables"]
    size = next(f for f in companies["facts"] if f["fact"] == "employee_count")
    assert (size["filled"], size["read"], size["rejected"]) == (2, 1, 1)
    assert [u["column"] for u in companies["unread"]] == ["region"]
    assert (accounts["rows"], accounts["left_out"], staff["rows"]) == (4, 1, 2)
    assert {c["decision"] for c in found["checks"]} == {"partly", "cannot"}
    assert {(r["table"], r["kind"]) for r in found["rejects"]} == {
        ("companies", "cell"), ("accounts", "row"), ("staff", "cell"),
    }  # fmt: skip


def test_inspect_shows_one_bad_cell_among_many_good_ones(tmp_path: Path) -> None:
    rows = "".join(f"c{n},{n}\n" for n in range(999))
    (tmp_path / "companies.csv").write_text(f"company_id,employee_count\n{rows}c999,lots\n", encoding="utf-8")
    ended = socialrules("inspect", "companies.csv", cwd=tmp_path)
    assert ">99%" in ended.out
    assert "companies.csv, row 1,000: lots" in ended.out


def test_sheets_nobody_reads_and_columns_only_the_codebook_has_are_named(tmp_path: Path) -> None:
    sheets = {"companies": [["company_id", "net_margin_pct"], ["a", 3]], "Konten": [["company_id"], ["a"]]}
    write_xlsx(tmp_path / "intake.xlsx", sheets)
    (tmp_path / "codes.csv").write_text("column,code,label\nnet_margin,-9,Refused\nzzz,1,One\n", encoding="utf-8")
    (tmp_path / "m.toml").write_text("[sources.companies]\ncodebook = 'codes.csv'\n", encoding="utf-8")
    looked = socialrules("inspect", "intake.xlsx", "--mapping", "m.toml", cwd=tmp_path)
    assert "The codebook speaks of net_margin, which is no column; net_margin_pct?\n" in looked.out
    assert "The codebook speaks of zzz, which is no column.\n" in looked.out
    assert "Not read: sheet 'Konten' of intake.xlsx.\n" in looked.out
    scored = socialrules("score", "intake.xlsx", "-o", "out", cwd=tmp_path)
    assert "Not read: sheet 'Konten' of intake.xlsx.\n" in scored.out
