"""From what plugins wrote to one list of named expressions.

Checks, guidelines, axes, decision tables, flags, tallies and scores are all short forms. Here each
becomes one or more ``Draft``s: a level, a name and a syntax tree, which is all the compiler knows.
Names with a double underscore are internal; no plugin can write one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from socialrules.expressions import LIFTS, NULL, Call, Case, Literal, Name, Node, Operation, rebuilt
from socialrules.model import Axis, Check, Decision, Depth, Flags, Guideline, Score, Severity, Tally

Parsed = Callable[[str], Node]
"""Looks up the syntax tree of an expression text."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A named expression before its types are known.

    Attributes:
        kind: what it came from: term, check, rollup, guideline, axis, decision, flags, tally, score.
        owner: the guideline or plugin it belongs to.
        required: for an outcome, whether an unknown counts where outcomes are put together.
        where: opens an error message about it.
    """

    level: str
    name: str
    tree: Node
    kind: str
    owner: str
    where: str
    required: bool = True


@dataclass(frozen=True, slots=True)
class Selection:
    """Which checks are counted and written. ``checks`` holds names such as ``cg_01``."""

    checks: frozenset[str]

    def of(self, guideline: Guideline) -> list[Check]:
        """The selected checks of a guideline."""
        return [c for c in guideline.checks if c.name in self.checks]


def is_required(check: Check, depth: Depth) -> bool:
    """Whether an unknown of this check counts at this depth."""
    return check.required_at in ("core", depth)


def check_draft(check: Check, guideline: Guideline, depth: Depth, parsed: Parsed, where: str) -> Draft:
    """A check as one expression: applies, passes, and fails where it is given."""
    applies = parsed(check.applies) if check.applies else Literal(True)
    if check.python is not None:
        passes: Node = Name(check.level, python_column(check))
    else:
        passes = parsed(check.passes or "NULL")
    arguments = (applies, passes) + ((parsed(check.fails),) if check.fails else ())
    return Draft(
        check.level, check.name, Call("judge", arguments), "check", guideline.id, where, is_required(check, depth)
    )


def python_column(check: Check) -> str:
    """The column that holds what a Python check returned."""
    return f"{check.name}__python"


def counted(
    guideline: Guideline, selection: Selection, severities: Iterable[Severity], root: str
) -> list[tuple[Check, Name]]:
    """The checks of a guideline that are put together, with the name of their outcome at the root level."""
    found = []
    for check in selection.of(guideline):
        if check.severity not in severities or check.rollup is False:
            continue
        if check.level == root and check.rollup is None:
            found.append((check, Name(None, check.name)))
        elif check.rollup:
            found.append((check, Name(None, rollup_name(check))))
    return found


def rollup_name(check: Check) -> str:
    """The name of a child-level check's outcome for the root record."""
    return f"{check.name}__rollup"


def guideline_drafts(
    guideline: Guideline, selection: Selection, depth: Depth, root: str, parsed: Parsed, where: str
) -> list[Draft]:
    """The roll-ups of a guideline and its outcome."""
    drafts = [
        Draft(
            root,
            rollup_name(c),
            Call("all_pass", (parsed(c.rollup),)),
            "rollup",
            guideline.id,
            f"{where}: check {c.code}, rollup",
            is_required(c, depth),
        )
        for c in guideline.checks
        if c.rollup
    ]
    if guideline.outcome:
        tree: Node = Call("all_pass", (parsed(guideline.outcome),))
    else:
        operands = counted(guideline, selection, ("blocker", "major"), root)
        tree = Call("all_pass", tuple(name for _, name in operands))
    drafts.append(
        Draft(root, guideline.id, tree, "guideline", guideline.id, f"{where}: outcome", guideline.counts_when_unknown)
    )
    return drafts


