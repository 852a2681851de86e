"""Checks as text for engines whose languages are alike: ``a and b``, ``x == "yes"``, ``c ? one : other``."""

from __future__ import annotations

import json
from collections.abc import Callable

from benchmarks.conditions import All, Blank, Came, Check, Compares, Condition, Empty, Holds, HoldsOther, Is, Not
from benchmarks.conditions import Any as AnyOf

Special = Callable[[Came | Empty | HoldsOther], str]
"""How a language says what the others say in their own way."""


def expression(check: Check, special: Special) -> str:
    """A check as nested ``condition ? outcome : ...``."""
    text = json.dumps(check.otherwise)
    for condition, outcome in reversed(check.cases):
        text = f"({_written(condition, special)}) ? {json.dumps(outcome)} : ({text})"
    return text


def _written(condition: Condition, special: Special) -> str:
    match condition:
        case All(parts):
            return " and ".join(f"({_written(p, special)})" for p in parts)
        case AnyOf(parts):
            return " or ".join(f"({_written(p, special)})" for p in parts)
        case Not(atom):
            return f"not ({_written(atom, special)})"
        case Blank(fact):
            return f"{fact} == null"
        case Is(fact, (value,)):
            return f"{fact} == {json.dumps(value)}"
        case Is(fact, values):
            return f"{fact} in {json.dumps(values)}"
        case Holds(fact, values):
            held = " or ".join(f"{json.dumps(v)} in {fact}" for v in values)
            return f"{fact} != null and ({held})"
        case Compares(fact, operator, number):
            return f"{fact} != null and {fact} {'==' if operator == '=' else operator} {number}"
        case Came() | Empty() | HoldsOther():
            return special(condition)
