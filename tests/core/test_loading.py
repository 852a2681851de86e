"""Rule files: what they become, and what is said about a wrong one."""

from __future__ import annotations

from pathlib import Path

import pytest

from socialrules.errors import InputError, RulebookError
from socialrules.loading import load_rules, merge_rules, read_toml
from socialrules.model import Rules, Wording

from .corner_shop import gathered, guideline, term, toml

GUIDELINE = """
id = "lit"
title = "Lit"
question = "Is there light?"
role = "ready"

[uses]
heating = ["he_01"]

[parameters.lamps]
default = 2
min = 0
unit = "lamps"
origin = "ours"

[[terms]]
name = "lamps_lit"
level = "shop"
value = "size"

[[checks]]
code = "LT-01"
title = "There are lamps"
level = "shop"
severity = "blocker"
passes = "lamps_lit > $lamps"
advice_if = [{ when = "TRUE", say = "Light one." }]
why = "It is dark."
advice = "Buy lamps."

[[checks]]
code = "LT-02"
title = "They are paid for"
level = "shelf"
severity = "minor"
passes = "TRUE"
rollup = false
why = "They cost."
advice = "Pay."
"""


def complaint(text: str) -> str:
    """What is said about a wrong file."""
    with pytest.raises(RulebookError) as error:
        toml(text, "folder/lit.toml")
    return str(error.value)


def test_a_guideline_file_becomes_one_guideline() -> None:
    rules = toml(GUIDELINE)
    (lit,) = rules.guidelines
    assert [c.name for c in lit.checks] == ["lt_01", "lt_02"]
    assert [(p.name, p.default, p.min) for p in lit.parameters] == [("lamps", 2.0, 0.0)]
    assert lit.checks[0].advice_if[0].say == "Light one."
    assert lit.checks[0].required_at == "never"
    assert lit.checks[1].rollup is False
    assert (lit.uses, [t.name for t in lit.terms], rules.terms) == ({"heating": ("he_01",)}, ["lamps_lit"], ())


def test_facts_are_written_by_table_or_below_the_name_of_their_table() -> None:
    nested = toml('[facts.shop.size]\ntype = "number"\nunit = "m2"\n[facts.shop.owner]\ntype = "text"')
    flat = toml('table = "shop"\n[facts.size]\ntype = "number"\nunit = "m2"\n[facts.owner]\ntype = "text"')
    assert nested == flat
    assert [(f.name, f.unit) for f in nested.facts["shop"]] == [("size", "m2"), ("owner", "")]


def test_a_lookup_file_becomes_a_lookup_and_a_rules_file_may_add_rows() -> None:
    rules = toml(
        'name = "timber"\ntable = "shelf"\nfact = "wood"\n[defaults]\nhard = false\n'
        '[rows.oak]\nnames = ["Oak wood"]\naddresses = ["oak.example/*"]\nhard = true'
    )
    (timber,) = rules.lookups
    assert timber.rows["oak"].names == ("Oak wood",)
    assert timber.rows["oak"].columns == {"hard": True}
    more = toml('[lookups.timber.elm]\nnames = ["Elm"]\nhard = true')
    assert more.lookup_rows["timber"]["elm"].columns == {"hard": True}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('role = "ready"', 'role = "ready"\ncolour = "red"', "folder/lit.toml: colour: this key is not known."),
        ('why = "It is dark."', 'wy = "It is dark."', "folder/lit.toml: check LT-01, wy: this key is not known."),
        ('why = "It is dark."', "", "folder/lit.toml: check LT-01, why: Field required."),
        ('why = "They cost."', 'why = ""', "folder/lit.toml: check LT-02, why: "),
        ('severity = "minor"', 'severity = "tiny"', "folder/lit.toml: check LT-02, severity: "),
        ('code = "LT-01"', 'code = "lt1"', "folder/lit.toml: check lt1, code: "),
        ('passes = "TRUE"', "", "check LT-02: give either passes or python."),
        ('passes = "TRUE"', "passes = true", "folder/lit.toml: check LT-02, passes: "),
        ("rollup = false", "rollup = true", "folder/lit.toml: check LT-02, rollup"),
        ('code = "LT-02"', 'code = "LT-01"', "check LT-01 stands there twice."),
        ("min = 0", 'min = "none"', "folder/lit.toml: parameter lamps, min: "),
        ('unit = "lamps"', "", "folder/lit.toml: parameter lamps, unit: Field required."),
        ('name = "lamps_lit"', 'name = "lamps__lit"', "folder/lit.toml: term lamps__lit, name: "),
        ('value = "size"', 'valeu = "size"', "folder/lit.toml: term lamps_lit, valeu: this key is not known."),
        (', say = "Light one."', "", "folder/lit.toml: check LT-01, advice_if, number 1, say: Field required."),
        ('id = "lit"', 'id = "Lit up"', "folder/lit.toml: id: "),
        ('title = "Lit"', "", "folder/lit.toml: title: Field required."),
        ('role = "ready"', 'role = "ready"\n[[axes]]\nname = "x"', "folder/lit.toml: axes: this key is not known."),
    ],
)
def test_a_mistake_is_told_with_file_check_and_field(old: str, new: str, said: str) -> None:
    assert said in complaint(GUIDELINE.replace(old, new, 1))


