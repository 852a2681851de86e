"""The ``[sources.X]`` part of a mapping file: how an input is read, what the codes of its columns mean.

Everything that can be wrong without looking at the data is found here, named with file, section and key.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictInt,
    StrictStr,
    ValidationError,
    model_validator,
)

from socialrules.errors import MappingError, did_you_mean
from socialrules.loading import PLAIN_WORDS
from socialrules.sources.codebook import REASONS, Codebook, ColumnCodes, Missing
from socialrules.sources.layout import FOUND, Layout
from socialrules.sources.notations import (
    DATE_FORMATS,
    DECIMALS,
    LETTERS,
    THOUSANDS,
    Notation,
    contradicting_letter,
)

ANSWERS = "answers"
"""The input of answers that came in later, of which a mapping says no more than where they lie."""

NUMBER = r"[+-]?\d+(?:\.\d+)?"
RANGE = re.compile(rf"({NUMBER})?\s*\.\.\s*({NUMBER})?")
TAGS = re.compile(r"\.([a-z])\s*\.\.\s*\.([a-z])")
"""The tagged missings of Stata from one letter to another: ``.a...z``."""
MANY_DOTS = re.compile(rf"({NUMBER})\s*\.{{3,}}\s*({NUMBER})?|\.{{3,}}\s*({NUMBER})")
LOWER, UPPER = "__lower", "__upper"
"""What the two columns that bands with two ends make are called, behind the name of the source's column."""


def code_text(code: Any) -> str:
    """A code as text, the way a cell is staged: a whole number as ``1``. Raises ValueError for anything else."""
    if isinstance(code, bool) or not isinstance(code, str | int | float):
        raise ValueError(f"a code is a number or a text in quotes, not {code!r}")
    if isinstance(code, float) and not math.isfinite(code):
        raise ValueError("a code is a finite number")
    if isinstance(code, float):
        return str(int(code)) if code == int(code) else repr(code)
    return str(code).strip()


def as_number(code: str) -> float | None:
    """The number that a code is written as; None where it is none."""
    return float(code) if re.fullmatch(NUMBER, code) else None


def number_range(written: Any) -> tuple[float, float]:
    """Both ends of a range: ``4..5``, ``..2``, or one number for itself. Raises ValueError."""
    if isinstance(written, int | float) and not isinstance(written, bool):
        return float(written), float(written)
    found = RANGE.fullmatch(written.strip()) if isinstance(written, str) else None
    if found is None or found[0].strip() == "..":
        raise ValueError(f'this must be a range such as "4..5", not {written!r}')
    low, high = float(found[1] or "-inf"), float(found[2] or "inf")
    if low > high:
        raise ValueError(f"the range {written} ends before it begins")
    return low, high


def missing_codes(codes: Any, reason: str | None) -> list[Missing]:
    """What a list of codes and ranges says. Raises ValueError with what is wrong."""
    if not isinstance(codes, list):
        raise ValueError('codes stand in a list, such as [-9] or ["-99..-90"]')
    found = []
    for item in codes:
        code = code_text(item)
        tags = TAGS.fullmatch(code)
        if not code:
            raise ValueError("a code is empty; an empty cell is missing anyway")
        if tags:
            letters = [chr(n) for n in range(ord(tags[1]), ord(tags[2]) + 1)]
            if not letters:
                raise ValueError(f"the range {code} ends before it begins")
            found += [Missing(f".{letter}", None, reason) for letter in letters]
        elif MANY_DOTS.fullmatch(code):
            written = re.sub(r"\.{3,}", "..", code)
            raise ValueError(f'a range has two dots: "{written}", not "{code}"')
        elif RANGE.fullmatch(code) and code != "..":
            low, high = number_range(code)
            found.append(Missing(_end(low), _end(high), reason))
        else:
            found.append(Missing(code, None, reason))
    return found


def _end(value: float) -> str:
    return code_text(value) if math.isfinite(value) else str(value)