def axis_draft(axis: Axis, members: Iterable[Name], owner: str) -> Draft:
    """All or any of the members."""
    function = "all_pass" if axis.combine == "all" else "any_pass"
    return Draft(axis.level, axis.name, Call(function, tuple(members)), "axis", owner, f"axis {axis.name}")


def decision_drafts(decision: Decision, parsed: Parsed, owner: str) -> list[Draft]:
    """The number of the row that decides, the result with its revisions, and the further columns."""
    level, where = decision.level, f"decision {decision.name}"

    def draft(name: str, tree: Node, place: str = "") -> Draft:
        return Draft(level, name, tree, "decision", owner, f"{where}{place}")

    row = row_name(decision)
    numbered = tuple((parsed(r.when), Literal(float(i))) for i, r in enumerate(decision.rows))
    drafts = [draft(row, Case(numbered, NULL), ", rows")]

    def by_row(texts: Mapping[int, str]) -> Node:
        branches = tuple((Operation("=", (Name(level, row), Literal(float(i)))), Literal(t)) for i, t in texts.items())
        return Case(branches, NULL) if branches else NULL

    columns: dict[str, Node] = {
        c: by_row({i: r.set[c] for i, r in enumerate(decision.rows) if c in r.set}) for c in decision.columns
    }
    result = by_row({i: r.then for i, r in enumerate(decision.rows)})
    for number, revision in enumerate(decision.after):
        before = f"{decision.name}__{number}"
        drafts.append(draft(before, result))
        when = _replace_this(parsed(revision.when), Name(level, before))
        condition = f"{decision.name}__after_{number}"
        drafts.append(draft(condition, when, f", after {number + 1}"))
        result = Case(((Name(level, condition), Literal(revision.then)),), Name(level, before))
        if revision.keep_as:
            kept = Name(level, before)
            columns[revision.keep_as] = Case(((Name(level, condition), kept),), columns[revision.keep_as])
    drafts.append(draft(decision.name, result))
    drafts += [draft(c, tree) for c, tree in columns.items()]
    return drafts


def row_name(decision: Decision) -> str:
    """The name of the term that holds which row decided, counted from 0; null where none did."""
    return f"{decision.name}__row"


def _replace_this(node: Node, decided: Name) -> Node:
    if node == Name(None, "this"):
        return decided
    return rebuilt(node, lambda operand: _replace_this(operand, decided))


def flags_draft(flags: Flags, parsed: Parsed, owner: str) -> Draft:
    """The list of the flags that hold."""
    pairs: list[Node] = []
    for row in flags.rows:
        pairs += [Literal(row.flag), parsed(row.when)]
    return Draft(flags.level, flags.name, Call("flags", tuple(pairs)), "flags", owner, f"flags {flags.name}")


def tally_draft(tally: Tally, guidelines: Iterable[Guideline], selection: Selection, depth: Depth, root: str) -> Draft:
    """How many of the counted checks fail, or the share of them that is known."""
    checks = [pair for g in guidelines for pair in counted(g, selection, tally.severities, root)]
    if tally.measure == "failed":
        tree: Node = _how_many("fail", checks)
    else:
        known = _plus(_how_many("pass", checks), _how_many("fail", checks))
        open_ = _how_many("unknown", [(c, n) for c, n in checks if is_required(c, depth)])
        tree = Operation("/", (known, _plus(known, open_)))
    return Draft(root, tally.name, tree, "tally", "", f"tally {tally.name}")


