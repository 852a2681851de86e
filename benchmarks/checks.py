"""The checks of workload A for the engines whose rules are written from ``conditions``.

They are written as tersely as they can be, because each engine pays for every condition on every record. That
they say what the guidelines say is seen when the outcomes are compared, before anything is timed.
"""

from __future__ import annotations

from benchmarks.conditions import (
    Blank,
    Came,
    Check,
    Compares,
    Condition,
    Empty,
    Holds,
    HoldsOther,
    Is,
    Not,
    both,
    either,
)
from benchmarks.peers.answers import MATCHING, POOR_MOTIVES

PASS, FAIL, UNKNOWN, NOT_APPLICABLE = "pass", "fail", "unknown", "not_applicable"
GUIDELINES = (
    "clear_goal",
    "channel_fit",
    "sustained_resources",
    "policy_present",
    "measurable_kpis",
    "misconceptions",
)


def is_(fact: str, *answers: str) -> Is:
    """The answer is one of these."""
    return Is(fact, answers)


def holds(fact: str, *answers: str) -> Holds:
    """One of these is in the list."""
    return Holds(fact, answers)


def other(fact: str, *answers: str) -> HoldsOther:
    """Something else is in the list."""
    return HoldsOther(fact, answers)


def decide(*cases: tuple[Condition, str], otherwise: str = UNKNOWN) -> Check:
    """The first case that holds."""
    return Check(cases, otherwise)


def yes_passes(fact: str, *before: tuple[Condition, str]) -> Check:
    """A plain yes / no question."""
    return decide(*before, (is_(fact, "yes"), PASS), (is_(fact, "no"), FAIL))


def no_passes(fact: str, *before: tuple[Condition, str]) -> Check:
    """A question to which no is the good answer."""
    return decide(*before, (is_(fact, "no"), PASS), (is_(fact, "yes"), FAIL))


def must_know(fact: str, *before: tuple[Condition, str]) -> Check:
    """A yes / no question where not to know is bad in itself."""
    return decide(*before, (is_(fact, "yes"), PASS), (Blank(fact), UNKNOWN), otherwise=FAIL)


def amount(fact: str) -> Check:
    """An amount that should be above zero."""
    return decide((Compares(fact, ">", 0), PASS), (Blank(fact), UNKNOWN), otherwise=FAIL)


def not_empty(fact: str) -> Check:
    """A list that should hold something."""
    return decide((other(fact, "dont_know"), PASS), (Empty(fact), FAIL))


def section(name: str) -> Check:
    """A section of the policy; without a policy there is none."""
    sections = "policy_sections"
    return decide(
        (is_("policy_exists", "no", "dont_know"), FAIL),
        (holds(sections, name), PASS),
        (either(Blank(sections), holds(sections, "dont_know")), UNKNOWN),
        otherwise=FAIL,
    )


ALONE = either(
    Compares("employee_count_max", "<=", 1),
    both(Blank("employee_count_max"), Compares("employee_count", "<=", 1)),
)
NO_GOALS = either(Blank("business_goals"), holds("business_goals", "dont_know"))
ABSENT = is_("has_social_presence", "no")
MATCHED = either(
    *(both(holds("business_goals", goal), holds("kpis", *figures.split())) for goal, figures in MATCHING.items())
)

