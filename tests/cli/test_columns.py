"""``score --columns``: only some result columns, with the values of a whole run."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from .commands import fails, socialrules, table
from .conftest import Scored


def columns(path: Path) -> list[str]:
    return [row[0] for row in duckdb.execute(f"DESCRIBE FROM '{path}'").fetchall()]


@pytest.fixture(scope="module")
def chosen(sample: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample portfolio with the checks of one guideline, one other check and one axis."""
    out = tmp_path_factory.mktemp("chosen") / "out"
    ended = socialrules("score", *sample, "-o", out, "--columns", "cg_*", "--columns", "PP-01", "--columns", "presence")
    assert ended.code == 0, ended.err
    return out


def test_only_the_named_columns_are_written(chosen: Path) -> None:
    written = columns(chosen / "companies.parquet")
    assert written[:3] == ["company_id", "company_name", "presence"]
    assert written[-2:] == ["source_file", "source_row"]
    assert "pp_01" in written
    assert all(c.startswith("cg_") for c in written[3:-2] if c != "pp_01")
    assert len(written) > 8


def test_their_values_are_those_of_a_whole_run(chosen: Path, scored: Scored) -> None:
    names = ", ".join(columns(chosen / "companies.parquet"))
    assert table(chosen / "companies.parquet", names) == table(scored.out / "companies.parquet", names)


def test_a_table_in_which_nothing_is_named_is_not_written(chosen: Path) -> None:
    assert not (chosen / "accounts.parquet").exists()


def test_the_patterns_are_on_record(chosen: Path) -> None:
    assert json.loads((chosen / "run.json").read_text())["columns"] == ["cg_*", "PP-01", "presence"]


def test_a_cell_that_no_column_needs_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "companies.csv").write_text("company_id,has_clear_reason,employee_count\na,perhaps,many\n")
    socialrules("score", tmp_path / "companies.csv", "-o", tmp_path / "out", "--columns", "cg_01")
    assert [r[0] for r in table(tmp_path / "out" / "rejects.parquet", '"column"')] == ["has_clear_reason"]


def test_a_pattern_that_names_nothing_is_refused(few: Path) -> None:
    arguments = ["score", few / "companies.csv", "-o", few / "out", "--columns", "verdikt"]
    fails(2, arguments, "--columns verdikt", "no such column", "verdict", cwd=few)


@pytest.mark.slow
def test_a_company_is_explained_in_full_from_a_few_columns(chosen: Path, scored: Scored) -> None:
    (company,) = duckdb.execute(f"SELECT company_id FROM '{chosen}/companies.parquet' LIMIT 1").fetchall()[0]
    assert socialrules("explain", chosen, company).out == socialrules("explain", scored.out, company).out


def test_the_summary_speaks_of_what_was_written(sample: tuple[str, ...], tmp_path: Path) -> None:
    ended = socialrules("score", *sample, "-o", tmp_path / "out", "--columns", "cg_*")
    assert "CG-01" in ended.out
    assert "PP-01" not in ended.out
    assert "in words" not in ended.out


def test_a_check_that_looks_at_accounts_can_be_wanted_without_any_column_of_the_accounts(
    sample: tuple[str, ...], scored: Scored, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    ended = socialrules("score", *sample, "-o", out, "--columns", "cf_08", "--columns", "sr_06")
    assert ended.code == 0, ended.err
    assert not (out / "accounts.parquet").exists()
    names = "company_id, cf_08, sr_06"
    assert table(out / "companies.parquet", names) == table(scored.out / "companies.parquet", names)
