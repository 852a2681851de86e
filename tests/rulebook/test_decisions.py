"""Every row of the decision on an account and of the verdict on a company, each from a record made by hand."""

from __future__ import annotations

from typing import Any

import pytest

from .good_records import absent, opened, planned, present
from .shared import Record, outcomes_of, rules

UNSUITED = {
    "conversion_path": "no",  # nobody new
    "purchase_frequency": "once",  # nobody to keep
    "many_need_immediate_help": "no",  # nobody to help
}
OVERLOADED = {"keeper_over_half": "yes", "keeper_is_dedicated": "no"}
NO_BENEFIT = {"clear_benefit": "no"}
NOT_KNOWN = {"clear_benefit": None}
YOUNG = {"opened_on": "2026-06-01"}
NO_MATCH = {"suits_business": "no"}

VERDICTS: dict[str, tuple[Record, tuple[str, str | None]]] = {
    # Not present.
    "an absent company that no purpose suits stays out": (
        absent(**UNSUITED), ("stay_out", "unsuited")),
    "being unsuited comes before having no commitment": (
        absent(**UNSUITED, commitment_open_ended="no", commitment_weeks=4), ("stay_out", "unsuited")),
    "an absent company that means to stay for a few weeks stays out": (
        absent(commitment_open_ended="no", commitment_weeks=4), ("stay_out", "no_commitment")),
    "a company that gave up its accounts is not present": (
        absent([opened(status="closed")], has_social_presence=None, **UNSUITED), ("stay_out", "unsuited")),
    "an absent company whose declared purpose fails thinks again": (
        absent(purposes=["support"]), ("rethink", None)),
    "rethinking comes before not being ready": (
        absent(purposes=["support"], policy_exists="no"), ("rethink", None)),
    "an absent company that is not prepared is not ready yet": (
        absent(policy_exists="no"), ("not_yet", None)),
    "not knowing whether there is a policy is as bad as having none": (
        absent(policy_exists="dont_know"), ("not_yet", None)),
    "an absent company that was not asked about a policy finds out first": (
        absent(policy_exists=None), ("find_out_first", None)),
    "an absent company of which no purpose is known to work finds out first": (
        absent(conversion_path=None, retention_time_worth=None), ("find_out_first", None)),
    "an absent company that suits and is prepared is ready": (
        absent(), ("ready", None)),
    "nobody is told to stay out for not knowing": (
        absent(conversion_path="dont_know", retention_time_worth="dont_know"), ("find_out_first", None)),
    "without anyone to do it a company is not ready yet": (
        absent(can_pay_for_social="no", can_add_to_workload="no"), ("not_yet", None)),
    "where only the listed networks fail, the company is not unsuited": (
        absent([planned(buyers_present="no", customers_active="no")]), ("find_out_first", None)),
    "where every network was considered and fails, it is": (
        absent([planned(buyers_present="no", customers_active="no")], networks_considered="yes"),
        ("stay_out", "unsuited")),
    # Present.
    "an unsuited company with an account that brings something has to look at the conflict": (
        present(**UNSUITED), ("rethink", "conflict")),
    "an unsuited company that does not know what its account brings finds out first": (
        present([opened(**NOT_KNOWN)], **UNSUITED), ("find_out_first", "likely_withdraw")),
    "an unsuited company that did not list its accounts finds out first": (
        present([], **UNSUITED), ("find_out_first", "likely_withdraw")),
    "one account that brings something outweighs one of which it is not known": (
        present([opened(**NOT_KNOWN), opened(network="facebook")], **UNSUITED), ("rethink", "conflict")),
    "an unsuited company with nothing to show for its account withdraws": (
        present([opened(**NO_BENEFIT)], **UNSUITED), ("withdraw", None)),
    "a present company whose declared purpose fails thinks again": (
        present(purposes=["support"]), ("rethink", None)),
    "a present company with an account to give up finds a new balance": (
        present([opened(), opened(network="facebook", **NO_BENEFIT)]), ("rebalance", None)),
    "a present company with an account to hand over finds a new balance": (
        present([opened(), opened(network="facebook", time_sufficient="no")]), ("rebalance", None)),
    "a present company that overloads somebody finds a new balance": (
        present(**OVERLOADED), ("rebalance", None)),
    "a present company whose whole job it is overloads nobody": (
        present(keeper_over_half="yes", keeper_is_dedicated="yes"), ("keep", None)),
    "a present company that is not prepared has something to fix": (
        present(policy_exists="no"), ("fix", None)),
    "a present company with content of no value has something to fix": (
        present([opened(content_adds_value="no")]), ("fix", None)),
    "a present company in which other work is left undone has something to fix": (
        present(other_work_crowded_out="yes"), ("fix", None)),
    "a present company with an account to fix has something to fix": (
        present([opened(objectives_met="none_set")]), ("fix", None)),
    "a present company with a tactic to change has something to fix": (
        present([opened(), opened(network="facebook", **NO_BENEFIT, tactics_suitable="no")]), ("fix", None)),
    "a present company that was not asked about a policy finds out first": (
        present(policy_exists=None), ("find_out_first", None)),
    "a present company with an account to look at finds out first": (
        present([opened(), opened(network="facebook", **NOT_KNOWN)]), ("find_out_first", None)),
    "a present company about which nothing is wrong goes on": (
        present(), ("keep", None)),
    "a present company that lists no account but has some is present": (
        present([], networks_identified="yes", policy_exists="no"), ("fix", None)),
    # Presence unknown.
    "without knowing whether it is present a company finds out first": (
        absent([], has_social_presence=None), ("find_out_first", None)),
    "even an unsuited company whose presence is not known finds out first": (
        absent([], has_social_presence=None, **UNSUITED), ("find_out_first", None)),
    "somebody who does not know whether there are accounts finds out first": (
        absent([], has_social_presence="dont_know"), ("find_out_first", None)),
}  # fmt: skip

