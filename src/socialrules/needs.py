"""Which facts a decision still hangs on, as SQL: a set of bits for every row.

A decision is **settled** when no answer to a question can change it any more. Its rows are read in order, as three-valued
conditions in which an outcome that is unknown is neither TRUE nor FALSE: up to the row that was found, each must be one of
the two. Where one is neither, what it reads is needed:

*   of an unknown ``all_pass``: what every unknown operand needs;
*   of an unknown ``any_pass``: what the cheapest unknown operand needs, because one that passes is enough;
*   of an unknown check: the facts it reads that nobody has answered;
*   of a failing check: the facts that may lift it (``turns_on``), where nobody has answered them;
*   of a function over child rows: what these rows need.

See docs/decisions/014.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from socialrules.compiler import Program
from socialrules.definitions import python_column, row_name
from socialrules.expressions import LIFTS, Call, Literal, Name, Node, Operation, children
from socialrules.model import Decision, Fact, Severity
from socialrules.quoting import identifier, text
from socialrules.rulebook import Definition, Rulebook
from socialrules.semantics import ROWS, Key, reads
from socialrules.sqltext import Emitter

DONT_KNOW_COLUMN = "__dont_know"
OPEN = "open__bits"


@dataclass(frozen=True)
class Universe:
    """What a bit stands for: the facts that can be asked for, then the terms of child rows that the root reads."""

    book: Rulebook
    facts: tuple[tuple[Key, Fact], ...]
    demanded: tuple[Key, ...]

    @property
    def items(self) -> list[Key]:
        """The key of every bit, in order."""
        return [*(k for k, _ in self.facts), *self.demanded]

    def mask(self, keys: Iterable[Key]) -> str:
        """SQL of the bits of some keys."""
        wanted = set(keys)
        return f"{text(''.join('1' if k in wanted else '0' for k in self.items))}::BIT"

    @property
    def nothing(self) -> str:
        """SQL of no bits."""
        return self.mask(())

    def askable(self, level: str) -> list[Key]:
        """The facts of a table that can be asked for."""
        return [k for k, _ in self.facts if k[0] == level]


def universe_of(book: Rulebook, decision: Decision) -> Universe:
    """The bits that a decision can need."""
    below = closure(book, decision)
    facts = tuple(
        ((level, fact.name), fact)
        for level, table in book.assembly.tables.items()
        for fact in table.facts
        if (level, fact.name) in below and is_asked(fact)
    )
    root = book.root.name
    demanded = dict.fromkeys(
        k
        for key in below
        if key[0] == root and key in book.definitions
        for k in book.definitions[key].reads
        if k[0] != root and k[1] != ROWS
    )
    return Universe(book, facts, tuple(demanded))


def is_asked(fact: Fact) -> bool:
    """Whether there is a question for a fact."""
    return fact.ask in ("core", "full") and bool(fact.question or fact.asked_with)


def closure(book: Rulebook, decision: Decision) -> set[Key]:
    """Everything that a decision reads, down to facts."""
    found: set[Key] = set()
    todo: list[Key] = [(decision.level, decision.name), (decision.level, row_name(decision))]
    while todo:
        key = todo.pop()
        if key not in found:
            found.add(key)
            todo += _children_of(book, key)
    return found


def _children_of(book: Rulebook, key: Key) -> list[Key]:
    """What a key reads: of a Python check's column its facts; of whether a fact is not known that fact."""
    definition = book.definitions.get(key)
    if definition is not None:
        return list(definition.reads)
    if key[1].endswith(DONT_KNOW_COLUMN):
        return [(key[0], key[1].removesuffix(DONT_KNOW_COLUMN))]
    handed = (
        [c.python.reads for c in book.checks(key[0]) if c.python and python_column(c) == key[1]]
        if "__" in key[1]
        else []
    )
    return [(key[0], name) for names in handed for name in names]


