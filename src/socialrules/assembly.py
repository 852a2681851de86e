"""Puts together what the plugins brought: one namespace, every clash and gap reported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from socialrules.definitions import Draft, python_column
from socialrules.errors import ExpressionError, RulebookError, did_you_mean
from socialrules.expressions import NULL, Call, Literal, Name, Node, parse_all
from socialrules.integrity import columns_fit, levels_exist, names_exist, python_reads
from socialrules.model import (
    Axis,
    Consistency,
    Decision,
    Fact,
    Flags,
    Guideline,
    Lookup,
    LookupRow,
    Note,
    Parameter,
    ParameterRule,
    Ranking,
    Rules,
    Score,
    Table,
    Tally,
    Wording,
)
from socialrules.plugins import LoadedPlugin
from socialrules.semantics import (
    BOOLEAN,
    DATE,
    LIST,
    NUMBER,
    TEXT,
    Key,
    Symbol,
    Symbols,
    Type,
    infer,
    lookup_column,
)
from socialrules.sqltext import constant_condition

FACT_TYPES = {"text": TEXT, "number": NUMBER, "integer": NUMBER, "date": DATE, "texts": LIST}
CONDITION = ("boolean", "outcome")


@dataclass
class Assembly:
    """All rules of all plugins, by kind, each with its owner.

    Attributes:
        plugins: in the order loaded.
        tables: by name, the root table first, with the facts that other plugins added.
        lookups: by name, with the rows that other plugins added.
        guidelines: in their order, then by id.
        parameters: by name, with their owner (a guideline's id or a plugin's name).
        parsed: the syntax tree of every expression text.
        missing: names that are declared as used and whose plugin is not there.
    """

    plugins: tuple[LoadedPlugin, ...]
    tables: dict[str, Table] = field(default_factory=dict)
    lookups: dict[str, Lookup] = field(default_factory=dict)
    guidelines: tuple[Guideline, ...] = ()
    parameters: dict[str, tuple[str, Parameter]] = field(default_factory=dict)
    parameter_rules: list[ParameterRule] = field(default_factory=list)
    consistency: list[Consistency] = field(default_factory=list)
    axes: list[tuple[str, Axis]] = field(default_factory=list)
    decisions: list[tuple[str, Decision]] = field(default_factory=list)
    flags: list[tuple[str, Flags]] = field(default_factory=list)
    tallies: list[Tally] = field(default_factory=list)
    scores: list[Score] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    rankings: list[Ranking] = field(default_factory=list)
    wording: Wording | None = None
    sample: str | None = None
    term_drafts: list[Draft] = field(default_factory=list)
    roles: dict[tuple[str, str], list[tuple[str, Name]]] = field(default_factory=dict)
    parsed: dict[str, Node] = field(default_factory=dict)
    missing: dict[str, set[str]] = field(default_factory=dict)
    owners: dict[str, LoadedPlugin] = field(default_factory=dict)

    @property
    def root(self) -> Table:
        """The table that all others belong to."""
        return next(iter(self.tables.values()))

    @property
    def missing_parameters(self) -> list[str]:
        """Parameters of plugins that are not there; they read as null."""
        return [n.removeprefix("$") for names in self.missing.values() for n in names if n.startswith("$")]

    @property
    def warnings(self) -> tuple[str, ...]:
        """One sentence per missing guideline that others read."""
        return tuple(
            f"The guideline {owner} is not loaded: {', '.join(sorted(n.partition(':')[0] for n in names))} read as unknown."
            for owner, names in sorted(self.missing.items())
        )

    def names_of(self, guideline_id: str) -> set[str]:
        """Every name that a guideline brings: its id, checks, terms and parameters."""
        guideline = next(g for g in self.guidelines if g.id == guideline_id)
        names = {guideline.id, *(c.name for c in guideline.checks), *(t.name for t in guideline.terms)}
        return names | {f"${p.name}" for p in guideline.parameters}

    def origin_of(self, owner: str) -> str:
        """The origin of the plugin that brings a guideline."""
        plugin = self.owners.get(owner)
        return plugin.origin if plugin else owner

    @property
    def base_symbols(self) -> dict[Key, Symbol]:
        """Symbols of all facts, lookup columns and results of Python checks."""
        symbols: dict[Key, Symbol] = {}
        for table in self.tables.values():
            for fact in table.facts:
                key = (table.name, fact.name)
                symbols[key] = Symbol(key, fact_type(fact), "fact", members=fact.members)
        for lookup in self.lookups.values():
            for column, value in lookup.defaults.items():
                key = (lookup.table, lookup_column(lookup.name, column))
                kind = BOOLEAN if isinstance(value, bool) else TEXT if isinstance(value, str) else NUMBER
                symbols[key] = Symbol(key, kind, "lookup")
        for guideline in self.guidelines:
            for check in guideline.checks:
                if check.python:
                    key = (check.level, python_column(check))
                    symbols[key] = Symbol(key, BOOLEAN, "python")
        return symbols

    def axis_members(self, axis: Axis, kept: Iterable[Guideline]) -> list[Name]:
        """Names of the guidelines and terms that an axis collects, in order."""
        chosen = [g for g in kept if g.id not in axis.leave_out]
        here = axis.level == self.root.name
        members = [Name(None, g.id) for g in chosen if g.role == axis.role and here]
        # A term goes with its guideline; one that belongs to none is always there.
        gone = {g.id for g in self.guidelines} - {g.id for g in chosen}
        return members + [n for owner, n in self.roles.get((axis.level, axis.role), []) if owner not in gone]

    def check_parameter_rules(self, values: Mapping[str, float | None]) -> None:
        """Raises RulebookError where a relation between parameters does not hold."""
        symbols = Symbols("", (), parameters=values)
        for rule in self.parameter_rules:
            tree = self.parsed[rule.holds]
            try:
                found = infer(tree, "", symbols)
            except ExpressionError as error:
                raise RulebookError(f"The rule {rule.holds!r} between parameters cannot be used: {error}") from None
            if found.kind != "boolean":
                raise RulebookError(f"The rule {rule.holds!r} between parameters is no condition.")
            if constant_condition(tree, values) is False:
                raise RulebookError(f"The parameters do not fit together: {rule.say}")

    def conditions(self) -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
        """Every expression text that is no definition: where it stands, its level, the text, the types allowed."""
        root = self.root.name
        for guideline in self.guidelines:
            at = f"{self.origin_of(guideline.id)}: guideline {guideline.id}"
            if guideline.todo_when:
                yield f"{at}, todo_when", root, guideline.todo_when, CONDITION
            for check in guideline.checks:
                for saying in (*check.advice_if, *check.lean):
                    yield f"{at}, check {check.code}, when", check.level, saying.when, CONDITION
        for rule in self.consistency:
            yield f"consistency of {rule.table}: {rule.reason}", rule.table, rule.holds, CONDITION
        for note in self.notes:
            yield f"note {note.name}", note.level, note.when, CONDITION
        for ranking in self.rankings:
            at = f"ranking {ranking.name}"
            yield at, root, ranking.when, CONDITION
            yield at, root, ranking.cover, ("number",)
            yield at, ranking.table, ranking.where, CONDITION
            yield at, ranking.table, ranking.by, ("number",)
            yield at, ranking.table, ranking.amount, ("number",)


def fact_type(fact: Fact) -> Type:
    """The type of a fact in expressions, where dont_know reads as null."""
    if fact.values:
        return Type("text" if fact.type == "choice" else "list", frozenset(fact.values) - {"dont_know"})
    return FACT_TYPES[fact.type]


def assemble(plugins: Sequence[LoadedPlugin]) -> Assembly:
    """Everything the plugins brought, as one.

    Raises:
        RulebookError: listing tables, guidelines, checks, parameters or facts that clash, parts
            that refer to what is not there, and expressions that are not allowed.
    """
    made = Assembly(tuple(plugins))
    problems: list[str] = []
    _collect_tables(made, problems)
    if problems:
        raise RulebookError("\n".join(problems))
    _collect_lookups(made, problems)
    _collect_guidelines(made, problems)
    _collect_parameters(made, problems)
    for plugin in plugins:
        rules = plugin.rules
        made.parameter_rules += rules.parameter_rules
        made.consistency += rules.consistency
        made.axes += [(plugin.name, a) for a in rules.axes]
        made.decisions += [(plugin.name, d) for d in rules.decisions]
        made.flags += [(plugin.name, f) for f in rules.flags]
        made.tallies += rules.tallies
        made.scores += rules.scores
        made.notes += rules.notes
        made.rankings += rules.rankings
        made.wording = rules.wording or made.wording
        made.sample = rules.sample or made.sample
    _collect_missing(made, problems)
    problems += levels_exist(made)
    problems += list(names_exist(made))
    if problems:
        raise RulebookError("\n".join(problems))
    made.parsed = parse_all_texts(made)
    _collect_terms(made)
    return made


def _collect_tables(made: Assembly, problems: list[str]) -> None:
    tables: dict[str, Table] = {}
    for plugin in made.plugins:
        for table in plugin.rules.tables:
            if table.name in tables:
                problems.append(f"{plugin.origin}: the table {table.name} is there already; choose another name")
            tables.setdefault(table.name, table)
    for plugin in made.plugins:
        for name, facts in plugin.rules.facts.items():
            if name not in tables:
                problems.append(
                    f"{plugin.origin}: facts for the table {name}, which no plugin has.{did_you_mean(name, tables)}"
                )
                continue
            table = tables[name]
            known = {f.name for f in table.facts}
            for fact in facts:
                if fact.name in known:
                    problems.append(
                        f"{plugin.origin}: the fact {name}.{fact.name} is there already; choose another name"
                    )
            tables[name] = table.model_copy(
                update={"facts": table.facts + tuple(f for f in facts if f.name not in known)}
            )
    roots = [t for t in tables.values() if t.parent is None]
    if len(roots) != 1:
        problems.append(f"There must be one root table, not {len(roots)}: is the plugin with the tables installed?")
        return
    made.tables = {roots[0].name: roots[0]} | {n: t for n, t in tables.items() if t.parent == roots[0].name}
    for name, table in tables.items():
        if name not in made.tables:
            problems.append(f"The table {name} belongs to {table.parent}, which is not the root table {roots[0].name}")
        known = {f.name for f in table.facts}
        if table.parent is not None and len(table.key) == 1:
            problems.append(f"The table {name} needs a key column of its own beside {table.key[0]}")
        for key in table.key:
            if key not in known:
                problems.append(f"The table {name} has no fact {key}, which is part of its key")


def _collect_lookups(made: Assembly, problems: list[str]) -> None:
    for plugin in made.plugins:
        for lookup in plugin.rules.lookups:
            if lookup.name in made.lookups or lookup.name in made.tables:
                problems.append(f"{plugin.origin}: the lookup {lookup.name} clashes with another of that name")
            made.lookups[lookup.name] = lookup
    for plugin in made.plugins:
        for name, rows in plugin.rules.lookup_rows.items():
            base = made.lookups.get(name)
            if base is None:
                problems.append(f"{plugin.origin}: rows for the lookup {name}, which no plugin has")
                continue
            merged = {slug: _merged_row(base.rows.get(slug), row) for slug, row in rows.items()}
            made.lookups[name] = base.model_copy(update={"rows": {**base.rows, **merged}})
    for lookup in made.lookups.values():
        for slug, row in lookup.rows.items():
            problems += columns_fit(lookup, slug, row)


def _merged_row(old: LookupRow | None, new: LookupRow) -> LookupRow:
    """A row that is there already keeps what the new one does not say, and all its names."""
    if old is None:
        return new
    return LookupRow(
        names=tuple(dict.fromkeys((*old.names, *new.names))),
        addresses=tuple(dict.fromkeys((*old.addresses, *new.addresses))),
        columns={**old.columns, **new.columns},
    )


def _collect_guidelines(made: Assembly, problems: list[str]) -> None:
    codes: dict[str, str] = {}
    found: dict[str, Guideline] = {}
    for plugin in made.plugins:
        for guideline in plugin.rules.guidelines:
            if guideline.id in found:
                other = made.owners[guideline.id]
                problems.append(f"{plugin.origin}: the guideline {guideline.id} is there already, from {other.origin}")
                continue
            found[guideline.id] = guideline
            made.owners[guideline.id] = plugin
            for check in guideline.checks:
                if check.code in codes:
                    problems.append(f"{plugin.origin}: the check {check.code} is there already, in {codes[check.code]}")
                codes[check.code] = guideline.id
                if check.level != made.root.name and check.rollup is None:
                    problems.append(
                        f"{plugin.origin}: check {check.code} is of level {check.level} and needs a rollup "
                        f"(an expression, or false)"
                    )
                problems += python_reads(check, made.tables.get(check.level), plugin.origin)
    made.guidelines = tuple(sorted(found.values(), key=lambda g: (g.order, g.id)))


def _collect_parameters(made: Assembly, problems: list[str]) -> None:
    def add(owner: str, parameter: Parameter) -> None:
        if parameter.name in made.parameters:
            other = made.parameters[parameter.name][0]
            problems.append(
                f"The parameter {parameter.name} of {owner} is there already, in {other}; choose another name"
            )
        made.parameters[parameter.name] = (owner, parameter)

    for plugin in made.plugins:
        for parameter in plugin.rules.parameters:
            add(plugin.name, parameter)
    for guideline in made.guidelines:
        for parameter in guideline.parameters:
            add(guideline.id, parameter)


def _collect_missing(made: Assembly, problems: list[str]) -> None:
    loaded = {g.id for g in made.guidelines}
    declared = [(g.id, g.uses) for g in made.guidelines] + [(p.name, p.rules.uses) for p in made.plugins]
    for owner, uses in declared:
        for guideline, names in uses.items():
            if guideline not in loaded:
                for name in (n.rpartition(".")[2] for n in names):
                    if name.partition(":")[2] not in ("", "number", "boolean", "text", "date"):
                        problems.append(f"{owner}: uses {name}: the type is one of number, boolean, text, date")
                        continue
                    _add_missing(made.missing.setdefault(guideline, set()), name)
                continue
            brought = made.names_of(guideline)
            for name in (n.rpartition(".")[2].partition(":")[0] for n in names):
                if name not in brought:
                    problems.append(
                        f"{owner}: it uses {name} of {guideline}, which has no such name.{did_you_mean(name, brought)}"
                    )


def _add_missing(names: set[str], name: str) -> None:
    """Adds a missing name; where one plugin gives its type and another does not, the type is kept."""
    plain = name.partition(":")[0]
    known = next((n for n in names if n.partition(":")[0] == plain), None)
    if known is None or ":" not in known:
        names.discard(plain)
        names.add(name)


def _texts(value: object, where: str) -> Iterator[tuple[str, str]]:
    """Every expression text inside a rule value, found by the fields that are declared as expressions."""
    from pydantic import BaseModel

    if isinstance(value, tuple | list):
        for item in value:
            yield from _texts(item, where)
    elif isinstance(value, BaseModel):
        label = next((str(getattr(value, k)) for k in ("code", "id", "name", "flag") if hasattr(value, k)), "")
        here = f"{where}, {type(value).__name__.lower()} {label}".strip() if label else where
        for name in type(value).model_fields:
            item = getattr(value, name)
            if name in EXPRESSION_FIELDS and isinstance(item, str):
                yield f"{here}, {name}", item
            elif name == "weights":
                yield from ((f"{here}, {name}", text) for text in item.values())
            elif isinstance(item, tuple | BaseModel):
                yield from _texts(item, here)


EXPRESSION_FIELDS = frozenset(
    [
        "applies",
        "passes",
        "fails",
        "rollup",
        "outcome",
        "todo_when",
        "when",
        "value",
        "holds",
        "where",
        "by",
        "amount",
        "cover",
        "known_min",
    ]
)


def parse_all_texts(made: Assembly) -> dict[str, Node]:
    """The syntax tree of every expression in the rules, by its text.

    Raises:
        ExpressionError: listing all that are not allowed, with where they stand.
    """
    labelled: dict[str, str] = {}
    for plugin in made.plugins:
        for label, text in _texts(plugin.rules, plugin.origin):
            unique = label if label not in labelled else f"{label} ({len(labelled)})"
            labelled[unique] = text
    trees = parse_all(labelled)
    return {labelled[label]: tree for label, tree in trees.items()}


def _collect_terms(made: Assembly) -> None:
    sources: list[tuple[str, Rules | Guideline, str]] = [(p.name, p.rules, p.origin) for p in made.plugins]
    sources += [(g.id, g, made.origin_of(g.id)) for g in made.guidelines]
    for owner, source, origin in sources:
        for term in source.terms:
            where = f"{origin}: term {term.name}"
            made.term_drafts.append(Draft(term.level, term.name, made.parsed[term.value], "term", owner, where))
            if term.role:
                scope = None if term.level == made.root.name else term.level
                made.roles.setdefault((term.level, term.role), []).append((owner, Name(scope, term.name)))
    for owner, names in made.missing.items():
        for declared in sorted(n for n in names if not n.startswith("$")):
            name, _, kind = declared.partition(":")
            # Without a type behind it, a name that is declared as used is an outcome.
            tree = Call("nothing", (Literal(kind),)) if kind else Call("judge", (Literal(True), NULL))
            for level in made.tables:
                made.term_drafts.append(Draft(level, name, tree, "missing", owner, f"missing guideline {owner}"))
