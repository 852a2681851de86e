"""An assessment as plain text for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from socialrules.assessment import Assessment, CheckLine, ChildLine, GuidelineLine, Named, Question
from socialrules.display import cut, one_line, shortened
from socialrules.wording import show

MARKS = {"pass": "+", "fail": "-", "unknown": "?", "not_applicable": "."}
QUESTIONS_SHOWN = 12
LONGEST_NAME = 100
"""Characters of the name of a record or row; of a value twice as many."""
LONGEST_TEXT = 3_000


def as_text(found: Assessment, width: int = 100) -> str:
    """The whole assessment, wrapped to ``width`` columns."""
    return "\n".join(_Page(width).write(found)) + "\n"


class _Page:
    def __init__(self, width: int) -> None:
        self.width = max(40, width)
        self.lines: list[str] = []

    def write(self, found: Assessment) -> list[str]:
        record = one_line(found.id, LONGEST_NAME)
        name = f"{one_line(found.name, LONGEST_NAME)} ({record})" if found.name else record
        self._say(name, "")
        self.lines.append("=" * min(self.width, len(name)))
        self._verdict(found)
        if found.outcomes_only:
            self._say(found.outcomes_only)
        self._decided(found)
        self._todo(found)
        self._questions(found.questions)
        self._rows(found.rows)
        for ranking in found.rankings:
            self._heading("Order of handing over")
            self._say(ranking.say)
            for number, row in enumerate(ranking.rows, 1):
                self._say(f"{number}. {cut(row, LONGEST_NAME)}", "  ", "     ")
        self._guidelines(found.guidelines)
        self._list("Worth knowing", found.notes)
        self._list("About the data", found.data_notes)
        return self.lines

    def _verdict(self, found: Assessment) -> None:
        verdict = found.verdict
        when = f" ({verdict.when})" if verdict.when else ""
        self._say(f"{verdict.title}{when}", "")
        for flag in found.flags:
            self._say(f"* {flag.say}", "  ", "    ")
        for text in (verdict.say, verdict.text):
            if text:
                self._say(text)
        figures = [f"{n.replace('_', ' ')} {show(v)}" for n, v in found.figures.items() if v is not None]
        if figures:
            self._say("; ".join(figures))

    def _decided(self, found: Assessment) -> None:
        if found.decided_by or found.deciding_counts:
            self._heading("What decides it")
            for title, count in found.deciding_counts.items():
                self._say(f"- {title}: {show(count)}", "  ", "    ")
            for line in found.decided_by:
                self._check(line)
        if found.change:
            self._heading("What would change it")
            then = f"the verdict would be: {found.change.text}" if found.change.text else "the verdict would change"
            if found.change.one_of:
                self._say(f"If all of one of these lines held, {then}:")
                for group in found.change.one_of:
                    self._say(f"- {_listed(group)}", "  ", "    ")
            else:
                self._say(f"If all of this held, {then}:")
                self._say(f"- {_listed(found.change.checks)}", "  ", "    ")

    def _todo(self, found: Assessment) -> None:
        if found.todo:
            self._heading("To do, in this order")
            for number, line in enumerate(found.todo, 1):
                rows = f" [{_names(line.rows)}]" if line.rows else ""
                self._say(
                    f"{number}. {line.advice or f'Not so: {line.title}.'}{rows} ({line.code}, {line.severity})",
                    "  ",
                    "     ",
                )

    def _questions(self, questions: list[Question]) -> None:
        if not questions:
            return
        first = [q for q in questions if q.decides] or [q for q in questions if q.required]
        shown = (first or questions)[:QUESTIONS_SHOWN]
        self._heading("Questions to answer first" if first else "Questions for a fuller picture")
        for question in shown:
            row = f"{cut(question.row, LONGEST_NAME)}: " if question.row else ""
            codes = f" ({', '.join(question.codes)})" if question.codes else ""
            self._say(f"- {row}{question.question}{codes}", "  ", "    ")
            if question.hint:
                self._say(question.hint, "    ")
        rest = len(questions) - len(shown)
        if rest:
            self._say(f"{rest} more would give a fuller picture; --format json lists them all.", "  ")

    def _rows(self, rows: list[ChildLine]) -> None:
        if not rows:
            return
        self._heading(f"Each {rows[0].table}")
        for row in rows:
            decision = row.decision
            title = f": {decision.title}" if decision else ""
            provisional = [v for v in decision.details.values() if v] if decision else []
            perhaps = f" (perhaps later: {', '.join(v.replace('_', ' ') for v in provisional)})" if provisional else ""
            self._say(f"{cut(row.name, LONGEST_NAME)}{title}{perhaps}", "  ", "    ")
            if decision and decision.say:
                self._say(decision.say, "    ")
            for note in row.notes:
                self._say(note, "    ")
            for mark in ("fail", "unknown"):
                # What is merely advice and not known would drown the rest; --format json has it.
                among = [c for c in row.checks if mark == "fail" or c.severity != "minor"]
                found = [f"{c.title} ({c.code})" for c in among if c.outcome == mark]
                if found:
                    self._say(f"{'Not so' if mark == 'fail' else 'Not known'}: {'; '.join(found)}", "    ", "      ")

    def _guidelines(self, guidelines: Iterable[GuidelineLine]) -> None:
        self._heading("Guideline by guideline (+ yes, - no, ? not known, . does not apply)")
        for guideline in guidelines:
            self._say(f"{MARKS[guideline.outcome]} {guideline.title}: {guideline.question}", "  ", "    ")
            for mark in ("fail", "unknown", "pass"):
                lines = [c for c in guideline.checks if c.outcome == mark]
                for line in lines:
                    self._say(f"{MARKS[line.outcome]} {line.title} ({line.code})", "      ", "        ")

    def _check(self, line: CheckLine) -> None:
        rows = f" [{_names(line.rows)}]" if line.rows else ""
        self._say(f"{MARKS[line.outcome]} {line.title}{rows} ({line.code}, {line.severity})", "  ", "    ")
        seen = ", ".join(_seen(s.name, s.value, s.said_dont_know, s.why_missing) for s in line.seen)
        if seen:
            self._say(f"seen: {seen}", "    ", "      ")
        if line.lean:
            self._say(line.lean, "    ")

    def _list(self, heading: str, items: list[str]) -> None:
        if items:
            self._heading(heading)
            for item in items:
                self._say(f"- {item}", "  ", "    ")

    def _heading(self, text: str) -> None:
        self.lines += ["", text, "-" * min(self.width, len(text))]

    def _say(self, text: str, first: str = "  ", rest: str | None = None) -> None:
        self.lines += textwrap.wrap(
            shortened(one_line(text, LONGEST_TEXT)),
            self.width,
            initial_indent=first,
            subsequent_indent=first if rest is None else rest,
        )


def _names(rows: Iterable[str]) -> str:
    return ", ".join(cut(row, LONGEST_NAME) for row in rows)


def _listed(checks: Iterable[Named]) -> str:
    return "; ".join(f"{c.title} ({c.code})" for c in checks)


def _seen(name: str, value: object, said_dont_know: bool, why: str | None) -> str:
    shown = (
        "asked, not known"
        if said_dont_know
        else cut(show(value), 2 * LONGEST_NAME)
        if value is not None
        else (why or "not known").replace("_", " ")
    )
    return f"{name.replace('_', ' ')} = {shown}"
