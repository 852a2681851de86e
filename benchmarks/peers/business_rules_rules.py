"""Workload A for business-rules: rules with conditions and an action that notes the outcome.

Its conditions are all / any over variables and operators; variables are Python methods. It has no negation and no
null, so what is asked in the negative, or about nothing, is a variable of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.checks import CHECKS
from benchmarks.conditions import All, Blank, Came, Check, Compares, Condition, Empty, Holds, HoldsOther, Is, Not
from benchmarks.conditions import Any as AnyOf

Record = dict[str, Any]
Rule = dict[str, Any]
OPERATORS = {
    "=": "equal_to",
    "<": "less_than",
    "<=": "less_than_or_equal_to",
    ">": "greater_than",
    ">=": "greater_than_or_equal_to",
}


class _Writer:
    """Writes conditions, and notes the variables that they need."""

    def __init__(self) -> None:
        from business_rules import variables

        self.kinds = variables
        self.methods: dict[str, Any] = {}

    def rules(self, name: str, check: Check) -> list[Rule]:
        """A rule per case, of which the first that holds is to be used."""
        return [
            {"conditions": self.written(c), "actions": [{"name": "conclude", "params": {"check": name, "outcome": o}}]}
            for c, o in check.cases
        ]

    def written(self, condition: Condition) -> Rule:
        """A condition as business-rules takes it."""
        match condition:
            case All(parts):
                return {"all": [self.written(p) for p in parts]}
            case AnyOf(parts):
                return {"any": [self.written(p) for p in parts]}
            case Not(Blank(fact)):
                return self._flag(f"{fact}__blank", lambda record: record[fact] is None, "is_false")
            case Not(Holds(fact, values)):
                return self._list(fact, "shares_no_elements_with", values)
            case Not(HoldsOther() as atom):
                return {**self.written(atom), "operator": "is_false"}
            case Blank(fact):
                return self._flag(f"{fact}__blank", lambda record: record[fact] is None)
            case Empty(fact):
                return self._flag(f"{fact}__empty", lambda record: record[fact] is not None and not record[fact])
            case HoldsOther(fact, values):
                among = frozenset(values)
                name = f"{fact}__not__{'__'.join(values)}"
                return self._flag(name, lambda record: any(v not in among for v in record[fact] or ()))
            case Holds(fact, values):
                return self._list(fact, "shares_at_least_one_element_with", values)
            case Is(fact, (value,)):
                return self._text(fact, value)
            case Is(fact, values):
                return {"any": [self._text(fact, v) for v in values]}
            case Came(check, outcome):
                return self._text(check, outcome)
            case Compares(fact, operator, number):
                self.methods[fact] = self.kinds.numeric_rule_variable()(lambda self: self.record[fact])
                compared = {"name": fact, "operator": OPERATORS[operator], "value": number}
                return {"all": [self.written(Not(Blank(fact))), compared]}
        raise TypeError(f"business-rules cannot say {condition}")

    def _flag(self, name: str, holds: Callable[[Record], bool], operator: str = "is_true") -> Rule:
        self.methods[name] = self.kinds.boolean_rule_variable()(lambda self: holds(self.record))
        return {"name": name, "operator": operator, "value": True}

    def _list(self, fact: str, operator: str, values: tuple[str, ...]) -> Rule:
        self.methods[fact] = self.kinds.select_multiple_rule_variable()(lambda self: self.record[fact] or ())
        return {"name": fact, "operator": operator, "value": list(values)}

    def _text(self, fact: str, value: str) -> Rule:
        self.methods[fact] = self.kinds.string_rule_variable()(lambda self: self.record[fact])
        return {"name": fact, "operator": "equal_to", "value": value}


def prepare() -> Callable[[Record], Mapping[str, str]]:
    """The checks as rules: called with a record it gives an outcome per check."""
    from business_rules import actions, engine, variables

    writer = _Writer()
    rules = {name: writer.rules(name, check) for name, check in CHECKS.items()}
    otherwise = {name: check.otherwise for name, check in CHECKS.items()}

    class Answers(variables.BaseVariables):  # type: ignore[misc]
        """The variables over one record."""

        def __init__(self, record: Record) -> None:
            self.record = record

    for name, method in writer.methods.items():
        setattr(Answers, name, method)

    class Conclusions(actions.BaseActions):  # type: ignore[misc]
        """Notes outcomes in the record, where later rules read them."""

        def __init__(self, record: Record) -> None:
            self.record = record

        @actions.rule_action()  # type: ignore[untyped-decorator]
        def conclude(self, check: str, outcome: str) -> None:
            """The outcome of a check."""
            self.record[check] = outcome

    def evaluate(record: Record) -> Mapping[str, str]:
        record |= otherwise
        answers, conclusions = Answers(record), Conclusions(record)
        for cases in rules.values():
            engine.run_all(cases, answers, conclusions, stop_on_first_trigger=True)
        return record

    return evaluate
