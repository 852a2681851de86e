"""The form of the built-in rulebook: what it asks, and that what comes back is scored like any other input."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pyarrow as pa
import pytest

from socialrules import Rulebook, score
from socialrules.forms import asked_facts, write_form
from socialrules.sheets import LISTS

from .shared import AS_OF, Record, needs_spec, spec
from .workbooks import as_csv, fill, header, header_row

OFFICE = shutil.which("soffice")
TABLES = ("companies", "accounts", "staff")


def filled_in() -> tuple[list[Record], list[Record]]:
    """The worked companies and their accounts, as rows."""
    examples = spec("examples")
    companies = [{"company_id": i, **x["company"]} for i, x in examples.items()]
    return companies, [{"company_id": i, **a} for i, x in examples.items() for a in x["accounts"]]


def rows_of(files: dict[str, Any], book: Rulebook) -> list[list[tuple[Any, ...]]]:
    """The result rows of companies and accounts without the places they came from."""
    results = score(files["companies"], files["accounts"], rulebook=book, as_of=AS_OF)
    assert results.fetch(f"SELECT count(*) FROM {results.source('rejects')} WHERE kind <> 'note'") == [(0,)]
    query = "SELECT * EXCLUDE (source_file, source_row) FROM"
    return [results.fetch(f"{query} {results.source(table)}") for table in ("companies", "accounts")]


@pytest.fixture(scope="module")
def form(core_rules: Rulebook, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("form") / "intake.xlsx"
    write_form(core_rules, path, records=[("a1", "Harbour Bakery"), ("007", None)])
    return path


@pytest.fixture(scope="module")
def worked(full_rules: Rulebook, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A form with all worked companies filled in; it asks for every figure that one of them has."""
    path = tmp_path_factory.mktemp("worked") / "intake.xlsx"
    companies, accounts = filled_in()
    added = {f"company.{n}" for row in companies for n in row} | {f"account.{n}" for row in accounts for n in row}
    write_form(full_rules, path, "full", add=sorted(added))
    fill(path, {"companies": companies, "accounts": accounts})
    return path


# What a form holds


def test_a_form_has_a_sheet_for_each_table_and_one_to_read_first(form: Path) -> None:
    assert openpyxl.load_workbook(form).sheetnames == ["Read me", *TABLES, LISTS]


@pytest.mark.parametrize("depth", ["core", "full"])
def test_a_form_asks_what_is_asked_at_its_depth(depth: Any, core_rules: Rulebook, tmp_path: Path) -> None:
    write_form(core_rules, tmp_path / "f.xlsx", depth)
    book = openpyxl.load_workbook(tmp_path / "f.xlsx")
    kinds = {"core"} if depth == "core" else {"core", "full"}
    for table in core_rules.assembly.tables.values():
        names = header(book[table.plural], "company_id")
        asked = {f.name for f in table.facts if f.ask in kinds}
        others = {*table.key, "company_name"} & {f.name for f in table.facts}
        # Nobody asks about staff, but a row of it would be of no use without its figures.
        assert set(names) == (asked | others if asked else {f.name for f in table.facts})
        assert names[0] == "company_id"


def test_every_closed_answer_has_a_drop_down_of_its_values(form: Path, core_rules: Rulebook) -> None:
    book = openpyxl.load_workbook(form)
    for table in core_rules.assembly.tables.values():
        sheet = book[table.plural]
        names = header(sheet, "company_id")
        rules = {str(r.sqref).split(":")[0]: r for r in sheet.data_validations.dataValidation}
        first = header_row(sheet, "company_id") + 1
        for number, name in enumerate(names, 1):
            fact = next(f for f in table.facts if f.name == name)
            if fact.type == "choice":
                rule = rules[f"{sheet.cell(first, number).column_letter}{first}"]
                if rule.formula1.startswith('"'):
                    offered = rule.formula1.strip('"').split(",")
                else:
                    offered = [c[0].value for c in book[LISTS][rule.formula1.split("!")[1].replace("$", "")]]
                assert tuple(offered) == fact.values, name
                assert rule.type == "list"
                assert rule.showErrorMessage


def test_every_column_has_its_question_what_is_meant_and_a_comment(form: Path, core_rules: Rulebook) -> None:
    sheet = openpyxl.load_workbook(form)["companies"]
    top = header_row(sheet, "company_id")
    for cell in sheet[top]:
        fact = next(f for f in core_rules.root.facts if f.name == cell.value)
        question, meant = sheet.cell(top - 2, cell.column).value, sheet.cell(top - 1, cell.column).value
        assert question and (not fact.question or question == fact.question)
        assert "{" not in question
        assert (f"Only if {fact.ask_if}." in (meant or "")) == bool(fact.ask_if)
        for value in fact.values:
            assert value in meant
        assert cell.comment and question in cell.comment.text
        assert cell.protection.locked


def test_named_companies_stand_in_the_form_with_their_ids_as_texts(form: Path) -> None:
    sheet = openpyxl.load_workbook(form)["companies"]
    first = header_row(sheet, "company_id") + 1
    assert [[c.value for c in row[:2]] for row in sheet.iter_rows(min_row=first, max_row=first + 2)] == [
        ["a1", "Harbour Bakery"], ["007", None], [None, None],
    ]  # fmt: skip


