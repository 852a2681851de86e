"""What stands in the columns of a file: examples, marks for nothing, notations.

Looked at are the first ``LOOKED_AT`` rows, column by column, in SQL. What is found is shown to a
person; no cell is changed by it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import duckdb

from socialrules.quoting import identifier, text, texts
from socialrules.sources.cells import TEXT_TYPES, as_text, base_type, trimmed_text
from socialrules.sources.codebook import ColumnCodes, Missing
from socialrules.sources.headers import EXTRA
from socialrules.sources.inputs import Input
from socialrules.sources.sections import covers

LOOKED_AT = 20_000
NOTHING_SAID = ColumnCodes()
MOST_VALUES = 12
"""Different values of a column that are listed."""

MARKS = (
    "n/a", "n.a.", "n.a", "#n/a", "<na>", "<n/a>", "nan", "null", "nil", "-", "--",
    "\N{EN DASH}", "\N{EM DASH}", "?", "k.a.", "k. a.", "keine angabe", "n.v.", "s/o", "n.c.", "n/d", "s/d",
    "ei tiedossa", "not available", "not provided",
)  # fmt: skip
"""What people write, in lower case, where there is nothing to write. None of them is a word that could be an answer."""

YES = {
    "en": ("yes", "true"), "de": ("ja", "wahr"), "fr": ("oui", "vrai"), "es": ("sí", "si"), "fi": ("kyllä", "kylla"),
    "af": ("ja",), "vi": ("có", "co"), "ro": ("da",), "": ("y", "1", "x"),
}  # fmt: skip
NO = {
    "en": ("no", "false"), "de": ("nein", "falsch"), "fr": ("non", "faux"), "es": ("no",), "fi": ("ei",),
    "af": ("nee",), "vi": ("không", "khong"), "ro": ("nu",), "": ("n", "0"),
}  # fmt: skip
"""Yes and no by language. A single letter that only some languages have is in ``LETTERS``."""

LETTERS = {"de": ("j", "n"), "fi": ("k", "e"), "fr": ("o", "n"), "es": ("s", "n")}

PATTERNS = {
    "plain": r"[+-]?\d+",
    # 1.200,50 and 12,5; also 1.234.567 and 0,125. Other numbers with three digits behind one sign can be either.
    "comma": r"[+-]?([1-9]\d{0,2}(\.\d{3})+,\d+|[1-9]\d{0,2}(\.\d{3}){2,}|\d+,(\d{1,2}|\d{4,})|0,\d{3})",
    "point": r"[+-]?([1-9]\d{0,2}(,\d{3})+\.\d+|[1-9]\d{0,2}(,\d{3}){2,}|\d*\.(\d{1,2}|\d{4,})|0?\.\d{3})",
    "grouped": r"[+-]?[1-9]\d{0,2}([.,]\d{3})+([.,]\d+)?",
    "thousand": r"[+-]?[1-9]\d{0,2}[.,]\d{3}",
    "day_first": r"(1[3-9]|2\d|3[01])[./-](0?[1-9]|1[0-2])[./-]\d{4}|\d{1,2}\.\d{1,2}\.\d{4}",
    "month_first": r"(0?[1-9]|1[0-2])[/-](1[3-9]|2\d|3[01])[/-]\d{4}",
    "either_first": r"(0?[1-9]|1[0-2])[/-](0?[1-9]|1[0-2])[/-]\d{4}",
    "percent": r"\d+([.,]\d+)?\s*%",
    "spaced": r".*\s.*",
}
"""What the whole of a cell can look like."""


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of one column.

    Attributes:
        name: of the column.
        kind: its type in the file, as DuckDB names it.
        filled: rows looked at in which it is neither empty nor a mark for nothing, nor what the file itself
            declares to be no answer.
        distinct: how many different cells these are.
        values: the most frequent of them, with how often each comes.
        marks: marks for nothing as they are written, with how often each comes.
        shapes: how many of the filled cells look like each of ``PATTERNS``.
        label: what the file itself calls the column for people.
        labels: what the file itself calls its codes, by code, but for those that are no answer.
    """

    name: str
    kind: str
    filled: int
    distinct: int
    values: tuple[tuple[str, int], ...]
    marks: tuple[tuple[str, int], ...] = ()
    shapes: Mapping[str, int] = field(default_factory=dict)
    label: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_text(self) -> bool:
        """Whether the cells are texts, whose notation has to be found out."""
        return base_type(self.kind) in TEXT_TYPES

    def share(self, *shapes: str) -> float:
        """The share of the filled cells that look like any of these."""
        return sum(self.shapes.get(s, 0) for s in shapes) / self.filled if self.filled else 0.0

    @property
    def has_numbers(self) -> bool:
        """Whether most of its texts are numbers in some notation, so that they show which."""
        return self.is_text and self.share("plain", "comma", "point", "thousand") > 0.5

    @property
    def is_number(self) -> bool:
        """Whether nearly all cells are numbers in some notation."""
        if not self.is_text:
            return base_type(self.kind) not in ("BOOLEAN", "DATE", "LIST") and not self.kind.startswith("TIMESTAMP")
        return self.share("plain", "comma", "point", "thousand") > 0.9


