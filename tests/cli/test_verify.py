"""``socialrules verify``, as a user runs it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb
import pytest

from .commands import fails, socialrules
from .conftest import Scored

RULE = """
[[guidelines]]
id = "office_hours"
title = "Office hours"
question = "Is somebody there?"
role = "office"

[[guidelines.parameters]]
name = "least_people"
default = 3
unit = "people"
origin = "ours"

[[guidelines.checks]]
code = "OH-01"
title = "Enough people"
level = "company"
severity = "minor"
required_at = "never"
passes = "employee_count >= $least_people"
why = "why"
advice = "advice"
"""


def copied(scored: Scored, folder: Path) -> Path:
    """The results of the sample, to be changed."""
    shutil.copytree(scored.out, folder / "out")
    return folder / "out"


def change_verdicts(out: Path) -> None:
    """Writes another verdict into every row."""
    file, fresh = out / "companies.parquet", out.parent / "fresh.parquet"
    duckdb.execute(f"COPY (SELECT * REPLACE ('ready' AS verdict) FROM '{file}') TO '{fresh}' (FORMAT parquet)")
    fresh.replace(file)


@pytest.mark.parametrize("options", [[], ["--sample", "15"]])
def test_untouched_results_end_with_zero_and_say_what_was_checked(options: list[str], scored: Scored) -> None:
    ended = socialrules("verify", scored.out, *options)
    assert (ended.code, ended.err) == (0, "")
    assert "size and SHA-256 of 3 files" in ended.out and "Everything is the same." in ended.out
    assert ("a sample of 15 records" if options else "all records") in ended.out


def test_changed_results_end_with_one_and_name_table_and_column(scored: Scored, tmp_path: Path) -> None:
    out = copied(scored, tmp_path)
    change_verdicts(out)
    ended = socialrules("verify", out)
    assert (ended.code, ended.err) == (1, "")
    assert "data:" in ended.out and "verdict: differs in" in ended.out and "was ready, comes out as" in ended.out


def test_the_findings_are_printed_as_json(scored: Scored, tmp_path: Path) -> None:
    out = copied(scored, tmp_path)
    change_verdicts(out)
    ended = socialrules("verify", out, "--sample", "20", "--format", "json")
    found = json.loads(ended.out)
    assert (ended.code, found["same"], found["sample"]) == (1, False, 20)
    assert [d["cause"] for d in found["differences"]] == ["data"]
    assert [c["column"] for c in found["tables"][0]["columns"]] == ["verdict"]


def test_it_is_silent_about_nothing_that_it_could_not_check(few: Path) -> None:
    assert socialrules("score", "companies.csv", "--accounts", "accounts.csv", "-o", "out", cwd=few).code == 0
    (few / "accounts.csv").unlink()
    ended = socialrules("verify", "out", cwd=few)
    assert ended.code == 1
    assert "accounts.csv is no longer there" in ended.out and "nothing can be scored again" in ended.out


def test_a_folder_that_cannot_be_verified_ends_with_three(scored: Scored, tmp_path: Path) -> None:
    out = copied(scored, tmp_path)
    manifest = json.loads((out / "run.json").read_text(encoding="utf-8"))
    fails(3, ["verify", "gone"], "no result folder gone", cwd=tmp_path)
    (out / "run.json").write_text(json.dumps({**manifest, "format": 2}), encoding="utf-8")
    fails(3, ["verify", "out"], "newer version of socialrules", cwd=tmp_path)
    (out / "run.json").write_text(json.dumps({k: v for k, v in manifest.items() if k != "inputs"}), encoding="utf-8")
    fails(3, ["verify", "out"], "run.json is damaged: inputs is missing", cwd=tmp_path)


@pytest.mark.parametrize("options", [["--sample", "0"], ["--inputs", "nowhere"], ["--memory-limit", "lots"]])
def test_a_wrong_option_ends_with_two_and_is_named(options: list[str], scored: Scored, tmp_path: Path) -> None:
    fails(2, ["verify", scored.out, *options], options[0], cwd=tmp_path)


@pytest.mark.slow
def test_a_rule_file_that_moved_or_changed_is_found_and_a_moved_default_is_a_parameter(few: Path) -> None:
    rule = few / "office.toml"
    rule.write_text(RULE, encoding="utf-8")
    score = ["score", "companies.csv", "--accounts", "accounts.csv", "--rules", "office.toml", "-o", "out"]
    assert socialrules(*score, cwd=few).code == 0
    assert socialrules("verify", "out", cwd=few).code == 0

    rule.write_text(RULE.replace("default = 3", "default = 4"), encoding="utf-8")
    ended = socialrules("verify", "out", cwd=few)
    assert ended.code == 1 and "parameter:   office_hours.least_people was 3, is now 4" in ended.out
    assert "rulebook:" not in ended.out and "oh_01: differs in 1 of 3 rows" in ended.out

    rule.write_text(RULE.replace(">=", ">"), encoding="utf-8")
    ended = socialrules("verify", "out", cwd=few)
    assert ended.code == 1 and "the rules of the rule file office have changed" in ended.out

    (few / "elsewhere").mkdir()
    rule.rename(few / "elsewhere" / "office.toml")
    (few / "elsewhere" / "office.toml").write_text(RULE, encoding="utf-8")
    ended = socialrules("verify", "out", cwd=few)
    assert ended.code == 1 and "the rule file office is no longer there" in ended.out
    assert "say with --rules where it is" in ended.out and "cg_01" not in ended.out
    assert socialrules("verify", "out", "--rules", "elsewhere/office.toml", cwd=few).code == 0


@pytest.mark.slow
def test_every_option_of_a_run_is_used_again(few: Path) -> None:
    options = ["--select", "clear_goal", "--select", "policy_present", "--ignore", "CG-02", "--depth", "full"]
    options += ["--set", "response_pipeline.reply_rate_min=0.9", "--as-of", "2025-01-02", "--keep", "region"]
    inputs = ["companies.csv", "--accounts", "accounts.csv", "--staff", "staff.csv"]
    assert socialrules("score", *inputs, *options, "-o", "out", cwd=few).code == 0
    assert socialrules("score", *inputs, "--columns", "cg_*", "--columns", "decision", "-o", "part", cwd=few).code == 0
    for sample in ([], ["--sample", "2"]):
        ended = socialrules("verify", "part", *sample, cwd=few)
        assert ended.code == 0, ended.out
        ended = socialrules("verify", "out", *sample, cwd=few)
        assert ended.code == 0, ended.out


@pytest.mark.slow
@pytest.mark.parametrize("options", [[], ["--sample", "15"]])
def test_a_shard_is_scored_again_as_the_part_it_is(options: list[str], sample: tuple[str, ...], tmp_path: Path) -> None:
    assert socialrules("score", *sample, "--shard", "2/3", "-o", tmp_path / "out").code == 0
    ended = socialrules("verify", tmp_path / "out", *options)
    assert (ended.code, "Everything is the same." in ended.out) == (0, True), ended
