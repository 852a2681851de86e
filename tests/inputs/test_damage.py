"""Parquet files that are whole at their end and damaged in their pages."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from socialrules import Rulebook
from socialrules.errors import InputError

from .small import run


def damaged(path: Path) -> Path:
    """A Parquet file with zeros in the middle of its pages."""
    pq.write_table(
        pa.table({"company_id": [f"c{n}" for n in range(5_000)], "size": [float(n) for n in range(5_000)]}), path
    )
    content = bytearray(path.read_bytes())
    content[200:600] = bytes(400)
    path.write_bytes(content)
    return path


def test_damage_that_shows_only_while_reading_names_the_file(book: Rulebook, tmp_path: Path) -> None:
    path = damaged(tmp_path / "companies.parquet")
    with pytest.raises(InputError, match=r"^companies: .*companies\.parquet is damaged.*Write the file again") as error:
        run(book, path, out=tmp_path / "out")
    assert "\n" not in str(error.value)
    assert sorted(tmp_path.iterdir()) == [path]


def test_of_several_files_the_damaged_one_is_named(book: Rulebook, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    pq.write_table(pa.table({"company_id": ["a"], "size": [1.0]}), tmp_path / "in" / "1.parquet")
    damaged(tmp_path / "in" / "2.parquet")
    with pytest.raises(InputError, match=r"2\.parquet is damaged"):
        run(book, tmp_path / "in", out=tmp_path / "out")
    whole = tmp_path / "whole.parquet"
    pq.write_table(pa.table({"company_id": ["a"]}), whole)
    accounts = damaged(tmp_path / "accounts.parquet")
    table = pa.table({"company_id": ["a"] * 9, "network": ["xing"] * 9, "status": ["open"] * 9})
    pq.write_table(table, accounts, compression="none", use_dictionary=False)
    content = accounts.read_bytes()
    accounts.write_bytes(content.replace(b"\x04\x00\x00\x00xing", b"\xff\xff\xff\x7fxing"))
    with pytest.raises(InputError, match=r"^accounts: .*accounts\.parquet is damaged"):
        run(book, whole, accounts, out=tmp_path / "out")