def cell_text(column: str, kind: str) -> str:
    """SQL of a cell as a trimmed text; null where it is blank."""
    if kind.endswith("]"):
        return f"nullif(array_to_string({column}, ';'), '')"
    return trimmed_text(f"({as_text(column, kind)})")


def is_mark(value: str) -> str:
    """SQL that is TRUE where a text is a mark for nothing."""
    return f"lower({value}) IN ({texts(MARKS)})"


def stands_for(missing: Missing) -> str:
    """SQL that is TRUE for a cell ``v`` that the file itself declares to be no answer."""
    as_number = "TRY_CAST(v::VARCHAR AS DOUBLE)"
    low = f"TRY_CAST({text(missing.low)} AS DOUBLE)"
    if missing.high is None:
        return f"v::VARCHAR = {text(missing.low)} OR {as_number} = {low}"
    return f"{as_number} BETWEEN {low} AND TRY_CAST({text(missing.high)} AS DOUBLE)"


def look_at(con: duckdb.DuckDBPyConnection, source: Input) -> list[Look]:
    """Looks at every column of an input."""
    return [_look(con, source, column, kind) for column, kind in source.columns.items() if column != EXTRA]


def _look(con: duckdb.DuckDBPyConnection, source: Input, column: str, kind: str) -> Look:
    rows = source.scan(0, LOOKED_AT, [column])
    cells = f"SELECT {cell_text(identifier(column), kind)} AS v FROM ({rows})"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE looked_at AS SELECT v, count(*) AS n, {is_mark('v')} AS nothing "
        f"FROM ({cells}) WHERE v IS NOT NULL GROUP BY v"
    )
    codes = source.codebook.get(column, NOTHING_SAID)
    for missing in codes.missing:
        con.execute(f"DELETE FROM looked_at WHERE {stands_for(missing)}")
    is_text = base_type(kind) in TEXT_TYPES
    counts = [
        f"coalesce(sum(n) FILTER (regexp_full_match(v, {text(pattern)})), 0)::BIGINT" if is_text else "0"
        for pattern in PATTERNS.values()
    ]
    found = con.execute(
        f"SELECT coalesce(sum(n), 0)::BIGINT, count(*), {', '.join(counts)} FROM looked_at WHERE NOT nothing"
    ).fetchone()
    assert found is not None
    labels = {c: said for c, said in codes.labels.items() if not any(covers(m, c) for m in codes.missing)}
    return Look(
        column,
        kind,
        found[0],
        found[1],
        _most(con, "NOT nothing", MOST_VALUES + 1),
        _most(con, "nothing", len(MARKS)),
        dict(zip(PATTERNS, found[2:], strict=True)),
        codes.label,
        labels,
    )


def _most(con: duckdb.DuckDBPyConnection, where: str, limit: int) -> tuple[tuple[str, int], ...]:
    rows = con.execute(f"SELECT v, n FROM looked_at WHERE {where} ORDER BY n DESC, v LIMIT {limit}").fetchall()
    return tuple((str(v), int(n)) for v, n in rows)


