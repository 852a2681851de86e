"""The 400 random companies of the specification: every expected cell comes out as given."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from socialrules import Results, Rulebook, score

from .shared import AS_OF, SPEC, Record, needs_spec

pytestmark = needs_spec
FOLDERS = {"core": "core", "full": "full", "dirty_core": "core"}
KEYS = {"companies": ("company_id",), "accounts": ("company_id", "network", "handle")}


@pytest.fixture(scope="module")
def scored(rules_at: Callable[[str], Rulebook], tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Results]:
    """The results of a folder of cases, scored once."""
    made: dict[str, Results] = {}

    def of(folder: str) -> Results:
        if folder not in made:
            inputs = {p.stem: p for p in (SPEC / "cases" / folder).iterdir() if p.suffix in (".parquet", ".csv")}
            out = tmp_path_factory.mktemp("cases") / folder
            made[folder] = score(**inputs, out=out, rulebook=rules_at(FOLDERS[folder]), as_of=AS_OF)
        return made[folder]

    return of


def rows_of(path: Path) -> list[Record]:
    return pq.read_table(path).to_pylist()


def same(expected: Any, got: Any) -> bool:
    if isinstance(expected, float) and isinstance(got, float):
        return got == pytest.approx(expected, abs=1e-9, rel=0)
    return bool(expected == got)


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("table", KEYS)
def test_every_expected_cell_comes_out_as_given(table: str, folder: str, scored: Callable[[str], Results]) -> None:
    expected = rows_of(SPEC / "cases" / folder / "expected" / f"{table}.parquet")
    got = scored(folder).to_arrow(table).to_pylist()
    keys = [tuple(row[k] for k in KEYS[table]) for row in expected]
    assert [tuple(row[k] for k in KEYS[table]) for row in got] == keys
    wrong = [
        f"{key} {column}: expected {value!r}, got {mine.get(column, 'no such column')!r}"
        for key, row, mine in zip(keys, expected, got, strict=True)
        for column, value in row.items()
        if column not in mine or not same(value, mine[column])
    ]
    assert not wrong, f"{len(wrong)} cells differ:\n" + "\n".join(wrong[:20])
    assert len(expected) >= 380


def test_exactly_the_bad_cells_and_rows_of_the_dirty_files_are_rejected(scored: Callable[[str], Results]) -> None:
    expected = Counter((t, r, c) for t, r, c in json.loads((SPEC / "cases/dirty_core/rejects.json").read_text("utf-8")))
    rejects = scored("dirty_core").to_arrow("rejects").to_pylist()
    got = Counter((r["table"], r["row"], r["column"]) for r in rejects if r["kind"] in ("row", "cell"))
    assert got == expected


def test_every_row_of_the_dirty_files_is_scored_or_rejected(scored: Callable[[str], Results]) -> None:
    results = scored("dirty_core")
    left_out = Counter(r["table"] for r in results.to_arrow("rejects").to_pylist() if r["kind"] == "row")
    assert left_out["companies"] and left_out["accounts"]
    for table in ("companies", "accounts", "staff"):
        entry = results.manifest["inputs"][table]
        assert (entry["scored"] + left_out[table], entry["left_out"]) == (entry["rows"], left_out[table])
