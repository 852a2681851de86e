"""Files, folders, globs and frames: whatever way the same records come in, the same values come out."""

from __future__ import annotations

import gc
import gzip
import re
import warnings
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from socialrules import Rulebook, open_results, score
from socialrules.engine import score_to_folder
from socialrules.errors import InputError, UsageError
from socialrules.run import Settings

from .small import AS_OF, rejected, rows, run, write_csv, write_json, write_parquet

COMPANIES: list[dict[str, Any]] = [
    {"company_id": "a", "company_name": "Caf\u00e9, Ltd", "size": 3.0, "sure": "yes", "goals": ["leads", "sales"]},
    {"company_id": "b", "company_name": 'line\n"two"', "size": None, "sure": "no", "goals": []},
    {"company_id": "c", "company_name": None, "size": 10.0, "sure": None, "goals": None},
]
FACTS = ("company_id", "company_name", "size", "sure", "goals", "cg_01")
EXPECTED = [
    ("a", "Caf\u00e9, Ltd", 3.0, "yes", ["leads", "sales"], "pass"),
    ("b", 'line\n"two"', None, "no", [], "fail"),
    ("c", None, 10.0, None, None, "unknown"),
]


def told(book: Rulebook, companies: Any) -> list[tuple[Any, ...]]:
    """The facts of ``COMPANIES`` and their outcome, from whatever they come in."""
    results = run(book, companies)
    assert rejected(results) == []
    return [tuple(r[f] for f in FACTS) for r in rows(results, "companies")]


def stop(book: Rulebook, companies: Any, match: str, **options: Any) -> None:
    """Asserts that the run stops with a message of one paragraph and exit code 3."""
    with pytest.raises(InputError, match=match) as error:
        run(book, companies, **options)
    assert error.value.exit_code == 3
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("ending", ["csv", "jsonl", "ndjson", "parquet", "pq", "csv.gz", "jsonl.gz", "CSV", "Parquet"])
def test_a_file_is_read_by_its_ending(ending: str, book: Rulebook, tmp_path: Path) -> None:
    path = tmp_path / f"companies.{ending}"
    kind = ending.lower().removesuffix(".gz")
    write: Any = {"csv": write_csv, "jsonl": write_json, "ndjson": write_json}.get(kind, write_parquet)
    write(path, COMPANIES)
    if ending.endswith(".gz"):
        path.write_bytes(gzip.compress(path.read_bytes()))
    assert told(book, path) == EXPECTED
    assert told(book, str(path)) == EXPECTED


@pytest.mark.parametrize("frame", ["pandas", "pandas_arrow", "polars", "arrow", "arrow_chunks", "relation", "reader"])
def test_a_frame_in_memory_gives_the_same_as_a_file(frame: str, book: Rulebook) -> None:
    table = pa.Table.from_pylist(COMPANIES)
    given: Any = {
        "pandas": lambda: pd.DataFrame(COMPANIES),
        "pandas_arrow": lambda: table.to_pandas(types_mapper=pd.ArrowDtype),
        "polars": lambda: pl.DataFrame(COMPANIES),
        "arrow": lambda: table,
        "arrow_chunks": lambda: pa.concat_tables([table.slice(0, 1), table.slice(1)]),
        "relation": lambda: duckdb.connect().from_arrow(table),
        "reader": table.to_reader,
    }[frame]()
    assert told(book, given) == EXPECTED


def test_nan_and_none_of_pandas_are_blank(book: Rulebook) -> None:
    frame = pd.DataFrame(
        {
            "company_id": ["a", "b", "c", None],
            "size": [1.0, float("nan"), None, 4.0],
            "sure": ["yes", None, float("nan"), "no"],
            "founded": pd.to_datetime(["2024-06-30", None, None, None]),
            "model": pd.Categorical(["b2c", None, "B2B", None]),
            "owner": pd.array([True, None, False, None], dtype="boolean"),
            "weeks": pd.array([3, None, 4, None], dtype="Int64"),
        }
    )
    results = run(book, frame)
    assert rejected(results, "row", "column", "kind") == [(4, "company_id", "row")]
    found = [(r["size"], r["sure"], str(r["founded"]), r["model"], r["weeks"]) for r in rows(results, "companies")]
    assert found == [
        (1.0, "yes", "2024-06-30", "b2c", 3),
        (None, None, "None", None, None),
        (None, None, "None", "b2b", 4),
    ]
    assert [r["source_file"] for r in rows(results, "companies")] == ["companies (in memory)"] * 3


