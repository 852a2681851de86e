"""A run does no more than when ``benchmarks/counts.json`` was written."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from benchmarks.counts import measure, recorded, risen


@pytest.mark.slow
def test_a_run_does_no_more_than_was_recorded(tmp_path: Path) -> None:
    before = recorded()
    rises = risen(before["counts"], measure(tmp_path))
    version = "" if duckdb.__version__ == before["duckdb"] else f" (DuckDB was {before['duckdb']} then)"
    assert not rises, (
        "A run does more than before"
        + version
        + ":\n  "
        + "\n  ".join(rises)
        + "\nIf it is worth it, accept the new figures with `make counts` and say why in the commit."
    )


def test_a_count_that_rises_by_more_than_a_few_percent_is_named_with_both_figures() -> None:
    before = {"a run: statements": 100, "scans": 3, "rows": 1000}
    assert risen(before, {"a run: statements": 104, "scans": 3, "rows": 1020}) == [
        "a run: statements: 104, up from 100"
    ]


def test_one_more_scan_of_a_few_is_a_rise() -> None:
    assert risen({"scans": 3}, {"scans": 4}) == ["scans: 4, up from 3"]


def test_a_step_that_was_not_there_is_a_rise() -> None:
    assert risen({}, {"step company_3: operators": 5}) == ["step company_3: operators: 5, which was not there before"]


def test_fewer_of_anything_is_fine() -> None:
    assert risen({"scans": 4, "rows": 10}, {"scans": 3}) == []
