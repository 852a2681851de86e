"""Every peer of the benchmarks says what socialrules says, else its time would mean nothing."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from benchmarks.checks import CHECKS, GUIDELINES
from benchmarks.conditions import facts_of
from benchmarks.outputs import difference
from benchmarks.peers.rows import ENGINES
from benchmarks.processes import ROOT
from benchmarks.workloads import PEERS
from socialrules import load_rulebook

from .conftest import COMPANIES

COLUMNS = ["company_id", "company_name", *sorted(CHECKS)]
PACKAGES = {
    "DuckDB SQL": "duckdb",
    "Polars": "polars",
    "pandas": "pandas",
    "openfisca": "openfisca_core",
    "zen-engine": "zen",
    "rule-engine": "rule_engine",
    "business-rules": "business_rules",
    "json-logic": "json_logic",
    "datalogic": "datalogic_py",
}


def wants(peer: str) -> None:
    """Skips where the package of a peer is not there."""
    if importlib.util.find_spec(PACKAGES[peer]) is None:
        pytest.skip(f"{peer} is in the environment of the benchmarks only (make bench-test)")


def runs(*arguments: str | Path) -> None:
    """Runs a module as the benchmarks do."""
    done = subprocess.run(
        [sys.executable, "-m", *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("peer", PEERS)
def test_a_peer_that_takes_the_whole_file_gives_the_same_outcomes(
    peer: str, companies: Path, ours: Path, tmp_path: Path
) -> None:
    wants(peer)
    theirs = tmp_path / "theirs.parquet"
    runs(f"benchmarks.peers.{PEERS[peer]}", companies, theirs)
    assert difference(ours, theirs, COLUMNS) is None


@pytest.mark.parametrize("engine", ENGINES)
def test_an_engine_that_takes_one_record_at_a_time_gives_the_same_outcomes(
    engine: str, companies: Path, ours: Path, tmp_path: Path
) -> None:
    wants(engine)
    theirs = tmp_path / "theirs.parquet"
    runs("benchmarks.peers.rows", engine, companies, theirs, str(COMPANIES))
    assert difference(ours, theirs, COLUMNS) is None


def test_the_workload_is_every_check_at_company_level_of_the_six_guidelines() -> None:
    book = load_rulebook()
    chosen = [g for g in book.guidelines if g.id in GUIDELINES]
    assert len(chosen) == 6
    assert {c.name for g in chosen for c in g.checks if c.level == "company"} == set(CHECKS)


def test_the_generated_companies_bring_about_every_outcome_that_a_check_can_have(ours: Path) -> None:
    for name, check in CHECKS.items():
        possible = {outcome for _, outcome in check.cases} | {check.otherwise}
        found = duckdb.execute(f"SELECT DISTINCT {name}::VARCHAR FROM read_parquet(?)", [str(ours)]).fetchall()
        assert {row[0] for row in found} == possible, name


def test_every_fact_that_is_handed_to_an_engine_is_one_of_the_rulebook() -> None:
    facts = {fact.name for fact in load_rulebook().root.facts}
    assert set(facts_of(CHECKS)) <= facts
