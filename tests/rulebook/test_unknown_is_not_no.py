"""Unknown is not no: what one more answer may change, and what a missing one never does."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from socialrules import Rulebook
from socialrules.definitions import is_required
from socialrules.model import Check

from .good_records import absent, present
from .random_records import Records
from .shared import Record, needs_spec, outcomes_of, rules, spec

DERIVED = {"WT-01", "WT-02", "DD-13", "RA-01"}
"""They follow from guidelines, in which an unknown that is not required is left out."""
FIXED = {"handle", "network", "status", "person_id", "accounts", "staff"}
"""Without them a row is left out, or is another row."""
SETTLED = ("pass", "fail", "not_applicable")
WELL = ("ready", "keep")
ONLY_KNOWN_FAULTS = {"DD-01", "DD-02", "DD-12", "CP-01", "CP-02", "WT-03", "WT-04", "WT-05"}
GOOD = (absent(), present())
BATCH = 150
BLANKS = 6

# A failure names the record: there is nothing to shrink. A few large batches cost less than many small ones.
batches = settings(max_examples=3, deadline=None, database=None, derandomize=True, phases=[Phase.generate])
seeds = given(seed=st.integers(0, 2**32 - 1))


def blanks(record: Record, random: Random, how_many: int) -> Iterator[tuple[str, Record]]:
    """The record without one of its known cells, with the name of that cell, some times."""
    cells = [(None, name) for name in record if name not in FIXED]
    cells += [(n, name) for n, account in enumerate(record["accounts"]) for name in account if name not in FIXED]
    for number, name in random.sample(cells, min(how_many, len(cells))):
        without = copy.deepcopy(record)
        del (without if number is None else without["accounts"][number])[name]
        yield name if number is None else f"account.{name}", without


def shown(record: Record) -> str:
    return json.dumps(record, ensure_ascii=False, default=str)


@needs_spec
@seeds
@batches
def test_one_more_answer_leaves_every_decided_check_as_it_is(seed: int) -> None:
    random, book = Random(seed), rules("core")
    made = Records(book)
    records = [made.make(random) for _ in range(BATCH)]
    pairs = [(n, cell, without) for n, record in enumerate(records) for cell, without in blanks(record, random, BLANKS)]
    found, rejects = outcomes_of(book, records + [without for _, _, without in pairs])
    # A rule between cells reads cells as null: filling one can take another away.
    contradictory = {int(r["company_id"][1:]) for r in rejects if r["kind"] != "note"}
    may_turn = {(c["code"], fact) for c in spec("checks") for fact in c["turns_on"]}
    checks = {t: [c for c in book.checks(t) if c.code not in DERIVED] for t in ("company", "account")}
    compared = 0
    for place, (number, cell, _) in enumerate(pairs, start=len(records)):
        if contradictory & {number, place}:
            continue
        rows = [("company", found[place], found[number])]
        rows += [("account", *two) for two in zip(found[place]["accounts"], found[number]["accounts"], strict=True)]
        for level, before, after in rows:
            decided = [c for c in checks[level] if before[c.name] in SETTLED and (c.code, cell) not in may_turn]
            compared += len(decided)
            for check in decided:
                turn = f"{check.code} turns from {before[check.name]} to {after[check.name]} with {cell}"
                assert before[check.name] == after[check.name], f"{turn}:\n{shown(records[number])}"
    assert compared > 10_000


def test_a_better_answer_in_the_place_of_another_may_turn_a_check(core_rules: Rulebook) -> None:
    # The other side of the property above: this pair is in the list of what may turn.
    fallback = {"business_goals": ["sales"], "expected_gain_stated": "yes"}
    found, _ = outcomes_of(core_rules, [fallback, {**fallback, "has_clear_reason": "no"}])
    assert [company["cg_01"] for company in found] == ["pass", "fail"]


@pytest.mark.parametrize("depth", ["core", pytest.param("full", marks=pytest.mark.slow)])
def test_a_company_of_which_nothing_is_known_is_to_find_out_first(depth: str) -> None:
    book = rules(depth)
    (found,), _ = outcomes_of(book, [{}])
    assert found["verdict"] == "find_out_first"
    assert found["also"] == []
    assert found["score"] is None
    outcomes = {c.code: found[c.name] for c in book.checks("company")}
    assert {code: o for code, o in outcomes.items() if o not in ("unknown", "not_applicable")} == {}


@pytest.mark.parametrize("status", ["open", "planned"])
def test_an_account_of_which_nothing_is_known_is_neither_kept_nor_given_up(status: str, core_rules: Rulebook) -> None:
    (found,), _ = outcomes_of(core_rules, [{"accounts": [{"network": "facebook", "status": status}]}])
    account = found["accounts"][0]
    assert account["decision"] == {"open": "analyse_first", "planned": "find_out_first"}[status]
    assert found["verdict"] == "find_out_first"
    decided = {c.code for c in core_rules.checks("account") if account[c.name] in ("pass", "fail")}
    assert decided == set()


@seeds
@pytest.mark.parametrize("depth", ["core", pytest.param("full", marks=pytest.mark.slow)])
@batches
def test_ready_and_keep_need_everything_that_is_required(depth: str, seed: int) -> None:
    random = Random(seed)
    records = [record for _ in range(60) for good in GOOD for _, record in blanks(good, random, 3)]
    found, _ = outcomes_of(rules(depth), records)
    for record, company in zip(records, found, strict=True):
        if company["verdict"] in WELL:
            assert (company["suited"], company["ready"], company["coverage"]) == ("pass", "pass", 1), shown(record)
            assert (company["failed_blockers"], company["failed_majors"]) == (0, 0), shown(record)
    verdicts = {company["verdict"] for company in found}
    assert verdicts >= {*WELL, "find_out_first"}


@seeds
@pytest.mark.parametrize("depth", ["core", pytest.param("full", marks=pytest.mark.slow)])
@batches
def test_taking_an_answer_away_never_makes_a_verdict_ready_or_keep(depth: str, seed: int) -> None:
    random, book = Random(seed), rules(depth)
    made = Records(book)
    pairs = [pair for _ in range(120) for good in GOOD for pair in spoilt(good, made, random)]
    found, rejects = outcomes_of(book, [record for _, *both in pairs for record in both])
    contradictory = {int(r["company_id"][1:]) // 2 for r in rejects if r["kind"] != "note"}
    for number, (cell, record, _) in enumerate(pairs):
        was, now = found[2 * number : 2 * number + 2]
        if now["verdict"] in WELL and was["verdict"] not in WELL and number not in contradictory:
            excused = [c.code for c in turned(book, was, now) if excuses(c, cell, depth)]
            assert excused, f"{was['verdict']} becomes {now['verdict']} without {cell}:\n{shown(record)}"
    assert {company["verdict"] for company in found} >= {*WELL, "find_out_first", "not_yet", "fix"}


def spoilt(good: Record, made: Records, random: Random) -> Iterator[tuple[str, Record, Record]]:
    """The record with another answer in one cell, and without any answer in it; with the name of the cell."""
    for cell, without in blanks(good, random, 1):
        level, _, name = cell.rpartition(".")
        fact = next(f for f in made.tables[level or "company"].facts if f.name == name)
        other = copy.deepcopy(without)
        (other["accounts"][0] if level else other)[name] = made.value(random, fact)
        yield cell, other, without


def turned(book: Rulebook, was: Record, now: Record) -> list[Check]:
    """The checks of which the outcome is another."""
    rows = [("company", was, now), *(("account", a, b) for a, b in zip(was["accounts"], now["accounts"], strict=True))]
    return [c for level, a, b in rows for c in book.checks(level) if a[c.name] != b[c.name]]


def excuses(check: Check, cell: str, depth: str) -> bool:
    """Whether the rules let this check make a verdict better by what is not known about it.

    An unknown that is not required is left out; another answer may take the place of one that is
    missing; and of the work on open accounts only a fault that is known counts (README 4.1, 4.2).
    """
    return not is_required(check, depth) or cell in check.turns_on or check.code in ONLY_KNOWN_FAULTS
