"""Two companies about which nothing is wrong: one that is ready to start, one that may keep everything."""

from __future__ import annotations

import copy
from typing import Any

from .shared import Record

FITTING: Record = {
    "suits_business": "yes",
    "fits_goal": "yes",
    "audience_present": "yes",
    "audience_reachable": "yes",
    "buyers_present": "yes",
    "customers_active": "yes",
}
"""What makes a network the right one."""

PLANNED_ACCOUNT: Record = {"network": "instagram", "status": "planned", **FITTING}

OPEN_ACCOUNT: Record = {
    "network": "instagram",
    "status": "open",
    **FITTING,
    "opened_on": "2021-03-01",
    "last_post_on": "2026-10-28",
    "messages_30d": 10,
    "messages_answered_30d": 10,
    "complaints_90d": 0,
    "content_interesting": "yes",
    "content_adds_value": "yes",
    "time_sufficient": "yes",
    "clear_benefit": "yes",
    "tactics_suitable": "yes",
    "objectives_met": "yes",
    "analysis_done": "yes",
    "hours_week": 2,
}

COMPANY: Record = {
    "as_of_date": "2026-11-01",
    "employee_count": 12,
    "business_model": "b2c",
    "purchase_frequency": "repeat",
    "existing_customers_level": "many",
    "target_parties": ["customers"],
    "has_clear_reason": "yes",
    "expected_gain_stated": "yes",
    "business_goals": ["sales", "retention"],
    "purposes": ["retain", "acquire"],
    "motives": ["business_goal"],
    "knows_lead_path": "yes",
    "networks_identified": "yes",
    "has_social_strategy": "yes",
    "plan_components": ["goal", "audience", "networks", "content", "people", "tools", "time", "budget"],
    "strategy_scope": "company",
    "strategy_owner": "executives",
    "has_outside_owners": "no",
    "leaders_involved": "all",
    "leadership_understands": "yes",
    "leadership_buy_in": "yes",
    "leadership_tracks_social": "yes",
    "buy_in_levels": ["executives", "managers", "staff"],
    "departments": ["operations"],
    "departments_prepared": ["operations"],
    "staff_levels_prepared": ["executives", "managers", "staff"],
    "impact_areas_considered": ["sales", "customer_support", "customer_satisfaction"],
    "stakeholders_considered": ["customers", "competitors", "industry", "employees", "prospects"],
    "channels_aligned": "yes",
    "comfortable_transparent": "yes",
    "comfortable_authentic": "yes",
    "relies_on_secrecy": "no",
    "public_commitments": "no",
    "social_functions": ["owner", "marketing"],
    "reply_functions": ["owner"],
    "commitment_open_ended": "yes",
    "can_pay_for_social": "yes",
    "people_assigned": 1,
    "social_tools_available": "yes",
    "social_hours_week_available": 6,
    "funded_activities": ["discover", "curate", "publish", "respond", "promote"],
    "other_work_crowded_out": "no",
    "keeper_over_half": "no",
    "keeper_is_dedicated": "no",
    "pipeline_exists": "yes",
    "pipeline_topics": ["customer_service", "product_feedback"],
    "pipeline_owner_named": "yes",
    "pipeline_working_hours": 8,
    "complaint_process": "yes",
    "error_recovery_plan": "yes",
    "policy_exists": "yes",
    "kpis": ["sales", "repeat_sales"],
    "kpi_tools": "yes",
    "roi_tracked": "yes",
    "sees_social_as": "company_wide",
    "judges_roi_per_post": "no",
    "roi_expected_within_months": 18,
    "social_lost_sales": "no",
    "past_failed_attempts": 0,
    "under_public_criticism": "no",
    "social_beats_alternative": "better",
    "retention_time_worth": "yes",
    "conversion_path": "yes",
    "things_to_offer": ["new_products", "opening_hours"],
    "many_need_immediate_help": "no",
    "social_watch_staffed": "no",
    "social_best_support_place": "no",
}


def absent(accounts: list[Record] | None = None, **changes: Any) -> Record:
    """A company that is ready to start, with one network planned, but for the changes (None: not known)."""
    return _changed([PLANNED_ACCOUNT] if accounts is None else accounts, {"has_social_presence": "no", **changes})


def present(accounts: list[Record] | None = None, **changes: Any) -> Record:
    """A company that may keep its one account, but for the changes (None: not known)."""
    return _changed([OPEN_ACCOUNT] if accounts is None else accounts, {"has_social_presence": "yes", **changes})


def planned(**changes: Any) -> Record:
    """A planned account that fits, but for the changes."""
    return {k: v for k, v in {**PLANNED_ACCOUNT, **changes}.items() if v is not None}


def opened(**changes: Any) -> Record:
    """An open account worth keeping, but for the changes."""
    return {k: v for k, v in {**OPEN_ACCOUNT, **changes}.items() if v is not None}


def _changed(accounts: list[Record], changes: Record) -> Record:
    record = {k: v for k, v in {**COMPANY, **changes}.items() if v is not None}
    return copy.deepcopy({**record, "accounts": accounts, "staff": []})
