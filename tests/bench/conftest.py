"""A few hundred generated companies, and our outcomes for them."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb
import pytest

import socialrules
from benchmarks.checks import CHECKS
from benchmarks.processes import ROOT

COMPANIES = 800


@pytest.fixture(scope="session")
def companies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Parquet file of the companies."""
    sys.path.insert(0, str(ROOT / "datasets"))
    try:
        from generate import generate
    finally:
        sys.path.pop(0)
    folder = tmp_path_factory.mktemp("generated")
    generate(COMPANIES, folder)
    made, more = folder / "companies.parquet", folder / "more.parquet"
    # The generator never leaves these lists empty, nor says dont_know in them.
    rare = "CASE hash(company_id) % 10 WHEN 0 THEN []::VARCHAR[] WHEN 1 THEN ['dont_know'] ELSE {0} END AS {0}"
    replaced = ", ".join(rare.format(c) for c in ("target_parties", "other_promotion_channels"))
    duckdb.execute(f"COPY (SELECT * REPLACE ({replaced}) FROM '{made}') TO '{more}' (FORMAT parquet)")
    return more


@pytest.fixture(scope="session")
def ours(companies: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of our outcomes."""
    out = tmp_path_factory.mktemp("ours") / "out"
    socialrules.score(companies, out=out, as_of="2026-11-01", columns=sorted(CHECKS))
    return out / "companies.parquet"
