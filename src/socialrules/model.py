"""The values a rulebook is made of: tables, facts, checks, terms, decisions.

Everything here is a frozen pydantic value without I/O. A plugin writes them in TOML (see
``loading.py``) or builds them in Python; both give the same objects.

Words used throughout:

*   A **table** is a kind of record: one root table, and child tables that belong to it.
*   A **fact** is a column of a table, as the user supplied it. Null means "not asked".
*   A **term** is a named expression over facts and other terms, at the level of one table.
    A check, a guideline, an axis, a decision, a flag and a score are all terms.
*   An **outcome** is ``pass``, ``fail``, ``unknown`` or ``not_applicable``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import StringConstraints, model_validator

from socialrules.tables import (
    DONT_KNOW,
    MOST_VALUES,
    Ask,
    Consistency,
    Expression,
    Fact,
    Lookup,
    LookupRow,
    Name,
    Table,
    Text,
    Value,
)

__all__ = [
    "DONT_KNOW",
    "MOST_VALUES",
    "OUTCOMES",
    "SEVERITIES",
    "Ask",
    "Axis",
    "Check",
    "Code",
    "Consistency",
    "Decision",
    "DecisionRow",
    "Depth",
    "Expression",
    "Fact",
    "FlagRow",
    "Flags",
    "Guideline",
    "Lookup",
    "LookupRow",
    "Meaning",
    "Name",
    "Note",
    "Parameter",
    "ParameterRule",
    "PythonCheck",
    "Ranking",
    "RequiredAt",
    "Revision",
    "Rules",
    "Saying",
    "Score",
    "Severity",
    "Table",
    "Tally",
    "Term",
    "Text",
    "Value",
    "Wording",
]

OUTCOMES = ("fail", "unknown", "pass", "not_applicable")
"""The outcome values, in the order of Kleene logic: AND is the smallest, OR the largest."""

Depth = Literal["core", "full"]
RequiredAt = Literal["core", "full", "never"]
Severity = Literal["blocker", "major", "minor"]
SEVERITIES: tuple[Severity, ...] = ("blocker", "major", "minor")
Code = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]*-[0-9]{2,3}$")]


class Parameter(Value):
    """A number a user may tune; expressions read it as ``$name``.

    ``origin`` says where the default comes from: a source, or ``invented`` / ``ours``.
    """

    name: Name
    default: float
    min: float | None = None
    max: float | None = None
    unit: str
    origin: Text
    note: str = ""

    @model_validator(mode="after")
    def _default_is_in_range(self) -> Parameter:
        if (self.min is not None and self.default < self.min) or (self.max is not None and self.default > self.max):
            raise ValueError(f"parameter {self.name}: the default {self.default:g} lies outside its own range")
        return self


class ParameterRule(Value):
    """A relation between parameters that must hold, e.g. ``$low <= $high``."""

    holds: Expression
    say: Text


class Saying(Value):
    """A text that is printed where ``when`` is TRUE."""

    when: Expression
    say: Text


class PythonCheck(Value):
    """A check that SQL cannot say: ``function`` gets Arrow arrays of the facts it ``reads``.

    It is called once per part and returns a boolean array of the same length, null for unknown.
    """

    reads: tuple[Name, ...]
    function: Callable[..., Any]


class Check(Value):
    """One question with an outcome, at the level of a table.

    The order is: ``applies`` FALSE gives not_applicable; ``fails`` TRUE gives fail; ``passes``
    TRUE gives pass. Without ``fails``, ``passes`` FALSE is the fail. Anything else is unknown.

    Attributes:
        required_at: from which depth on an unknown counts where checks are put together;
            ``never``: an unknown is always left out.
        rollup: for a check of a child table: its outcome for the root record, as an expression;
            ``False`` keeps it out of the guideline. A root-level check may say ``False`` too.
        turns_on: facts whose arrival may change an outcome that was already decided.
        advice: what to do when it fails. ``advice_dont_know`` is said instead where the answer
            was dont_know, ``advice_if`` where its condition holds.
        lean: said when the outcome is unknown and a source leans to one side.
        statements: ids of the statements of the sources it comes from.
    """

    code: Code
    title: Text
    level: Name
    severity: Severity
    severity_because: str = ""
    required_at: RequiredAt = "never"
    applies: Expression | None = None
    passes: Expression | None = None
    fails: Expression | None = None
    python: PythonCheck | None = None
    rollup: Expression | Literal[False] | None = None
    turns_on: tuple[str, ...] = ()
    why: Text
    advice: Text
    advice_dont_know: str = ""
    advice_if: tuple[Saying, ...] = ()
    lean: tuple[Saying, ...] = ()
    statements: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name of its outcome in expressions and in result columns: ``CG-01`` is ``cg_01``."""
        return self.code.lower().replace("-", "_")

    @model_validator(mode="after")
    def _one_way_to_pass(self) -> Check:
        if (self.passes is None) == (self.python is None):
            raise ValueError(f"check {self.code}: give either passes or python")
        return self


class Term(Value):
    """A named expression. Its type follows from the expression.

    ``role`` lets an axis of its level collect it; ``title`` is printed beside its value.
    """

    name: Name
    level: Name
    value: Expression
    role: Name | None = None
    title: str = ""
    note: str = ""


