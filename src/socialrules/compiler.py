"""From a rulebook to stages of SQL.

The terms form one graph. A **step** evaluates, at one level, all terms whose operands are there by
then; steps alternate between the root table and its children until nothing is left. Inside a step,
terms that read each other stand in **layers**: nested SELECTs that DuckDB runs in one pass. Each
step is one statement that makes one temporary table, which holds only what later steps need.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from socialrules.bitsets import decoded
from socialrules.errors import UsageError, did_you_mean
from socialrules.expressions import LIFTS, Call, walk
from socialrules.lifts import Lift, inside, make_lift, no_lift, without_rows
from socialrules.model import Check, Consistency
from socialrules.quoting import identifier
from socialrules.rulebook import Definition, Rulebook
from socialrules.semantics import ROWS, Key, dont_know_column, is_python, lift_table, reads
from socialrules.sqltext import Emitter
from socialrules.stepsql import StepWriter

OUTCOME_TYPE = "CREATE TYPE outcome AS ENUM ('fail', 'unknown', 'pass', 'not_applicable')"


@dataclass
class Step:
    """One statement: terms of one level in layers.

    Attributes:
        level: the table's name.
        number: counted from 0 within the level.
        definitions: the terms it evaluates, each after those it reads.
        reads: keys it needs, of its own level, of the root and (through lifts) of children.
        keeps: keys of its own level that its table holds for later.
        lifts: aggregates over each child.
    """

    level: str
    number: int
    definitions: list[Definition]
    reads: set[Key] = field(default_factory=set)
    keeps: list[Key] = field(default_factory=list)
    lifts: dict[str, list[Lift]] = field(default_factory=dict)

    @property
    def table(self) -> str:
        """The temporary table it makes."""
        return f"{self.level}_{self.number}"


@dataclass(frozen=True)
class Program:
    """Compiled rules, independent of any input.

    Attributes:
        rulebook: what was compiled.
        steps: in the order they run.
        facts: per table, the facts (and dont_know columns) that the steps read or keep.
        wanted: per table, the keys that the last table of that level holds for the result.
        functions: per table, the Python checks to call after its first step.
        rules: the rules between cells that are applied, per table.
        whole: whether every cell is read and checked; else only those that the steps need.
    """

    rulebook: Rulebook
    steps: tuple[Step, ...]
    facts: dict[str, tuple[str, ...]]
    wanted: dict[str, tuple[Key, ...]]
    functions: dict[str, tuple[Check, ...]]
    rules: dict[str, tuple[Consistency, ...]]
    whole: bool = True

    def last_step(self, level: str) -> Step | None:
        """The step whose table holds the result of a level."""
        return next((s for s in reversed(self.steps) if s.level == level), None)

    def statement(self, step: Step, first: str = "") -> str:
        """The SQL of a step. ``first`` is the SELECT that reads its rows, for the first of a level."""
        return f"CREATE OR REPLACE TEMP TABLE {step.table} AS\n{self.select(step, first)}"

    def select(self, step: Step, first: str = "") -> str:
        """The query of a step's statement."""
        return StepWriter(self, step).write(first)

    def rules_of(self, level: str) -> list[tuple[str, Consistency]]:
        """The rules between cells of a table, each with the column that is TRUE where it is broken."""
        return [(f"rule__{i}", r) for i, r in enumerate(self.rules[level])]

    def rule_columns(self, level: str) -> list[str]:
        """The columns of the first table of a level that say which rules a row breaks."""
        return [flag for flag, _ in self.rules_of(level)]

    def shown(self, level: str, name: str) -> str:
        """SQL of a fact or term of a step's table as people see it: a set of bits as a list."""
        symbol = self.rulebook.symbols.by_key.get((level, name))
        column = identifier(name)
        return f"{decoded(column, symbol.members)} AS {column}" if symbol and symbol.members else column

    def emitter(self, level: str, lifted: Callable[[Call], str] | None = None) -> Emitter:
        """Writes expressions of a level."""
        return Emitter(level, self.rulebook.symbols, self.rulebook.parameters, lifted or no_lift)


