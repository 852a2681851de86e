"""What the rulebook declares equals what its specification says; what it prints is its own wording."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from socialrules import Rulebook
from socialrules.model import Check, Fact

from .shared import SHARED, SPEC, Record, needs_spec, outcomes_of, spec, spec_rows

pytestmark = needs_spec
CHECKS = {c["code"]: c for c in spec_rows("checks")}
TYPES = {"number": "float64", "integer": "int", "date": "date", "choices": "list<string>", "texts": "list<string>"}
RUN = 7
"""A run of so many equal words counts as copied."""


@pytest.fixture(scope="module")
def facts(core_rules: Rulebook) -> dict[tuple[str, str], Fact]:
    return {(t.name, f.name): f for t in core_rules.assembly.tables.values() for f in t.facts}


@pytest.fixture(scope="module")
def checks(core_rules: Rulebook) -> dict[str, tuple[str, Check]]:
    return {c.code: (g.id, c) for g in core_rules.guidelines for c in g.checks}


def spec_facts() -> list[Record]:
    """The facts of the specification that a rulebook without the optional table of months has."""
    return [f for f in spec("facts") if f["table"] != "account_month"]


def allowed(row: Record) -> tuple[str, ...]:
    """The closed set of values of a fact; empty where it has none."""
    text = row["allowed"]
    if text.startswith("as "):
        name = text.removeprefix("as ").removeprefix("company.")
        return allowed(next(f for f in spec("facts") if f["name"] == name and f["table"] == "company"))
    closed = re.fullmatch(r"[a-z0-9_]+(\|[a-z0-9_]+)+", text)
    return tuple(text.split("|")) if closed else ()


# Facts


def test_the_facts_are_those_of_the_specification(facts: dict[tuple[str, str], Fact]) -> None:
    assert set(facts) == {(f["table"], f["name"]) for f in spec_facts()}


def test_every_fact_has_the_type_of_the_specification(facts: dict[tuple[str, str], Fact]) -> None:
    wrong = {
        key: (row["type"], fact.type)
        for row in spec_facts()
        for key in [(row["table"], row["name"])]
        for fact in [facts[key]]
        if re.sub(r"int\d+", "int", row["type"]) != TYPES.get(fact.type, "string")
    }
    assert wrong == {}


def test_every_fact_has_the_values_of_the_specification(facts: dict[tuple[str, str], Fact]) -> None:
    wrong = {
        (row["table"], row["name"]): (allowed(row), fact.values)
        for row in spec_facts()
        for fact in [facts[row["table"], row["name"]]]
        if allowed(row) != fact.values
    }
    assert wrong == {}


def test_numbers_have_the_range_of_the_specification(facts: dict[tuple[str, str], Fact]) -> None:
    at_least = {">=0": (0, None, None), ">=1": (1, None, None)}
    ranges = at_least | {">0": (None, None, 0), "0..1": (0, 1, None), ">0..100": (None, 100, 0)}
    numeric = [r for r in spec_facts() if r["type"].startswith(("int", "float"))]
    wrong = {
        row["name"]: (row["allowed"], fact.min, fact.max, fact.above)
        for row in numeric
        for fact in [facts[row["table"], row["name"]]]
        for limit in [row["allowed"].partition(",")[0]]
        if limit in ranges and ranges[limit] != (fact.min, fact.max, fact.above)
    }
    assert wrong == {}
    # Of any sign, or held only to another cell by a rule between cells.
    free = {r["name"] for r in numeric if r["allowed"].partition(",")[0] not in ranges}
    assert free == {"net_margin_pct", "employee_count_max"}


@pytest.mark.parametrize("column", ["unit", "ask", "asked_with", "availability"])
def test_every_fact_agrees_with_the_specification_in(column: str, facts: dict[tuple[str, str], Fact]) -> None:
    field = {"availability": "available_from"}.get(column, column)
    wrong = {
        (row["table"], row["name"]): (row[column], getattr(facts[row["table"], row["name"]], field))
        for row in spec_facts()
        if row[column] != (getattr(facts[row["table"], row["name"]], field) or "")
    }
    assert wrong == {}


def test_every_asked_fact_has_a_question_and_no_other_has(facts: dict[tuple[str, str], Fact]) -> None:
    asked = {key for key, fact in facts.items() if fact.ask in ("core", "full")}
    assert {key for key, fact in facts.items() if fact.question} == asked
    assert len(asked) == 135


def test_a_question_has_a_condition_in_words_where_the_specification_has_one(
    facts: dict[tuple[str, str], Fact],
) -> None:
    with_one = {(r["table"], r["name"]) for r in spec_facts() if r["ask_if"]}
    assert {key for key, fact in facts.items() if fact.ask_if} == with_one
    assert len(with_one) > 50
    # They are read after "Only if".
    assert all(fact.ask_if[0].islower() and not fact.ask_if.endswith(".") for fact in facts.values() if fact.ask_if)


# Checks, guidelines, parameters, networks


def test_the_checks_are_those_of_the_specification(checks: dict[str, tuple[str, Check]]) -> None:
    assert set(checks) == set(CHECKS)


@pytest.mark.parametrize("code", CHECKS)
def test_a_check_is_declared_as_the_specification_says(code: str, checks: dict[str, tuple[str, Check]]) -> None:
    guideline, check = checks[code]
    row = CHECKS[code]
    assert (guideline, check.level, check.severity, check.required_at) == (
        row["guideline"], row["level"], row["severity"], row["required_at"],
    )  # fmt: skip
    assert set(check.statements) == set(row["sources"])
    assert set(check.turns_on) == set(row["turns_on"])
    assert check.title and check.why and check.advice
    assert bool(check.advice_dont_know) == bool(row["advice_dont_know"])
    assert any(s.when == "is_present" for s in check.advice_if) == bool(row["advice_present"])
    assert bool(check.severity_because) or check.severity == "minor"


def test_every_cited_statement_is_one_of_the_specification(checks: dict[str, tuple[str, Check]]) -> None:
    cited = {s for _, check in checks.values() for s in check.statements}
    assert cited <= {s["id"] for s in spec("statements")}


def test_every_statement_that_a_check_carries_is_cited_by_it(checks: dict[str, tuple[str, Check]]) -> None:
    carried = {(c, s["id"]) for s in spec("statements") for c in s["carried_by"] if c in CHECKS}
    assert {(c, s) for c, s in carried if s not in checks[c][1].statements} == set()


def test_the_guidelines_have_the_role_and_the_checks_of_the_specification(core_rules: Rulebook) -> None:
    ours = {g.id: (g.role, len(g.checks)) for g in core_rules.guidelines}
    assert ours == {g["id"]: (g["role"], g["checks"]) for g in spec("guidelines")}


def test_the_parameters_are_those_of_the_specification(core_rules: Rulebook) -> None:
    ours = {
        name: {"default": p.default, "owner": owner, "min": p.min, "max": p.max, "unit": p.unit, "origin": p.origin}
        for name, (owner, p) in core_rules.assembly.parameters.items()
    }
    theirs = {n: {k: v for k, v in p.items() if k != "note"} for n, p in spec("parameters").items()}
    assert {n: p for n, p in ours.items() if n in theirs} == theirs


def test_a_parameter_beyond_the_specification_is_one_of_what_is_printed(core_rules: Rulebook) -> None:
    # D-17 speaks of a low margin without a number. It explains, and decides nothing.
    assert set(core_rules.assembly.parameters) - set(spec("parameters")) == {"thin_margin_pct"}


def test_the_networks_are_those_of_the_specification(core_rules: Rulebook) -> None:
    lookup = core_rules.assembly.lookups["network"]
    ours = {
        slug: {"names": list(row.names), "urls": list(row.addresses), **lookup.defaults, **row.columns}
        for slug, row in lookup.rows.items()
    }
    theirs = {
        slug: {**spec("networks")["default"], **row, "countries": ";".join(row["countries"])}
        for slug, row in spec("networks")["networks"].items()
    }
    # People have more names for some of them; what the specification says is all there.
    for slug, said in theirs.items():
        assert set(said["names"]) <= set(ours[slug]["names"])
        assert {**ours[slug], "names": said["names"]} == said
    assert len(ours) == len(theirs) == 38
    assert {k: v for k, v in lookup.defaults.items() if k in spec("networks")["default"]} == spec("networks")["default"]


def test_a_kpi_fits_a_goal_exactly_where_the_table_says_so(core_rules: Rulebook) -> None:
    goals = {g: kpis for g, kpis in spec("goal_kpis").items() if isinstance(kpis, list)}
    every = [k for k in next(f for f in spec("facts") if f["name"] == "kpis")["allowed"].split("|") if k != "other"]
    pairs = [(goal, kpi) for goal in goals for kpi in every]
    records = [{"business_goals": [goal], "kpis": [kpi]} for goal, kpi in pairs]
    found, _ = outcomes_of(core_rules, records, ["mk_02"])
    outcomes = {pair: record["mk_02"] for pair, record in zip(pairs, found, strict=True)}
    not_judged = {"likes", "followers", "other"}
    assert not_judged <= set(goals) | {"other"}
    assert outcomes == {
        (goal, kpi): "not_applicable" if goal in not_judged else "pass" if kpi in goals[goal] else "fail"
        for goal, kpi in pairs
    }


# Wording


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def runs(text: str) -> Iterator[tuple[str, ...]]:
    found = words(text)
    return zip(*(found[i:] for i in range(RUN)), strict=False)


def texts_in(value: Any) -> Iterator[str]:
    """Every text inside a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts_in(item)


