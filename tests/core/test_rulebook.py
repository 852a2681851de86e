"""Plugins, selection and parameters as one rulebook: what fits together, and what is said where it does not."""

from __future__ import annotations

from typing import Any

import pytest

from socialrules.errors import ExpressionError, RulebookError
from socialrules.evaluate import as_tables, evaluate
from socialrules.model import Axis, Consistency, Decision, Lookup, Rules, Table, Wording
from socialrules.rulebook import load_rulebook

from .corner_shop import AS_OF, CORNER, book, check, gathered, guideline, parameter, plugin, shop_values, term, toml

LIT = guideline(
    "lit",
    check("LT-01", "size > $lamps"),
    check("LT-02", "p = 'yes'"),
    parameters=(parameter("lamps", 2, min=0, max=9),),
    order=20,
)
DRY = guideline("dry", check("DR-01", "lit AND q = 'yes'"), uses={"lit": ("lit",)}, order=10)


def refusal(*parts: Any, **options: Any) -> str:
    """What is said about rules that do not fit together."""
    with pytest.raises(RulebookError) as error:
        book(*parts, **options)
    return str(error.value)


def axis(name: str, **more: Any) -> Axis:
    """An axis."""
    return Axis.model_validate({"name": name, "level": "shop", "role": "ready", "combine": "all", "title": "t", **more})


# Clashes


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ([LIT, plugin(gathered(LIT), "other")], "other.toml: the guideline lit is there already, from mine.toml"),
        ([LIT, guideline("wet", check("LT-01", "TRUE"))], "mine.toml: the check LT-01 is there already, in lit"),
        ([LIT, parameter("lamps", 1)], "The parameter lamps of lit is there already, in mine"),
        ([term("it", "1"), term("it", "2")], "term it: the name it is taken by mine.toml: term it"),
        ([term("size", "1")], "term size: the name size is taken by a fact"),
        ([LIT, term("lt_01", "1")], "the name lt_01 is taken by mine.toml: term lt_01"),
        ([LIT, term("lit", "1")], "the name lit is taken by mine.toml: term lit"),
        ([guideline("size", check("SI-01", "TRUE"))], "the name size is taken by a fact"),
        ([LIT, axis("lit")], "axis lit: the name lit is taken by"),
        ([axis("one"), axis("one")], "axis one: the name one is taken by axis one"),
        ([term("it", "1", "shelf"), term("it", "2", "shelf")], "the name it is taken"),
        ([Lookup(name="timber", table="shelf", fact="wood", defaults={})], "mine.toml: the lookup timber clashes"),
        ([Lookup(name="shelf", table="shelf", fact="wood", defaults={})], "mine.toml: the lookup shelf clashes"),
        ([plugin(toml('[facts.shop.size]\ntype = "text"'))], "mine.toml: the fact shop.size is there already"),
        ([plugin(Rules(tables=CORNER.rules.tables[:1]))], "mine.toml: the table shop is there already"),
    ],
)
def test_a_name_that_is_taken_is_told_with_both_owners(parts: list[Any], said: str) -> None:
    assert said in refusal(*parts)


def test_the_same_name_may_stand_at_two_levels() -> None:
    rulebook = book(term("it", "size"), term("it", "shelf.width", "shelf"), term("colours", "1", "shelf"))
    assert {("shop", "it"), ("shelf", "it")} <= set(rulebook.definitions)


@pytest.mark.parametrize("name", ["row", "parent_row"])
@pytest.mark.parametrize("level", ["shop", "shelf"])
def test_a_name_that_the_engine_uses_itself_is_refused_or_works(name: str, level: str) -> None:
    try:
        rulebook = book(
            term(name, "1 + 1", level),
            term("it", f"{name} * 2" if level == "shop" else f"total(shelf, TRUE, shelf.{name})"),
        )
    except RulebookError as error:
        assert name in str(error)
    else:
        assert shop_values(rulebook, "it", [{}], [{}, {}]) == [4]


@pytest.mark.parametrize("name", ["select", "order", "group", "user", "end"])
def test_a_reserved_word_may_be_a_name(name: str) -> None:
    rulebook = book(plugin(toml(f'[facts.shop.{name}]\ntype = "number"')), term(f"{name}_2", f'"{name}" * 2'))
    assert shop_values(rulebook, f"{name}_2", [{name: 3}]) == [6]


