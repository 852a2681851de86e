"""``assess`` takes the options of ``score``."""

from __future__ import annotations

from pathlib import Path

import pytest

from socialrules import assess, load_rulebook
from socialrules.errors import InputError, UsageError

RULE = """
id = "newsletter"
title = "A newsletter"
question = "Is there one?"
role = "advice"

[parameters.least]
default = 100
unit = "persons"
origin = "ours"

[facts.company.readers]
type = "number"

[[checks]]
code = "NL-01"
title = "Enough"
level = "company"
severity = "minor"
passes = "readers >= $least"
why = "why"
advice = "advice"
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A rule file."""
    path = tmp_path / "newsletter.toml"
    path.write_text(RULE, encoding="utf-8")
    return path


def test_rules_and_numbers_can_be_given_alone_or_in_a_list(rules: Path) -> None:
    for given in (str(rules), rules, [rules]):
        found = assess({"readers": 120}, rules=given, select="newsletter", as_of="2026-11-01")
        assert [(g.id, g.outcome) for g in found.guidelines] == [("newsletter", "not_applicable")]
        assert [c.outcome for g in found.guidelines for c in g.checks] == ["pass"]
    for numbers in ({"newsletter.least": 200}, "newsletter.least=200", ["newsletter.least=200"]):
        found = assess({"readers": 120}, rules=rules, select=["newsletter"], set=numbers, as_of="2026-11-01")
        assert [c.outcome for g in found.guidelines for c in g.checks] == ["fail"]


def test_load_rulebook_has_the_same_names(rules: Path) -> None:
    book = load_rulebook(files=str(rules), select="newsletter", set={"newsletter.least": 7})
    assert book.parameters["least"] == 7
    assert load_rulebook(files=rules, set_="newsletter.least=8").parameters["least"] == 8
    with pytest.raises(UsageError, match="select: the rulebook"):
        assess({}, rulebook=book, select="newsletter")


@pytest.mark.parametrize(
    ("value", "said"),
    [(10**400, "too large"), ([["a"]], "a list holds values"), (object(), "cannot be read")],
)
def test_values_that_no_cell_can_hold_are_told(value: object, said: str, rules: Path) -> None:
    book = load_rulebook(files=rules, select="newsletter")
    with pytest.raises(InputError, match=said):
        assess({"readers": value}, rulebook=book, as_of="2026-11-01")


def test_a_half_character_is_replaced(rules: Path) -> None:
    book = load_rulebook(files=rules, select="newsletter")
    found = assess({"company_id": "\ud800a", "company_name": "x\udfff"}, rulebook=book, as_of="2026-11-01")
    assert (found.id, found.name) == ("\ufffda", "x\ufffd")


@pytest.mark.parametrize("rows", [[5], ["a"], 5, "a", {"network": "xing"}, [{"network": "xing"}, None], 0, [{1: 2}]])
def test_child_rows_are_a_list_of_records(rows: object) -> None:
    with pytest.raises(UsageError, match="accounts must be a list of records"):
        assess({"accounts": rows})
