"""Plugins as separate distributions: one of somebody else joins, one of ours goes, a broken one stops the run."""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

GUIDELINE = """
id = "licence_held"
title = "A licence"
question = "Does the firm hold the licence of its trade?"
role = "ready"

[[checks]]
code = "LH-01"
title = "The licence is there"
level = "company"
severity = "blocker"
severity_because = "Without it nothing may be advertised."
required_at = "core"
passes = "licence = 'yes'"
why = "Without a licence nothing may be advertised."
advice = "Get the licence first."
"""
FACT = """
[facts.company.licence]
type = "choice"
values = ["yes", "no", "dont_know"]
ask = "core"
question = "Do you hold the licence of your trade?"
"""
MODULE = """
from pathlib import Path
from socialrules import Rules, hookimpl, load_rules

@hookimpl
def provide_rules() -> Rules:
    here = Path(__file__).parent
    return load_rules(here / "guideline.toml", here / "facts.toml")
"""
PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "acme-licence"
version = "2.5"
dependencies = ["socialrules"]

[project.entry-points.socialrules]
licence_held = "acme_licence"

[tool.hatch.build.targets.wheel]
packages = ["acme_licence"]
"""
COMPANIES = "company_id,has_social_presence,licence\nc1,no,yes\nc2,no,no\nc3,no,\n"
MINUTE = 60


def run(*arguments: str | Path, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own, with ``path`` searched first."""
    environment = {**os.environ, **({"PYTHONPATH": str(path)} if path else {})}
    command = [sys.executable, "-c", "from socialrules.cli.main import main; main()", *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=MINUTE, check=False)


def scored(out: Path) -> dict[str, dict[str, object]]:
    """The companies of a result folder, by id."""
    cursor = duckdb.execute(f"SELECT * FROM '{out}/companies.parquet'")
    names = [c[0] for c in cursor.description]
    return {row["company_id"]: row for values in cursor.fetchall() for row in [dict(zip(names, values, strict=True))]}