ACCOUNTS: dict[str, tuple[Record, tuple[str, str | None]]] = {
    "a closed account is closed": (
        present([opened(status="closed")]), ("closed", None)),
    # Planned.
    "a planned account on an unfit network is not opened": (
        absent([planned(**NO_MATCH)]), ("do_not_open", None)),
    "a planned account of an unsuited company is not opened": (
        absent(**UNSUITED), ("do_not_open", None)),
    "a planned account that serves no purpose is not opened": (
        absent([planned(buyers_present="no", customers_active="no")]), ("do_not_open", None)),
    "a planned account of which the fit is not known has to be found out": (
        absent([planned(fits_goal=None)]), ("find_out_first", None)),
    "a planned account of which the use is not known has to be found out": (
        absent([planned(buyers_present=None, customers_active=None)]), ("find_out_first", None)),
    "a planned account of a prepared company is opened": (
        absent(), ("open", None)),
    "a planned account of an unprepared company waits": (
        absent(policy_exists="no"), ("wait", None)),
    "a planned account waits as well while it is not known whether the company is prepared": (
        absent(policy_exists=None), ("wait", None)),
    # Open, without a benefit.
    "an account without benefit but with the wrong tactics gets other tactics": (
        present([opened(**NO_BENEFIT, tactics_suitable="no")]), ("fix_tactics", None)),
    "an account without benefit but with worthless content gets other tactics": (
        present([opened(**NO_BENEFIT, content_adds_value="no")]), ("fix_tactics", None)),
    "an account that missed its goal with tactics not known to be right gets other tactics": (
        present([opened(**NO_BENEFIT, objectives_met="no", tactics_suitable=None)]), ("fix_tactics", None)),
    "an account that missed its goal with the right tactics is dropped": (
        present([opened(**NO_BENEFIT, objectives_met="no")]), ("drop", None)),
    "an account without benefit on an unfit network is dropped whatever the tactics": (
        present([opened(**NO_BENEFIT, **NO_MATCH, tactics_suitable="no")]), ("drop", None)),
    "an account without benefit is dropped": (
        present([opened(**NO_BENEFIT)]), ("drop", None)),
    # Open, with a benefit.
    "an account with a benefit and no time is handed over": (
        present([opened(time_sufficient="no")]), ("delegate", None)),
    "an account with a benefit that nobody can keep is dropped": (
        present([opened(time_sufficient="no")], can_pay_for_social="no", can_add_to_workload="yes",
                someone_inside_can_take_over="no", outsourcing_budget_month=0), ("drop", None)),
    "an account with a benefit that lies silent is fixed": (
        present([opened(last_post_on="2026-05-01")]), ("fix", None)),
    "an account that is silent in the closed season is kept": (
        present([opened(last_post_on="2026-05-01")], closed_season=["10-15/03-31"]), ("keep", None)),
    "an account with a benefit that leaves messages unanswered is fixed": (
        present([opened(messages_answered_30d=1)]), ("fix", None)),
    "an account with a benefit that leaves complaints unsolved is fixed": (
        present([opened(complaints_90d=10, complaints_resolved_90d=1)]), ("fix", None)),
    "an account with a benefit and dull content is fixed": (
        present([opened(content_interesting="no")]), ("fix", None)),
    "an account with a benefit and content of no value is fixed": (
        present([opened(content_adds_value="no")]), ("fix", None)),
    "an account with a benefit and a helper who does not know the job is fixed": (
        present([opened(managed_by=["agency"], delegate_experienced="no", delegate_knows_budget="yes")]),
        ("fix", None)),
    "an account with a benefit but without a goal is fixed": (
        present([opened(objectives_met="none_set")]), ("fix", None)),
    "an account with a benefit that missed its goal is fixed": (
        present([opened(objectives_met="no")]), ("fix", None)),
    "an account with a benefit and care not known is looked at first": (
        present([opened(last_post_on=None)]), ("analyse_first", None)),
    "an account with a benefit and time not known is looked at first": (
        present([opened(time_sufficient=None)]), ("analyse_first", None)),
    "an account with a benefit that is looked after is kept": (
        present(), ("keep", None)),
    "a benefit counts for more than a network that does not fit": (
        present([opened(**NO_MATCH)]), ("keep", None)),
    # Open, benefit not known.
    "an account of no known benefit on an unfit network is dropped": (
        present([opened(**NOT_KNOWN, **NO_MATCH)]), ("drop", None)),
    "a young account that is looked after is kept": (
        present([opened(**NOT_KNOWN, **YOUNG)]), ("keep", None)),
    "a young account is not judged by what it brings": (
        present([opened(**NO_BENEFIT, **YOUNG)]), ("keep", None)),
    "a young account that is not looked after is not simply kept": (
        present([opened(**NOT_KNOWN, opened_on="2026-01-01", last_post_on="2026-05-01")]),
        ("analyse_first", "delegate_or_drop")),
    "an account of no known benefit that missed its goal gets other tactics": (
        present([opened(**NOT_KNOWN, objectives_met="no")]), ("fix_tactics", None)),
    "an account of no known benefit with the wrong tactics gets other tactics": (
        present([opened(**NOT_KNOWN, tactics_suitable="no")]), ("fix_tactics", None)),
    "an account of no known benefit that lies silent may have to go later": (
        present([opened(**NOT_KNOWN, last_post_on="2026-05-01")]), ("analyse_first", "delegate_or_drop")),
    "an account of no known benefit without time may have to go later": (
        present([opened(**NOT_KNOWN, time_sufficient="no")]), ("analyse_first", "delegate_or_drop")),
    "an account of no known benefit is looked at first": (
        present([opened(**NOT_KNOWN)]), ("analyse_first", None)),
    # At the end.
    "a page that cannot be closed is fixed instead of dropped": (
        present([opened(**NO_BENEFIT, network="yelp", analysis_done=None, objectives_met=None)]), ("fix", None)),
    "a drop waits for the analysis": (
        present([opened(**NO_BENEFIT, analysis_done="no", objectives_met=None)]), ("analyse_first", "drop")),
    "handing over waits for the analysis": (
        present([opened(time_sufficient="no", analysis_done="no", objectives_met=None)]),
        ("analyse_first", "delegate")),
    "other tactics wait for the analysis": (
        present([opened(**NO_BENEFIT, tactics_suitable="no", analysis_done="no", objectives_met=None)]),
        ("analyse_first", "fix_tactics")),
    "what is on record can be the analysis": (
        present([opened(**NO_BENEFIT, analysis_done="no")]), ("drop", None)),
    "putting right does not wait for the analysis": (
        present([opened(last_post_on="2026-05-01", analysis_done="no", objectives_met=None)]), ("fix", None)),
    "too much for one person leaves the decisions on accounts as they are": (
        present(**OVERLOADED), ("keep", None)),
}  # fmt: skip

