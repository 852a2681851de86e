"""``socialrules explain`` and ``socialrules demo``."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from .commands import fails, socialrules, table
from .conftest import Scored


def company(scored: Scored, verdict: str) -> str:
    """A company with this verdict."""
    return str(table(scored.out / "companies.parquet", "company_id", f"WHERE verdict = '{verdict}' LIMIT 1")[0][0])


@pytest.mark.slow
@pytest.mark.parametrize(
    "verdict", ["ready", "not_yet", "find_out_first", "stay_out", "rethink", "keep", "fix", "rebalance", "withdraw"]
)
def test_every_verdict_is_explained_in_words(verdict: str, scored: Scored) -> None:
    found = table(scored.out / "companies.parquet", "company_id", f"WHERE verdict = '{verdict}' LIMIT 1")
    if not found:
        pytest.skip(f"the sample has no company with the verdict {verdict}")
    ended = socialrules("explain", scored.out, str(found[0][0]))
    assert (ended.code, ended.err) == (0, "")
    assert len(ended.out) > 200
    assert "{" not in ended.out
    assert max(len(line) for line in ended.out.splitlines()) <= 120


@pytest.mark.slow
def test_json_is_json_and_agrees_with_the_table(scored: Scored) -> None:
    identity = company(scored, "fix")
    ended = socialrules("explain", scored.out, identity, "--format", "json")
    assert (ended.code, ended.err) == (0, "")
    assessment = json.loads(ended.out)
    assert assessment["id"] == identity
    assert assessment["verdict"]["value"] == "fix"
    assert assessment["outcomes_only"] in (None, "")


def test_an_unknown_company_is_a_usage_error(scored: Scored, tmp_path: Path) -> None:
    fails(2, ["explain", scored.out, "X0l"], "X0l", "Did you mean", cwd=tmp_path)
    fails(2, ["explain", scored.out, "x" * 3000], "has no company", cwd=tmp_path)
    fails(2, ["explain", scored.out, ""], "has no company", cwd=tmp_path)
    fails(2, ["explain", scored.out, "' OR 1 = 1 --"], "has no company", cwd=tmp_path)


def test_a_folder_that_is_no_result_ends_with_three(scored: Scored, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    fails(3, ["explain", "gone", "X01"], "no result folder gone", cwd=tmp_path)
    fails(3, ["explain", "empty", "X01"], "run.json", cwd=tmp_path)
    (tmp_path / "a_file").write_text("x", encoding="utf-8")
    fails(3, ["explain", "a_file", "X01"], "a_file", cwd=tmp_path)


@pytest.mark.parametrize(
    "content", ["{", "[]", "{}", '{"format": 99, "inputs": {}, "rulebook": {"hash": "x"}}', '{"format": "1"}', "null"]
)
def test_a_damaged_manifest_ends_with_three(content: str, scored: Scored, tmp_path: Path) -> None:
    shutil.copytree(scored.out, tmp_path / "out")
    (tmp_path / "out" / "run.json").write_text(content, encoding="utf-8")
    fails(3, ["explain", "out", "X01"], "out", cwd=tmp_path)


@pytest.mark.parametrize("damage", ["gone", "cut"])
def test_a_damaged_table_ends_with_three(damage: str, scored: Scored, tmp_path: Path) -> None:
    shutil.copytree(scored.out, tmp_path / "out")
    path = tmp_path / "out" / "companies.parquet"
    path.unlink()
    if damage == "cut":
        path.write_bytes((scored.out / "companies.parquet").read_bytes()[:5000])
    fails(3, ["explain", "out", "X01"], "companies", cwd=tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "table_"),
    [("gone", "companies"), ("longer", "accounts"), ("same_size", "companies"), ("touched", "accounts")],
)
def test_an_input_that_changed_is_told_and_the_outcomes_still_explained(change: str, table_: str, few: Path) -> None:
    assert socialrules("score", "companies.csv", "--accounts", "accounts.csv", "-o", "out", cwd=few).code == 0
    fresh = socialrules("explain", "out", "a", "--format", "json", cwd=few)
    assert fresh.code == 0, fresh.err
    path = few / f"{table_}.csv"
    content = path.read_text(encoding="utf-8")
    match change:
        case "gone":
            path.unlink()
        case "longer":
            path.write_text(content + "\n", encoding="utf-8")
        case "same_size":
            path.write_text(content.replace("North", "Soath"), encoding="utf-8")
        case _:
            path.touch()
    ended = socialrules("explain", "out", "a", "--format", "json", cwd=few)
    assert (ended.code, ended.err) == (0, "")
    before, after = json.loads(fresh.out), json.loads(ended.out)
    assert after["verdict"]["value"] == before["verdict"]["value"]
    if change == "touched":
        assert after == before
        return
    assert "outcomes alone" in after["outcomes_only"]
    assert f"{table_}.csv" in after["outcomes_only"]
    assert "outcomes alone" in " ".join(socialrules("explain", "out", "a", cwd=few).out.split())


def test_a_result_of_options_is_explained_with_the_same_options(few: Path) -> None:
    options = ("--select", "clear_goal", "--depth", "full", "--set", "readiness.invest_ratio=3")
    assert socialrules("score", "companies.csv", "--accounts", "accounts.csv", "-o", "out", *options, cwd=few).code == 0
    ended = socialrules("explain", "out", "a", "--format", "json", cwd=few)
    assert ended.code == 0, ended.err
    assessment = json.loads(ended.out)
    assert assessment["outcomes_only"] in (None, "")
    assert assessment["depth"] == "full"
    assert [g["id"] for g in assessment["guidelines"]] == ["clear_goal"]


@pytest.mark.slow
def test_a_relative_input_is_found_from_another_folder(few: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert socialrules("score", "companies.csv", "-o", "out", cwd=few).code == 0
    ended = socialrules("explain", few / "out", "a", "--format", "json", cwd=tmp_path_factory.mktemp("elsewhere"))
    assert json.loads(ended.out)["outcomes_only"] in (None, "")


def test_the_demo_scores_and_explains_the_sample(tmp_path: Path) -> None:
    ended = socialrules("demo", cwd=tmp_path)
    assert (ended.code, ended.err) == (0, "")
    assert (tmp_path / "demo-results" / "run.json").is_file()
    assert "socialrules score --help" in ended.out


@pytest.mark.slow
def test_a_company_behind_lines_that_were_left_out_is_found_again(tmp_path: Path) -> None:
    lines = ['{"company_id": "a", "employee_count": 3}', "[1]", "", '{"company_id": 7.0, "employee_count": 41}']
    (tmp_path / "companies.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "staff.jsonl").write_text(
        '{"company_id": 7.0, "person_id": 1, "working_hours_week": 40}\n', encoding="utf-8"
    )
    given = ("companies.jsonl", "--staff", "staff.jsonl", "-o", "out", "--select", "policy_present")
    assert socialrules("score", *given, cwd=tmp_path).code == 0
    ids = [str(row[0]) for row in table(tmp_path / "out" / "companies.parquet", "company_id")]
    assert len(ids) == 2
    ended = socialrules("explain", "out", ids[1], cwd=tmp_path)
    assert ended.code == 0, ended.err
    assert ids == ["a", "7"]
    assert "explained from the outcomes alone" not in ended.out
