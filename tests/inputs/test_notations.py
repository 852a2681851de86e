"""How a source writes numbers, dates, yes and no."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from socialrules import Rulebook
from socialrules.sources.notations import LETTERS, YES_NO

from .mapped import read_mapped, values
from .small import read, write_csv


def toml(said: str, fact: str, expression: str = "q") -> str:
    """A mapping in which a fact comes from the column ``q`` of a source of which ``said`` tells the notation."""
    return f"[sources.companies]\n{said}\n[companies]\ncompany_id = 'id'\n{fact} = '''{expression}'''\n"


GERMAN = "decimal = ','\nthousands = '.'"
NUMBERS: dict[str, dict[str, float | None]] = {
    GERMAN: {
        "1.200,50": 1200.5, "1200,50": 1200.5, "1200": 1200, "1.200": 1200, "-1.234.567": -1234567, ",5": 0.5,
        "12,": 12, " 3,5 ": 3.5, "1,5e3": 1500, "1,200.50": None, "1.20": None, "12.34,5": None, "1.2000": None,
        "1 200": None, "3.5": None, "12.345.6": None, "x": None, "€ 5": None,
    },
    "decimal = ','": {"1200,50": 1200.5, "7": 7, "1.200,50": None, "1.5": None},
    "thousands = ','": {"1,200.50": 1200.5, "1,200": 1200, "1200.5": 1200.5, "1,20": None, "1.200,50": None},
    "decimal = ','\nthousands = ' '": {"1 200,5": 1200.5, "1\u00a0200": 1200, "1\u202f200": 1200, "1.200": None},
    "thousands = \"'\"": {"1'200.5": 1200.5, "1\u2019200": 1200, "1,5": None},
}  # fmt: skip


@pytest.mark.parametrize("said", NUMBERS)
def test_a_number_is_read_in_the_declared_notation_and_in_no_other(said: str, book: Rulebook, tmp_path: Path) -> None:
    cells = NUMBERS[said]
    found, rejects = read_mapped(book, tmp_path, toml(said, "size_max"), [{"q": c} for c in cells], "size_max")
    assert dict(zip(cells, (r["size_max"] for r in found), strict=True)) == cells
    odd = [(n, "size_max", cell.strip(), "cell") for n, (cell, value) in enumerate(cells.items(), 1) if value is None]
    assert rejects == odd


def test_numbers_of_a_parquet_file_have_no_notation(book: Rulebook, tmp_path: Path) -> None:
    records = [{"q": 1.5}, {"q": 1200.0}]
    assert values(book, tmp_path, toml(GERMAN, "size"), records, "size", "parquet") == [1.5, 1200]
    assert values(book, tmp_path, toml(GERMAN, "size", "to_number(q) * 2"), records, "size", "parquet") == [3, 2400]


def test_to_number_and_comparisons_read_the_declared_notation(book: Rulebook, tmp_path: Path) -> None:
    records = [{"q": "1.200,50 EUR"}, {"q": "2,5 EUR"}]
    expression = "to_number(replace(q, ' EUR', '')) * 2"
    assert values(book, tmp_path, toml(GERMAN, "size", expression), records, "size") == [2401, 5]
    expression = "CASE WHEN q > 1000 THEN 'yes' WHEN q <= 1000 THEN 'no' END"
    records = [{"q": "1.200"}, {"q": "2,5"}, {"q": "many"}]
    assert values(book, tmp_path, toml(GERMAN, "owner", expression), records, "owner") == ["yes", "no", None]


def test_a_text_that_looks_like_a_number_stays_as_it_is(book: Rulebook, tmp_path: Path) -> None:
    assert values(book, tmp_path, toml(GERMAN, "company_name"), [{"q": "1.200,50"}], "company_name") == ["1.200,50"]


def test_missing_codes_are_compared_in_the_declared_notation(book: Rulebook, tmp_path: Path) -> None:
    said = GERMAN + "\n[sources.companies.columns.q]\nmissing = { refused = [-1200.5] }"
    found, _ = read_mapped(book, tmp_path, toml(said, "size_max"), [{"q": "-1.200,50"}, {"q": "-1.200"}], "size_max")
    assert [(r["size_max"], r["size_max__why"]) for r in found] == [(None, "refused"), (-1200, None)]


DAY = dt.date(2024, 3, 5)
DATES: dict[str, dict[str, dt.date | None]] = {
    "day-month-year": {
        "5.3.2024": DAY, "05/03/2024": DAY, "05-03-2024": DAY, "2024-03-05": DAY, "5.3.24": None, "5/3-2024": None,
        "3/13/2024": None, "31.2.2024": None, "5 March 2024": None, "20240305": None, "2024/3/5": None,
    },
    "month-day-year": {"3/5/2024": DAY, "03.05.2024": DAY, "2024-03-05": DAY, "13/5/2024": None, "3/5/24": None},
    "year-month-day": {"2024/3/5": DAY, "2024.03.05": DAY, "2024-3-5": DAY, "5.3.2024": None},
}  # fmt: skip


@pytest.mark.parametrize("order", DATES)
def test_a_date_is_read_in_the_declared_order_and_in_no_other(order: str, book: Rulebook, tmp_path: Path) -> None:
    cells = DATES[order]
    said = f"dates = '{order}'"
    found, rejects = read_mapped(book, tmp_path, toml(said, "founded"), [{"q": c} for c in cells], "founded")
    assert dict(zip(cells, (r["founded"] for r in found), strict=True)) == cells
    assert [r[2] for r in rejects] == [cell for cell, day in cells.items() if day is None]


def test_dates_in_three_styles_without_a_declared_order_are_rejected(book: Rulebook, tmp_path: Path) -> None:
    cells = ["5.3.2024", "03/05/2024", "2024-03-05"]
    found, rejects = read_mapped(book, tmp_path, toml("", "founded"), [{"q": c} for c in cells], "founded")
    assert [r["founded"] for r in found] == [None, None, DAY]
    assert [r[2] for r in rejects] == cells[:2]


@pytest.mark.parametrize("fact", ["owner", "sure"])
def test_yes_and_no_are_understood_as_full_words_of_eight_languages(fact: str, book: Rulebook, tmp_path: Path) -> None:
    words = [w for pair in YES_NO.values() for w in pair] + [
        "KYLLA",
        "Si",
        "khong",
        "CO",
        "x",
        "X",
        "y",
        "N",
        "TRUE",
        "0",
    ]
    answers = ["yes", "no"] * len(YES_NO) + ["yes", "yes", "no", "yes", "yes", "yes", "yes", "no", "yes", "no"]
    assert values(book, tmp_path, toml("", fact), [{"q": w} for w in words], fact) == answers


@pytest.mark.parametrize("language", [x for x in LETTERS if x != "en"])
def test_single_letters_are_understood_where_their_language_is_declared(
    language: str, book: Rulebook, tmp_path: Path
) -> None:
    records: list[dict[str, Any]] = [{"q": LETTERS[language][0]}, {"q": LETTERS[language][1].upper()}]
    assert values(book, tmp_path, toml(f"languages = ['{language}']", "owner"), records, "owner") == ["yes", "no"]
    found, rejects = read_mapped(book, tmp_path, toml("", "owner"), records, "owner")
    assert found[0] == {"owner": None}
    assert rejects[0] == (1, "owner", LETTERS[language][0], "cell")


def test_words_that_are_no_yes_are_rejected_and_dont_know_stays(book: Rulebook, tmp_path: Path) -> None:
    records = [{"q": "Dont_Know"}, {"q": "jawohl"}, {"q": "on"}]
    found, rejects = read_mapped(book, tmp_path, toml("", "sure"), records, "sure", "sure__dont_know")
    assert found[0] == {"sure": None, "sure__dont_know": True}
    assert [r[2] for r in rejects] == ["jawohl", "on"]


def test_a_plain_file_without_a_mapping_stays_strict(book: Rulebook, tmp_path: Path) -> None:
    source = write_csv(tmp_path / "a.csv", [{"company_id": "a", "owner": "ja", "size": "1,5", "founded": "5.3.2024"}])
    found, rejects = read(book, source, "owner", "size", "founded")
    assert [(found[0][f]) for f in ("owner", "size", "founded")] == [None, None, None]
    assert len(rejects) == 3
