"""The SQL that rules may use: from text to a small syntax tree.

DuckDB parses the text (``json_serialize_sql``); what comes back is checked against an allow-list
and turned into the node types below. Only these can ever be emitted again, so a rule can reach
nothing but declared names: no table, file, setting, subquery or function outside ``FUNCTIONS``.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from socialrules.errors import ExpressionError

MAX_LENGTH = 20_000
MAX_DEPTH = 60
SHOWN_LENGTH = 100
MAX_TWICE = 200
"""Nodes of what is written once and evaluated twice: inside each other, such expressions double."""

FUNCTIONS: dict[str, tuple[int, int | None]] = {
    # name: least and most number of arguments
    "abs": (1, 1),
    "round": (1, 2),
    "dont_know": (1, 1),
    "contains": (2, 2),
    "contains_any": (2, 2),
    "contains_all": (2, 2),
    "contains_other": (2, 2),
    "size": (1, 1),
    "days_between": (2, 2),
    "in_season": (2, 2),
    "starts_with": (2, 2),
    "passed": (1, 1),
    "failed": (1, 1),
    "undecided": (1, 1),
    "all_pass": (1, None),
    "any_pass": (1, None),
    "only_if": (2, 2),
    "any_of": (3, 3),
    "all_of": (3, 3),
    "count_of": (2, 2),
    "total": (3, 3),
    "first_of": (4, None),
}
Functions = Mapping[str, tuple[int, int | None]]
LIFTS = frozenset({"any_of", "all_of", "count_of", "total", "first_of"})
ARITHMETIC = frozenset({"+", "-", "*", "/"})
OPERATORS: dict[str, tuple[int, int | None]] = {
    "+": (1, 2), "-": (1, 2), "*": (2, 2), "/": (2, 2), "||": (2, 2), "coalesce": (1, None),
}  # fmt: skip
"""Operators that arrive as calls: least and most number of operands."""
COMPARISONS = {
    "COMPARE_EQUAL": "=",
    "COMPARE_NOTEQUAL": "<>",
    "COMPARE_LESSTHAN": "<",
    "COMPARE_GREATERTHAN": ">",
    "COMPARE_LESSTHANOREQUALTO": "<=",
    "COMPARE_GREATERTHANOREQUALTO": ">=",
    "COMPARE_DISTINCT_FROM": "IS DISTINCT FROM",
    "COMPARE_NOT_DISTINCT_FROM": "IS NOT DISTINCT FROM",
}


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant: text, number, boolean or None for NULL."""

    value: str | float | bool | None


@dataclass(frozen=True, slots=True)
class Name:
    """A reference: ``scope.name`` or a bare ``name`` (scope None)."""

    scope: str | None
    name: str


@dataclass(frozen=True, slots=True)
class ParameterRef:
    """``$name``."""

    name: str


@dataclass(frozen=True, slots=True)
class Operation:
    """AND, OR, NOT, a comparison, arithmetic, IN, IS NULL, IS NOT NULL, COALESCE."""

    operator: str
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """CASE WHEN ... THEN ... ELSE ... END; without ELSE it is NULL."""

    branches: tuple[tuple[Node, Node], ...]
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Call:
    """A function of ``FUNCTIONS``."""

    function: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """``['a', 'b']``: a list of constant texts."""

    values: tuple[str, ...]


Node = Literal | Name | ParameterRef | Operation | Case | Call | Listing
NULL = Literal(None)
TRUE = Literal(True)
FALSE = Literal(False)


def children(node: Node) -> tuple[Node, ...]:
    """The direct operands of a node."""
    match node:
        case Operation(_, operands):
            return operands
        case Call(_, arguments):
            return arguments
        case Case(branches, otherwise):
            return (*tuple(n for branch in branches for n in branch), otherwise)
        case _:
            return ()