def compile_rulebook(
    rulebook: Rulebook,
    wanted: Mapping[str, Iterable[Key]] | None = None,
    *,
    whole: bool = True,
    absent: frozenset[str] = frozenset(),
) -> Program:
    """The steps that evaluate a rulebook.

    Args:
        rulebook: the rules.
        wanted: per table, the facts and terms to have in the end. By default what the result
            tables hold.
        whole: read and check every cell of the inputs; else only those that are needed.
        absent: child tables that the run has no input for: what is asked about their rows has one
            answer, and they need no step.
    """
    if absent:
        rulebook = replace(rulebook, definitions=without_rows(rulebook, absent))
    goals = {t: tuple(dict.fromkeys(keys)) for t, keys in (wanted or default_columns(rulebook)).items()}
    needed = _closure(rulebook, [k for t, keys in goals.items() if t not in absent for k in keys])
    rules = {t: _rules_between_cells(rulebook, t, None if whole else needed) for t in rulebook.assembly.tables}
    # A whole run gives every table a first step, even one that no term reads: its cells are checked there.
    steps = _schedule(rulebook, needed, (set(rulebook.assembly.tables) if wanted is None else set(goals)) - absent)
    for step in steps:
        _note_reads(step, rulebook, rules)
    functions = _python_checks(rulebook, needed)
    for position, step in enumerate(steps):
        handed = {(c.level, n) for c in functions.get(step.level, ()) if c.python for n in c.python.reads}
        later = (handed if step.number == 0 else set()).union(
            goals.get(step.level, ()), *(s.reads for s in steps[position + 1 :])
        )
        here = [k for s in steps[: position + 1] if s.level == step.level for k in (d.key for d in s.definitions)]
        own_facts = sorted(k for k in later if k[0] == step.level and _is_fact(k, rulebook))
        step.keeps = [k for k in [*own_facts, *here] if k in later]
    facts = {}
    for table in rulebook.assembly.tables:
        keys = {k for s in steps if s.level == table for k in s.reads} | set(goals.get(table, ()))
        keys |= {k for s in steps if s.level == table for k in s.keeps}
        keys |= {(k.table, k.fact) for k in rulebook.assembly.lookups.values() if k.table == table}
        facts[table] = tuple(sorted(n for (level, n) in keys if level == table and _is_fact((level, n), rulebook)))
    return Program(rulebook, tuple(steps), facts, goals, functions, rules, whole)


def reading_program(rulebook: Rulebook, absent: frozenset[str] = frozenset()) -> Program:
    """A program that reads every fact and evaluates nothing but the rules between cells. ``absent``: as above."""
    wanted: dict[str, list[Key]] = {}
    for table in rulebook.assembly.tables.values():
        if table.name not in absent:
            names = [f.name for f in table.facts] + [dont_know_column(f.name) for f in table.facts if f.may_not_know]
            wanted[table.name] = [(table.name, name) for name in names]
    return compile_rulebook(rulebook, wanted, absent=absent)


def _rules_between_cells(rulebook: Rulebook, table: str, needed: set[Key] | None) -> tuple[Consistency, ...]:
    """The rules of a table that can change what is needed; None is all."""

    def matters(rule: Consistency) -> bool:
        blamed = {(table, name) for b in rule.blames for name in (b, dont_know_column(b))}
        return needed is None or bool(blamed & needed)

    return tuple(r for r in rulebook.assembly.consistency if r.table == table and matters(r))


def _is_fact(key: Key, rulebook: Rulebook) -> bool:
    """Whether a key is read from the input: a fact, or a column of a lookup."""
    return key not in rulebook.definitions and key[1] != ROWS and not is_python(key)


def _python_checks(rulebook: Rulebook, needed: set[Key]) -> dict[str, tuple[Check, ...]]:
    found: dict[str, tuple[Check, ...]] = {}
    for guideline in rulebook.assembly.guidelines:
        for check in guideline.checks:
            if check.python and (check.level, check.name) in needed:
                found[check.level] = (*found.get(check.level, ()), check)
    return found


def default_columns(rulebook: Rulebook) -> dict[str, list[Key]]:
    """The facts and terms of the result tables: what the table lists, guidelines, checks."""
    columns: dict[str, list[Key]] = {}
    for table in rulebook.assembly.tables.values():
        if not table.result:
            continue
        keys = [(table.name, name) for name in table.listed]
        if table.parent is None:
            keys += [(table.name, g.id) for g in rulebook.guidelines]
        keys += [(table.name, c.name) for c in rulebook.checks(table.name)]
        columns[table.name] = keys
    return columns


