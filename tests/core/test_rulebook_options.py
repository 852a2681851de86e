"""What a user chooses: the selection, the parameters and the depth; and the hash that tells two rulebooks apart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from socialrules.errors import RulebookError, UsageError
from socialrules.model import Guideline, ParameterRule, Rules
from socialrules.plugins import load_plugins
from socialrules.rulebook import Rulebook, load_rulebook

from .corner_shop import CORNER, book, check, gathered, guideline, parameter, plugin, shop_values, term, toml
from .test_rulebook import DRY, LIT

# Selection


def kept(**options: Any) -> list[str]:
    """Codes of the checks that are counted and written."""
    return [c.code for c in book(LIT, DRY, **options).checks()]


@pytest.mark.parametrize(
    ("options", "codes"),
    [
        ({}, ["DR-01", "LT-01", "LT-02"]),
        ({"select": ["lit"]}, ["LT-01", "LT-02"]),
        ({"select": ["LT-02", "dry"]}, ["DR-01", "LT-02"]),
        ({"select": ["lt-02"]}, ["LT-02"]),
        ({"ignore": ["lit"]}, ["DR-01"]),
        ({"select": ["lit"], "ignore": ["LT-01"]}, ["LT-02"]),
        ({"ignore": ["lit", "dry"]}, []),
    ],
)
def test_select_and_ignore_take_guidelines_and_codes(options: dict[str, Any], codes: list[str]) -> None:
    assert kept(**options) == codes


def test_what_is_left_out_is_still_evaluated_where_something_kept_reads_it() -> None:
    rulebook = book(LIT, guideline("dry", check("DR-01", "lt_01 AND lt_02")), ignore=["lit"])
    assert shop_values(rulebook, "dry", [{"size": 3, "p": "yes"}]) == ["pass"]
    assert [g.id for g in rulebook.guidelines] == ["dry"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"select": ["litt"]}, "--select litt: there is no guideline or check of that name. Did you mean 'lit'?"),
        ({"ignore": ["LT-03"]}, "--ignore LT-03: there is no guideline or check of that name. Did you mean 'LT-0"),
        ({"select": [""]}, "--select"),
        ({"set_": {"lit.lamp": 3}}, "--set lit.lamp: there is no such parameter. Did you mean 'lit.lamps'?"),
        ({"set_": {"lamps": 3}}, "--set lamps: there is no such parameter. Did you mean 'lit.lamps'?"),
        ({"set_": ["lit.lamps"]}, "--set lit.lamps: write guideline.parameter=value."),
        ({"set_": ["lit.lamps=three"]}, "--set lit.lamps=three: 'three' is no number."),
        ({"set_": {"lit.lamps": None}}, "is no number"),
        ({"set_": {"lit.lamps": -1}}, "the value must be between 0 and 9 (units)."),
        ({"set_": ["lit.lamps=9.5"]}, "the value must be between 0 and 9 (units)."),
        ({"set_": ["lit.lamps=nan"]}, "the value must be between 0 and 9 (units)."),
        ({"set_": {"mine.free": float("inf")}}, "--set mine.free=inf"),
        ({"set_": {"gone.limit": 1}}, "--set gone.limit: there is no such parameter."),
        ({"depth": "deep"}, "--depth is core or full, not 'deep'."),
    ],
)
def test_a_wrong_name_or_value_on_the_command_line_is_a_usage_error(options: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError) as error:
        book(LIT, DRY, parameter("free", 1), uses={"gone": ("$limit",)}, **options)
    assert said in str(error.value)
    assert error.value.exit_code == 2


def test_what_is_said_of_a_value_out_of_range_names_only_limits_there_are() -> None:
    for value, limits in (("nan", ()), ("-1", ("at least 0",))):
        with pytest.raises(UsageError) as error:
            book(parameter("free", 1, **({"min": 0} if limits else {})), set_=[f"mine.free={value}"])
        assert "inf" not in str(error.value)
        assert all(limit in str(error.value) for limit in limits)
    with pytest.raises(UsageError, match="at most 9"):
        book(parameter("free", 1, max=9), set_=["mine.free=10"])


# Parameters


def test_a_parameter_that_is_set_is_read_in_place_of_its_default() -> None:
    changes: list[Any] = [{"lit.lamps": 5}, ["lit.lamps=5"], [" lit.lamps = 5 "], {"lit.lamps": "5"}]
    for change in changes:
        rulebook = book(LIT, set_=change)
        assert rulebook.parameters["lamps"] == 5
        assert shop_values(rulebook, "lt_01", [{"size": 4}, {"size": 6}]) == ["fail", "pass"]
    assert shop_values(book(LIT), "lt_01", [{"size": 4}]) == ["pass"]


def test_a_default_outside_its_own_range_is_refused() -> None:
    with pytest.raises((RulebookError, ValueError), match="low"):
        book(parameter("low", 5, max=1))


LOW_HIGH = [
    parameter("low", 1),
    parameter("high", 2),
    ParameterRule(holds="$low <= $high AND $low > -$high", say="low must not be above high."),
]


def test_parameters_that_do_not_fit_together_are_refused() -> None:
    assert book(*LOW_HIGH, set_={"mine.low": 2}).parameters["low"] == 2
    with pytest.raises(UsageError) as error:
        book(*LOW_HIGH, set_={"mine.low": 3})
    assert str(error.value) == "--set: The parameters do not fit together: low must not be above high."


def test_a_rule_between_parameters_holds_where_one_of_them_is_missing() -> None:
    rule = ParameterRule(holds="$gone_limit < 0", say="never")
    assert book(rule, uses={"gone": ("$gone_limit",)}).parameters == {"gone_limit": None}


@pytest.mark.parametrize("holds", ["$nope > 1", "$nope", "size > 1", "count_of(shelf, TRUE) > 1", "'x'", "$low"])
def test_a_rule_between_parameters_reads_parameters_alone(holds: str) -> None:
    with pytest.raises(RulebookError):
        book(parameter("low", 1), ParameterRule(holds=holds, say="s"))


# Order, lookups of checks, hash


def test_guidelines_come_in_their_order_then_by_name_whatever_the_order_of_plugins() -> None:
    many = [guideline(n, check(f"{n[0].upper()}O-01", "TRUE"), order=o) for n, o in (("b", 2), ("a", 2), ("c", 1))]
    for parts in (many, many[::-1]):
        assert [g.id for g in book(*parts).guidelines] == ["c", "a", "b"]


def test_a_check_is_found_by_its_code_in_any_case() -> None:
    found, lt_02 = book(LIT, DRY).find_check("lt-02")
    assert (found.id, lt_02.code) == ("lit", "LT-02")
    with pytest.raises(UsageError, match=r"There is no check LT-2\. Did you mean 'LT-02'?"):
        book(LIT).find_check("LT-2")


def changed(**changes: Any) -> Guideline:
    """The guideline LIT with another first check."""
    first = LIT.checks[0].model_copy(update=changes)
    return LIT.model_copy(update={"checks": (first, *LIT.checks[1:])})


def test_two_loads_of_the_same_rules_have_one_hash() -> None:
    def load() -> Rulebook:
        return book(
            plugin(toml('[facts.shop.extra]\ntype = "text"')),
            LIT,
            DRY,
            *LOW_HIGH,
            select=["lit", "dry"],
            set_=["mine.low=2"],
        )

    assert load().hash == load().hash
    assert len(load().hash) == 64
    assert book(LIT, DRY, select=["lit", "dry"]).hash == book(LIT, DRY, select=["dry", "lit"]).hash
    assert book(LIT, set_={"lit.lamps": 2}).hash == book(LIT).hash


@pytest.mark.parametrize(
    "other",
    [
        lambda: book(LIT, DRY, set_={"lit.lamps": 3}),
        lambda: book(LIT, DRY, depth="full"),
        lambda: book(LIT, DRY, ignore=["LT-02"]),
        lambda: book(changed(passes="size >= $lamps"), DRY),
        lambda: book(changed(title="Another title"), DRY),
        lambda: book(changed(severity="blocker"), DRY),
        lambda: book(changed(advice="Another advice"), DRY),
        lambda: book(LIT, DRY, term("it", "1")),
        lambda: book(LIT, DRY, plugin(toml("[lookups.timber.elm]\nhard = true"), "mine")),
        lambda: book(LIT, DRY, plugin(Rules(), "another")),
        lambda: load_rulebook(plugins=[CORNER, plugin(gathered(LIT, DRY), version="1.1")]),
    ],
)
def test_the_hash_changes_with_whatever_may_change_a_result_or_a_text(other: Callable[[], Rulebook]) -> None:
    assert other().hash != book(LIT, DRY).hash


def test_a_rules_file_is_hashed_by_its_content(tmp_path: Path) -> None:
    hashes = []
    for folder, value in (("a", "1"), ("b", "1"), ("c", "2")):
        path = tmp_path / folder / "extra.toml"
        path.parent.mkdir()
        path.write_text(f'[[terms]]\nname = "it"\nlevel = "shop"\nvalue = "{value}"', encoding="utf-8")
        hashes.append(load_rulebook(plugins=[CORNER, load_plugins(files=[path])[-1]]).hash)
    assert hashes[0] == hashes[1] != hashes[2]
