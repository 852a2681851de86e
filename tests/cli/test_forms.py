"""``questionnaire``, ``questions`` and ``rejects`` as a person runs them."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import openpyxl
import pytest

from .commands import AS_OF, fails, socialrules, table


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A result folder with something to ask about and something rejected."""
    folder = tmp_path_factory.mktemp("forms")
    (folder / "companies.csv").write_text(
        "company_id,company_name,has_social_presence,employee_count,policy_exists\n"
        "a,Acme,yes,3,no\nb,=1+1,no,about ten,maybe\nc,,,-2,\na,Twice,,,\n"
    )
    (folder / "accounts.csv").write_text("company_id,network,handle,status\na,facebook,acme,open\nz,xing,,open\n")
    inputs = ["companies.csv", "--accounts", "accounts.csv", "--as-of", AS_OF]
    assert socialrules("score", *inputs, "-o", "out", cwd=folder).code == 0
    return folder / "out"


def test_a_form_is_written_and_the_next_step_said(tmp_path: Path) -> None:
    (tmp_path / "clients.csv").write_text("company_id,company_name\na1,Harbour Bakery\n007,Hill Dental\n")
    ended = socialrules("questionnaire", "-o", "intake.xlsx", "--for", "clients.csv", cwd=tmp_path)
    assert ended.code == 0, ended.err
    assert "companies: 56 columns, 2 rows named" in ended.out
    assert "socialrules score intake.xlsx -o results" in ended.out
    sheet = openpyxl.load_workbook(tmp_path / "intake.xlsx")["companies"]
    assert [c.value for c in sheet["A"][4:6]] == ["a1", "007"]


@pytest.mark.slow
def test_a_form_can_ask_for_more(tmp_path: Path) -> None:
    arguments = [
        "questionnaire",
        "-o",
        "f.xlsx",
        "--depth",
        "full",
        "--add",
        "typical_price",
        "--add",
        "accounts.followers",
    ]
    assert socialrules(*arguments, cwd=tmp_path).code == 0
    book = openpyxl.load_workbook(tmp_path / "f.xlsx")
    assert "typical_price" in [c.value for c in book["companies"][4]]
    assert "followers" in [c.value for c in book["accounts"][4]]
    assert "followers" not in [c.value for c in book["companies"][4]]


def test_the_names_in_a_form_come_through_a_mapping(tmp_path: Path) -> None:
    (tmp_path / "crm.csv").write_text("No,Firm\n1,Acme\n")
    (tmp_path / "m.toml").write_text(
        '[companies]\ncompany_id = "No"\ncompany_name = "Firm"\n[accounts]\nfrom = "accounts"\nnetwork = "Kanal"\n'
        '[sources.accounts]\nsheet = "Konten"\ncolumns.Kanal.values = { 1 = "xing" }\n'
    )
    ended = socialrules("questionnaire", "-o", "f.xlsx", "--for", "crm.csv", "--mapping", "m.toml", cwd=tmp_path)
    assert ended.code == 0, ended.err
    sheet = openpyxl.load_workbook(tmp_path / "f.xlsx")["companies"]
    assert [c.value for c in sheet[5][:2]] == ["1", "Acme"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["-o", "f.csv"], 2, "the name of a spreadsheet ends in .xlsx"),
        (["-o", "f.xlsx", "--depth", "deep"], 2, "--depth is core or full"),
        (["-o", "f.xlsx", "--add", "typical_prize"], 2, "Did you mean 'typical_price'?"),
        (["-o", "f.xlsx", "--for", "gone.csv"], 3, "there is no file gone.csv"),
        (["-o", "f.xlsx", "--for", "no_ids.csv"], 3, "has no column company_id"),
        (["-o", "f.xlsx", "--mapping", "m.toml"], 2, "give --for too"),
        (["-o", "there.xlsx"], 2, "there.xlsx exists already. Choose another name, or add --overwrite"),
    ],
)
def test_a_form_that_cannot_be_written_says_why(tmp_path: Path, arguments: list[str], code: int, said: str) -> None:
    (tmp_path / "no_ids.csv").write_text("name\nAcme\n")
    (tmp_path / "there.xlsx").write_text("")
    fails(code, ["questionnaire", *arguments], said, cwd=tmp_path)


def test_questions_are_shown_for_a_few_and_counted_for_all(out: Path) -> None:
    ended = socialrules("questions", out)
    assert ended.code == 0, ended.err
    assert "a Acme  (fix)" in ended.out
    assert "Asked most often" in ended.out
    assert "3 of 3 companies have open questions" in ended.out
    assert f"socialrules questions {out} -o ask.xlsx" in ended.out


def test_the_questions_of_one_company_are_shown_whole(out: Path) -> None:
    ended = socialrules("questions", out, "--company", "b", "--limit", "3")
    assert ended.code == 0, ended.err
    assert "b =1+1" in ended.out
    assert ended.out.count("  - ") == 3
    assert "Acme" not in ended.out