CHECKS: dict[str, Check] = {
    # cg_03 first, because others read it.
    "cg_03": decide(
        (other("business_goals", "likes", "followers", "dont_know"), PASS),
        (Blank("business_goals"), UNKNOWN),
        otherwise=FAIL,
    ),
    "cg_01": decide(
        (is_("has_clear_reason", "yes"), PASS),
        (is_("has_clear_reason", "no", "dont_know"), FAIL),
        (both(is_("expected_gain_stated", "yes"), Came("cg_03", PASS)), PASS),
    ),
    "cg_02": must_know("expected_gain_stated"),
    "cg_04": decide(
        (
            both(
                Not(holds("purposes", "acquire")),
                Not(holds("business_goals", "leads", "sales")),
                either(other("business_goals", "dont_know"), Empty("business_goals")),
            ),
            NOT_APPLICABLE,
        ),
        (is_("knows_lead_path", "yes"), PASS),
        (
            both(
                is_("knows_lead_path", "no", "dont_know"),
                either(holds("purposes", "acquire"), holds("business_goals", "leads", "sales")),
            ),
            FAIL,
        ),
    ),
    "cg_05": decide(
        (other("motives", *POOR_MOTIVES), PASS),
        (either(Blank("motives"), holds("motives", "dont_know")), UNKNOWN),
        otherwise=FAIL,
    ),
    "cg_06": decide((other("purposes", "dont_know"), PASS), (Blank("purposes"), UNKNOWN), otherwise=FAIL),
    "cg_07": not_empty("target_parties"),
    "cf_01": must_know("networks_identified"),
    "cf_04": yes_passes("checked_web_analytics"),
    "cf_08": decide(otherwise=NOT_APPLICABLE),
    "cf_09": decide(),
    "cf_10": decide(otherwise=NOT_APPLICABLE),
    "sr_01": decide(
        (either(is_("commitment_open_ended", "yes"), Compares("commitment_weeks", ">", 8)), PASS),
        (Blank("commitment_weeks"), UNKNOWN),
        otherwise=FAIL,
    ),
    "sr_02": decide(
        (either(is_("commitment_open_ended", "yes"), Compares("commitment_weeks", ">=", 52)), PASS),
        (either(Compares("commitment_weeks", "<", 52), is_("commitment_open_ended", "dont_know")), FAIL),
    ),
    "sr_03": decide(
        (either(is_("can_pay_for_social", "yes"), is_("can_add_to_workload", "yes")), PASS),
        (either(Blank("can_pay_for_social"), Blank("can_add_to_workload")), UNKNOWN),
        otherwise=FAIL,
    ),
    "sr_04": amount("people_assigned"),
    "sr_05": yes_passes("social_tools_available"),
    "sr_06": amount("social_hours_week_available"),
    "sr_07": must_know("has_social_strategy"),
    "sr_08": decide(
        (Blank("funded_activities"), UNKNOWN),
        (both(*(holds("funded_activities", a) for a in ("discover", "curate", "publish", "respond"))), PASS),
        otherwise=FAIL,
    ),
    "sr_09": decide(
        (
            both(
                Not(holds("purposes", "acquire")),
                Not(holds("business_goals", "awareness", "leads", "sales")),
                either(
                    other("purposes", "dont_know"),
                    Empty("purposes"),
                    other("business_goals", "dont_know"),
                    Empty("business_goals"),
                ),
            ),
            NOT_APPLICABLE,
        ),
        (either(Compares("ad_budget_month", ">", 0), holds("funded_activities", "promote")), PASS),
        (
            either(
                Compares("ad_budget_month", "=", 0),
                other("funded_activities", "dont_know"),
                Empty("funded_activities"),
            ),
            FAIL,
        ),
    ),
    "sr_10": decide(
        (Not(Blank("social_budget_month")), PASS),
        (either(Blank("labour_cost_hour"), Blank("social_hours_week_available")), UNKNOWN),
        otherwise=PASS,
    ),
    "sr_11": decide(),
    "sr_12": not_empty("other_promotion_channels"),
    "pp_01": must_know("policy_exists"),
    "pp_02": section("engagement_rules"),
    "pp_03": section("routine_situations"),
    "pp_04": section("negative_mentions"),
    "pp_05": section("starting_conversations"),
    "pp_06": section("network_usage"),
    "pp_07": decide(
        (ALONE, NOT_APPLICABLE),
        (either(is_("policy_exists", "no", "dont_know"), is_("policy_shared_with_staff", "no", "dont_know")), FAIL),
        (is_("policy_shared_with_staff", "yes"), PASS),
    ),
    "mk_01": decide((other("kpis", "dont_know"), PASS), (Blank("kpis"), UNKNOWN), otherwise=FAIL),
    "mk_02": decide(
        (either(Blank("kpis"), holds("kpis", "dont_know")), UNKNOWN),
        (Empty("kpis"), FAIL),
        (NO_GOALS, UNKNOWN),
        (Not(other("business_goals", "likes", "followers", "other")), NOT_APPLICABLE),
        (MATCHED, PASS),
        otherwise=FAIL,
    ),
    "mk_03": must_know("kpi_tools"),
    "mk_04": yes_passes("measured_like_other_marketing"),
    "mk_05": decide(
        (either(Blank("kpis"), holds("kpis", "dont_know")), UNKNOWN),
        (Empty("kpis"), NOT_APPLICABLE),
        (either(other("kpis", "likes", "followers", "shares"), holds("business_goals", "awareness")), PASS),
        (NO_GOALS, UNKNOWN),
        otherwise=FAIL,
    ),
    "mk_06": must_know("roi_tracked", (ABSENT, NOT_APPLICABLE)),
    "mk_07": must_know("results_used_to_improve", (ABSENT, NOT_APPLICABLE)),
    "mk_08": decide(
        (either(Came("cg_01", FAIL), Came("cg_03", FAIL), Came("mk_02", FAIL)), FAIL),
        (either(Came("cg_01", UNKNOWN), Came("cg_03", UNKNOWN), Came("mk_02", UNKNOWN)), UNKNOWN),
        otherwise=PASS,
    ),
    "mc_01": decide(
        (is_("sees_social_as", "communication", "company_wide"), PASS),
        (is_("sees_social_as", "marketing_only", "mainly_marketing"), FAIL),
    ),
    "mc_02": decide(
        (Compares("roi_expected_within_months", ">=", 3), PASS),
        (Blank("roi_expected_within_months"), UNKNOWN),
        otherwise=FAIL,
    ),
    "mc_03": no_passes("judges_roi_per_post"),
    "mc_04": no_passes("thinks_marketing_should_own", (ALONE, NOT_APPLICABLE)),
    "mc_05": no_passes("thinks_posts_must_be_perfect"),
    "mc_06": decide(
        (is_("thinks_social_is_free", "no"), PASS),
        (
            either(
                is_("thinks_social_is_free", "yes"),
                both(Compares("social_budget_month", "=", 0), Compares("social_hours_week_available", "=", 0)),
            ),
            FAIL,
        ),
    ),
    "mc_07": no_passes("thinks_every_business_needs_it"),
    "mc_08": no_passes("thinks_audience_comes_by_itself"),
    "mc_09": no_passes("thinks_must_join_now"),
    "mc_10": no_passes("thinks_sure_thing"),
    "mc_11": no_passes("thinks_likes_are_success"),
    "mc_12": no_passes("thinks_must_be_everywhere"),
    "mc_13": no_passes("thinks_idle_account_harmless"),
    "mc_14": no_passes("thinks_delegating_fixes_fit"),
    "mc_15": no_passes("compares_with_competitor_likes"),
}
"""Per check, in an order in which each comes after those it reads."""
