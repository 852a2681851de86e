"""What is printed of inputs and rules: nothing hidden, nothing that moves a cursor, no line without an end."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialrules.display import cut, one_line, shortened, visible, visible_json
from socialrules.errors import InputError, did_you_mean


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("plain \u00e9 \u4e2d \U0001f600", "plain \u00e9 \u4e2d \U0001f600"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x9b31m", "\\x9b31m"),
        ("a\0b", "a\\x00b"),
        ("\u202egnp", "\\u202egnp"),
        ("a\u200bb\ufeff", "a\\u200bb\\ufeff"),
        ("\ud800", "\\ud800"),
        ("a\u00a0b\u3000c", "a b c"),
        ("a\nb\tc\r", "a\nb\tc\\r"),
        ("\u2028", "\\u2028"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_the_unseen_is_written_out(given: str, shown: str) -> None:
    assert visible(given) == shown


@given(st.text(st.characters()))
def test_nothing_unseen_is_left_and_a_second_time_changes_nothing(text: str) -> None:
    shown = visible(text)
    assert shown.replace("\n", "").replace("\t", "").isprintable()
    assert visible(shown) == shown
    assert one_line(text).isprintable()


WHOLE = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.dictionaries(WHOLE, st.lists(WHOLE)))
def test_json_means_the_same_and_hides_nothing(value: object) -> None:
    written = visible_json(json.dumps(value, ensure_ascii=False, indent=2))
    assert written.replace("\n", "").isprintable()
    assert json.loads(written) == value


def test_what_is_long_is_cut_with_an_ellipsis() -> None:
    assert cut("x" * 10, 10) == "x" * 10
    assert cut("x" * 11, 10) == "x" * 9 + "\u2026"
    assert len(one_line("\x1b" * 1_000_000, 100)) == 100
    message = shortened(f"The column {'x' * 1_000_000} is not there. Rename it.")
    assert message.startswith("The column xxx")
    assert message.endswith("xxx is not there. Rename it.")
    assert len(message) < 250
    assert len(shortened("a b " * 1_000_000)) < 2_000


def test_an_error_says_nothing_unseen() -> None:
    error = InputError("the column \x1b[31m\u202ex\n" + "y" * 100_000)
    assert str(error).startswith("the column \\x1b[31m\\u202ex\nyyy")
    assert len(str(error)) < 300


@pytest.mark.parametrize("written", ["Company ID", "company-id", "COMPANY_ID", " company id ", "companyid"])
def test_the_nearest_name_is_found_however_it_is_written(written: str) -> None:
    assert did_you_mean("company_id", ["size", written]) == f" Did you mean {written!r}?"


def test_names_of_a_megabyte_are_not_compared() -> None:
    assert did_you_mean("ab" * 500_000, ["ab" * 500_001, "size"]) == ""