@dataclass
class Needs:
    """The columns that say what the rows of one level need, each as SQL over those before it.

    Attributes:
        program: the compiled rules; its last table of the level holds every value that is read.
        universe: what the bits are.
        level: of the rows.
        from_children: SQL of the bits that a demanded term of child rows needs, by its key; for the root.
    """

    program: Program
    universe: Universe
    level: str
    from_children: dict[Key, str] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    layers: dict[str, int] = field(default_factory=dict)
    _known: dict[Key, str] = field(default_factory=dict)
    _hiding: dict[Key, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.book = self.universe.book
        self.root = self.book.root.name
        self.emitter: Emitter = self.program.emitter(self.level)
        self.checks = {c.name: c for c in self.book.checks(self.level)}
        self.decisions = {row_name(d): d for _, d in self.book.assembly.decisions if d.level == self.level}

    # The columns

    def query(self, source: str) -> str:
        """The rows of ``source`` with all columns, as nested SELECTs."""
        for layer in range(1, max(self.layers.values(), default=0) + 1):
            listed = ",\n    ".join(
                f"{sql} AS {name}" for name, sql in self.columns.items() if self.layers[name] == layer
            )
            source = f"SELECT *,\n    {listed}\nFROM (\n{source}\n)"
        return source

    def need(self, key: Key) -> str:
        """The column with what a key needs, or no bits."""
        if key not in self._known:
            sql = self._need(key)
            if sql is None:
                self._known[key] = self.universe.nothing
            else:
                name = identifier(f"need__{key[0]}__{key[1]}")
                self.columns[name] = sql
                self.layers[name] = 1 + max((n for c, n in self.layers.items() if c in sql), default=0)
                self._known[key] = name
        return self._known[key]

    def by_severity(self, severity: Severity) -> str:
        """SQL of the bits that the checks of a severity need, of those that were looked at."""
        names = [
            self._known[c.level, c.name]
            for c in self.checks.values()
            if c.severity == severity and self._known.get((c.level, c.name), self.universe.nothing) in self.columns
        ]
        return " | ".join(names) or self.universe.nothing

    def _need(self, key: Key) -> str | None:
        if key in self.from_children:
            return self.from_children[key]
        if key[0] != self.level:
            return self._need_of_root(key)
        if key[1] in self.decisions:
            return self._need_of_row(self.decisions[key[1]])
        definition = self.book.definitions.get(key)
        if definition is None:
            open_ = [k for k in [key, *_children_of(self.book, key)] if k in self.universe.askable(self.level)]
            return f"{OPEN} & {self.universe.mask(open_)}" if open_ else None
        column = self.emitter.column(key)
        if definition.type.kind == "outcome":
            return self._either(column, self._operands(definition), self._turned_by(key))
        if not self._hides(key):
            return self._if(f"{column} IS NULL", self._all(definition.reads))
        if definition.type.kind == "boolean" and not has_lift(definition.tree):
            return self._if(f"({self.sure(definition.tree)}) IS NULL", self._all(definition.reads))
        hiding = [k for k in definition.reads if self._hides(k)]
        missing = self._if(f"{column} IS NULL", self._all(k for k in definition.reads if k not in hiding))
        found = [sql for sql in (self._all(hiding), missing) if sql]
        return " | ".join(f"({sql})" for sql in found) or None

    def _need_of_root(self, key: Key) -> str | None:
        """What a child's row needs of the root record: facts, and terms that lack them. Outcomes are settled there."""
        definition = self.book.definitions.get(key)
        if key[0] != self.root or (definition is not None and definition.type.kind == "outcome"):
            return None
        facts = sorted(self._facts_below(key))
        if not facts:
            return None
        mask = f"{OPEN} & {self.universe.mask(facts)}"
        return mask if definition is None else self._if(f"{self.emitter.column(key)} IS NULL", mask)

    def _facts_below(self, key: Key) -> set[Key]:
        found: set[Key] = set()
        todo = [key]
        while todo:
            here = todo.pop()
            if here in found:
                continue
            found.add(here)
            definition = self.book.definitions.get(here)
            if definition is None or definition.type.kind != "outcome":
                todo += [k for k in _children_of(self.book, here) if k[0] == self.root]
        return found & set(self.universe.askable(self.root))

    def _need_of_row(self, decision: Decision) -> str | None:
        """What the conditions up to the row that was found need, where they are not settled."""
        number = self.emitter.column((decision.level, row_name(decision)))
        parts = []
        for position, row in enumerate(decision.rows):
            tree = self.book.parsed[row.when]
            needed = self._all(k for k in reads(tree, self.level, self.book.symbols))
            if needed:
                reached = f"({number} IS NULL OR {number} >= {position})"
                parts.append(self._if(f"{reached} AND ({self.sure(tree)}) IS NULL", needed))
        return " | ".join(f"({p})" for p in parts if p) or None

    def _operands(self, definition: Definition) -> str | None:
        """What an unknown outcome needs."""
        tree = definition.tree
        if isinstance(tree, Call) and tree.function in ("all_pass", "any_pass"):
            names = [self.book.symbols.resolve(a, self.level).key for a in tree.arguments if isinstance(a, Name)]
            counted = [k for k in names if k not in self.book.definitions or self.book.definitions[k].required]
            needed = [n for n in map(self.need, counted) if n != self.universe.nothing]
            if tree.function == "any_pass" and len(needed) > 1:
                return self._cheapest(needed)
            if len(names) == len(tree.arguments):
                return " | ".join(needed) or None
        return self._all(definition.reads)

    def _turned_by(self, key: Key) -> str | None:
        """What may turn an outcome that is known: the facts that its check names, as far as nobody has answered them."""
        check = self.checks.get(key[1])
        names = [n.rpartition(".") for n in check.turns_on] if check else []
        keys = [(scope or self.root, name) for scope, _, name in names]
        open_ = [k for k in keys if k in self.universe.items]
        return f"{OPEN} & {self.universe.mask(open_)}" if open_ else None

    def _either(self, outcome: str, unknown: str | None, known: str | None) -> str | None:
        """What an outcome needs while it is unknown, and while it is a fail that another answer may lift."""
        parts = [(f"{outcome} = 'unknown'", unknown), (f"{outcome} = 'fail'", known)]
        branches = " ".join(f"WHEN {when} THEN {needed}" for when, needed in parts if needed)
        return f"CASE {branches} ELSE {self.universe.nothing} END" if branches else None

    def _cheapest(self, needed: Sequence[str]) -> str:
        """The smallest set among several; of equal ones the first."""
        listed = ", ".join(
            f"CASE WHEN bit_count({n}) > 0 THEN {{'n': bit_count({n}), 'place': {i}, 'bits': {n}}} END"
            for i, n in enumerate(needed)
        )
        return f"coalesce(list_sort([{listed}], 'ASC', 'NULLS LAST')[1].bits, {self.universe.nothing})"

    def _all(self, keys: Iterable[Key]) -> str | None:
        needed = dict.fromkeys(n for n in map(self.need, keys) if n != self.universe.nothing)
        return " | ".join(needed) or None

    def _if(self, condition: str, needed: str | None) -> str | None:
        return None if needed is None else f"CASE WHEN {condition} THEN {needed} ELSE {self.universe.nothing} END"

    # Conditions that may be neither

    def _hides(self, key: Key) -> bool:
        """Whether a value that is there may change when an unknown outcome becomes known."""
        if key not in self._hiding:
            self._hiding[key] = self._reads_outcomes(key)
        return self._hiding[key]

    def _reads_outcomes(self, key: Key) -> bool:
        definition = self.book.definitions.get(key)
        if definition is None or key[0] not in (self.level, *self._levels_below()):
            return False
        return definition.type.kind == "outcome" or any(self._hides(k) for k in definition.reads)

    def _levels_below(self) -> list[str]:
        return [t for t in self.book.assembly.tables if t != self.root] if self.level == self.root else []

    def sure(self, tree: Node) -> str:
        """A condition as SQL that is NULL where an answer could still change it."""
        match tree:
            case Operation("AND" | "OR" as operator, operands):
                return f" {operator} ".join(f"({self.sure(o)})" for o in operands)
            case Operation("NOT", operands):
                return f"NOT ({self.sure(operands[0])})"
            case Name():
                key = self.book.symbols.resolve(tree, self.level).key
                definition = self.book.definitions.get(key)
                inside = definition is not None and key[0] == self.level and definition.type.kind == "boolean"
                if inside and definition is not None and self._hides(key) and not has_lift(definition.tree):
                    return self.sure(definition.tree)
            case Literal():
                return self.emitter.condition(tree)
        if has_lift(tree):
            return "NULL::BOOLEAN"
        needed = self._all(reads(tree, self.level, self.book.symbols))
        value = self.emitter.condition(tree)
        return value if needed is None else f"CASE WHEN bit_count({needed}) = 0 THEN {value} END"


def has_lift(tree: Node) -> bool:
    """Whether an expression looks over child rows."""
    return (isinstance(tree, Call) and tree.function in LIFTS) or any(has_lift(c) for c in children(tree))
