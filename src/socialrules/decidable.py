"""Which checks can come to a decision, given only which facts have a column.

Every expression is followed with the values that it could have: a fact without a column is always
unknown, any other may be known or not. What comes out is never too little: an outcome that is not
among the possible ones cannot occur, whatever the cells hold.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal as Fixed

from socialrules.expressions import (
    ARITHMETIC,
    LIFTS,
    Call,
    Case,
    Listing,
    Literal,
    Name,
    Node,
    Operation,
    ParameterRef,
)
from socialrules.model import OUTCOMES, Check
from socialrules.rulebook import Rulebook
from socialrules.semantics import Key, dont_know_column, infer, is_python, lift_table

States = frozenset[str]
"""What a value can be: ``true``, ``false``, ``null``, an outcome, or ``value`` for anything else that is known."""

NULL, VALUE = frozenset({"null"}), frozenset({"value"})
EITHER, ANY = frozenset({"true", "false"}), frozenset({"true", "false", "null"})
AS_CONDITION = {"pass": "true", "fail": "false", "unknown": "null", "not_applicable": "null"}
NOT = {"true": "false", "false": "true", "null": "null"}
DECIDED = frozenset({"pass", "fail"})

Decision = Fixed["can", "partly", "cannot"]


@dataclass(frozen=True, slots=True)
class Decidable:
    """Whether a check can be decided.

    Attributes:
        check: which one.
        decision: ``can``: every fact it reads has a column; ``partly``: those that have one may settle
            it; ``cannot``: it can neither pass nor fail.
        missing: the facts it reads that have no column, as ``table.fact``.
    """

    check: Check
    decision: Decision
    missing: tuple[str, ...]


def decidable_checks(book: Rulebook, fed: Collection[Key], present: Collection[str]) -> list[Decidable]:
    """Which of the selected checks can be decided, in their order.

    Args:
        book: the rules, settled for the tables that have no input (``compiler.Program.rulebook``).
        fed: the facts that have a column or a default.
        present: the tables that have an input.
    """
    follow = _Follow(book, frozenset(fed))
    found = []
    for check in book.checks():
        key = (check.level, check.name)
        facts = _facts_of(book, key)
        missing = tuple(f"{level}.{name}" for level, name in facts if (level, name) not in fed)
        if check.level not in present or not follow.term(key) & DECIDED:
            decision: Decision = "cannot"
        else:
            decision = "partly" if missing else "can"
        found.append(Decidable(check, decision, missing))
    return found


def _facts_of(book: Rulebook, start: Key) -> list[Key]:
    """The facts that a term reads, directly or through others."""
    own = {(t.name, f.name) for t in book.assembly.tables.values() for f in t.facts}
    by_name = {c.name: c for c in book.checks()}
    seen: dict[Key, None] = {}
    todo = [start]
    while todo:
        key = todo.pop()
        if key in seen:
            continue
        seen[key] = None
        definition = book.definitions.get(key)
        todo += definition.reads if definition else ()
        if is_python(key):
            check = by_name.get(key[1].removesuffix("__python"))
            todo += [(key[0], n) for n in check.python.reads] if check and check.python else ()
        elif key[1].endswith("__dont_know"):
            todo.append((key[0], key[1].removesuffix("__dont_know")))
    return sorted(k for k in seen if k in own)


class _Follow:
    """Follows expressions with the states that their parts can have."""

    def __init__(self, book: Rulebook, fed: frozenset[Key]) -> None:
        self.book, self.symbols, self.fed = book, book.symbols, fed
        self.known: dict[Key, States] = {}

    def term(self, key: Key) -> States:
        """The states of a term or fact. Terms come after those they read, so no call goes deep."""
        if key not in self.known:
            definition = self.book.definitions.get(key)
            self.known[key] = self.of(definition.tree, key[0]) if definition else self.fact(key)
        return self.known[key]

    def fact(self, key: Key) -> States:
        if is_python(key):
            return ANY
        if key[1].endswith("__dont_know"):
            return EITHER if (key[0], key[1].removesuffix("__dont_know")) in self.fed else frozenset({"false"})
        symbol = self.symbols.by_key.get(key)
        if symbol is not None and symbol.source == "lookup":
            return ANY if symbol.type.kind == "boolean" else VALUE | NULL
        return VALUE | NULL if key in self.fed else NULL

    def of(self, node: Node, level: str) -> States:
        """The states of an expression."""
        match node:
            case Literal(None):
                return NULL
            case Literal(bool(value)):
                return frozenset({"true" if value else "false"})
            case Literal() | Listing():
                return VALUE
            case ParameterRef(name):
                return NULL if self.book.parameters.get(name) is None else VALUE
            case Name():
                return self.term(self.symbols.resolve(node, level).key)
            case Case(branches, otherwise):
                return self.case(branches, otherwise, level)
            case Operation():
                return self.operation(node, level)
            case Call(function, _) if function in LIFTS:
                return self.lift(node, level)
            case Call():
                return self.call(node, level)

    def condition(self, node: Node, level: str) -> States:
        """The states of an expression where a condition is wanted."""
        return frozenset(AS_CONDITION.get(s, s) for s in self.of(node, level))

    def outcome(self, node: Node, level: str) -> States:
        """The states of an expression as an outcome."""
        back = {"true": "pass", "false": "fail", "null": "unknown"}
        return frozenset(back.get(s, s) for s in self.of(node, level))

    def case(self, branches: Iterable[tuple[Node, Node]], otherwise: Node, level: str) -> States:
        found: States = frozenset()
        for when, then in branches:
            states = self.condition(when, level)
            if "true" in states:
                found |= self.of(then, level)
            if states == {"true"}:
                return found
        return found | self.of(otherwise, level)

    def operation(self, node: Operation, level: str) -> States:
        operator, operands = node.operator, node.operands
        if operator in ("AND", "OR"):
            return self.together(operator, [self.condition(o, level) for o in operands])
        if operator == "NOT":
            return frozenset(NOT[s] for s in self.condition(operands[0], level))
        if operator in ("IS NULL", "IS NOT NULL"):
            states = self.condition(operands[0], level)
            found = {"true"} if "null" in states else set()
            found |= {"false"} if states - NULL else set()
            return frozenset(found if operator == "IS NULL" else {NOT[s] for s in found})
        if operator == "COALESCE":
            result: States = frozenset()
            for operand in operands:
                states = self.of(operand, level)
                result |= states - NULL
                if "null" not in states:
                    return result
            return result | NULL
        if "DISTINCT" in operator:
            return EITHER
        return self.strict(operands, level, VALUE if operator in ARITHMETIC else EITHER)

    @staticmethod
    def together(operator: str, operands: Iterable[States]) -> States:
        """AND or OR by Kleene: what decides alone, what needs all, and the unknown between them."""
        decides, needs = ("false", "true") if operator == "AND" else ("true", "false")
        listed = list(operands)
        found = {decides} if any(decides in s for s in listed) else set()
        found |= {needs} if all(needs in s for s in listed) else set()
        if any("null" in s for s in listed) and all(s != {decides} for s in listed):
            found.add("null")
        return frozenset(found)

    def strict(self, operands: Iterable[Node], level: str, result: States) -> States:
        """What is unknown as soon as one operand is. A result that is no finite number is unknown, too."""
        states = [self.condition(o, level) for o in operands]
        unknown = any("null" in s for s in states) or result == VALUE
        known = all(s - NULL for s in states)
        return (result if known else frozenset()) | (NULL if unknown else frozenset())

    def call(self, node: Call, level: str) -> States:
        name, arguments = node.function, node.arguments
        match name:
            case "judge":
                return self.judge(arguments, level)
            case "only_if":
                applies = self.condition(arguments[0], level)
                found = frozenset({"not_applicable"}) if "false" in applies else frozenset()
                return found | (self.outcome(arguments[1], level) if applies - {"false"} else frozenset())
            case "all_pass" | "any_pass":
                return self.combined(name, arguments, level)
            case "passed" | "failed" | "undecided":
                wanted = {"passed": "pass", "failed": "fail", "undecided": "unknown"}[name]
                states = self.of(arguments[0], level)
                return frozenset(("true" if s == wanted else "false") for s in states)
            case "dont_know":
                fact = arguments[0]
                assert isinstance(fact, Name)
                table, column = self.symbols.resolve(fact, level).key
                return self.fact((table, dont_know_column(column)))
            case "nothing":
                return NULL
            case "how_many" | "flags":
                return VALUE
            case "mean":
                return VALUE | NULL
        number = infer(node, level, self.symbols).kind != "boolean"
        return self.strict(arguments, level, VALUE if number else EITHER)

    def judge(self, arguments: tuple[Node, ...], level: str) -> States:
        applies, passes, *fails = arguments
        stands = self.condition(applies, level)
        found = {"not_applicable"} if "false" in stands else set()
        if stands == {"false"}:
            return frozenset(found)
        held = self.condition(passes, level)
        failing = self.condition(fails[0], level) if fails else frozenset(NOT[s] for s in held)
        if "true" in failing:
            found.add("fail")
        if failing != {"true"}:
            found |= {"pass"} if "true" in held else set()
            found |= {"unknown"} if held - {"true"} and (fails or "null" in held) else set()
        return frozenset(found)

    def combined(self, name: str, arguments: tuple[Node, ...], level: str) -> States:
        """Outcomes put together: what one of them decides, what all have to agree in, and what is left open."""
        states = [self.outcome(a, level) for a in arguments]
        if len(states) == 1:
            return states[0]
        decides, needs = ("fail", "pass") if name == "all_pass" else ("pass", "fail")
        neutral = [
            {"not_applicable", "unknown"}
            if isinstance(a, Name) and not self.symbols.resolve(a, level).required
            else {"not_applicable"}
            for a in arguments
        ]
        found = {decides} if any(decides in s for s in states) else set()
        agree = all(s & ({needs} | n) for s, n in zip(states, neutral, strict=True))
        if agree and any(needs in s for s in states):
            found.add(needs)
        found |= {"unknown"} if any("unknown" in s for s in states) else set()
        found |= {"not_applicable"} if all("not_applicable" in s for s in states) else set()
        return frozenset(found)

    def lift(self, node: Call, level: str) -> States:
        """A function over child rows, of which there may be none."""
        if node.function == "count_of":
            return VALUE
        table = lift_table(node, self.symbols)
        empty = frozenset({"not_applicable"}) if infer(node, level, self.symbols).kind == "outcome" else NULL
        if "true" not in self.condition(node.arguments[1], table):
            return empty
        states = self.of(node.arguments[2], table)
        if node.function in ("total", "first_of") or states & set(OUTCOMES):
            return states | empty
        return frozenset(AS_CONDITION.get(s, s) for s in states) | empty