def rebuilt(node: Node, change: Callable[[Node], Node]) -> Node:
    """The node with what ``change`` makes of each of its direct operands."""
    match node:
        case Operation(operator, operands):
            return Operation(operator, tuple(map(change, operands)))
        case Call(function, arguments):
            return Call(function, tuple(map(change, arguments)))
        case Case(branches, otherwise):
            return Case(tuple((change(when), change(then)) for when, then in branches), change(otherwise))
        case _:
            return node


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it."""
    yield node
    for child in children(node):
        yield from walk(child)


def names_in(node: Node) -> list[Name]:
    """Every reference in the expression, each once, in order of appearance."""
    return list(dict.fromkeys(n for n in walk(node) if isinstance(n, Name)))


def parameters_in(node: Node) -> list[str]:
    """Every parameter the expression reads, each once."""
    return list(dict.fromkeys(n.name for n in walk(node) if isinstance(n, ParameterRef)))


CONFIG: dict[str, str | bool | int] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "allow_persistent_secrets": False,
    # A name in FROM must not find a variable of the Python program.
    "python_enable_replacements": False,
}
"""How every DuckDB connection that evaluates expressions is opened; see also ``lock``."""


@functools.lru_cache(maxsize=1)
def _parser() -> Any:
    import duckdb

    return duckdb.connect(config={**CONFIG, "threads": 1, "enable_external_access": False, "lock_configuration": True})


def parse_all(texts: Mapping[str, str], functions: Functions = FUNCTIONS) -> dict[str, Node]:
    """The syntax trees of many expressions, in one round trip to the parser.

    Args:
        texts: expression by a label that says where it stands; errors are prefixed with it.
        functions: the functions allowed, with their least and most number of arguments.

    Raises:
        ExpressionError: listing every expression that is not allowed.
    """
    problems: list[str] = []
    trees: dict[str, Node] = {}
    fit = {}
    for where, text in texts.items():
        if len(text) > MAX_LENGTH:
            problems.append(f"{where}: the expression is longer than {MAX_LENGTH:,} characters")
        elif "\0" in text:
            problems.append(f"{where}: the expression holds a NUL character")
        elif not is_utf8(text):
            problems.append(f"{where}: the expression holds half a character")
        elif (depth := _bracket_depth(text)) > MAX_DEPTH:
            problems.append(f"{where}: the expression is nested {depth} deep; {MAX_DEPTH} is the most")
        else:
            fit[where] = text
    unique = list(dict.fromkeys(fit.values()))
    serialized = dict(zip(unique, _serialize(unique), strict=True))
    for where, text in fit.items():
        try:
            trees[where] = _checked(text, serialized[text], functions)
        except ExpressionError as error:
            problems.append(f"{where}: {error}")
    if problems:
        raise ExpressionError("\n".join(problems))
    return trees


def parse(text: str) -> Node:
    """The syntax tree of one expression. Raises ExpressionError where it is not allowed."""
    try:
        return parse_all({"expression": text})["expression"]
    except ExpressionError as error:
        raise ExpressionError(str(error).removeprefix("expression: ")) from None


def _serialize(texts: list[str]) -> list[str]:
    # The line break ends a comment in the text, so that it cannot swallow the closing bracket.
    if not texts:
        return []
    sql = "SELECT json_serialize_sql('SELECT (' || e || E'\\n)') FROM (SELECT unnest(?::VARCHAR[]) AS e)"
    return [row[0] for row in _parser().execute(sql, [texts]).fetchall()]


def is_utf8(text: str) -> bool:
    """Whether a text can be written as UTF-8; one with half a character, such as an undecodable path, cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN_LENGTH else text[:SHOWN_LENGTH] + "..."


def _shown(text: str) -> str:
    """A text as a message quotes it, cut where it is long."""
    return repr(_cut(text))


def _bracket_depth(text: str) -> int:
    depth = deepest = 0
    quote = ""
    for char in text:
        if quote or char in "'\"":
            quote = "" if char == quote else quote or char
        elif char in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif char in ")]}":
            depth -= 1
    return deepest


def _checked(text: str, serialized: str, functions: Functions) -> Node:
    try:
        tree = json.loads(serialized)
    except RecursionError:
        raise ExpressionError("the expression is nested too deeply") from None
    if tree.get("error"):
        raise ExpressionError(f"{_shown(text)} is no SQL expression ({_cut(str(tree.get('error_message')))})")
    statements = tree["statements"]
    node = statements[0]["node"] if len(statements) == 1 else {}
    plain = (
        node.get("type") == "SELECT_NODE"
        and len(node.get("select_list", ())) == 1
        and (node.get("from_table") or {}).get("type", "EMPTY") == "EMPTY"
        and not any(
            node.get(key) for key in ("modifiers", "where_clause", "having", "qualify", "sample", "group_expressions")
        )
    )
    if not plain:
        raise ExpressionError(f"{_shown(text)} is not one plain expression")
    try:
        return _convert(node["select_list"][0], 0, functions)
    except RecursionError:
        raise ExpressionError("the expression is nested too deeply") from None


def _convert(item: dict[str, Any], depth: int, functions: Functions) -> Node:
    if depth > MAX_DEPTH:
        raise ExpressionError(f"the expression is nested more than {MAX_DEPTH} deep")
    if item.get("alias"):
        raise ExpressionError(f"an alias ({item['alias']!r}) has no place in an expression")
    sub = functools.partial(_convert, depth=depth + 1, functions=functions)
    kind, kind_class = item["type"], item["class"]
    if kind_class == "CONSTANT":
        return Literal(_constant(item["literal"]))
    if kind_class == "COLUMN_REF":
        return _name(item["column_names"])
    if kind_class == "PARAMETER":
        return ParameterRef(str(item["identifier"]))
    if kind_class == "COMPARISON" and kind.endswith("DISTINCT_FROM") and _is_truth_test(item):
        # ``x IS TRUE`` arrives as a comparison of ``x::BOOLEAN`` with a constant.
        return Operation(COMPARISONS[kind], (sub(item["left"]["child"]), sub(item["right"])))
    if kind_class == "COMPARISON" and kind in COMPARISONS:
        return Operation(COMPARISONS[kind], (sub(item["left"]), sub(item["right"])))
    if kind_class == "CONJUNCTION":
        operator = "AND" if kind == "CONJUNCTION_AND" else "OR"
        return Operation(operator, tuple(sub(c) for c in item["children"]))
    if kind_class == "BETWEEN":
        value = sub(item["input"])
        if sum(1 for _ in walk(value)) > MAX_TWICE:
            raise ExpressionError("what stands before BETWEEN is too large; make it a term of its own")
        low = Operation(">=", (value, sub(item["lower"])))
        return Operation("AND", (low, Operation("<=", (value, sub(item["upper"])))))
    if kind_class == "CASE":
        branches = tuple((sub(c["when_expr"]), sub(c["then_expr"])) for c in item["case_checks"])
        return Case(branches, sub(item["else_expr"]))
    if kind_class == "OPERATOR":
        return _operator(kind, tuple(sub(c) for c in item["children"]))
    if kind_class == "FUNCTION":
        return _function(item, sub, functions)
    raise ExpressionError(f"{kind.lower().replace('_', ' ')} has no place in an expression")


