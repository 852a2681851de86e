"""Portfolios to score, made once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from socialrules import Rulebook, load_rulebook

from .runs import DRIVER, GENERATOR, command, driven


def portfolio(folder: Path, companies: int, ending: str = "parquet") -> Path:
    """A folder with companies and accounts."""
    line = [sys.executable, str(GENERATOR), str(companies), "--out", str(folder), "--format", ending]
    subprocess.run(line, check=True, capture_output=True, timeout=900)
    return folder


@pytest.fixture(scope="session")
def book() -> Rulebook:
    return load_rulebook()


@pytest.fixture(scope="session")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty companies: in parts of thirty, two parts."""
    return portfolio(tmp_path_factory.mktemp("few") / "in", 60)


@pytest.fixture(scope="session")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six thousand companies: in parts of a thousand, a run of seconds."""
    return portfolio(tmp_path_factory.mktemp("many") / "in", 6_000)


@pytest.fixture(scope="session")
def many_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as CSV."""
    return portfolio(tmp_path_factory.mktemp("many") / "in", 6_000, "csv")


@pytest.fixture(scope="session")
def million(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A million companies with two million accounts."""
    return portfolio(tmp_path_factory.mktemp("million") / "in", 1_000_000)


@pytest.fixture(scope="session")
def older(few: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The result of an older run, at another depth, to be copied."""
    assert DRIVER.exists()
    out = tmp_path_factory.mktemp("older") / "out"
    assert driven("SIGTERM", "never", *command(few, out, "--depth", "full")).code == 0
    return out


@pytest.fixture(scope="session")
def newer(few: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the runs of these tests come to."""
    out = tmp_path_factory.mktemp("newer") / "out"
    assert driven("SIGTERM", "never", *command(few, out)).code == 0
    return out
