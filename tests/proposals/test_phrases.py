"""How alike headers and names are."""

from __future__ import annotations

import pytest

from socialrules.proposals.phrases import Vocabulary, is_negated, other_measure, words

VOCABULARY = Vocabulary.of(
    [["shelf number", "shelf id"], ["number of shelves"], ["opening date"], ["name"], ["price of tea"]],
    ["shop", "shops"],
)


@pytest.mark.parametrize(
    ("header", "same"),
    [
        ("No. of Employees", "number of employees"),
        ("NumberOfEmployees", "Number of employees"),
        ("# of shops", "number of shops"),
        ("Client No.", "client number"),
        ("Shop No. (internal)", "shop number internal"),
        ("Número de tiendas", "numero tienda"),
        ("Avg. price", "average price"),
        ("monthly rent", "rent per month"),
    ],
)
def test_ways_of_writing_the_same_words_are_the_same_words(header: str, same: str) -> None:
    assert sorted(words(header)) == sorted(words(same))


def test_a_phrase_of_nothing_but_fillers_keeps_its_words() -> None:
    assert words("What is it?") == ("what", "is", "it")
    assert words("What is the price?") == ("price",)


def test_the_same_phrase_is_more_alike_than_the_same_words_and_these_more_than_some_of_them() -> None:
    same, turned, part = (VOCABULARY.alike(h, "opening date") for h in ("Opening date", "date of opening", "date"))
    assert same == 1.0 > turned > part > 0


def test_two_words_in_another_order_are_another_thing_unless_one_belongs_to_the_other() -> None:
    assert VOCABULARY.alike("id in the shelf", "shelf id") < 0.88 < VOCABULARY.alike("id of the shelf", "shelf id")


def test_a_word_that_the_phrase_lacks_counts_against_it() -> None:
    assert VOCABULARY.alike("Parent shelf ID", "shelf id") < 0.88 <= VOCABULARY.alike("id of the shelf", "shelf id")


def test_the_name_of_the_table_tells_little() -> None:
    assert (
        VOCABULARY.alike("Price of tea in the shop", "price of tea")
        > 0.9
        > VOCABULARY.alike("Shop rent", "name of the shop")
    )


def test_a_misspelt_long_word_is_the_same_word_and_a_short_one_is_not() -> None:
    assert VOCABULARY.alike("Openning date", "opening date") > 0.9
    assert VOCABULARY.alike("post", "cost") == 0.0


def test_the_opposite_is_found_by_its_words_but_number_of_is_no_no() -> None:
    assert (
        is_negated("No policy")
        and is_negated("Kein Plan")
        and is_negated("sans stratégie")
        and is_negated("Does not pay")
    )
    assert not is_negated("No. of shops") and not is_negated("Nordic shops")


def test_another_number_or_length_of_time_is_another_measure() -> None:
    assert other_measure("Sales of the last 7 days", "sales of the last 30 days")
    assert other_measure("Annual rent", "rent")
    assert not other_measure("Rent per month", "rent", "currency/month")
    assert not other_measure("Rent", "rent per month")
