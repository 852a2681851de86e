"""``socialrules score --columns``: only the columns that are wanted."""

from __future__ import annotations

from pathlib import Path

from .commands import AS_OF, SAMPLE, columns, socialrules, table
from .conftest import Scored


def test_a_check_that_looks_at_accounts_can_be_wanted_without_any_column_of_the_accounts(
    tmp_path: Path, scored: Scored
) -> None:
    out = tmp_path / "out"
    accounts = ("--accounts", SAMPLE / "accounts.csv")
    wanted = ("--columns", "cf_08", "--columns", "sr_06")
    ended = socialrules("score", SAMPLE / "companies.csv", *accounts, *wanted, "--as-of", AS_OF, "-o", out)
    assert ended.code == 0, ended.err
    assert {"cf_08", "sr_06"} <= set(columns(out / "companies.parquet"))
    assert not (out / "accounts.parquet").exists()
    chosen = "company_id, cf_08, sr_06"
    assert table(out / "companies.parquet", chosen) == table(scored.out / "companies.parquet", chosen)