def score_drafts(
    score: Score, guidelines: Iterable[Guideline], selection: Selection, depth: Depth, root: str, parsed: Parsed
) -> list[Draft]:
    """Weights and shares per guideline, and the three means.

    Per guideline, W is the weight of its known outcomes and of the unknown ones that are required,
    K that of the known, P that of the passes: the score is P / K where K >= known_min x W, the
    bounds are P / W and (P + W - K) / W.
    """
    drafts: list[Draft] = []
    means: dict[str, list[Node]] = {"": [], "_low": [], "_high": []}

    def draft(name: str, tree: Node) -> Name:
        drafts.append(Draft(root, name, tree, "score", "", f"score {score.name}"))
        return Name(None, name)

    for guideline in guidelines:
        parts: dict[str, list[Node]] = {"pass": [], "fail": [], "unknown": []}
        for severity, weight in score.weights.items():
            checks = counted(guideline, selection, (severity,), root)
            if severity == "minor":
                checks = [(c, n) for c, n in checks if c.level == root]
            for outcome, terms in parts.items():
                among = [(c, n) for c, n in checks if outcome != "unknown" or is_required(c, depth)]
                if among:
                    terms.append(Operation("*", (parsed(weight), _how_many(outcome, among))))
        if not parts["pass"]:
            continue
        prefix = f"{score.name}__{guideline.id}"
        passed = draft(f"{prefix}__pass", _plus(*parts["pass"]))
        known = draft(f"{prefix}__known", _plus(passed, *parts["fail"]))
        every = draft(f"{prefix}__all", _plus(known, *parts["unknown"]))
        some = Operation(">", (every, Literal(0.0)))
        enough = Operation(">=", (known, Operation("*", (parsed(score.known_min), every))))
        scored = Operation("AND", (Operation(">", (known, Literal(0.0))), enough))
        high = Operation("-", (_plus(passed, every), known))
        shares = {
            "": Case(((scored, Operation("/", (passed, known))),), NULL),
            "_low": Case(((some, Operation("/", (passed, every))),), NULL),
            "_high": Case(((some, Operation("/", (high, every))),), NULL),
        }
        for bound, share in shares.items():
            means[bound].append(draft(f"{prefix}__share{bound}", share))
    for bound, members in means.items():
        tree = Operation("*", (Literal(100.0), Call("mean", tuple(members)))) if members else NULL
        draft(f"{score.name}{bound}", tree)
    return drafts


def hoisted(draft: Draft, levels: frozenset[str], root: str, left_out: frozenset[str]) -> list[Draft]:
    """The draft with every compound operand of all_pass and any_pass as a draft of its own.

    Operands that name a check in ``left_out`` are dropped: what is not selected is not counted.

    The SQL of all_pass names each operand several times, so an operand must be a name: nested ones
    would grow without bound. A function over child rows that stands at a child's level becomes a
    draft of the root level, where it is computed once per record.
    """
    made: list[Draft] = []

    def visit(node: Node, level: str) -> Node:
        match node:
            case Call(function, arguments) if function in LIFTS:
                table = arguments[0]
                inner = table.name if isinstance(table, Name) and table.name in levels else level
                lift = Call(function, (table, *(visit(a, inner) for a in arguments[1:])))
                return lift if level == root else named(lift, root)
            case Call(function, arguments):
                together = function in ("all_pass", "any_pass")
                counted = (a for a in arguments if not (together and isinstance(a, Name) and a.name in left_out))
                inside = tuple(visit(a, level) for a in counted)
                if together and len(inside) > 1:
                    inside = tuple(named(a, level) for a in inside)
                return Call(function, inside)
            case _:
                return rebuilt(node, lambda operand: visit(operand, level))

    def named(node: Node, level: str) -> Node:
        if isinstance(node, Name | Literal):
            return node
        name = f"{draft.name}__part_{len(made) + 1}"
        made.append(Draft(level, name, node, "part", draft.owner, draft.where))
        return Name(level, name)

    tree = visit(draft.tree, draft.level)
    return [*made, replace(draft, tree=tree)]


def _how_many(outcome: str, checks: Iterable[tuple[Check, Name]]) -> Node:
    names = tuple(name for _, name in checks)
    return Call("how_many", (Literal(outcome), *names)) if names else Literal(0.0)


def _plus(*terms: Node) -> Node:
    total = terms[0]
    for term in terms[1:]:
        total = Operation("+", (total, term))
    return total