FLAGS: dict[str, tuple[Record, list[str]]] = {
    "nothing is added where nothing is wrong": (present(), []),
    "a new balance goes with something to fix": (
        present([opened(), opened(network="facebook", **NO_BENEFIT)], policy_exists="no"), ["fix"]),
    "rethinking goes with something to fix": (present(purposes=["support"], policy_exists="no"), ["fix"]),
    "an absent company that rethinks has nothing to fix": (absent(purposes=["support"], policy_exists="no"), []),
    "too much for one person is said": (present(**OVERLOADED), ["overloaded"]),
    "other work left undone is said": (present(other_work_crowded_out="yes"), ["overloaded"]),
    "with something still unknown a company is not nearly ready": (absent(complaint_process=None, kpi_tools="no"), []),
    "a company that lacks one major is nearly ready": (absent(kpi_tools="no"), ["nearly"]),
    "a company that lacks a blocker is not nearly ready": (absent(has_clear_reason="no"), []),
    "a present company that lacks one major nearly is as well": (present(kpi_tools="no"), ["nearly"]),
    "a misconception is said": (absent(judges_roi_per_post="yes"), ["misconceptions"]),
    "value at twice the cost invites to invest more": (
        present([opened(value_month=1000)], labour_cost_hour=20, social_budget_month=100), ["invest_more"]),
    "value above the cost, but not twice, does not": (
        present([opened(value_month=500)], labour_cost_hour=20, social_budget_month=100), []),
    "complaints in public are a reason to listen now": (
        absent(unhappy_customers_posting="yes"), ["listen_now"]),
    "flags come in a fixed order": (
        present([opened(), opened(network="facebook", **NO_BENEFIT)], policy_exists="no", judges_roi_per_post="yes",
                **OVERLOADED), ["fix", "overloaded", "misconceptions"]),
}  # fmt: skip

