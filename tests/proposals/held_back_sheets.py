"""Sheets that were tried for the first time when synonyms and thresholds were settled."""

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

ACCOUNTS_MODULE = Sheet(
    "accounts_module",
    "companies",
    (
        ("Record Id", "company_id", ("448000000#",)),
        ("Account Name", "company_name", ("Acme #", "Best #")),
        ("Account Owner", None, ("Rep One", "Rep Two")),
        ("Website", None, ("acme.example", "")),
        ("Ticker Symbol", None, ("ACM", "")),
        ("Parent Account", None, ("", "Holding")),
        ("Employees", "employee_count", ("10", "0", "")),
        ("Ownership", None, ("Private", "Public")),
        ("Industry", "industry", ("Communications", "Retail")),
        ("Account Type", None, ("Customer", "Prospect")),
        ("Account Number", None, ("0", "17")),
        ("Account Site", None, ("Headquarters", "London")),
        ("Phone", None, ("555 0100", "")),
        ("Fax", None, ("", "555 0101")),
        ("Rating", None, ("Active", "Acquired")),
        ("SIC Code", None, ("5411", "0")),
        ("Annual Revenue", None, ("1000000", "0")),
        ("Billing Street", None, ("1 Quay Street", "")),
        ("Billing City", None, ("Cork", "Turku")),
        ("Billing Code", None, ("T12", "20100")),
        ("Billing Country", "country", ("Ireland", "Finland")),
        ("Created Time", None, ("2025-01-02 10:00:00", "2025-02-03 11:00:00")),
        ("Modified Time", None, ("2025-03-02 10:00:00", "2025-04-03 11:00:00")),
        ("Last Activity Time", None, ("2025-03-02 10:00:00", "")),
        ("Currency", "currency", ("EUR", "USD")),
        ("Exchange Rate", None, ("1", "1.1")),
        ("Tag", None, ("", "vip")),
    ),
)

INVENTORY = Sheet(
    "inventory",
    "accounts",
    (
        ("Client", None, ("Acme", "Best")),
        ("Client No.", "company_id", ("17#",)),
        ("Network", "network", ("Instagram", "YouTube", "Pinterest")),
        ("Handle", "handle", ("@acme#", "@best#")),
        ("Bio", None, ("We bake.", "")),
        ("Hashtags", None, ("#bread", "")),
        ("Link in Profile", None, ("https://acme.example", "")),
        ("Verified", None, ("Y", "N")),
        ("Channel Owner", None, ("A. Muster", "Social Marketing Team")),
        ("Mission Statement", None, ("To show what we bake", "")),
        ("KPIs", None, ("Engagement rate", "Followers")),
        ("Most Recent Post", "last_post_on", ("2025-10-01", "2024-01-15")),
        ("Audience demographics", None, ("25-34", "")),
        ("Keep / Deactivate", None, ("Keep", "Deactivate")),
        ("Followers", "followers", ("100", "2500")),
        ("Avg. likes per post", None, ("12", "3")),
        ("Notes", None, ("", "inactive")),
    ),
)
"""The columns of a widely used audit template, and those of the accounts of a customer database."""

HELD_BACK = (ONBOARDING, CHANNELS, ACCOUNTS_MODULE, INVENTORY)
