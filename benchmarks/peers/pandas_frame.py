"""Workload A as somebody writes it who knows pandas well.

Answers are read as categories, so that an outcome is one look-up by their code; lists stay in Arrow and become
numbers with a bit for each answer; numbers are float64. Outcomes are categories too. Cells are taken to be clean.

Run as ``python -m benchmarks.peers.pandas_frame COMPANIES OUTPUT``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.peers.answers import ANSWERS, MATCHING, POOR_MOTIVES, words

Codes = np.ndarray[Any, np.dtype[np.int8]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]

OUTCOME = pd.CategoricalDtype(["fail", "unknown", "pass", "not_applicable"])
FAIL, UNKNOWN, PASS, NOT_APPLICABLE = range(4)
NUMBERS = [
    "employee_count", "employee_count_max", "commitment_weeks", "people_assigned", "social_hours_week_available",
    "labour_cost_hour", "social_budget_month", "ad_budget_month", "roi_expected_within_months",
]  # fmt: skip
CHOICES = words("""has_clear_reason expected_gain_stated knows_lead_path networks_identified checked_web_analytics
    commitment_open_ended can_pay_for_social can_add_to_workload social_tools_available has_social_strategy
    policy_exists policy_shared_with_staff has_social_presence kpi_tools measured_like_other_marketing roi_tracked
    results_used_to_improve sees_social_as judges_roi_per_post thinks_marketing_should_own
    thinks_posts_must_be_perfect thinks_social_is_free thinks_every_business_needs_it
    thinks_audience_comes_by_itself thinks_must_join_now thinks_sure_thing thinks_likes_are_success
    thinks_must_be_everywhere thinks_idle_account_harmless thinks_delegating_fixes_fit
    compares_with_competitor_likes""")
UNLISTED = ["target_parties", "other_promotion_channels"]
"""Lists of which only the first answer and the length are asked."""

YES = {"yes": PASS, "no": FAIL}
NO = {"no": PASS, "yes": FAIL}
MUST_KNOW = {"yes": PASS, "no": FAIL, "dont_know": FAIL}


class Companies:
    """The columns that the checks read, as numpy arrays."""

    def __init__(self, path: str) -> None:
        plain = pd.read_parquet(path, columns=[*NUMBERS, *CHOICES], read_dictionary=CHOICES)
        self.names = pd.read_parquet(path, columns=["company_id", "company_name"], dtype_backend="pyarrow")
        lists = pd.read_parquet(path, columns=[*ANSWERS, *UNLISTED], dtype_backend="pyarrow")
        self.numbers = {name: plain[name].to_numpy() for name in NUMBERS}
        self._choices = plain[CHOICES]
        self.missing = {name: lists[name].isna().to_numpy() for name in lists}
        self.bits = {name: _bits(lists[name], ANSWERS[name]) for name in ANSWERS}
        self.lists = lists[UNLISTED]

    def by_answer(self, column: str, outcomes: Mapping[str, int]) -> Codes:
        """The outcome that goes with each answer; unknown where there is none."""
        answers = self._choices[column].cat
        # The last place is that of the code -1, which pandas gives to what is missing.
        table = np.array([outcomes.get(a, UNKNOWN) for a in answers.categories] + [UNKNOWN], dtype=np.int8)
        return table[answers.codes.to_numpy()]

    def answered(self, column: str, *answers: str) -> Mask:
        """Whether the answer is one of these."""
        return self.by_answer(column, dict.fromkeys(answers, PASS)) == PASS

    def given(self, column: str) -> Mask:
        """Whether there is an answer, dont_know included."""
        return self._choices[column].cat.codes.to_numpy() >= 0

    def holds(self, column: str, *answers: str) -> Mask:
        """Whether a list holds one of the answers; not where it is missing."""
        return (self.bits[column] & _mask(column, answers)) != 0

    def holds_other(self, column: str, answers: Iterable[str]) -> Mask:
        """Whether a list holds an answer that is none of these; not where it is missing."""
        return (self.bits[column] & _mask(column, set(ANSWERS[column]) - set(answers))) != 0

    def not_empty(self, column: str) -> Codes:
        """The outcome of a list with anything in it; not to know is unknown."""
        lengths = self.lists[column].list.len().fillna(-1).to_numpy()
        answers = self.lists[column].list.flatten()
        unsure = np.zeros(len(lengths), dtype=np.bool_)
        unsure[answers.index[(answers == "dont_know").to_numpy()]] = True
        return choose(((lengths < 0) | unsure, UNKNOWN), (lengths > 0, PASS), otherwise=FAIL)


def _mask(column: str, answers: Iterable[str]) -> np.int64:
    return np.int64(sum(1 << ANSWERS[column].index(answer) for answer in answers))


def _bits(lists: pd.Series[Any], answers: list[str]) -> np.ndarray[Any, np.dtype[np.int64]]:
    flat = lists.list.flatten()
    held = flat.astype("category").cat
    # float64, because that is what bincount adds up: it holds 53 bits, more than any list has answers.
    bit = np.array([float(1 << answers.index(a)) for a in held.categories] or [0.0])
    sums = np.bincount(flat.index.to_numpy(), weights=bit[held.codes.to_numpy()], minlength=len(lists))
    return sums.astype(np.int64)


def choose(*cases: tuple[Mask, int | Codes], otherwise: int | Codes) -> Codes:
    """The first case that holds decides, row by row."""
    rows = len(cases[0][0])
    result = np.full(rows, otherwise, dtype=np.int8) if isinstance(otherwise, int) else otherwise.copy()
    for condition, outcome in reversed(cases):
        np.copyto(result, np.int8(outcome) if isinstance(outcome, int) else outcome, where=condition)
    return result


def more_than_none(number: np.ndarray[Any, Any]) -> Codes:
    """The outcome of an amount that should be above zero."""
    return choose((number > 0, PASS), (np.isnan(number), UNKNOWN), otherwise=FAIL)


def clear_goal(c: Companies) -> dict[str, Codes]:
    """CG-01 to CG-07."""
    goals, no_goals = "business_goals", no_answer(c, "business_goals")
    real_goal = c.holds_other(goals, ["likes", "followers", "dont_know"])
    cg_03 = choose((c.missing[goals], UNKNOWN), (real_goal, PASS), otherwise=FAIL)
    # For dont_know there is no goal: it fails.
    no_reason_asked = ~c.given("has_clear_reason")
    instead = no_reason_asked & c.answered("expected_gain_stated", "yes") & real_goal
    acquire = c.holds("purposes", "acquire")
    return {
        "cg_01": choose((instead, PASS), otherwise=c.by_answer("has_clear_reason", MUST_KNOW)),
        "cg_02": c.by_answer("expected_gain_stated", MUST_KNOW),
        "cg_03": cg_03,
        "cg_04": choose(
            (acquire | c.holds(goals, "leads", "sales"), c.by_answer("knows_lead_path", MUST_KNOW)),
            (~no_goals, NOT_APPLICABLE),
            otherwise=c.by_answer("knows_lead_path", {"yes": PASS}),
        ),
        "cg_05": choose(
            (no_answer(c, "motives"), UNKNOWN), (c.holds_other("motives", POOR_MOTIVES), PASS), otherwise=FAIL
        ),
        "cg_06": choose(
            (c.missing["purposes"], UNKNOWN), (c.holds_other("purposes", ["dont_know"]), PASS), otherwise=FAIL
        ),
        "cg_07": c.not_empty("target_parties"),
    }


def no_answer(c: Companies, column: str) -> Mask:
    """Whether a list is missing or not known."""
    return c.missing[column] | c.holds(column, "dont_know")


def channel_fit(c: Companies) -> dict[str, Codes]:
    """CF-01 to CF-10; without accounts three of them have one outcome."""
    rows = len(c.names)
    return {
        "cf_01": c.by_answer("networks_identified", MUST_KNOW),
        "cf_04": c.by_answer("checked_web_analytics", YES),
        "cf_08": np.full(rows, NOT_APPLICABLE, dtype=np.int8),
        "cf_09": np.full(rows, UNKNOWN, dtype=np.int8),
        "cf_10": np.full(rows, NOT_APPLICABLE, dtype=np.int8),
    }


def sustained_resources(c: Companies) -> dict[str, Codes]:
    """SR-01 to SR-12."""
    weeks, hours, ads = (c.numbers[n] for n in ("commitment_weeks", "social_hours_week_available", "ad_budget_month"))
    for_good = c.answered("commitment_open_ended", "yes")
    pay, add = "can_pay_for_social", "can_add_to_workload"
    funded = "funded_activities"
    four = _mask(funded, ["discover", "curate", "publish", "respond"])
    nothing_known = no_answer(c, "purposes") & no_answer(c, "business_goals")
    reach_wanted = (
        c.holds("purposes", "acquire") | c.holds("business_goals", "awareness", "leads", "sales") | nothing_known
    )
    costs = ~np.isnan(c.numbers["social_budget_month"]) | (~np.isnan(c.numbers["labour_cost_hour"]) & ~np.isnan(hours))
    return {
        "sr_01": choose((for_good | (weeks > 8), PASS), (weeks <= 8, FAIL), otherwise=UNKNOWN),
        "sr_02": choose(
            (for_good | (weeks >= 52), PASS),
            ((weeks < 52) | c.answered("commitment_open_ended", "dont_know"), FAIL),
            otherwise=UNKNOWN,
        ),
        "sr_03": choose(
            (c.answered(pay, "yes") | c.answered(add, "yes"), PASS),
            (c.given(pay) & c.given(add), FAIL),
            otherwise=UNKNOWN,
        ),
        "sr_04": more_than_none(c.numbers["people_assigned"]),
        "sr_05": c.by_answer("social_tools_available", YES),
        "sr_06": more_than_none(hours),
        "sr_07": c.by_answer("has_social_strategy", MUST_KNOW),
        "sr_08": choose((c.missing[funded], UNKNOWN), ((c.bits[funded] & four) == four, PASS), otherwise=FAIL),
        "sr_09": choose(
            (~reach_wanted, NOT_APPLICABLE),
            ((ads > 0) | c.holds(funded, "promote"), PASS),
            ((ads == 0) | ~no_answer(c, funded), FAIL),
            otherwise=UNKNOWN,
        ),
        "sr_10": choose((costs, PASS), otherwise=UNKNOWN),
        "sr_11": np.full(len(weeks), UNKNOWN, dtype=np.int8),
        "sr_12": c.not_empty("other_promotion_channels"),
    }


def policy_present(c: Companies) -> dict[str, Codes]:
    """PP-01 to PP-07."""
    no_policy = c.answered("policy_exists", "no", "dont_know")
    unknown = no_answer(c, "policy_sections")

    def section(name: str) -> Codes:
        return choose((no_policy, FAIL), (c.holds("policy_sections", name), PASS), (unknown, UNKNOWN), otherwise=FAIL)

    return {
        "pp_01": c.by_answer("policy_exists", MUST_KNOW),
        "pp_02": section("engagement_rules"),
        "pp_03": section("routine_situations"),
        "pp_04": section("negative_mentions"),
        "pp_05": section("starting_conversations"),
        "pp_06": section("network_usage"),
        "pp_07": choose(
            (alone(c), NOT_APPLICABLE),
            (no_policy, FAIL),
            otherwise=c.by_answer("policy_shared_with_staff", MUST_KNOW),
        ),
    }


def alone(c: Companies) -> Mask:
    """Whether the company is one person."""
    highest = c.numbers["employee_count_max"]
    one: Mask = np.where(np.isnan(highest), c.numbers["employee_count"], highest) <= 1
    return one


def measurable_kpis(c: Companies, goal: dict[str, Codes]) -> dict[str, Codes]:
    """MK-01 to MK-08."""
    goals, kpis = "business_goals", "kpis"
    none, no_kpis, no_goals = c.bits[kpis] == 0, no_answer(c, kpis), no_answer(c, goals)
    matching = np.zeros(len(none), dtype=np.bool_)
    for wanted, figures in MATCHING.items():
        matching |= c.holds(goals, wanted) & c.holds(kpis, *figures.split())
    mk_02 = choose(
        (no_kpis, UNKNOWN),
        (none, FAIL),
        (no_goals, UNKNOWN),
        (~c.holds_other(goals, ["likes", "followers", "other"]), NOT_APPLICABLE),
        (matching, PASS),
        otherwise=FAIL,
    )
    together = (goal["cg_01"], goal["cg_03"], mk_02)
    absent = c.answered("has_social_presence", "no")
    return {
        "mk_01": choose((c.missing[kpis], UNKNOWN), (no_kpis | none, FAIL), otherwise=PASS),
        "mk_02": mk_02,
        "mk_03": c.by_answer("kpi_tools", MUST_KNOW),
        "mk_04": c.by_answer("measured_like_other_marketing", YES),
        "mk_05": choose(
            (no_kpis, UNKNOWN),
            (none, NOT_APPLICABLE),
            (c.holds_other(kpis, ["likes", "followers", "shares"]) | c.holds(goals, "awareness"), PASS),
            (no_goals, UNKNOWN),
            otherwise=FAIL,
        ),
        "mk_06": choose((absent, NOT_APPLICABLE), otherwise=c.by_answer("roi_tracked", MUST_KNOW)),
        "mk_07": choose((absent, NOT_APPLICABLE), otherwise=c.by_answer("results_used_to_improve", MUST_KNOW)),
        # Outcomes stand in this order: fail, unknown, pass; the least of the first two is never more than pass.
        "mk_08": np.minimum.reduce(together),
    }


def misconceptions(c: Companies) -> dict[str, Codes]:
    """MC-01 to MC-15."""
    months = c.numbers["roi_expected_within_months"]
    nothing = (c.numbers["social_budget_month"] == 0) & (c.numbers["social_hours_week_available"] == 0)
    seen = {"communication": PASS, "company_wide": PASS, "marketing_only": FAIL, "mainly_marketing": FAIL}
    free = c.by_answer("thinks_social_is_free", NO)
    plain = {
        "mc_03": "judges_roi_per_post",
        "mc_05": "thinks_posts_must_be_perfect",
        "mc_07": "thinks_every_business_needs_it",
        "mc_08": "thinks_audience_comes_by_itself",
        "mc_09": "thinks_must_join_now",
        "mc_10": "thinks_sure_thing",
        "mc_11": "thinks_likes_are_success",
        "mc_12": "thinks_must_be_everywhere",
        "mc_13": "thinks_idle_account_harmless",
        "mc_14": "thinks_delegating_fixes_fit",
        "mc_15": "compares_with_competitor_likes",
    }
    return {name: c.by_answer(column, NO) for name, column in plain.items()} | {
        "mc_01": c.by_answer("sees_social_as", seen),
        "mc_02": choose((months >= 3, PASS), (np.isnan(months), UNKNOWN), otherwise=FAIL),
        "mc_04": choose((alone(c), NOT_APPLICABLE), otherwise=c.by_answer("thinks_marketing_should_own", NO)),
        "mc_06": choose(((free == UNKNOWN) & nothing, FAIL), otherwise=free),
    }


def outcomes(companies: str) -> pd.DataFrame:
    """The outcome columns of workload A beside the names, in the order of the input."""
    c = Companies(companies)
    goal = clear_goal(c)
    codes = {
        **goal,
        **channel_fit(c),
        **sustained_resources(c),
        **policy_present(c),
        **measurable_kpis(c, goal),
        **misconceptions(c),
    }
    made = {name: pd.Categorical.from_codes(found, dtype=OUTCOME) for name, found in sorted(codes.items())}
    return pd.concat([c.names, pd.DataFrame(made)], axis="columns")


def main() -> None:
    """Reads one Parquet file and writes another."""
    source, target = sys.argv[1:]
    outcomes(source).to_parquet(target, compression="snappy", index=False)


if __name__ == "__main__":
    main()