# Without what only the full questionnaire asks.
SHORT = {"pipeline_owner_named": None, "leadership_tracks_social": None, "pipeline_topics": None}


@pytest.fixture(scope="module")
def core() -> dict[str, Record]:
    return results("core")


def results(depth: Any) -> dict[str, Record]:
    """What comes out of every record of this file, by its sentence, in one batch."""
    records = {s: record for group in (VERDICTS, ACCOUNTS, FLAGS) for s, (record, _) in group.items()}
    found, rejects = outcomes_of(rules(depth), list(records.values()))
    assert rejects == []
    return dict(zip(records, found, strict=True))


def test_no_sentence_is_used_twice() -> None:
    assert len({*VERDICTS, *ACCOUNTS, *FLAGS}) == len(VERDICTS) + len(ACCOUNTS) + len(FLAGS)


@pytest.mark.parametrize("sentence", VERDICTS)
def test_verdict(sentence: str, core: dict[str, Record]) -> None:
    found = core[sentence]
    assert (found["verdict"], found["verdict_reason"]) == VERDICTS[sentence][1]


@pytest.mark.parametrize("sentence", ACCOUNTS)
def test_account(sentence: str, core: dict[str, Record]) -> None:
    account = core[sentence]["accounts"][-1]
    assert (account["decision"], account["provisional"]) == ACCOUNTS[sentence][1]


@pytest.mark.parametrize("sentence", FLAGS)
def test_also(sentence: str, core: dict[str, Record]) -> None:
    assert core[sentence]["also"] == FLAGS[sentence][1]


def test_every_verdict_and_every_decision_is_shown() -> None:
    book = rules("core")
    decisions = {d.name: {r.then for r in d.rows} | {r.then for r in d.after} for _, d in book.assembly.decisions}
    assert {v for _, (v, _) in VERDICTS.values()} == decisions["verdict"]
    assert {d for _, (d, _) in ACCOUNTS.values()} == decisions["decision"]


def test_what_only_the_full_questionnaire_asks_counts_at_depth_full_alone() -> None:
    records = [absent(**SHORT), present(**SHORT)]
    at_core = [c["verdict"] for c in outcomes_of(rules("core"), records)[0]]
    at_full = [c["verdict"] for c in outcomes_of(rules("full"), records)[0]]
    assert (at_core, at_full) == (["ready", "keep"], ["find_out_first", "find_out_first"])


def test_a_known_fault_counts_at_either_depth() -> None:
    # DD-02 has to be known at depth full only, but counts whenever it is known.
    record = [present(other_work_crowded_out="yes")]
    assert [outcomes_of(rules(d), record)[0][0]["verdict"] for d in ("core", "full")] == ["fix", "fix"]
