"""Files of SPSS and Stata: codes stay as they are, and what the file says of them comes along."""

from __future__ import annotations

import builtins
import datetime as dt
import random
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat
import pytest

from socialrules import Rulebook
from socialrules.errors import InputError
from socialrules.sources.codebook import Missing

from .sheets import cells, opened
from .small import rejected, rows, run

LABELS = {-9: "Refused", -8: "Don't know", -7: "Not asked (filter)", -4: "Too many", 0: "Not at all", 10: "Fully"}


@pytest.fixture
def sav(tmp_path: Path) -> Path:
    frame = pd.DataFrame(
        {
            "company_id": ["a", "b  ", "c", "d", "e", "f"],
            "q1": [0.0, 5.5, -9.0, -8.0, None, 10.0],
            "q2": [1.0, -4.0, -9.0, 99.0, 97.0, None],
            "open": ["yes", "", "-9", "no", "x", None],
            "day": [dt.date(2020, 1, 2), None, dt.date(1900, 1, 1), None, None, dt.date(2024, 2, 29)],
        }
    )
    path = tmp_path / "survey.sav"
    pyreadstat.write_sav(
        frame,
        str(path),
        column_labels={"q1": "How much do you agree?"},
        variable_value_labels={"q1": LABELS, "q2": {-9: "Refused", -4: "Too many to count", 99: "No reply"}},
        missing_ranges={"q1": [{"lo": -9, "hi": -7}], "q2": [-9, {"lo": 97, "hi": 99}], "open": ["-9"]},
    )
    return path


def test_the_cells_of_spss_are_codes_and_a_system_missing_is_empty(sav: Path) -> None:
    assert cells(opened(sav)) == [
        (1, "a", "0", "1", "yes", "2020-01-02"),
        (2, "b", "5.5", "-4", None, None),
        (3, "c", "-9", "-9", "-9", "1900-01-01"),
        (4, "d", "-8", "99", "no", None),
        (5, "e", None, "97", "x", None),
        (6, "f", "10", None, None, "2024-02-29"),
    ]


def test_missing_codes_of_spss_come_with_their_reasons(sav: Path) -> None:
    book = opened(sav).codebook
    assert book["q1"].label == "How much do you agree?"
    assert set(book["q1"].missing) == {
        Missing("-9", reason="refused"),
        Missing("-8", reason="dont_know"),
        Missing("-7", reason="not_asked"),
        Missing("-9", "-7"),
    }
    # The range for those without a word of their own comes last.
    assert book["q1"].missing[-1] == Missing("-9", "-7")
    assert book["q2"].missing == (Missing("-9", reason="refused"), Missing("97", "99"))
    assert book["open"].missing == (Missing("-9"),)
    assert (book["day"].missing, book["company_id"].missing) == ((), ())


def test_labels_are_names_and_not_the_domain(sav: Path) -> None:
    labels = opened(sav).codebook["q1"].labels
    assert (labels["0"], labels["10"]) == ("Not at all", "Fully")
    assert "5.5" not in labels
    assert set(labels) == {"-9", "-8", "-7", "-4", "0", "10"}


def test_negative_is_not_missing(sav: Path) -> None:
    codes = {m.low for m in opened(sav).codebook["q2"].missing}
    assert "-4" not in codes


@pytest.fixture
def dta(tmp_path: Path) -> Path:
    frame = pd.DataFrame(
        {
            "company_id": ["a", "b", "c", "d"],
            "q1": [1, "a", "z", 3],
            "letters": ["a", "z", "", "b"],
            "share": [0.1, None, 1e20, 2.0],
            "seen": [dt.datetime(2024, 1, 2, 3, 4), None, dt.datetime(2024, 1, 2), None],
        }
    )
    path = tmp_path / "survey.dta"
    tags = ["a", "b", "z"]
    labels = {"q1": {1: "Strongly disagree", "a": "Refused to answer", "b": "Does not apply"}}
    pyreadstat.write_dta(
        frame, str(path), column_labels={"q1": "Agree?"}, variable_value_labels=labels, missing_user_values={"q1": tags}
    )
    return path


