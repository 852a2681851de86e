"""One record, assessed: the model that the command line prints and reports show."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pydantic import BaseModel


class SeenValue(BaseModel):
    """A fact or figure a check looked at, and what was found. ``value`` None: not known."""

    name: str
    value: Any = None
    said_dont_know: bool = False
    why_missing: str | None = None


class CheckLine(BaseModel):
    """A check's outcome. ``rows``: for a check of child rows, which of them it speaks of."""

    code: str
    title: str
    severity: str
    required: bool
    outcome: str
    seen: list[SeenValue] = []
    why: str = ""
    advice: str = ""
    lean: str = ""
    rows: list[str] = []
    statements: list[str] = []


class GuidelineLine(BaseModel):
    """A guideline's outcome and those of its checks."""

    id: str
    title: str
    question: str
    role: str
    outcome: str
    checks: list[CheckLine]


class Verdict(BaseModel):
    """What a decision table found: the result, in words, and when it applies."""

    value: str | None
    title: str
    when: str = ""
    say: str = ""
    text: str = ""
    details: dict[str, str | None] = {}
    reason: str = ""


class ChildLine(BaseModel):
    """A child row with its decision, remarks and checks."""

    table: str
    name: str
    values: dict[str, Any]
    decision: Verdict | None
    notes: list[str]
    checks: list[CheckLine]


class Question(BaseModel):
    """What to ask, for which row, and which checks the answer would help to settle."""

    fact: str
    question: str
    row: str = ""
    also_fills: list[str] = []
    hint: str = ""
    codes: list[str]
    decides: bool
    required: bool
    severity: str


class Named(BaseModel):
    """A check's code and title."""

    code: str
    title: str


class Change(BaseModel):
    """What would change the verdict: all of ``checks``, or one of the groups in ``one_of``."""

    checks: list[Named] = []
    one_of: list[list[Named]] = []
    then: str = ""
    text: str = ""


class OrderedRows(BaseModel):
    """Child rows in an order, with the reason for it."""

    say: str
    rows: list[str]


class Assessment(BaseModel):
    """One record, assessed. Everything that is printed about it comes from here."""

    id: str
    name: str | None
    as_of: dt.date
    depth: str
    verdict: Verdict
    flags: list[Verdict]
    decided_by: list[CheckLine]
    deciding_counts: dict[str, float] = {}
    figures: dict[str, Any]
    guidelines: list[GuidelineLine]
    rows: list[ChildLine]
    change: Change | None
    todo: list[CheckLine]
    questions: list[Question]
    rankings: list[OrderedRows]
    notes: list[str]
    data_notes: list[str]
    outcomes_only: str = ""

    def to_text(self, width: int = 100) -> str:
        """The assessment as plain text."""
        from socialrules.explain_text import as_text

        return as_text(self, width)

    def __str__(self) -> str:
        """The same as ``to_text()``."""
        return self.to_text()