def matching_columns(rulebook: Rulebook, patterns: Sequence[str]) -> dict[str, list[Key]]:
    """Those of the default columns that a pattern such as ``cg_*`` names, and the facts a table lists.

    Tables in which nothing matches are left out, but for the root table. A check may be named by its code.

    Raises:
        UsageError: a pattern names no column.
    """
    every = default_columns(rulebook)
    names = {name for keys in every.values() for _, name in keys}
    chosen: set[str] = set()
    for pattern in patterns:
        found = fnmatch.filter(names, pattern.strip().lower().replace("-", "_"))
        if not found:
            raise UsageError(
                f"--columns {pattern}: the results have no such column.{did_you_mean(pattern.lower(), names)} "
                f"Name a guideline, a check, or a column such as {next(iter(rulebook.root.listed))}; * stands for anything."
            )
        chosen |= set(found)
    columns = {}
    for table, keys in every.items():
        if table == rulebook.root.name or any(k[1] in chosen and not _is_fact(k, rulebook) for k in keys):
            columns[table] = [k for k in keys if k[1] in chosen or _is_fact(k, rulebook)]
    return columns


def _closure(rulebook: Rulebook, start: Sequence[Key]) -> set[Key]:
    needed: set[Key] = set()
    todo = list(start)
    while todo:
        key = todo.pop()
        if key not in needed:
            needed.add(key)
            definition = rulebook.definitions.get(key)
            todo += definition.reads if definition else ()
    return needed


def _schedule(rulebook: Rulebook, needed: set[Key], tables: set[str]) -> list[Step]:
    root = rulebook.root.name
    pending = [d for d in rulebook.definitions.values() if d.key in needed]
    used = {root} | tables | {level for level, _ in needed}
    done: set[Key] = set()
    entered: set[str] = set()
    steps: list[Step] = []
    counts = dict.fromkeys(rulebook.assembly.tables, 0)
    while pending or entered < used:
        before = len(pending), len(entered)
        for level in (t for t in rulebook.assembly.tables if t in used):
            group: list[Definition] = []
            here: set[Key] = set()

            read = entered | {level}
            for definition in pending:
                lifted = _lifted_reads(definition, rulebook) if level == root else frozenset()
                there = (
                    k in done
                    # Rows are aggregated before the terms of the same step are there.
                    or (k in here and k not in lifted)
                    # A function runs between the first step of its level, which reads the facts, and the next.
                    or (level in entered if is_python(k) else k not in rulebook.definitions and k[0] in read)
                    for k in definition.reads
                )
                if definition.key[0] == level and all(there):
                    group.append(definition)
                    here.add(definition.key)
            if group or level not in entered:
                steps.append(Step(level, counts[level], group))
                counts[level] += 1
                entered.add(level)
                done |= here
                pending = [d for d in pending if d.key not in here]
        if before == (len(pending), len(entered)):
            raise AssertionError(f"no term can be evaluated: {[d.key for d in pending][:5]}")
    return steps


def _lifted_reads(definition: Definition, rulebook: Rulebook) -> frozenset[Key]:
    """Keys of the root level that a definition reads inside functions over child rows."""
    found: set[Key] = set()
    for node in walk(definition.tree):
        if isinstance(node, Call) and node.function in LIFTS:
            table = lift_table(node, rulebook.symbols)
            found |= set(reads(inside(node), table, rulebook.symbols))
    return frozenset(k for k in found if k[0] == rulebook.root.name)


def _note_reads(step: Step, rulebook: Rulebook, rules: Mapping[str, Sequence[Consistency]]) -> None:
    symbols, root = rulebook.symbols, rulebook.root.name
    for definition in step.definitions:
        step.reads |= set(definition.reads)
    if step.number == 0:
        for rule in rules[step.level]:
            needed = reads(rulebook.parsed[rule.holds], step.level, symbols)
            step.reads |= {k for k in needed if k[0] == root != step.level}
    if step.level != root:
        return
    seen: dict[Call, str] = {}
    for definition in step.definitions:
        for node in walk(definition.tree):
            if isinstance(node, Call) and node.function in LIFTS and node not in seen:
                table = lift_table(node, symbols)
                lifts = step.lifts.setdefault(table, [])
                column = f"{table}__{node.function}_{len(lifts) + 1}"
                seen[node] = column
                lifts.append(make_lift(node, table, column, rulebook))
