"""Random records: any allowed answer to any question, with accounts and staff."""

from __future__ import annotations

import datetime as dt
from random import Random
from typing import Any

from socialrules import Rulebook
from socialrules.model import Fact, Table

from .shared import AS_OF, Record

NUMBERS = (0, 0.5, 1, 2, 4, 8, 9, 10, 20, 30, 40, 49, 50, 52, 100, 250, 300, 1000)
"""On, below and above the numbers that the rules compare with."""
SEASONS = ("10-01/03-31", "06-01/08-31")
INDUSTRIES = ("retail", "telecom", "J61", "hotel", "C")
PAIRS = (
    ("employee_count", "employee_count_max"),
    ("keeper_social_hours_week", "keeper_working_hours_week"),
    ("messages_answered_30d", "messages_30d"),
    ("complaints_resolved_90d", "complaints_90d"),
    ("enquiries_converted_90d", "enquiries_90d"),
    ("social_hours_week", "working_hours_week"),
)
"""The first must not be above the second."""


class Records:
    """Makes random records of a rulebook."""

    def __init__(self, book: Rulebook) -> None:
        self.tables = {t.name: t for t in book.assembly.tables.values()}
        self.networks = [*book.assembly.lookups["network"].rows, "some_forum"]

    def make(self, random: Random) -> Record:
        """A record; how much of it is known differs from one to the next."""
        known = random.choice((0.1, 0.5, 0.8, 0.95))
        record = self._row(random, self.tables["company"], known)
        record["accounts"] = [self._account(random, known) for _ in range(random.choice((0, 1, 1, 2, 3)))]
        people = range(random.choice((0, 0, 1, 2)))
        record["staff"] = [{**self._row(random, self.tables["staff"], known), "person_id": f"p{n}"} for n in people]
        return record

    def _account(self, random: Random, known: float) -> Record:
        row = self._row(random, self.tables["account"], known)
        network, status = random.choice(self.networks), random.choice(("open", "open", "planned", "closed"))
        return {**row, "network": network, "status": status, "handle": f"h{random.getrandbits(60)}"}

    def _row(self, random: Random, table: Table, known: float) -> Record:
        names = {f.name for f in table.facts} - set(table.key) - {"as_of_date", "company_name"}
        row = {f.name: self.value(random, f) for f in table.facts if f.name in names and random.random() < known}
        for low, high in PAIRS:
            if low in row and high in row:
                row[low], row[high] = sorted((row[low], row[high]))
        return row

    def value(self, random: Random, fact: Fact) -> Any:
        """An allowed value of a fact."""
        match fact.type:
            case "choice":
                return random.choice(fact.values)
            case "choices":
                if random.random() < 0.1:
                    return ["dont_know"]
                return random.sample(fact.values, random.randint(0, min(4, len(fact.values))))
            case "texts":
                return random.sample(SEASONS, random.randint(0, 2)) if fact.pattern else ["email"]
            case "date":
                return (AS_OF - dt.timedelta(days=random.choice((1, 20, 50, 100, 300, 400, 2000)))).isoformat()
            case "text":
                return random.choice(INDUSTRIES) if fact.name == "industry" else "some text"
            case _:
                low, high = fact.min if fact.min is not None else 0, fact.max if fact.max is not None else float("inf")
                above = fact.above if fact.above is not None else -1
                fitting = [n for n in (*NUMBERS, 0.1, 0.2, 0.9) if low <= n <= high and n > above]
                return random.choice([int(n) for n in fitting if n == int(n)] if fact.type == "integer" else fitting)
