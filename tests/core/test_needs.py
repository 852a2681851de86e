"""Questions that settle a decision: held to every way of filling in the rest, on a rulebook small enough for that."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from socialrules import Rulebook, load_rulebook, score
from socialrules.asking import open_questions
from socialrules.model import Axis, Decision, Fact

from .corner_shop import AS_OF, TABLES, check, gathered, guideline, plugin, toml

FACTS = ("a", "b", "c", "d", "e")
Record = Mapping[str, str | None]
YES_NO = {"type": "choice", "values": ("yes", "no"), "ask": "core"}


def asked(name: str, **more: Any) -> Fact:
    return Fact.model_validate({"name": name, "question": f"{name}?", **YES_NO, **more})


@pytest.fixture(scope="module")
def rules() -> Rulebook:
    """Suited by a and b, or by c; ready with d and e, where e only counts if a figure does not say so already."""
    corner = toml(TABLES.replace('key = ["shop_id"]', 'key = ["shop_id"]\nlisted = ["fate"]', 1))
    facts = {"shop": (*map(asked, FACTS), asked("f")), "shelf": (asked("tidy"),)}
    decision = Decision.model_validate(
        {
            "name": "fate",
            "level": "shop",
            "title": "what becomes of it",
            "rows": [
                {"when": "failed(suited)", "then": "never"},
                {"when": "failed(fit)", "then": "later"},
                {"when": "NOT (passed(suited) AND passed(fit))", "then": "unclear"},
                {"when": "TRUE", "then": "now"},
            ],
        }
    )
    mine = gathered(
        guideline("both", check("BO-01", "a = 'yes'"), check("BO-02", "b = 'yes'"), role="suits"),
        guideline("one", check("ON-01", "c = 'yes'"), role="suits"),
        guideline(
            "fitness",
            check("FI-01", "d = 'yes'", severity="blocker"),
            check("FI-02", "e = 'yes' OR size > 3"),
            check("FI-03", "f = 'yes'", required_at="never"),
            check("FI-04", "shelf.tidy = 'yes'", level="shelf", rollup="all_of(shelf, TRUE, shelf.fi_04)"),
            role="fits",
        ),
        Axis(name="suited", level="shop", role="suits", combine="any", title="suited"),
        Axis(name="fit", level="shop", role="fits", combine="all", title="fit"),
        decision,
        facts=facts,
    )
    return load_rulebook(plugins=[plugin(corner, "corner"), plugin(mine)])


def scored(rules: Rulebook, folder: Path, rows: Iterable[Record], shelves: Iterable[tuple[str, str, str]] = ()) -> Any:
    folder.mkdir(exist_ok=True)
    lines = [",".join(["shop_id", *FACTS, "size"])]
    for number, row in enumerate(rows):
        lines.append(",".join([f"s{number}", *(row.get(f) or "" for f in FACTS), row.get("size") or ""]))
    (folder / "shops.csv").write_text("\n".join(lines) + "\n")
    inputs: dict[str, Any] = {}
    if shelves:
        text = "".join(f"{shop},{place},{tidy}\n" for shop, place, tidy in shelves)
        (folder / "shelves.csv").write_text(f"shop_id,place,tidy\n{text}")
        inputs["shelves"] = folder / "shelves.csv"
    return score(
        None,
        tables={"shops": folder / "shops.csv", **inputs},
        rulebook=rules,
        as_of=AS_OF,
        out=folder / "out",
        overwrite=True,
    )


def questions(rules: Rulebook, results: Any) -> list[dict[str, Any]]:
    with open_questions(results, rulebook=rules) as found:
        cursor = found.con.execute(found.query())
        names = [c[0] for c in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def completions(row: Record) -> list[tuple[str, ...]]:
    """Every way of answering all that is not known."""
    return list(itertools.product(*(([row[f]] if row[f] else ["yes", "no"]) for f in FACTS)))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def tried(rules: Rulebook, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Record, str, list[str]]]:
    """Every record over the five facts, known and not known: what was decided, and what is asked, in order."""
    rows = [dict(zip(FACTS, values, strict=True)) for values in itertools.product(("yes", "no", None), repeat=5)]
    results = scored(rules, tmp_path_factory.mktemp("tried"), rows)
    fates = [f for (f,) in results.fetch(f"SELECT fate FROM {results.source('shops')}")]
    by_shop: dict[str, list[str]] = {}
    for line in questions(rules, results):
        by_shop.setdefault(line["shop_id"], []).append(line["fact"])
    return [(row, fates[n], by_shop.get(f"s{n}", [])) for n, row in enumerate(rows)]


def test_nothing_is_asked_exactly_where_no_answer_changes_the_decision(
    tried: list[tuple[Record, str, list[str]]],
) -> None:
    fate_of = {tuple(r[f] for f in FACTS): fate for r, fate, _ in tried}
    assert len(tried) == 243
    for row, _, facts in tried:
        possible = {fate_of[answers] for answers in completions(row)}
        assert (facts == []) == (len(possible) == 1), (row, facts, possible)


def test_what_is_asked_settles_the_decision_where_the_answers_are_good(
    tried: list[tuple[Record, str, list[str]]],
) -> None:
    settled = {tuple(r[f] for f in FACTS) for r, _, facts in tried if not facts}
    for row, _, facts in tried:
        assert set(facts) <= {f for f in FACTS if row[f] is None}
        answered = {**row, **dict.fromkeys(facts, "yes")}
        assert tuple(answered[f] for f in FACTS) in settled, (row, facts)


def test_no_shorter_list_settles_it_with_good_answers(tried: list[tuple[Record, str, list[str]]]) -> None:
    settled = {tuple(r[f] for f in FACTS) for r, _, facts in tried if not facts}
    for row, _, facts in tried:
        missing = [f for f in FACTS if row[f] is None]
        fewest = next(
            size
            for size in range(len(missing) + 1)
            for chosen in itertools.combinations(missing, size)
            if tuple({**row, **dict.fromkeys(chosen, "yes")}[f] for f in FACTS) in settled
        )
        assert len(facts) == fewest, (row, facts)


def test_blockers_are_asked_first(tried: list[tuple[Record, str, list[str]]]) -> None:
    nothing_known = next(facts for row, _, facts in tried if not any(row.values()))
    assert nothing_known[0] == "d"
    # One of the two ways to be suited is enough, and the one with fewer questions is asked for.
    assert sorted(nothing_known) == ["c", "d", "e"]


def test_a_figure_that_settles_a_check_makes_its_question_needless(rules: Rulebook, tmp_path: Path) -> None:
    known = {"a": "yes", "b": "yes", "d": "yes"}
    results = scored(rules, tmp_path, [{**known, "size": "5"}, {**known, "size": "1"}])
    assert [(q["shop_id"], q["fact"]) for q in questions(rules, results)] == [("s1", "e")]


def test_a_row_of_a_child_table_is_asked_about_by_its_key(rules: Rulebook, tmp_path: Path) -> None:
    known = {**dict.fromkeys(FACTS, "yes")}
    shelves = [("s0", "left", ""), ("s0", "right", "yes"), ("s1", "left", "no"), ("s1", "right", "")]
    found = questions(rules, scored(rules, tmp_path, [known, known], shelves))
    assert [(q["shop_id"], q["table"], q["place"], q["fact"]) for q in found] == [("s0", "shelves", "left", "tidy")]
