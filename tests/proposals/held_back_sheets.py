"""Sheets that no synonym was written for: what a new customer might bring."""

from __future__ import annotations

from .foreign_sheets import EACH, YES_NO, Sheet

ONBOARDING = Sheet(
    "onboarding",
    "companies",
    (
        ("Organization ID", "company_id", ("5#",)),
        ("Organization - Name", "company_name", ("Acme #", "Best #")),
        ("Organization - Owner", None, ("Rep One",)),
        ("Organization - Open deals", None, ("0", "2")),
        ("Organization - Address", None, ("1 Quay Street, Cork",)),
        ("Sector", "industry", ("retail", "food")),
        ("Headcount", "employee_count", ("4", "18", "")),
        ("Country code", "country", ("IE", "FI")),
        ("Currency", "currency", ("EUR",)),
        ("Sells to (B2B/B2C)", "business_model", ("B2B", "B2C")),
        ("Avg. ticket size", "typical_price", ("40", "99.90")),
        ("Lead time to sale (days)", "sales_cycle_days", ("3", "30")),
        ("Branches", "n_locations", ("1", "2")),
        ("Active customers", "existing_customers", ("120", "40")),
        ("Written social media guidelines", "policy_exists", YES_NO),
        ("Social media plan", "has_social_strategy", YES_NO),
        ("Person in charge of social", "strategy_owner", ("marketing", "owner")),
        ("Weekly hours for social media", "social_hours_week_available", ("3", "8")),
        ("Ad budget per month", "ad_budget_month", ("100", "0")),
        ("Agency fee per month", "outsourcing_budget_month", ("400", "0")),
        ("Objectives", "business_goals", ("leads;sales", "awareness")),
        ("Metrics", "kpis", ("reach", "sales;leads")),
        ("Process for online complaints", "complaint_process", YES_NO),
        ("Brand monitoring", "monitors_mentions", YES_NO),
        ("ROI measured monthly", "roi_tracked", YES_NO),
        ("Knowledge base", "has_knowledge_base", YES_NO),
        ("Leadership support", "leadership_buy_in", ("yes", "partial", "no")),
        ("Facebook link", EACH, ("https://facebook.com/acme#", "")),
        ("Insta", EACH, ("@acme#", "")),
        ("Date filled in", "as_of_date", ("2025-10-01", "2025-09-20")),
        ("Notes", None, ("", "Call back")),
    ),
)

CHANNELS = Sheet(
    "kanaele",
    "accounts",
    (
        ("Kundennummer", "company_id", ("K-1#",)),
        ("Kanal", "network", ("Instagram", "Facebook", "XING")),
        ("Profilname", "handle", ("hafen#", "huegel#")),
        ("Link", "url", ("https://instagram.com/hafen#", "")),
        ("Abonnenten", "followers", ("1200", "89")),
        ("Letzter Beitrag", "last_post_on", ("28.09.2025", "01.04.2025")),
        ("Eröffnet am", "opened_on", ("01.05.2019", "13.01.2021")),
        ("Betreuer", "managed_by", ("Marketing", "Agency")),
        ("Stunden pro Woche", "hours_week", ("2", "0,5")),
        ("Beiträge pro Woche", None, ("3", "1")),
        ("Passwort bekannt", None, ("ja", "nein")),
    ),
)

HELD_BACK = (ONBOARDING, CHANNELS)