@dataclass(frozen=True, slots=True)
class Notation:
    """How numbers and dates are written in a file, as far as its cells show.

    Attributes:
        decimal, thousands: the signs, where they are others than a point and none.
        dates: the order of day, month and year where dates are not written ``YYYY-MM-DD``.
        missing: marks for nothing, as they are written.
        languages: those whose single letters for yes and no were seen.
        remarks: what a person has to decide, one sentence each.
    """

    decimal: str = ""
    thousands: str = ""
    dates: str = ""
    missing: tuple[tuple[str, int], ...] = ()
    languages: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def declared(self) -> dict[str, str]:
        """What a mapping file says of it, by key."""
        decimal = self.decimal or ("." if self.thousands else "")
        said = {"decimal": decimal, "thousands": self.thousands, "dates": self.dates}
        return {key: value for key, value in said.items() if value}


def notation_of(looks: Sequence[Look]) -> Notation:
    """The notation of a file; where its cells speak for two, none of them and a remark."""
    numbers = [look for look in looks if look.has_numbers]
    comma, point = (sum(look.shapes[s] for look in numbers) for s in ("comma", "point"))
    grouped = sum(look.shapes["grouped"] for look in numbers)
    thousand = sum(look.shapes["thousand"] for look in numbers)
    remarks: list[str] = []
    decimal = thousands = ""
    if comma and point:
        remarks.append(
            f"{comma} numbers have a decimal comma and {point} a decimal point. Make them alike, or set decimal."
        )
    elif comma:
        decimal, thousands = ",", "." if grouped else ""
    elif grouped > thousand:
        thousands = ","
    elif thousand:
        remarks.append(
            f"{thousand} numbers look like 1,200 or 1.200. Set decimal and thousands if that is not one and two tenths."
        )
    first = {s: sum(look.shapes[s] for look in looks) for s in ("day_first", "month_first", "either_first")}
    dates = ""
    if first["day_first"] and not first["month_first"]:
        dates = "day-month-year"
    elif first["month_first"] and not first["day_first"]:
        dates = "month-day-year"
    elif any(first.values()):
        remarks.append(
            "Dates such as 03/04/2025 can be read in two ways. "
            'Set dates = "day-month-year" or dates = "month-day-year".'
        )
    marks: dict[str, int] = {}
    for look in looks:
        for mark, count in look.marks:
            marks[mark] = marks.get(mark, 0) + count
    missing = tuple(sorted(marks.items(), key=lambda pair: (-pair[1], pair[0])))
    return Notation(decimal, thousands, dates, missing, _languages(looks), tuple(remarks))


def _languages(looks: Sequence[Look]) -> tuple[str, ...]:
    found = []
    seen = [{v.lower() for v, _ in look.values} for look in looks if 0 < look.distinct <= 3]
    for language, letters in LETTERS.items():
        if any(values == set(letters) for values in seen):
            found.append(language)
    return tuple(found)


def read_as(value: str, notation: Notation, fact_type: str, is_yes_no: bool) -> str:
    """SQL of a text cell as the notation says it is to be read, for a fact of this type."""
    if fact_type in ("number", "integer"):
        if notation.decimal == ",":
            return f"replace(replace({value}, '.', ''), ',', '.')"
        return f"replace({value}, ',', '')" if notation.thousands else value
    if fact_type == "date" and notation.dates:
        day, month = (1, 2) if notation.dates == "day-month-year" else (2, 1)
        parts = r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})"
        pieces = [f"lpad(regexp_extract({value}, '{parts}', {n}), 2, '0')" for n in (month, day)]
        return (
            f"CASE WHEN regexp_full_match({value}, '{parts}') "
            f"THEN concat(regexp_extract({value}, '{parts}', 3), '-', {pieces[0]}, '-', {pieces[1]}) ELSE {value} END"
        )
    if is_yes_no:
        letters = [LETTERS[lang] for lang in notation.languages]
        yes = [*(w for words in YES.values() for w in words), *(pair[0] for pair in letters)]
        no = [*(w for words in NO.values() for w in words), *(pair[1] for pair in letters)]
        return (
            f"CASE WHEN lower({value}) IN ({texts(yes)}) THEN 'yes' "
            f"WHEN lower({value}) IN ({texts(no)}) THEN 'no' ELSE {value} END"
        )
    return value
