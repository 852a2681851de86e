"""Workload A for zen-engine: one decision of expressions, from a static loader."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.checks import CHECKS
from benchmarks.conditions import Came, Empty, HoldsOther
from benchmarks.peers.infix import expression

Record = dict[str, Any]


def special(condition: Came | Empty | HoldsOther) -> str:
    """What zen's expression language says in its own way."""
    match condition:
        case Came(check, outcome):
            return f"$.{check} == {json.dumps(outcome)}"
        case Empty(fact):
            return f"{fact} != null and len({fact}) == 0"
        case HoldsOther(fact, values):
            return f"{fact} != null and some({fact}, # not in {json.dumps(values)})"


def prepare() -> Callable[[Record], Mapping[str, str]]:
    """The checks, loaded: called with a record it gives an outcome per check."""
    import zen

    expressions = [{"id": name, "key": name, "value": expression(check, special)} for name, check in CHECKS.items()]
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
