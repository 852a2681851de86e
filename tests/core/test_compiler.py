"""The compiled program: how many steps there are, what they hold, and what they leave out."""

from __future__ import annotations

import re
from typing import Any

import pytest

from socialrules.compiler import Program, compile_rulebook
from socialrules.model import Consistency
from socialrules.rulebook import Rulebook
from socialrules.stepsql import LAYER_TERMS

from .corner_shop import book, check, guideline, parameter, shop_values, tables_of, term, value_of

CHAIN = [
    term("area", "size * depth"),
    term("share", "shelf.width / area", "shelf"),
    term("shares", "total(shelf, TRUE, shelf.share)"),
    term("part", "shelf.share / shares", "shelf"),
    term("largest", "first_of(shelf, TRUE, shelf.part, -shelf.part)"),
]
"""Shop, shelf, shop, shelf, shop."""


def compiled(rulebook: Rulebook, **wanted: list[str]) -> Program:
    """The program for the wanted names per table."""
    return compile_rulebook(rulebook, {table: [(table, name) for name in names] for table, names in wanted.items()})


def statements(program: Program) -> list[str]:
    """The SQL of every step."""
    return [program.statement(step, "SELECT 1") for step in program.steps]


def test_a_chain_over_two_levels_takes_one_step_per_change_of_level() -> None:
    program = compiled(book(*CHAIN), shop=["largest"])
    assert [step.table for step in program.steps] == ["shop_0", "shelf_0", "shop_1", "shelf_1", "shop_2"]
    assert value_of("largest", {"size": 2, "depth": 2}, [{"width": 1}, {"width": 3}], *CHAIN) == 0.75


@pytest.mark.parametrize(
    ("wanted", "steps"),
    [
        ({"shop": ["area"]}, ["shop_0"]),
        ({"shelf": ["width"]}, ["shop_0", "shelf_0"]),
        ({"shelf": ["share"]}, ["shop_0", "shelf_0"]),
        ({"shop": ["shares"]}, ["shop_0", "shelf_0", "shop_1"]),
        ({"shop": ["shares"], "shelf": ["part"]}, ["shop_0", "shelf_0", "shop_1", "shelf_1"]),
    ],
)
def test_there_are_no_more_steps_than_what_is_wanted_takes(wanted: dict[str, list[str]], steps: list[str]) -> None:
    assert [step.table for step in compiled(book(*CHAIN), **wanted).steps] == steps


def test_many_terms_of_a_level_share_its_steps() -> None:
    terms = [term(f"n{i}", f"n{i - 1} + count_of(shelf, shelf.width > {i})" if i else "size") for i in range(40)]
    assert [step.table for step in compiled(book(*terms), shop=["n39"]).steps] == ["shop_0", "shelf_0", "shop_1"]


RICH = book(
    *CHAIN,
    term("idle", "size + 41"),
    term("idle_shelves", "count_of(shelf, shelf.height > 43)"),
    term("idle_share", "shelf.share + 47", "shelf"),
    guideline(
        "lit",
        check("LT-01", "area > 1"),
        check("SH-01", "shelf.width > 1", "shelf", rollup="all_of(shelf, timber.hard, shelf.sh_01)"),
        check("LT-02", "depth > 53 AND p = 'yes'", severity="minor"),
    ),
    term("it", "all_pass(lit, any_of(shelf, shelf.part > 0.1, shelf.sh_01))"),
)


def test_no_table_keeps_what_nobody_needs() -> None:
    wanted = {"shop": ["it"], "shelf": ["part", "colour"]}
    program = compiled(RICH, **wanted)
    written = statements(program)
    kept = 0
    for position, step in enumerate(program.steps):
        later = "\n".join(written[position + 1 :])
        for level, name in step.keeps:
            kept += 1
            is_read = re.search(rf"\b(parent\.|{level}__)?{name}\b", later) is not None
            assert is_read or (step is program.last_step(level) and name in wanted[level]), (step.table, name)
    assert kept > 5


def test_the_last_table_of_a_level_holds_what_is_wanted_and_no_more() -> None:
    program = compiled(book(*CHAIN), shop=["shares"], shelf=["part", "colour"])
    held = {step.table: {name for _, name in step.keeps} for step in program.steps}
    assert (held["shop_1"], held["shelf_1"]) == ({"shares"}, {"part", "colour"})


def test_a_term_that_nothing_needs_is_not_evaluated() -> None:
    program = compiled(RICH, shop=["it"])
    text = "\n".join(statements(program))
    for trace in ("idle", "41", "43", "47", "53", "lt_02"):
        assert re.search(rf"\b{trace}", text) is None, trace
    assert program.facts == {"shop": ("depth", "size"), "shelf": ("timber__hard", "width", "wood")}
    more = "\n".join(statements(compiled(RICH, shop=["it", "idle", "lt_02", "idle_shelves"], shelf=["idle_share"])))
    assert all(re.search(rf"\b{trace}", more) for trace in ("41", "43", "47", "53"))


