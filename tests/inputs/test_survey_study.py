"""A study as researchers have it, from the file of SPSS or Stata to the values of the facts, with a mapping."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat
import pytest

import socialrules
from socialrules import Rulebook
from socialrules.evaluate import evaluate
from socialrules.sources.mapping import load_mapping

from .small import AS_OF, rejected, rows

RULES = """
[facts.company.how_often]
type = "number"
question = "How often?"

[[guidelines]]
id = "enough"
title = "Enough"
question = "Is it enough?"
role = "ready"

[[guidelines.checks]]
code = "EN-01"
title = "At least three"
level = "company"
severity = "minor"
required_at = "never"
passes = "how_often >= 3"
why = "why"
advice = "advice"
"""

MAPPING = """
[sources.companies.columns.agree]
scale = { from = 1, to = 5, yes = "4..5" }
[sources.companies.columns.turned]
scale = { from = 1, to = 5, yes = "4..5", reversed = true }
[companies]
company_id = "id"
size = "ten"
sure = "agree"
owner = "turned"
"""

# A scale of which only the ends have names; a figure of which a negative value is none of the missing codes.
NAMED = {"ten": {0: "Not at all", 10: "Fully"}, "agree": {1: "Strongly disagree", 5: "Strongly agree"}}


def spss(folder: Path) -> Path:
    """Missing answers as user-missing values, and as a range."""
    frame = pd.DataFrame(
        {
            "id": ["a", "b", "c", "d", "e", "f"],
            "ten": [0.0, 7.0, 10.0, -9.0, None, -7.0],
            "many": [12.0, -4.0, 40.0, -8.0, None, -99.0],
            "agree": [5.0, 3.0, 1.0, -9.0, None, -8.0],
            "turned": [1.0, 3.0, 5.0, -9.0, None, -7.0],
        }
    )
    codes = {-9: "Refused", -8: "Don't know", -7: "Not asked"}
    labels = {c: {**codes, **NAMED.get(c, {})} for c in frame.columns[1:]}
    labels["many"] |= {-4: "Too many to count", -99: "Lost"}
    ranges = {c: [{"lo": -9, "hi": -7}] for c in ("ten", "agree", "turned")}
    path = folder / "study.sav"
    pyreadstat.write_sav(
        frame, str(path), variable_value_labels=labels, missing_ranges={**ranges, "many": [-99, -9, -8]}
    )
    return path


def stata(folder: Path) -> Path:
    """Missing answers as tagged missings."""
    frame = pd.DataFrame(
        {
            "id": ["a", "b", "c", "d", "e", "f"],
            "ten": [0, 7, 10, "r", None, "n"],
            "many": [12, -4, 40, "d", None, "l"],
            "agree": [5, 3, 1, "r", None, "d"],
            "turned": [1, 3, 5, "r", None, "n"],
        }
    )
    codes = {"r": "Refused", "d": "Don't know", "n": "Not asked", "l": "Lost"}
    labels = {c: {**codes, **NAMED.get(c, {})} for c in frame.columns[1:]}
    path = folder / "study.dta"
    tags = {column: list(codes) for column in frame.columns[1:]}
    pyreadstat.write_dta(frame, str(path), variable_value_labels=labels, missing_user_values=tags)
    return path


@pytest.mark.parametrize("write", [spss, stata])
def test_every_answer_of_a_study_is_read_and_every_reason_kept(write: Any, book: Rulebook, tmp_path: Path) -> None:
    seen = answers(book, tmp_path, write(tmp_path), MAPPING, "size", "sure", "owner")
    # 0 and 10 have names and 7 has none; all three are answers.
    assert seen["size"] == [(0, None), (7, None), (10, None), (None, "refused"), (None, None), (None, "not_asked")]
    assert [value for value, _ in seen["sure"]] == ["yes", "no", "no", None, None, None]
    assert [reason for _, reason in seen["sure"]][3:5] == ["refused", None]
    # Turned, 1 of 5 is 5 of 5, and the middle stays the middle.
    assert seen["owner"][:3] == [("yes", None), ("no", None), ("no", None)]
    assert seen["owner"][3:] == [(None, "refused"), (None, None), (None, "not_asked")]


@pytest.mark.parametrize("write", [spss, stata])
def test_a_negative_figure_is_not_missing(write: Any, book: Rulebook, tmp_path: Path) -> None:
    seen = answers(book, tmp_path, write(tmp_path), '[companies]\ncompany_id = "id"\nsize_max = "many"\n', "size_max")
    figures = [(12, None), (-4, None), (40, None), (None, "dont_know"), (None, None), (None, "technical")]
    assert seen["size_max"] == figures


def answers(
    book: Rulebook, folder: Path, study: Path, mapping: str, *facts: str
) -> dict[str, list[tuple[Any, str | None]]]:
    """The values of some facts in order, each with the reason why it is missing; nothing is rejected."""
    (folder / "m.toml").write_text(mapping, encoding="utf-8")
    wanted = {"company": [("company", f) for f in facts]}
    read = load_mapping(folder / "m.toml", book.assembly.tables)
    found, rejects = evaluate(book, {"companies": str(study)}, wanted, AS_OF, read, reasons=True)
    assert rejects == []
    return {f: [(r[f], r.get(f"{f}__why")) for r in found["company"]] for f in facts}


@pytest.mark.parametrize("write", [spss, pytest.param(stata, marks=pytest.mark.slow)])
def test_six_answers_are_one_pass_of_three_known_and_three_unknown(write: Any, tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(RULES, encoding="utf-8")
    frame = pd.DataFrame({"id": list("abcdef"), "q": [1, 2, 5, -9, None, -7]}).astype({"q": "object"})
    codes: dict[Any, str] = {-9: "Refused", -7: "Not asked"}
    if write is spss:
        path = tmp_path / "six.sav"
        frame["q"] = frame["q"].astype(float)
        pyreadstat.write_sav(frame, str(path), variable_value_labels={"q": codes}, missing_ranges={"q": [-9, -7]})
    else:
        path = tmp_path / "six.dta"
        frame["q"] = [1, 2, 5, "r", None, "n"]
        named = {"q": {"r": "Refused", "n": "Not asked"}}
        pyreadstat.write_dta(frame, str(path), variable_value_labels=named, missing_user_values={"q": ["r", "n"]})
    (tmp_path / "m.toml").write_text('[companies]\ncompany_id = "id"\nhow_often = "q"\n', encoding="utf-8")
    results = socialrules.score(
        path, mapping=tmp_path / "m.toml", rules=tmp_path / "rules.toml", as_of=AS_OF, columns=["en_01"]
    )
    assert [r["en_01"] for r in rows(results, "companies")] == ["fail", "fail", "pass", "unknown", "unknown", "unknown"]
    assert rejected(results) == []
    for company, reason in {"d": "refused", "e": None, "f": "not_asked"}.items():
        explained = socialrules.explain_result(results, company)
        (line,) = [c for g in explained.guidelines for c in g.checks if c.code == "EN-01"]
        assert [(s.value, s.why_missing) for s in line.seen] == [(None, reason)]