def _constant(literal: dict[str, Any]) -> str | float | bool | None:
    kind = literal["kind"]
    if kind == "STRING":
        return str(literal["text"])
    if kind in ("INTEGER", "NUMERIC"):
        number = float(literal["text"])
        if number in (float("inf"), float("-inf")):
            raise ExpressionError(f"the number {_cut(literal['text'])} is out of range")
        return number
    if kind == "BOOLEAN":
        return str(literal.get("text", literal.get("value"))).lower() == "true"
    if kind.startswith("NULL"):
        return None
    raise ExpressionError(f"a constant of the kind {kind.lower()} has no place in an expression")


def _name(path: list[str]) -> Name:
    if len(path) == 1:
        return Name(None, path[0])
    if len(path) == 2:
        return Name(path[0], path[1])
    raise ExpressionError(f"{_shown('.'.join(path))} has too many dots; write name or table.name")


def _operator(kind: str, operands: tuple[Node, ...]) -> Node:
    match kind:
        case "OPERATOR_NOT":
            return Operation("NOT", operands)
        case "OPERATOR_IS_NULL":
            return Operation("IS NULL", operands)
        case "OPERATOR_IS_NOT_NULL":
            return Operation("IS NOT NULL", operands)
        case "OPERATOR_COALESCE":
            return Operation("COALESCE", operands)
        case "COMPARE_IN" | "COMPARE_NOT_IN":
            choice = Operation("IN", operands)
            return choice if kind == "COMPARE_IN" else Operation("NOT", (choice,))
        case "ARRAY_CONSTRUCTOR":
            return _listing(operands)
    raise ExpressionError(f"{kind.lower().replace('_', ' ')} has no place in an expression")


def _is_truth_test(item: dict[str, Any]) -> bool:
    left, right = item["left"], item["right"]
    constant = right["class"] == "CONSTANT" and right["literal"]["kind"] == "BOOLEAN"
    # A cast that somebody wrote has a place in the text; the one of IS TRUE has none of its own.
    return constant and left["class"] == "CAST" and not left["try_cast"] and _type_name(left) == "boolean"


def _type_name(item: dict[str, Any]) -> str:
    return str(item.get("type_expr", {}).get("type_name", "")).lower()


def _listing(items: tuple[Node, ...]) -> Listing:
    values = []
    for item in items:
        if not (isinstance(item, Literal) and isinstance(item.value, str)):
            raise ExpressionError("a list holds constant texts only, e.g. ['a', 'b']")
        values.append(item.value)
    return Listing(tuple(values))


def _function(item: dict[str, Any], sub: Callable[[dict[str, Any]], Node], functions: Functions) -> Node:
    name = str(item["function_name"]).lower()
    if item.get("schema") or item.get("catalog") or len(item.get("qualified_name", {}).get("path", [name])) > 1:
        raise ExpressionError(f"{name} with a schema in front has no place in an expression")
    if item.get("distinct") or item.get("filter") or item.get("order_bys", {}).get("orders"):
        raise ExpressionError(f"DISTINCT, FILTER and ORDER BY have no place in {name}(...)")
    if any(argument.get("name") for argument in item["arguments"]):
        raise ExpressionError(f"named arguments have no place in {name}(...)")
    arguments = tuple(sub(a["expression"]) for a in item["arguments"])
    if name in OPERATORS:
        # In quotes an operator can be called with any number of arguments.
        _check_number(name, arguments, OPERATORS[name])
    if name in ARITHMETIC:
        return Operation(name, arguments)
    if name == "list_value":
        return _listing(arguments)
    if name == "coalesce":
        return Operation("COALESCE", arguments)
    if name == "||":
        if "concat" in functions:
            return Call("||", arguments)
        name = "concat"
    if name not in functions:
        raise ExpressionError(
            f"the function {name} is not among those that can be used here: {', '.join(sorted(functions))}"
        )
    _check_number(name, arguments, functions[name])
    return Call(name, arguments)


def _check_number(name: str, arguments: tuple[Node, ...], allowed: tuple[int, int | None]) -> None:
    least, most = allowed
    if len(arguments) < least or (most is not None and len(arguments) > most):
        wanted = str(least) if most == least else f"{least} or more" if most is None else f"{least} to {most}"
        raise ExpressionError(f"{name} takes {wanted} arguments, not {len(arguments)}")
