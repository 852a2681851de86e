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

import re
from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints, field_validator, model_validator

OUTCOMES = ("fail", "unknown", "pass", "not_applicable")
"""The outcome values, in the order of Kleene logic: AND is the smallest, OR the largest."""

Depth = Literal["core", "full"]
RequiredAt = Literal["core", "full", "never"]
Severity = Literal["blocker", "major", "minor"]
SEVERITIES: tuple[Severity, ...] = ("blocker", "major", "minor")
Ask = Literal["core", "full", "import", "context", "derived"]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z](_?[a-z0-9])*$", max_length=63)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]*-[0-9]{2,3}$")]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Expression = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]

DONT_KNOW = "dont_know"
MOST_VALUES = 60
"""How many values a list that is kept as a set of bits can have: a BIGINT has room for two more, and the sign."""


class Value(BaseModel):
    """Base of all rulebook values: frozen, and strict about keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, allow_inf_nan=False)


class Fact(Value):
    """One column of a table, as users supply it.

    Attributes:
        type: ``text``, ``number`` (double), ``integer``, ``date``, ``choice`` (one of ``values``),
            ``choices`` (a list of ``values``) or ``texts`` (a list of anything).
        values: the allowed values of a choice or choices. ``dont_know`` among them is the answer
            of someone who was asked and could not say; expressions read it as null.
            A list fact always accepts it.
        open: for ``choices``: an unlisted value is read as ``other`` and noted, instead of
            being an error.
        unit: what a number counts, e.g. ``hours/week``.
        min, max: smallest and largest value allowed, both included.
        above: the value must be greater than this.
        pattern: for ``texts``: a regular expression every element must match as a whole.
        ask: from which depth on a form asks for it; ``import``: a figure that is never asked;
            ``context``: no check reads it; ``derived``: normally computed.
        ask_if: in words for people, when the question makes sense: it follows "Only if". Empty: always.
        available_from: who typically has it (``C`` CRM, ``S`` survey, ``A`` analytics,
            ``F`` bookkeeping, ``I`` interview; lower case: sometimes).
        asked_with: the fact whose question fills this one too.
        question: what to ask, in words a business owner understands.
        required: a row without a valid value is left out.
        default: the value of a missing cell; ``as_of`` on a date is the day of the run.
        synonyms: what other people's sheets call it, in any language.
    """

    name: Name
    type: Literal["text", "number", "integer", "date", "choice", "choices", "texts"]
    values: tuple[str, ...] = ()
    open: bool = False
    unit: str = ""
    min: float | None = None
    max: float | None = None
    above: float | None = None
    pattern: str = ""
    ask: Ask = "import"
    ask_if: str = ""
    available_from: str = ""
    asked_with: Name | None = None
    question: str = ""
    note: str = ""
    required: bool = False
    default: str | None = None
    synonyms: tuple[str, ...] = ()

    @property
    def is_list(self) -> bool:
        """Whether a cell holds a list of values."""
        return self.type in ("choices", "texts")

    @property
    def may_not_know(self) -> bool:
        """Whether dont_know is an answer."""
        return self.is_list or DONT_KNOW in self.values

    @property
    def members(self) -> tuple[str, ...]:
        """The values of a list that is kept as a set of bits (see ``bitsets``); empty for any other fact."""
        known = tuple(v for v in self.values if v != DONT_KNOW)
        return known if self.type == "choices" and len(known) <= MOST_VALUES else ()

    @model_validator(mode="after")
    def _values_fit_type(self) -> Fact:
        if self.type in ("choice", "choices") and not self.values:
            raise ValueError(f"fact {self.name}: a {self.type} needs values")
        if self.type not in ("choice", "choices") and self.values:
            raise ValueError(f"fact {self.name}: only a choice or choices has values")
        if self.open and "other" not in self.values:
            raise ValueError(f"fact {self.name}: an open list needs the value 'other'")
        return self


class Table(Value):
    """A kind of record. The root table has no parent; every other belongs to it.

    Attributes:
        name: the level of its rows, e.g. ``shop``.
        plural: the name of its input and of its result file.
        key: the columns that identify a row. The first one is the key of the root table.
        label: a fact of the root table that names a row for people.
        numbered: a key column that may be missing; then ``numbered_from`` is taken, else a
            running number within the other key columns, in input order.
        listed: terms and facts that open the result table, in order.
        result: whether the table has a result file.
    """

    name: Name
    plural: Name
    parent: Name | None = None
    key: tuple[Name, ...]
    label: Name | None = None
    numbered: Name | None = None
    numbered_from: Name | None = None
    listed: tuple[Name, ...] = ()
    result: bool = True
    facts: tuple[Fact, ...] = ()

    @model_validator(mode="after")
    def _key_is_declared(self) -> Table:
        names = {f.name for f in self.facts}
        missing = [k for k in self.key if k not in names]
        if missing and self.facts:
            raise ValueError(f"table {self.name}: key column {missing[0]} is not among its facts")
        return self


class Consistency(Value):
    """A rule between cells of one row. Where ``holds`` is FALSE the ``blames`` are read as null."""

    table: Name
    holds: Expression
    blames: tuple[Name, ...]
    reason: Text
    note_only: bool = False


class LookupRow(Value):
    """One entry of a lookup table: how it is recognised, and its columns."""

    names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    columns: dict[Name, bool | float | str | None] = {}


class Lookup(Value):
    """A registry joined to a fact of a child table, e.g. of brands or places.

    A cell of ``fact`` is mapped to a slug: by slug, by ``names`` whatever the case, or by
    ``addresses`` (``host/path*``, any subdomain). An address of nobody is ``other``; any other
    text becomes a slug of its own and has the ``defaults``. ``listed``: facts, by name, of a row of
    which nothing is known but that somebody lists it.
    """

    name: Name
    table: Name
    fact: Name
    defaults: dict[Name, bool | float | str | None]
    rows: dict[str, LookupRow] = {}
    listed: dict[Name, str] = {}

    @field_validator("rows")
    @classmethod
    def _slugs(cls, rows: dict[str, LookupRow]) -> dict[str, LookupRow]:
        for slug in rows:
            if not re.fullmatch(r"[a-z0-9_]+", slug):
                raise ValueError(f"{slug!r} is no slug (lower case letters, digits and _)")
        return rows


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
