"""Workload A for rule-engine: one compiled rule per check, which evaluates to its outcome."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.checks import CHECKS
from benchmarks.conditions import All, Blank, Came, Check, Compares, Condition, Empty, Holds, HoldsOther, Is, Not
from benchmarks.conditions import Any as AnyOf

Record = dict[str, Any]


def expression(check: Check) -> str:
    """A check as nested ``condition ? outcome : ...``."""
    text = json.dumps(check.otherwise)
    for condition, outcome in reversed(check.cases):
        text = f"({written(condition)}) ? {json.dumps(outcome)} : ({text})"
    return text


def written(condition: Condition) -> str:
    """A condition in rule-engine's language."""
    match condition:
        case All(parts):
            return " and ".join(f"({written(p)})" for p in parts)
        case AnyOf(parts):
            return " or ".join(f"({written(p)})" for p in parts)
        case Not(atom):
            return f"not ({written(atom)})"
        case Came(check, outcome):
            return f"{check} == {json.dumps(outcome)}"
        case Blank(fact):
            return f"{fact} == null"
        case Is(fact, (value,)):
            return f"{fact} == {json.dumps(value)}"
        case Is(fact, values):
            return f"{fact} in {json.dumps(values)}"
        case Empty(fact):
            return f"{fact} != null and {fact}.is_empty"
        case Holds(fact, values):
            held = " or ".join(f"{json.dumps(v)} in {fact}" for v in values)
            return f"{fact} != null and ({held})"
        case HoldsOther(fact, values):
            return f"{fact} != null and not [v for v in {fact} if not (v in {json.dumps(values)})].is_empty"
        case Compares(fact, operator, number):
            return f"{fact} != null and {fact} {'==' if operator == '=' else operator} {number}"


def prepare() -> Callable[[Record], Mapping[str, str]]:
    """The checks, compiled: called with a record it gives an outcome per check."""
    import rule_engine

    rules = {name: rule_engine.Rule(expression(check)) for name, check in CHECKS.items()}

    def evaluate(record: Record) -> Mapping[str, str]:
        found = {}
        for name, rule in rules.items():
            # Rules that come later read the outcome in the record.
            record[name] = found[name] = rule.evaluate(record)
        return found

    return evaluate
