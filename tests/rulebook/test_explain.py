"""One company in words: what decides, what to do, what to ask, what would change the verdict."""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import Any

import pytest

from socialrules import Assessment, assess, score
from socialrules.model import SEVERITIES
from socialrules.revisit import explain_result

from .good_records import absent, opened, present
from .shared import AS_OF, Record, needs_spec, rules, spec

FEW = ("X01", "X04", "X05", "X08", "X13", "X21", "X23")
UNSUITED = {"conversion_path": "no", "purchase_frequency": "once", "many_need_immediate_help": "no"}


def assessed(record: Record) -> Assessment:
    return assess(record, rulebook=rules("core"), as_of=AS_OF)


@functools.cache
def worked(example: str) -> Assessment:
    """A worked company of the specification, assessed once."""
    row = spec("examples")[example]
    return assessed({**row["company"], "accounts": row["accounts"]})


def codes(lines: Any) -> list[str]:
    return [line.code for line in lines]


# Worked companies


@needs_spec
@pytest.mark.parametrize("example", FEW)
def test_the_explanation_of_a_worked_company_agrees_with_what_is_expected(example: str) -> None:
    found, expected = worked(example), spec("examples")[example]["expected_core"]
    assert (found.verdict.value, found.verdict.details["verdict_reason"]) == (
        expected["verdict"], expected["verdict_reason"],
    )  # fmt: skip
    assert {flag.value for flag in found.flags} == set(expected["also"])
    assert {g.id: g.outcome for g in found.guidelines} == expected["guidelines"]
    decisions = [(row.decision.value, row.decision.details["provisional"]) for row in found.rows if row.decision]
    assert decisions == [(a["decision"], a["provisional"]) for a in expected["accounts"]]


@needs_spec
@pytest.mark.parametrize("example", FEW)
def test_the_to_do_list_holds_blockers_then_majors_then_minors(example: str) -> None:
    severities = [SEVERITIES.index(line.severity) for line in worked(example).todo]
    assert severities == sorted(severities)


@needs_spec
@pytest.mark.parametrize("example", FEW)
def test_inside_a_severity_the_to_do_list_keeps_the_order_of_the_guidelines(example: str) -> None:
    place = {c.code: n for n, c in enumerate(rules("core").checks())}
    places = [(SEVERITIES.index(line.severity), place[line.code]) for line in worked(example).todo]
    assert places == sorted(places)


@needs_spec
@pytest.mark.parametrize("example", FEW)
def test_no_placeholder_is_left_in_the_text(example: str) -> None:
    text = worked(example).to_text()
    assert "{" not in text
    assert not re.search(r"\bNone\b(?! of the)", text)


@needs_spec
@pytest.mark.parametrize("example", ["X01", "X05", "X23"])
def test_a_verdict_against_it_says_what_would_change_it(example: str) -> None:
    found = worked(example)
    assert found.verdict.value in ("withdraw", "stay_out")
    assert found.change is not None
    assert found.change.checks or len(found.change.one_of) > 1
    assert "What would change it" in found.to_text()


@needs_spec
def test_the_guidelines_come_in_the_order_of_source_002_then_leaders_openness_roles_and_misconceptions() -> None:
    order = [g.id for g in worked("X01").guidelines]
    wanted = [
        "clear_goal", "channel_fit", "sustained_resources", "response_pipeline", "policy_present", "measurable_kpis",
        "leadership_readiness", "openness_readiness", "cross_functional_roles", "misconceptions",
    ]  # fmt: skip
    assert [g for g in order if g in wanted] == wanted
    assert order.index("misconceptions") < min(order.index(g) for g in order if g.startswith("purpose_"))


# What decides


def test_what_decides_against_being_ready_is_the_check_that_fails() -> None:
    found = assessed(absent(policy_exists="no"))
    assert found.verdict.value == "not_yet"
    assert [c for c in codes(found.decided_by) if c.startswith("PP")] == ["PP-01"]
    assert {line.outcome for line in found.decided_by} == {"fail"}
    assert found.change is not None
    assert (codes(found.change.checks), found.change.then) == (["PP-01"], "ready")


