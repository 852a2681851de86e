"""What the tests of this folder share: the sample portfolio, scored once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from .commands import AS_OF, SAMPLE, Ended, socialrules


@dataclass(frozen=True)
class Scored:
    """The sample portfolio after ``socialrules score``."""

    out: Path
    ended: Ended
    inputs: tuple[str, ...]

    @property
    def manifest(self) -> dict[str, Any]:
        """The content of ``run.json``."""
        return dict(json.loads((self.out / "run.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def sample() -> tuple[str, ...]:
    """The inputs of the sample portfolio as arguments."""
    if not (SAMPLE / "companies.csv").exists():
        pytest.skip("datasets/sample is not there")
    return (
        str(SAMPLE / "companies.csv"),
        "--accounts",
        str(SAMPLE / "accounts.csv"),
        "--staff",
        str(SAMPLE / "staff.csv"),
        "--as-of",
        AS_OF,
    )


@pytest.fixture(scope="session")
def scored(sample: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory) -> Scored:
    """The sample portfolio, scored."""
    out = tmp_path_factory.mktemp("scored") / "out"
    ended = socialrules("score", *sample, "-o", out)
    assert ended.code == 0, ended.err
    return Scored(out, ended, sample)


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """A folder with three companies, their accounts and staff."""
    (tmp_path / "companies.csv").write_text(
        "company_id,company_name,region,has_social_presence,employee_count\n"
        "a,Acme,North,yes,3\nb,Best,South,no,about ten\nc,Cork,,,\n",
        encoding="utf-8",
    )
    (tmp_path / "accounts.csv").write_text(
        "company_id,network,handle,status,region\na,facebook,acme,open,North\na,xing,,planned,\ngone,xing,,open,\nb,xing,,closed,\n",
        encoding="utf-8",
    )
    (tmp_path / "staff.csv").write_text(
        "company_id,person_id,working_hours_week,social_hours_week\na,p1,40,5\na,p2,10,20\n", encoding="utf-8"
    )
    return tmp_path