@pytest.mark.slow
def test_questions_go_out_as_a_file_and_come_back_as_answers(out: Path, tmp_path: Path) -> None:
    ended = socialrules("questions", out, "-o", tmp_path / "ask.csv")
    assert ended.code == 0, ended.err
    with (tmp_path / "ask.csv").open(newline="") as handle:
        rows = list(csv.DictReader(handle))
    for row in rows:
        row["answer"] = {"employee_count": "4", "clear_benefit": "yes"}.get(row["fact"], "")
    with (tmp_path / "ask.csv").open("w", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    inputs = ["companies.csv", "--accounts", "accounts.csv", "--as-of", AS_OF]
    again = socialrules("score", *inputs, "--answers", tmp_path / "ask.csv", "-o", tmp_path / "again", cwd=out.parent)
    assert again.code == 0, again.err
    assert f"answers: {len(rows):,} rows read, 3 answers used" in again.out
    noted = table(
        tmp_path / "again" / "rejects.parquet", 'company_id, "column", value', "WHERE kind = 'note' ORDER BY ALL"
    )
    assert noted == [("a", "clear_benefit", None), ("b", "employee_count", "about ten"), ("c", "employee_count", "-2")]
    explained = socialrules("explain", tmp_path / "again", "b")
    assert "employee_count: answered: 4." in explained.out
    assert socialrules("verify", tmp_path / "again").code == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--company", "zz"], 2, "has no company 'zz'"),
        (["--limit", "0"], 2, "1 or more"),
        (["-o", "ask.txt"], 2, "the name ends in .xlsx or .csv"),
    ],
)
def test_questions_that_cannot_be_asked_say_why(
    out: Path, tmp_path: Path, arguments: list[str], code: int, said: str
) -> None:
    fails(code, ["questions", str(out), *arguments], said, cwd=tmp_path)


def test_answers_that_cannot_be_read_stop_the_run(out: Path, tmp_path: Path) -> None:
    (tmp_path / "answers.csv").write_text("company,fact,answer\na,x,y\n")
    arguments = ["score", str(out.parent / "companies.csv"), "--answers", "answers.csv", "-o", "again"]
    fails(3, arguments, "answers.csv has no column company_id", cwd=tmp_path)


def test_rejects_are_grouped_by_reason_with_an_example(out: Path) -> None:
    ended = socialrules("rejects", out)
    assert ended.code == 0, ended.err
    for words in (
        "What was not read as it stood",
        "row left out",
        "cell read as unknown",
        "about ten",
        "accounts.csv, row 2",
    ):
        assert words in ended.out
    rows = list(csv.DictReader(socialrules("rejects", out, "--format", "csv").out.splitlines()))
    assert [(r["kind"], r["count"], r["table"], r["column"], r["value"], r["row"]) for r in rows] == [
        ("row", "1", "accounts", "company_id", "z", "2"),
        ("row", "1", "companies", "company_id", "a", "4"),
        ("cell", "2", "companies", "employee_count", "about ten", "2"),
        ("cell", "1", "companies", "policy_exists", "maybe", "2"),
    ]


def test_rejects_can_be_chosen_and_read_by_programs(out: Path) -> None:
    ended = socialrules("rejects", out, "--kind", "row", "--format", "json")
    found = json.loads(ended.out)
    assert {g["kind"] for g in found} == {"row"}
    assert [(g["table"], g["column"], g["count"], g["row"]) for g in found] == [
        ("accounts", "company_id", 1, 2), ("companies", "company_id", 1, 4),
    ]  # fmt: skip
    lines = socialrules("rejects", out, "--kind", "cell", "--format", "csv").out.splitlines()
    assert lines[0] == "kind,reason,count,table,column,value,file,row"
    assert len(lines) == 3


@pytest.mark.parametrize("name", ["r.xlsx", "r.csv"])
def test_all_rejects_go_into_a_file_as_texts(out: Path, tmp_path: Path, name: str) -> None:
    ended = socialrules("rejects", out, "-o", tmp_path / name)
    assert ended.code == 0, ended.err
    expected = table(out / "rejects.parquet")
    if name.endswith(".csv"):
        with (tmp_path / name).open(newline="") as handle:
            rows = [tuple(row.values()) for row in csv.DictReader(handle)]
        assert rows == [tuple("" if v is None else str(v) for v in row) for row in expected]
    else:
        sheet = openpyxl.load_workbook(tmp_path / name)["rejects"]
        assert list(sheet.iter_rows(min_row=2, values_only=True)) == expected
        assert {c.data_type for row in sheet.iter_rows(min_row=2) for c in row} <= {"s", "n"}
    assert f"({len(expected)} rows)" in ended.out
    fails(2, ["rejects", str(out), "-o", name], "exists already", cwd=tmp_path)


@pytest.mark.slow
def test_a_kind_or_an_ending_that_is_none_is_refused(out: Path, tmp_path: Path) -> None:
    fails(2, ["rejects", str(out), "--kind", "rows"], "one of row, cell, note", cwd=tmp_path)
    fails(2, ["rejects", str(out), "-o", "r.txt"], "ends in .csv or .xlsx", cwd=tmp_path)
    fails(3, ["rejects", "gone"], "There is no result folder gone", cwd=tmp_path)


@pytest.mark.slow
def test_a_folder_in_which_all_was_read_says_so(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("company_id\na\n")
    assert socialrules("score", "c.csv", "-o", "out", cwd=tmp_path).code == 0
    ended = socialrules("rejects", "out", cwd=tmp_path)
    assert (ended.code, ended.out) == (0, "Everything was read as it stood.\n")
