"""Makes the sample portfolio in ``sample/``: 200 companies, the 14 worked ones first, and a few flaws.

The other 186 come from :mod:`generate` with a fixed seed and get invented names. The flaws are there on
purpose, so that the demonstration has something to reject.
"""

from __future__ import annotations

import csv
import itertools
import json
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from generate import TABLES, generate

HERE = Path(__file__).parent
GENERATED = 186
# Every verdict and every decision occurs in what it gives.
SEED = 5

Row = dict[str, str]


def named(companies: Iterable[Row]) -> Iterator[tuple[Row, str, str]]:
    """Each company under its new name and id, with its old id and the old stem of its handles."""
    names = load("sample_names.json")
    trades = {noun: itertools.cycle(kinds) for noun, kinds in names["trades"].items()}
    words, places = itertools.cycle(names["words"]), itertools.cycle(names["places"])
    patterns = itertools.cycle(("{place} {trade}", "{word} {trade}", "{word} {trade} {place}"))
    taken: set[str] = set()
    for number, company in enumerate(companies, start=1):
        word, noun, old_number = company["company_name"].split(" ")
        trade, name = next(trades[noun]), ""
        while not name or name in taken:
            name = next(patterns).format(trade=trade, place=next(places), word=next(words))
        taken.add(name)
        renamed = {**company, "company_id": f"c{number:04}", "company_name": name}
        yield renamed, company["company_id"], f"{word}_{noun}{old_number}".lower()


def generated_portfolio() -> dict[str, list[Row]]:
    """Rows per table of the generated companies, under invented names."""
    with tempfile.TemporaryDirectory() as folder:
        generate(GENERATED, folder, seed=SEED, format="csv")
        tables = {table: read(Path(folder) / f"{table}.csv") for table in TABLES}
    stems, ids, companies = {}, {}, []
    for company, old_id, stem in named(tables["companies"]):
        companies.append(company)
        ids[old_id] = company["company_id"]
        stems[old_id] = (stem, company["company_name"].lower().replace(" ", ""))
    for row in tables["accounts"]:
        old, new = stems[row["company_id"]]
        row["handle"] = row["handle"].replace(old, new)
        row["url"] = row["url"].replace(old, new)
    for row in (*tables["accounts"], *tables["staff"]):
        row["company_id"] = ids[row["company_id"]]
    return {**tables, "companies": companies}


def worked_portfolio() -> dict[str, list[Row]]:
    """Rows of the worked companies. The file says what differs from the usual; null takes a fact away."""
    worked = load("worked_companies.json")
    companies, accounts = [], []
    for entry in worked["companies"]:
        usual_company, usual_account = {}, {}
        if entry.get("as_usual", True):
            usual_company, usual_account = worked["usual_company"], worked["usual_open_account"]
        company = {**usual_company, **entry["company"]}
        companies.append(as_text(company))
        for account in entry["accounts"]:
            usual = usual_account if account.get("status", "open") == "open" else {}
            accounts.append(as_text({"company_id": company["company_id"], **usual, **account}))
    return {"companies": companies, "accounts": accounts, "staff": []}


def add_flaws(tables: dict[str, list[Row]]) -> None:
    """Spoil six rows in the ways that files from real systems are spoilt."""
    companies, accounts = tables["companies"], tables["accounts"]
    # A yes / no question answered in words, and an amount with the wrong sign.
    first(companies, "policy_exists", "yes")["policy_exists"] = "maybe"
    first(companies, "social_budget_month", "0")["social_budget_month"] = "-120"
    # A network nobody has heard of, and one given as the address of the page.
    first(accounts, "network", "blog")["network"] = "my_forum"
    address = first(accounts, "network", "instagram")
    address["network"] = f"https://www.instagram.com/{address['handle'].removeprefix('@')}"
    # An account without its company, and a company that was exported twice.
    accounts.append({**accounts[-1], "company_id": "c9999"})
    companies.append({**companies[-10], "company_name": f"{companies[-10]['company_name']} Ltd"})


def first(rows: Iterable[Row], column: str, value: str) -> Row:
    """The first generated row with that value, and with a handle where the table has one."""
    return next(
        row for row in rows if row["company_id"].startswith("c") and row[column] == value and row.get("handle") != ""
    )


def as_text(facts: dict[str, Any]) -> Row:
    """The facts as cells of a CSV file."""
    return {name: cell(value) for name, value in facts.items()}


def cell(value: Any) -> str:
    """One value as text: lists are ``a;b;c``, the known empty list is ``[]``, null is empty."""
    if isinstance(value, list):
        return ";".join(value) or "[]"
    return "" if value is None else str(value)


def load(name: str) -> Any:
    """What the JSON file beside this one holds."""
    return json.loads((HERE / name).read_text(encoding="utf-8"))


def read(path: Path) -> list[Row]:
    """The rows of a CSV file, whole numbers without the point they were written with."""
    with path.open(encoding="utf-8", newline="") as file:
        return [{name: text.removesuffix(".0") for name, text in row.items()} for row in csv.DictReader(file)]


def write(path: Path, columns: Iterable[str], rows: Iterable[Row]) -> None:
    """Write the rows with these columns; what a row lacks is an empty cell."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(columns), restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main() -> int:
    """Write the three files of the sample."""
    generated, worked = generated_portfolio(), worked_portfolio()
    columns = {table: list(rows[0]) for table, rows in generated.items()}
    tables = {table: worked[table] + generated[table] for table in TABLES}
    add_flaws(tables)
    (HERE / "sample").mkdir(exist_ok=True)
    for table, rows in tables.items():
        write(HERE / "sample" / f"{table}.csv", columns[table], rows)
        print(f"{len(rows)} rows in sample/{table}.csv")
    return 0


if __name__ == "__main__":
    sys.exit(main())