def _missing(given: Any) -> tuple[Missing, ...]:
    if isinstance(given, list):
        return tuple(missing_codes(given, None))
    if not isinstance(given, dict):
        raise ValueError("this must be a list of codes, or a table such as { refused = [-9] }")
    found: list[Missing] = []
    for reason, codes in given.items():
        if reason not in REASONS:
            raise ValueError(
                f"{reason!r} is not one of the reasons {', '.join(REASONS)}.{did_you_mean(reason, REASONS)}"
            )
        found += missing_codes(codes, reason)
    return tuple(found)


def _cells(given: Any) -> dict[str, str]:
    """By code or label, what a cell then reads; the empty text is an empty cell."""
    if not isinstance(given, dict):
        raise ValueError('this must be a table such as { 1 = "yes", 2 = "no" }')
    if any(isinstance(value, dict) for value in given.values()):
        raise ValueError('a code with a point must stand in quotes: { "2.5" = ... }')
    return {k.strip(): ("yes" if v else "no") if isinstance(v, bool) else code_text(v) for k, v in given.items()}


def _bands(given: Any) -> dict[str, tuple[float, float | None]]:
    """By band, its lower and its upper end; None where the upper end is open or not told."""
    if not isinstance(given, dict):
        raise ValueError('this must be a table such as { "10 to 49" = 10 }')
    found: dict[str, tuple[float, float | None]] = {}
    for name, ends in given.items():
        listed = ends if isinstance(ends, list) else [ends]
        numbers = [e for e in listed if isinstance(e, int | float) and not isinstance(e, bool) and math.isfinite(e)]
        if len(numbers) != len(listed) or len(listed) not in (1, 2):
            raise ValueError(f"the band {name!r} must be a number or a pair such as [10, 49], not {ends!r}")
        if len(numbers) == 2 and numbers[0] > numbers[1]:
            raise ValueError(f"the band {name!r} ends before it begins")
        found[name.strip()] = (float(numbers[0]), float(numbers[1]) if len(numbers) == 2 else None)
    return found


def _choice(known: Iterable[str]) -> BeforeValidator:
    def one_of(given: Any) -> Any:
        if given not in known:
            raise ValueError(f"{given!r} is not one of {', '.join(repr(k) for k in known)}")
        return given

    return BeforeValidator(one_of)


