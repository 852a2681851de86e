"""What records are made of: tables, their facts, rules between cells, and registries of known names.

A part of the model (see ``model``), which stands apart because a data file needs nothing else of it.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints, field_validator, model_validator

Ask = Literal["core", "full", "import", "context", "derived"]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z](_?[a-z0-9])*$", max_length=63)]
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
        example: a value that matches ``pattern``, to show to people.
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
    example: str = ""
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
        if self.type in ("choice", "choices") and not set(self.values) - {DONT_KNOW}:
            raise ValueError(f"fact {self.name}: a {self.type} needs values")
        if self.type not in ("choice", "choices") and self.values:
            raise ValueError(f"fact {self.name}: only a choice or choices has values")
        twice = next((v for n, v in enumerate(self.values) if v in self.values[:n]), None)
        if twice is not None:
            raise ValueError(f"fact {self.name}: the value {twice!r} stands twice")
        if self.open and "other" not in self.values:
            raise ValueError(f"fact {self.name}: an open list needs the value 'other'")
        if self.example and not re.fullmatch(self.pattern, self.example):
            raise ValueError(f"fact {self.name}: the example {self.example!r} does not match the pattern")
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
