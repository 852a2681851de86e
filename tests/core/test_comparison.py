"""Two tables compared cell by cell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from socialrules import comparison
from socialrules.comparison import Cell, ColumnDifference, Stack, compare, compare_as_bags

COLUMNS = "i::VARCHAR AS id, i % 7 AS a, CASE WHEN i % 5 = 0 THEN NULL ELSE i / 2 END AS b, [i, i + 1] AS c"


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


@pytest.fixture(autouse=True)
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slices small enough for a table of a thousand rows to have many."""
    monkeypatch.setattr(comparison, "SLICE", 64)
    monkeypatch.setattr(comparison, "KEYED_SLICE", 100)


class Tables:
    """Writes tables of a thousand rows, split into files as wanted."""

    def __init__(self, con: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self.con, self.folder, self.number = con, folder, 0

    def __call__(self, query: str = f"SELECT {COLUMNS} FROM range(1000) AS t (i)", cuts: tuple[int, ...] = ()) -> Stack:
        files = []
        for low, high in zip((0, *cuts), (*cuts, 10**9), strict=True):
            self.number += 1
            files.append(self.folder / f"{self.number}.parquet")
            self.con.execute(
                f"COPY (SELECT * FROM ({query}) LIMIT {high - low} OFFSET {low}) TO '{files[-1]}' (FORMAT parquet)"
            )
        return Stack(self.con, files)


@pytest.fixture
def tables(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> Tables:
    return Tables(con, tmp_path)


@pytest.mark.parametrize("cuts", [(), (10,), (1, 2, 500), (64, 128, 999)])
def test_the_same_rows_in_other_files_are_the_same(
    cuts: tuple[int, ...], con: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    found = compare(con, tables(), tables(cuts=cuts), ["id"])
    assert found.same and found.rows == 1000


def test_changed_cells_are_counted_per_column_and_the_first_are_shown(
    con: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    changed = COLUMNS.replace("i % 7 AS a", "CASE WHEN i >= 300 AND i % 100 = 0 THEN NULL ELSE i % 7 END AS a")
    found = compare(con, tables(), tables(f"SELECT {changed} FROM range(1000) AS t (i)"), ["id"])
    examples = tuple(Cell(str(i), str(i % 7), None) for i in (300, 400, 500))
    assert found.columns == [ColumnDifference("a", 7, examples)]
    assert (found.gone, found.new, found.moved) == (0, 0, False)


@pytest.mark.parametrize("change", ["[i, i + 2]", "[i]", "[]::BIGINT[]", "NULL::BIGINT[]"])
def test_a_change_in_a_list_is_seen(change: str, con: duckdb.DuckDBPyConnection, tables: Tables) -> None:
    query = f"SELECT * REPLACE (CASE WHEN id = '999' THEN {change.replace('i', '999')} ELSE c END AS c) FROM ({{}})"
    found = compare(con, tables(), tables(query.format(f"SELECT {COLUMNS} FROM range(1000) AS t (i)")), ["id"])
    assert [(c.column, c.rows) for c in found.columns] == [("c", 1)]


def test_rows_that_went_or_came_are_counted_and_the_others_still_compared(
    con: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    columns = COLUMNS.replace("i % 7", "CASE i WHEN 8 THEN 99 ELSE i % 7 END")
    query = f"SELECT {columns} FROM range(1, 1001) AS t (i) WHERE i <> 500"
    found = compare(con, tables(), tables(query), ["id"])
    assert (found.gone, found.new, found.moved, found.rows) == (2, 1, False, 998)
    assert found.columns == [ColumnDifference("a", 1, (Cell("8", "1", "99"),))]


def test_as_many_rows_gone_as_came_are_not_taken_for_changed_cells(
    con: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    found = compare(con, tables(), tables(f"SELECT {COLUMNS} FROM range(1, 1001) AS t (i)"), ["id"])
    assert (found.gone, found.new, found.columns) == (1, 1, [])


def test_rows_in_another_order_are_told(con: duckdb.DuckDBPyConnection, tables: Tables) -> None:
    found = compare(con, tables(), tables(f"SELECT {COLUMNS} FROM range(1000) AS t (i) ORDER BY i DESC"), ["id"])
    assert (found.moved, found.columns, found.rows) == (True, [], 1000)


def test_columns_that_only_one_has_are_named(con: duckdb.DuckDBPyConnection, tables: Tables) -> None:
    found = compare(
        con, tables(), tables(f"SELECT * EXCLUDE (b), 1 AS d FROM (SELECT {COLUMNS} FROM range(1000) AS t (i))"), ["id"]
    )
    assert (found.columns_gone, found.columns_new, found.columns) == (["b"], ["d"], [])


def test_a_column_of_another_type_is_compared_as_text(con: duckdb.DuckDBPyConnection, tables: Tables) -> None:
    query = "SELECT * REPLACE (CASE WHEN id = '3' THEN 'x' ELSE a::VARCHAR END AS a) FROM ({})"
    found = compare(con, tables(), tables(query.format(f"SELECT {COLUMNS} FROM range(1000) AS t (i)")), ["id"])
    assert found.columns == [ColumnDifference("a", 1, (Cell("3", "3", "x"),))]


@pytest.mark.parametrize("change", ["* EXCLUDE (a)", "* REPLACE ('x' AS a)", "*, 1 AS d"])
def test_a_file_that_does_not_fit_the_others_is_compared_as_far_as_it_goes(
    change: str, con: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    whole = f"SELECT {COLUMNS} FROM range(1000) AS t (i)"
    tables(whole, cuts=(400, 600))
    file = sorted(tables.folder.glob("*.parquet"))[1]
    con.execute(f"COPY (SELECT {change} FROM ({whole}) LIMIT 200 OFFSET 400) TO '{file}' (FORMAT parquet)")
    odd = Stack(con, sorted(tables.folder.glob("*.parquet")))
    found = compare(con, odd, tables(), ["id"])
    assert found.columns_gone == (["d"] if "d" in change else [])
    assert [(c.column, c.rows) for c in found.columns] == ([] if "d" in change else [("a", 200)])


def test_tables_without_rows_are_the_same(con: duckdb.DuckDBPyConnection, tables: Tables) -> None:
    empty = f"SELECT {COLUMNS} FROM range(0) AS t (i)"
    assert compare(con, tables(empty), tables(empty), ["id"]).same
    found = compare(con, tables(empty), tables(), ["id"])
    assert (found.gone, found.new, found.rows) == (0, 1000, 0)


def test_rows_without_a_key_are_compared_as_bags(con: duckdb.DuckDBPyConnection, tables: Tables) -> None:
    twice = "SELECT i % 10 AS i FROM range({}) AS t (i)"
    assert compare_as_bags(con, tables(twice.format(100)), tables(twice.format(100))).same
    found = compare_as_bags(con, tables(twice.format(100)), tables(twice.format(99)))
    assert (found.gone, found.new) == (1, 0)


def test_names_and_values_of_any_kind_are_compared(con: duckdb.DuckDBPyConnection, tables: Tables) -> None:
    query = """SELECT i::VARCHAR AS id, '{}' AS "a ""b'c", 'NaN'::DOUBLE AS n FROM range(3) AS t (i)"""
    found = compare(con, tables(query.format("it''s")), tables(query.format('"x"')), ["id"])
    assert [(c.column, c.rows, c.examples[0]) for c in found.columns] == [("a \"b'c", 3, Cell("0", "it's", '"x"'))]
