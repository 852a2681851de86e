"""The loaded plugins, a selection and parameters, as one checked and hashed rulebook."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from socialrules import definitions as defs
from socialrules.assembly import Assembly, assemble
from socialrules.errors import ExpressionError, RulebookError, UsageError, did_you_mean, paths_as_given
from socialrules.expressions import Node
from socialrules.model import Check, Depth, Guideline, Parameter, Table
from socialrules.placeholders import problems_in_texts
from socialrules.plugins import LoadedPlugin, load_plugins
from socialrules.semantics import NOTHING, Key, Symbol, Symbols, Type, infer, reads


@dataclass(frozen=True, slots=True)
class Definition:
    """A named expression with its type and what it reads.

    Attributes:
        key: its level and name.
        tree: the expression.
        kind, owner, required: see ``definitions.Draft``.
        type: of its values.
        reads: keys of the facts, lookup columns and terms it reads.
    """

    key: Key
    tree: Node
    kind: str
    owner: str
    required: bool
    type: Type
    reads: tuple[Key, ...]


@dataclass(frozen=True)
class Rulebook:
    """Rules that fit together, ready to be compiled.

    Attributes:
        assembly: tables, lookups, guidelines and the rest, as the plugins brought them.
        depth: from which ``required_at`` on an unknown counts.
        parameters: every parameter's value in this run; None where its plugin is missing.
        selection: the checks that are counted and written.
        definitions: every named expression, each after those it reads.
        symbols: how names are resolved.
        parsed: the syntax tree of every other expression text of the rules.
        warnings: what is missing and therefore read as unknown, one sentence each.
    """

    assembly: Assembly
    depth: Depth
    parameters: Mapping[str, float | None]
    selection: defs.Selection
    definitions: Mapping[Key, Definition]
    symbols: Symbols
    parsed: Mapping[str, Node]
    warnings: tuple[str, ...]
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def root(self) -> Table:
        """The root table."""
        return self.assembly.root

    @property
    def guidelines(self) -> tuple[Guideline, ...]:
        """Guidelines with at least one selected check, in their order."""
        return tuple(g for g in self.assembly.guidelines if self.selection.of(g))

    def checks(self, level: str | None = None) -> list[Check]:
        """The selected checks in order, of one level or of all."""
        return [c for g in self.guidelines for c in self.selection.of(g) if level in (None, c.level)]

    def find_check(self, code: str) -> tuple[Guideline, Check]:
        """The guideline and check of a code. Raises UsageError where there is none."""
        for guideline in self.assembly.guidelines:
            for check in guideline.checks:
                if code.upper() == check.code:
                    return guideline, check
        codes = [c.code for g in self.assembly.guidelines for c in g.checks]
        raise UsageError(
            f"There is no check {code}.{did_you_mean(code.upper(), codes)} `socialrules guidelines` lists them."
        )

    @functools.cached_property
    def hash(self) -> str:
        """SHA-256 over all rules, parameters, the selection and the depth, in hex."""
        content = {
            "plugins": [
                [p.name, p.version, rules] for p, rules in zip(self.assembly.plugins, self._plain_rules, strict=True)
            ],
            "parameters": dict(self.parameters),
            "selection": sorted(self.selection.checks),
            "depth": self.depth,
        }
        return _sha256(content)

    @functools.cached_property
    def plugin_hashes(self) -> tuple[str, ...]:
        """SHA-256 over the rules of each plugin, in hex, in their order; the defaults of parameters are left out."""
        return tuple(_sha256(_without_defaults(rules)) for rules in self._plain_rules)

    @functools.cached_property
    def _plain_rules(self) -> list[dict[str, Any]]:
        return [
            p.rules.model_dump(mode="json", exclude={"sample"}, fallback=_function_name) for p in self.assembly.plugins
        ]


def _sha256(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _without_defaults(rules: dict[str, Any]) -> dict[str, Any]:
    def plain(owner: dict[str, Any]) -> dict[str, Any]:
        parameters = [{k: v for k, v in p.items() if k != "default"} for p in owner["parameters"]]
        return {**owner, "parameters": parameters}

    return {**plain(rules), "guidelines": [plain(g) for g in rules["guidelines"]]}


def _function_name(value: Any) -> str:
    return f"{getattr(value, '__module__', '?')}.{getattr(value, '__qualname__', repr(type(value)))}"


def load_rulebook(
    *,
    files: str | Path | Iterable[str | Path] = (),
    plugins: Sequence[LoadedPlugin] | None = None,
    select: str | Iterable[str] = (),
    ignore: str | Iterable[str] = (),
    set: str | Mapping[str, float] | Iterable[str] = (),
    set_: Mapping[str, float] | Iterable[str] = (),
    depth: Depth = "core",
) -> Rulebook:
    """The rulebook of all installed plugins and the given files.

    Args:
        files: rule files to add; one path, or several.
        plugins: use these instead of what is installed.
        select: guideline ids or check codes to keep; empty keeps all.
        ignore: guideline ids or check codes to leave out.
        set: ``guideline.parameter`` to its value, as a mapping or as ``name=value`` texts.
        set_: the same under an older name.
        depth: ``core`` or ``full``.

    Raises:
        PluginError: a plugin is broken. RulebookError: the rules contradict each other or read
        what is not there. UsageError: select, ignore or set name what nothing has.
    """
    if depth not in ("core", "full"):
        raise UsageError(f"--depth is core or full, not {depth!r}.")
    paths = one_or_several(files)
    with paths_as_given(*paths):
        loaded = load_plugins(map(Path, paths)) if plugins is None else plugins
        return _made(loaded, one_or_several(select), one_or_several(ignore), set or set_, depth)


def one_or_several(given: Any) -> tuple[Any, ...]:
    """A name or path that was given alone as a list of one; a list as it is."""
    return (given,) if isinstance(given, str | Path) else tuple(given)


def _made(
    plugins: Sequence[LoadedPlugin],
    select: Sequence[str],
    ignore: Sequence[str],
    changes: str | Mapping[str, float] | Iterable[str],
    depth: Depth,
) -> Rulebook:
    assembly = assemble(plugins)
    selection = _selection(assembly, select, ignore)
    parameters = _parameters(assembly, changes if isinstance(changes, Mapping) else one_or_several(changes))
    parsed = assembly.parsed
    symbols = Symbols(
        assembly.root.name,
        tuple(assembly.tables),
        {lookup.name: lookup.table for lookup in assembly.lookups.values()},
        dict(assembly.base_symbols),
        parameters,
    )
    drafts = _drafts(assembly, selection, depth)
    definitions = _define(drafts, symbols)
    _check_conditions(assembly, symbols)
    _check_placeholders(assembly, symbols, parameters)
    try:
        assembly.check_parameter_rules(parameters)
    except RulebookError as error:
        defaults = {name: p.default for name, (_, p) in assembly.parameters.items()}
        if all(parameters[name] == value for name, value in defaults.items()):
            raise
        raise UsageError(f"--set: {error}") from None
    return Rulebook(
        assembly,
        depth,
        parameters,
        selection,
        definitions,
        symbols,
        parsed,
        assembly.warnings,
        {
            "select": sorted(select),
            "ignore": sorted(ignore),
            "depth": depth,
            "set": {
                f"{owner}.{name}": parameters[name]
                for name, (owner, p) in assembly.parameters.items()
                if parameters[name] != p.default
            },
        },
    )


def _selection(assembly: Assembly, select: Sequence[str], ignore: Sequence[str]) -> defs.Selection:
    groups = {g.id: {c.name for c in g.checks} for g in assembly.guidelines}
    groups |= {c.code: {c.name} for g in assembly.guidelines for c in g.checks}
    by_lower = {name.lower(): name for name in groups}

    def named(names: Sequence[str], option: str) -> set[str]:
        found: set[str] = set()
        for name in names:
            known = by_lower.get(name.strip().lower())
            if known is None:
                raise UsageError(
                    f"{option} {name}: there is no guideline or check of that name.{did_you_mean(name, groups)} "
                    f"`socialrules guidelines` lists them."
                )
            found |= groups[known]
        return found

    every = {c.name for g in assembly.guidelines for c in g.checks}
    kept = named(select, "--select") if select else every
    return defs.Selection(frozenset(kept - named(ignore, "--ignore")))


def _parameters(assembly: Assembly, changes: Mapping[str, float] | Iterable[str]) -> dict[str, float | None]:
    values: dict[str, float | None] = {name: p.default for name, (_, p) in assembly.parameters.items()}
    values |= dict.fromkeys(assembly.missing_parameters)
    full_names = {f"{owner}.{p.name}": p for owner, p in assembly.parameters.values()}
    pairs = changes.items() if isinstance(changes, Mapping) else [_split(text) for text in changes]
    for name, raw in pairs:
        parameter = full_names.get(name)
        if parameter is None:
            raise UsageError(
                f"--set {name}: there is no such parameter.{did_you_mean(name, full_names)} "
                f"`socialrules guidelines --parameters` lists them."
            )
        values[parameter.name] = _in_range(name, raw, parameter)
    return values


def _split(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"--set {text}: write guideline.parameter=value.")
    return name.strip(), value.strip()


def _in_range(name: str, raw: float | str, parameter: Parameter) -> float:
    try:
        value = float(raw)
    except (TypeError, ValueError):
        raise UsageError(f"--set {name}={raw}: {raw!r} is no number.") from None
    low = parameter.min if parameter.min is not None else float("-inf")
    high = parameter.max if parameter.max is not None else float("inf")
    if not (low <= value <= high) or value in (float("inf"), float("-inf")):
        if parameter.min is not None and parameter.max is not None:
            limits = f"between {low:g} and {high:g}"
        elif parameter.min is not None:
            limits = f"at least {low:g}"
        else:
            limits = f"at most {high:g}" if parameter.max is not None else "a finite number"
        raise UsageError(f"--set {name}={raw}: the value must be {limits} ({parameter.unit}).")
    return value


def _drafts(assembly: Assembly, selection: defs.Selection, depth: Depth) -> list[defs.Draft]:
    parsed, root = assembly.parsed.__getitem__, assembly.root.name
    kept = [g for g in assembly.guidelines if selection.of(g)]
    drafts = list(assembly.term_drafts)
    for guideline in assembly.guidelines:
        where = f"{assembly.origin_of(guideline.id)}: guideline {guideline.id}"
        drafts += [defs.check_draft(c, guideline, depth, parsed, f"{where}, check {c.code}") for c in guideline.checks]
        drafts += defs.guideline_drafts(guideline, selection, depth, root, parsed, where)
    for owner, axis in assembly.axes:
        drafts.append(defs.axis_draft(axis, assembly.axis_members(axis, kept), owner))
    for owner, decision in assembly.decisions:
        drafts += defs.decision_drafts(decision, parsed, owner)
    for owner, flags in assembly.flags:
        drafts.append(defs.flags_draft(flags, parsed, owner))
    for tally in assembly.tallies:
        drafts.append(defs.tally_draft(tally, [g for g in kept if g.role == tally.role], selection, depth, root))
    for score in assembly.scores:
        drafts += defs.score_drafts(score, [g for g in kept if g.role == score.role], selection, depth, root, parsed)
    levels = frozenset(assembly.tables)
    left_out = frozenset(c.name for g in assembly.guidelines for c in g.checks) - selection.checks
    return [part for draft in drafts for part in defs.hoisted(draft, levels, root, left_out)]


def _define(drafts: Sequence[defs.Draft], symbols: Symbols) -> dict[Key, Definition]:
    """Types of all drafts, in an order in which each comes after those it reads."""
    by_key: dict[Key, defs.Draft] = {}
    problems: list[str] = []
    for draft in drafts:
        key = (draft.level, draft.name)
        taken = by_key.get(key)
        if taken is not None or key in symbols.by_key:
            other = taken.where if taken else "a fact"
            problems.append(f"{draft.where}: the name {draft.name} is taken by {other}; choose another")
            continue
        by_key[key] = draft
    if problems:
        raise RulebookError("\n".join(problems))
    known = dict(symbols.by_key)
    # Names are resolved before types are known: every draft is entered as a placeholder first.
    for key, draft in by_key.items():
        symbols.by_key[key] = Symbol(key, NOTHING, "term", draft.required)
    read: dict[Key, tuple[Key, ...]] = {}
    for key, draft in by_key.items():
        try:
            read[key] = tuple(reads(draft.tree, draft.level, symbols))
        except ExpressionError as error:
            problems.append(f"{draft.where}: {error}")
    if problems:
        raise RulebookError("\n".join(problems))
    order = _sorted(by_key, read)
    symbols.by_key.clear()
    symbols.by_key.update(known)
    definitions: dict[Key, Definition] = {}
    for key in order:
        draft = by_key[key]
        try:
            type_ = infer(draft.tree, draft.level, symbols)
        except ExpressionError as error:
            problems.append(f"{draft.where}: {error}")
            type_ = NOTHING
        symbols.by_key[key] = Symbol(key, type_, "term", draft.required)
        definitions[key] = Definition(key, draft.tree, draft.kind, draft.owner, draft.required, type_, read[key])
    if problems:
        raise RulebookError("\n".join(problems))
    return definitions


def _sorted(drafts: Mapping[Key, defs.Draft], read: Mapping[Key, tuple[Key, ...]]) -> list[Key]:
    order: list[Key] = []
    state: dict[Key, int] = {}
    for start in drafts:
        stack = [(start, iter(read[start]))] if start not in state else []
        state.setdefault(start, 1)
        while stack:
            key, pending = stack[-1]
            following = next((k for k in pending if k in drafts and state.get(k) != 2), None)
            if following is None:
                stack.pop()
                if state[key] != 2:
                    state[key] = 2
                    order.append(key)
            elif state.get(following) == 1:
                circle = [k for k, _ in stack]
                names = " -> ".join(n for _, n in [*circle[circle.index(following) :], following])
                raise RulebookError(f"{drafts[following].where}: the rules go round in a circle: {names}")
            else:
                state[following] = 1
                stack.append((following, iter(read[following])))
    return order


def _check_placeholders(assembly: Assembly, symbols: Symbols, parameters: Iterable[str]) -> None:
    words = {*parameters, *(assembly.wording.default if assembly.wording else ())}
    named: dict[str, set[str]] = {level: set() for level in assembly.tables}
    for level, name in symbols.by_key:
        named[level].add(name)
    root = named[assembly.root.name]
    problems = list(problems_in_texts(assembly, {level: own | root | words for level, own in named.items()}))
    if problems:
        raise RulebookError("\n".join(problems))


def _check_conditions(assembly: Assembly, symbols: Symbols) -> None:
    """Types of the expressions that are no definitions: texts' conditions, rankings, consistency."""
    problems = []
    for where, level, text, kinds in assembly.conditions():
        try:
            found = infer(assembly.parsed[text], level, symbols)
        except ExpressionError as error:
            problems.append(f"{where}: {error}")
            continue
        if found.kind not in (*kinds, "null"):
            problems.append(f"{where}: this wants a {kinds[0]}, not a {found.kind}")
    for rule in assembly.consistency:
        where = f"consistency of {rule.table}: {rule.reason}"
        try:
            read = reads(assembly.parsed[rule.holds], rule.table, symbols)
        except ExpressionError:
            continue  # said above
        beyond = next((s for s in read.values() if s.source not in ("fact", "lookup")), None)
        if beyond is not None:
            what = "rows of a child" if beyond.source == "rows" else beyond.key[1]
            problems.append(f"{where}: a rule between cells reads facts alone, not {what}")
    if problems:
        raise RulebookError("\n".join(problems))