def test_frames_of_empty_lists_alone_are_read(book: Rulebook) -> None:
    results = run(book, pd.DataFrame({"company_id": ["a", "b"], "goals": [[], []]}))
    assert [r["goals"] for r in rows(results, "companies")] == [[], []]


@pytest.mark.parametrize("thing", [42, object(), ["a"], {"company_id": ["a"]}, None], ids=lambda v: type(v).__name__)
def test_what_is_no_table_is_refused(thing: Any, book: Rulebook) -> None:
    stop(book, thing, "companies")


def test_results_without_a_folder_go_without_a_trace_or_a_warning(book: Rulebook) -> None:
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        results = score(pa.table({"company_id": ["a"]}), rulebook=book, as_of=AS_OF)
        folder = results.path
        assert folder.is_dir()
        del results
        gc.collect()
    assert not folder.exists()
    assert [str(w.message) for w in heard] == []


def test_results_without_a_folder_can_be_saved(book: Rulebook, tmp_path: Path) -> None:
    saved = score(pa.table({"company_id": ["a"]}), rulebook=book, as_of=AS_OF).save(tmp_path / "kept")
    assert rows(saved, "companies")[0]["company_id"] == "a"
    with pytest.raises(UsageError, match="kept exists already"):
        saved.save(tmp_path / "kept")


def test_an_empty_frame_is_refused(book: Rulebook) -> None:
    for frame in (
        pd.DataFrame({"company_id": []}),
        pa.table({"company_id": pa.array([], pa.string())}),
        pl.DataFrame({"company_id": []}),
    ):
        stop(book, frame, "holds no rows")