def test_all_mistakes_of_a_file_are_told_at_once() -> None:
    wrong = GUIDELINE.replace('severity = "minor"', 'severity = "tiny"').replace('why = "It is dark."', "")
    assert len(complaint(wrong).splitlines()) == 2


def test_the_file_is_named_as_it_was_given() -> None:
    with pytest.raises(RulebookError, match=r"^\.\./\.\./rules/lit\.toml: colour: "):
        toml('colour = "red"', "../../rules/lit.toml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[facts.shop.size]\ntype = "choice"', "fact size: a choice needs values"),
        ('[facts.shop.size]\ntype = "number"\nvalues = ["a"]', "fact size: only a choice or choices has values"),
        ('[facts.shop.mood]\ntype = "choice"\nvalues = ["a", "b", "a"]', "fact mood: the value 'a' stands twice"),
        ('[facts.shop.mood]\ntype = "choice"\nvalues = ["dont_know"]', "fact mood: a choice needs values"),
        (
            '[facts.shop.size]\ntype = "choices"\nvalues = ["a"]\nopen = true',
            "fact size: an open list needs the value 'other'",
        ),
        ('[facts.shop.size]\ntype = "float"', "facts, shop, fact size, type: "),
        ('[facts.size]\ntype = "number"', "the file does not have the expected shape"),
        ("facts = 3", "the file does not have the expected shape"),
        ("parameters = [1]", "the file does not have the expected shape"),
        ("axes = 3", "folder/lit.toml: axes: "),
        (
            '[[tables]]\nname = "t"\nplural = "ts"\nkey = ["id"]\nparnet = "shop"',
            "table t, parnet: this key is not known",
        ),
        ('[lookups.timber.oak]\nnames = "Oak"', "names: "),
        ('name = "t"\ntable = "shelf"\nfact = "wood"\n[defaults]\n[rows."Oak wood"]', "'Oak wood' is no slug"),
    ],
)
def test_a_wrong_part_of_a_rules_file_is_told_with_its_name(text: str, said: str) -> None:
    message = complaint(text)
    assert said in message
    assert message.startswith("folder/lit.toml: ")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"id = ", "this is not valid TOML"),
        (b"\xff\xfe", "this is not valid TOML"),
        (b"x = 1\nx = 2", "this is not valid TOML"),
        (b"x = " + b"[" * 5000, "this is not valid TOML"),
    ],
)
def test_what_is_no_toml_is_told_with_the_file(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "odd.toml"
    path.write_bytes(content)
    with pytest.raises(RulebookError) as error:
        load_rules(path)
    assert str(error.value).startswith(f"{path}: {said}")


def test_a_file_that_is_not_there_is_told_in_the_error_asked_for(tmp_path: Path) -> None:
    with pytest.raises(RulebookError, match="there is no such file"):
        load_rules(tmp_path / "none.toml")
    with pytest.raises(InputError, match="there is no such file"):
        read_toml(tmp_path / "none.toml", InputError)


def test_a_folder_is_read_in_the_order_of_names_without_its_cases(tmp_path: Path) -> None:
    for number in (2, 1):
        text = f'[[terms]]\nname = "term_{number}"\nlevel = "shop"\nvalue = "1"'
        (tmp_path / f"{number}.toml").write_text(text, encoding="utf-8")
    (tmp_path / "cases.toml").write_text("cases = 1", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("no rules", encoding="utf-8")
    assert [t.name for t in load_rules(tmp_path).terms] == ["term_1", "term_2"]


def test_merging_appends_lists_and_joins_what_has_a_name() -> None:
    first = gathered(term("one", "1"), guideline("a"), uses={"x": ("x_1",)}, wording=Wording(fact="goods", default={}))
    second = gathered(term("two", "2"), guideline("b"), uses={"x": ("x_2",), "y": ("y_1",)}, sample="there")
    more = toml('[facts.shop.size]\ntype = "number"\n[lookups.timber.oak]\nhard = true')
    again = toml(
        '[facts.shop.owner]\ntype = "text"\n[facts.shelf.width]\ntype = "number"\n[lookups.timber.elm]\nhard = true'
    )
    merged = merge_rules([first, second, more, again])
    assert [t.name for t in merged.terms] == ["one", "two"]
    assert [g.id for g in merged.guidelines] == ["a", "b"]
    assert merged.uses == {"x": ("x_1", "x_2"), "y": ("y_1",)}
    assert {table: [f.name for f in facts] for table, facts in merged.facts.items()} == {
        "shop": ["size", "owner"],
        "shelf": ["width"],
    }
    assert list(merged.lookup_rows["timber"]) == ["oak", "elm"]
    assert (merged.wording, merged.sample) == (first.wording, "there")


def test_merging_nothing_gives_rules_that_are_empty() -> None:
    assert merge_rules([]) == Rules()


@pytest.mark.parametrize("content", ["", "# nothing but a remark\n", "[facts]\n", "terms = []\n"])
def test_a_file_without_a_rule_is_refused(content: str, tmp_path: Path) -> None:
    path = tmp_path / "empty.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(RulebookError, match=r"empty\.toml: there is no rule in it"):
        load_rules(path)
