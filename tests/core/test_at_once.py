"""Rules of one step: a part is written in one statement, unless a cell asks for another reading."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import pytest

from socialrules.engine import score_to_folder
from socialrules.results import open_results
from socialrules.rulebook import load_rulebook
from socialrules.run import Run, Settings

AS_OF = dt.date(2026, 11, 1)
COLUMNS = ("cg_*", "sr_*", "verdict")


def companies(path: Path, rows: int, odd: str = "") -> Path:
    """Parquet of some companies; ``odd`` replaces the answer of the last one."""
    duckdb.execute(
        f"COPY (SELECT 'c' || i AS company_id, CASE WHEN i = {rows - 1} AND '{odd}' <> '' THEN '{odd}' "
        f"WHEN i % 3 = 0 THEN 'yes' WHEN i % 3 = 1 THEN 'no' END AS has_clear_reason, "
        f"CASE WHEN i % 2 = 0 THEN ['sales', 'leads'] END AS business_goals, (i % 90)::DOUBLE AS commitment_weeks "
        f"FROM range({rows}) AS t (i) ORDER BY i) TO '{path}' (FORMAT parquet, ROW_GROUP_SIZE 2048)"
    )
    return path


def test_clean_cells_of_one_file_are_scored_in_one_step(tmp_path: Path) -> None:
    source = companies(tmp_path / "companies.parquet", 10)
    with Run(load_rulebook(), Settings(AS_OF, columns=COLUMNS), tmp_path / "work") as run:
        plan = run.open({"companies": source})
        run.prepare(plan)
        (plan.folder / "companies").mkdir(parents=True)
        run.check_rejected(plan, run.counts())
        assert plan.in_one_step
        assert run.run_at_once(plan, 0)


@pytest.mark.parametrize("odd", ["YES ", "perhaps"])
def test_an_odd_cell_takes_its_part_and_those_after_it_the_long_way(odd: str, tmp_path: Path) -> None:
    source = companies(tmp_path / "companies.parquet", 10, odd)
    with Run(load_rulebook(), Settings(AS_OF, columns=COLUMNS), tmp_path / "work") as run:
        plan = run.open({"companies": source})
        run.prepare(plan)
        (plan.folder / "companies").mkdir(parents=True)
        run.check_rejected(plan, run.counts())
        assert not run.run_at_once(plan, 0)
        assert not run.run_at_once(plan, 0)


@pytest.mark.parametrize("odd", ["", "YES ", "perhaps"])
def test_both_ways_give_the_same_values_in_the_same_order(odd: str, tmp_path: Path) -> None:
    source = companies(tmp_path / "companies.parquet", 9000, odd)
    duckdb.execute(f"COPY (FROM '{source}') TO '{tmp_path / 'companies.jsonl'}' (FORMAT json)")
    values, rejects = [], []
    for given in (source, tmp_path / "companies.jsonl"):
        out = score_to_folder(
            load_rulebook(),
            {"companies": given},
            tmp_path / f"out-{given.suffix[1:]}",
            Settings(AS_OF, columns=COLUMNS, part_rows=4096),
        )
        results = open_results(out)
        values.append(results.manifest["values"]["companies"])
        rejects.append(results.table("rejects").project('row, "column", value, kind').fetchall())
        ids = [row[0] for row in results.table("companies").project("company_id").fetchall()]
        assert ids == [f"c{i}" for i in range(9000)]
    assert values[0] == values[1]
    assert rejects[0] == rejects[1]
    assert len(rejects[0]) == (1 if odd == "perhaps" else 0)


def test_a_row_that_is_left_out_takes_the_long_way(tmp_path: Path) -> None:
    source = tmp_path / "companies.parquet"
    duckdb.execute(f"COPY (SELECT unnest(['a', 'b', 'a']) AS company_id) TO '{source}' (FORMAT parquet)")
    out = score_to_folder(load_rulebook(), {"companies": source}, tmp_path / "out", Settings(AS_OF, columns=COLUMNS))
    assert [r[0] for r in open_results(out).table("companies").project("company_id").fetchall()] == ["a", "b"]