def test_one_purpose_that_works_would_change_being_unsuited() -> None:
    found = assessed(absent(**UNSUITED))
    assert found.verdict.details["verdict_reason"] == "unsuited"
    assert {"PA-07", "PR-01", "PS-01"} <= set(codes(found.decided_by))
    assert found.change is not None
    assert sorted(codes(group)[0][:2] for group in found.change.one_of) == ["PA", "PR", "PS"]


def test_where_all_is_well_nothing_decides_and_nothing_is_to_do() -> None:
    found = assessed(absent())
    assert (found.verdict.value, found.decided_by, found.change) == ("ready", [], None)
    assert [line for line in found.todo if line.severity != "minor"] == []


def test_an_account_to_give_up_is_named_as_what_decides() -> None:
    found = assessed(present([opened(), opened(network="facebook", clear_benefit="no")]))
    assert found.verdict.value == "rebalance"
    assert list(found.deciding_counts.values()) == [1]
    assert [row.decision.value for row in found.rows if row.decision] == ["keep", "drop"]


# What to do


def test_the_to_do_list_has_its_order_from_the_severity_then_the_guideline() -> None:
    found = assessed(absent(kpi_tools="no", policy_exists="no", has_clear_reason="no", expected_gain_stated="no"))
    place = {c: n for n, c in enumerate(codes(found.todo))}
    blockers_and_majors = [line.severity for line in found.todo if line.code in ("CG-01", "CG-02", "PP-01", "MK-03")]
    assert blockers_and_majors == sorted(blockers_and_majors)
    assert place["CG-01"] == 0
    assert place["CG-01"] < place["PP-01"] < place["MK-03"] and place["CG-02"] < place["MK-03"]


def test_the_purposes_are_to_do_only_while_a_declared_one_or_all_of_them_fail() -> None:
    fits = assessed(absent(purposes=["retain"], conversion_path="no"))
    declared = assessed(absent(purposes=["acquire"], conversion_path="no"))
    assert "PA-07" not in codes(fits.todo)
    assert "PA-07" in codes(declared.todo)


def test_whoever_could_not_answer_is_told_how_to_find_out() -> None:
    _, check = rules("core").find_check("CG-01")
    found = assessed(absent(has_clear_reason="dont_know"))
    line = next(line for line in found.todo if line.code == "CG-01")
    assert line.advice == check.advice_dont_know != check.advice
    assert next(s for s in line.seen if s.name == "has_clear_reason").said_dont_know


def test_a_company_that_is_there_already_gets_its_own_advice() -> None:
    _, check = rules("core").find_check("CG-01")
    there, away = (assessed(make(has_clear_reason="no")).todo[0] for make in (present, absent))
    assert (there.code, away.code) == ("CG-01", "CG-01")
    assert there.advice == check.advice_if[0].say != away.advice == check.advice


def test_listening_comes_first_where_staying_away_is_a_risk() -> None:
    found = assessed(absent(unhappy_customers_posting="yes", judges_roi_per_post="yes"))
    assert [flag.value for flag in found.flags] == ["listen_now", "misconceptions"]
    text = found.to_text()
    assert text.index("Listen now") < text.index("To do")


@pytest.mark.parametrize(
    ("party", "customers", "purchase"), [("patients", "patients", "appointment"), ("donors", "donors", "gift")]
)
def test_the_words_are_those_of_whom_the_company_serves(party: str, customers: str, purchase: str) -> None:
    asks = [c for c in rules("core").checks("company") if "{customers}" in c.advice or "{purchase}" in c.advice]
    found = assessed(absent(target_parties=[party], **UNSUITED))
    said = {line.code: line.advice for line in found.todo}
    changed = {c.code: c.advice for c in asks if c.code in said and not c.advice_if}
    assert changed
    for code, advice in changed.items():
        assert said[code].lower() == advice.format(customers=customers, purchase=purchase, goals="").lower()


# What to ask


def test_without_knowing_whether_it_is_present_that_is_the_first_question() -> None:
    for record in ({}, absent([], has_social_presence=None)):
        found = assessed(record)
        assert (found.verdict.value, found.figures["presence"]) == ("find_out_first", "unknown")
        assert found.questions[0].fact == "has_social_presence"
        assert found.questions[0].question in found.to_text()


