"""Workload A in JsonLogic: for json-logic (Python) and for datalogic (compiled, in Rust)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.checks import CHECKS
from benchmarks.conditions import All, Blank, Came, Check, Compares, Condition, Empty, Holds, HoldsOther, Is, Not, walk
from benchmarks.conditions import Any as AnyOf

Record = dict[str, Any]
Rule = dict[str, Any]


def rule(check: Check) -> Rule | str:
    """A check as an ``if`` with an outcome for each case."""
    cases = [part for condition, outcome in check.cases for part in (written(condition), outcome)]
    return {"if": [*cases, check.otherwise]} if cases else check.otherwise


def written(condition: Condition) -> Rule:
    """A condition in JsonLogic."""
    match condition:
        case All(parts):
            return {"and": [written(p) for p in parts]}
        case AnyOf(parts):
            return {"or": [written(p) for p in parts]}
        case Not(atom):
            return {"!": [written(atom)]}
        case Came(check, outcome):
            return {"===": [{"var": check}, outcome]}
        case Blank(fact):
            return {"===": [{"var": fact}, None]}
        case Is(fact, (value,)):
            return {"===": [{"var": fact}, value]}
        case Is(fact, values):
            return {"in": [{"var": fact}, list(values)]}
        case Empty(fact):
            return {"and": [{"!==": [{"var": fact}, None]}, {"!": [{"var": fact}]}]}
        case Holds(fact, values):
            held = [{"in": [value, {"var": fact}]} for value in values]
            return held[0] if len(held) == 1 else {"or": held}
        case HoldsOther(fact, values):
            return {"some": [{"var": fact}, {"!": [{"in": [{"var": ""}, list(values)]}]}]}
        case Compares(fact, operator, number):
            compared = {"===" if operator == "=" else operator: [{"var": fact}, number]}
            # A null counts as 0 in JavaScript, and so in JsonLogic.
            guarded = operator in ("<", "<=") or number == 0
            return {"and": [{"!==": [{"var": fact}, None]}, compared]} if guarded else compared


def prepare() -> Callable[[Record], Mapping[str, str]]:
    """The checks for json-logic, which interprets its rules."""
    from json_logic import jsonLogic

    rules = {name: rule(check) for name, check in CHECKS.items()}
    read_later = {c for check in CHECKS.values() for c in _came(check)}

    def evaluate(record: Record) -> Mapping[str, str]:
        found = {}
        for name, logic in rules.items():
            found[name] = outcome = jsonLogic(logic, record)
            if name in read_later:
                record[name] = outcome
        return found

    return evaluate


def _came(check: Check) -> list[str]:
    return [c.check for condition, _ in check.cases for c in walk(condition) if isinstance(c, Came)]


def prepare_datalogic() -> Callable[[Record], Mapping[str, str]]:
    """The checks for datalogic, which compiles them: one template for those that others read, one for the rest."""
    from datalogic_py import Engine

    engine = Engine(templating=True)
    read_later = list(dict.fromkeys(c for check in CHECKS.values() for c in _came(check)))
    # cg_03 is read by one of the others, so it is evaluated alone, first.
    groups = [["cg_03"], [n for n in read_later if n != "cg_03"], [n for n in CHECKS if n not in read_later]]
    compiled = [engine.compile({name: rule(CHECKS[name]) for name in group}) for group in groups]

    def evaluate(record: Record) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for template in compiled:
            outcomes = template.evaluate(record)
            found |= outcomes
            record |= outcomes
        return found

    return evaluate
