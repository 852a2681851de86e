"""The closed sets of answers that workload A reads, for the peers that are written by hand."""

from __future__ import annotations


def words(text: str) -> list[str]:
    """The words of a text."""
    return text.split()


ANSWERS = {
    "business_goals": words("""leads sales retention support awareness reputation partners feedback recruiting traffic
        donations volunteers_members visits_bookings community education likes followers other dont_know"""),
    "kpis": words("""likes followers shares sentiment mentions engagement reach traffic clicks saves leads cost_per_lead
        sales conversion retention repeat_sales response_time resolution_rate support_cases recruits
        partner_contacts feedback_items bookings calls visits directions reviews rating donations sign_ups other
        dont_know"""),
    "purposes": ["acquire", "retain", "support", "dont_know"],
    "motives": words("""business_goal reach_new keep_in_touch give_support customers_ask_for_it recruiting reputation
        feedback early_adopter competitors_do_it gurus_say_so fashionable should_be_there others_succeed likes memes
        feels_good must_be_now friends_urge other dont_know"""),
    "funded_activities": ["discover", "curate", "publish", "respond", "promote", "dont_know"],
    "policy_sections": words("""engagement_rules routine_situations negative_mentions starting_conversations
        network_usage dont_know"""),
}
POOR_MOTIVES = words("""competitors_do_it fashionable feels_good friends_urge gurus_say_so likes memes must_be_now
    others_succeed should_be_there dont_know""")
MATCHING = {
    "leads": "calls conversion cost_per_lead leads sign_ups",
    "sales": "bookings conversion sales",
    "retention": "repeat_sales retention",
    "support": "resolution_rate response_time sentiment support_cases",
    "awareness": "engagement followers likes mentions reach shares traffic",
    "reputation": "mentions rating reviews sentiment",
    "partners": "leads partner_contacts",
    "feedback": "engagement feedback_items mentions sentiment",
    "recruiting": "recruits",
    "traffic": "clicks traffic",
    "donations": "donations",
    "volunteers_members": "sign_ups",
    "visits_bookings": "bookings calls directions visits",
    "community": "engagement mentions sign_ups",
    "education": "engagement reach saves",
}
"""The figures that show whether a goal is reached."""
