"""Which names an expression may read, and which types go together."""

from __future__ import annotations

import pytest

from socialrules.errors import RulebookError

from .corner_shop import Part, book, check, guideline, parameter, term


def refusal(expression: str, level: str = "shop", *parts: Part) -> str:
    """What is said about an expression that makes no sense."""
    with pytest.raises(RulebookError) as error:
        book(term("it", expression, level), *parts)
    return str(error.value)


def kind(expression: str, level: str = "shop", *parts: Part) -> str:
    """The type of an expression."""
    return book(term("it", expression, level), *parts).definitions[(level, "it")].type.kind


CHECKS = guideline("lit", check("LT-01", "p = 'yes'"), check("SH-01", "shelf.width > 1", "shelf", rollup=False))


TYPES = {
    "number": [
        *("size", "size + 1", "size(goods)", "$low", "count_of(shelf, TRUE)", "total(shelf, TRUE, shelf.width)"),
        *("days_between(opened, today)", "CASE WHEN p = 'yes' THEN 1 END"),
    ],
    "text": [
        *("owner", "colour", "'x'", "coalesce(colour, 'none')"),
        "first_of(shelf, TRUE, shelf.colour, shelf.width)",
    ],
    "date": ["opened"],
    "list": ["goods", "['a']"],
    "boolean": [
        *("size > 1", "p = 'yes'", "size IS NULL", "TRUE", "NOT lt_01", "lt_01 AND TRUE", "lt_01 = 'pass'"),
        *("in_season(opened, spans)", "passed(lt_01)", "dont_know(p)", "coalesce(lt_01, FALSE)"),
        *("any_of(shelf, TRUE, shelf.width > 1)", "CASE WHEN p = 'yes' THEN lt_01 ELSE TRUE END"),
    ],
    "outcome": [
        *("lt_01", "lit", "all_pass(size > 1)", "only_if(p = 'yes', TRUE)", "any_of(shelf, TRUE, shelf.sh_01)"),
        "CASE WHEN p = 'yes' THEN lt_01 END",
    ],
    "null": ["NULL"],
}


@pytest.mark.parametrize(("expression", "is_a"), [(text, is_a) for is_a, texts in TYPES.items() for text in texts])
def test_the_type_follows_from_the_expression(expression: str, is_a: str) -> None:
    assert kind(expression, "shop", CHECKS, parameter("low", 1)) == is_a


def test_a_column_of_a_lookup_has_the_type_of_its_default() -> None:
    columns = ("hard", "price", "from_where")
    assert [kind(f"timber.{c}", "shelf") for c in columns] == ["boolean", "number", "text"]


@pytest.mark.parametrize(
    ("expression", "word", "meant"),
    [
        ("colour = 'rde'", "'rde'", "red"),
        ("'gren' = colour", "'gren'", "green"),
        ("colour IN ('red', 'gree')", "'gree'", "green"),
        ("contains(goods, 'mlik')", "'mlik'", "milk"),
        ("contains_any(goods, ['tea', 'salz'])", "'salz'", "salt"),
        ("contains_all(goods, ['tae'])", "'tae'", "tea"),
        ("contains_other(goods, ['teaa'])", "'teaa'", "tea"),
        ("CASE colour WHEN 'redd' THEN 1 END = 1", "'redd'", "red"),
        ("lt_01 = 'passed'", "'passed'", "pass"),
        ("CASE WHEN p = 'yes' THEN 'small' ELSE 'large' END = 'smal'", "'smal'", "small"),
        ("coalesce(colour, 'none') = 'nome'", "'nome'", "none"),
        ("first_of(shelf, TRUE, shelf.colour, shelf.width) = 'rred'", "'rred'", "red"),
    ],
)
def test_a_value_that_could_never_be_is_an_error_with_the_nearest_one(expression: str, word: str, meant: str) -> None:
    message = refusal(expression, "shop", CHECKS)
    assert f"can never be {word}" in message
    assert f"Did you mean '{meant}'?" in message


def test_a_misspelt_value_is_told_with_the_fact_and_all_its_values() -> None:
    assert refusal("colour <> 'blue'").endswith("term it: colour can never be 'blue'; it is one of green, red.")


