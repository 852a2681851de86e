"""The expressions of a mapping as SQL over the columns of a source."""

from __future__ import annotations

from dataclasses import dataclass

from socialrules.errors import MappingError
from socialrules.expressions import Call, Case, Listing, Literal, Name, Node, Operation, ParameterRef
from socialrules.quoting import identifier, number, text, texts
from socialrules.sources.codes import Decoder

COMPARISONS = ("=", "<>", "<", ">", "<=", ">=", "IN", "IS DISTINCT FROM", "IS NOT DISTINCT FROM")


@dataclass(frozen=True, slots=True)
class MappingSql:
    """Writes expressions. Their names are columns as the decoder reads them, or such as the mapping itself makes."""

    decoder: Decoder

    def of(self, node: Node) -> str:
        """An expression as SQL."""
        match node:
            case Literal(None):
                return "NULL"
            case Literal(bool(value)):
                return "TRUE" if value else "FALSE"
            case Literal(str(value)):
                return text(value)
            case Literal(value):
                return number(float(value or 0))
            case Listing(values):
                return f"[{texts(values)}]"
            case Name(_, name):
                return self.decoder.column(name).value if self.decoder.knows(name) else identifier(name)
            case ParameterRef(name):
                raise MappingError(f"${name} has no place in a mapping")
            case Case(branches, otherwise):
                told = " ".join(f"WHEN {self.of(w)} THEN {self.of(t)}" for w, t in branches)
                return f"CASE {told} ELSE {self.of(otherwise)} END"
            case Call("to_number", (value,)):
                return self.decoder.number(self.of(value))
            case Call("to_text", (value,)):
                return f"({self.of(value)})::VARCHAR"
            case Call("||", arguments):
                return "(" + " || ".join(f"({self.of(a)})::VARCHAR" for a in arguments) + ")"
            case Call(function, arguments):
                return f"{function}({', '.join(self.of(a) for a in arguments)})"
            case Operation(operator, operands):
                return _operation(operator, [f"({o})" for o in self._compared(operator, operands)])

    def _compared(self, operator: str, operands: tuple[Node, ...]) -> list[str]:
        """The operands as SQL. A column of texts that is compared with numbers is read as one; other texts are null."""
        numbers = any(isinstance(o, Literal) and type(o.value) in (int, float) for o in operands)
        if operator not in COMPARISONS or not numbers:
            return [self.of(o) for o in operands]
        return [
            self.decoder.number(self.of(o))
            if isinstance(o, Name) and self.decoder.knows(o.name) and self.decoder.column(o.name).kind == "VARCHAR"
            else self.of(o)
            for o in operands
        ]


def _operation(operator: str, operands: list[str]) -> str:
    if operator == "NOT":
        return f"NOT {operands[0]}"
    if operator in ("IS NULL", "IS NOT NULL"):
        return f"{operands[0]} {operator}"
    if operator == "COALESCE":
        return f"coalesce({', '.join(operands)})"
    if operator == "IN":
        return f"{operands[0]} IN ({', '.join(operands[1:])})"
    if operator == "-" and len(operands) == 1:
        return f"-{operands[0]}"
    if operator == "/":
        return f"{operands[0]} / nullif({operands[1]}, 0)"
    return f" {operator} ".join(operands)
