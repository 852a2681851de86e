"""How numbers, dates, yes and no are written in a source, as SQL that reads them.

A cell that is not written in the declared way is null, never guessed: where the comma is declared to
be the decimal sign, ``1.200,50`` is a number and ``1,200.50`` is not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from socialrules.quoting import text
from socialrules.sources.cells import BLANKS_PATTERN, DATE_PATTERN

DECIMALS = (".", ",")
THOUSANDS = (".", ",", " ", "'")
BLANKS = " \u00a0\u202f\u2009"
"""What stands between thousands where a blank is declared: also the blanks that do not break a line, and thin ones."""
APOSTROPHES = "'\u2019"

DATE_FORMATS: Mapping[str, tuple[str, str]] = {
    "day-month-year": (r"\d{1,2}-\d{1,2}-\d{4}", "%d-%m-%Y"),
    "month-day-year": (r"\d{1,2}-\d{1,2}-\d{4}", "%m-%d-%Y"),
    "year-month-day": (r"\d{4}-\d{1,2}-\d{1,2}", "%Y-%m-%d"),
}
"""By the order that is declared: the pattern with ``-`` between its parts, and the format for DuckDB."""
SEPARATORS = "./-"

YES_NO: Mapping[str, tuple[str, str]] = {
    "en": ("yes", "no"),
    "fi": ("kyllä", "ei"),
    "af": ("ja", "nee"),
    "vi": ("có", "không"),
    "ro": ("da", "nu"),
    "de": ("ja", "nein"),
    "fr": ("oui", "non"),
    "es": ("sí", "no"),
}
"""Yes and no by language; also understood without their accents."""

LETTERS: Mapping[str, tuple[str, str]] = {
    "en": ("y", "n"),
    "fi": ("k", "e"),
    "af": ("j", "n"),
    "vi": ("c", "k"),
    "ro": ("d", "n"),
    "de": ("j", "n"),
    "fr": ("o", "n"),
    "es": ("s", "n"),
}
"""Single letters for yes and no, which are understood only where their language is declared; those of English always."""

TICKED = ("x", "✓", "✔", "☑", "checked", "selected")
NOT_TICKED = ("☐", "unchecked", "not checked", "not selected", "unselected")
WITHOUT_ACCENTS = str.maketrans("äóôíáéèê", "aooiaeee")


@dataclass(frozen=True, slots=True)
class Notation:
    """How the texts of a source are written.

    Attributes:
        decimal, thousands: the signs in numbers; None where nothing is declared.
        dates: the order of the parts of a date, a key of ``DATE_FORMATS``.
        languages: whose single letters for yes and no are understood.
    """

    decimal: str | None = None
    thousands: str | None = None
    dates: str | None = None
    languages: tuple[str, ...] = ()

    @property
    def has_numbers(self) -> bool:
        """Whether numbers are written otherwise than with a decimal point alone."""
        return self.thousands is not None or self.decimal not in (None, ".")


def number_in(written: str, notation: Notation) -> str:
    """SQL of the number that a trimmed text is; null where it is not written as declared."""
    fits = f"regexp_full_match({written}, {text(number_pattern(notation))})"
    return f"CASE WHEN {fits} THEN TRY_CAST({plain_number(written, notation)} AS DOUBLE) END"


def number_of(column: str, notation: Notation) -> str:
    """SQL of the number that a text is; null where it is not written as declared, as that of ``number_in``.

    It is a chain of functions of one column with no CASE and no test in it: so DuckDB evaluates it once
    for each different text of a dictionary.
    """
    written = _fitting(column, f"({number_pattern(notation)})", "\\1")
    return f"TRY_CAST({plain_number(written, notation)} AS DOUBLE)"


def _fitting(column: str, pattern: str, replaced: str) -> str:
    """SQL of what is made of a text that fits a pattern, blanks around it aside; any other begins with ``!``.

    ``replaced``: with ``\\1`` for the first group of the pattern, and so on.
    """
    whole = f"^!{BLANKS_PATTERN}(?:{pattern}){BLANKS_PATTERN}$"
    return f"regexp_replace('!' || {column}, {text(whole)}, {text(replaced)})"


def number_pattern(notation: Notation) -> str:
    """The pattern of a number, as a whole."""
    decimal = re.escape(notation.decimal or ".")
    fraction, exponent = rf"(?:{decimal}\d*)?", r"(?:[eE][+-]?\d+)?"
    forms = [rf"\d+{fraction}{exponent}", rf"{decimal}\d+{exponent}"]
    if notation.thousands:
        forms.append(rf"\d{{1,3}}(?:[{_thousands(notation)}]\d{{3}})+{fraction}")
    return f"[+-]?(?:{'|'.join(forms)})"


def plain_number(written: str, notation: Notation) -> str:
    """SQL of a text with a decimal point and nothing between the thousands, if it is a number in the notation."""
    plain = written
    # Each replacement is made once for each different text of a column, which translate is not.
    for sign in _thousands(notation):
        plain = f"replace({plain}, {text(sign)}, '')"
    return f"replace({plain}, ',', '.')" if notation.decimal == "," else plain


def _thousands(notation: Notation) -> str:
    sign = notation.thousands or ""
    return {" ": BLANKS, "'": APOSTROPHES}.get(sign, sign)


def date_of(column: str, notation: Notation) -> str:
    """SQL of the date that a text is: YYYY-MM-DD, or in the declared order; null where it is neither.

    By functions of one column, as ``number_of``.
    """
    pattern, form = DATE_FORMATS[notation.dates or "year-month-day"]
    parts = [f"({part})" for part in pattern.split("-")]
    # One separator in all of a date: a pattern cannot say "the same as before", so there are three times three groups.
    declared = "|".join(re.escape(s).join(parts) for s in SEPARATORS)
    dashed = _fitting(column, declared, r"\1\4\7-\2\5\8-\3\6\9")
    iso = _fitting(column, f"({DATE_PATTERN})", r"\1")
    return f"coalesce(TRY_CAST({iso} AS DATE), try_strptime({dashed}, {text(form)})::DATE)"


def words_for(notation: Notation) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words in lower case that mean yes and no, ticked and not ticked."""
    yes, no = ["true", "1", *TICKED], ["false", "0", *NOT_TICKED]
    for one, other in YES_NO.values():
        yes += [one, one.translate(WITHOUT_ACCENTS)]
        no += [other, other.translate(WITHOUT_ACCENTS)]
    for language in ("en", *notation.languages):
        yes.append(LETTERS[language][0])
        no.append(LETTERS[language][1])
    return tuple(dict.fromkeys(yes)), tuple(dict.fromkeys(no))


def contradicting_letter(languages: Sequence[str]) -> str | None:
    """A letter that means yes in one of the languages and no in another; None where there is none."""
    declared = ("en", *languages)
    yes, no = ({LETTERS[language][i] for language in declared} for i in (0, 1))
    return min(yes & no, default=None)


def yes_no_in(written: str, notation: Notation) -> str:
    """SQL that makes yes and no of the words for them, and leaves every other text as it is.

    Args:
        written: the trimmed text as SQL, a column: it is named several times.
        notation: whose single letters are understood.
    """
    yes, no = words_for(notation)
    listed = ", ".join([*(f"{text(w)}: 'yes'" for w in yes), *(f"{text(w)}: 'no'" for w in no)])
    return f"coalesce(map_extract_value(MAP {{{listed}}}, lower({written})), {written})"