class Guideline(Value):
    """Checks that answer one question together.

    Attributes:
        role: which axes collect it.
        order: its place in lists and in the to-do list.
        uses: names this guideline reads from others, by the guideline that has them. When that
            one is not loaded they read as unknown.
        counts_when_unknown: ``False``: an axis leaves it out while it is unknown.
        outcome: an expression, where it is not the AND of its blockers and majors.
        todo_when: its failed checks enter the to-do list only where this is TRUE.
    """

    id: Name
    title: Text
    question: Text
    role: Name
    order: int = 1000
    uses: dict[Name, tuple[str, ...]] = {}
    counts_when_unknown: bool = True
    outcome: Expression | None = None
    todo_when: Expression | None = None
    parameters: tuple[Parameter, ...] = ()
    terms: tuple[Term, ...] = ()
    checks: tuple[Check, ...] = ()

    @model_validator(mode="after")
    def _codes_are_unique(self) -> Guideline:
        codes = [c.code for c in self.checks]
        twice = {c for c in codes if codes.count(c) > 1}
        if twice:
            raise ValueError(f"guideline {self.id}: check {sorted(twice)[0]} stands there twice")
        return self


class Axis(Value):
    """Guidelines and terms of one role, put together: ``all`` of them or ``any`` of them.

    ``leave_out`` names guidelines of that role that take no part.
    """

    name: Name
    level: Name
    role: Name
    combine: Literal["all", "any"]
    title: Text
    leave_out: tuple[Name, ...] = ()


class DecisionRow(Value):
    """A row of a decision table: where ``when`` is TRUE the result is ``then``.

    ``set`` fills further columns; ``say`` is printed; ``trigger`` names the term to blame.
    """

    when: Expression
    then: Text
    set: dict[Name, str] = {}
    say: str = ""


class Revision(Value):
    """A change to what a decision table found: where ``when`` is TRUE it becomes ``then``.

    ``keep_as`` names the column that keeps what was decided before.
    """

    when: Expression
    then: Text
    keep_as: Name | None = None
    say: str = ""


class Decision(Value):
    """A decision table: the first row that holds decides.

    Attributes:
        columns: further result columns, null where no row sets them.
        after: revisions, applied in order; ``this`` in them is the decision so far.
        meaning: what each result means in plain words, with ``when``: now, not today, ...
    """

    name: Name
    level: Name
    title: Text
    columns: tuple[Name, ...] = ()
    rows: tuple[DecisionRow, ...]
    after: tuple[Revision, ...] = ()
    meaning: dict[str, Meaning] = {}
    reasons: dict[str, Text] = {}


class Meaning(Value):
    """What a decision's result is called, when it applies and what it tells to do."""

    title: Text
    when: str = ""
    text: Text


class FlagRow(Value):
    """One flag: added to the list where ``when`` is TRUE."""

    flag: Name
    when: Expression
    say: Text
    first: bool = False


class Flags(Value):
    """A list of the flags that hold, in the order given."""

    name: Name
    level: Name
    rows: tuple[FlagRow, ...]


class Tally(Value):
    """A count over the blockers, majors or minors of the guidelines of one role.

    ``failed`` counts those that fail; ``known_share`` is the share whose outcome is known, null
    if there is none. Outcomes that do not apply, and unknown ones that are not required, are
    left out.
    """

    name: Name
    role: Name
    severities: tuple[Severity, ...]
    measure: Literal["failed", "known_share"]
    title: str = ""


class Score(Value):
    """A weighted share of passes per guideline, and its mean over the guidelines of one role.

    Three columns, 0 to 100: ``name`` (over what is known; null where less than ``known_min`` of
    the weight is), ``name_low`` (unknown counted as fail) and ``name_high`` (as pass).
    """

    name: Name
    role: Name
    weights: dict[Severity, Expression]
    known_min: Expression
    title: str = ""


class Note(Value):
    """A remark for people, printed with a record where ``when`` is TRUE.

    ``say`` may hold ``{name}`` of facts and terms of its level.
    """

    name: Name
    level: Name
    when: Expression
    say: Text
    section: Literal["context", "data"] = "context"


class Ranking(Value):
    """Rows of a child table in an order, listed until their amounts cover a total.

    Where ``when`` (root level) is TRUE, the rows with ``where`` are listed by ``by`` (least
    first, unknown last) until the sum of ``amount`` reaches ``cover``; where an amount is
    missing, all of them.
    """

    name: Name
    table: Name
    when: Expression
    where: Expression
    by: Expression
    amount: Expression
    cover: Expression
    say: Text


class Wording(Value):
    """Words that texts use as ``{placeholder}``, chosen by the first value of a list fact."""

    fact: Name
    default: dict[str, str]
    by_value: dict[str, dict[str, str]] = {}


class Rules(Value):
    """Everything one plugin brings.

    ``facts`` and ``lookup_rows`` add to tables and lookups of other plugins, by name. ``sample``
    is the folder of a sample portfolio, one file per table.
    """

    tables: tuple[Table, ...] = ()
    consistency: tuple[Consistency, ...] = ()
    lookups: tuple[Lookup, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    parameter_rules: tuple[ParameterRule, ...] = ()
    terms: tuple[Term, ...] = ()
    axes: tuple[Axis, ...] = ()
    decisions: tuple[Decision, ...] = ()
    flags: tuple[Flags, ...] = ()
    tallies: tuple[Tally, ...] = ()
    scores: tuple[Score, ...] = ()
    notes: tuple[Note, ...] = ()
    rankings: tuple[Ranking, ...] = ()
    wording: Wording | None = None
    uses: dict[Name, tuple[str, ...]] = {}
    facts: dict[Name, tuple[Fact, ...]] = {}
    lookup_rows: dict[Name, dict[str, LookupRow]] = {}
    guidelines: tuple[Guideline, ...] = ()
    sample: str | None = None


Decision.model_rebuild()
