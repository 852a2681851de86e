"""Small pieces of SQL about codes: whether a cell holds one, what it means, why an answer is missing."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence

from socialrules.quoting import double, text, texts
from socialrules.sources.codebook import Missing
from socialrules.sources.notations import Notation
from socialrules.sources.sections import ColumnSection, as_number, covers


def looked_up(pairs: Mapping[str, str], number: str, word: str) -> str:
    """SQL of what stands beside a code in a list, null where it is not listed.

    Args:
        pairs: SQL by code.
        number, word: the cell as a number, and as a word in lower case.
    """
    numbers = {n: v for code, v in pairs.items() if (n := as_number(code)) is not None}
    words = {code.lower(): v for code, v in pairs.items() if as_number(code) is None}
    found = []
    if numbers:
        listed = ", ".join(f"{double(n)}: {v}" for n, v in numbers.items())
        found.append(f"map_extract_value(MAP {{{listed}}}, {number})")
    if words:
        listed = ", ".join(f"{text(w)}: {v}" for w, v in words.items())
        found.append(f"map_extract_value(MAP {{{listed}}}, {word})")
    return first_of_all(found)


def missing_reason(said: ColumnSection, written: str, number: str) -> str:
    """SQL of why a cell is missing: empty where that is not told, null where it is not missing. The first code that fits counts: the mapping's come first."""
    # A code of a codebook's range that the mapping gives a meaning is a value.
    meant = [c for c in (*said.values, *said.bands) if any(covers(m, c) for m in said.missing)]
    branches = [f"WHEN {is_code(code, written, number)} THEN NULL" for code in meant]
    for reason, group in itertools.groupby(said.missing, key=lambda m: m.reason or ""):
        branches.append(f"WHEN {_is_any(list(group), written, number)} THEN {text(reason)}")
    return f"CASE {' '.join(branches)} END"


def _is_any(codes: Sequence[Missing], written: str, number: str) -> str:
    single = [m.low for m in codes if m.high is None]
    numbers = [double(n) for code in single if (n := as_number(code)) is not None]
    words = [code for code in single if as_number(code) is None]
    conditions = [f"{number} IN ({', '.join(numbers)})"] if numbers else []
    conditions += [f"{written} IN ({texts(words)})"] if words else []
    conditions += [within(number, (float(m.low), float(m.high))) for m in codes if m.high is not None]
    return " OR ".join(conditions)


def within(number: str, ends: tuple[float, float]) -> str:
    """SQL that is TRUE where a number lies in a range. No end is open: nan is above every number, and inf is none."""
    low, high = ends
    at_least = f"{number} > '-inf'::DOUBLE" if low == float("-inf") else f"{number} >= {double(low)}"
    at_most = f"{number} < 'inf'::DOUBLE" if high == float("inf") else f"{number} <= {double(high)}"
    return f"({at_least} AND {at_most})"


def is_code(code: str, written: str, number: str) -> str:
    """SQL that is TRUE where a cell holds a code: compared as a number where it is one, else in any case."""
    value = as_number(code)
    return f"lower({written}) = {text(code.lower())}" if value is None else f"{number} = {double(value)}"


def same_word(word: str, among: Iterable[str]) -> str | None:
    """The one of several codes or labels that a word is, whatever its case and its zeros."""
    value = as_number(word)
    for other in among:
        if word.lower() == other.lower() or (value is not None and as_number(other) == value):
            return other
    return None


def first_of_all(values: Sequence[str]) -> str:
    """SQL of the first of several values that is not null."""
    return f"coalesce({', '.join(values)})" if len(values) > 1 else values[0]


def signs_of(notation: Notation) -> str:
    """How numbers are written, in words."""
    decimal = {",": "a decimal comma", ".": "a decimal point"}[notation.decimal or "."]
    names = {".": "points", ",": "commas", " ": "blanks", "'": "apostrophes", None: "nothing"}
    return f"{decimal} and {names[notation.thousands]} between the thousands"