def test_tagged_missings_of_stata_keep_their_letters(dta: Path) -> None:
    source = opened(dta)
    assert cells(source) == [
        (1, "a", "1", "a", "0.1", "2024-01-02 03:04:00"),
        (2, "b", ".a", "z", None, None),
        (3, "c", ".z", None, "1e+20", "2024-01-02"),
        (4, "d", "3", "b", "2", None),
    ]
    codes = source.codebook["q1"]
    assert codes.missing == (Missing(".a", reason="refused"), Missing(".b", reason="not_applicable"), Missing(".z"))
    assert codes.labels == {"1": "Strongly disagree", ".a": "Refused to answer", ".b": "Does not apply"}
    # Letters in a column of texts are letters.
    assert source.codebook["letters"].missing == ()


def test_dates_that_stand_for_missing_are_codes_like_any(tmp_path: Path) -> None:
    none = dt.datetime(1582, 10, 15)
    frame = pd.DataFrame({"company_id": ["a", "b"], "day": [none, dt.datetime(2024, 1, 2)]})
    path = tmp_path / "d.sav"
    pyreadstat.write_sav(
        frame, str(path), missing_ranges={"day": [{"lo": 0, "hi": 86_400}]}, variable_format={"day": "DATETIME20"}
    )
    source = opened(path)
    assert source.codebook["day"].missing == (Missing("1582-10-15"),)
    assert [row[2] for row in cells(source)] == ["1582-10-15", "2024-01-02"]


@pytest.mark.parametrize("ending", ["sav", "zsav", "dta"])
def test_survey_files_are_scored_like_any_other(ending: str, book: Rulebook, tmp_path: Path) -> None:
    frame = pd.DataFrame({"company_id": [1.0, 2.0], "size": [3.0, 4.5], "sure": ["yes", "maybe"]})
    path = tmp_path / f"in.{ending}"
    if ending == "dta":
        pyreadstat.write_dta(frame, str(path))
    else:
        pyreadstat.write_sav(frame, str(path), compress=ending == "zsav")
    results = run(book, path)
    found = [(r["company_id"], r["size"], r["source_row"]) for r in rows(results, "companies")]
    assert found == [("1", 3, 1), ("2", 4.5, 2)]
    assert rejected(results, "file", "row", "column", "value") == [(str(path), 2, "sure", "maybe")]
    assert results.manifest["inputs"]["companies"]["kind"] == "survey"


def test_without_the_package_one_sentence_says_what_to_install(sav: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *more: Any, **options: Any) -> Any:
        if name == "pyreadstat":
            raise ImportError(name)
        return real(name, *more, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(InputError, match=r"survey\.sav needs a package .* pip install 'socialrules\[survey\]'"):
        opened(sav)


def test_damaged_bytes_end_in_a_result_or_in_one_sentence(sav: Path, dta: Path, tmp_path: Path) -> None:
    dice, refusals = random.Random(7), 0
    for number in range(60):
        whole = dice.choice((sav, dta))
        content = bytearray(whole.read_bytes())
        for _ in range(dice.choice((1, 5, 40))):
            content[dice.randrange(len(content))] = dice.randrange(256)
        path = tmp_path / f"{number}{whole.suffix}"
        path.write_bytes(content[: dice.choice((len(content), dice.randrange(1, len(content))))])
        try:
            cells(opened(path))
        except InputError as error:
            refusals += 1
            assert "\n" not in str(error)
            assert path.name in str(error)
    assert refusals > 10


def test_what_is_no_survey_file_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "in.sav"
    path.write_bytes(b"company_id,size\na,1\n" * 50)
    with pytest.raises(InputError, match=r"in\.sav is damaged or no file of SPSS or Stata"):
        opened(path)