def test_any_text_may_be_compared_with_a_fact_that_is_any_text() -> None:
    assert kind("owner = 'whoever'") == "boolean"
    assert kind("contains(spans, '01-01/02-01')") == "boolean"


@pytest.mark.parametrize(
    "expression", ["colour = 'dont_know'", "colour IN ('red', 'dont_know')", "contains(goods, 'dont_know')"]
)
def test_the_literal_dont_know_is_an_error_that_names_the_function(expression: str) -> None:
    fact = "goods" if "goods" in expression else "colour"
    assert f"write dont_know({fact})" in refusal(expression)


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("size = 'big'", "= compares number with text"),
        ("size < owner", "< compares number with text"),
        ("owner IN ('a', 1)", "IN compares number with text"),
        ("size BETWEEN 'a' AND 'b'", ">= compares number with text"),
        ("size = TRUE", "= compares boolean with number"),
        ("opened = '2024-01-01'", "= compares date with text"),
        ("opened > size", "> compares date with number"),
        ("colour = 1", "= compares number with text"),
        ("goods = ['tea']", "cannot compare lists"),
        ("goods = owner", "compares list with text"),
        ("size IS TRUE", "compares boolean with number"),
        ("colour IS NOT FALSE", "compares boolean with text"),
        ("owner + 1", "+ wants a number, not a text"),
        ("opened - today", "- wants a number, not a date"),
        ("TRUE * 2", "* wants a number, not a boolean"),
        ("-goods", "- wants a number, not a list"),
        ("size AND TRUE", "AND wants a condition, not a number"),
        ("TRUE OR owner", "OR wants a condition, not a text"),
        ("NOT goods", "NOT wants a condition, not a list"),
        ("CASE WHEN size THEN 1 END", "WHEN wants a condition, not a number"),
        ("CASE WHEN TRUE THEN 1 ELSE 'x' END", "different types: number, text"),
        ("coalesce(size, owner)", "different types: number, text"),
        ("coalesce(lt_01, 1)", "different types: number, outcome"),
        ("passed(size > 1)", "passed wants a outcome, not a boolean"),
        ("failed(size)", "failed wants a outcome, not a number"),
        ("all_pass(lt_01, size)", "all_pass wants a condition, not a number"),
        ("only_if(size, TRUE)", "only_if wants a condition, not a number"),
        ("any_of(shelf, shelf.width, TRUE)", "the filter of any_of wants a condition, not a number"),
        ("any_of(shelf, TRUE, shelf.width)", "any_of wants a condition, not a number"),
        ("total(shelf, TRUE, shelf.colour)", "total wants a number, not a text"),
        ("total(shelf, TRUE, shelf.sh_01)", "total wants a number, not a outcome"),
        ("size(owner)", "size wants a list, not a text"),
        ("contains(owner, 'a')", "contains wants a list, not a text"),
        ("contains(goods, owner)", "contains takes a list and a constant text"),
        ("contains_any(goods, wares)", "contains_any takes a list and constant texts"),
        ("contains_other(goods, wares)", "contains_other takes a list and constant texts"),
        ("contains_all(goods, 'tea')", "contains_all wants a list, not a text"),
        ("in_season(owner, spans)", "in_season wants a date, not a text"),
        ("in_season(opened, owner)", "in_season wants a list, not a text"),
        ("days_between(opened, 1)", "days_between wants a date, not a number"),
        ("starts_with(size, '1')", "starts_with wants a text, not a number"),
        ("abs(owner)", "abs wants a number, not a text"),
        ("round(size, owner)", "round wants a number, not a text"),
        ("dont_know(size > 1)", "dont_know takes the name of a fact"),
        ("dont_know(lt_01)", "dont_know takes the name of a fact"),
    ],
)
def test_what_does_not_go_together_is_said_in_plain_words(expression: str, said: str) -> None:
    message = refusal(expression, "shop", CHECKS)
    assert said in message
    assert "term it" in message


