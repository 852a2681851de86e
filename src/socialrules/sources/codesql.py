"""Small pieces of SQL about codes: whether a cell holds one, what it means, why an answer is missing."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence

from socialrules.quoting import double, text, texts
from socialrules.sources.codebook import Missing
from socialrules.sources.notations import Notation
from socialrules.sources.sections import ColumnSection, Scale, as_number, covers


def looked_up(pairs: Mapping[str, str], number: str, word: str) -> str:
    """SQL of what stands beside a code in a list, null where it is not listed.

    Args:
        pairs: SQL by code.
        number, word: the cell as a number, and as a word in lower case.
    """
    numbers = {double(n): v for code, v in pairs.items() if (n := as_number(code)) is not None}
    words = {text(code.lower()): v for code, v in pairs.items() if as_number(code) is None}
    return first_of_all([_in_map(m, key) for m, key in ((numbers, number), (words, word)) if m])


def _in_map(pairs: Mapping[str, str], key: str) -> str:
    listed = ", ".join(f"{one}: {other}" for one, other in pairs.items())
    return f"map_extract_value(MAP {{{listed}}}, {key})"


def reason_looked_up(said: ColumnSection, word: str, number: str) -> str | None:
    """The SQL of ``missing_reason`` by functions of one column; None where ranges, or words with digits, forbid that.

    Args:
        said: what is known of the column.
        word: the trimmed text, as a function of the column.
        number: the number that is.
    """
    codes = [m.low for m in said.missing]
    numeric = [code for code in codes if as_number(code) is not None]
    # Without digits a word is no number in any notation, so it does not matter which of the two is asked first.
    ambiguous = any(c.isdigit() for code in codes if code not in numeric for c in code)
    if ambiguous or _meant(said) or any(m.high is not None for m in said.missing):
        return None
    reasons = {m.low: text(m.reason or "") for m in reversed(said.missing)}
    numbers = {double(float(code)): reasons[code] for code in reversed(numeric)}
    words = {text(code): reason for code, reason in reasons.items() if code not in numeric}
    return first_of_all([_in_map(m, key) for m, key in ((numbers, number), (words, word)) if m])


def missing_reason(said: ColumnSection, written: str, number: str) -> str:
    """SQL of why a cell is missing: empty where that is not told, null where it is not missing. The first code that fits counts: the mapping's come first."""
    branches = [f"WHEN {is_code(code, written, number)} THEN NULL" for code in _meant(said)]
    for reason, group in itertools.groupby(said.missing, key=lambda m: m.reason or ""):
        branches.append(f"WHEN {_is_any(list(group), written, number)} THEN {text(reason)}")
    return f"CASE {' '.join(branches)} END"


def _meant(said: ColumnSection) -> list[str]:
    """Codes of a codebook's range that the mapping gives a meaning: these are values."""
    return [c for c in (*said.values, *said.bands) if any(covers(m, c) for m in said.missing)]


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


def meanings(said: ColumnSection, upper: bool = False) -> dict[str, str]:
    """By code or label, what it stands for, as SQL. ``upper``: of bands the upper ends."""
    if said.bands:
        ends = {band: high if upper else low for band, (low, high) in said.bands.items()}
        meant = {band: "NULL" if end is None else double(end) for band, end in ends.items()}
    else:
        meant = {code: text(value) for code, value in said.values.items()}
    own = list(meant)
    # A code may be written as its label, and a label as its code: after the codes themselves.
    for code, label in said.labels.items():
        for one, other in ((code, label), (label, code)):
            found = same_word(other, own)
            if found is not None and same_word(one, own) is None:
                meant.setdefault(one, meant[found])
    return meant


def scaled(said: ColumnSection, scale: Scale, written: str, number: str) -> str:
    """SQL of what a number, or the label of one, is on a scale: yes, no, the empty text for neither, or the number."""
    by_label = [
        f"WHEN lower({written}) = {text(label.lower())} THEN {double(float(code))}"
        for code, label in said.labels.items()
        if as_number(code) is not None
    ]
    given = f"CASE {' '.join(by_label)} ELSE {number} END" if by_label else number
    turned = f"{double(scale.low + scale.high)} - ({given})" if scale.reversed else f"({given})"
    inside = f"({given}) BETWEEN {double(scale.low)} AND {double(scale.high)}"
    if scale.yes is None:
        return f"CASE WHEN {inside} THEN {turned} END"
    rest = f"WHEN {within(turned, scale.no)} THEN 'no' ELSE ''" if scale.no else "ELSE 'no'"
    return f"CASE WHEN NOT ({inside}) OR ({given}) IS NULL THEN NULL WHEN {within(turned, scale.yes)} THEN 'yes' {rest} END"


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
