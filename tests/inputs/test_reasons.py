"""Why an answer is missing, in the words of labels."""

from __future__ import annotations

import pytest

from socialrules.sources.codebook import ColumnCodes, Missing
from socialrules.sources.reasons import reason_in, with_told_missing


@pytest.mark.parametrize(
    ("label", "reason"),
    [
        ("Refused", "refused"),
        ("REFUSAL / Verweigert", "refused"),
        ("Prefer not to say", "refused"),
        ("Don\u2019t know", "dont_know"),
        ("Wei\u00df nicht", "dont_know"),
        ("En osaa sanoa", "dont_know"),
        ("Kh\u00f4ng bi\u1ebft", "dont_know"),
        ("Nu \u0219tiu", "dont_know"),
        ("Weet nie", "dont_know"),
        ("No sabe", "dont_know"),
        ("Ne sait pas", "dont_know"),
        ("Not asked in this wave", "not_asked"),
        ("Skipped", "not_asked"),
        ("Trifft nicht zu", "not_applicable"),
        ("Does not apply", "not_applicable"),
        ("System missing", "technical"),
        ("Don't know / refused", None),
        ("No answer", None),
        ("Other", None),
        ("prefer not to say", "refused"),
        ("dont_know", "dont_know"),
        ("N/A", "not_applicable"),
        ("Not Asked", "not_asked"),
        ("Skipped by routing", "not_asked"),
        ("Technical error", "technical"),
        ("Many", None),
        ("National", None),
        ("Know it well", None),
        ("", None),
    ],
)
def test_the_reason_is_what_the_label_says_in_plain_words(label: str, reason: str | None) -> None:
    assert reason_in(label) == reason


def test_a_code_whose_label_says_nothing_else_is_missing_without_being_declared_so() -> None:
    labels = {
        "1": "Refused", "2": "Don't know", "3": "Not sure", "4": "Refused to pay", "5": "Keine Angabe", "6": "Lost",
        "7": "wei\u00df nicht", "8": "Not applicable", "9": "No answer", "10": "Known to all",
    }  # fmt: skip
    codes = with_told_missing(ColumnCodes(labels=labels, missing=(Missing("2"),)))
    assert [(m.low, m.reason) for m in codes.missing] == [
        ("1", "refused"),
        ("7", "dont_know"),
        ("8", "not_applicable"),
        ("2", None),
    ]