def test_a_glob_takes_files_in_the_order_of_their_names_and_numbers(book: Rulebook, tmp_path: Path) -> None:
    for name, company in (("part-2", "b"), ("part-1", "a"), ("part-10", "c"), ("other", "x")):
        write_csv(tmp_path / f"{name}.csv", [{"company_id": company}])
    found = rows(run(book, tmp_path / "part-*.csv"), "companies")
    assert [(r["company_id"], Path(r["source_file"]).name, r["source_row"]) for r in found] == [
        ("a", "part-1.csv", 1),
        ("b", "part-2.csv", 1),
        ("c", "part-10.csv", 1),
    ]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_folder_is_read_with_all_its_folders(ending: str, book: Rulebook, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write: Any = {"csv": write_csv, "parquet": write_parquet}[ending]
    for place, company in (("country=IE", "a"), ("country=FI/year=2024", "b"), (".", "c"), ("_temporary", "d")):
        (folder / place).mkdir(parents=True, exist_ok=True)
        write(folder / place / f"p.{ending}", [{"company_id": company}])
    for name in ("_SUCCESS", f".hidden.{ending}", f"_old.{ending}", "readme.txt"):
        (folder / name).write_text("x", encoding="utf-8")
    found = [r["company_id"] for r in rows(run(book, folder), "companies")]
    assert found == ["b", "a", "c"]


def test_names_with_quotes_blanks_and_brackets_are_read(book: Rulebook, tmp_path: Path) -> None:
    for name in ("it's.csv", "a b.csv", "[x].csv", "50%.csv", 'say "hi".csv', "a;b.csv", "caf\u00e9.csv"):
        path = write_csv(tmp_path / name, [{"company_id": "a"}])
        (found,) = rows(run(book, path), "companies")
        assert found["source_file"] == str(path)


def test_parquet_files_with_other_columns_in_another_order_are_one_input(book: Rulebook, tmp_path: Path) -> None:
    write_parquet(tmp_path / "1.parquet", [{"company_id": "a", "size": 1, "sure": "yes"}])
    write_parquet(tmp_path / "2.parquet", [{"sure": True, "company_id": "b"}, {"sure": False, "company_id": "c"}])
    write_parquet(tmp_path / "3.parquet", [{"weeks": 4.0, "size": "5", "company_id": "d"}])
    found = rows(run(book, tmp_path), "companies")
    assert [(r["company_id"], r["size"], r["sure"], r["weeks"]) for r in found] == [
        ("a", 1, "yes", None),
        ("b", None, "yes", None),
        ("c", None, "no", None),
        ("d", 5, None, 4),
    ]
    assert [(Path(r["source_file"]).name, r["source_row"]) for r in found] == [
        ("1.parquet", 1),
        ("2.parquet", 1),
        ("2.parquet", 2),
        ("3.parquet", 1),
    ]


def test_lists_of_one_parquet_file_and_texts_of_another_are_one_column(book: Rulebook, tmp_path: Path) -> None:
    write_parquet(
        tmp_path / "1.parquet", [{"company_id": "a", "goals": ["leads", "sales"]}, {"company_id": "b", "goals": []}]
    )
    write_parquet(tmp_path / "2.parquet", [{"company_id": "c", "goals": "leads;sales"}])
    results = run(book, tmp_path)
    assert [r["goals"] for r in rows(results, "companies")] == [["leads", "sales"], [], ["leads", "sales"]]
    assert rejected(results) == []


def test_csv_files_with_columns_in_another_order_are_one_input(book: Rulebook, tmp_path: Path) -> None:
    write_csv(tmp_path / "1.csv", [{"company_id": "a", "size": 1}])
    write_csv(tmp_path / "2.csv", [{"size": 2, "company_id": "b", "sure": "no"}])
    found = rows(run(book, tmp_path), "companies")
    assert [(r["company_id"], r["size"], r["sure"], r["source_row"]) for r in found] == [
        ("a", 1, None, 1),
        ("b", 2, "no", 1),
    ]


def test_many_small_files_keep_their_order_in_every_part(book: Rulebook, tmp_path: Path) -> None:
    for i in range(11):
        write_parquet(
            tmp_path / f"{i:02d}.parquet", [{"company_id": f"{i:02d}-{j}", "size": j} for j in range(i % 4 + 1)]
        )
    expected = [(f"{i:02d}-{j}", j, f"{i:02d}.parquet", j + 1) for i in range(11) for j in range(i % 4 + 1)]
    for part_rows in (3, 8, 1000):
        out = score_to_folder(
            book,
            {"companies": tmp_path},
            tmp_path.parent / f"out-{tmp_path.name}-{part_rows}",
            Settings(AS_OF, part_rows=part_rows),
        )
        found = rows(open_results(out), "companies")
        assert [(r["company_id"], r["size"], Path(r["source_file"]).name, r["source_row"]) for r in found] == expected


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str, book: Rulebook, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "companies.csv", COMPANIES, delimiter)
    assert told(book, path) == EXPECTED


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\ufeffcompany_id,size\na,1\n", [("a", 1)]),
        ("company_id,size\r\na,1\r\nb,2\r\n", [("a", 1), ("b", 2)]),
        ("company_id,size\na,1", [("a", 1)]),
        (" company_id , size \na,1\n", [("a", 1)]),
        ('"company_id","size"\n"a","1"\n', [("a", 1)]),
        ("company_id,size,size_max\na,1\nb,2,3\n", [("a", 1), ("b", 2)]),
        ("company_id\na\nb\n", [("a", None), ("b", None)]),
        ('company_id,company_name\na,"x, y"\nb,"q ""r"" s"\n', [("a", None), ("b", None)]),
        ("company_id,size\na,1\n\nb,2\n", [("a", 1), ("b", 2)]),
    ],
    ids=["bom", "crlf", "no_newline_at_end", "blanks", "quotes", "short_row", "one_column", "quoted", "empty_line"],
)
def test_csv_of_every_habit_is_read(text: str, expected: list[tuple[str, Any]], book: Rulebook, tmp_path: Path) -> None:
    path = tmp_path / "companies.csv"
    path.write_bytes(text.encode())
    results = run(book, path)
    assert [(r["company_id"], r["size"]) for r in rows(results, "companies")] == expected