class Section(BaseModel):
    """A part of a mapping file."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


Range = Annotated[tuple[float, float], BeforeValidator(number_range)]


class Scale(Section):
    """A scale of numbers.

    Attributes:
        low, high: its ends, ``from`` and ``to`` in the file.
        yes, no: ranges that read as yes and as no, of the turned value; ``no`` is by default all
            that is not yes. What is in neither decides nothing. Without ``yes`` the cell is a number.
        reversed: ``low + high - x`` is read in place of x.
    """

    low: float = Field(alias="from", strict=True)
    high: float = Field(alias="to", strict=True)
    yes: Range | None = None
    no: Range | None = None
    reversed: bool = False

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise ValueError("from must be below to")
        if self.no and not self.yes:
            raise ValueError("no stands only beside yes")
        if self.yes and self.no and self.yes[0] <= self.no[1] and self.no[0] <= self.yes[1]:
            raise ValueError("yes and no overlap")
        for cut in (self.yes, self.no):
            if cut and any(math.isfinite(end) and not self.low <= end <= self.high for end in cut):
                raise ValueError(f"yes and no must lie within {self.low:g} to {self.high:g}")
        return self


class ColumnSection(Section):
    """What the codes of one column mean.

    Attributes:
        missing: codes that stand for no answer.
        labels: what codes are called, by code.
        values: by code or label, what the cell then reads.
        scale: a scale of numbers.
        bands: by code or label, the lower and upper end it stands for.
        dont_know: whether such a code is the answer dont_know, where the fact has it.
    """

    missing: Annotated[tuple[Missing, ...], BeforeValidator(_missing)] = ()
    labels: Annotated[dict[str, str], BeforeValidator(_cells)] = {}
    values: Annotated[dict[str, str], BeforeValidator(_cells)] = {}
    scale: Scale | None = None
    bands: Annotated[dict[str, tuple[float, float | None]], BeforeValidator(_bands)] = {}
    dont_know: Literal["answer", "missing"] = "answer"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if sum(map(bool, (self.values, self.scale, self.bands))) > 1:
            raise ValueError("only one of values, scale and bands can say what the codes mean")
        said_twice = contradiction(self.missing)
        if said_twice:
            raise ValueError(said_twice)
        for code in (*self.values, *self.bands):
            if any(covers(m, code) for m in self.missing):
                raise ValueError(f"{code} is declared both missing and a value")
        for m in self.missing:
            if self.scale and overlap(m, Missing(_end(self.scale.low), _end(self.scale.high))):
                raise ValueError(f"{shown(m)} is declared both missing and a value of the scale")
        return self

    @property
    def closed(self) -> bool:
        """Whether every code that is a value is known."""
        return bool(self.values or self.scale or self.bands)

    def with_codes(self, codes: ColumnCodes) -> ColumnSection:
        """This, where it says nothing as a codebook says; what is a value here is missing nowhere."""
        own = (*self.values, *self.bands)
        added = tuple(m for m in codes.missing if not any(m.high is None and same_code(m.low, c) for c in own))
        return self.model_copy(
            update={"missing": (*self.missing, *added), "labels": {**codes.labels, **self.labels}},
        )


class ListSection(Section):
    """A list made of columns that are ticked or not.

    Attributes:
        columns: the value that each column stands for.
        asked: an expression that is TRUE where the question was put, FALSE where it was not.
    """

    columns: dict[str, str] = Field(min_length=1)
    asked: str | None = None


class SourceSection(Section):
    """How one input is read; see the agreed form in docs/inputs.md."""

    sheet: StrictStr | StrictInt | None = None
    header: StrictInt | list[StrictInt] | None = None
    decimal: Annotated[str | None, _choice(DECIMALS)] = None
    thousands: Annotated[str | None, _choice(THOUSANDS)] = None
    dates: Annotated[str | None, _choice(DATE_FORMATS)] = None
    missing: Annotated[tuple[Missing, ...], BeforeValidator(lambda given: tuple(missing_codes(given, None)))] = ()
    languages: tuple[Annotated[str, _choice(LETTERS)], ...] = ()
    codebook: str | None = None
    columns: dict[str, ColumnSection] = {}
    lists: dict[str, ListSection] = {}

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.thousands is not None and self.thousands == (self.decimal or "."):
            raise ValueError(f"decimal and thousands cannot both be {self.thousands!r}; say both")
        letter = contradicting_letter(self.languages)
        if letter:
            raise ValueError(f"the letter {letter} means yes in one of the languages and no in another")
        rows = self.header if isinstance(self.header, list) else [self.header] if self.header is not None else []
        if any(row < 1 for row in rows) or self.header == []:
            raise ValueError("header counts the rows of the file from 1")
        twice = next((row for row in rows if rows.count(row) > 1), None)
        if twice is not None:
            raise ValueError(f"header names row {twice} twice")
        for name, made in self.lists.items():
            if name in self.columns:
                raise ValueError(f"{name} cannot be both a column and a list of several; call the list otherwise")
            inside = next((c for c in made.columns if c in self.lists), None)
            if inside is not None:
                raise ValueError(
                    f"the list {name} is made of the list {inside}; a list is made of columns of the source"
                )
        return self

    @property
    def layout(self) -> Layout:
        """Where in its files the table lies."""
        header = self.header if isinstance(self.header, list) else [self.header] if self.header is not None else []
        return FOUND if self.sheet is None and not header else Layout(self.sheet, tuple(header))

    @property
    def notation(self) -> Notation:
        """How its texts are written."""
        return Notation(self.decimal, self.thousands, self.dates, self.languages)

    def column(self, name: str, *codebooks: Codebook) -> ColumnSection:
        """What is known of a column: here first, then in each of the codebooks in turn."""
        found = self.columns.get(name, NOTHING_SAID)
        for codebook in codebooks:
            if name in codebook:
                found = found.with_codes(codebook[name])
        return found.with_codes(ColumnCodes(missing=self.missing)) if self.missing else found


def same_code(one: str, other: str) -> bool:
    """Whether two codes are the same, as numbers where both are."""
    a, b = as_number(one), as_number(other)
    return one == other if a is None or b is None else a == b


def covers(missing: Missing, code: str) -> bool:
    """Whether a code is this missing code or lies in its range."""
    return overlap(missing, Missing(code))


def overlap(one: Missing, other: Missing) -> bool:
    """Whether there is a code that both mean."""
    if one.high is None and other.high is None:
        return same_code(one.low, other.low)
    ends = [_ends(m) for m in (one, other)]
    if ends[0] is None or ends[1] is None:
        return False
    return ends[0][0] <= ends[1][1] and ends[1][0] <= ends[0][1]


def _ends(missing: Missing) -> tuple[float, float] | None:
    if missing.high is not None:
        return float(missing.low), float(missing.high)
    number = as_number(missing.low)
    return None if number is None else (number, number)


def shown(missing: Missing) -> str:
    """A missing code for people."""
    if missing.high is None:
        return missing.low
    low, high = ("" if e.endswith("inf") else e for e in (missing.low, missing.high))
    return f"{low}..{high}"


def contradiction(missing: Iterable[Missing]) -> str | None:
    """A sentence where one code has two reasons; None where there is none."""
    seen: list[Missing] = []
    for m in missing:
        for other in seen:
            if m.reason != other.reason and overlap(m, other):
                reasons = f"{other.reason or 'missing without a reason'} and {m.reason or 'missing without a reason'}"
                both = shown(m) if shown(m) == shown(other) else f"{shown(other)} and {shown(m)} overlap, and"
                return f"{both} cannot be {reasons} at once"
        seen.append(m)
    return None


def read_section(document: Any, where: str) -> SourceSection:
    """One ``[sources.X]``.

    Args:
        document: what the TOML file holds there.
        where: file and section, which open every message.

    Raises:
        MappingError: with one sentence for everything that is wrong.
    """
    if not isinstance(document, dict):
        raise MappingError(f"{where} must be a table")
    try:
        return SourceSection.model_validate(document)
    except ValidationError as error:
        lines = [_sentence(problem, where) for problem in error.errors(include_url=False, include_context=False)]
        raise MappingError("\n".join(dict.fromkeys(lines))) from None


def _sentence(problem: Mapping[str, Any], where: str) -> str:
    # An entry of a list is named by what it holds, not by its place.
    place = [str(step) for step in problem["loc"] if not isinstance(step, int)]
    if problem["type"] == "extra_forbidden":
        fields = _fields(place[:-1])
        inside = f" {', '.join(place[:-1])}" if place[:-1] else ""
        return f"{where}{inside} has no key {place[-1]}.{did_you_mean(place[-1], fields)}"
    # Of a union, pydantic names the branch too, which is nothing that stands in the file.
    if place and place[0] in ("sheet", "header"):
        wanted = {"sheet": "the name or number of a sheet", "header": "a row number, or a list of them"}
        return f"{where} {place[0]} must be {wanted[place[0]]}."
    message = {**PLAIN_WORDS, "missing": "this must be given"}.get(problem["type"], problem["msg"])
    message = message.removeprefix("Value error, ").replace("Input should be", "this must be")
    ending = "" if message.endswith("?") else "."
    return f"{where}{' ' if place else ''}{', '.join(place)}: {message.rstrip('.')}{ending}"


def _fields(place: list[str]) -> list[str]:
    if place[:1] == ["columns"]:
        model: type[Section] = Scale if place[2:3] == ["scale"] else ColumnSection
    else:
        model = ListSection if place[:1] == ["lists"] else SourceSection
    return [field.alias or name for name, field in model.model_fields.items()]


NOTHING_SAID = ColumnSection()
NO_SECTION = SourceSection()
