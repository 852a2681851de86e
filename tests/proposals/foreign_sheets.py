"""Sheets as customer databases, audit templates, reports and questionnaires name their columns.

Each column stands with its header, the fact it holds (None: none that the rulebook has; ``EACH``: an account per filled
cell) and a few cells. Nothing here was taken from a real customer.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

ROWS = 12
EACH = "each"
YES_NO = ("Yes", "No", "Yes", "")


@dataclass(frozen=True)
class Sheet:
    """A sheet: which table it is for, and per column the header, the fact and cells that are repeated to fill it."""

    name: str
    table: str
    columns: tuple[tuple[str, str | None, tuple[str, ...]], ...]

    def write(self, folder: Path) -> Path:
        """The sheet as a CSV file."""
        path = folder / f"{self.name}.csv"
        with path.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.writer(handle)
            writer.writerow([header for header, _, _ in self.columns])
            for row in range(ROWS):
                writer.writerow([self._cell(cells, row) for _, _, cells in self.columns])
        return path

    @staticmethod
    def _cell(cells: tuple[str, ...], row: int) -> str:
        # A cell with # is numbered, so that keys differ.
        return cells[row % len(cells)].replace("#", str(row + 1))

    @property
    def truth(self) -> dict[str, str | None]:
        """The fact that each column holds."""
        return {header: fact for header, fact, _ in self.columns}


INTAKE = Sheet(
    "intake",
    "companies",
    (
        ("Client ID", "company_id", ("C-00#",)),
        ("Client Name", "company_name", ("Harbour Bakery #", "Hill Dental #")),
        ("Country", "country", ("IE", "FI")),
        ("Industry / Sector", "industry", ("retail", "health", "food")),
        ("No. of Employees", "employee_count", ("6", "14", "2.5", "")),
        ("B2B / B2C", "business_model", ("B2B", "B2C", "both")),
        ("Number of locations", "n_locations", ("1", "3", "")),
        ("Years in operation", "years_in_business", ("4", "20", "11")),
        ("Average order value", "typical_price", ("35", "120.50", "")),
        ("Sales cycle (days)", "sales_cycle_days", ("2", "30", "")),
        ("Number of existing customers", "existing_customers", ("120", "40", "")),
        ("Are competitors on social media?", "competitors_on_social", YES_NO),
        ("Social media strategy in place?", "has_social_strategy", YES_NO),
        ("Social media policy?", "policy_exists", YES_NO),
        ("Monthly social media budget", "social_budget_month", ("500", "0", "1200.50")),
        ("Monthly ad spend", "ad_budget_month", ("100", "0", "")),
        ("Hours per week available for social", "social_hours_week_available", ("5", "2.5", "10")),
        ("Who owns social media?", "strategy_owner", ("marketing", "owner", "agency", "nobody")),
        ("Business goals", "business_goals", ("leads;sales", "awareness", "sales;retention")),
        ("KPIs tracked", "kpis", ("likes;reach", "leads", "followers;sales")),
        ("Complaint handling process?", "complaint_process", YES_NO),
        ("Monitors brand mentions?", "monitors_mentions", YES_NO),
        ("Tracks social media ROI?", "roi_tracked", YES_NO),
        ("FAQ page?", "has_faq", YES_NO),
        ("Management buy-in", "leadership_buy_in", ("yes", "partial", "no")),
        ("Failed attempts in the past", "past_failed_attempts", ("0", "1", "2")),
        ("People working on social media", "people_assigned", ("1", "0.5", "2")),
        ("Contract length (weeks)", "commitment_weeks", ("26", "52", "12")),
        ("Target audience", "target_parties", ("customers;partners", "patients", "guests")),
        ("Date of assessment", "as_of_date", ("2025-10-01", "2025-09-15")),
    ),
)

HUBSPOT = Sheet(
    "hubspot",
    "companies",
    (
        ("Record ID", "company_id", ("880123450#",)),
        ("Company name", "company_name", ("Acme #", "Best Shoes #")),
        ("Company owner", None, ("Rep One", "Rep Two")),
        ("Create Date", None, ("2024-02-03 11:05", "2023-11-30 09:12")),
        ("Phone Number", None, ("+353 1 555 0100", "")),
        ("Last Activity Date", None, ("2025-08-03 11:05", "")),
        ("City", None, ("Cork", "Turku")),
        ("Country/Region", "country", ("Ireland", "Finland")),
        ("Postal Code", None, ("20100", "T12")),
        ("Industry", "industry", ("RETAIL", "CONSUMER_SERVICES")),
        ("Number of Employees", "employee_count", ("10", "250", "")),
        ("Annual Revenue", None, ("1000000", "")),
        ("Website URL", None, ("https://acme.example", "best.example")),
        ("Company Domain Name", None, ("acme.example", "best.example")),
        ("Year Founded", None, ("1998", "2012", "")),
        ("Facebook Company Page", EACH, ("https://facebook.com/acme#", "")),
        ("LinkedIn Company Page", EACH, ("https://www.linkedin.com/company/acme#", "")),
        ("Twitter Handle", EACH, ("acme#", "", "@best#")),
        ("Twitter Followers", None, ("120", "")),
        ("Facebook Fans", None, ("90", "")),
        ("LinkedIn Bio", None, ("We make shoes for people who walk.", "")),
        ("Lifecycle Stage", None, ("Customer", "Lead")),
        ("Lead Status", None, ("Open", "In Progress")),
        ("Time Zone", None, ("Europe/Dublin", "")),
        ("Type", None, ("Prospect", "Partner")),
        ("Description", None, ("Shoes.", "")),
        ("Number of Associated Contacts", None, ("3", "1")),
        ("Number of Associated Deals", None, ("0", "2")),
        ("Is Public", None, ("false", "true")),
        ("Parent Company", None, ("", "Holding")),
    ),
)

SALESFORCE = Sheet(
    "salesforce",
    "companies",
    (
        ("Account ID", "company_id", ("0015g00000XyZ#",)),
        ("Account Name", "company_name", ("Acme #", "Best #")),
        ("Account Owner", None, ("Rep One", "Rep Two")),
        ("Account Source", None, ("Web", "Trade Show")),
        ("Billing City", None, ("Cork", "Turku")),
        ("Billing Country", "country", ("Ireland", "Finland")),
        ("Account Currency", "currency", ("EUR", "USD")),
        ("Employees", "employee_count", ("10", "250", "")),
        ("Annual Revenue", None, ("1000000", "")),
        ("Industry", "industry", ("Retail", "Hospitality")),
        ("Ownership", None, ("Private", "Public")),
        ("Parent Account ID", None, ("", "0015g00000AAA")),
        ("Rating", None, ("Hot", "Cold")),
        ("SIC Code", None, ("5411", "")),
        ("Type", None, ("Customer - Direct", "Prospect")),
        ("Website", None, ("https://acme.example", "")),
        ("Phone", None, ("+353 1 555 0100", "")),
        ("Last Modified Date", None, ("2025-08-03", "2025-07-12")),
        ("Number of Locations", "n_locations", ("1", "12")),
        ("Facebook URL", EACH, ("https://facebook.com/acme#", "")),
    ),
)

GERMAN = Sheet(
    "agentur",
    "companies",
    (
        ("Kundennummer", "company_id", ("K-1#",)),
        ("Firma", "company_name", ("Bäckerei Hafen #", "Zahnarztpraxis Hügel #")),
        ("Ansprechpartner", None, ("A. Muster", "B. Muster")),
        ("E-Mail", None, ("info@hafen.example", "")),
        ("Telefon", None, ("030 555 0100", "")),
        ("PLZ", None, ("10115", "01067")),
        ("Ort", None, ("Berlin", "Dresden")),
        ("Land", "country", ("DE", "AT")),
        ("Branche", "industry", ("Einzelhandel", "Gesundheit")),
        ("Anzahl Mitarbeiter", "employee_count", ("12", "3,5", "k.A.")),
        ("Standorte", "n_locations", ("1", "2", "")),
        ("B2B/B2C", "business_model", ("B2B", "B2C", "")),
        ("Anzahl Kunden", "existing_customers", ("120", "40", "k.A.")),
        ("Durchschnittlicher Auftragswert", "typical_price", ("1.250,00", "89,90", "")),
        ("Social-Media-Budget pro Monat", "social_budget_month", ("1.200,50", "500,00", "-")),
        ("Werbebudget pro Monat", "ad_budget_month", ("300,00", "0", "")),
        ("Social-Media-Strategie vorhanden", "has_social_strategy", ("ja", "nein", "")),
        ("Social-Media-Richtlinie", "policy_exists", ("nein", "ja", "")),
        ("Beschwerdeprozess", "complaint_process", ("ja", "nein")),
        ("Stunden pro Woche für Social Media", "social_hours_week_available", ("5", "2,5", "10")),
        ("Wettbewerber auf Social Media", "competitors_on_social", ("ja", "nein", "-")),
        ("Facebook", EACH, ("https://www.facebook.com/hafen#", "")),
        ("Instagram", EACH, ("@hafen#", "")),
        ("LinkedIn", EACH, ("", "https://www.linkedin.com/company/huegel#")),
        ("Erfassungsdatum", "as_of_date", ("03.11.2025", "27.10.2025")),
        ("Bemerkung", None, ("nett", "")),
    ),
)

AUDIT = Sheet(
    "audit",
    "accounts",
    (
        ("Client ID", "company_id", ("C-00#",)),
        ("Social Network", "network", ("Instagram", "Facebook", "LinkedIn")),
        ("Handle", "handle", ("@harbour#", "@hill#")),
        ("Profile URL", "url", ("https://instagram.com/harbour#", "https://facebook.com/hill#")),
        ("Status", "status", ("open", "open", "closed")),
        ("Channel Owner", "managed_by", ("marketing", "agency", "intern")),
        ("Verified", None, ("Y", "N", "N")),
        ("Followers", "followers", ("1200", "89", "")),
        ("Competitor followers", "competitor_followers", ("5000", "100", "")),
        ("Engagement Rate", None, ("2.5%", "0.4%", "")),
        ("Posting frequency", None, ("3 per week", "daily")),
        ("Date of last post", "last_post_on", ("2025-09-28", "2025-04-01", "")),
        ("Account created", "opened_on", ("2019-05-01", "2021-01-01", "")),
        ("Hours spent per week", "hours_week", ("2", "0.5", "")),
        ("Messages received (last 30 days)", "messages_30d", ("20", "4", "0")),
        ("Messages answered (last 30 days)", "messages_answered_30d", ("18", "0", "0")),
        ("Website visits per month", "referral_visits_month", ("40", "3", "")),
        ("Leads per month", "leads_month", ("2", "0", "")),
        ("Sales per month", "sales_month", ("1", "0", "")),
        ("Is our target audience here?", "audience_present", YES_NO),
        ("Are our customers active here?", "customers_active", YES_NO),
        ("Goal met?", "objectives_met", ("yes", "no", "none_set")),
        ("Language", "language", ("en", "de")),
        ("Bio", None, ("Bread since 1920.", "")),
        ("Mission Statement", None, ("To show the bakery.", "")),
        ("Top Content", None, ("Reel of the oven", "")),
        ("Keep / Deactivate", None, ("Keep", "Deactivate")),
        ("Password centralized Y/N", None, ("Y", "N")),
        ("Notes", None, ("", "Look again.")),
    ),
)

ANALYTICS = Sheet(
    "analytics",
    "accounts",
    (
        ("Customer ID", "company_id", ("17#",)),
        ("Network", "network", ("Instagram", "X", "TikTok")),
        ("Profile Name", "handle", ("harbour#", "hill#")),
        ("Profile Link", "url", ("https://instagram.com/harbour#", "")),
        ("Followers", "followers", ("1200", "89", "")),
        ("Net Follower Growth", None, ("12", "-3")),
        ("Impressions", None, ("10203", "887")),
        ("Engagements", None, ("301", "12")),
        ("Engagement Rate (per Impression)", None, ("2.95%", "1.35%")),
        ("Post Link Clicks", None, ("14", "0")),
        ("Published Posts", None, ("20", "2")),
        ("Reach", None, ("8000", "340")),
        ("Video Views", None, ("0", "120")),
        ("Last Published", "last_post_on", ("2025-09-28", "2025-04-01")),
        ("Average First Reply Time", None, ("02:10:00", "")),
    ),
)

SURVEY = Sheet(
    "survey",
    "companies",
    (
        ("Respondent ID", "company_id", ("1180000000#",)),
        ("Start time", None, ("2025-10-01 09:00", "2025-10-02 12:30")),
        ("Your e-mail address", None, ("a@shop.example", "b@shop.example")),
        ("How many employees does your company have?", "employee_count", ("3", "12", "")),
        ("Do you currently have any social media accounts for your business?", "has_social_presence", YES_NO),
        ("Do you have a written social media policy?", "policy_exists", YES_NO),
        ("Do you have a documented social media strategy?", "has_social_strategy", YES_NO),
        ("How many hours per week can you spend on social media?", "social_hours_week_available", ("2", "5", "")),
        ("Do your competitors use social media?", "competitors_on_social", YES_NO),
        ("What are your main business goals?", "business_goals", ("leads;sales", "awareness")),
        ("Is social media free for a business?", "thinks_social_is_free", YES_NO),
        ("Does every post have to be perfect?", "thinks_posts_must_be_perfect", YES_NO),
        ("If a customer complained in public, would you know what to do?", "complaint_process", YES_NO),
        ("Would you feel comfortable letting the public see how you work?", "comfortable_transparent", YES_NO),
        ("How many times have you tried social media before and failed?", "past_failed_attempts", ("0", "1", "3")),
        ("Do unhappy customers write about your business on social media?", "unhappy_customers_posting", YES_NO),
        ("Do unhappy employees write about your business on social media?", "unhappy_employees_posting", YES_NO),
        ("Which KPIs do you track?", "kpis", ("reach;likes", "sales")),
        ("Do you have a page that answers frequent questions (FAQ)?", "has_faq", YES_NO),
        ("How often does one customer usually buy from you?", "purchase_frequency", ("repeat", "once", "rare")),
        ("How did you hear about us?", None, ("Friend", "Web search")),
        ("Overall, how satisfied are you with our service?", None, ("5", "4")),
        ("Any other comments?", None, ("", "Thanks!")),
    ),
)

FRENCH = Sheet(
    "fichier_clients",
    "companies",
    (
        ("Identifiant client", "company_id", ("FR#",)),
        ("Raison sociale", "company_name", ("Boulangerie du Port #", "Cabinet #")),
        ("Code postal", None, ("33000", "75011")),
        ("Ville", None, ("Bordeaux", "Paris")),
        ("Pays", "country", ("FR", "BE")),
        ("Secteur d'activité", "industry", ("commerce", "santé")),
        ("Nombre d'employés", "employee_count", ("6", "2,5", "")),
        ("Panier moyen", "typical_price", ("35,50", "120,00")),
        ("Stratégie réseaux sociaux", "has_social_strategy", ("oui", "non", "")),
        ("Budget réseaux sociaux mensuel", "social_budget_month", ("500,00", "0", "")),
        ("Page Facebook", EACH, ("https://facebook.com/port#", "")),
        ("Commentaires", None, ("", "à revoir")),
    ),
)

FINNISH = Sheet(
    "asiakkaat",
    "companies",
    (
        ("Asiakasnumero", "company_id", ("FI#",)),
        ("Yrityksen nimi", "company_name", ("Leipomo #", "Kampaamo #")),
        ("Postinumero", None, ("20100", "00100")),
        ("Maa", "country", ("FI",)),
        ("Toimiala", "industry", ("kauppa", "terveys")),
        ("Henkilöstömäärä", "employee_count", ("6", "2,5", "")),
        ("Some-strategia", "has_social_strategy", ("kyllä", "ei", "")),
        ("Some-budjetti kuukaudessa", "social_budget_month", ("500", "0", "")),
        ("Lisätiedot", None, ("", "soita")),
    ),
)

SPANISH = Sheet(
    "clientes",
    "companies",
    (
        ("ID de cliente", "company_id", ("ES#",)),
        ("Nombre de la empresa", "company_name", ("Panadería #", "Clínica #")),
        ("País", "country", ("ES",)),
        ("Sector", "industry", ("comercio", "salud")),
        ("Número de empleados", "employee_count", ("6", "12", "")),
        ("Presupuesto mensual redes sociales", "social_budget_month", ("500", "0", "")),
        ("Estrategia de redes sociales", "has_social_strategy", ("sí", "no", "")),
        ("Teléfono", None, ("+34 600 000 000", "")),
        ("Observaciones", None, ("", "llamar")),
    ),
)

SHEETS = (INTAKE, HUBSPOT, SALESFORCE, GERMAN, AUDIT, ANALYTICS, SURVEY, FRENCH, FINNISH, SPANISH)

TRAPS = Sheet(
    "traps",
    "companies",
    (
        ("Client ID", "company_id", ("C-#",)),
        ("Shipping Country", None, ("IE", "FI")),
        ("Parent Client ID", None, ("C-900", "C-901")),
        ("No social media policy", None, YES_NO),
        ("Annual ad budget", None, ("1200", "6000")),
        ("Social media budget 2023", None, ("100", "500")),
        ("Employees on social media", None, ("2", "3")),
        ("Number of employees last year", None, ("12", "20")),
        ("Competitor has a social media strategy", None, YES_NO),
        ("Employee satisfaction", None, ("4", "5")),
        ("Average order value last quarter", None, ("30", "50")),
        ("Contract length (months)", None, ("12", "6")),
        ("Sales cycle stage", None, ("3", "5")),
        ("Industry rank", None, ("1", "2")),
        ("Does not track ROI", None, YES_NO),
        ("Hours per week on the phone", None, ("3", "5")),
        ("Complaints per month", None, ("3", "0")),
        ("Company owner's name", None, ("A. Muster", "B. Muster")),
        ("Customer since", None, ("2020-01-01", "2021-05-05")),
        ("Strategy call booked", None, YES_NO),
        ("Business model canvas", None, ("done", "draft")),
        ("Facebook budget", None, ("10", "20")),
        ("Facebook?", None, YES_NO),
        ("Employees", None, ("11-50", "1-10", "500+")),
    ),
)
"""Columns that are called nearly like a fact and hold something else; and one whose cells are bands."""
