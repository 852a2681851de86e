"""One record in words: the verdict, why, what to do and what to ask.

The result is an ``Assessment``; the command line prints it as text or JSON.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from socialrules import record as seeing
from socialrules.assessment import (
    Assessment,
    Change,
    CheckLine,
    ChildLine,
    GuidelineLine,
    Named,
    OrderedRows,
    Question,
    SeenValue,
    Verdict,
)
from socialrules.definitions import is_required, rollup_name, row_name
from socialrules.evaluate import Row, evaluate
from socialrules.model import SEVERITIES, Check, Decision, Guideline
from socialrules.record import Seen
from socialrules.rulebook import Rulebook
from socialrules.semantics import Key
from socialrules.trace import Tracer
from socialrules.wording import Words


def assess_records(book: Rulebook, record: Mapping[str, Any], as_of: dt.date) -> Assessment:
    """One record, assessed and explained.

    Args:
        book: the rules.
        record: facts by name; child rows as lists under the plural of their table.
        as_of: the day of the run.
    """
    return explain_seen(seeing.see(book, record, as_of), as_of)


def explain_seen(seen: Seen, as_of: dt.date) -> Assessment:
    """The assessment of a record that has been evaluated."""
    return _Explainer(seen, as_of).build()


class _Explainer:
    def __init__(self, seen: Seen, as_of: dt.date) -> None:
        self.seen, self.as_of, self.book = seen, as_of, seen.book
        self.root = self.book.root
        self.words = Words(seen)
        self.trace = Tracer(seen)

    def build(self) -> Assessment:
        main = self._main_decision()
        guidelines = [self._guideline(g) for g in self.book.guidelines]
        label = self.root.label
        return Assessment(
            id=str(self.seen.root[self.root.key[0]]),
            name=self.seen.root.get(label) if label else None,
            as_of=self.as_of,
            depth=self.book.depth,
            verdict=self._verdict(main, self.seen.root) if main else Verdict(value=None, title=""),
            flags=self._flags(),
            decided_by=self._decided_by(main) if main else [],
            deciding_counts=dict(self.trace.figures(main)) if main else {},
            figures={n: self.seen.root.get(n) for n in self._figure_names()},
            guidelines=guidelines,
            rows=[
                self._child(t, r)
                for t in self.book.assembly.tables.values()
                if t.parent and t.result
                for r in self.seen.rows(t.name)
            ],
            change=self._change(main) if main else None,
            todo=self._todo(),
            questions=self._questions(main),
            rankings=self._rankings(),
            notes=self._notes(self.root.name, self.seen.root, "context"),
            data_notes=self._data_notes(),
        )

    # The verdict and what decides it

    def _main_decision(self) -> Decision | None:
        return next((d for _, d in self.book.assembly.decisions if d.level == self.root.name), None)

    def _verdict(self, decision: Decision, row: Row) -> Verdict:
        value = row.get(decision.name)
        number = row.get(row_name(decision))
        say = decision.rows[int(number)].say if number is not None else ""
        for index, revision in enumerate(decision.after):
            if row.get(f"{decision.name}__after_{index}") is True:
                say = revision.say or say
        meaning = decision.meaning.get(str(value))
        details = {c: row.get(c) for c in decision.columns}
        reason = next((decision.reasons[v] for v in details.values() if v in decision.reasons), "")
        fill = self.words.fill
        return Verdict(
            value=value,
            title=meaning.title if meaning else str(value),
            when=meaning.when if meaning else "",
            say=fill(say, row, decision.level),
            text=fill(meaning.text, row, decision.level) if meaning else "",
            details=details,
            reason=reason,
        )

    def _flags(self) -> list[Verdict]:
        found = []
        for _, flags in self.book.assembly.flags:
            held = self.seen.root.get(flags.name) or []
            rows = [r for r in flags.rows if r.flag in held]
            for row in sorted(rows, key=lambda r: not r.first):
                found.append(
                    Verdict(
                        value=row.flag,
                        title=row.flag.replace("_", " "),
                        say=self.words.fill(row.say, self.seen.root, flags.level),
                    )
                )
        return found

    def _decided_by(self, decision: Decision) -> list[CheckLine]:
        leaves = self.trace.deciding(decision)
        return [self._check(g, c) for g, c in leaves]

    def _change(self, decision: Decision) -> Change | None:
        leaves = [(g, c) for g, c in self.trace.deciding(decision) if self.trace.outcome(c) == "fail"]
        if not leaves:
            return None
        groups = self.trace.alternatives(decision)
        passing = [(c.level, c.name) for _, c in leaves]
        passing += [(self.root.name, rollup_name(c)) for _, c in leaves if c.rollup]
        then = self._verdict_if(decision, passing)
        if then == self.seen.root.get(decision.name) and not groups:
            return None
        meaning = decision.meaning.get(then or "")
        return Change(
            checks=[Named(code=c.code, title=c.title) for _, c in leaves] if not groups else [],
            one_of=[[Named(code=c.code, title=c.title) for c in group] for group in groups],
            then=then or "",
            text=meaning.title if meaning else "",
        )

    def _verdict_if(self, decision: Decision, passing: Iterable[Key]) -> str | None:
        changed = seeing.with_passes(self.book, passing)
        wanted = {self.root.name: [(self.root.name, decision.name)]}
        tables, _ = evaluate(changed, self.seen.inputs, wanted, self.as_of, self.seen.mapping, self.seen.answers)
        value = tables[self.root.name][0][decision.name]
        return str(value) if value is not None else None

    def _figure_names(self) -> list[str]:
        made = [n for n in self.root.listed if n != self.root.label]
        decided = {d.name for _, d in self.book.assembly.decisions} | {
            c for _, d in self.book.assembly.decisions for c in d.columns
        }
        flagged = {f.name for _, f in self.book.assembly.flags}
        return [n for n in made if n not in decided | flagged]

    # Guidelines and checks

    def _guideline(self, guideline: Guideline) -> GuidelineLine:
        return GuidelineLine(
            id=guideline.id,
            title=guideline.title,
            question=guideline.question,
            role=guideline.role,
            outcome=str(self.seen.root.get(guideline.id)),
            checks=[
                self._check(guideline, c)
                for c in self.book.selection.of(guideline)
                if c.level == self.root.name or c.rollup
            ],
        )

    def _check(self, guideline: Guideline, check: Check, row: Row | None = None) -> CheckLine:
        """A check's line: for the root record, or for one child row."""
        level = check.level
        if row is None and level != self.root.name:
            outcome = self.trace.outcome(check)
            concerned = [r for r in self.seen.rows(level) if r.get(check.name) == outcome]
            text_row = concerned[0] if concerned else {}
            rows = [self.words.row_name(level, r) for r in concerned]
        else:
            text_row = row if row is not None else self.seen.root
            outcome, rows = str(text_row.get(check.name)), []
        unsure = any(self.seen.said_dont_know(k, text_row) for k in self.trace.facts_of(check) if k[0] == level)
        return CheckLine(
            code=check.code,
            title=check.title,
            severity=check.severity,
            required=is_required(check, self.book.depth),
            outcome=outcome,
            seen=self._seen(check, text_row) if text_row else [],
            why=self.words.fill(check.why, text_row, level),
            advice=self._advice(check, text_row, unsure) if outcome in ("fail", "unknown") else "",
            lean=self._lean(check, text_row) if outcome == "unknown" else "",
            rows=rows,
            statements=list(check.statements),
        )

    def _advice(self, check: Check, row: Row, unsure: bool) -> str:
        said = check.advice
        if unsure and check.advice_dont_know:
            said = check.advice_dont_know
        else:
            said = next((s.say for s in check.advice_if if self.seen.holds(s.when, check.level, row)), said)
        return self.words.fill(said, row, check.level)

    def _lean(self, check: Check, row: Row) -> str:
        said = next((s.say for s in check.lean if self.seen.holds(s.when, check.level, row)), "")
        return self.words.fill(said, row, check.level)

    def _seen(self, check: Check, row: Row) -> list[SeenValue]:
        values = []
        for key in self.trace.shown_names(check):
            source = row if key[0] == check.level else self.seen.root if key[0] == self.root.name else None
            if source is None:
                continue
            why = source.get(f"{key[1]}__why")
            values.append(
                SeenValue(
                    name=key[1],
                    value=source.get(key[1]),
                    said_dont_know=self.seen.said_dont_know(key, source),
                    why_missing=str(why) if why and source.get(key[1]) is None else None,
                )
            )
        return values

    # Child rows

    def _child(self, table: Any, row: Row) -> ChildLine:
        decision = next((d for _, d in self.book.assembly.decisions if d.level == table.name), None)
        names = [n for n in table.listed if not decision or n not in (decision.name, *decision.columns)]
        checks = [
            self._check(g, c, row)
            for g in self.book.guidelines
            for c in self.book.selection.of(g)
            if c.level == table.name
        ]
        return ChildLine(
            table=table.name,
            name=self.words.row_name(table.name, row),
            values={n: row.get(n) for n in names},
            decision=self._verdict(decision, row) if decision else None,
            notes=self._notes(table.name, row, "context"),
            checks=[c for c in checks if c.outcome in ("fail", "unknown", "pass")],
        )

    def _rankings(self) -> list[OrderedRows]:
        found = []
        for ranking in self.book.assembly.rankings:
            if not self.seen.holds(ranking.when, self.root.name, self.seen.root):
                continue
            chosen = [r for r in self.seen.rows(ranking.table) if self.seen.holds(ranking.where, ranking.table, r)]

            def order(row: Row, table: str = ranking.table, by: str = ranking.by) -> tuple[bool, float]:
                value = self.seen.value(by, table, row)
                return (value is None, float(value or 0))

            chosen.sort(key=order)
            cover = self.seen.value(ranking.cover, self.root.name, self.seen.root)
            amounts = [self.seen.value(ranking.amount, ranking.table, r) for r in chosen]
            if cover is not None and all(a is not None for a in amounts):
                total, count = 0.0, 0
                while count < len(chosen) and total < cover:
                    total += float(amounts[count])
                    count += 1
                chosen = chosen[:count]
            if chosen:
                rows = [self.words.row_name(ranking.table, r) for r in chosen]
                found.append(OrderedRows(say=self.words.fill(ranking.say, self.seen.root, self.root.name), rows=rows))
        return found

    # What to do, what to ask, what to know

    def _todo(self) -> list[CheckLine]:
        lines = []
        for guideline in self.book.guidelines:
            if guideline.todo_when and not self.seen.holds(guideline.todo_when, self.root.name, self.seen.root):
                continue
            for check in self.book.selection.of(guideline):
                if (check.level == self.root.name or check.rollup) and self.trace.outcome(check) == "fail":
                    lines.append(self._check(guideline, check))
        return sorted(lines, key=lambda line: SEVERITIES.index(line.severity))

    def _questions(self, decision: Decision | None) -> list[Question]:
        found: dict[tuple[str, str], Question] = {}
        for fact_key, row, check, decides in self.trace.open_questions(decision):
            fact = self.seen.fact(fact_key)
            assert fact is not None
            source = fact
            also = []
            if fact.asked_with:
                asked = self.seen.fact((fact_key[0], fact.asked_with))
                if asked is not None and asked.question:
                    source, also = asked, [fact.name]
            name = self.words.row_name(fact_key[0], row) if fact_key[0] != self.root.name else ""
            unsure = self.seen.said_dont_know(fact_key, row)
            line = found.get((source.name, name))
            if line is None:
                hint = self._advice(check, row, True) if check and unsure and check.level == fact_key[0] else ""
                line = found[(source.name, name)] = Question(
                    fact=source.name,
                    question=self.words.fill(source.question, row, fact_key[0]),
                    row=name,
                    codes=[],
                    hint=hint,
                    decides=decides,
                    required=bool(check and is_required(check, self.book.depth)),
                    severity=check.severity if check else "blocker",
                )
            if check and check.code not in line.codes:
                line.codes.append(check.code)
            line.also_fills += [n for n in also if n not in line.also_fills]
            line.decides = line.decides or decides
            line.required = line.required or bool(check and is_required(check, self.book.depth))
        order = {q: i for i, q in enumerate(map(id, found.values()))}
        rank = SEVERITIES.index
        return sorted(found.values(), key=lambda q: (not q.decides, not q.required, rank(q.severity), order[id(q)]))

    def _notes(self, level: str, row: Row, section: str) -> list[str]:
        return [
            self.words.fill(n.say, row, level)
            for n in self.book.assembly.notes
            if n.level == level and n.section == section and self.seen.holds(n.when, level, row)
        ]

    def _data_notes(self) -> list[str]:
        notes = [
            f"{r['column']}: {r['value']!r} was not used: {r['reason']}."
            if r["kind"] == "cell"
            else f"{r['column']}: {r['reason']}."
            for r in self.seen.rejects
        ]
        for table in self.book.assembly.tables.values():
            for row in self.seen.rows(table.name):
                prefix = "" if table.parent is None else f"{self.words.row_name(table.name, row)}: "
                notes += [prefix + n for n in self._notes(table.name, row, "data")]
        return notes
