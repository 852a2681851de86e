"""Functions over child rows, as aggregates that the root table is joined with."""

from __future__ import annotations

from dataclasses import dataclass, replace

from socialrules.expressions import LIFTS, NULL, Call, Literal, Name, Node, rebuilt
from socialrules.quoting import identifier
from socialrules.rulebook import Definition, Rulebook
from socialrules.semantics import Key, infer, lift_table, reads
from socialrules.sqltext import NOT_APPLICABLE, Emitter, finite


@dataclass(frozen=True, slots=True)
class Lift:
    """One aggregate over a child's rows: its column, its call, its SQL, and what no rows give."""

    column: str
    call: Call
    aggregate: str
    result: str


def no_lift(call: Call) -> str:
    """Stands in where no function over child rows can occur: rules lift them all to the root level."""
    raise AssertionError(f"{call.function} must have been lifted to the root level")


def make_lift(call: Call, table: str, column: str, rulebook: Rulebook) -> Lift:
    """The aggregate of a function over child rows, and how its result is read at the root."""
    emitter = Emitter(table, rulebook.symbols, rulebook.parameters, no_lift)
    chosen = emitter.condition(call.arguments[1])
    always = chosen == "TRUE"

    def where(value: str) -> str:
        return value if always else f"CASE WHEN {chosen} THEN {value} END"

    name = identifier(column)
    match call.function:
        case "count_of":
            return Lift(column, call, f"count({where('1')})", f"coalesce({name}, 0)::DOUBLE")
        case "total":
            return Lift(column, call, _exact_sum(where(emitter.value(call.arguments[2]))), finite(name))
        case "first_of":
            order = ", ".join(emitter.value(a) for a in call.arguments[3:])
            value = emitter.value(call.arguments[2])
            # Rows that are equal in the given order come in that of the input, on any number of threads.
            aggregate = f"first({value} ORDER BY {order}, row) FILTER (WHERE {chosen})"
            kind = infer(call.arguments[2], table, rulebook.symbols).kind
            return Lift(column, call, aggregate, f"coalesce({name}, {NOT_APPLICABLE})" if kind == "outcome" else name)
    judged = call.arguments[2]
    least = "min" if call.function == "all_of" else "max"
    if infer(judged, table, rulebook.symbols).kind != "outcome":
        held = emitter.condition(judged)
        number = f"CASE WHEN ({held}) IS NULL THEN 1 WHEN {held} THEN 2 ELSE 0 END"
        return Lift(column, call, f"{least}({where(number)})", f"CASE {name} WHEN 2 THEN TRUE WHEN 0 THEN FALSE END")
    required = not isinstance(judged, Name) or rulebook.symbols.resolve(judged, table).required
    outcome = emitter.value(judged)
    if required:
        aggregate = f"{least}({where(f'CASE WHEN {outcome} <> {NOT_APPLICABLE} THEN {outcome} END')})"
        return Lift(column, call, aggregate, f"coalesce({name}, {NOT_APPLICABLE})")
    # An unknown that is not required gives way to anything that is known.
    ranks = ("fail", "pass", "unknown") if call.function == "all_of" else ("unknown", "fail", "pass")
    number = " ".join(f"WHEN '{o}' THEN {i}" for i, o in enumerate(ranks))
    back = " ".join(f"WHEN {i} THEN '{o}'::outcome" for i, o in enumerate(ranks))
    aggregate = f"{least}({where(f'CASE {outcome} {number} END')})"
    return Lift(column, call, aggregate, f"CASE {name} {back} ELSE {NOT_APPLICABLE} END")


def without_rows(rulebook: Rulebook, absent: frozenset[str]) -> dict[Key, Definition]:
    """The definitions of a rulebook, with the answer of every function over tables that have no rows."""
    symbols = rulebook.symbols

    def visit(node: Node) -> Node:
        if not (isinstance(node, Call) and node.function in LIFTS and lift_table(node, symbols) in absent):
            return rebuilt(node, visit)
        if node.function == "count_of":
            return Literal(0.0)
        kind = infer(node, symbols.root, symbols).kind
        if kind == "outcome":
            return Call("only_if", (Literal(False), NULL))
        return Call("nothing", (Literal(kind),))

    def settled(definition: Definition) -> Definition:
        tree = visit(definition.tree)
        return replace(definition, tree=tree, reads=tuple(reads(tree, definition.key[0], symbols)))

    return {
        key: settled(d) if any(level in absent for level, _ in d.reads) else d
        for key, d in rulebook.definitions.items()
    }


def _exact_sum(value: str) -> str:
    """A sum of doubles that does not depend on the order of the rows: the smallest are added first.

    Where every value has at most six decimals, as money and hours have, so has the sum.
    """
    total = f"list_sum(list_sort(list({value}) FILTER (WHERE ({value}) IS NOT NULL)))"
    return f"CASE WHEN bool_and(({value}) = round({value}, 6)) THEN round({total}, 6) ELSE {total} END"


def inside(call: Call) -> Node:
    """The expressions inside a lift, as one node at the child's level."""
    return Call("all_pass", call.arguments[1:])
