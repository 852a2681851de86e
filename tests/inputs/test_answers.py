"""Answers that came in later: what they win over, what is on record, and what cannot be used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from socialrules import Results, merge, score, verify
from socialrules.errors import InputError
from tests.inputs.sheets import write_xlsx

from .small import AS_OF, small_rulebook

SMALL = small_rulebook()
COMPANIES = "company_id,size,sure,goals,weeks\n a ,5,no,leads,2\nb,,,,\n007,1,yes,[],\n"
ACCOUNTS = (
    "company_id,network,handle,url,status,posts\n"
    "a,facebook,one,,open,1\na,Facebook Page,,https://facebook.com/two,open,\na,instagram,,,open,3\n"
    "a,instagram,,,open,4\nb,linkedin,,,planned,\n"
)
HEAD = "company_id,network,handle,fact,answer\n"


def scored(folder: Path, answers: Any, companies: str = COMPANIES, accounts: str = ACCOUNTS, **options: Any) -> Results:
    """Three companies and five accounts, scored with answers: a text below the usual header, or whatever is given."""
    (folder / "companies.csv").write_text(companies)
    (folder / "accounts.csv").write_text(accounts)
    if isinstance(answers, str):
        (folder / "answers.csv").write_text(HEAD + answers if "fact" not in answers.split("\n")[0] else answers)
        answers = folder / "answers.csv"
    inputs = {"accounts": folder / "accounts.csv"} if accounts else {}
    return score(
        folder / "companies.csv",
        **inputs,
        answers=answers,
        rulebook=SMALL,
        as_of=AS_OF,
        **{"out": folder / "out", **options},
    )


def cells(results: Results, table: str, *columns: str) -> list[tuple[Any, ...]]:
    return results.fetch(f"SELECT {', '.join(columns)} FROM {results.source(table)}")


def on_record(results: Results) -> list[tuple[Any, ...]]:
    return results.fetch(
        'SELECT "table", row, company_id, "column", value, kind, reason '
        f'FROM {results.source("rejects")} ORDER BY "table", row, "column"'
    )


def test_an_answer_wins_over_the_cell_and_both_are_on_record(tmp_path: Path) -> None:
    results = scored(tmp_path, "a,,,size,9\na,,,sure,yes\nb,,,goals,sales;leads\n007,,,size,12.5\n")
    assert cells(results, "companies", "company_id", "size", "sure", "goals") == [
        ("a", 9.0, "yes", ["leads"]),
        ("b", None, None, ["leads", "sales"]),
        ("007", 12.5, "yes", []),
    ]
    assert on_record(results) == [
        ("companies", 1, "a", "size", "5", "note", "answered: 9"),
        ("companies", 1, "a", "sure", "no", "note", "answered: yes"),
        ("companies", 2, "b", "goals", None, "note", "answered: sales;leads"),
        ("companies", 3, "007", "size", "1", "note", "answered: 12.5"),
    ]
    assert results.manifest["answers"]["used"] == 4
    assert results.manifest["answers"]["files"][0]["path"] == str(tmp_path / "answers.csv")


def test_an_answer_that_says_what_stood_there_changes_nothing(tmp_path: Path) -> None:
    results = scored(tmp_path, "a,,,sure, NO \na,,,size,5\na,,,weeks,\n")
    assert on_record(results) == []
    assert results.manifest["answers"]["used"] == 2


def test_an_empty_answer_is_none(tmp_path: Path) -> None:
    results = scored(tmp_path, "a,,,size,\na,,,sure,  \n")
    assert cells(results, "companies", "size", "sure")[0] == (5.0, "no")
    assert on_record(results) == []


def test_dont_know_is_an_answer(tmp_path: Path) -> None:
    results = scored(tmp_path, "a,,,sure,dont_know\n")
    assert cells(results, "companies", "sure")[0] == (None,)
    assert on_record(results)[0][3:] == ("sure", "no", "note", "answered: dont_know")


def test_a_column_that_the_input_lacks_is_added(tmp_path: Path) -> None:
    results = scored(tmp_path, "b,,,model,b2c\n007,,,company_name,James\n")
    assert cells(results, "companies", "model", "company_name") == [(None, None), ("b2c", None), (None, "James")]


def test_a_child_row_is_found_by_its_key_however_it_is_written(tmp_path: Path) -> None:
    answers = (
        "a,facebook,one,posts,10\na,https://www.facebook.com/x,https://facebook.com/two,posts,20\n"
        "a,instagram,1,posts,30\na,Instagram,2,posts,40\nb,linkedin,,posts,50\n"
    )
    results = scored(tmp_path, answers)
    assert cells(results, "accounts", "handle", "posts") == [
        ("one", 10.0), ("https://facebook.com/two", 20.0), ("1", 30.0), ("2", 40.0), ("1", 50.0),
    ]  # fmt: skip
    assert [r[4] for r in on_record(results)] == ["1", None, "3", "4", None]


def test_what_cannot_be_used_is_on_record_and_changes_nothing(tmp_path: Path) -> None:
    answers = (
        "gone,,,size,3\na,,,nosuch,1\na,,,company_id,x\na,myspace,,posts,1\na,instagram,,posts,1\n"
        "a,,,sure,perhaps\na,,,size,7\na,,,size,8\n,,,size,3\na,,,,3\na,,,posts,3\n"
    )
    results = scored(tmp_path, answers)
    assert cells(results, "companies", "size", "sure")[0] == (7.0, "no")
    said = {
        row: (kind, column, value, reason)
        for t, row, _, column, value, kind, reason in on_record(results)
        if t == "answers"
    }
    assert said == {
        1: ("row", "size", "3", "there is no company with this company_id"),
        2: ("row", "nosuch", "1", "there is no fact of this name"),
        3: ("row", "company_id", "x", "company_id says whom a row is about; it is no answer"),
        4: ("row", "posts", "1", "the company has no account with this key, or more than one"),
        5: ("row", "posts", "1", "the company has no account with this key, or more than one"),
        6: ("cell", "sure", "perhaps", "this is not one of yes, no, dont_know"),
        8: ("row", "size", "8", "this was answered in an earlier row, which counts"),
        9: ("row", "size", "3", "the row does not say which company"),
        10: ("row", None, "3", "the row does not say which fact it answers"),
        11: ("row", "posts", "3", "the row does not say whom it is about, or names a table that has no such fact"),
    }  # fmt: skip
    assert results.manifest["answers"]["used"] == 1


def test_the_first_answer_that_can_be_read_counts(tmp_path: Path) -> None:
    results = scored(tmp_path, "a,,,sure,perhaps\na,,,sure,yes\na,,,sure,no\n")
    assert cells(results, "companies", "sure")[0] == ("yes",)
    assert [(r[0], r[1], r[5]) for r in on_record(results)] == [
        ("answers", 1, "cell"), ("answers", 3, "row"), ("companies", 1, "note"),
    ]  # fmt: skip


def test_an_answer_to_a_row_of_an_input_that_is_not_there_is_on_record(tmp_path: Path) -> None:
    results = scored(tmp_path, "a,facebook,one,posts,10\n", accounts="")
    assert [r[0] for r in on_record(results)] == ["answers"]


def test_a_mapping_says_on_which_sheet_answers_lie(tmp_path: Path) -> None:
    sheet = [["Answers", "", ""], ["company_id", "fact", "answer"], ["b", "size", 7]]
    book = write_xlsx(tmp_path / "late.xlsx", {"A": sheet, "B": [["company_id"], ["a"]]})
    with pytest.raises(InputError) as error:
        scored(tmp_path, book)
    assert "[sources.answers] sheet = 'A'." in str(error.value)
    (tmp_path / "m.toml").write_text("[sources.answers]\nsheet = 'A'\nheader = 2\n")
    results = scored(tmp_path, book, mapping=tmp_path / "m.toml")
    assert cells(results, "companies", "company_id", "size") == [("a", 5.0), ("b", 7.0), ("007", 1.0)]
    assert results.manifest["answers"]["used"] == 1
    assert verify(results.path, rulebook=SMALL).same


def test_an_answer_for_nobody_is_told_as_that(tmp_path: Path) -> None:
    results = scored(tmp_path, ",,,size,9\nzz,,,size,9\n")
    assert [r[-1] for r in on_record(results)] == [
        "the row does not say which company",
        "there is no company with this company_id",
    ]


@pytest.mark.parametrize(
    ("head", "missing"),
    [("company_id,fact,reply\na,size,3\n", "answer"), ("id,fact,answer\na,size,3\n", "company_id")],
)
def test_answers_without_a_column_they_need_are_refused(tmp_path: Path, head: str, missing: str) -> None:
    with pytest.raises(
        InputError, match=f"answers.csv has no column {missing}.*the columns company_id, fact and answer"
    ):
        scored(tmp_path, head)
    assert not (tmp_path / "out").exists()


def test_the_table_can_be_named_where_a_fact_is_in_several(tmp_path: Path) -> None:
    head = "company_id,table,network,handle,fact,answer\n"
    results = scored(
        tmp_path, head + "a,accounts,facebook,one,url,x\na,Company,facebook,one,size,3\nb,staff,,,size,3\n"
    )
    assert cells(results, "companies", "size")[0] == (3.0,)
    assert [(r[0], r[1]) for r in on_record(results) if r[0] == "answers"] == [("answers", 3)]


def test_typed_cells_and_lists_take_answers_like_texts(tmp_path: Path) -> None:
    table = pa.table(
        {
            "company_id": pa.array([1, 2, 3]),
            "size": pa.array([5.0, None, 2.5]),
            "sure": pa.array([True, False, None]),
            "goals": pa.array([["leads", "sales"], [], None]),
            "founded": pa.array([86_400_000_000, None, None], pa.timestamp("us")),
        }
    )
    pq.write_table(table, tmp_path / "companies.parquet")
    (tmp_path / "answers.csv").write_text(
        HEAD + "2,,,size,4\n2,,,sure,yes\n3,,,goals,sales\n3,,,founded,2020-02-03\n1,,,weeks,4\n"
    )
    results = score(tmp_path / "companies.parquet", answers=tmp_path / "answers.csv", rulebook=SMALL, as_of=AS_OF)
    found = cells(results, "companies", "company_id", "size", "sure", "goals", "founded::VARCHAR", "weeks")
    assert found == [
        ("1", 5.0, "yes", ["leads", "sales"], "1970-01-02", 4.0),
        ("2", 4.0, "yes", [], None, None),
        ("3", 2.5, None, ["sales"], "2020-02-03", None),
    ]


def test_answers_come_after_a_mapping(tmp_path: Path) -> None:
    (tmp_path / "crm.csv").write_text("No,Staff\n1,5\n2,6\n")
    (tmp_path / "m.toml").write_text('[companies]\ncompany_id = "No"\nsize = "Staff"\n')
    (tmp_path / "answers.csv").write_text(HEAD + "2,,,size,60\n")
    results = score(
        tmp_path / "crm.csv", mapping=tmp_path / "m.toml", answers=tmp_path / "answers.csv", rulebook=SMALL, as_of=AS_OF
    )
    assert cells(results, "companies", "size") == [(5.0,), (60.0,)]


@pytest.mark.parametrize("chosen", ["", "where = \"id <> 'z'\"\n"])
def test_answers_take_back_what_a_codebook_said_of_the_cell(tmp_path: Path, chosen: str) -> None:
    (tmp_path / "m.toml").write_text(
        "[sources.companies]\ndecimal = ','\n"
        "[sources.companies.columns.q]\nmissing = { refused = [-9] }\nscale = { from = 1, to = 5, yes = '4..5' }\n"
        f"[companies]\ncompany_id = 'id'\nsure = 'q'\nsize = 'n'\n{chosen}"
    )
    companies = 'id,q,n\na,-9,"1,5"\nb,7,1.5\nc,7,"2,5"\nd,-9,x\nz,1,1\n'
    plain = scored(tmp_path, "z,,,size,1\n", companies, "", mapping=tmp_path / "m.toml", out=tmp_path / "plain")
    odd = [r for r in on_record(plain) if r[0] == "companies" and r[5] == "cell"]
    assert [(r[2], r[3], r[4]) for r in odd] == [
        ("b", "size", "1.5"),
        ("b", "sure", "7"),
        ("c", "sure", "7"),
        ("d", "size", "x"),
    ]
    results = scored(tmp_path, "a,,,sure,yes\nb,,,sure,no\nb,,,size,3.5\n", companies, "", mapping=tmp_path / "m.toml")
    assert cells(results, "companies", "company_id", "sure", "size")[:4] == [
        ("a", "yes", 1.5),
        ("b", "no", 3.5),
        ("c", None, 2.5),
        ("d", None, None),
    ]
    still = [(r[2], r[3], r[4]) for r in on_record(results) if r[5] == "cell"]
    assert still == [("c", "sure", "7"), ("d", "size", "x")]


def test_an_answer_of_two_readings_is_refused_where_the_inputs_divide_thousands_by_a_point(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text("[sources.companies]\ndecimal = ','\nthousands = '.'\n")
    answers = "a,,,size,1.200\nb,,,size,1.5\n007,,,size,0.125\n"
    results = scored(tmp_path, answers, mapping=tmp_path / "m.toml", accounts="")
    assert cells(results, "companies", "size") == [(5.0,), (1.5,), (0.125,)]
    odd = [r for r in on_record(results) if r[0] == "answers"]
    assert [(r[1], r[2], r[3], r[4], r[5]) for r in odd] == [(1, "a", "size", "1.200", "cell")]
    assert "1200 or 1.2" in odd[0][6]
    plain = scored(tmp_path, answers, accounts="", out=tmp_path / "plain")
    assert cells(plain, "companies", "size") == [(1.2,), (1.5,), (0.125,)]


def test_answers_can_come_from_memory(tmp_path: Path) -> None:
    answers = pa.table({"company_id": [7, None], "fact": ["size", "size"], "answer": [3, 4]})
    results = scored(tmp_path, answers, companies="company_id,size\n7,1\n")
    assert cells(results, "companies", "size") == [(3.0,)]
    assert results.manifest["answers"]["files"] == []


def test_the_parts_of_a_run_put_together_are_the_run(tmp_path: Path) -> None:
    answers = "a,,,size,9\nb,,,sure,yes\n007,,,weeks,3\ngone,,,size,1\na,,,sure,?\n"
    answers += "a,facebook,one,posts,7\nb,linkedin,,posts,8\n"
    whole = scored(tmp_path, answers)
    shards = [scored(tmp_path, answers, out=tmp_path / f"s{n}", shard=(n, 3)).path for n in (1, 2, 3)]
    together = merge(shards, tmp_path / "merged")
    for table in ("companies", "accounts", "rejects"):
        assert cells(together, table, "*") == cells(whole, table, "*")
    assert together.manifest["answers"]["used"] == whole.manifest["answers"]["used"] == 5
    assert together.manifest["answers"]["files"][0]["sha256"] == whole.manifest["answers"]["files"][0]["sha256"]


def test_shards_with_other_answers_are_not_merged(tmp_path: Path) -> None:
    first = scored(tmp_path, "a,,,size,9\n", out=tmp_path / "s1", shard=(1, 2))
    second = scored(tmp_path, "a,,,size,8\n", out=tmp_path / "s2", shard=(2, 2))
    with pytest.raises(Exception, match="other answers"):
        merge([first.path, second.path], tmp_path / "merged")


@pytest.mark.parametrize("sample", [None, 1, 2])
def test_results_with_answers_are_verified(tmp_path: Path, sample: int | None) -> None:
    results = scored(tmp_path, "a,,,size,9\nb,,,sure,yes\ngone,,,size,1\na,facebook,one,posts,7\nb,,,weeks,?\n")
    found = verify(results.path, sample, rulebook=SMALL)
    assert found.same, found
    assert not found.not_checked


def test_changed_answers_are_found_by_verify(tmp_path: Path) -> None:
    results = scored(tmp_path, "a,,,size,9\n")
    (tmp_path / "answers.csv").write_text(HEAD + "a,,,size,8\n")
    found = verify(results.path, rulebook=SMALL)
    assert [d.cause for d in found.differences] == ["data"]
    assert "answers.csv has changed" in found.differences[0].what
    assert {t.table for t in found.tables} == {"companies", "rejects"}


def test_answers_lie_apart_from_the_results(tmp_path: Path) -> None:
    first = scored(tmp_path, "a,,,size,9\n")
    inside = first.path / "answers.csv"
    inside.write_text(HEAD + "a,,,size,8\n")
    with pytest.raises(Exception, match="would be replaced"):
        scored(tmp_path, inside, overwrite=True)


def test_many_answers_keep_every_row_in_its_place(tmp_path: Path) -> None:
    companies = "company_id,size\n" + "".join(f"c{n},{n}\n" for n in range(5000))
    answers = "".join(f"c{n},,,size,{n + 0.5}\n" for n in range(4999, 0, -7))
    results = scored(tmp_path, answers, companies=companies, accounts="")
    expected = [(f"c{n}", n + 0.5 if (4999 - n) % 7 == 0 and n else float(n)) for n in range(5000)]
    assert cells(results, "companies", "company_id", "size") == expected
    assert len(on_record(results)) == 715


def test_an_answer_of_any_text_is_a_text(tmp_path: Path) -> None:
    hostile = ["'; DROP TABLE rejects; --", "\u202eevil", "x" * 40_000, '"', "{'a': 1}", "[]", "null and void"]
    companies = "company_id\n" + "".join(f"c{n}\n" for n in range(len(hostile)))
    lines = [(f"c{n}", "company_name", value) for n, value in enumerate(hostile)]
    lines += [("c0", value, value) for value in hostile] + [(value, "size", value) for value in hostile]
    answers = pa.table(dict(zip(("company_id", "fact", "answer"), map(list, zip(*lines, strict=True)), strict=True)))
    results = scored(tmp_path, answers, companies=companies, accounts="")
    assert cells(results, "companies", "company_name") == [(value,) for value in hostile]
    assert sorted(r[0] for r in on_record(results)) == ["answers"] * 14 + ["companies"] * 7
