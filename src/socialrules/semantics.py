"""What an expression means: which names it may read, and of which type it is.

Five types: ``boolean`` (three-valued), ``outcome`` (pass, fail, unknown, not_applicable; reads as
a boolean where one is wanted), ``number``, ``text``, ``date`` and ``list``. A text or list may know
its possible values; then a literal outside them is an error, because it could never be equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from socialrules.errors import ExpressionError, did_you_mean
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
    children,
)
from socialrules.model import DONT_KNOW, OUTCOMES


@dataclass(frozen=True, slots=True)
class Type:
    """The type of an expression; ``values``: what a text can be, or a list can hold (None: anything)."""

    kind: str
    values: frozenset[str] | None = None


BOOLEAN, NUMBER, DATE, TEXT, LIST, NOTHING = (Type(k) for k in ("boolean", "number", "date", "text", "list", "null"))
OUTCOME = Type("outcome", frozenset(OUTCOMES))
CONDITION = ("boolean", "outcome", "null")

Key = tuple[str, str]
"""A level and a name: what identifies a fact, a term or a column of a lookup."""

ROWS = "_rows"
"""Read by whatever looks over a table's rows, even if it reads none of their columns."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """Something an expression can read.

    Attributes:
        key: its level and name. Columns of a lookup have the level of their table.
        type: of its values.
        source: ``fact``, ``lookup`` or ``term``.
        required: for an outcome: whether an unknown counts where outcomes are put together.
        members: for a list that is kept as a set of bits, its values in the order of the bits.
    """

    key: Key
    type: Type
    source: str
    required: bool = True
    members: tuple[str, ...] = ()


@dataclass(slots=True)
class Symbols:
    """All symbols of a rulebook, and how names find them.

    Attributes:
        root: name of the root table.
        levels: names of all tables.
        lookups: table of each lookup.
    """

    root: str
    levels: tuple[str, ...]
    lookups: dict[str, str] = field(default_factory=dict)
    by_key: dict[Key, Symbol] = field(default_factory=dict)
    parameters: Mapping[str, float | None] = field(default_factory=dict)

    def resolve(self, name: Name, level: str) -> Symbol:
        """The symbol that a name means at a level. Raises ExpressionError where there is none."""
        key = self._key(name, level)
        symbol = self.by_key.get(key)
        if symbol is None:
            known = [n for (at, n) in self.by_key if at == key[0] and "__" not in n]
            shown = f"{name.scope}.{name.name}" if name.scope else name.name
            raise ExpressionError(f"no loaded plugin has the name {shown}.{did_you_mean(key[1], known)}")
        return symbol

    def _key(self, name: Name, level: str) -> Key:
        if name.scope is None or name.scope == self.root:
            return (self.root, name.name)
        if name.scope == level:
            return (level, name.name)
        if self.lookups.get(name.scope) == level:
            return (level, lookup_column(name.scope, name.name))
        if name.scope in self.levels or name.scope in self.lookups:
            raise ExpressionError(
                f"{name.scope}.{name.name} can only be read at level {self.lookups.get(name.scope, name.scope)}, "
                f"or inside any_of, all_of, count_of, total and first_of"
            )
        raise ExpressionError(f"{name.scope} in {name.scope}.{name.name} is no table and no lookup")


def lookup_column(lookup: str, column: str) -> str:
    """The name under which a column of a lookup stands beside the facts of its table."""
    return f"{lookup}__{column}"


def dont_know_column(fact: str) -> str:
    """The column that says whether the answer to a fact was dont_know."""
    return f"{fact}__dont_know"


def is_python(key: Key) -> bool:
    """Whether a key is the result of a Python check."""
    return key[1].endswith("__python")


def lift_table(call: Call, symbols: Symbols) -> str:
    """The child table that any_of, total and the like look over."""
    table = call.arguments[0]
    if not (
        isinstance(table, Name) and table.scope is None and table.name in symbols.levels and table.name != symbols.root
    ):
        children = ", ".join(level for level in symbols.levels if level != symbols.root)
        raise ExpressionError(f"the first argument of {call.function} is one of the tables {children}")
    return table.name


def reads(node: Node, level: str, symbols: Symbols) -> dict[Key, Symbol]:
    """Every fact, lookup column and term an expression reads at a level, in order of appearance."""
    found: dict[Key, Symbol] = {}
    _collect(node, level, symbols, found)
    return found


def _collect(node: Node, level: str, symbols: Symbols, found: dict[Key, Symbol]) -> None:
    if isinstance(node, Name):
        symbol = symbols.resolve(node, level)
        found.setdefault(symbol.key, symbol)
        return
    if isinstance(node, Call) and node.function in LIFTS:
        table = lift_table(node, symbols)
        found.setdefault((table, ROWS), Symbol((table, ROWS), NOTHING, "rows"))
        for argument in node.arguments[1:]:
            _collect(argument, table, symbols, found)
        return
    if isinstance(node, Call) and node.function == "dont_know":
        fact = node.arguments[0]
        if isinstance(fact, Name):
            symbol = symbols.resolve(fact, level)
            if symbol.source != "fact":
                raise ExpressionError("dont_know takes the name of a fact")
            key = (symbol.key[0], dont_know_column(symbol.key[1]))
            found.setdefault(key, Symbol(key, BOOLEAN, "fact"))
        return
    for child in children(node):
        _collect(child, level, symbols, found)


def infer(node: Node, level: str, symbols: Symbols) -> Type:
    """The type of an expression at a level. Raises ExpressionError where it makes no sense."""
    match node:
        case Literal(None):
            return NOTHING
        case Literal(bool()):
            return BOOLEAN
        case Literal(str(value)):
            return Type("text", frozenset({value}))
        case Literal():
            return NUMBER
        case Listing(values):
            return Type("list", frozenset(values))
        case ParameterRef(name):
            if name not in symbols.parameters:
                raise ExpressionError(f"there is no parameter ${name}.{did_you_mean(name, symbols.parameters)}")
            return NUMBER
        case Name():
            return symbols.resolve(node, level).type
        case Case(branches, otherwise):
            for when, _ in branches:
                _want(when, level, symbols, CONDITION, "WHEN")
            return _common([infer(n, level, symbols) for _, n in branches] + [infer(otherwise, level, symbols)])
        case Operation():
            return _infer_operation(node, level, symbols)
        case Call():
            return _infer_call(node, level, symbols)
    raise ExpressionError(f"unexpected node {node!r}")


def _infer_operation(node: Operation, level: str, symbols: Symbols) -> Type:
    operator, operands = node.operator, node.operands
    if operator in ("AND", "OR", "NOT"):
        for operand in operands:
            _want(operand, level, symbols, CONDITION, operator)
        return BOOLEAN
    if operator in ("IS NULL", "IS NOT NULL"):
        infer(operands[0], level, symbols)
        return BOOLEAN
    if operator in ARITHMETIC:
        for operand in operands:
            _want(operand, level, symbols, ("number", "null"), operator)
        return NUMBER
    types = [infer(o, level, symbols) for o in operands]
    if operator == "COALESCE":
        return _common(types)
    _comparable(operator, operands, types)
    return BOOLEAN


def _comparable(operator: str, operands: tuple[Node, ...], types: list[Type]) -> None:
    kinds = {t.kind for t in types if t.kind != "null"}
    texts = kinds <= {"text", "outcome"}
    if len(kinds) > 1 and not texts and not kinds <= {"boolean", "outcome"}:
        raise ExpressionError(f"{operator} compares {' with '.join(sorted(kinds))}")
    if "list" in kinds:
        raise ExpressionError(f"{operator} cannot compare lists; use contains, contains_all or size")
    if not texts:
        return
    # With IN the first operand is compared with each of the others, which are not compared among themselves.
    pairs = [(0, i) for i in range(1, len(operands))] if operator == "IN" else [(0, 1)]
    for one, other in [*pairs, *((b, a) for a, b in pairs)]:
        value = operands[other]
        if isinstance(value, Literal) and isinstance(value.value, str) and not isinstance(operands[one], Literal):
            _possible(value.value, types[one], operands[one])


def _possible(value: str, type_: Type, node: Node) -> None:
    if type_.values is None or value in type_.values:
        return
    what = node.name if isinstance(node, Name) else "this"
    if value == DONT_KNOW:
        raise ExpressionError(f"{what} reads dont_know as unknown; write dont_know({what}) to see it")
    raise ExpressionError(
        f"{what} can never be {value!r}; it is one of {', '.join(sorted(type_.values))}.{did_you_mean(value, type_.values)}"
    )


def _want(node: Node, level: str, symbols: Symbols, kinds: tuple[str, ...], where: str) -> Type:
    found = infer(node, level, symbols)
    if found.kind not in kinds:
        wanted = kinds[0].replace("boolean", "condition")
        raise ExpressionError(f"{where} wants a {wanted}, not a {found.kind}")
    return found


def _common(types: list[Type]) -> Type:
    known = [t for t in types if t.kind != "null"]
    if not known:
        return NOTHING
    kinds = {t.kind for t in known}
    if kinds == {"boolean", "outcome"}:
        return BOOLEAN
    if len(kinds) > 1:
        raise ExpressionError(f"the results are of different types: {', '.join(sorted(kinds))}")
    if any(t.values is None for t in known):
        return Type(known[0].kind)
    return Type(known[0].kind, frozenset().union(*(t.values or frozenset() for t in known)))


def _infer_call(node: Call, level: str, symbols: Symbols) -> Type:
    name, arguments = node.function, node.arguments
    if name in LIFTS:
        return _infer_lift(node, symbols)
    if name in ("passed", "failed", "undecided"):
        _want(arguments[0], level, symbols, ("outcome",), name)
        return BOOLEAN
    if name in ("all_pass", "any_pass"):
        for argument in arguments:
            _want(argument, level, symbols, CONDITION, name)
        return OUTCOME
    if name == "only_if":
        for argument in arguments:
            _want(argument, level, symbols, CONDITION, name)
        return OUTCOME
    if name == "judge":
        for argument in arguments:
            _want(argument, level, symbols, CONDITION, "a check")
        return OUTCOME
    if name == "flags":
        return LIST
    if name == "nothing":
        kind = arguments[0]
        return Type(str(kind.value)) if isinstance(kind, Literal) else NOTHING
    if name in ("how_many", "mean"):
        return NUMBER
    if name == "dont_know":
        fact = arguments[0]
        if not isinstance(fact, Name) or symbols.resolve(fact, level).source != "fact":
            raise ExpressionError("dont_know takes the name of a fact")
        return BOOLEAN
    if name.startswith("contains") or name == "size":
        return _infer_list_call(node, level, symbols)
    if name == "days_between":
        for argument in arguments:
            _want(argument, level, symbols, ("date", "null"), name)
        return NUMBER
    if name == "in_season":
        _want(arguments[0], level, symbols, ("date", "null"), name)
        _want(arguments[1], level, symbols, ("list",), name)
        return BOOLEAN
    if name == "starts_with":
        for argument in arguments:
            _want(argument, level, symbols, ("text", "null"), name)
        return BOOLEAN
    for argument in arguments:  # abs, round
        _want(argument, level, symbols, ("number", "null"), name)
    return NUMBER


def _infer_list_call(node: Call, level: str, symbols: Symbols) -> Type:
    held = _want(node.arguments[0], level, symbols, ("list",), node.function)
    if node.function == "size":
        return NUMBER
    other = node.arguments[1]
    if node.function == "contains":
        if not (isinstance(other, Literal) and isinstance(other.value, str)):
            raise ExpressionError("contains takes a list and a constant text")
        _possible(other.value, held, node.arguments[0])
    else:
        wanted = _want(other, level, symbols, ("list",), node.function)
        if isinstance(other, Listing):
            for value in sorted(wanted.values or ()):
                _possible(value, held, node.arguments[0])
        elif node.function != "contains_all":
            raise ExpressionError(f"{node.function} takes a list and constant texts, e.g. ['a', 'b']")
    return BOOLEAN


def _infer_lift(node: Call, symbols: Symbols) -> Type:
    table = lift_table(node, symbols)
    _want(node.arguments[1], table, symbols, CONDITION, f"the filter of {node.function}")
    match node.function:
        case "count_of":
            return NUMBER
        case "total":
            _want(node.arguments[2], table, symbols, ("number",), "total")
            return NUMBER
        case "first_of":
            for order in node.arguments[3:]:
                infer(order, table, symbols)
            return infer(node.arguments[2], table, symbols)
        case _:
            found = _want(node.arguments[2], table, symbols, CONDITION, node.function)
            return OUTCOME if found.kind == "outcome" else BOOLEAN
