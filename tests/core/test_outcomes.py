"""Outcomes: how a check is judged, and how outcomes are put together (rules as in the specification)."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from socialrules.model import Axis, Check
from socialrules.rulebook import Rulebook

from .corner_shop import book, check, guideline, shop_values, tables_of, term, value_of

OUTCOMES = ("pass", "fail", "unknown", "not_applicable")
FACTS = ("first", "second", "third")
TRUTHS = {True: "yes", False: "no", None: None}
TRIPLES = list(itertools.product(OUTCOMES, repeat=3))
SHOPS: list[dict[str, Any]] = [dict(zip(FACTS, t, strict=True)) for t in TRIPLES]


@dataclass(frozen=True)
class Operand:
    """An outcome, and whether an unknown counts."""

    outcome: str
    required: bool = True


def together(operands: Sequence[Operand], decides: str, otherwise: str) -> str:
    """What is left out, then the value that decides, then unknown, then the other one."""
    counted = [o for o in operands if o.outcome != "not_applicable" and (o.required or o.outcome != "unknown")]
    if not counted:
        return "unknown" if any(o.outcome == "unknown" for o in operands) else "not_applicable"
    found = {o.outcome for o in counted}
    return decides if decides in found else "unknown" if "unknown" in found else otherwise


def all_of(operands: Sequence[Operand]) -> str:
    return together(operands, "fail", "pass")


def any_of(operands: Sequence[Operand]) -> str:
    return together(operands, "pass", "fail")


def spelt(code: str, fact: str, required_at: str, **more: Any) -> Check:
    """A check that has the outcome a fact spells."""
    passes = f"CASE {fact} WHEN 'pass' THEN TRUE WHEN 'fail' THEN FALSE END"
    return check(code, passes, applies=f"{fact} <> 'not_applicable'", required_at=required_at, **more)


CHECKS = guideline(
    "spelt",
    *(
        spelt(f"C{n}-{k:02}", fact, at)
        for n, fact in enumerate(FACTS)
        for k, at in enumerate(("core", "full", "never"))
    ),
)
REQUIRED = {"core": ("core",), "full": ("core", "full")}


def test_a_check_has_the_outcome_that_its_fact_spells() -> None:
    assert shop_values(book(CHECKS), "c0_00", SHOPS) == [t[0] for t in TRIPLES]


@pytest.mark.parametrize("depth", ["core", "full"])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_all_pass_and_any_pass_leave_out_what_does_not_apply_or_is_not_required(depth: str, size: int) -> None:
    ats = ("core", "full", "never")
    choices = list(itertools.product(range(3), repeat=size))
    names = {c: ", ".join(f"c{n}_{k:02}" for n, k in enumerate(c)) for c in choices}
    terms = [term(f"{f}_{''.join(map(str, c))}", f"{f}_pass({names[c]})") for c in choices for f in ("all", "any")]
    rulebook = book(CHECKS, *terms, depth=depth)
    rows = tables_of(rulebook, {"shop": [t.name for t in terms]}, SHOPS)["shop"]
    for triple, row in zip(TRIPLES, rows, strict=True):
        for choice in choices:
            operands = [Operand(triple[n], ats[k] in REQUIRED[depth]) for n, k in enumerate(choice)]
            digits = "".join(map(str, choice))
            assert (operands, row[f"all_{digits}"]) == (operands, all_of(operands))
            assert (operands, row[f"any_{digits}"]) == (operands, any_of(operands))


@pytest.mark.parametrize("function", ["all_pass", "any_pass"])
def test_a_condition_among_outcomes_always_counts(function: str) -> None:
    reference = all_of if function == "all_pass" else any_of
    names = {True: "pass", False: "fail", None: "unknown"}
    shops = [{**shop, "p": TRUTHS[truth]} for truth in TRUTHS for shop in SHOPS]
    truths = [truth for truth in TRUTHS for _ in SHOPS]
    for written in (f"{function}(p = 'yes', c1_02)", f"{function}(c1_02, p = 'yes')"):
        found = shop_values(book(CHECKS, term("it", written)), "it", shops)
        operands = [(Operand(names[t]), Operand(shop["second"], False)) for t, shop in zip(truths, shops, strict=True)]
        assert found == [reference(o) for o in operands]


def test_what_is_nested_is_put_together_as_if_it_had_a_name() -> None:
    named = [term("inside", "any_pass(c0_00, c1_00)"), term("outside", "all_pass(inside, c2_00)")]
    nested = term("it", "all_pass(any_pass(c0_00, c1_00), c2_00)")
    rows = tables_of(book(CHECKS, *named, nested), {"shop": ["outside", "it"]}, SHOPS)["shop"]
    expected = [all_of([Operand(any_of([Operand(a), Operand(b)])), Operand(c)]) for a, b, c in TRIPLES]
    assert [r["it"] for r in rows] == [r["outside"] for r in rows] == expected


def test_deeply_nested_conditions_do_not_blow_up_the_sql() -> None:
    expression = "c0_00"
    for _ in range(25):
        expression = f"all_pass({expression}, any_pass(p = 'yes', c1_00))"
    assert value_of(expression, {"first": "pass", "second": "pass"}, (), CHECKS) == "pass"


def test_only_if_is_not_applicable_where_the_condition_is_false_alone() -> None:
    shops = [{**s, "p": TRUTHS[t]} for t in TRUTHS for s in SHOPS[::16]]
    found = shop_values(book(CHECKS, term("it", "only_if(p = 'yes', c0_00)")), "it", shops)
    assert found == ["not_applicable" if t is False else s["first"] for t in TRUTHS for s in SHOPS[::16]]
    assert value_of("only_if(p = 'yes', size > 1)", {"p": "yes"}) == "unknown"
    assert value_of("only_if(NULL, size > 1)", {"size": 2}) == "pass"


def test_passed_failed_and_undecided_are_never_null() -> None:
    names = ["passed", "failed", "undecided"]
    rows = tables_of(book(CHECKS, *(term(n, f"{n}(c0_02)") for n in names)), {"shop": names}, SHOPS[::16])["shop"]
    found = [tuple(row[n] for n in names) for row in rows]
    assert found == [(True, False, False), (False, True, False), (False, False, True), (False, False, False)]


def test_an_outcome_in_a_condition_is_true_false_or_null() -> None:
    expressions = {
        "and": "c0_00 AND TRUE",
        "or": "c0_00 OR FALSE",
        "not": "NOT c0_00",
        "case": "CASE WHEN c0_00 THEN 'y' WHEN NOT c0_00 THEN 'n' END",
        "null": "c0_00 IS NULL",
        "true": "c0_00 IS TRUE",
        "equal": "c0_00 = TRUE",
        "known": "coalesce(c0_00, p = 'yes')",
        "mixed": "CASE WHEN TRUE THEN c0_00 ELSE FALSE END",
        "value": "c0_00 = 'not_applicable'",
        "values": "c0_00 IN ('pass', 'fail')",
    }
    rows = tables_of(
        book(CHECKS, *(term(f"x_{n}", t) for n, t in expressions.items())),
        {"shop": [f"x_{n}" for n in expressions]},
        SHOPS[::16],
    )
    table = {name: [row[f"x_{name}"] for row in rows["shop"]] for name in expressions}
    assert table == {
        "and": [True, False, None, None],
        "or": [True, False, None, None],
        "not": [False, True, None, None],
        "case": ["y", "n", None, None],
        "null": [False, False, True, True],
        "true": [True, False, False, False],
        "equal": [True, False, None, None],
        "known": [True, False, None, None],
        "mixed": [True, False, None, None],
        "value": [False, False, False, True],
        "values": [True, True, False, False],
    }


@pytest.mark.parametrize("expression", ["c0_00 IN (TRUE)", "c0_00 IN (p = 'yes', c1_00)", "(p = 'yes') IN (c0_00)"])
def test_an_outcome_may_stand_in_a_list_of_conditions(expression: str) -> None:
    assert value_of(expression, {"first": "pass", "second": "fail", "p": "yes"}, (), CHECKS) is True


def test_a_case_of_outcomes_is_an_outcome_and_unknown_where_nothing_holds() -> None:
    expression = "CASE WHEN p = 'yes' THEN c0_00 WHEN p = 'no' THEN NULL END"
    found = [value_of(expression, {"first": "not_applicable", "p": p}, (), CHECKS) for p in ("yes", "no", None)]
    assert found == ["not_applicable", "unknown", "unknown"]


@pytest.mark.parametrize("with_fails", [False, True])
def test_a_check_is_judged_not_applicable_then_fail_then_pass_then_unknown(with_fails: bool) -> None:
    conditions = {"applies": "p = 'yes'", "fails": "q = 'yes'"} if with_fails else {"applies": "p = 'yes'"}
    triples = list(itertools.product(TRUTHS, repeat=3))
    shops = [dict(zip("pqr", (TRUTHS[v] for v in t), strict=True)) for t in triples]
    found = shop_values(book(guideline("g", check("CK-01", "r = 'yes'", **conditions))), "ck_01", shops)

    def judged(applies: bool | None, fails: bool | None, passes: bool | None) -> str:
        if applies is False:
            return "not_applicable"
        if with_fails and fails is True:
            return "fail"
        if passes is True:
            return "pass"
        return "fail" if passes is False and not with_fails else "unknown"

    assert found == [judged(*t) for t in triples]


def test_a_check_that_never_passes_can_still_fail() -> None:
    rulebook = book(
        guideline(
            "g",
            check("CK-01", "NULL", fails="p = 'yes'"),
            check("CK-02", "NULL"),
            check("CK-03", "NULL", applies="q = 'yes'"),
        )
    )
    row = tables_of(rulebook, {"shop": ["ck_01", "ck_02", "ck_03"]}, [{"p": "yes", "q": "no"}])["shop"][0]
    assert (row["ck_01"], row["ck_02"], row["ck_03"]) == ("fail", "unknown", "not_applicable")


def test_a_check_may_read_the_outcome_of_another() -> None:
    # As the AND of both: not applicable reads as null.
    rulebook = book(CHECKS, guideline("g", check("CK-01", "c0_00 AND c1_00")))
    found = shop_values(rulebook, "ck_01", SHOPS[::4])
    worst = {"fail": 0, "unknown": 1, "not_applicable": 1, "pass": 2}
    assert found == [("fail", "unknown", "pass")[min(worst[a], worst[b])] for a, b, _ in TRIPLES[::4]]


# Guidelines and axes


def spelt_guideline(id_: str, severities: Sequence[str], **more: Any) -> Any:
    """A guideline of three checks that spell the three facts."""
    at = ("core", "full", "never")
    letter = id_[0].upper()
    return guideline(
        id_, *(spelt(f"{letter}{n}-00", f, at[n], severity=severities[n]) for n, f in enumerate(FACTS)), **more
    )


@pytest.mark.parametrize("depth", ["core", "full"])
def test_a_guideline_is_the_and_of_its_blockers_and_majors(depth: str) -> None:
    rulebook = book(
        spelt_guideline("mixed", ("blocker", "major", "major")),
        spelt_guideline("easy", ("blocker", "minor", "minor")),
        depth=depth,
    )
    rows = tables_of(rulebook, {"shop": ["mixed", "easy"]}, SHOPS)["shop"]
    for (a, b, c), row in zip(TRIPLES, rows, strict=True):
        assert row["mixed"] == all_of([Operand(a), Operand(b, depth == "full"), Operand(c, False)])
        assert row["easy"] == a


def test_a_guideline_of_minors_alone_does_not_apply() -> None:
    assert set(shop_values(book(spelt_guideline("minors", ("minor",) * 3)), "minors", SHOPS)) == {"not_applicable"}


def test_a_guideline_may_say_its_outcome_itself() -> None:
    rulebook = book(spelt_guideline("own", ("major",) * 3, outcome="any_pass(o0_00, o1_00) AND NOT o2_00"))
    truth = {"pass": True, "fail": False}
    back = {True: "pass", False: "fail", None: "unknown"}

    def expected(a: str, b: str, c: str) -> str:
        either, third = truth.get(any_of([Operand(a), Operand(b, False)])), truth.get(c)
        return back[False if either is False or third is True else None if None in (either, third) else True]

    assert shop_values(rulebook, "own", SHOPS) == [expected(*t) for t in TRIPLES]


def test_a_root_check_without_a_rollup_of_its_own_may_stay_out_of_its_guideline() -> None:
    rulebook = book(guideline("g", spelt("CK-01", "first", "core"), spelt("CK-02", "second", "core", rollup=False)))
    assert shop_values(rulebook, "g", SHOPS) == [t[0] for t in TRIPLES]


def axis_book(**options: Any) -> Rulebook:
    """Three guidelines of one check each; the last one does not count while it is unknown."""
    guidelines = [
        guideline(
            name, spelt(f"{name[0].upper()}0-00", fact, "core"), role="ready", counts_when_unknown=fact != "third"
        )
        for name, fact in zip(("alpha", "beta", "gamma"), FACTS, strict=True)
    ]
    axes = [
        Axis(name="every", level="shop", role="ready", combine="all", title="t"),
        Axis(name="some", level="shop", role="ready", combine="any", title="t"),
        Axis(name="few", level="shop", role="ready", combine="all", title="t", leave_out=("beta",)),
        Axis(name="none", level="shop", role="nobody", combine="all", title="t"),
    ]
    return book(*guidelines, *axes, term("joins", "p = 'yes'", role="guests"), **options)


def test_an_axis_puts_the_guidelines_of_its_role_together() -> None:
    rows = tables_of(axis_book(), {"shop": ["every", "some", "few", "none"]}, SHOPS)["shop"]
    for (a, b, c), row in zip(TRIPLES, rows, strict=True):
        operands = [Operand(a), Operand(b), Operand(c, False)]
        assert row == {
            "row": row["row"], "every": all_of(operands), "some": any_of(operands),
            "few": all_of([operands[0], operands[2]]), "none": "not_applicable",
        }  # fmt: skip


def test_an_axis_leaves_out_guidelines_that_are_not_selected() -> None:
    rulebook = axis_book(ignore=["alpha"])
    assert shop_values(rulebook, "every", SHOPS) == [all_of([Operand(b), Operand(c, False)]) for _, b, c in TRIPLES]
    assert shop_values(axis_book(select=["G0-00"]), "every", SHOPS) == [t[2] for t in TRIPLES]


def test_an_axis_takes_terms_of_its_role_and_level_too() -> None:
    axes = [
        Axis(name="whole", level="shop", role="ready", combine="all", title="t"),
        Axis(name="each", level="shelf", role="ready", combine="any", title="t"),
    ]
    terms = [
        term("joins", "p = 'yes'", role="ready"),
        term("wide", "shelf.width > 1", "shelf", role="ready"),
        term("high", "shelf.height > 1", "shelf", role="ready"),
    ]
    rulebook = book(guideline("alpha", spelt("A0-00", "first", "core")), *axes, *terms)
    shops = [{"first": "pass", "p": "no"}, {"first": "pass", "p": "yes"}]
    shelves = [{"width": 0, "height": 2}, {"width": 0}, {"width": 0, "height": 0}]
    tables = tables_of(rulebook, {"shop": ["whole"], "shelf": ["each"]}, shops, shelves)
    assert [r["whole"] for r in tables["shop"]] == ["fail", "pass"]
    assert [r["each"] for r in tables["shelf"]] == ["pass", "unknown", "fail"]
