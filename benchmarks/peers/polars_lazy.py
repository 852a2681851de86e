"""Workload A as somebody writes it who knows Polars well: a lazy scan streamed to a Parquet file.

A list of answers from a closed set becomes a number with a bit for each answer, once; what checks ask about it
are then operations on whole columns of integers. Outcomes are an Enum from the start. Cells are taken to be
clean: no answer outside the set, none twice in a list, ``dont_know`` alone in its list.

Run as ``python -m benchmarks.peers.polars_lazy COMPANIES OUTPUT``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

import polars as pl

from benchmarks.peers.answers import ANSWERS, MATCHING, POOR_MOTIVES

OUTCOME = pl.Enum(["fail", "unknown", "pass", "not_applicable"])
PASS, FAIL, UNKNOWN, NOT_APPLICABLE = (
    pl.lit(outcome, dtype=OUTCOME) for outcome in ("pass", "fail", "unknown", "not_applicable")
)


def bits(column: str) -> pl.Expr:
    """A list of answers as a number with a bit for each; null stays null, no answer is 0."""
    values = {answer: 1 << position for position, answer in enumerate(ANSWERS[column])}
    number = pl.element().replace_strict(values, return_dtype=pl.UInt32)
    return pl.col(column).list.eval(number).list.sum().cast(pl.UInt32).alias(f"{column}_bits")


def mask(column: str, answers: Iterable[str]) -> int:
    """The bits of some answers."""
    return sum(1 << ANSWERS[column].index(answer) for answer in answers)


def holds(column: str, *answers: str) -> pl.Expr:
    """Whether a list holds one of the answers; null where it is null."""
    return (pl.col(f"{column}_bits") & mask(column, answers)) != 0


def holds_other(column: str, answers: Iterable[str]) -> pl.Expr:
    """Whether a list holds an answer that is none of these; null where it is null."""
    return (pl.col(f"{column}_bits") & mask(column, set(ANSWERS[column]) - set(answers))) != 0


def yes_passes(answer: str) -> pl.Expr:
    """The outcome of a plain yes / no question."""
    given = pl.col(answer)
    return pl.when(given == "yes").then(PASS).when(given == "no").then(FAIL).otherwise(UNKNOWN)


def no_passes(answer: str) -> pl.Expr:
    """The outcome of a question to which no is the good answer."""
    given = pl.col(answer)
    return pl.when(given == "no").then(PASS).when(given == "yes").then(FAIL).otherwise(UNKNOWN)


def must_know(answer: str) -> pl.Expr:
    """The outcome of a yes / no question where not to know is bad in itself."""
    given = pl.col(answer)
    return pl.when(given == "yes").then(PASS).when(given.is_not_null()).then(FAIL).otherwise(UNKNOWN)


def judged(passes: pl.Expr) -> pl.Expr:
    """The outcome of a three-valued condition."""
    return pl.when(passes).then(PASS).when(passes.is_null()).then(UNKNOWN).otherwise(FAIL)


def not_empty(column: str) -> pl.Expr:
    """The outcome of a list with anything in it; not to know is unknown."""
    held = pl.col(column)
    return (
        pl.when(held.is_null() | (held.list.first() == "dont_know").fill_null(False))
        .then(UNKNOWN)
        .when(held.list.len() > 0)
        .then(PASS)
        .otherwise(FAIL)
    )


def section_passes(section: str) -> pl.Expr:
    """Whether the policy has a section; without a policy it has none."""
    return (
        pl.when(pl.col("no_policy"))
        .then(FAIL)
        .when(holds("policy_sections", section))
        .then(PASS)
        .when(pl.col("policy_sections_bits").is_null() | holds("policy_sections", "dont_know"))
        .then(UNKNOWN)
        .otherwise(FAIL)
    )


def shared() -> list[pl.Expr]:
    """What several checks ask."""
    no_goals = pl.col("business_goals_bits").is_null() | holds("business_goals", "dont_know")
    no_kpis = pl.col("kpis_bits").is_null() | holds("kpis", "dont_know")
    return [
        (pl.coalesce("employee_count_max", "employee_count") <= 1).alias("alone"),
        pl.col("policy_exists").is_in(["no", "dont_know"]).alias("no_policy"),
        no_goals.alias("no_goals"),
        no_kpis.alias("no_kpis"),
        holds("purposes", "acquire").fill_null(False).alias("acquire"),
        judged(holds_other("business_goals", ["likes", "followers", "dont_know"])).alias("cg_03"),
    ]


def goals_and_figures() -> list[pl.Expr]:
    """The checks that MK-08 puts together."""
    reason = pl.col("has_clear_reason")
    matching = pl.any_horizontal(
        holds("business_goals", goal) & holds("kpis", *figures.split()) for goal, figures in MATCHING.items()
    )
    return [
        pl.when(reason == "yes")
        .then(PASS)
        .when(reason.is_not_null())
        .then(FAIL)
        .when((pl.col("expected_gain_stated") == "yes") & (pl.col("cg_03") == "pass"))
        .then(PASS)
        .otherwise(UNKNOWN)
        .alias("cg_01"),
        pl.when("no_kpis")
        .then(UNKNOWN)
        .when(pl.col("kpis_bits") == 0)
        .then(FAIL)
        .when("no_goals")
        .then(UNKNOWN)
        .when(~holds_other("business_goals", ["likes", "followers", "other"]))
        .then(NOT_APPLICABLE)
        .when(matching)
        .then(PASS)
        .otherwise(FAIL)
        .alias("mk_02"),
    ]


def clear_goal() -> dict[str, pl.Expr]:
    """CG-04 to CG-07; those before stand elsewhere."""
    purposes = pl.col("purposes_bits")
    leads_to = pl.col("knows_lead_path")
    return {
        "cg_02": must_know("expected_gain_stated"),
        "cg_04": pl.when(pl.col("acquire") | holds("business_goals", "leads", "sales"))
        .then(must_know("knows_lead_path"))
        .when(~pl.col("no_goals"))
        .then(NOT_APPLICABLE)
        .when(leads_to == "yes")
        .then(PASS)
        .otherwise(UNKNOWN),
        "cg_05": pl.when(holds("motives", "dont_know"))
        .then(UNKNOWN)
        .otherwise(judged(holds_other("motives", POOR_MOTIVES))),
        # Each answer there is passes, so what is left is none and dont_know.
        "cg_06": judged((purposes & mask("purposes", ["acquire", "retain", "support"])) != 0),
        "cg_07": not_empty("target_parties"),
    }


def channel_fit() -> dict[str, pl.Expr]:
    """CF-01 to CF-10; without accounts three of them have one outcome."""
    return {
        "cf_01": must_know("networks_identified"),
        "cf_04": yes_passes("checked_web_analytics"),
        "cf_08": NOT_APPLICABLE,
        "cf_09": UNKNOWN,
        "cf_10": NOT_APPLICABLE,
    }


def sustained_resources() -> dict[str, pl.Expr]:
    """SR-01 to SR-12."""
    open_ended, weeks = pl.col("commitment_open_ended"), pl.col("commitment_weeks")
    pay, add = pl.col("can_pay_for_social"), pl.col("can_add_to_workload")
    hours, budget, ads = (pl.col(c) for c in ("social_hours_week_available", "social_budget_month", "ad_budget_month"))
    no_purposes = pl.col("purposes_bits").is_null() | holds("purposes", "dont_know")
    reach_wanted = (
        pl.col("acquire")
        | holds("business_goals", "awareness", "leads", "sales").fill_null(False)
        | (pl.col("no_goals") & no_purposes)
    )
    funded = pl.col("funded_activities_bits")
    four = mask("funded_activities", ["discover", "curate", "publish", "respond"])
    return {
        "sr_01": pl.when((open_ended == "yes") | (weeks > 8)).then(PASS).when(weeks <= 8).then(FAIL).otherwise(UNKNOWN),
        "sr_02": pl.when((open_ended == "yes") | (weeks >= 52))
        .then(PASS)
        .when((weeks < 52) | (open_ended == "dont_know"))
        .then(FAIL)
        .otherwise(UNKNOWN),
        "sr_03": pl.when((pay == "yes") | (add == "yes"))
        .then(PASS)
        .when(pay.is_null() | add.is_null())
        .then(UNKNOWN)
        .otherwise(FAIL),
        "sr_04": judged(pl.col("people_assigned") > 0),
        "sr_05": yes_passes("social_tools_available"),
        "sr_06": judged(hours > 0),
        "sr_07": must_know("has_social_strategy"),
        "sr_08": judged((funded & four) == four),
        "sr_09": pl.when(~reach_wanted)
        .then(NOT_APPLICABLE)
        .when((ads > 0) | holds("funded_activities", "promote"))
        .then(PASS)
        .when((ads == 0) | ~holds("funded_activities", "dont_know"))
        .then(FAIL)
        .otherwise(UNKNOWN),
        "sr_10": pl.when(budget.is_not_null() | (pl.col("labour_cost_hour").is_not_null() & hours.is_not_null()))
        .then(PASS)
        .otherwise(UNKNOWN),
        "sr_11": UNKNOWN,
        "sr_12": not_empty("other_promotion_channels"),
    }


def policy_present() -> dict[str, pl.Expr]:
    """PP-01 to PP-07."""
    known = pl.col("policy_shared_with_staff")
    return {
        "pp_01": must_know("policy_exists"),
        "pp_02": section_passes("engagement_rules"),
        "pp_03": section_passes("routine_situations"),
        "pp_04": section_passes("negative_mentions"),
        "pp_05": section_passes("starting_conversations"),
        "pp_06": section_passes("network_usage"),
        "pp_07": pl.when("alone")
        .then(NOT_APPLICABLE)
        .when(pl.col("no_policy") | known.is_in(["no", "dont_know"]))
        .then(FAIL)
        .when(known == "yes")
        .then(PASS)
        .otherwise(UNKNOWN),
    }


def measurable_kpis() -> dict[str, pl.Expr]:
    """MK-01 to MK-08."""
    there = pl.col("has_social_presence")
    together = [pl.col(name) for name in ("cg_01", "cg_03", "mk_02")]
    kpis = pl.col("kpis_bits")
    return {
        "mk_01": pl.when(kpis.is_null()).then(UNKNOWN).when(pl.col("no_kpis") | (kpis == 0)).then(FAIL).otherwise(PASS),
        "mk_03": must_know("kpi_tools"),
        "mk_04": yes_passes("measured_like_other_marketing"),
        "mk_05": pl.when("no_kpis")
        .then(UNKNOWN)
        .when(kpis == 0)
        .then(NOT_APPLICABLE)
        .when(holds_other("kpis", ["likes", "followers", "shares"]) | holds("business_goals", "awareness"))
        .then(PASS)
        .when("no_goals")
        .then(UNKNOWN)
        .otherwise(FAIL),
        "mk_06": pl.when(there == "no").then(NOT_APPLICABLE).otherwise(must_know("roi_tracked")),
        "mk_07": pl.when(there == "no").then(NOT_APPLICABLE).otherwise(must_know("results_used_to_improve")),
        "mk_08": pl.when(pl.any_horizontal(o == "fail" for o in together))
        .then(FAIL)
        .when(pl.any_horizontal(o == "unknown" for o in together))
        .then(UNKNOWN)
        .otherwise(PASS),
    }


def misconceptions() -> dict[str, pl.Expr]:
    """MC-01 to MC-15."""
    seen, free = pl.col("sees_social_as"), pl.col("thinks_social_is_free")
    nothing_set_aside = (pl.col("social_budget_month") == 0) & (pl.col("social_hours_week_available") == 0)
    return {
        "mc_01": pl.when(seen.is_in(["communication", "company_wide"]))
        .then(PASS)
        .when(seen.is_null() | (seen == "dont_know"))
        .then(UNKNOWN)
        .otherwise(FAIL),
        "mc_02": judged(pl.col("roi_expected_within_months") >= 3),
        "mc_03": no_passes("judges_roi_per_post"),
        "mc_04": pl.when("alone").then(NOT_APPLICABLE).otherwise(no_passes("thinks_marketing_should_own")),
        "mc_05": no_passes("thinks_posts_must_be_perfect"),
        "mc_06": pl.when(free == "no")
        .then(PASS)
        .when((free == "yes") | nothing_set_aside)
        .then(FAIL)
        .otherwise(UNKNOWN),
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


def outcomes(companies: pl.LazyFrame) -> pl.LazyFrame:
    """The outcome columns of workload A beside the names, in the order of the input."""
    parts = (clear_goal, channel_fit, sustained_resources, policy_present, measurable_kpis, misconceptions)
    checks = {name: check for part in parts for name, check in part().items()}
    order = sorted([*checks, "cg_01", "cg_03", "mk_02"])
    return (
        companies.with_columns(bits(column) for column in ANSWERS)
        .with_columns(shared())
        .with_columns(goals_and_figures())
        .select("company_id", "company_name", *(checks[n].alias(n) if n in checks else n for n in order))
    )


def main() -> None:
    """Reads one Parquet file and writes another."""
    source, target = sys.argv[1:]
    outcomes(pl.scan_parquet(source)).sink_parquet(target, compression="snappy")


if __name__ == "__main__":
    main()
