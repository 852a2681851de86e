"""Many files are one input: the same rows in the same order, and what the names of folders say is a column."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path, PurePath
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from socialrules import Results, Rulebook, explain_result, load_rulebook, merge, open_results
from socialrules.engine import score_to_folder
from socialrules.errors import InputError
from socialrules.run import Run, Settings
from socialrules.sources.discovery import find_files, folder_values, natural_order
from socialrules.sources.footers import read_footers
from socialrules.sources.inputs import BATCH, FEW_ROWS, MANY_FILES, open_input

from .small import AS_OF, rejected, rows, run, write_csv, write_json, write_parquet

WRITERS: dict[str, Callable[..., Path]] = {"parquet": write_parquet, "csv": write_csv, "jsonl": write_json}
SOURCE = ("source_file", "source_row", "file", "row")


def companies(number: int) -> list[dict[str, Any]]:
    """Companies with bad cells, keys that come twice and one that is missing, from file to file."""
    draw = random.Random(number)
    return [
        {
            "company_id": draw.choice([f"c{n}", f"c{n}", f"c{n}", f"c{n // 2}", None]),
            "company_name": f"Company, {n}",
            "size": draw.choice(["1", "2.5", "many", None]),
            "sure": draw.choice(["yes", "no", "Yes", None]),
            "goals": draw.choice(["leads;sales", "[]", None]),
        }
        for n in range(number)
    ]


def split(folder: Path, records: Sequence[dict[str, Any]], files: int, ending: str) -> Path:
    """Records in so many files, a few in each, some files empty."""
    folder.mkdir()
    cuts = sorted(random.Random(files).choices(range(len(records) + 1), k=files - 1))
    for n, (low, high) in enumerate(zip([0, *cuts], [*cuts, len(records)], strict=True)):
        path = folder / f"p{n}.{ending}"
        if high == low:
            write_empty(path, list(records[0]))
        elif ending == "parquet":
            write_parquet(path, records[low:high], **dict.fromkeys(records[0], pa.string()))
        else:
            WRITERS[ending](path, records[low:high])
    return folder


def write_empty(path: Path, columns: Sequence[str]) -> None:
    """A file with columns and no rows; JSON lines without rows have no columns."""
    if path.suffix == ".parquet":
        listed = ", ".join(f"NULL::VARCHAR AS {c}" for c in columns)
        duckdb.execute(f"COPY (SELECT {listed} WHERE FALSE) TO '{path}' (FORMAT parquet)")
    elif path.suffix == ".csv":
        path.write_text(",".join(columns) + "\n", encoding="utf-8")


def without_places(results: Results) -> list[list[dict[str, Any]]]:
    """The tables without the columns that say where a row stood."""
    return [
        [{k: v for k, v in r.items() if k not in SOURCE} for r in rows(results, n)] for n in ("companies", "rejects")
    ]


@pytest.mark.parametrize("ending", WRITERS)
@pytest.mark.parametrize("files", [5, MANY_FILES + BATCH + 3])
def test_many_files_are_scored_like_one(files: int, ending: str, book: Rulebook, tmp_path: Path) -> None:
    records = companies(150)
    one = run(book, WRITERS[ending](tmp_path / f"one.{ending}", records))
    many = run(book, split(tmp_path / "many", records, files, ending))
    expected, found = without_places(one), without_places(many)
    assert found[0] == expected[0]
    assert sorted(map(str, found[1])) == sorted(map(str, expected[1]))
    assert one.manifest["inputs"]["companies"]["left_out"] > 10
    assert many.manifest["inputs"]["companies"]["rows"] == 150
    places = [(natural_order(PurePath(r["source_file"])), r["source_row"]) for r in rows(many, "companies")]
    assert places == sorted(places)


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_a_row_of_many_files_is_found_at_its_place(ending: str, book: Rulebook, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for n in range(MANY_FILES + 6):
        WRITERS[ending](folder / f"p{n}.{ending}", [{"company_id": f"c{n}-{i}", "size": "bad"} for i in range(3)])
    results = run(book, folder)
    for row in rows(results, "companies"):
        n, i = row["company_id"][1:].split("-")
        assert (Path(row["source_file"]).name, row["source_row"]) == (f"p{n}.{ending}", int(i) + 1)
    for name, key, place in rejected(results, "file", "company_id", "row"):
        assert f"{Path(name).stem}-{place - 1}" == f"p{key[1:]}"


def test_csv_files_that_need_care_are_read_with_it_among_many(book: Rulebook, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for n in range(2 * BATCH):
        text = f"company_id,company_name,size\nc{n},Café {n},{n}\n"
        (folder / f"p{n}.csv").write_bytes(text.encode("cp1252" if n == 5 else "utf-8"))
    (folder / "p7.csv").write_text("company_id;size\nc7;7\nlong;8;9;10\nshort\n", encoding="utf-8")
    (folder / "p9.csv").write_text("company_id,_row,size\nc9,x,9\n", encoding="utf-8")
    results = run(book, folder)
    found = {r["company_id"]: r for r in rows(results, "companies")}
    assert (len(found), found["c5"]["company_name"]) == (2 * BATCH + 1, "Café 5")
    assert (found["short"]["size"], found["short"]["source_row"], found["c9"]["size"]) == (None, 3, 9.0)
    assert [(Path(f).name, r, k) for f, r, k in rejected(results, "file", "row", "kind")] == [("p7.csv", 2, "row")]
    empty = folder / "p3.csv"
    empty.write_bytes(b"")
    with pytest.raises(InputError, match=r"p3\.csv is empty"):
        run(book, folder)


def test_a_bad_file_among_many_is_named(book: Rulebook, tmp_path: Path) -> None:
    folder = split(tmp_path / "in", companies(70), MANY_FILES + 1, "parquet")
    (folder / "p33.parquet").write_bytes(b"PAR1 no Parquet")
    with pytest.raises(InputError, match=r"p33\.parquet is not a readable Parquet file"):
        run(book, folder)


@pytest.mark.parametrize("ending", WRITERS)
@pytest.mark.parametrize("files", [3, MANY_FILES + 1])
def test_folders_with_a_value_in_their_name_are_columns(
    files: int, ending: str, book: Rulebook, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    for n in range(files):
        place = folder / ("sure=yes" if n % 2 else "sure=no") / f"size={n}" / "region=A%2FB"
        place.mkdir(parents=True)
        WRITERS[ending](place / f"part.{ending}", [{"company_id": f"c{n}", "model": "b2b"}])
    results = run(book, folder, keep=["region"])
    found = {r["company_id"]: r for r in rows(results, "companies")}
    assert len(found) == files
    for n in range(files):
        row = found[f"c{n}"]
        assert (row["cg_01"], row["size"], row["region"]) == ("pass" if n % 2 else "fail", n, "A/B")


def test_a_record_is_explained_with_what_its_folders_say(tmp_path: Path) -> None:
    for place, key in (("policy_exists=yes", "a"), ("policy_exists=no", "b")):
        (tmp_path / "in" / place).mkdir(parents=True)
        write_csv(tmp_path / "in" / place / "p.csv", [{"company_id": key}])
    results = run(load_rulebook(), tmp_path / "in")
    for key, outcome in (("a", "pass"), ("b", "fail")):
        explained = explain_result(results, key)
        found = [line.outcome for g in explained.guidelines for line in g.checks if line.code == "PP-01"]
        assert (explained.outcomes_only, found) == ("", [outcome])


def test_what_a_file_holds_counts_more_than_the_name_of_its_folder(book: Rulebook, tmp_path: Path) -> None:
    for place, record in (
        ("size=1", {"company_id": "a", "size": 5.0}),
        ("size=2", {"company_id": "b"}),
        (".", {"company_id": "c"}),
    ):
        (tmp_path / "in" / place).mkdir(parents=True, exist_ok=True)
        write_parquet(tmp_path / "in" / place / "p.parquet", [record])
    assert [(r["company_id"], r["size"]) for r in rows(run(book, tmp_path / "in"), "companies")] == [
        ("c", None),
        ("a", 5.0),
        ("b", None),
    ]


def test_a_folder_says_nothing_where_others_lack_it_or_it_says_null(book: Rulebook, tmp_path: Path) -> None:
    for n, place in enumerate(("size=7", "size=__HIVE_DEFAULT_PARTITION__", "size=", ".", "size=3/size=4", "row=9")):
        (tmp_path / "in" / place).mkdir(parents=True, exist_ok=True)
        write_parquet(tmp_path / "in" / place / "p.parquet", [{"company_id": f"c{n}"}])
    found = {r["company_id"]: r["size"] for r in rows(run(book, tmp_path / "in"), "companies")}
    assert found == {"c0": 7.0, "c1": None, "c2": None, "c3": None, "c4": 4.0, "c5": None}


def test_folders_are_columns_however_the_file_is_named(book: Rulebook, tmp_path: Path) -> None:
    place = tmp_path / "size=3"
    place.mkdir()
    path = write_parquet(place / "p.parquet", [{"company_id": "a"}])
    for given in (path, place, tmp_path, f"{tmp_path}/size=*/*.parquet"):
        assert [r["size"] for r in rows(run(book, given), "companies")] == [3.0]


def test_the_folders_of_the_results_are_none_of_their_columns(book: Rulebook, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "companies.csv", companies(20))
    place = tmp_path / "run=3" / "size=4"
    results = run(book, path, out=place / "out")
    elsewhere = run(book, path, out=tmp_path / "out")
    assert rows(results, "companies") == rows(elsewhere, "companies")
    assert results.manifest["values"] == elsewhere.manifest["values"]
    shards = [run(book, path, out=place / f"{n}", shard=(n, 2)).path for n in (1, 2)]
    assert merge(shards, place / "merged").manifest["values"] == elsewhere.manifest["values"]


def test_files_of_one_folder_may_have_other_columns_and_types(book: Rulebook, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    kinds: list[dict[str, Any]] = [
        {"size": 2.5, "founded": dt.date(2020, 1, 2), "goals": ["leads", "sales"]},
        {"size": 3, "founded": "2020-01-02", "goals": "leads;sales"},
        {"size": "4", "goals": []},
        {"note": "only here"},
    ]
    for n in range(MANY_FILES + 6):
        write_parquet(folder / f"p{n}.parquet", [{"company_id": f"c{n}", **kinds[n // 2 % 4]}])
    found = rows(run(book, folder, keep=["note"]), "companies")
    assert [r["company_id"] for r in found] == [f"c{n}" for n in range(MANY_FILES + 6)]
    for n, row in enumerate(found):
        expected = (
            (2.5, dt.date(2020, 1, 2), ["leads", "sales"], None),
            (3.0, dt.date(2020, 1, 2), ["leads", "sales"], None),
            (4.0, None, [], None),
            (None, None, None, "only here"),
        )[n // 2 % 4]
        assert (row["size"], row["founded"], row["goals"], row["note"]) == expected


def test_files_are_in_the_order_of_their_paths_and_numbers(tmp_path: Path) -> None:
    names = [
        "a2/x",
        "a2/y",
        "a10/b",
        "A1/z",
        "b/p1",
        "b/p02",
        "b/p2",
        "b/p10",
        "b/p10a",
        "b/q",
        "b.d/x",
        "10",
        "9",
        "é",
    ]
    wanted = [
        "9",
        "10",
        "A1/z",
        "a2/x",
        "a2/y",
        "a10/b",
        "b/p1",
        "b/p02",
        "b/p2",
        "b/p10",
        "b/p10a",
        "b/q",
        "b.d/x",
        "é",
    ]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / f"{name}.csv").touch()
    found = [str(f.relative_to(tmp_path).with_suffix("")) for f in find_files(tmp_path, "companies")]
    assert found == wanted
    assert find_files(f"{tmp_path}/**/*.csv", "companies") == find_files(tmp_path, "companies")


def test_only_folders_with_an_equals_sign_say_something() -> None:
    path = PurePath("/data/x=1/run/country=FI/y=a=b/z=/=q/row=2/n%20m=%3D/w=__HIVE_DEFAULT_PARTITION__/k=v.parquet")
    assert folder_values(path) == {"x": "1", "country": "FI", "y": "a=b", "z": None, "n m": "=", "w": None}


def test_a_part_opens_only_the_files_that_hold_its_rows(tmp_path: Path) -> None:
    for n in range(9):
        write_parquet(tmp_path / f"p{n}.parquet", [{"company_id": f"{n}-{i}"} for i in range(10)])
    with duckdb.connect() as con:
        source = open_input(con, tmp_path, "companies", tmp_path)
        for low, high, wanted in ((0, 10, [0]), (5, 15, [0, 1]), (25, 65, [2, 3, 4, 5, 6]), (90, 90, [0])):
            query = source.scan(low, high)
            assert [n for n in range(9) if f"p{n}.parquet" in query] == wanted
            found = con.execute(f"SELECT row, company_id, _file, _row FROM ({query}) ORDER BY row").fetchall()
            assert found == [(r, f"{r // 10}-{r % 10}", r // 10, r % 10 + 1) for r in range(low, high)]


def test_many_small_files_are_read_once_and_few_or_large_ones_where_they_lie(book: Rulebook, tmp_path: Path) -> None:
    def read(name: str, files: int, each: int) -> list[str]:
        (tmp_path / name).mkdir()
        for n in range(files):
            query = f"SELECT {n} || '-' || i AS company_id FROM range({each}) r(i)"
            duckdb.execute(f"COPY ({query}) TO '{tmp_path}/{name}/{n}.parquet'")
        work = tmp_path / f"{name}-work"
        with Run(book, Settings(AS_OF), work) as opened:
            opened.open({"companies": tmp_path / name})
            return [Path(f.path).parent.name for f in opened.inputs["companies"].files]

    assert read("small", MANY_FILES, 3) == ["small-work"]
    assert read("few", MANY_FILES - 1, 3) == ["few"] * (MANY_FILES - 1)
    assert read("large", MANY_FILES, FEW_ROWS) == ["large"] * MANY_FILES


def test_footers_tell_columns_of_the_same_name_apart(tmp_path: Path) -> None:
    tables = [
        {"a": 1, "b": "x"},
        {"b": "x", "a": 1},
        {"a": "1", "b": "x"},
        {"a": 1, "b": ["x"]},
        {"a": 1, "b": {"element": "x"}},
        {"a": 1, "b": "x"},
    ]
    paths = [write_parquet(tmp_path / f"{n}.parquet", [t] * (n + 1)) for n, t in enumerate(tables)]
    with duckdb.connect() as con:
        found = read_footers(con, paths, "companies")
    assert [f.rows for f in found] == [1, 2, 3, 4, 5, 6]
    assert [list(f.columns.items()) for f in found] == [
        [("a", "BIGINT"), ("b", "VARCHAR")],
        [("b", "VARCHAR"), ("a", "BIGINT")],
        [("a", "VARCHAR"), ("b", "VARCHAR")],
        [("a", "BIGINT"), ("b", "VARCHAR[]")],
        [("a", "BIGINT"), ("b", "STRUCT(element VARCHAR)")],
        [("a", "BIGINT"), ("b", "VARCHAR")],
    ]


@pytest.mark.parametrize("part_rows", [7, 500])
def test_parts_and_shards_of_many_files_are_those_of_one(part_rows: int, book: Rulebook, tmp_path: Path) -> None:
    records = companies(60)
    many = split(tmp_path / "many", records, MANY_FILES + 1, "parquet")
    few = split(tmp_path / "few", records, 9, "parquet")
    one = {"companies": write_parquet(tmp_path / "one.parquet", records)}
    expected = without_places(open_results(score_to_folder(book, one, tmp_path / "one", Settings(AS_OF))))
    for name, folder in (("many", many), ("few", few)):
        out = score_to_folder(
            book, {"companies": folder}, tmp_path / f"{name}-out", Settings(AS_OF, part_rows=part_rows)
        )
        assert without_places(open_results(out))[0] == expected[0]
        shards = [run(book, folder, out=tmp_path / f"{name}-{n}", shard=(n, 2)).path for n in (1, 2)]
        merged = merge(shards, tmp_path / f"{name}-merged")
        assert merged.manifest["values"] == json.loads((out / "run.json").read_text("utf-8"))["values"]
