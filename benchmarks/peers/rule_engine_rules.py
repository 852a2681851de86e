"""Workload A for rule-engine: one compiled rule per check, which evaluates to its outcome."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.checks import CHECKS
from benchmarks.conditions import Came, Empty, HoldsOther
from benchmarks.peers.infix import expression

Record = dict[str, Any]


def special(condition: Came | Empty | HoldsOther) -> str:
    """What rule-engine's language says in its own way."""
    match condition:
        case Came(check, outcome):
            return f"{check} == {json.dumps(outcome)}"
        case Empty(fact):
            return f"{fact} != null and {fact}.is_empty"
        case HoldsOther(fact, values):
            return f"{fact} != null and not [v for v in {fact} if not (v in {json.dumps(values)})].is_empty"


def prepare() -> Callable[[Record], Mapping[str, str]]:
    """The checks, compiled: called with a record it gives an outcome per check."""
    import rule_engine

    rules = {name: rule_engine.Rule(expression(check, special)) for name, check in CHECKS.items()}

    def evaluate(record: Record) -> Mapping[str, str]:
        found = {}
        for name, rule in rules.items():
            # Rules that come later read the outcome in the record.
            record[name] = found[name] = rule.evaluate(record)
        return found

    return evaluate
