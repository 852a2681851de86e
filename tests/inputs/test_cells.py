"""Reading one cell: every kind of fact from every type of column."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialrules import Rulebook
from socialrules.errors import InputError
from socialrules.sources.markers import BLANK_MARKERS

from .small import EXAMPLES, csv_cell, read, write_csv, write_json, write_parquet

NO_BREAK = "\u00a0"


@dataclass(frozen=True)
class Bad:
    """A cell that is read as null and recorded."""


@dataclass(frozen=True)
class Noted:
    """A cell that is read with a remark."""

    value: Any


BAD = Bad()
Case = tuple[Any, Any]
JUNE = dt.date(2024, 6, 30)

NUMBERS: list[Case] = [
    ("3", 3),
    (" 3.5 ", 3.5),
    ("\t4", 4),
    (f"{NO_BREAK}5{NO_BREAK}", 5),
    ("\u200b6", 6),
    ("+7", 7),
    (".5", 0.5),
    ("5.", 5),
    ("1e3", 1000),
    ("1.5E2", 150),
    ("0", 0),
    ("007", 7),
    ("", None),
    ("   ", None),
    (f" {NO_BREAK}\t", None),
    ("-1", BAD),
    ("inf", BAD),
    ("-inf", BAD),
    ("Infinity", BAD),
    ("1e400", BAD),
    ("nan", BAD),
    ("1_000", BAD),
    ("1,5", BAD),
    ("1 000", BAD),
    ("about ten", BAD),
    ("0x10", BAD),
    ("5%", BAD),
    ("--1", BAD),
    ("1e", BAD),
    (".", BAD),
    ("true", BAD),
    ("null", BAD),
    ("dont_know", BAD),
    ("\u0663", BAD),
]
INTEGERS: list[Case] = [
    ("2", 2),
    ("2.0", 2),
    ("2.", 2),
    ("1e2", 100),
    (" 12\n", 12),
    ("", None),
    ("3.7", BAD),
    ("0", BAD),
    ("-4", BAD),
    ("1e300", BAD),
    ("1e400", BAD),
    ("inf", BAD),
    ("two", BAD),
    ("1_0", BAD),
    ("2,0", BAD),
]
SHARES: list[Case] = [("0.5", 0.5), ("1", 1), ("1.0", 1), ("0", BAD), ("1.01", BAD), ("50%", BAD), ("1e-9", 1e-9)]
DATES: list[Case] = [
    ("2024-06-30", JUNE),
    (" 2024-06-30\t", JUNE),
    ("2024-02-29", dt.date(2024, 2, 29)),
    ("", None),
    ("2099-01-01", dt.date(2099, 1, 1)),
    ("2023-02-29", BAD),
    ("30.06.2024", BAD),
    ("06/30/2024", BAD),
    ("2024-6-30", BAD),
    ("2024-06", BAD),
    ("20240630", BAD),
    ("2024-06-30 10:00:00", JUNE),
    ("2024-06-30T23:59Z", JUNE),
    ("2024-06-30T10:00:00.123+02:00", JUNE),
    ("2024-06-30 at noon", BAD),
    ("2024-06-3010:00", BAD),
    ("epoch", BAD),
    ("infinity", BAD),
    ("today", BAD),
    ("45473", BAD),
    ("2024-13-01", BAD),
]
YES_NO: list[Case] = [
    ("yes", "yes"),
    (" YES ", "yes"),
    ("No", "no"),
    ("true", "yes"),
    ("TRUE", "yes"),
    ("False", "no"),
    ("1", "yes"),
    ("0", "no"),
    ("dont_know", None),
    ("Dont_Know", None),
    ("", None),
    (" ", None),
    ("1.0", "yes"),
    ("0.0", "no"),
    ("2", BAD),
    ("y", BAD),
    ("ja", BAD),
    ("don't know", BAD),
    ("null", BAD),
    ("10", BAD),
    ("1.5", BAD),
    ("-1", BAD),
]
NEVER_UNSURE: list[Case] = [("yes", "yes"), ("0", "no"), ("dont_know", BAD)]
MODELS: list[Case] = [
    ("b2c", "b2c"),
    (" B2B", "b2b"),
    ("Both", "both"),
    ("", None),
    ("b2g", BAD),
    ("true", BAD),
    ("1", BAD),
    ("dont_know", BAD),
    ("b2c;b2b", BAD),
]
OPEN_LIST: list[Case] = [
    ("leads", ["leads"]),
    ("leads;sales", ["leads", "sales"]),
    (" Leads ; SALES ", ["leads", "sales"]),
    ("[]", []),
    (" [] ", []),
    ("", None),
    (" ", None),
    (";", None),
    (" ; ;", None),
    ("leads;;sales", ["leads", "sales"]),
    ("leads;", ["leads"]),
    ("dont_know", None),
    ("DONT_KNOW", None),
    ("fame", Noted(["other"])),
    ("leads;fame", Noted(["leads", "other"])),
    ("leads;dont_know", Noted(["leads"])),
    ("fame;dont_know", Noted(["other"])),
    ("leads,sales", BAD),
    ("leads\nfame", BAD),
    ("Leads / sales", BAD),
    ("fame, glory", Noted(["other"])),
    ("none", BAD),
    ("Keine", BAD),
    ("wei\u00df nicht", BAD),
    ("leads;No answer", BAD),
    ("99", BAD),
    ("?", BAD),
    ("['leads' 'fame']", Noted(["leads", "other"])),
    ("n/a", None),
    ("leads;-", ["leads"]),
    ("#DIV/0!", BAD),
    ("dont_know;dont_know", None),
]
CLOSED_LIST: list[Case] = [
    ("goal", ["goal"]),
    ("Goal; team", ["goal", "team"]),
    ("[]", []),
    ("", None),
    ("dont_know", None),
    ("goal;dont_know", Noted(["goal"])),
    ("goal;other", BAD),
    ("aim", BAD),
    ("goal,team", BAD),
    ("[goal]", BAD),
    ("dont_know;aim", BAD),
]
FREE_LIST: list[Case] = [
    ("Any Thing", ["Any Thing"]),
    (" a ;b", ["a", "b"]),
    ("[]", []),
    ("", None),
    ("dont_know", None),
    ("a;dont_know", Noted(["a"])),
    ("['it\\'s', \"x;y\"]", ["it's", "x;y"]),
    ("<NA>", None),
    ("#N/A", None),
    ("#VALUE!", BAD),
    ("nothing", BAD),
    ("a;k.A.", BAD),
]
WRITTEN_LISTS: list[Case] = [
    ("['goal', 'plan']", ["goal", "plan"]),
    ('["goal","plan"]', ["goal", "plan"]),
    ("['goal'\n 'plan']", ["goal", "plan"]),
    (" ['Goal', 'plan',] ", ["goal", "plan"]),
    ("['goal', \"plan\"]", ["goal", "plan"]),
    ("['goal']", ["goal"]),
    ("[ ]", []),
    ("['dont_know']", None),
    ("['goal' ... 'plan']", BAD),
    ("['goal', 'plan'", BAD),
    ("[goal, plan]", BAD),
    ("['goal', 'else']", BAD),
    ("N/A", None),
    ("<NA>", None),
    ("#REF!", BAD),
]
PATTERN_LIST: list[Case] = [
    ("de", ["de"]),
    ("de;pt-BR", ["de", "pt-BR"]),
    ("[]", []),
    ("german", BAD),
    ("de;german", BAD),
    ("DE", BAD),
]
TEXTS: list[Case] = [
    ("Caf\u00e9 No. 1", "Caf\u00e9 No. 1"),
    (f"{NO_BREAK} a b\t", "a b"),
    ("", None),
    ("  ", None),
    *((marker, None) for marker in BLANK_MARKERS),
    ("  N/A ", None),
    ("NAN", "NAN"),
    ("Nan Goldin", "Nan Goldin"),
    ("- 5 -", "- 5 -"),
    ("#REF!", Noted(None)),
    ("#1 in town", "#1 in town"),
    ("0012", "0012"),
    ("line\nbreak", "line\nbreak"),
    ('say "hi", she', 'say "hi", she'),
    ("[]", "[]"),
    ("dont_know", "dont_know"),
    ("1.50", "1.50"),
]
BY_FACT: dict[str, list[Case]] = {
    "size": NUMBERS,
    "weeks": INTEGERS,
    "share": SHARES,
    "founded": DATES,
    "sure": YES_NO,
    "owner": NEVER_UNSURE,
    "model": MODELS,
    "goals": OPEN_LIST,
    "parts": [*CLOSED_LIST, *WRITTEN_LISTS],
    "tags": FREE_LIST,
    "languages": PATTERN_LIST,
    "company_name": TEXTS,
}


def outcomes(book: Rulebook, source: Any, fact: str, count: int) -> list[Any]:
    """What became of each cell of one column: its value, ``BAD``, or ``Noted``."""
    found, rejects = read(book, source, fact)
    assert len(found) == count
    result: list[Any] = [row[fact] for row in found]
    for reject in rejects:
        assert reject["column"] == fact
        index = reject["row"] - 1
        assert reject["kind"] in ("cell", "note")
        assert reject["reason"]
        if reject["kind"] == "cell":
            assert result[index] is None
        result[index] = BAD if reject["kind"] == "cell" else Noted(result[index])
    return result


def check(found: Sequence[Any], cases: Sequence[Case]) -> None:
    """Compares what was found with what was expected, naming the cells."""
    assert list(zip([c for c, _ in cases], found, strict=True)) == list(cases)


def records(cases: Sequence[Case], fact: str) -> list[dict[str, Any]]:
    return [{"company_id": f"c{i}", fact: raw} for i, (raw, _) in enumerate(cases)]


@pytest.mark.parametrize("fact", BY_FACT)
def test_a_text_of_csv_is_read_as_its_fact(fact: str, book: Rulebook, tmp_path: Path) -> None:
    cases = BY_FACT[fact]
    source = write_csv(tmp_path / "companies.csv", records(cases, fact))
    check(outcomes(book, source, fact, len(cases)), cases)


@pytest.mark.parametrize("fact", BY_FACT)
def test_a_text_of_parquet_is_read_like_one_of_csv(fact: str, book: Rulebook, tmp_path: Path) -> None:
    cases = BY_FACT[fact]
    source = write_parquet(tmp_path / "companies.parquet", records(cases, fact))
    check(outcomes(book, source, fact, len(cases)), cases)


@pytest.mark.parametrize("fact", BY_FACT)
def test_a_text_of_json_lines_is_read_like_one_of_csv(fact: str, book: Rulebook, tmp_path: Path) -> None:
    cases = BY_FACT[fact]
    source = write_json(tmp_path / "companies.jsonl", records(cases, fact))
    check(outcomes(book, source, fact, len(cases)), cases)


@pytest.mark.parametrize(("fact", "case"), [(f, c) for f in BY_FACT for c in BY_FACT[f]])
@pytest.mark.slow
def test_a_text_alone_in_json_lines_is_read_like_one_of_csv(
    fact: str, case: Case, book: Rulebook, tmp_path: Path
) -> None:
    source = write_json(tmp_path / "companies.jsonl", records([case], fact))
    check(outcomes(book, source, fact, 1), [case])


@pytest.mark.parametrize(
    "case",
    [
        ("founded", "2024-6-30", BAD),
        ("founded", "2024-06-30 10:00:00", JUNE),
        ("founded", "2024-06-30T10:00:00Z", JUNE),
        ("company_name", "2024-6-30", "2024-6-30"),
        ("company_name", "10:30", "10:30"),
        ("company_name", "12:00:00.5", "12:00:00.5"),
        ("company_name", "2024-06-30 10:00:00", "2024-06-30 10:00:00"),
        ("tags", ["2024-6-30"], ["2024-6-30"]),
        ("company_name", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"),
        ("company_name", "12345678901234567890123", "12345678901234567890123"),
        ("size", "10:30", BAD),
        ("sure", "2024-01-01", BAD),
    ],
    ids=str,
)
def test_a_text_in_json_lines_stays_as_it_is_written(
    case: tuple[str, Any, Any], book: Rulebook, tmp_path: Path
) -> None:
    fact, raw, expected = case
    source = write_json(tmp_path / "companies.jsonl", [{"company_id": "a", fact: raw}])
    assert outcomes(book, source, fact, 1) == [expected]


def test_a_key_in_json_lines_keeps_the_case_of_its_letters(book: Rulebook, tmp_path: Path) -> None:
    key = "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"
    found, _ = read(book, write_json(tmp_path / "companies.jsonl", [{"company_id": key}]))
    assert [r["company_id"] for r in found] == [key]


TYPED: list[tuple[str, pa.DataType, list[Case]]] = [
    ("size", pa.int64(), [(3, 3), (0, 0), (None, None), (-1, BAD)]),
    ("size", pa.uint8(), [(200, 200), (None, None)]),
    (
        "size",
        pa.float64(),
        [(2.5, 2.5), (None, None), (-0.5, BAD), (float("inf"), BAD), (float("nan"), BAD), (float("-inf"), BAD)],
    ),
    ("size", pa.float32(), [(2.5, 2.5), (float("nan"), BAD), (None, None)]),
    ("size", pa.decimal128(9, 2), [(Decimal("2.50"), 2.5), (Decimal("-2.50"), BAD), (None, None)]),
    ("weeks", pa.int32(), [(5, 5), (0, BAD), (None, None)]),
    ("weeks", pa.float64(), [(2.0, 2), (3.7, BAD), (float("nan"), BAD), (1e300, BAD), (None, None)]),
    ("weeks", pa.decimal128(9, 2), [(Decimal("2.00"), 2), (Decimal("3.70"), BAD)]),
    ("share", pa.float64(), [(0.0, BAD), (1.0, 1.0), (1.5, BAD), (0.25, 0.25)]),
    ("founded", pa.date32(), [(JUNE, JUNE), (None, None)]),
    ("founded", pa.timestamp("us"), [(dt.datetime(2024, 6, 30, 23, 59), JUNE), (None, None)]),
    ("sure", pa.bool_(), [(True, "yes"), (False, "no"), (None, None)]),
    ("owner", pa.bool_(), [(True, "yes"), (False, "no"), (None, None)]),
    ("sure", pa.int64(), [(1, "yes"), (0, "no"), (None, None), (2, BAD), (-1, BAD)]),
    ("sure", pa.float64(), [(1.0, "yes"), (0.0, "no"), (None, None), (0.5, BAD), (float("nan"), BAD)]),
    ("sure", pa.decimal128(3, 1), [(Decimal("1.0"), "yes"), (Decimal("0.5"), BAD)]),
    ("model", pa.dictionary(pa.int32(), pa.string()), [("b2c", "b2c"), ("B2B ", "b2b"), ("b2g", BAD), (None, None)]),
    ("company_name", pa.int64(), [(7, "7"), (None, None)]),
    ("company_name", pa.bool_(), [(True, "true"), (None, None)]),
    ("company_name", pa.date32(), [(JUNE, "2024-06-30")]),
    (
        "goals",
        pa.list_(pa.string()),
        [
            (["leads"], ["leads"]),
            ([], []),
            (None, None),
            (["leads", None], ["leads"]),
            ([None], None),
            ([""], None),
            (["dont_know"], None),
            (["leads", "dont_know"], Noted(["leads"])),
            ([" LEADS "], ["leads"]),
            (["fame"], Noted(["other"])),
            (["sales", "leads", "sales"], ["leads", "sales"]),
        ],
    ),
    (
        "parts",
        pa.list_(pa.string()),
        [
            (["goal", "team"], ["goal", "team"]),
            ([], []),
            (None, None),
            (["goal", "aim"], BAD),
            (["Goal"], ["goal"]),
            (["goal", None], ["goal"]),
            (["dont_know"], None),
            (["dont_know", "aim"], BAD),
            (["goal;team"], BAD),
        ],
    ),
    ("parts", pa.large_list(pa.large_string()), [(["goal"], ["goal"]), (["aim"], BAD)]),
    (
        "tags",
        pa.list_(pa.string()),
        [(["a b", "c"], ["a b", "c"]), ([" a"], ["a"]), ([], []), ([" "], None), (["a", "dont_know"], Noted(["a"]))],
    ),
    (
        "languages",
        pa.list_(pa.string()),
        [(["de", "pt-BR"], ["de", "pt-BR"]), (["german"], BAD), ([" de"], ["de"]), (["dont_know"], None)],
    ),
    ("goals", pa.list_(pa.null()), [([], []), (None, None)]),
]


@pytest.mark.parametrize(("fact", "type_", "cases"), TYPED, ids=[f"{f}-{t}" for f, t, _ in TYPED])
def test_a_typed_cell_is_read_as_its_fact(
    fact: str, type_: pa.DataType, cases: list[Case], book: Rulebook, tmp_path: Path
) -> None:
    source = write_parquet(tmp_path / "companies.parquet", records(cases, fact), **{fact: type_})
    found = outcomes(book, source, fact, len(cases))
    assert [(str(c), f) for (c, _), f in zip(cases, found, strict=True)] == [(str(c), e) for c, e in cases]


JSON: list[tuple[str, list[Case]]] = [
    ("size", [(3, 3), (2.5, 2.5), ("4", 4), (None, None), ("x", BAD), (True, BAD)]),
    ("weeks", [(2.0, 2), (3, 3), (3.7, BAD), (None, None)]),
    (
        "sure",
        [(True, "yes"), (False, "no"), ("dont_know", None), (1, "yes"), ("No", "no"), (None, None), ("maybe", BAD)],
    ),
    ("founded", [("2024-06-30", JUNE), (None, None), ("June", BAD)]),
    (
        "goals",
        [
            (["leads", "sales"], ["leads", "sales"]),
            ([], []),
            (None, None),
            ([None], None),
            (["leads", None], ["leads"]),
        ],
    ),
    (
        "goals",
        [
            (["leads"], ["leads"]),
            ("leads;sales", ["leads", "sales"]),
            ("[]", []),
            ([], []),
            (None, None),
            ("", None),
            (["fame"], Noted(["other"])),
        ],
    ),
    ("parts", [(["goal", "aim"], BAD), (["goal"], ["goal"]), ("aim", BAD), (7, BAD)]),
    ("goals", [([], []), ([], [])]),
    ("goals", [(None, None), (None, None)]),
    ("company_name", [("a", "a"), (7, "7"), (True, "true"), (None, None), (" b ", "b")]),
]


@pytest.mark.parametrize(("fact", "cases"), JSON, ids=[f"{f}-{i}" for i, (f, _) in enumerate(JSON)])
def test_a_value_of_json_lines_is_read_as_its_fact(
    fact: str, cases: list[Case], book: Rulebook, tmp_path: Path
) -> None:
    source = write_json(tmp_path / "companies.jsonl", records(cases, fact))
    assert outcomes(book, source, fact, len(cases)) == [e for _, e in cases]


UNREADABLE = [
    ("size", pa.bool_(), True),
    ("size", pa.date32(), JUNE),
    ("size", pa.list_(pa.string()), ["1"]),
    ("weeks", pa.bool_(), True),
    ("founded", pa.int64(), 20240630),
    ("founded", pa.bool_(), True),
    ("model", pa.bool_(), True),
    ("model", pa.int64(), 1),
    ("sure", pa.date32(), JUNE),
    ("sure", pa.list_(pa.string()), ["yes"]),
    ("goals", pa.int64(), 1),
    ("goals", pa.bool_(), True),
    ("goals", pa.list_(pa.int64()), [1]),
    ("company_name", pa.list_(pa.string()), ["a"]),
    ("company_name", pa.binary(), b"a"),
    ("tags", pa.struct([("a", pa.int64())]), {"a": 1}),
    ("size", pa.struct([("a", pa.int64())]), {"a": 1}),
]


@pytest.mark.parametrize(("fact", "type_", "value"), UNREADABLE, ids=[f"{f}-{t}" for f, t, _ in UNREADABLE])
def test_a_column_of_another_kind_stops_the_run(
    fact: str, type_: pa.DataType, value: Any, book: Rulebook, tmp_path: Path
) -> None:
    source = write_parquet(tmp_path / "companies.parquet", records([(value, None)], fact), **{fact: type_})
    with pytest.raises(
        InputError, match=rf"(?s)column {fact} of .*companies\.parquet is of type .* cannot be read as"
    ) as error:
        read(book, source, fact)
    assert error.value.exit_code == 3


@pytest.mark.parametrize("type_", [pa.bool_(), pa.null(), pa.int64(), pa.list_(pa.int64())], ids=str)
@pytest.mark.parametrize("fact", ["size", "founded", "sure", "goals", "company_name", "model"])
def test_a_column_without_any_value_is_null_whatever_its_type(
    fact: str, type_: pa.DataType, book: Rulebook, tmp_path: Path
) -> None:
    source = write_parquet(tmp_path / "companies.parquet", records([(None, None), (None, None)], fact), **{fact: type_})
    assert outcomes(book, source, fact, 2) == [None, None]


@pytest.mark.parametrize("write", [write_csv, write_json, write_parquet])
def test_a_date_of_record_after_the_run_is_recorded_and_replaced(write: Any, book: Rulebook, tmp_path: Path) -> None:
    ending = {"write_csv": "csv", "write_json": "jsonl", "write_parquet": "parquet"}[write.__name__]
    days = [dt.date(2026, 6, 30), dt.date(2026, 7, 1), None, dt.date(2020, 1, 1)]
    source = write(
        tmp_path / f"companies.{ending}", [{"company_id": f"c{i}", "as_of_date": d} for i, d in enumerate(days)]
    )
    found, rejects = read(book, source, "as_of_date")
    assert [r["as_of_date"] for r in found] == [days[0], days[0], days[0], days[3]]
    assert [(r["row"], r["column"], r["value"], r["kind"]) for r in rejects] == [
        (2, "as_of_date", "2026-07-01", "cell")
    ]
    assert "2026-06-30" in rejects[0]["reason"]


def test_a_reject_names_file_row_company_column_raw_value_and_reason(book: Rulebook, tmp_path: Path) -> None:
    source = write_csv(
        tmp_path / "companies.csv", [{"company_id": "a", "size": "3"}, {"company_id": "b", "size": " about ten "}]
    )
    _, (reject,) = read(book, source, "size")
    assert reject == {
        "table": "companies",
        "file": str(source),
        "row": 2,
        "company_id": "b",
        "column": "size",
        "value": " about ten ",
        "kind": "cell",
        "reason": "this is not a number at least 0",
    }


def test_a_bad_cell_is_recorded_also_where_no_rule_reads_it(book: Rulebook, tmp_path: Path) -> None:
    _, rejects = read(
        book, write_csv(tmp_path / "companies.csv", [{"company_id": "a", "founded": "soon", "parts": "x"}]), "size"
    )
    assert [(r["column"], r["value"]) for r in rejects] == [("founded", "soon"), ("parts", "x")]


WHY: list[Case] = [
    ("dont_know", None),
    ("refused", None),
    ("not_asked", None),
    ("not_applicable", None),
    (" Refused ", None),
    ("", None),
    ("  ", None),
    (None, None),
    ("lazy", BAD),
    ("dont_know;refused", BAD),
    ("1", BAD),
]


@pytest.mark.parametrize("fact", ["size", "weeks", "founded", "model", "sure"])
@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl"])
def test_a_companion_holds_a_reason_or_is_a_data_error(fact: str, ending: str, book: Rulebook, tmp_path: Path) -> None:
    write = {"csv": write_csv, "parquet": write_parquet, "jsonl": write_json}[ending]
    source = write(tmp_path / f"companies.{ending}", records(WHY, f"{fact}__why"))  # type: ignore[operator]
    found, rejects = read(book, source, fact)
    assert [r[fact] for r in found] == [None] * len(WHY)
    assert {(r["column"], r["kind"]) for r in rejects} == {(f"{fact}__why", "cell")}
    assert [r["row"] for r in rejects] == [i + 1 for i, (_, e) in enumerate(WHY) if e is BAD]


def test_a_companion_never_changes_the_value(book: Rulebook, tmp_path: Path) -> None:
    given_ = [
        {"company_id": "a", "size": "3", "size__why": "refused"},
        {"company_id": "b", "size": "4", "size__why": "lazy"},
    ]
    found, rejects = read(book, write_csv(tmp_path / "companies.csv", given_), "size")
    assert [r["size"] for r in found] == [3, 4]
    assert [(r["row"], r["column"]) for r in rejects] == [(2, "size__why")]


def test_cells_of_a_violated_rule_are_null_and_recorded_each(book: Rulebook, tmp_path: Path) -> None:
    sizes = [(3, 2), (2, 3), (3, 3), (None, 2), (3, None), (2.5, 2.4)]
    for source in (
        write_csv(
            tmp_path / "companies.csv",
            [{"company_id": f"c{i}", "size": a, "size_max": b} for i, (a, b) in enumerate(sizes)],
        ),
        write_parquet(
            tmp_path / "companies.parquet",
            [{"company_id": f"c{i}", "size": a, "size_max": b} for i, (a, b) in enumerate(sizes)],
        ),
    ):
        found, rejects = read(book, source, "size", "size_max")
        assert [(r["size"], r["size_max"]) for r in found] == [
            (None, None),
            (2, 3),
            (3, 3),
            (None, 2),
            (3, None),
            (None, None),
        ]
        assert [(r["row"], r["column"], r["kind"], r["reason"]) for r in rejects] == [
            (row, column, "cell", "the smallest size is above the largest")
            for row in (1, 6)
            for column in ("size", "size_max")
        ]


def test_a_bad_cell_cannot_violate_a_rule(book: Rulebook, tmp_path: Path) -> None:
    source = write_csv(tmp_path / "companies.csv", [{"company_id": "a", "size": "-5", "size_max": "-9"}])
    found, rejects = read(book, source, "size", "size_max")
    assert [(r["column"], r["value"]) for r in rejects] == [("size", "-5")]
    assert found[0]["size_max"] == -9


NUMBER = st.one_of(
    st.none(), st.integers(-5, 2000).map(float), st.floats(allow_nan=False, width=64).filter(lambda v: abs(v) < 1e15)
)
WORD = st.sampled_from(
    ["leads", "sales", "other", "fame", "dont_know", " leads", "LEADS", "goal", "plan", "team", "", "de", "x;y"]
)
PLAIN_WORD = WORD.filter(lambda w: ";" not in w)
LISTS = st.one_of(st.none(), st.lists(st.one_of(st.none(), PLAIN_WORD), max_size=4))
TEXT = st.sampled_from(
    ["yes", "no", "dont_know", "YES", " no", "b2c", "both", "B2B", "true", "0", "perhaps", "", "\u00a0yes"]
)
DAY = st.one_of(st.none(), st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1)))
FACTS: dict[str, tuple[pa.DataType, st.SearchStrategy[Any]]] = {
    "as_of_date": (pa.date32(), DAY),
    "size": (pa.float64(), NUMBER),
    "size_max": (pa.float64(), NUMBER),
    "share": (pa.float64(), NUMBER),
    "weeks": (pa.int64(), st.one_of(st.none(), st.integers(-3, 2**40))),
    "founded": (pa.date32(), DAY),
    "sure": (pa.string(), st.one_of(st.none(), TEXT)),
    "owner": (pa.bool_(), st.one_of(st.none(), st.booleans())),
    "model": (pa.string(), st.one_of(st.none(), TEXT)),
    "goals": (pa.list_(pa.string()), LISTS),
    "parts": (pa.list_(pa.string()), LISTS),
    "tags": (pa.list_(pa.string()), LISTS),
    "languages": (pa.list_(pa.string()), LISTS),
    "size__why": (pa.string(), st.one_of(st.none(), TEXT)),
}
RECORD = st.fixed_dictionaries({name: strategy for name, (_, strategy) in FACTS.items()})


def same_in_csv(record: dict[str, Any]) -> bool:
    """Whether CSV can tell the record: a list that begins with blanks only, or is empty of text, is no list there."""
    lists = [v for v in record.values() if isinstance(v, list)]
    return all(not v or csv_cell(v) not in ("", "[]") for v in lists)


@EXAMPLES
@given(st.lists(RECORD.filter(same_in_csv), min_size=1, max_size=25))
def test_the_exact_and_the_lenient_reading_agree(
    book: Rulebook, tmp_path_factory: pytest.TempPathFactory, given_: list[dict[str, Any]]
) -> None:
    folder = tmp_path_factory.mktemp("both")
    companies = [{"company_id": f"c{i}", **record} for i, record in enumerate(given_)]
    typed = write_parquet(
        folder / "typed.parquet", companies, company_id=pa.string(), **{n: t for n, (t, _) in FACTS.items()}
    )
    text = write_csv(folder / "text.csv", companies)
    facts = [n for n in FACTS if not n.endswith("__why")]
    exact, exact_rejects = read(book, typed, *facts)
    lenient, lenient_rejects = read(book, text, *facts)
    assert exact == lenient

    def told(rejects: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
        return sorted((r["row"], r["column"], r["kind"], r["reason"]) for r in rejects)

    assert told(exact_rejects) == told(lenient_rejects)


@pytest.mark.parametrize("type_", [pa.float64(), pa.float32()], ids=str)
def test_a_rejected_number_is_shown_as_people_write_it(type_: pa.DataType, book: Rulebook, tmp_path: Path) -> None:
    cases = [(-3.0, None), (-2.5, None), (float("nan"), None)]
    source = write_parquet(tmp_path / "companies.parquet", records(cases, "size"), size=type_)
    assert [r["value"] for r in read(book, source, "size")[1]] == ["-3", "-2.5", "nan"]


def test_a_list_that_must_look_in_a_certain_way_is_asked_for_by_an_example(book: Rulebook, tmp_path: Path) -> None:
    source = write_csv(tmp_path / "companies.csv", records([("english", None)], "languages"))
    assert [r["reason"] for r in read(book, source, "languages")[1]] == [
        "this is not a list a;b;c of values such as en-IE"
    ]
