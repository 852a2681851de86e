"""``guidelines``, ``check``, ``facts``, ``plugins``, ``--version`` and ``--help``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from socialrules import load_rulebook

from .commands import fails, socialrules

COMMANDS = ["score", "explain", "demo", "guidelines", "check", "facts", "plugins", "compile"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str) -> None:
    ended = socialrules(command, "--help")
    assert (ended.code, ended.err) == (0, "")
    assert f"Example: socialrules {command}" in ended.out


def test_help_lists_every_command_and_the_version_is_told() -> None:
    shown = socialrules("--help").out
    assert all(command in shown for command in COMMANDS)
    assert socialrules("--version").out.startswith("socialrules ")


@pytest.mark.parametrize(
    "arguments",
    [["nonsense"], ["check"], ["explain"], ["score"], ["guidelines", "--format", "xml"], ["facts", "--nonsense"]],
    ids=" ".join,
)
def test_a_wrong_command_line_is_a_usage_error(arguments: list[str], tmp_path: Path) -> None:
    ended = socialrules(*arguments, cwd=tmp_path)
    assert ended.code == 2
    # What the command line itself refuses stands in one line, what the program refuses in a panel.
    assert ended.err.count("╭") + ended.err.count("\nError: ") == 1
    assert list(tmp_path.iterdir()) == []


def test_guidelines_are_listed_with_their_checks() -> None:
    book = load_rulebook()
    shown = socialrules("guidelines").out
    listed = json.loads(socialrules("guidelines", "--format", "json").out)
    assert [g["id"] for g in listed] == [g.id for g in book.assembly.guidelines]
    assert [c["code"] for g in listed for c in g["checks"]] == [
        c.code for g in book.assembly.guidelines for c in g.checks
    ]
    for guideline in book.assembly.guidelines:
        assert guideline.id in shown
        for check in guideline.checks:
            assert check.code in shown


def test_parameters_are_listed_by_the_names_that_set_takes() -> None:
    listed = json.loads(socialrules("guidelines", "--parameters", "--format", "json").out)
    book = load_rulebook()
    assert len(listed) == len(book.assembly.parameters)
    load_rulebook(set_={p["name"]: p["value"] for p in listed})
    shown = socialrules("guidelines", "--parameters").out
    assert all(p["name"] in shown.replace("\n", "") for p in listed[:3])


def test_every_check_can_be_shown_by_its_code() -> None:
    ended = socialrules("check", "cg-01")
    assert ended.code == 0
    for words in ("CG-01", "why", "advice", "passes", "from"):
        assert words in ended.out
    shown = json.loads(socialrules("check", "CG-01", "--format", "json").out)
    assert (shown["code"], shown["guideline"]) == ("CG-01", "clear_goal")
    assert shown["statements"]


def test_an_unknown_check_is_a_usage_error(tmp_path: Path) -> None:
    fails(2, ["check", "CG-99"], "CG-99", cwd=tmp_path)
    fails(2, ["check", "[bold]"], "[bold]", cwd=tmp_path)


def test_facts_are_listed_and_filtered() -> None:
    listed = json.loads(socialrules("facts", "--format", "json").out)
    book = load_rulebook()
    assert [(f["table"], f["name"]) for f in listed] == [
        (t.name, f.name) for t in book.assembly.tables.values() for f in t.facts
    ]
    some = json.loads(socialrules("facts", "--table", "account", "--ask", "core", "--format", "json").out)
    assert some == [f for f in listed if f["table"] == "account" and f["ask"] == "core"]
    assert json.loads(socialrules("facts", "--table", "accounts", "--ask", "core", "--format", "json").out) == some
    assert "employee_count" in socialrules("facts").out


@pytest.mark.parametrize("arguments", [["--table", "acount"], ["--ask", "often"]], ids=" ".join)
def test_an_unknown_table_or_depth_of_facts_is_a_usage_error(arguments: list[str], tmp_path: Path) -> None:
    fails(2, ["facts", *arguments], arguments[1], cwd=tmp_path)


def test_plugins_are_listed_with_version_and_origin() -> None:
    listed = json.loads(socialrules("plugins", "--format", "json").out)
    book = load_rulebook()
    assert [p["name"] for p in listed["plugins"]] == [p.name for p in book.assembly.plugins]
    assert all(p["version"] and p["origin"] for p in listed["plugins"])
    assert listed["rulebook"] == book.hash
    assert "readiness" in socialrules("plugins").out


def test_a_rule_file_that_is_not_there_ends_with_three(tmp_path: Path) -> None:
    for command in (["guidelines"], ["check", "CG-01"], ["facts"], ["plugins"], ["compile"]):
        fails(3, [*command, "--rules", "gone.toml"], "gone.toml", cwd=tmp_path)