# What refers to what is not there


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ([term("it", "1", "shlef")], "term it: there is no table shlef. Did you mean 'shelf'?"),
        ([guideline("lit", check("LT-01", "TRUE", "shops"))], "LT-01: there is no table shops. Did you mean 'shop'?"),
        ([axis("a", level="room")], "axis a: there is no table room."),
        ([Consistency(table="shopp", holds="TRUE", blames=(), reason="r")], "there is no table shopp."),
        ([Lookup(name="paint", table="room", fact="wood", defaults={})], "lookup paint: there is no table room."),
        (
            [plugin(toml('[facts.shlef.size]\ntype = "text"'))],
            "the table shlef, which no plugin has. Did you mean 'shelf'?",
        ),
        ([plugin(toml("[lookups.timbre.oak]\nhard = true"))], "rows for the lookup timbre, which no plugin has"),
        ([plugin(toml("[lookups.timber.elm]\nhardd = true"))], "elm: there is no column hardd. Did you mean 'hard'?"),
        (
            [plugin(toml('[lookups.timber.elm]\nprice = "much"'))],
            "timber, elm: price is 'much', unlike its default 3.0",
        ),
        ([guideline("lit", check("LT-01", "TRUE", "shelf"))], "check LT-01 is of level shelf and needs a rollup"),
        (
            [LIT, guideline("wet", uses={"lit": ("lt_10",)})],
            "uses lt_10 of lit, which has no such name. Did you mean 'lt_0",
        ),
        ([Lookup(name="paint", table="shelf", fact="coat", defaults={})], "coat"),
        ([Consistency(table="shop", holds="size > 0", blames=("sizes",), reason="r")], "sizes"),
        ([axis("a", leave_out=("litt",)), LIT], "litt"),
        ([guideline("lit", check("LT-01", "size > 1", turns_on=["sizes"]))], "sizes"),
        ([plugin(Rules(wording=Wording(fact="godos", default={})))], "godos"),
    ],
)
def test_a_part_that_refers_to_what_is_not_there_is_an_error(parts: list[Any], said: str) -> None:
    assert said in refusal(*parts)


def corner(**changes: Any) -> str:
    """What is said about the corner shop with other attributes of its root table."""
    table = CORNER.rules.tables[0].model_copy(update=changes)
    rules = CORNER.rules.model_copy(update={"tables": (table, *CORNER.rules.tables[1:])})
    with pytest.raises(RulebookError) as error:
        load_rulebook(plugins=[plugin(rules)])
    return str(error.value)


@pytest.mark.parametrize(
    "changes", [{"listed": ("size", "nonsense")}, {"label": "nonsense"}, {"key": ("shop_id", "nonsense")}]
)
def test_a_table_lists_only_what_there_is(changes: dict[str, Any]) -> None:
    assert "nonsense" in corner(**changes)


def test_there_is_one_root_table_and_all_others_are_its_children() -> None:
    with pytest.raises(
        RulebookError, match=r"There must be one root table, not 0: is the plugin with the tables installed?"
    ):
        load_rulebook(plugins=[])
    second = Table(name="yard", plural="yards", key=("yard_id",), facts=())
    assert "There must be one root table, not 2" in refusal(plugin(Rules(tables=(second,))))
    below = Table(name="box", plural="boxes", parent="shelf", key=())
    assert "The table box belongs to shelf, which is not the root table shop" in refusal(plugin(Rules(tables=(below,))))


def test_a_child_whose_key_is_that_of_its_record_is_refused_or_works() -> None:
    yard = """
[[tables]]
name = "yard"
plural = "yards"
parent = "shop"
key = ["shop_id"]

[facts.yard]
shop_id = { type = "text", required = true }
trees = { type = "number" }
"""
    try:
        rulebook = book(plugin(toml(yard)), term("it", "total(yard, TRUE, yard.trees)"))
    except RulebookError as error:
        assert "yard" in str(error)
    else:
        inputs = as_tables({"shops": [{"shop_id": "a"}], "yards": [{"shop_id": "a", "trees": 3}]})
        assert evaluate(rulebook, inputs, {"shop": [("shop", "it")]}, AS_OF)[0]["shop"] == [{"row": 0, "it": 3}]


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"rows": [{"when": "TRUE", "then": "a", "set": {"whyy": "x"}}]}, "whyy"),
        ({"after": [{"when": "TRUE", "then": "b", "keep_as": "befor"}]}, "befor"),
    ],
)
def test_a_decision_fills_only_its_own_columns(changes: dict[str, Any], word: str) -> None:
    whole = {
        "name": "choice",
        "level": "shop",
        "title": "t",
        "columns": ["why"],
        "rows": [{"when": "TRUE", "then": "a"}],
        **changes,
    }
    assert word in refusal(Decision.model_validate(whole))


