"""Workload A for zen-engine: one decision of expressions, from a static loader."""

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
    """A condition in zen's expression language."""
    match condition:
        case All(parts):
            return " and ".join(f"({written(p)})" for p in parts)
        case AnyOf(parts):
            return " or ".join(f"({written(p)})" for p in parts)
        case Not(atom):
            return f"not ({written(atom)})"
        case Came(check, outcome):
            return f"$.{check} == {json.dumps(outcome)}"
        case Blank(fact):
            return f"{fact} == null"
        case Is(fact, (value,)):
            return f"{fact} == {json.dumps(value)}"
        case Is(fact, values):
            return f"{fact} in {json.dumps(values)}"
        case Empty(fact):
            return f"{fact} != null and len({fact}) == 0"
        case Holds(fact, values):
            held = " or ".join(f"{json.dumps(v)} in {fact}" for v in values)
            return f"{fact} != null and ({held})"
        case HoldsOther(fact, values):
            return f"{fact} != null and some({fact}, # not in {json.dumps(values)})"
        case Compares(fact, operator, number):
            return f"{fact} != null and {fact} {'==' if operator == '=' else operator} {number}"


def prepare() -> Callable[[Record], Mapping[str, str]]:
    """The checks, loaded: called with a record it gives an outcome per check."""
    import zen

    expressions = [{"id": name, "key": name, "value": expression(check)} for name, check in CHECKS.items()]
    nodes = [
        {"id": "in", "name": "in", "type": "inputNode", "position": {"x": 0, "y": 0}},
        {
            "id": "checks",
            "name": "checks",
            "type": "expressionNode",
            "position": {"x": 1, "y": 0},
            "content": {"expressions": expressions},
        },
        {"id": "out", "name": "out", "type": "outputNode", "position": {"x": 2, "y": 0}},
    ]
    edges = [
        {"id": "a", "type": "edge", "sourceId": "in", "targetId": "checks"},
        {"id": "b", "type": "edge", "sourceId": "checks", "targetId": "out"},
    ]
    decision = {"contentType": "application/vnd.gorules.decision", "nodes": nodes, "edges": edges}
    engine = zen.ZenEngine({"loader": {"type": "static", "content": {"checks": decision}}})

    def evaluate(record: Record) -> Mapping[str, str]:
        found: Mapping[str, str] = engine.evaluate("checks", record)["result"]
        return found

    return evaluate