def test_a_malformed_row_of_csv_harms_no_other_row(book: Rulebook, tmp_path: Path) -> None:
    path = tmp_path / "companies.csv"
    path.write_text("company_id,company_name,size\na,x,1\nb,y,2,3,4\nc,z,5\n", encoding="utf-8")
    results = run(book, path)
    found = {r["company_id"]: (r["company_name"], r["size"]) for r in rows(results, "companies")}
    assert found["a"] == ("x", 1)
    assert found["c"] == ("z", 5)
    counts = results.manifest["inputs"]["companies"]
    assert counts["rows"] == 3
    assert len(found) + sum(k == "row" for (k,) in rejected(results, "kind")) == 3


def test_bytes_that_are_no_utf_8_harm_no_other_cell(book: Rulebook, tmp_path: Path) -> None:
    path = tmp_path / "companies.csv"
    path.write_bytes("company_id,company_name,size\na,Caf\u00e9,1\nb,y,2\n".encode("latin-1"))
    found = rows(run(book, path), "companies")
    assert [(r["company_id"], r["size"]) for r in found] == [("a", 1), ("b", 2)]
    assert found[1]["company_name"] == "y"


def test_cells_of_csv_are_never_guessed_from_their_neighbours(book: Rulebook, tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "companies.csv", [{"company_id": f"{i:03d}", "company_name": f"0{i}"} for i in range(50)]
    )
    found = rows(run(book, path), "companies")
    assert found[7]["company_id"] == "007"
    assert found[7]["company_name"] == "07"


def test_unknown_columns_are_left_alone_and_listed(book: Rulebook, tmp_path: Path) -> None:
    results = run(book, write_csv(tmp_path / "companies.csv", [{"company_id": "a", "Colour": "red", "sizes": "1"}]))
    assert results.manifest["inputs"]["companies"]["ignored_columns"] == ["Colour", "sizes"]
    assert "Colour" not in rows(results, "companies")[0]


def test_kept_columns_come_along_after_the_outcomes(book: Rulebook, tmp_path: Path) -> None:
    companies = write_csv(
        tmp_path / "companies.csv",
        [{"company_id": "a", "Sales region": "North", "rank": "7"}, {"company_id": "b", "rank": ""}],
    )
    accounts = write_csv(
        tmp_path / "accounts.csv", [{"company_id": "a", "network": "xing", "status": "open", "rank": "8"}]
    )
    results = run(book, companies, accounts, keep=["Sales region", "rank"])
    assert [(r["Sales region"], r["rank"]) for r in rows(results, "companies")] == [("North", "7"), (None, None)]
    assert list(rows(results, "companies")[0])[-5:] == ["cg_01", "Sales region", "rank", "source_file", "source_row"]
    assert rows(results, "accounts")[0]["rank"] == "8"