@pytest.mark.parametrize(
    ("expression", "level", "said"),
    [
        ("sizes > 1", "shop", "no loaded plugin has the name sizes. Did you mean 'size'?"),
        ("Size > 1", "shop", "no loaded plugin has the name Size. Did you mean 'size'?"),
        ("nothing_like_it", "shop", "no loaded plugin has the name nothing_like_it."),
        ("current_user = 'root'", "shop", "no loaded plugin has the name current_user."),
        ("current_date = today", "shop", "no loaded plugin has the name current_date."),
        ("shelf", "shop", "no loaded plugin has the name shelf."),
        ("width > 1", "shelf", "no loaded plugin has the name width."),
        ("shelf.widht > 1", "shelf", "no loaded plugin has the name shelf.widht. Did you mean 'width'?"),
        ("shelf.size > 1", "shelf", "no loaded plugin has the name shelf.size."),
        ("timber.prise > 1", "shelf", "no loaded plugin has the name timber.prise."),
        ("shelf.width > 1", "shop", "shelf.width can only be read at level shelf, or inside any_of"),
        ("timber.price > 1", "shop", "timber.price can only be read at level shelf, or inside any_of"),
        ("shelf.width > count_of(shelf, TRUE)", "shop", "shelf.width can only be read at level shelf"),
        ("room.width > 1", "shop", "room in room.width is no table and no lookup"),
        ("$hihg > 1", "shop", "there is no parameter $hihg. Did you mean 'high'?"),
        ("high > 1", "shop", "no loaded plugin has the name high."),
        ("? > 1", "shop", "there is no parameter $1."),
        ("count_of(shop, TRUE) > 1", "shop", "the first argument of count_of is one of the tables shelf"),
        ("any_of(size, TRUE, TRUE)", "shop", "the first argument of any_of is one of the tables shelf"),
        ("any_of(shelf.width, TRUE, TRUE)", "shop", "the first argument of any_of is one of the tables shelf"),
        ("any_of(shelf, size > 1, widht > 1)", "shop", "no loaded plugin has the name widht."),
        ("dont_know(sise)", "shop", "no loaded plugin has the name sise. Did you mean 'size'?"),
        ("this = 'x'", "shop", "no loaded plugin has the name this."),
    ],
)
def test_a_name_that_nothing_has_is_told_with_its_place(expression: str, level: str, said: str) -> None:
    message = refusal(expression, level, parameter("high", 1))
    assert said in message
    assert "mine.toml: term it" in message


def test_a_bare_name_is_the_root_tables_at_every_level() -> None:
    assert kind("size > shelf.width", "shelf") == "boolean"
    assert kind("any_of(shelf, TRUE, shelf.width > size)") == "boolean"
    assert kind("shop.size > 1", "shelf") == kind("shop.size > 1") == "boolean"


def test_all_that_makes_no_sense_is_reported_at_once() -> None:
    message = refusal("sizes > 1", "shop", term("that", "shelf.width + 1"), term("fine", "size"))
    assert [line.rpartition("term ")[2].partition(":")[0] for line in message.splitlines()] == ["it", "that"]
    message = refusal("size = 'x'", "shop", term("that", "owner + 1"))
    assert len(message.splitlines()) == 2


def test_what_is_wrong_in_a_check_is_told_with_its_code() -> None:
    with pytest.raises(RulebookError, match=r"mine.toml: guideline lit, check LT-01: colour can never be 'blue'"):
        book(guideline("lit", check("LT-01", "size > 1", fails="colour = 'blue'")))
    with pytest.raises(RulebookError, match=r"guideline lit: check SH-01, rollup: .*name shelf.sh_02"):
        book(guideline("lit", check("SH-01", "shelf.width > 1", "shelf", rollup="all_of(shelf, TRUE, shelf.sh_02)")))
    with pytest.raises(RulebookError, match=r"guideline lit: outcome: .*lt_99"):
        book(guideline("lit", check("LT-01", "size > 1"), outcome="lt_99"))
    with pytest.raises(RulebookError, match="guideline lit, todo_when: this wants a boolean, not a number"):
        book(guideline("lit", check("LT-01", "size > 1"), todo_when="size"))
    with pytest.raises(RulebookError, match="check LT-01, when: no loaded plugin has the name sizes"):
        book(guideline("lit", check("LT-01", "size > 1", lean=[{"when": "sizes > 1", "say": "x"}])))


def test_a_check_that_is_no_condition_is_refused() -> None:
    with pytest.raises(RulebookError, match="check LT-01: a check wants a condition, not a number"):
        book(guideline("lit", check("LT-01", "size")))
