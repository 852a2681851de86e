"""Follows an outcome down to the checks and facts behind it."""

from __future__ import annotations

from collections.abc import Iterator

from socialrules.definitions import is_required, python_column, rollup_name, row_name
from socialrules.evaluate import Row
from socialrules.model import SEVERITIES, Check, Decision, Guideline
from socialrules.record import Seen
from socialrules.semantics import ROWS, Key, reads

Leaf = tuple[Guideline, Check]


class Tracer:
    """What stands behind the outcomes of one record."""

    def __init__(self, seen: Seen) -> None:
        """Indexes the checks by the key of their outcome."""
        self.seen, self.book = seen, seen.book
        self.root = seen.book.root.name
        self.checks: dict[Key, Leaf] = {}
        self.handed = {
            (c.level, python_column(c)): c.python.reads
            for g in self.book.assembly.guidelines
            for c in g.checks
            if c.python
        }
        terms = [t for p in self.book.assembly.plugins for t in p.rules.terms]
        terms += [t for g in self.book.assembly.guidelines for t in g.terms]
        self.titles = {t.name: t.title for t in terms if t.title}
        for guideline in self.book.assembly.guidelines:
            for check in guideline.checks:
                self.checks[(check.level, check.name)] = (guideline, check)
                if check.rollup:
                    self.checks[(self.root, rollup_name(check))] = (guideline, check)

    def outcome(self, check: Check) -> str:
        """A check's outcome for the root record: its own, that of its roll-up, or the worst of its rows."""
        if check.level == self.root:
            return str(self.seen.root.get(check.name))
        return str(self.seen.root.get(rollup_name(check))) if check.rollup else self._value((check.level, check.name))

    def deciding(self, decision: Decision) -> list[Leaf]:
        """The checks that decide: those behind the conditions of the row that was found, worst first.

        Where the row says that all is well, nothing failed or is unknown and the list is empty.
        """
        found: dict[str, Leaf] = {}
        for key in self._row_reads(decision):
            for guideline, check in self._leaves(key, set()):
                found.setdefault(check.code, (guideline, check))
        failing = [leaf for leaf in found.values() if self.outcome(leaf[1]) == "fail"]
        # Where something fails, that decides; what is unknown beside it does not.
        return sorted(failing or found.values(), key=lambda leaf: SEVERITIES.index(leaf[1].severity))

    def figures(self, decision: Decision) -> list[tuple[str, float]]:
        """The counts that decide: titled numbers above 0 in the condition of the row that was found."""
        found = []
        for key in self._row_reads(decision):
            value = self.seen.root.get(key[1])
            title = self.titles.get(key[1])
            if title and isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
                found.append((title, float(value)))
        return found

    def alternatives(self, decision: Decision) -> list[list[Check]]:
        """Where one of several would be enough: the failing checks of each of them."""
        axes = {a.name: a for _, a in self.book.assembly.axes}
        groups = []
        for key in self._row_reads(decision):
            axis = axes.get(key[1])
            if axis is None or axis.combine != "any" or self.seen.root.get(key[1]) != "fail":
                continue
            for member in self.book.definitions[key].reads:
                failing = [
                    c for _, c in self._leaves(member, set()) if self.outcome(c) == "fail" or c.level != self.root
                ]
                if failing:
                    groups.append(failing)
        return groups if len(groups) > 1 else []

    def _row_reads(self, decision: Decision) -> list[Key]:
        number = self.seen.root.get(row_name(decision))
        if number is None:
            return []
        tree = self.book.parsed[decision.rows[int(number)].when]
        return [k for k in reads(tree, decision.level, self.book.symbols) if k[1] != ROWS]

    def _leaves(self, key: Key, visited: set[Key]) -> Iterator[Leaf]:
        """The failing (or else unknown) checks below an outcome, down to single checks."""
        if key in visited or key not in self.book.definitions:
            return
        visited.add(key)
        definition = self.book.definitions[key]
        if key in self.checks:
            guideline, check = self.checks[key]
            derived = definition.kind == "check" and any(
                self.book.definitions[k].kind in ("axis", "guideline")
                for k in definition.reads
                if k in self.book.definitions
            )
            if not derived:
                if self._somewhere(key, ("fail", "unknown")):
                    yield guideline, check
                return
        below = [k for k in definition.reads if k in self.book.definitions]
        if definition.type.kind not in ("outcome", "boolean"):
            return
        if definition.type.kind == "outcome":
            value = self._value(key)
            if value not in ("fail", "unknown"):
                return
            # What fails decides; only where nothing does, what is unknown.
            matching = [
                k for k in below if self._somewhere(k, (value,)) or self.book.definitions[k].type.kind == "boolean"
            ]
            below = matching or below
        for child in below:
            yield from self._leaves(child, visited)

    def _value(self, key: Key) -> str:
        if key[0] == self.root:
            return str(self.seen.root.get(key[1]))
        values = [r.get(key[1]) for r in self.seen.rows(key[0])]
        return next((v for v in ("fail", "unknown") if v in values), "pass")

    def _somewhere(self, key: Key, outcomes: tuple[str, ...]) -> bool:
        return any(r.get(key[1]) in outcomes for r in self.seen.rows(key[0]))

    # From checks to facts

    def facts_of(self, check: Check) -> list[Key]:
        """The facts behind a check, through helper terms but not through other checks."""
        return list(self._facts((check.level, check.name), set()))

    def _facts(self, key: Key, visited: set[Key]) -> Iterator[Key]:
        if key in visited:
            return
        visited.add(key)
        definition = self.book.definitions.get(key)
        if key in self.handed:
            yield from ((key[0], name) for name in self.handed[key])
        elif definition is None and self.seen.fact(key) is not None:
            yield key
        for child in definition.reads if definition else ():
            below = self.book.definitions.get(child)
            if below is None or below.kind in ("term", "part", "check"):
                yield from self._facts(child, visited)

    def shown_names(self, check: Check) -> list[Key]:
        """The facts a check reads itself, then the helper terms that have a title."""
        definition = self.book.definitions[(check.level, check.name)]
        facts = [k for k in definition.reads if self.seen.fact(k) is not None]
        facts += [(check.level, name) for name in check.python.reads] if check.python else []
        terms = [k for k in definition.reads if k in self.book.definitions and k[1] in self.titles]
        return facts + terms

    def open_questions(self, decision: Decision | None) -> Iterator[tuple[Key, Row, Check | None, bool]]:
        """Facts to ask for: fact, row, the check that wants it, and whether it decides the verdict.

        First what the deciding row itself could not tell, then the facts of the unknown checks.
        """
        if decision is not None:
            for key in self._row_reads(decision):
                if self.seen.root.get(key[1]) is None:
                    yield from (
                        (f, self.seen.root, None, True)
                        for f in self._facts(key, set())
                        if self._is_open(f, self.seen.root)
                    )
        deciding = {c.code for _, c in self.deciding(decision)} if decision else set()
        for guideline in self.book.guidelines:
            for check in self.book.selection.of(guideline):
                for row in self.seen.rows(check.level):
                    if row.get(check.name) != "unknown":
                        continue
                    for fact in self.facts_of(check):
                        if fact[0] in (check.level, self.root):
                            source = row if fact[0] == check.level else self.seen.root
                            if self._is_open(fact, source):
                                yield (
                                    fact,
                                    source,
                                    check,
                                    check.code in deciding and is_required(check, self.book.depth),
                                )

    def _is_open(self, key: Key, row: Row) -> bool:
        fact = self.seen.fact(key)
        if fact is None or fact.ask not in ("core", "full") or row.get(key[1]) is not None:
            return False
        asked = fact.question or fact.asked_with
        return bool(asked)
