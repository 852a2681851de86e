"""Turns syntax trees into DuckDB SQL, one expression at a time.

Conventions of what is written:

*   an outcome is the ENUM ``outcome`` and never null; where a condition is wanted it is read as
    TRUE for pass, FALSE for fail, NULL for the rest;
*   every number is a DOUBLE; a result that is no finite number (a division by zero, an overflow) is NULL;
*   a column of the root table stands beside a child's rows as ``<root>__<name>``.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from socialrules.bitsets import bits, decoded
from socialrules.errors import ExpressionError
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
    _parser,
)
from socialrules.quoting import constant, double, identifier, number, text, texts
from socialrules.semantics import Key, Symbols, Type, dont_know_column, infer

PASS, FAIL, UNKNOWN, NOT_APPLICABLE = (f"'{o}'::outcome" for o in ("pass", "fail", "unknown", "not_applicable"))

MAX_WRITTEN = 200_000
"""Characters of SQL that one expression may become; the longest of the built-in rules has a hundredth of that."""

LARGEST_COUNT = 1e12
"""More than there are rows, days or checks."""

TOO_LARGE = (
    "an expression becomes too large as SQL: divisions, cases and all_pass inside each other write their operands "
    "several times; make the inner ones terms of their own"
)


def finite(written: str) -> str:
    """A number as SQL, NULL where it is infinite or no number."""
    return f"CASE WHEN isfinite({written}) THEN {written} END"


@dataclass(frozen=True)
class Emitter:
    """Writes the expressions of one level.

    Attributes:
        level: the level the expressions are evaluated at.
        symbols: how names are resolved.
        parameters: value of each parameter; None where its plugin is missing.
        lifted: the column that holds the value of any_of, total and the like.
    """

    level: str
    symbols: Symbols
    parameters: Mapping[str, float | None]
    lifted: Callable[[Call], str]

    def column(self, key: Key) -> str:
        """The column that holds a fact or term, as seen from this level."""
        return identifier(key[1] if key[0] == self.level else f"{key[0]}__{key[1]}")

    def type_of(self, node: Node) -> Type:
        """The type of an expression."""
        return infer(node, self.level, self.symbols)

    def condition(self, node: Node) -> str:
        """The expression as a three-valued boolean."""
        if isinstance(node, Literal) and node.value is None:
            return "NULL::BOOLEAN"
        written = self.value(node)
        if self.type_of(node).kind == "outcome":
            return f"CASE {written} WHEN 'pass' THEN TRUE WHEN 'fail' THEN FALSE END"
        return written

    def value(self, node: Node) -> str:
        """The expression as it is.

        Raises:
            ExpressionError: it becomes too large: some operands are written twice, and theirs four times.
        """
        written = self._written(node)
        if len(written) > MAX_WRITTEN:
            raise ExpressionError(TOO_LARGE)
        return written

    def _written(self, node: Node) -> str:
        match node:
            case Literal(value):
                return constant(value)
            case Listing(values):
                return f"[{texts(values)}]::VARCHAR[]"
            case ParameterRef(name):
                known = self.parameters[name]
                return "NULL::DOUBLE" if known is None else double(known)
            case Name():
                symbol = self.symbols.resolve(node, self.level)
                column = self.column(symbol.key)
                return decoded(column, symbol.members) if symbol.members else column
            case Case():
                return self._case(node)
            case Operation():
                return self._operation(node)
            case Call():
                return self._call(node)

    def _inner(self, node: Node, as_condition: bool = False) -> str:
        """The expression as an operand, in brackets where it is not a single thing."""
        written = self.condition(node) if as_condition else self.value(node)
        single = isinstance(node, Name | Literal | ParameterRef | Listing | Call) and " " not in written
        return written if single else f"({written})"

    def _case(self, node: Case) -> str:
        as_outcome = self.type_of(node).kind == "outcome"
        as_condition = not as_outcome and self.type_of(node).kind == "boolean"
        result = self.condition if as_condition else self.value
        branches = " ".join(f"WHEN {self.condition(w)} THEN {result(t)}" for w, t in node.branches)
        empty = isinstance(node.otherwise, Literal) and node.otherwise.value is None
        if as_outcome:
            return f"coalesce(CASE {branches} ELSE {self.value(node.otherwise)} END, {UNKNOWN})"
        return f"CASE {branches} END" if empty else f"CASE {branches} ELSE {result(node.otherwise)} END"

    def _operation(self, node: Operation) -> str:
        operator, operands = node.operator, node.operands
        if operator in ("AND", "OR"):
            return f" {operator} ".join(self._inner(o, True) for o in operands)
        if operator == "NOT":
            return f"NOT {self._inner(operands[0], True)}"
        if operator in ("IS NULL", "IS NOT NULL"):
            if members := self._members(operands[0]):
                return f"{members[0]} {operator}"
            return f"{self._inner(operands[0], self.type_of(operands[0]).kind == 'outcome')} {operator}"
        if operator == "COALESCE":
            return self._coalesce(node)
        mixed = {self.type_of(o).kind for o in operands}
        as_condition = "boolean" in mixed
        if operator == "IN":
            first, *rest = (self._compared(o, as_condition) for o in operands)
            return f"{first} IN ({', '.join(rest)})"
        if operator in ARITHMETIC:
            written = self._arithmetic(node)
            return written if math.isfinite(self._largest(node)) else finite(written)
        # A closed set is stored as an ENUM, whose order is that of its list: texts have one order only.
        cast = "::VARCHAR" if operator in ("<", ">", "<=", ">=") and "text" in mixed else ""
        return f" {operator} ".join(self._compared(o, as_condition) + cast for o in operands)

    def _largest(self, node: Node) -> float:
        """How large the result can be at most; infinite where it may overflow, or divide by zero."""
        match node:
            case Literal(int() | float() as value):
                return abs(float(value))
            case ParameterRef(name):
                return abs(self.parameters[name] or 0.0)
            case Call("how_many" | "size" | "count_of" | "days_between"):
                return LARGEST_COUNT
            case Name():
                return LARGEST_COUNT if self._is_count(node) else sys.float_info.max
            case Operation("+" | "-", operands) | Call("mean", operands):
                return sum(map(self._largest, operands))
            case Operation("*", operands):
                return math.prod(map(self._largest, operands))
            case Operation("/", (value, Literal() | ParameterRef() as divisor)):
                by = self._largest(divisor)
                return self._largest(value) / by if by else math.inf
            case Operation("/", (value, divisor)):
                return self._largest(value) if self._is_count(divisor) else math.inf
            case _:
                return sys.float_info.max

    def _is_count(self, node: Node) -> bool:
        """Whether this is a count or a sum of weights: never so near to 0 that dividing by it overflows."""
        match node:
            case Name():
                symbol = self.symbols.resolve(node, self.level)
                # Of our own, such as ``score__a_guideline__pass``: no rule can have a name with two lines.
                return symbol.source == "term" and "__" in symbol.key[1]
            case Operation("+", operands):
                return all(map(self._is_count, operands))
            case _:
                return isinstance(node, Call) and node.function in ("how_many", "size", "count_of")

    def _arithmetic(self, node: Operation, below: bool = False) -> str:
        """A sum, difference, product or quotient, whose result may not be finite. ``below``: in a denominator."""
        operator, operands = node.operator, node.operands

        def operand(part: Node, below: bool) -> str:
            if isinstance(part, Operation) and part.operator in ARITHMETIC:
                return f"({self._arithmetic(part, below)})"
            return self._inner(part)

        if operator == "-" and len(operands) == 1:
            # With a blank: two signs in a row would begin a comment.
            return f"- {operand(operands[0], below)}"
        if operator != "/":
            return f" {operator} ".join(operand(o, below) for o in operands)
        divisor = operand(operands[1], True)
        if self._is_count(operands[1]):
            divisor = f"nullif({divisor}, 0)"
        elif below and not (isinstance(operands[1], Literal) and operands[1].value):
            # What is infinite here would come out as 0 of the division around it.
            divisor = f"(CASE WHEN {divisor} <> 0 THEN {divisor} END)"
        written = f"{operand(operands[0], below)} / {divisor}"
        if len(written) > MAX_WRITTEN:
            raise ExpressionError(TOO_LARGE)
        return written

    def _compared(self, node: Node, as_condition: bool) -> str:
        """An operand of a comparison; numbers stand as they were written."""
        if isinstance(node, Literal | ParameterRef):
            value = node.value if isinstance(node, Literal) else self.parameters[node.name]
            if isinstance(value, int | float) and not isinstance(value, bool):
                return number(float(value))
        return self._inner(node, as_condition)

    def _coalesce(self, node: Operation) -> str:
        kind = self.type_of(node).kind
        if kind == "boolean":
            return f"coalesce({', '.join(self.condition(o) for o in node.operands)})"
        # A closed set is stored as an ENUM, which another text cannot join.
        cast = "::VARCHAR" if kind == "text" else ""
        return f"coalesce({', '.join(self._inner(o) + (cast if isinstance(o, Name) else '') for o in node.operands)})"

    def _call(self, node: Call) -> str:
        name, arguments = node.function, node.arguments
        if name in LIFTS:
            return self.lifted(node)
        match name:
            case "judge":
                return self._judge(arguments)
            case "all_pass" | "any_pass":
                return self._together(name, arguments)
            case "nothing":
                kind = self.type_of(node).kind
                return f"NULL::{ {'number': 'DOUBLE', 'boolean': 'BOOLEAN', 'date': 'DATE'}.get(kind, 'VARCHAR') }"
            case "only_if":
                result = self._outcome(arguments[1])
                return f"CASE WHEN NOT {self._inner(arguments[0], True)} THEN {NOT_APPLICABLE} ELSE {result} END"
            case "passed" | "failed" | "undecided":
                wanted = {"passed": "pass", "failed": "fail", "undecided": "unknown"}[name]
                return f"({self._inner(arguments[0])} = '{wanted}')"
            case "how_many":
                outcome = arguments[0]
                assert isinstance(outcome, Literal)
                counted = " + ".join(f"({self.value(a)} = '{outcome.value}')::SMALLINT" for a in arguments[1:])
                return f"({counted})::DOUBLE"
            case "mean":
                total = " + ".join(f"coalesce({self.value(a)}, 0)" for a in arguments)
                known = " + ".join(f"({self.value(a)} IS NOT NULL)::SMALLINT" for a in arguments)
                return f"(({total}) / nullif({known}, 0))"
            case "flags":
                pairs = zip(arguments[::2], arguments[1::2], strict=True)
                lists = ", ".join(f"CASE WHEN {self.condition(w)} THEN [{self.value(f)}] ELSE [] END" for f, w in pairs)
                return f"flatten([{lists}])::VARCHAR[]"
            case "dont_know":
                fact = arguments[0]
                assert isinstance(fact, Name)
                level, column = self.symbols.resolve(fact, self.level).key
                return self.column((level, dont_know_column(column)))
            case "days_between":
                first, last = (f"({self.value(a)})::DATE" for a in arguments)
                return f"date_diff('day', {first}, {last})::DOUBLE"
            case "round":
                digits = f", TRY_CAST({self.value(arguments[1])} AS INTEGER)" if len(arguments) > 1 else ""
                return f"round({self.value(arguments[0])}{digits})"
            case "in_season":
                return self._in_season(*arguments)
            case _:
                return self._list_call(node)

    def _members(self, node: Node) -> tuple[str, tuple[str, ...]] | None:
        """The column and the members of a list that is kept as a set of bits."""
        if not isinstance(node, Name):
            return None
        symbol = self.symbols.resolve(node, self.level)
        return (self.column(symbol.key), symbol.members) if symbol.members else None

    def _set_call(self, node: Call, held: str, members: tuple[str, ...]) -> str | None:
        """A question about a set of bits; None where it must be asked of the list."""
        name, other = node.function, node.arguments[1] if len(node.arguments) > 1 else None
        if name == "size":
            return f"bit_count({held})::DOUBLE"
        if name == "contains" and isinstance(other, Literal):
            return f"(({held} & {bits([str(other.value)], members)}) <> 0)"
        if isinstance(other, Listing):
            named = bits(other.values, members)
            wanted = bits(members, members) & ~named if name == "contains_other" else named
            return f"(({held} & {wanted}) {f'= {named}' if name == 'contains_all' else '<> 0'})"
        second = self._members(other) if other is not None else None
        if name == "contains_all" and second and second[1] == members:
            return f"(({held} & {second[0]}) = {second[0]})"
        return None

    def _list_call(self, node: Call) -> str:
        name, arguments = node.function, node.arguments
        if found := self._members(arguments[0]):
            written = self._set_call(node, *found)
            if written is not None:
                return written
        held = self.value(arguments[0])
        other = arguments[1] if len(arguments) > 1 else None
        if name == "size":
            return f"len({held})::DOUBLE"
        if name == "contains":
            return f"list_contains({held}, {self.value(arguments[1])})"
        if isinstance(other, Listing) and not other.values and name != "contains_other":
            return f"CASE WHEN {held} IS NOT NULL THEN {'TRUE' if name == 'contains_all' else 'FALSE'} END"
        if name == "contains_any" and isinstance(other, Listing):
            return "(" + " OR ".join(f"list_contains({held}, {text(v)})" for v in other.values) + ")"
        if name == "contains_all" and isinstance(other, Listing):
            return "(" + " AND ".join(f"list_contains({held}, {text(v)})" for v in other.values) + ")"
        if name == "contains_all":
            return f"list_has_all({held}, {self.value(arguments[1])})"
        if name == "contains_other" and isinstance(other, Listing):
            outside = f"v NOT IN ({texts(other.values)})" if other.values else "TRUE"
            return f"(len(list_filter({held}, lambda v: {outside})) > 0)"
        return f"{name}({', '.join(self.value(a) for a in arguments)})"

    def _in_season(self, date: Node, spans: Node) -> str:
        day, held = f"strftime({self.value(date)}, '%m-%d')", self.value(spans)
        inside = (
            f"CASE WHEN s[1:5] <= s[7:11] THEN {day} BETWEEN s[1:5] AND s[7:11] "
            f"ELSE {day} >= s[1:5] OR {day} <= s[7:11] END"
        )
        return f"CASE WHEN {self.value(date)} IS NOT NULL THEN len(list_filter({held}, lambda s: {inside})) > 0 END"

    def _outcome(self, node: Node) -> str:
        """The expression as an outcome; a boolean becomes pass, fail or unknown."""
        if self.type_of(node).kind == "outcome":
            return self.value(node)
        return self._judge((Literal(True), node))

    def _judge(self, arguments: tuple[Node, ...]) -> str:
        applies, passes, *fails = arguments
        parts = []
        if applies != Literal(True):
            parts.append(f"WHEN NOT {self._inner(applies, True)} THEN {NOT_APPLICABLE}")
        if passes == Literal(None) and not fails:
            return UNKNOWN if not parts else f"CASE {' '.join(parts)} ELSE {UNKNOWN} END"
        held = self._inner(passes, True)
        if fails:
            parts += [f"WHEN {self.condition(fails[0])} THEN {FAIL}", f"WHEN {held} THEN {PASS}"]
            return f"CASE {' '.join(parts)} ELSE {UNKNOWN} END"
        # Half the cost of WHEN x ... WHEN NOT x.
        parts += [f"WHEN {held} IS NULL THEN {UNKNOWN}", f"WHEN {held} THEN {PASS}"]
        return f"CASE {' '.join(parts)} ELSE {FAIL} END"

    def _together(self, function: str, arguments: tuple[Node, ...]) -> str:
        """AND or OR of outcomes, leaving out what does not apply and what is unknown but not required."""
        found: dict[str, list[str]] = {"fail": [], "unknown": [], "pass": [], "left out": []}
        for argument in arguments:
            if self.type_of(argument).kind == "outcome":
                column = self._inner(argument)
                required = not isinstance(argument, Name) or self.symbols.resolve(argument, self.level).required
                found["fail"].append(f"{column} = 'fail'")
                found["pass"].append(f"{column} = 'pass'")
                found["unknown" if required else "left out"].append(f"{column} = 'unknown'")
            else:
                held = self._inner(argument, True)
                found["fail"].append(f"NOT {held}")
                found["pass"].append(held)
                found["unknown"].append(f"{held} IS NULL")
        if len(arguments) == 1 and self.type_of(arguments[0]).kind == "outcome":
            return self.value(arguments[0])
        order = ("fail", "unknown", "pass") if function == "all_pass" else ("pass", "unknown", "fail")
        outcome = {"fail": FAIL, "unknown": UNKNOWN, "pass": PASS, "left out": UNKNOWN}
        parts = [f"WHEN {' OR '.join(found[o])} THEN {outcome[o]}" for o in (*order, "left out") if found[o]]
        return f"CASE {' '.join(parts)} ELSE {NOT_APPLICABLE} END" if parts else NOT_APPLICABLE


def constant_condition(node: Node, parameters: Mapping[str, float | None]) -> bool | None:
    """The value of a condition that reads parameters only."""

    def no_rows(_: Call) -> str:
        return "NULL"

    emitter = Emitter("", Symbols("", (), parameters={k: v or 0.0 for k, v in parameters.items()}), parameters, no_rows)
    row = _parser().execute(f"SELECT {emitter.value(node)}").fetchone()
    return None if row is None or row[0] is None else bool(row[0])