def test_what_is_missing_for_the_verdict_is_asked_before_everything_else() -> None:
    found = assessed(absent(policy_exists=None))
    assert found.verdict.value == "find_out_first"
    assert [q.fact for q in found.questions if q.decides] == ["policy_exists"] == [found.questions[0].fact]


def test_every_question_is_one_of_the_rulebook_and_is_asked_once() -> None:
    found = assessed({"accounts": [{"network": "facebook", "status": "open"}]})
    asked = {f.name for t in rules("core").assembly.tables.values() for f in t.facts if f.question}
    assert {q.fact for q in found.questions} <= asked
    places = [(q.fact, q.row) for q in found.questions]
    assert len(set(places)) == len(places) > 50


# Too much for one person


def overworked(*values: int | None, hours: tuple[int | None, ...] = (8, 8, 8)) -> list[str]:
    """The networks to hand over, in order, of a person with 30 of 40 hours on three accounts."""
    networks = ("instagram", "facebook", "linkedin")
    accounts = [opened(network=n, value_month=v, hours_week=h) for n, v, h in zip(networks, values, hours, strict=True)]
    keeper = {"keeper_social_hours_week": 30, "keeper_working_hours_week": 40, "keeper_is_dedicated": "no"}
    found = assessed(present(accounts, **keeper))
    assert found.verdict.value == "rebalance"
    assert "overloaded" in [flag.value for flag in found.flags]
    return [row.split()[0] for ranking in found.rankings for row in ranking.rows]


def test_accounts_are_handed_over_that_bring_least_for_their_hours_until_the_time_is_covered() -> None:
    # 30 hours of 40 are 10 above one half: two accounts of 8 hours cover them.
    assert overworked(800, 80, 400) == ["facebook", "linkedin"]


def test_an_account_of_which_the_value_is_not_known_is_handed_over_last() -> None:
    assert overworked(None, 80, 400) == ["facebook", "linkedin"]
    assert overworked(None, 80, None)[0] == "facebook"


def test_where_hours_are_missing_all_accounts_are_listed() -> None:
    assert overworked(800, 80, 400, hours=(8, 8, None)) == ["facebook", "instagram", "linkedin"]


def test_nobody_overworked_hands_anything_over() -> None:
    assert assessed(present()).rankings == []


# One model


def test_text_and_json_say_the_same() -> None:
    found = assessed(present([opened(clear_benefit="no")], policy_exists="no", has_clear_reason="dont_know"))
    again = Assessment.model_validate_json(found.model_dump_json())
    assert again == found
    text = " ".join(found.to_text().split())
    assert found.verdict.title in text and found.todo
    assert [line.code for line in found.todo if line.advice not in text or line.code not in text] == []


def test_without_its_input_a_company_is_explained_from_the_outcomes(tmp_path: Path) -> None:
    record = present([opened(clear_benefit="no")], policy_exists="no")
    accounts = [{"company_id": "c1", **a} for a in record.pop("accounts")]
    del record["staff"]
    for name, lines in {"companies": [{"company_id": "c1", **record}], "accounts": accounts}.items():
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n", encoding="utf-8")
    inputs = (tmp_path / "companies.jsonl", tmp_path / "accounts.jsonl")
    results = score(*inputs, out=tmp_path / "out", rulebook=rules("core"), as_of=AS_OF)
    whole = explain_result(results, "c1")
    (tmp_path / "companies.jsonl").unlink()
    rest = explain_result(results, "c1")
    assert whole.outcomes_only == "" and "companies.jsonl" in rest.outcomes_only
    assert rest.outcomes_only.split()[0] in rest.to_text()
    assert rest.verdict.value == whole.verdict.value == "rebalance"
    assert {g.id: g.outcome for g in rest.guidelines} == {g.id: g.outcome for g in whole.guidelines}
    assert [r.decision.value for r in rest.rows if r.decision] == [r.decision.value for r in whole.rows if r.decision]
    assert "PP-01" in codes(rest.todo) and "PP-01" in codes(whole.todo)
    assert {f.value for f in rest.flags} == {f.value for f in whole.flags}