def test_a_child_row_offers_the_ids_of_the_companies(form: Path) -> None:
    book = openpyxl.load_workbook(form)
    first = header_row(book["companies"], "company_id") + 1
    for name in ("accounts", "staff"):
        rules = {str(r.sqref).split(":")[0]: r for r in book[name].data_validations.dataValidation}
        rule = rules[f"A{header_row(book[name], 'company_id') + 1}"]
        assert rule.formula1.startswith(f"'companies'!$A${first}:$A$")


def test_what_asks_for_a_fact_puts_it_into_the_words_of_the_rulebook(core_rules: Rulebook) -> None:
    names = [f.name for f in asked_facts(core_rules.root, "core", ["typical_price"])]
    assert names[:2] == ["company_id", "company_name"]
    assert "typical_price" in names
    assert "plan_components" not in names


# What comes back


@needs_spec
def test_the_worked_companies_come_back_as_they_are_expected(
    worked: Path, full_rules: Rulebook, core_rules: Rulebook, tmp_path: Path
) -> None:
    files = as_csv(worked, tmp_path, TABLES)
    for book, expected in ((full_rules, "expected"), (core_rules, "expected_core")):
        results = score(files["companies"], files["accounts"], rulebook=book, as_of=AS_OF)
        query = f"SELECT company_id, verdict FROM {results.source('companies')}"
        assert dict(results.fetch(query)) == {i: x[expected]["verdict"] for i, x in spec("examples").items()}


@needs_spec
def test_a_form_comes_out_as_the_same_answers_in_parquet(worked: Path, full_rules: Rulebook, tmp_path: Path) -> None:
    parquet = {}
    for name, rows in zip(("companies", "accounts"), filled_in(), strict=True):
        (tmp_path / f"{name}.json").write_text(json.dumps(rows))
        parquet[name] = str(tmp_path / f"{name}.parquet")
        duckdb.execute(f"COPY (FROM read_json('{tmp_path}/{name}.json')) TO '{parquet[name]}'")
    files = as_csv(worked, tmp_path, TABLES)
    assert rows_of(files, full_rules) == rows_of(parquet, full_rules)


@needs_spec
def test_the_questions_alone_give_the_verdict_of_the_same_answers_in_parquet(
    core_rules: Rulebook, tmp_path: Path
) -> None:
    path = tmp_path / "intake.xlsx"
    write_form(core_rules, path)
    book = openpyxl.load_workbook(path)
    named = {t: set(header(book[t], "company_id")) for t in ("companies", "accounts")}
    given = {
        name: [{k: v for k, v in row.items() if k in named[name]} for row in rows]
        for name, rows in zip(("companies", "accounts"), filled_in(), strict=True)
    }
    fill(path, given)
    tables = {name: pa.Table.from_pylist(_same_keys(rows)) for name, rows in given.items()}
    files = as_csv(path, tmp_path, TABLES)
    assert rows_of(files, core_rules) == rows_of(tables, core_rules)


def _same_keys(rows: list[Record]) -> list[Record]:
    names = dict.fromkeys(k for row in rows for k in row)
    return [{n: row.get(n) for n in names} for row in rows]


@needs_spec
def test_a_form_is_an_input_as_it_is(worked: Path, full_rules: Rulebook) -> None:
    results = score(worked, rulebook=full_rules, as_of=AS_OF)
    query = f"SELECT company_id, verdict FROM {results.source('companies')}"
    assert dict(results.fetch(query)) == {i: x["expected"]["verdict"] for i, x in spec("examples").items()}
    assert results.fetch(f"SELECT count(*) FROM {results.source('accounts')}") == [
        (sum(len(x["accounts"]) for x in spec("examples").values()),)
    ]


# In an office program


@pytest.fixture(scope="module")
def converted(worked: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The filled form, opened and saved again by LibreOffice."""
    if OFFICE is None:
        pytest.skip("LibreOffice is not installed (make office)")
    folder = tmp_path_factory.mktemp("office")
    profile = f"-env:UserInstallation=file://{folder}/profile"
    done = subprocess.run(
        [OFFICE, "--headless", profile, "--convert-to", "xlsx", "--outdir", str(folder / "out"), str(worked)],
        capture_output=True,
        timeout=120,
        check=False,
        text=True,
    )
    saved = folder / "out" / worked.name
    assert saved.exists(), done.stderr
    yield saved


@pytest.mark.slow
@needs_spec
def test_an_office_program_opens_the_form_and_saves_it_without_loss(
    converted: Path, worked: Path, full_rules: Rulebook, tmp_path: Path
) -> None:
    (tmp_path / "ours").mkdir()
    (tmp_path / "theirs").mkdir()
    ours, theirs = as_csv(worked, tmp_path / "ours", TABLES), as_csv(converted, tmp_path / "theirs", TABLES)
    assert rows_of(theirs, full_rules) == rows_of(ours, full_rules)


@needs_spec
def test_an_office_program_keeps_the_drop_downs_and_the_protection(converted: Path, worked: Path) -> None:
    before, after = openpyxl.load_workbook(worked), openpyxl.load_workbook(converted)
    for name in TABLES:
        assert after[name].protection.sheet
        kinds = [
            sorted(r.type for r in book[name].data_validations.dataValidation if r.type == "list")
            for book in (before, after)
        ]
        assert kinds[0] == kinds[1]
    assert after[LISTS].sheet_state == "hidden"