def test_the_result_of_a_rulebook_is_its_listed_columns_guidelines_and_checks() -> None:
    program = compile_rulebook(RICH)
    assert program.wanted == {
        "shop": (("shop", "lit"), ("shop", "lt_01"), ("shop", "lt_02")),
        "shelf": (("shelf", "sh_01"),),
    }
    assert "idle" not in "\n".join(statements(program))


def test_a_function_over_rows_that_stands_in_two_places_is_computed_once() -> None:
    rulebook = book(
        term("one", "count_of(shelf, shelf.width > 7) + 1"), term("two", "count_of(shelf, shelf.width > 7) * 2")
    )
    assert "\n".join(statements(compiled(rulebook, shop=["one", "two"]))).count("> 7") == 1


def largest_select(rulebook: Rulebook, **wanted: list[str]) -> int:
    """The largest number of expressions in one SELECT of the program."""
    heads = re.compile(r"^(?:WITH )?\w+ AS \($", re.MULTILINE)
    parts = [part for sql in statements(compiled(rulebook, **wanted)) for part in heads.split(sql)]
    return max(len(re.findall(r"^ {8}\S.* AS \w+,?$", part, re.MULTILINE)) for part in parts)


@pytest.mark.parametrize("count", [LAYER_TERMS, LAYER_TERMS + 1, 3 * LAYER_TERMS + 7])
def test_no_layer_is_larger_than_the_planner_bears(count: int) -> None:
    names = [f"n{i}" for i in range(count)]
    flat = [term(name, f"size + {i}") for i, name in enumerate(names)]
    assert largest_select(book(*flat), shop=names) == min(count, LAYER_TERMS)
    shelves = [term(name, f"shelf.width + {i}", "shelf") for i, name in enumerate(names)]
    assert largest_select(book(*shelves), shelf=names) == min(count, LAYER_TERMS)


def test_terms_that_read_each_other_over_full_layers_keep_their_values() -> None:
    wide = [term(f"w{i}", f"size + {i}") for i in range(LAYER_TERMS + 50)]
    deep = [term(f"d{i}", f"w{i} + d{i - 1}" if i else "w0") for i in range(LAYER_TERMS + 50)]
    rulebook = book(*deep, *wide)
    last = LAYER_TERMS + 49
    assert largest_select(rulebook, shop=[f"d{last}"]) <= LAYER_TERMS
    small = [f"d{i}" for i in (0, 1, 40)]
    assert [shop_values(rulebook, n, [{"size": 1.0}])[0] for n in small] == [1, 3, sum(range(1, 42))]


def test_functions_over_rows_are_no_more_per_select_than_the_planner_bears() -> None:
    terms = [term(f"n{i}", f"count_of(shelf, shelf.width > {i})") for i in range(2 * LAYER_TERMS)]
    assert largest_select(book(*terms), shop=[t.name for t in terms]) <= LAYER_TERMS


def test_the_same_rulebook_gives_the_same_sql() -> None:
    def written() -> list[str]:
        return statements(
            compiled(book(*CHAIN, parameter("extra", 2), term("it", "largest * $extra")), shop=["it"], shelf=["part"])
        )

    assert written() == written()


def test_a_parameter_is_written_as_its_value() -> None:
    def sql(value: float) -> str:
        return "\n".join(
            statements(compiled(book(parameter("least", value), term("it", "size > $least")), shop=["it"]))
        )

    assert "size > 17" in sql(17)
    assert "1.5" in sql(1.5)
    assert "$" not in sql(17)


# Rules between cells


def fits(**more: Any) -> Consistency:
    """Size must not be above depth."""
    return Consistency.model_validate(
        {"table": "shop", "holds": "size <= depth", "blames": ("size", "p"), "reason": "too large", **more}
    )


SHOPS = [
    {"size": 1, "depth": 2, "p": "dont_know"},
    {"size": 3, "depth": 2, "p": "dont_know"},
    {"size": 3, "p": "yes"},
    {"size": 3, "depth": 2, "p": "yes"},
]


def test_cells_that_contradict_each_other_are_null_for_every_rule() -> None:
    terms = [
        term("twice", "size * 2"),
        term("known", "p = 'yes'"),
        term("asked", "dont_know(p)"),
        term("deep", "depth"),
    ]
    rows = tables_of(book(fits(), *terms), {"shop": [t.name for t in terms]}, SHOPS)["shop"]
    assert [tuple(r[t.name] for t in terms) for r in rows] == [
        (2, None, True, 2), (None, None, False, 2), (6, True, False, None), (None, None, False, 2),
    ]  # fmt: skip


def test_a_remark_changes_no_cell() -> None:
    assert shop_values(book(fits(note_only=True), term("twice", "size * 2")), "twice", SHOPS) == [2, 6, 6, 6]


def test_a_rule_between_cells_of_a_row_may_read_its_record() -> None:
    rule = fits(table="shelf", holds="shelf.width <= size", blames=("width",))
    rulebook = book(rule, term("widths", "total(shelf, TRUE, shelf.width)"))
    shelves = [{"width": 1}, {"width": 9}, {"of": 1, "width": 2}, {"of": 2, "width": 50}]
    assert shop_values(rulebook, "widths", [{"size": 3}, {"size": 1}, {}], shelves) == [1, None, 50]