def test_a_column_to_keep_that_no_input_has_is_a_usage_error(book: Rulebook, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--keep colour") as error:
        run(book, write_csv(tmp_path / "companies.csv", [{"company_id": "a"}]), keep=["colour"])
    assert error.value.exit_code == 2


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


BROKEN = {
    "missing": ("companies.parquet", None, "there is no file .*companies.parquet"),
    "no_parquet": (
        "companies.parquet",
        b"this is no parquet file at all",
        "companies.parquet is not a readable Parquet file",
    ),
    "empty_parquet": ("companies.parquet", b"", "companies.parquet"),
    "cut_parquet": ("companies.parquet", b"PAR1\x00\x00\x00\x10PAR1", "companies.parquet"),
    "empty_csv": ("companies.csv", b"", "companies.csv is empty"),
    "header_alone": ("companies.csv", b"company_id,size\n", "holds no rows"),
    "blank_csv": ("companies.csv", b"\n\n\n", "companies.csv"),
    "no_id": ("companies.csv", b"id,size\na,1\n", "companies.csv has no column company_id"),
    "wrong_gzip": ("companies.csv.gz", b"company_id\na\n", "companies.csv.gz"),
    "zeros": ("companies.csv", b"\x00\x01\x02\x03" * 50, "companies.csv"),
    "empty_json": ("companies.jsonl", b"", "companies.jsonl is empty"),
    "json_list": ("companies.jsonl", b"[1, 2]\n", "companies.jsonl"),
    "json_numbers": ("companies.jsonl", b"1\n2\n", "companies.jsonl"),
    "json_without_id": ("companies.jsonl", b'{"id": "a"}\n', "has no column company_id"),
    "ending": ("companies.doc", b"x", "companies.doc has no ending that can be read"),
    "no_ending": ("companies", b"company_id\na\n", "has no ending"),
    "twice": ("companies.csv", b"company_id,size,size\na,1,2\n", "companies.*size"),
    "case": ("companies.csv", b"company_id,size,Size\na,1,2\n", "companies.*[sS]ize"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_an_input_that_makes_the_run_meaningless_stops_it(name: str, book: Rulebook, tmp_path: Path) -> None:
    file, content, match = BROKEN[name]
    path = tmp_path / file
    if content is not None:
        write(path, content)
    before = sorted(tmp_path.iterdir())
    stop(book, path, match, out=tmp_path / "out")
    assert sorted(tmp_path.iterdir()) == before


def test_one_broken_file_among_several_is_named(book: Rulebook, tmp_path: Path) -> None:
    write_parquet(tmp_path / "1.parquet", [{"company_id": "a"}])
    write(tmp_path / "2.parquet", b"broken file that is long enough")
    stop(book, tmp_path, r"2\.parquet is not a readable Parquet file")


def test_a_folder_without_files_and_a_glob_without_matches_are_missing_files(book: Rulebook, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    stop(book, tmp_path / "empty", "holds no file that can be read")
    stop(book, tmp_path / "*.csv", "no file matches")


def test_a_folder_of_several_formats_is_refused(book: Rulebook, tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", [{"company_id": "a"}])
    write_json(tmp_path / "b.jsonl", [{"company_id": "b"}])
    stop(book, tmp_path, "several formats")


def test_a_folder_that_looks_like_a_file_is_read_as_a_folder(book: Rulebook, tmp_path: Path) -> None:
    folder = tmp_path / "companies.parquet"
    folder.mkdir()
    write_parquet(folder / "part-0.parquet", [{"company_id": "a"}])
    assert [r["company_id"] for r in rows(run(book, folder), "companies")] == ["a"]


def test_an_empty_table_of_accounts_is_fine(book: Rulebook, tmp_path: Path) -> None:
    companies = write_csv(tmp_path / "companies.csv", [{"company_id": "a"}])
    accounts = write(tmp_path / "accounts.csv", b"company_id,network,status\n")
    results = run(book, companies, accounts)
    assert rows(results, "accounts") == []
    assert results.manifest["inputs"]["accounts"]["rows"] == 0


@pytest.mark.parametrize("column", ["company_id", "network", "status"])
def test_accounts_without_a_needed_column_stop_the_run(column: str, book: Rulebook, tmp_path: Path) -> None:
    companies = write_csv(tmp_path / "companies.csv", [{"company_id": "a"}])
    record = {"company_id": "a", "network": "xing", "status": "open"}
    del record[column]
    with pytest.raises(InputError, match=rf"accounts: .*accounts\.csv has no column {column}"):
        run(book, companies, write_csv(tmp_path / "accounts.csv", [record]))


def test_the_messages_name_the_file_as_given_and_hold_no_sql(book: Rulebook, tmp_path: Path) -> None:
    for name, (file, content, _) in BROKEN.items():
        path = tmp_path / name / file
        path.parent.mkdir()
        if content is not None:
            write(path, content)
        with pytest.raises(InputError) as error:
            run(book, path)
        said = str(error.value)
        assert str(path) in said, name
        assert not re.search(r"SELECT|read_csv|read_parquet|_frame|Binder Error|LINE 1|\.work-", said), said
        assert len(said) < 500, said


def tables(book: Rulebook, folder: Path, name: str, **settings: Any) -> dict[str, list[dict[str, Any]]]:
    """The result tables of a run in parts, without the paths of the inputs."""
    out = score_to_folder(
        book,
        {n: folder / f"{n}.parquet" for n in ("companies", "accounts", "staff")},
        folder / name,
        Settings(AS_OF, **settings),
    )
    results = open_results(out)
    return {
        t: [{k: v for k, v in r.items() if k not in ("file", "source_file")} for r in rows(results, t)]
        for t in ("companies", "accounts", "rejects")
    }


def test_accounts_in_any_order_are_scored_alike_in_several_parts(book: Rulebook, tmp_path: Path) -> None:
    companies = [{"company_id": f"c{i}", "size": i, "size_max": 60} for i in range(83)] + [
        {"company_id": "c3", "size": 0, "size_max": 1}
    ]
    accounts = [
        {
            "company_id": f"c{(i * 37) % 90}",
            "network": "xing",
            "handle": f"h{i % 3}" if i % 4 else None,
            "status": "open" if i % 5 else "bad",
            "posts": i % 7 - 1,
        }
        for i in range(250)
    ]
    staff = [{"company_id": f"c{(i * 11) % 85}", "person_id": f"p{i % 2}", "hours": i} for i in range(60)]
    for name, records in (("companies", companies), ("accounts", accounts), ("staff", staff)):
        write_parquet(tmp_path / f"{name}.parquet", records)
    whole = tables(book, tmp_path, "whole")
    assert len(whole["companies"]) == 83
    assert len(whole["rejects"]) > 60
    for part_rows in (7, 50, 83):
        assert tables(book, tmp_path, f"parts-{part_rows}", part_rows=part_rows) == whole
    order = [int(r["company_id"][1:]) for r in whole["accounts"]]
    assert order == sorted(order)


def test_several_parts_make_a_folder_that_reads_as_one_table(book: Rulebook, tmp_path: Path) -> None:
    for name, records in (
        ("companies", [{"company_id": f"c{i}"} for i in range(5)]),
        ("staff", [{"company_id": "c1", "person_id": "p"}]),
        ("accounts", [{"company_id": f"c{4 - i}", "network": "xing", "status": "open"} for i in range(5)]),
    ):
        write_parquet(tmp_path / f"{name}.parquet", records)
    tables(book, tmp_path, "out", part_rows=2)
    folder = tmp_path / "out" / "companies.parquet"
    assert sorted(p.name for p in folder.iterdir()) == [f"part-{i:05d}.parquet" for i in range(3)]
    expected = [f"c{i}" for i in range(5)]
    assert pq.read_table(folder)["company_id"].to_pylist() == expected
    assert pd.read_parquet(folder)["company_id"].tolist() == expected
    assert pl.read_parquet(folder / "*.parquet")["company_id"].to_list() == expected
    assert [c for (c,) in duckdb.execute(f"SELECT company_id FROM '{folder}/*.parquet'").fetchall()] == expected
    assert open_results(tmp_path / "out").to_arrow("accounts")["company_id"].to_pylist() == expected


@pytest.mark.parametrize("tail", [";;extra", ";extra", ";;;;;;;;;;;;;;;;;;;;;;;;;;;;x"])
def test_a_row_with_a_cell_beyond_the_header_is_left_out_wherever_that_cell_stands(
    tail: str, book: Rulebook, tmp_path: Path
) -> None:
    path = tmp_path / "companies.csv"
    path.write_text(f"company_id;size;sure\na;1;yes{tail}\nb;2;no;\nc;3;no;;;;\nd;4\n", encoding="utf-8")
    results = run(book, path)
    assert [r["company_id"] for r in rows(results, "companies")] == ["b", "c", "d"]
    assert rejected(results, "row", "kind", "reason") == [
        (1, "row", "the row has more cells than the header has names")
    ]
