"""Placeholders in texts: one that nothing fills is a mistake of the rules, told when they are loaded."""

from __future__ import annotations

from typing import Any

import pytest

from socialrules.errors import RulebookError
from socialrules.model import Decision, DecisionRow, FlagRow, Flags, Meaning, Note, Ranking, Saying

from .corner_shop import book, check, gathered, guideline, parameter, plugin, term, toml


def refused(*parts: Any) -> str:
    """What is said of rules."""
    with pytest.raises(RulebookError) as error:
        book(*parts)
    return str(error.value)


def test_every_name_that_has_a_value_can_be_printed() -> None:
    of_a_shop = "{size} {p:share} {doubled} {least} {g_01} {g} {colour}"
    made = book(
        guideline("g", check("G-01", "size > $least", why=of_a_shop), parameters=(parameter("least", 3),)),
        term("doubled", "size * 2"),
        Note(name="n", level="shelf", when="shelf.width > 1", say=f"{of_a_shop} {{width}} {{wood}} {{timber.price}}"),
    )
    assert made.checks()[0].why == of_a_shop


@pytest.mark.parametrize("field", ["why", "advice", "advice_dont_know"])
def test_a_name_that_nothing_has_is_refused_with_the_nearest(field: str) -> None:
    said = refused(guideline("g", check("G-01", "size > 3", **{field: "It is {sise}."})))
    assert said == (
        f"mine.toml: guideline g, check G-01, {field}: nothing has the name in {{sise}}, which is printed with a shop. "
        f"Did you mean 'size'?"
    )


IF_LARGE = (Saying(when="size > 1", say="{x}"),)
GO = DecisionRow(when="size > 1", then="go", say="{x}")
RANKING = Ranking(
    name="r",
    table="shelf",
    when="size > 1",
    where="shelf.width > 1",
    by="shelf.width",
    amount="shelf.width",
    cover="size",
    say="{x}",
)


@pytest.mark.parametrize(
    ("part", "where"),
    [
        (guideline("g", check("G-01", "size > 3", advice_if=IF_LARGE)), "check G-01, advice_if"),
        (guideline("g", check("G-01", "size > 3", lean=IF_LARGE)), "check G-01, lean"),
        (Flags(name="f", level="shop", rows=(FlagRow(flag="big", when="size > 1", say="{x}"),)), "flag big, say"),
        (Note(name="n", level="shelf", when="shelf.width > 1", say="{x}"), "note n, say"),
        (Decision(name="d", level="shop", title="d", rows=(GO,)), "decision d, say"),
        (
            Decision(
                name="d",
                level="shop",
                title="d",
                rows=(GO.model_copy(update={"say": ""}),),
                meaning={"go": Meaning(title="go", text="{x}")},
            ),
            "decision d, meaning of go",
        ),
        (plugin(gathered(rankings=[RANKING]), "more"), "ranking r, say"),
        (
            plugin(toml('[facts.shop.more]\ntype = "number"\nquestion = "How many {x}?"'), "more"),
            "fact shop.more, question",
        ),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_every_text_is_looked_at(part: Any, where: str) -> None:
    assert f"{where}: nothing has the name in {{x}}" in refused(part)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("{Size}", "{Size}"),
        ("{ size }", "{ size }"),
        ("{size:percent}", "{size} or {size:share}, not as percent"),
        ("{shelf.width}", "printed with a shop"),
    ],
)
def test_what_is_nearly_a_placeholder_is_refused(said: str, told: str) -> None:
    assert told in refused(guideline("g", check("G-01", "size > 3", advice=said)))


def test_braces_that_hold_no_name_are_text() -> None:
    book(guideline("g", check("G-01", "size > 3", advice="{} {1} { a b } }{ {a-b}")))


def test_all_of_them_are_told_at_once() -> None:
    assert len(refused(guideline("g", check("G-01", "size > 3", advice="{a} {b}", why="{c}"))).splitlines()) == 3
