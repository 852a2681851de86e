"""What is read by functions of one column, once for each different text, reads as what is read cell by cell."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from socialrules import Rulebook
from socialrules.sources.cells import WHITESPACE, split_text, trimmed_text
from socialrules.sources.codes import Decoder
from socialrules.sources.codesql import missing_reason, reason_looked_up
from socialrules.sources.notations import Notation, date_of, number_in, number_of
from socialrules.sources.sections import ColumnSection, SourceSection

CELLS = [
    None, "", " ", "1", " 1 ", "\u00a01\u200b", "1.0", "01", "+1", "1,0", "1.", ".5", ",5", "-0", "0", "1e3", "1E+3",
    "1 e3", "1_000", "0x1F", "1.000", "1,000", "1.000.000", "1.00", "1 000", "1'000", "1,000.50", "1.000,50", "-999",
    "-999.0", "-999,0", " -999", "-1.000", "-998", "refused", "Refused", " refused ", "N/A", "n/a", "nan", "inf", "-",
    "!", "!1", "1!", "1\n", "x1", "--1", "+-1", "\u0661", "99999999999999999999", "1;2", "\\1", "1\t2",
]  # fmt: skip
NOTATIONS = [
    Notation(), Notation(decimal=","), Notation(decimal=",", thousands="."), Notation(thousands=","),
    Notation(thousands=" "), Notation(thousands="'"),
]  # fmt: skip


def evaluated(folder: Path, cells: list[str | None], *sql: str) -> list[tuple[Any, ...]]:
    """Expressions over the column ``q`` of a Parquet file, in which every cell stands many times; each cell once."""
    path = folder / "cells.parquet"
    pq.write_table(pa.table({"n": [*range(len(cells))] * 50, "q": pa.array(cells * 50, pa.string())}), path)
    with duckdb.connect() as con:
        return con.execute(f"SELECT DISTINCT {', '.join(['n', *sql])} FROM '{path}' ORDER BY n").fetchall()


def test_the_blanks_that_are_trimmed_are_those_of_spreadsheets() -> None:
    with duckdb.connect() as con:
        (found,) = con.execute(f"SELECT {WHITESPACE}").fetchone() or ()
    assert found == " \t\n\r\f\v\u00a0\u200b\ufeff"


@pytest.mark.parametrize("notation", NOTATIONS, ids=str)
def test_a_number_read_once_per_text_is_that_of_each_cell(notation: Notation, tmp_path: Path) -> None:
    found = evaluated(tmp_path, CELLS, number_of("q", notation), number_in(f"trim(q, {WHITESPACE})", notation))
    assert len(found) == len(CELLS)
    assert [(CELLS[n], fast) for n, fast, _ in found] == [(CELLS[n], slow) for n, _, slow in found]
    assert sum(fast is not None for _, fast, _ in found) > 10


SECTIONS: dict[str, dict[str, Any]] = {
    "numbers": {"refused": [-999], "dont_know": [-998], "not_asked": [0]},
    "the first of two": {"refused": [1, "1.0"], "not_applicable": [-999]},
    "words in their case": {"refused": ["refused"], "not_asked": ["N/A", "-"]},
    "numbers and words": {"refused": [-999, "refused"], "not_asked": ["n/a", "nan"]},
}


@pytest.mark.parametrize("notation", NOTATIONS, ids=str)
@pytest.mark.parametrize("name", SECTIONS)
def test_a_reason_looked_up_is_that_of_each_cell(name: str, notation: Notation, tmp_path: Path) -> None:
    said = ColumnSection.model_validate({"missing": SECTIONS[name]})
    number = number_of("q", notation)
    fast = reason_looked_up(said, f"trim(q, {WHITESPACE})", number)
    assert fast is not None
    found = evaluated(tmp_path, CELLS, fast, missing_reason(said, trimmed_text("q"), number))
    assert [(CELLS[n], one) for n, one, _ in found] == [(CELLS[n], other) for n, _, other in found]
    assert len({one for _, one, _ in found}) > 2


@pytest.mark.parametrize("codes", [["-99..-90"], ["..-1"], ["1,5"], ["1 of 2"], [-9, "code 9"]])
def test_ranges_and_words_that_may_be_numbers_are_not_looked_up(codes: list[Any]) -> None:
    assert reason_looked_up(ColumnSection.model_validate({"missing": codes}), "q", "q::DOUBLE") is None


DATES: dict[str, dict[str, str | None]] = {
    "day-month-year": {
        "31.12.2025": "2025-12-31", " 1/2/2025 ": "2025-02-01", "01-02-2025": "2025-02-01", "2025-02-01": "2025-02-01",
        "31.02.2025": None, "1.2-2025": None, "2025/02/01": None, "1.2.25": None, "x": None, "!1.2.2025": None,
        "1.2.2025 10:00": None, "": None, " ": None,
    },
    "month-day-year": {"12/31/2025": "2025-12-31", "31/12/2025": None, "\u00a01.2.2025": "2025-01-02"},
    "year-month-day": {"2025/2/1": "2025-02-01", "2025.12.31": "2025-12-31", "2025-13-01": None, "1.2.2025": None},
}  # fmt: skip


@pytest.mark.parametrize("order", DATES)
def test_a_date_is_read_in_the_declared_order_or_year_first(order: str, tmp_path: Path) -> None:
    cells = list(DATES[order])
    found = evaluated(tmp_path, [*cells, None], date_of("q", Notation(dates=order)))
    wanted = [dt.date.fromisoformat(d) if d else None for d in DATES[order].values()]
    assert [value for _, value in found] == [*wanted, None]


LISTS = [
    "sales;visits", " sales ; visits", "sales;;", ";", "[]", " [] ", "['sales', 'it''s']", '["a;b" "c"]', r"['it\'s']",
    "[sales]", "[;sales", "", " ", "-9", " -9 ", None,
]  # fmt: skip


@pytest.mark.parametrize("missing", [{}, {"refused": [-9]}])
def test_a_list_split_once_per_text_is_that_of_each_cell(
    missing: dict[str, list[int]], book: Rulebook, tmp_path: Path
) -> None:
    table = next(t for t in book.assembly.tables.values() if t.plural == "companies")
    (tags,) = [f for f in table.facts if f.name == "tags"]
    decoder = Decoder({"q": "VARCHAR"}, SourceSection.model_validate({"columns": {"q": {"missing": missing}}}))
    if not missing:
        # Nothing is known of the column then but how dates are written.
        decoder = Decoder({"q": "VARCHAR"}, SourceSection.model_validate({"dates": "day-month-year"}))
    value = decoder.fact(tags, "q").value
    path = tmp_path / "cells.parquet"
    evaluated(tmp_path, LISTS)
    source = decoder.rows(f"FROM '{path}'", value)
    with duckdb.connect() as con:
        fast = con.execute(f"SELECT DISTINCT n, {value} FROM ({source}) ORDER BY n").fetchall()
        slow = con.execute(f"SELECT DISTINCT n, {split_text(trimmed_text('q'))} FROM '{path}' ORDER BY n").fetchall()
    gone = [n for n, cell in enumerate(LISTS) if missing and cell is not None and cell.strip() == "-9"]
    assert fast == [(n, None if n in gone else held) for n, held in slow]
