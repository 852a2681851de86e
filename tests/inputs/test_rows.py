"""Which rows stay, which are left out, and what is to blame."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialrules import Results, Rulebook
from socialrules.errors import InputError, ThresholdError
from socialrules.sources import rows as rows_module

from .small import EXAMPLES, Records, rejected, rows, run, write_csv, write_json, write_parquet

Writers = pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
WRITE = {"csv": write_csv, "jsonl": write_json, "parquet": write_parquet}


def scored(
    book: Rulebook,
    folder: Path,
    companies: Records,
    accounts: Records = (),
    staff: Records = (),
    ending: str = "csv",
    **more: Any,
) -> Results:
    """Writes records into files and scores them."""
    write: Any = WRITE[ending]
    paths = [
        write(folder / f"{n}.{ending}", r) if r else None
        for n, r in (("companies", companies), ("accounts", accounts), ("staff", staff))
    ]
    return run(book, *paths, **more)


def account(
    company: str | None = "a", network: str | None = "facebook", status: str | None = "open", **more: Any
) -> dict[str, Any]:
    return {"company_id": company, "network": network, "handle": None, "url": None, "status": status, **more}


@Writers
def test_a_company_without_an_id_is_left_out(ending: str, book: Rulebook, tmp_path: Path) -> None:
    ids = ["a", None, "", "  ", "\u00a0", "b"]
    results = scored(book, tmp_path, [{"company_id": i, "company_name": "n"} for i in ids], ending=ending)
    assert [(r["company_id"], r["source_row"]) for r in rows(results, "companies")] == [("a", 1), ("b", 6)]
    found = rejected(results, "table", "row", "company_id", "column", "kind", "reason")
    assert found == [("companies", n, None, "company_id", "row", "the row has no company_id") for n in (2, 3, 4, 5)]


@Writers
def test_the_first_row_with_an_id_counts(ending: str, book: Rulebook, tmp_path: Path) -> None:
    given_ = [("a", 1), ("b", 2), ("a", 3), (" a ", 4), ("A", 5), ("a", 6)]
    results = scored(book, tmp_path, [{"company_id": i, "size": s} for i, s in given_], ending=ending)
    assert [(r["company_id"], r["size"]) for r in rows(results, "companies")] == [("a", 1), ("b", 2), ("A", 5)]
    assert rejected(results, "row", "company_id", "column", "value", "kind") == [
        (3, "a", "company_id", "a", "row"),
        (4, "a", "company_id", " a ", "row"),
        (6, "a", "company_id", "a", "row"),
    ]


@Writers
def test_of_a_row_left_out_no_cell_is_recorded(ending: str, book: Rulebook, tmp_path: Path) -> None:
    given_ = [
        {"company_id": "a", "size": "1"},
        {"company_id": "a", "size": "bad"},
        {"company_id": None, "size": "worse"},
    ]
    accounts = [account(posts="1"), account("gone", posts="bad"), account(status="bad", posts="bad")]
    results = scored(book, tmp_path, given_, accounts, ending=ending)
    assert rejected(results, "table", "row", "column", "kind") == [
        ("accounts", 2, "company_id", "row"),
        ("accounts", 3, "status", "row"),
        ("companies", 2, "company_id", "row"),
        ("companies", 3, "company_id", "row"),
    ]


BLAMED = [
    (account(None, None, None), "company_id", None),
    (account("", "x", "open"), "company_id", ""),
    (account("gone", None, None), "company_id", "gone"),
    (account("gone"), "company_id", "gone"),
    (account("a", None, None), "network", None),
    (account("a", "  ", "open"), "network", "  "),
    (account("a", "?", "bad"), "network", "?"),
    (account("a", "facebook", None), "status", None),
    (account("a", "facebook", "broken"), "status", "broken"),
    (account("a", "facebook", "dont_know"), "status", "dont_know"),
]


@Writers
def test_the_first_column_that_is_wrong_is_to_blame(ending: str, book: Rulebook, tmp_path: Path) -> None:
    results = scored(book, tmp_path, [{"company_id": "a"}], [a for a, _, _ in BLAMED], ending=ending)
    blank = None if ending == "csv" else ""
    expected = [("accounts", i, c, blank if v == "" else v, "row") for i, (_, c, v) in enumerate(BLAMED, 1)]
    assert rejected(results) == expected
    assert rows(results, "accounts") == []


def test_an_orphan_is_told_apart_from_a_row_without_an_id(book: Rulebook, tmp_path: Path) -> None:
    results = scored(book, tmp_path, [{"company_id": "a"}], [account("gone"), account(None)])
    (first, second) = rejected(results, "row", "company_id", "reason")
    assert first == (1, "gone", "there is no company with this company_id")
    assert second[:2] == (2, None)
    assert "company_id" in second[2]
    assert second[2] != first[2]


def test_accounts_of_a_company_left_out_hang_on_the_row_that_stays(book: Rulebook, tmp_path: Path) -> None:
    results = scored(book, tmp_path, [{"company_id": "a"}, {"company_id": "a"}], [account(), account(network="xing")])
    assert [r["n_open"] for r in rows(results, "companies")] == [2]


def keys(results: Results) -> list[tuple[str, str, str]]:
    return [(r["company_id"], r["network"], r["handle"]) for r in rows(results, "accounts")]


@Writers
def test_an_account_is_known_by_handle_else_url_else_number(ending: str, book: Rulebook, tmp_path: Path) -> None:
    accounts = [
        account(handle="h", url="u"),
        account(url="u"),
        account(),
        account(),
        account("b"),
        account(network="xing"),
        account(handle=" ", url="\t"),
    ]
    results = scored(book, tmp_path, [{"company_id": "a"}, {"company_id": "b"}], accounts, ending=ending)
    assert rejected(results) == []
    assert keys(results) == [
        ("a", "facebook", "h"),
        ("a", "facebook", "u"),
        ("a", "facebook", "1"),
        ("a", "facebook", "2"),
        ("a", "xing", "1"),
        ("a", "facebook", "3"),
        ("b", "facebook", "1"),
    ]


def test_the_number_counts_accounts_without_handle_or_url_only_of_rows_that_stay(
    book: Rulebook, tmp_path: Path
) -> None:
    accounts = [account(status="bad"), account(), account(handle="x"), account("gone"), account()]
    results = scored(book, tmp_path, [{"company_id": "a"}], accounts)
    assert [h for _, _, h in keys(results)] == ["1", "x", "2"]


@Writers
def test_a_key_that_has_come_before_is_left_out(ending: str, book: Rulebook, tmp_path: Path) -> None:
    accounts = [
        account(handle="h", posts=1),
        account(handle="h", posts=2),
        account(url="h", posts=3),
        account(network="xing", handle="h", posts=4),
        account("b", handle="h", posts=5),
        account(handle="H", posts=6),
        account(network="Facebook", handle=" h", posts=7),
    ]
    results = scored(book, tmp_path, [{"company_id": "a"}, {"company_id": "b"}], accounts, ending=ending)
    assert rejected(results, "row", "column", "kind") == [(n, "handle", "row") for n in (2, 3, 7)]
    assert sorted(r["posts"] for r in rows(results, "accounts")) == [1, 4, 5, 6]


def test_a_duplicate_of_a_row_that_was_left_out_stays(book: Rulebook, tmp_path: Path) -> None:
    results = scored(
        book,
        tmp_path,
        [{"company_id": "a"}],
        [account(handle="h", status="bad"), account(handle="h"), account(handle="h")],
    )
    assert rejected(results, "row", "column") == [(1, "status"), (3, "handle")]


def test_keys_stay_unique_where_a_handle_looks_like_a_running_number(book: Rulebook, tmp_path: Path) -> None:
    accounts = [account(), account(handle="1"), account(), account(handle="7"), account(url="2")]
    results = scored(book, tmp_path, [{"company_id": "a"}], accounts)
    assert max(Counter(keys(results)).values()) == 1
    assert len(keys(results)) + len(rejected(results)) == len(accounts)


def test_staff_are_known_by_company_and_person(book: Rulebook, tmp_path: Path) -> None:
    people = [("a", "p1"), ("a", "p1"), ("b", "p1"), ("a", None), ("gone", "p"), (None, "p"), ("a", " ")]
    staff = [{"company_id": c, "person_id": p, "hours": "1"} for c, p in people]
    results = scored(book, tmp_path, [{"company_id": "a"}, {"company_id": "b"}], staff=staff)
    assert rejected(results, "table", "row", "column", "kind") == [
        ("staff", 2, "person_id", "row"),
        ("staff", 4, "person_id", "row"),
        ("staff", 5, "company_id", "row"),
        ("staff", 6, "company_id", "row"),
        ("staff", 7, "person_id", "row"),
    ]
    assert results.manifest["inputs"]["staff"]["scored"] == 2


def test_bad_cells_of_staff_are_recorded(book: Rulebook, tmp_path: Path) -> None:
    staff = [
        {"company_id": "a", "person_id": "p", "hours": "many"},
        {"company_id": "a", "person_id": "q", "hours": "-1"},
    ]
    results = scored(book, tmp_path, [{"company_id": "a"}], staff=staff)
    assert rejected(results) == [("staff", 1, "hours", "many", "cell"), ("staff", 2, "hours", "-1", "cell")]


@pytest.mark.parametrize("column", ["network", "status", "company_id"])
@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_a_needed_column_that_is_there_without_any_value_leaves_its_rows_out(
    column: str, ending: str, book: Rulebook, tmp_path: Path
) -> None:
    accounts = [{**account(), column: None}, {**account(network="xing"), column: None}]
    results = scored(book, tmp_path, [{"company_id": "a"}], accounts, ending=ending)
    assert rejected(results) == [("accounts", n, column, None, "row") for n in (1, 2)]


def test_a_run_in_which_no_company_can_be_scored_stops(book: Rulebook, tmp_path: Path) -> None:
    source = write_csv(
        tmp_path / "companies.csv", [{"company_id": None, "size": "1"}, {"company_id": " ", "size": "2"}]
    )
    with pytest.raises(InputError, match="none of the 2 rows can be scored"):
        run(book, source, out=tmp_path / "out")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["companies.csv"]


@pytest.mark.parametrize(("share", "stops"), [(0.0, True), (0.24, True), (0.25, False), (1.0, False), (None, False)])
def test_the_share_left_out_is_measured_per_table(
    share: float | None, stops: bool, book: Rulebook, tmp_path: Path
) -> None:
    companies = [{"company_id": i} for i in "abcd"]
    accounts = [account(handle="1"), account("gone"), account(handle="2"), account(handle="3")]
    if not stops:
        results = scored(book, tmp_path, companies, accounts, max_rejected=share, out=tmp_path / "out")
        assert len(rejected(results)) == 1
        return
    with pytest.raises(ThresholdError, match=r"accounts: 1 of 4 rows \(25\.0%\)") as error:
        scored(book, tmp_path, companies, accounts, max_rejected=share, out=tmp_path / "out")
    assert error.value.exit_code == 1
    assert not (tmp_path / "out").exists()
    assert "out.rejects.parquet" in str(error.value)
    import pyarrow.parquet as pq

    (reject,) = pq.read_table(tmp_path / "out.rejects.parquet").to_pylist()
    assert (reject["table"], reject["row"], reject["column"], reject["kind"]) == ("accounts", 2, "company_id", "row")


ID = st.sampled_from(["a", "b", "c", " a", "", None, "gone"])
ROW = st.fixed_dictionaries(
    {"company_id": ID, "size": st.sampled_from([None, "1", "x", "-2"]), "size_max": st.sampled_from([None, "0", "3"])}
)
ACCOUNT = st.fixed_dictionaries(
    {
        "company_id": ID,
        "network": st.sampled_from(["facebook", "Facebook", "xing", "", None, "?"]),
        "handle": st.sampled_from([None, "", "h", " h", "i", "1"]),
        "url": st.sampled_from([None, "h", "u"]),
        "status": st.sampled_from(["open", "OPEN", "closed", "bad", None]),
        "posts": st.sampled_from([None, "1", "many"]),
    }
)
PERSON = st.fixed_dictionaries(
    {"company_id": ID, "person_id": st.sampled_from([None, "p", "q", "p "]), "hours": st.sampled_from(["1", "x"])}
)
TABLES = st.tuples(
    st.lists(ROW, max_size=6), st.lists(ACCOUNT, min_size=1, max_size=9), st.lists(PERSON, min_size=1, max_size=5)
)


def _as_read(records: Records, ending: str) -> list[dict[str, Any]]:
    """The records that a file has: of CSV, rows at the end that hold nothing are none."""
    read = [dict(r) for r in records]
    while ending == "csv" and read and not any(read[-1].values()):
        read.pop()
    return read


@EXAMPLES
@given(TABLES, st.sampled_from(["csv", "jsonl"]))
def test_rows_in_are_rows_scored_and_rows_left_out(
    book: Rulebook, tmp_path_factory: pytest.TempPathFactory, tables: tuple[Records, Records, Records], ending: str
) -> None:
    companies = [{"company_id": "first", "size": "2", "size_max": None}, *tables[0]]
    given_tables = [_as_read(records, ending) for records in (companies, *tables[1:])]
    results = scored(book, tmp_path_factory.mktemp("rows"), companies, *tables[1:], ending=ending)
    left_out = Counter(t for t, k in rejected(results, "table", "kind") if k == "row")
    counts = {t: (e["rows"], e["scored"], e["left_out"]) for t, e in results.manifest["inputs"].items()}
    for name, given_ in zip(("companies", "accounts", "staff"), given_tables, strict=True):
        assert counts[name] == (len(given_), len(given_) - left_out[name], left_out[name])
    assert len(rows(results, "companies")) == counts["companies"][1]
    assert len(rows(results, "accounts")) == counts["accounts"][1]
    places = [(t, r) for t, r, k in rejected(results, "table", "row", "kind") if k == "row"]
    assert len(places) == len(set(places))
    assert not set(places) & {(t, r) for t, r, k in rejected(results, "table", "row", "kind") if k != "row"}
    unique = keys(results)
    assert len(unique) == len(set(unique))


@pytest.mark.parametrize("at_once", [1, 3, 7])
def test_keys_compared_in_slices_give_the_same(
    at_once: int, book: Rulebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    companies = [{"company_id": f"c{i % 17}" if i % 5 else None, "size": i} for i in range(40)]
    accounts = [
        account(f"c{i % 23}" if i % 7 else "", handle=f"h{i % 3}" if i % 2 else None, posts=i) for i in range(90)
    ]
    staff = [{"company_id": f"c{i % 19}", "person_id": f"p{i % 4}", "hours": i} for i in range(50)]
    whole = scored(book, tmp_path, companies, accounts, staff)
    monkeypatch.setattr(rows_module, "FEWEST_KEYS_AT_ONCE", at_once)
    monkeypatch.setattr(rows_module, "KEYS_PER_PART_ROW", 0)
    sliced = scored(book, tmp_path, companies, accounts, staff)
    for table in ("companies", "accounts", "rejects"):
        assert rows(sliced, table) == rows(whole, table)
    assert len(rejected(whole)) > 40


def test_a_json_line_that_is_no_record_is_left_out(book: Rulebook, tmp_path: Path) -> None:
    path = tmp_path / "companies.jsonl"
    path.write_text('{"company_id": "a"}\n{broken\n{"company_id": "b"}\n', encoding="utf-8")
    results = run(book, path)
    assert [(r["company_id"], r["source_row"]) for r in rows(results, "companies")] == [("a", 1), ("b", 3)]
    assert [(r["row"], r["kind"]) for r in rows(results, "rejects")] == [(2, "row")]
