"""The SQL of one step: its layers of terms, the rows they come from, and the aggregates they are joined with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from socialrules.lifts import Lift, inside
from socialrules.quoting import constant, identifier
from socialrules.rulebook import Definition
from socialrules.semantics import Key, is_python, reads

if TYPE_CHECKING:
    from socialrules.compiler import Program, Step

LAYER_TERMS = 150
"""DuckDB's planning time grows with the square of the expressions in one SELECT."""

INDENT = "    "


class StepWriter:
    """Writes the statement of one step."""

    def __init__(self, program: Program, step: Step) -> None:
        self.program, self.step = program, step
        self.rulebook = program.rulebook
        self.root = self.rulebook.root
        self.columns = {lift.call: lift.result for lifts in step.lifts.values() for lift in lifts}
        self.emitter = program.emitter(step.level, self.columns.__getitem__)

    def write(self, first: str) -> str:
        """The SELECT of the step. ``first``: the one that reads its rows, for the first step of a level."""
        ctes: list[tuple[str, str]] = []
        if self.step.number == 0:
            ctes.append(("facts", first))
            ctes += self._joined("facts") if self.step.level != self.root.name else []
            ctes += self._checked(ctes[-1][0])
        elif self.step.level == self.root.name:
            ctes += self._with_lifts()
        else:
            ctes += self._joined(self._previous())
        if any(is_python(k) and k[0] == self.step.level for k in self.step.reads):
            table = f"python_{self.step.level}"
            ctes.append(("answered", f"SELECT * FROM {ctes[-1][0]} LEFT JOIN {table} USING (row)"))
        for number, layer in enumerate(_layers(self.step.definitions), 1):
            source = ctes[-1][0]
            terms = ",\n".join(f"{INDENT}{INDENT}{self._term(d)} AS {identifier(d.key[1])}" for d in layer)
            ctes.append((f"layer_{number}", f"SELECT *,\n{terms}\n{INDENT}FROM {source}"))
        body = ",\n".join(f"{name} AS (\n{INDENT}{sql}\n)" for name, sql in ctes)
        kept = ", ".join([*self._always(), *(identifier(k[1]) for k in self.step.keeps)])
        return f"WITH {body}\nSELECT {kept}\nFROM {ctes[-1][0]}"

    def _term(self, definition: Definition) -> str:
        if definition.type.kind == "outcome":
            return self.emitter.value(definition.tree)
        if definition.type.kind in ("boolean", "null"):
            return self.emitter.condition(definition.tree)
        return self.emitter.value(definition.tree)

    def _always(self) -> list[str]:
        columns = ["row"] if self.step.level == self.root.name else ["row", "parent_row"]
        # The first table also carries what the reader adds: key, kept columns, where it stands.
        rules = self.program.rule_columns(self.step.level) if self.step.number == 0 else []
        return [*columns, *rules, "COLUMNS('^_.*')"]

    def _previous(self) -> str:
        return f"{self.step.level}_{self.step.number - 1}"

    def _latest(self, level: str) -> str:
        position = self.program.steps.index(self.step)
        return next(s.table for s in reversed(self.program.steps[:position]) if s.level == level)

    def _joined(self, source: str) -> list[tuple[str, str]]:
        """Child rows with the columns of their root record and of the lookups they read."""
        parents = sorted(n for (level, n) in self.step.reads if level == self.root.name)
        columns = [f"{INDENT}{INDENT}parent.{identifier(n)} AS {identifier(f'{self.root.name}__{n}')}" for n in parents]
        if self.step.number == 0:
            condition = f"parent._key = child.{identifier('_parent_key')}"
            columns.insert(0, f"{INDENT}{INDENT}parent.row AS parent_row")
        else:
            condition = "parent.row = child.parent_row"
        joins = [f"JOIN {self._latest(self.root.name)} AS parent ON {condition}"]
        for lookup in self.rulebook.assembly.lookups.values():
            prefix = f"{lookup.name}__"
            found = (n for n in self.program.facts[self.step.level] if n.startswith(prefix))
            names = sorted(n.removeprefix(prefix) for n in found if n.removeprefix(prefix) in lookup.defaults)
            if names and lookup.table == self.step.level and self.step.number == 0:
                table = identifier(f"lookup_{lookup.name}")
                joins.append(f"LEFT JOIN {table} ON {table}.slug = child.{identifier(lookup.fact)}")
                columns += [
                    f"{INDENT}{INDENT}coalesce({table}.{identifier(n)}, {constant(lookup.defaults[n])}) "
                    f"AS {identifier(f'{lookup.name}__{n}')}"
                    for n in names
                ]
        selected = ",\n".join(["child.*", *columns])
        return [("joined", f"SELECT {selected}\n{INDENT}FROM {source} AS child\n{INDENT}" + f"\n{INDENT}".join(joins))]

    def _checked(self, source: str) -> list[tuple[str, str]]:
        """Reads the cells that contradict each other as null."""
        rules = self.program.rules_of(self.step.level)
        if not rules:
            return []
        parsed = self.rulebook.parsed
        flags = ",\n".join(
            f"{INDENT}{INDENT}coalesce(NOT ({self.emitter.condition(parsed[r.holds])}), FALSE) AS {flag}"
            for flag, r in rules
        )
        blamed: dict[str, list[str]] = {}
        for flag, rule in rules:
            for column in () if rule.note_only else rule.blames:
                blamed.setdefault(column, []).append(flag)
        needed = self.program.facts[self.step.level]
        replaced = [f"_flagged OR {' OR '.join(flag for flag, _ in rules)} AS _flagged"]
        for column, broken in blamed.items():
            if column in needed:
                replaced.append(
                    f"CASE WHEN NOT ({' OR '.join(broken)}) THEN {identifier(column)} END AS {identifier(column)}"
                )
            if f"{column}__dont_know" in needed:
                flag = identifier(f"{column}__dont_know")
                replaced.append(f"{flag} AND NOT ({' OR '.join(broken)}) AS {flag}")
        listed = f",\n{INDENT}{INDENT}".join(replaced)
        return [
            ("compared", f"SELECT *,\n{flags}\n{INDENT}FROM {source}"),
            ("checked", f"SELECT * REPLACE (\n{INDENT}{INDENT}{listed}\n{INDENT})\n{INDENT}FROM compared"),
        ]

    def _with_lifts(self) -> list[tuple[str, str]]:
        """The root's last table with the aggregates over its children."""
        ctes: list[tuple[str, str]] = []
        joins, columns = "", []
        groups = [
            (table, number, lifts[first : first + LAYER_TERMS])
            for table, lifts in self.step.lifts.items()
            for number, first in enumerate(range(0, len(lifts), LAYER_TERMS))
        ]
        for table, number, lifts in groups:
            aggregates = ",\n".join(f"{INDENT}{INDENT}{lift.aggregate} AS {identifier(lift.column)}" for lift in lifts)
            name = f"{table}_rows_{number + 1}" if number else f"{table}_rows"
            source = self._child_source(table, lifts)
            ctes.append((name, f"SELECT parent_row,\n{aggregates}\n{INDENT}FROM {source}\n{INDENT}GROUP BY parent_row"))
            joins += f"\n{INDENT}LEFT JOIN {name} ON {name}.parent_row = root.row"
            columns += [f"{name}.{identifier(lift.column)}" for lift in lifts]
        selected = ", ".join(["root.*", *columns])
        ctes.append(("lifted", f"SELECT {selected}\n{INDENT}FROM {self._previous()} AS root{joins}"))
        return ctes

    def _child_source(self, table: str, lifts: Sequence[Lift]) -> str:
        """The child's table; joined to the root where a lift reads root columns."""
        symbols = self.rulebook.symbols
        parents: set[str] = set()
        for lift in lifts:
            parents |= {k[1] for k in reads(inside(lift.call), table, symbols) if k[0] == self.root.name}
        latest = self._latest(table)
        if not parents:
            return latest
        columns = ", ".join(
            f"parent.{identifier(n)} AS {identifier(f'{self.root.name}__{n}')}" for n in sorted(parents)
        )
        return (
            f"(SELECT child.*, {columns} FROM {latest} AS child "
            f"JOIN {self._previous()} AS parent ON parent.row = child.parent_row)"
        )


def _layers(definitions: Sequence[Definition]) -> list[list[Definition]]:
    """Terms grouped so that each layer reads only layers before it, none too large to plan."""
    depth: dict[Key, int] = {}
    layers: list[list[Definition]] = []
    for definition in definitions:
        level = max((depth[k] + 1 for k in definition.reads if k in depth), default=0)
        while level < len(layers) and len(layers[level]) >= LAYER_TERMS:
            level += 1
        depth[definition.key] = level
        while len(layers) <= level:
            layers.append([])
        layers[level].append(definition)
    return layers