def listed(path: Path | None = None) -> dict[str, object]:
    """What ``plugins --format json`` prints."""
    done = run("plugins", "--format", "json", path=path)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def companies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("inputs") / "companies.csv"
    file.write_text(COMPANIES, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which pip installed a plugin that somebody else wrote."""
    source, target = tmp_path_factory.mktemp("acme"), tmp_path_factory.mktemp("site")
    package = source / "acme_licence"
    package.mkdir()
    (source / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    (package / "__init__.py").write_text(MODULE, encoding="utf-8")
    (package / "guideline.toml").write_text(GUIDELINE, encoding="utf-8")
    (package / "facts.toml").write_text(FACT, encoding="utf-8")
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "install", *options, "--target", str(target), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=2 * MINUTE, check=False)
    if done.returncode:
        pytest.skip(f"pip cannot install here: {done.stderr.strip().splitlines()[-1:]}")
    return target


# Somebody else's plugin


def test_an_installed_plugin_is_listed_with_version_and_origin(installed: Path) -> None:
    found = [p for p in listed(installed)["plugins"] if p["name"] == "licence_held"]
    assert found == [{"name": "licence_held", "version": "2.5", "origin": "acme-licence", "brings": "licence_held"}]


def test_an_installed_guideline_is_scored_and_joins_ready_by_its_role(
    installed: Path, companies: Path, tmp_path: Path
) -> None:
    done = run("score", companies, "-o", tmp_path / "out", path=installed)
    assert done.returncode == 0, done.stderr
    found = scored(tmp_path / "out")
    assert {c: (row["lh_01"], row["licence_held"], row["ready"]) for c, row in found.items()} == {
        "c1": ("pass", "pass", "unknown"),
        "c2": ("fail", "fail", "fail"),
        "c3": ("unknown", "unknown", "unknown"),
    }
    assert (found["c2"]["verdict"], found["c2"]["failed_blockers"]) == ("not_yet", 1)
    entry = {"name": "licence_held", "version": "2.5", "origin": "acme-licence"}
    plugins = json.loads((tmp_path / "out" / "run.json").read_text("utf-8"))["plugins"]
    assert any(entry.items() <= p.items() for p in plugins)


def test_a_rule_file_does_the_same_without_being_installed(companies: Path, tmp_path: Path) -> None:
    (tmp_path / "guideline.toml").write_text(GUIDELINE, encoding="utf-8")
    (tmp_path / "facts.toml").write_text(FACT, encoding="utf-8")
    rules = ["--rules", tmp_path / "guideline.toml", "--rules", tmp_path / "facts.toml"]
    done = run("score", companies, *rules, "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    found = scored(tmp_path / "out")
    assert {c: (row["lh_01"], row["ready"]) for c, row in found.items()} == {
        "c1": ("pass", "unknown"), "c2": ("fail", "fail"), "c3": ("unknown", "unknown"),
    }  # fmt: skip
    manifest = json.loads((tmp_path / "out" / "run.json").read_text("utf-8"))
    assert manifest["rule_files"] == [str(tmp_path / "guideline.toml"), str(tmp_path / "facts.toml")]


def test_without_the_plugin_its_fact_is_a_column_that_nobody_reads(companies: Path, tmp_path: Path) -> None:
    assert run("score", companies, "-o", tmp_path / "out").returncode == 0
    assert "lh_01" not in scored(tmp_path / "out")["c1"]
    inputs = json.loads((tmp_path / "out" / "run.json").read_text("utf-8"))["inputs"]
    assert inputs["companies"]["ignored_columns"] == ["licence"]


# One of ours goes


@pytest.fixture(scope="module")
def without_acquire(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that, searched first, shows our distribution without the entry point of purpose_acquire."""
    folder = tmp_path_factory.mktemp("reduced")
    ours = importlib.metadata.distribution("socialrules")
    info = folder / f"socialrules-{ours.version}.dist-info"
    info.mkdir()
    for name in ("METADATA", "entry_points.txt"):
        lines = (ours.read_text(name) or "").splitlines(keepends=True)
        (info / name).write_text("".join(x for x in lines if not x.startswith("purpose_acquire")), encoding="utf-8")
    return folder


def test_without_its_entry_point_exactly_that_guideline_goes(without_acquire: Path) -> None:
    everything, reduced = listed(), listed(without_acquire)
    names = {p["name"] for p in everything["plugins"]}
    assert len(names) == 19
    assert names - {p["name"] for p in reduced["plugins"]} == {"purpose_acquire"}
    assert everything["warnings"] == []
    assert [w for w in reduced["warnings"] if "purpose_acquire" not in w] == []
    assert "pa_03" in reduced["warnings"][0] and "unknown" in reduced["warnings"][0]
    assert everything["rulebook"] != reduced["rulebook"]


def test_what_read_a_guideline_that_went_reads_unknown_and_says_so(without_acquire: Path, tmp_path: Path) -> None:
    companies = tmp_path / "companies.csv"
    companies.write_text("company_id,purposes,conversion_path\nc1,acquire,no\n", encoding="utf-8")
    assert run("score", companies, "-o", tmp_path / "all").returncode == 0
    done = run("score", companies, "-o", tmp_path / "less", path=without_acquire)
    assert done.returncode == 0, done.stderr
    everything, less = scored(tmp_path / "all")["c1"], scored(tmp_path / "less")["c1"]
    gone = {c for c in everything if c not in less}
    assert {"purpose_acquire", "pa_07", "pa_08", "pa_10"} == gone
    assert (everything["declared"], less["declared"]) == ("fail", "unknown")
    warnings = json.loads((tmp_path / "less" / "run.json").read_text("utf-8"))["rulebook"]["warnings"]
    assert len(warnings) == 1 and "purpose_acquire" in warnings[0]
    assert "purpose_acquire" in done.stdout + done.stderr


# A broken one


def broken(folder: Path, name: str, source: str) -> None:
    """A distribution in ``folder`` with one plugin whose module has this source."""
    (folder / f"{name}.py").write_text(source, encoding="utf-8")
    info = folder / f"{name}-0.3.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.3\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[socialrules]\n{name} = {name}\n", encoding="utf-8")


def test_broken_plugins_stop_the_run_and_all_of_them_are_named(companies: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    broken(site, "acme_import", "import a_module_that_is_not_there")
    broken(site, "acme_value", "from socialrules import hookimpl\n\n@hookimpl\ndef provide_rules():\n    return 7\n")
    done = run("score", companies, "-o", tmp_path / "out", path=site)
    message = " ".join(done.stderr.replace("│", " ").split())
    assert done.returncode == 3
    assert "acme_import" in message and "a_module_that_is_not_there" in message
    assert "acme_value" in message and "0.3" in message
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_broken_rule_file_stops_the_run_and_names_file_check_and_field(companies: Path, tmp_path: Path) -> None:
    file = tmp_path / "guideline.toml"
    file.write_text(GUIDELINE.replace("licence = 'yes'", "licence_held_by = 'yes'"), encoding="utf-8")
    done = run("score", companies, "--rules", file, "-o", tmp_path / "out")
    message = " ".join(done.stderr.replace("│", " ").split())
    assert done.returncode == 3
    assert "guideline.toml" in message.replace(" ", "") and "LH-01" in message and "licence_held_by" in message
    assert not (tmp_path / "out").exists()
