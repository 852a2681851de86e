"""Questions about companies of which much is not known: their answers, asked round by round, give the whole verdict."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from socialrules import Results, Rulebook, explain_result, open_results, score
from socialrules.asking import open_questions
from socialrules.errors import ResultError, UsageError
from socialrules.model import Depth

from .shared import AS_OF, Record, needs_spec, rules, spec
from .workbooks import as_csv, header

COPIES, ROUNDS = 3, 5
GIVEN = {"company_id", "network", "handle", "status", "company_name", "as_of_date"}
"""What is never taken away."""

Truth = dict[tuple[str, ...], Record]


def lines(path: Path, rows: Iterable[Record]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def thinned(book: Rulebook, rng: random.Random) -> tuple[list[Record], list[Record], Truth]:
    """Copies of the worked companies without many of the answers that a form asks for, and all that was known."""
    asked = {(t.name, f.name) for t in book.assembly.tables.values() for f in t.facts if f.ask in ("core", "full")}
    truth: Truth = {}
    companies, accounts = [], []

    def thin(level: str, row: Record, share: float) -> Record:
        return {k: v for k, v in row.items() if k in GIVEN or (level, k) not in asked or rng.random() > share}

    for copy in range(COPIES):
        for name, example in spec("examples").items():
            key, share = f"{name}-{copy}", rng.choice([0.4, 0.8, 1.0])
            company = {**example["company"], "company_id": key}
            truth[(key,)] = company
            companies.append(thin("company", company, share))
            for number, given in enumerate(example["accounts"]):
                account = {**given, "company_id": key, "handle": f"h{number}"}
                truth[key, account["network"], account["handle"]] = account
                accounts.append(thin("account", account, share))
    return companies, accounts, truth


def verdicts(results: Results) -> dict[str, str]:
    return dict(results.fetch(f"SELECT company_id, verdict FROM {results.source('companies')}"))


def asked_in(results: Results, **options: Any) -> list[Record]:
    with open_questions(results, **options) as found:
        cursor = found.con.execute(found.query())
        names = [c[0] for c in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@pytest.mark.slow
@needs_spec
@pytest.mark.parametrize("depth", ["core", "full"])
def test_answers_round_by_round_give_the_verdict_of_the_whole_record(depth: Depth, tmp_path: Path) -> None:
    book = rules(depth)
    companies, accounts, truth = thinned(book, random.Random(7))
    inputs = [lines(tmp_path / "companies.jsonl", companies), lines(tmp_path / "accounts.jsonl", accounts)]
    known = sum(map(len, truth.values()))
    missing = known - sum(map(len, companies)) - sum(map(len, accounts))
    answers: list[Record] = []
    done: set[tuple[Any, ...]] = set()
    for number in range(ROUNDS):
        later = lines(tmp_path / f"answers{number}.jsonl", answers) if answers else None
        results = score(*inputs, answers=later, rulebook=book, as_of=AS_OF, out=tmp_path / f"out{number}")
        new = []
        for line in asked_in(results):
            key = tuple(k for k in (line["company_id"], line.get("network"), line.get("handle")) if k)
            value = truth[key].get(line["fact"])
            if value is not None and (key, line["fact"]) not in done:
                done.add((key, line["fact"]))
                text = (";".join(value) or "[]") if isinstance(value, list) else str(value)
                new.append({**{k: line.get(k) for k in ("company_id", "network", "handle", "fact")}, "answer": text})
        answers += new
        if not new:
            break
    whole = [
        lines(tmp_path / "all_companies.jsonl", [r for k, r in truth.items() if len(k) == 1]),
        lines(tmp_path / "all_accounts.jsonl", [r for k, r in truth.items() if len(k) == 3]),
    ]
    expected = verdicts(score(*whole, rulebook=book, as_of=AS_OF, out=tmp_path / "all"))
    assert verdicts(results) == expected
    # The list is short: most of what is missing does not matter and is not asked for.
    assert 0 < len(answers) < missing / 2
    assert results.manifest["answers"]["used"] == len(answers)


@needs_spec
def test_a_worked_company_that_is_known_through_and_through_is_asked_little(
    core_rules: Rulebook, tmp_path: Path
) -> None:
    examples = spec("examples")
    companies = lines(tmp_path / "companies.jsonl", ({"company_id": i, **x["company"]} for i, x in examples.items()))
    accounts = lines(
        tmp_path / "accounts.jsonl", ({**a, "company_id": i} for i, x in examples.items() for a in x["accounts"])
    )
    results = score(companies, accounts, rulebook=core_rules, as_of=AS_OF, out=tmp_path / "out")
    facts = {(f.name, t.plural): f for t in core_rules.assembly.tables.values() for f in t.facts}
    for line in asked_in(results):
        fact = facts[line["fact"], line["table"]]
        assert (
            examples[line["company_id"]]["company"].get(fact.name) in (None, "dont_know")
            or line["table"] != "companies"
        )
        assert line["question"] and line["answer"] is None


def scored_few(folder: Path, book: Rulebook) -> Path:
    """A result folder of two companies, one of them with an account, and its inputs beside it."""
    (folder / "c.csv").write_text(
        "company_id,company_name,employee_count,has_social_presence,policy_exists\na,Acme,3,yes,no\nb,Best,1,no,\n"
    )
    (folder / "acc.csv").write_text("company_id,network,handle,status\na,facebook,acme,open\n")
    return score(folder / "c.csv", folder / "acc.csv", rulebook=book, as_of=AS_OF, out=folder / "out").path


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory, core_rules: Rulebook) -> Path:
    return scored_few(tmp_path_factory.mktemp("few"), core_rules)


@pytest.mark.slow
def test_a_sheet_of_questions_goes_back_in_as_it_is(few: Path, core_rules: Rulebook, tmp_path: Path) -> None:
    sheet = tmp_path / "ask.xlsx"
    with open_questions(open_results(few)) as found:
        found.write(sheet)
        total = found.total
    book = openpyxl.load_workbook(sheet)
    names = header(book["answers"], "company_id")
    assert names == [
        "company_id", "company_name", "table", "network", "handle", "fact", "question", "what_is_meant", "answer",
    ]  # fmt: skip
    place = {n: i + 1 for i, n in enumerate(names)}
    assert book["answers"].max_row == total + 1
    written = {"has_clear_reason": "yes", "clear_benefit": "yes", "past_failed_attempts": 0}
    for row in book["answers"].iter_rows(min_row=2):
        answer = row[place["answer"] - 1]
        assert not answer.protection.locked
        assert all(c.protection.locked for c in row[:-1])
        if row[place["fact"] - 1].value in written:
            answer.value = written[row[place["fact"] - 1].value]
    book.save(sheet)
    answers = as_csv(sheet, tmp_path, ["answers"])["answers"]
    results = score(
        few.parent / "c.csv",
        few.parent / "acc.csv",
        answers=answers,
        rulebook=core_rules,
        as_of=AS_OF,
        out=tmp_path / "again",
    )
    facts = results.fetch(f'SELECT company_id, "column" FROM {results.source("rejects")} ORDER BY ALL')
    assert ("a", "clear_benefit") in facts and ("b", "has_clear_reason") in facts
    asked = {(line["company_id"], line["fact"]) for line in asked_in(results)}
    assert ("a", "clear_benefit") not in asked and ("b", "has_clear_reason") not in asked
    said = explain_result(results, "b")
    assert "has_clear_reason: answered: yes." in said.data_notes
    assert next(c for g in said.guidelines for c in g.checks if c.code == "CG-01").outcome == "pass"


def test_a_drop_down_offers_the_answers_to_the_question_of_its_row(
    few: Path, core_rules: Rulebook, tmp_path: Path
) -> None:
    with open_questions(open_results(few)) as found:
        found.write(tmp_path / "ask.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "ask.xlsx")["answers"]
    names = header(sheet, "company_id")
    offered = {c: r for r in sheet.data_validations.dataValidation for c in str(r.sqref).split()}
    facts = {(t.plural, f.name): f for t in core_rules.assembly.tables.values() for f in t.facts}
    seen = set()
    for row in sheet.iter_rows(min_row=2):
        fact = facts[row[names.index("table")].value, row[names.index("fact")].value]
        rule = offered.get(row[-1].coordinate)
        seen.add(fact.type)
        if fact.type == "choice":
            assert rule is not None and rule.formula1 == f'"{",".join(fact.values)}"'
        elif fact.type in ("number", "integer"):
            assert rule is not None and rule.type in ("decimal", "whole")
    assert {"choice", "choices", "number"} <= seen


def test_one_company_gets_its_own_questions_and_a_limit_keeps_the_first(few: Path) -> None:
    results = open_results(few)
    every = asked_in(results)
    own = [line for line in every if line["company_id"] == "b"]
    assert asked_in(results, record_id="b") == [
        {k: v for k, v in line.items() if k not in ("network", "handle")} for line in own
    ]
    some = asked_in(results, limit=2)
    assert [x for x in some if x["company_id"] == "b"] == own[:2]
    assert len(some) == 4


def test_a_company_that_is_not_there_and_a_limit_of_none_are_refused(few: Path) -> None:
    with pytest.raises(UsageError, match="no company 'zz'"):
        asked_in(open_results(few), record_id="zz")
    with pytest.raises(UsageError, match="--limit 0"):
        asked_in(open_results(few), limit=0)


def test_nothing_is_asked_where_the_inputs_have_changed(core_rules: Rulebook, tmp_path: Path) -> None:
    out = scored_few(tmp_path, core_rules)
    (tmp_path / "c.csv").write_text("company_id\na\n")
    with pytest.raises(ResultError, match=r"c\.csv has changed since the run.*Score the inputs again"):
        asked_in(open_results(out))