@pytest.mark.parametrize(
    ("table", "holds"),
    [
        ("shop", "size < twice"),
        ("shop", "count_of(shelf, TRUE) < 9"),
        ("shelf", "shelf.width < shelves"),
        ("shelf", "shelf.wide"),
    ],
)
def test_a_rule_between_cells_reads_facts_alone(table: str, holds: str) -> None:
    # It is applied before there are any terms.
    terms = [
        term("twice", "depth * 2"),
        term("shelves", "count_of(shelf, TRUE)"),
        term("wide", "shelf.width > 1", "shelf"),
    ]
    rule = Consistency(table=table, holds=holds, blames=("size" if table == "shop" else "width",), reason="too much")
    assert "too much" in refusal(*terms, rule)


def test_every_expression_that_is_not_allowed_is_told_with_its_place() -> None:
    with pytest.raises(ExpressionError) as error:
        book(
            term("it", "now()"),
            guideline("lit", check("LT-01", "TRUE", fails="(SELECT 1)", lean=[{"when": "random()", "say": "x"}])),
        )
    assert [line.partition(": ")[0] for line in str(error.value).splitlines()] == [
        "mine.toml, term it, value",
        "mine.toml, guideline lit, check LT-01, fails",
        "mine.toml, guideline lit, check LT-01, when",
    ]


# Circles


def test_rules_that_go_round_in_a_circle_are_told_with_the_circle() -> None:
    message = refusal(
        term("start", "a_term"), term("a_term", "b_term + 1"), term("b_term", "c_term * 2"), term("c_term", "a_term")
    )
    assert "the rules go round in a circle: a_term -> b_term -> c_term -> a_term" in message
    assert "term a_term" in message


def test_a_circle_may_run_over_levels_guidelines_and_decisions() -> None:
    checks = [check("SH-01", "passed(every)", "shelf", rollup="all_of(shelf, TRUE, shelf.sh_01)")]
    message = refusal(guideline("lit", *checks), axis("every"))
    circle = message.rpartition("in a circle: ")[2].split(" -> ")
    assert circle[0] == circle[-1]
    assert set(circle) == {"every", "lit", "sh_01__rollup", "sh_01"}
    assert "it -> it" in refusal(term("it", "it + 1"))
    rows = [{"when": "it", "then": "a"}]
    decision = Decision.model_validate({"name": "choice", "level": "shop", "title": "t", "rows": rows})
    assert "round in a circle" in refusal(decision, term("it", "choice = 'a'"))


def test_a_long_chain_is_no_circle_and_no_recursion() -> None:
    terms = [term(f"n{i}", f"n{i + 1} + 1") for i in range(1500)] + [term("n1500", "size")]
    assert len(book(*terms).definitions) == 1501


# Missing plugins


def test_what_is_declared_and_not_there_reads_as_unknown_with_a_warning() -> None:
    uses = {"gone": ("go_01", "shelf.sh_09", "amount:number", "$limit")}
    terms = [
        term("both", "go_01 AND TRUE"),
        term("whether", "undecided(go_01)"),
        term("more", "amount + 1"),
        term("over", "size > $limit"),
        term("any_shelf", "any_of(shelf, TRUE, shelf.sh_09)"),
        term("whole", "all_pass(go_01, TRUE)"),
        term("none", "failed(go_01)"),
    ]
    rulebook = book(*terms, uses=uses)
    names = [t.name for t in terms]
    assert [shop_values(rulebook, n, [{"size": 1}], [{}])[0] for n in names] == [
        None,
        True,
        None,
        None,
        "unknown",
        "unknown",
        False,
    ]
    assert rulebook.warnings == ("The guideline gone is not loaded: $limit, amount, go_01, sh_09 read as unknown.",)
    assert rulebook.parameters["limit"] is None


def test_what_is_declared_and_there_is_read_without_a_warning() -> None:
    rulebook = book(DRY, LIT)
    assert rulebook.warnings == ()
    assert shop_values(rulebook, "dry", [{"size": 3, "p": "yes", "q": "yes"}, {"size": 3, "p": "no", "q": "yes"}]) == [
        "pass",
        "fail",
    ]


def test_what_is_neither_declared_nor_there_is_an_error() -> None:
    assert "no loaded plugin has the name lit" in refusal(DRY.model_copy(update={"uses": {}}))
    assert "there is no parameter $limit" in refusal(term("it", "size > $limit"))


def test_two_guidelines_may_miss_the_same_names() -> None:
    pair = [
        guideline(n, check(f"{n[0].upper()}X-01", "gone AND go_01"), uses={"gone": ("gone", "go_01")})
        for n in ("wet", "dry")
    ]
    assert len(book(*pair).warnings) == 1


def test_one_may_say_the_type_of_a_missing_name_that_the_other_leaves_open() -> None:
    pair = [
        guideline(n, check(f"{n[0].upper()}X-01", "amount > 1"), uses={"gone": (name,)})
        for n, name in (("wet", "amount:number"), ("dry", "amount"))
    ]
    assert shop_values(book(*pair), "wet", [{}]) == ["unknown"]