def theirs() -> Iterator[str]:
    for file in sorted(SHARED.glob("sources/*.txt")):
        yield file.read_text(encoding="utf-8")
    yield (SPEC / "README.md").read_text(encoding="utf-8")
    for name in ("checks", "facts", "statements", "guidelines", "parameters", "derived_facts"):
        yield from texts_in(spec(name))


PRINTED = (
    "title", "question", "ask_if", "why", "advice", "advice_dont_know", "severity_because", "say", "note", "text",
)  # fmt: skip
"""Fields of rules that hold prose."""


def printed(value: Any, where: str) -> Iterator[tuple[str, str]]:
    """The prose inside the dump of some rules, with where it stands."""
    if isinstance(value, dict):
        here = str(value.get("code") or value.get("id") or value.get("name") or where)
        for key, item in value.items():
            if key in PRINTED and isinstance(item, str):
                yield f"{here}, {key}", item
            elif key == "reasons":
                yield from ((f"{here}, {key}", reason) for reason in item.values())
            else:
                yield from printed(item, here)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from printed(item, where)


def test_no_text_of_ours_is_copied_from_the_sources_or_the_specification(core_rules: Rulebook) -> None:
    given = {run for text in theirs() for run in runs(text)}
    assert len(given) > 10_000
    ours = [pair for p in core_rules.assembly.plugins for pair in printed(p.rules.model_dump(mode="json"), p.name)]
    assert len(ours) > 800
    values = {word for row in spec_facts() for value in allowed(row) for word in words(value.replace("_", " "))}
    copied = {
        f"{where}: {' '.join(run)}"
        for where, text in ours
        for run in runs(text)
        if run in given and sum(word in values for word in run) < RUN - 1  # lists of the values to choose from
    }
    assert not copied, "\n".join(sorted(copied))
