"""Workbooks: texts stay texts, drop-downs hold what they should, and a file is there whole or not at all."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from socialrules import SocialRulesError
from socialrules.errors import UsageError
from socialrules.sheetcolumns import Cells, Column, lines_of
from socialrules.sheets import LISTS, new_file, workbook

HOSTILE = ["=1+1", "+cmd|' /C calc'!A0", "-2", "@SUM(A1)", "https://example.org", "007", "\x07bell", "{=A1}"]


def test_a_text_is_never_a_formula_a_link_or_a_number(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with workbook(path) as sheets:
        assert sheets.table("t", [Column("value"), Column("n", "number")], [(v, i) for i, v in enumerate(HOSTILE)]) == 8
    sheet = openpyxl.load_workbook(path)["t"]
    cells = [row[0] for row in sheet.iter_rows(min_row=2)]
    assert [c.data_type for c in cells] == ["s"] * len(HOSTILE)
    # A control character is escaped as the format of the file wants it; openpyxl leaves that as it is.
    assert [c.value for c in cells] == [h.replace("\x07", "_x0007_") for h in HOSTILE]
    assert all(c.hyperlink is None for c in cells)
    assert [c.value for c in sheet["B"][1:]] == list(range(len(HOSTILE)))


def test_a_long_list_of_choices_stands_on_a_hidden_sheet_and_a_short_one_in_the_rule(tmp_path: Path) -> None:
    long = tuple(f"choice_number_{n}" for n in range(40))
    path = tmp_path / "a.xlsx"
    with workbook(path) as sheets:
        columns = [Column("a", choices=("yes", "no")), Column("b", choices=long), Column("c", choices=long)]
        sheets.form("f", "Title", [Column(c.name, above=("?", "!"), choices=c.choices) for c in columns])
    book = openpyxl.load_workbook(path)
    rules = {str(r.sqref).split(":")[0]: r.formula1 for r in book["f"].data_validations.dataValidation}
    assert rules["A5"] == '"yes,no"'
    assert rules["B5"] == rules["C5"] == f"{LISTS}!$A$1:$A$40"
    assert book[LISTS].sheet_state == "hidden"
    assert [c.value for c in book[LISTS]["A"]] == list(long)


def test_the_head_of_a_form_is_locked_and_its_cells_are_not(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    columns = [Column("a", above=("A?", "a")), Column("b", above=("B?", "b"), locked=True)]
    with workbook(path) as sheets:
        sheets.form("f", "Title", columns, [("x", "y")], empty=2)
    sheet = openpyxl.load_workbook(path)["f"]
    assert sheet.protection.sheet
    assert sheet.protection.password is None
    assert [[c.value for c in row] for row in sheet.iter_rows(max_row=5)] == [
        ["Title", None], ["A?", "B?"], ["a", "b"], ["a", "b"], ["x", "y"],
    ]  # fmt: skip
    assert [(c.protection.locked) for c in sheet["A"][:7]] == [True] * 4 + [False] * 3
    assert all(c.protection.locked for c in sheet["B"][:7])
    assert not sheet.column_dimensions["A"].protection.locked
    assert sheet.freeze_panes == "B5"


def test_cells_of_one_column_can_have_rules_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    rows = [(str(n), None) for n in range(1200)]
    odd, even = tuple(range(1, 1200, 2)), tuple(range(0, 1200, 2))
    with workbook(path) as sheets:
        groups = [Cells(Column("b", choices=("x",)), odd), Cells(Column("b", "number", low=1, whole=True), even)]
        sheets.form("f", "", [Column("a", locked=True), Column("b")], rows, cells=groups)
    rules = openpyxl.load_workbook(path)["f"].data_validations.dataValidation
    found = {(r.type, cell) for r in rules for cell in str(r.sqref).split()}
    assert found == {("list", f"B{n + 2}") for n in odd} | {("whole", f"B{n + 2}") for n in even}


def test_limits_of_numbers_and_dates_are_rules(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    columns = [
        Column("least", "number", above=("",), low=0),
        Column("more", "number", above=("",), low=0, beyond=True),
        Column("between", "number", above=("",), low=0, high=1),
        Column("day", "date", above=("",)),
    ]
    with workbook(path) as sheets:
        sheets.form("f", "", columns)
    rules = openpyxl.load_workbook(path)["f"].data_validations.dataValidation
    # openpyxl leaves out what is the default: between.
    assert [(r.type, r.operator, r.formula1, r.formula2) for r in rules] == [
        ("decimal", "greaterThanOrEqual", "0", None),
        ("decimal", "greaterThan", "0", None),
        ("decimal", None, "0", "1"),
        ("date", "greaterThanOrEqual", "32874", None),
    ]


def test_nothing_is_left_of_a_workbook_that_fails(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), workbook(tmp_path / "a.xlsx") as sheets:
        sheets.table("t", [Column("a")], [(1 / 0,)])
    assert list(tmp_path.iterdir()) == []


def test_an_older_file_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("old")
    with pytest.raises(UsageError, match=r"exists already.*--overwrite"), new_file(path):
        pass
    with pytest.raises(ZeroDivisionError), new_file(path, overwrite=True) as target:
        target.write_text("half")
        raise ZeroDivisionError
    assert path.read_text() == "old"
    with new_file(path, overwrite=True) as target:
        target.write_text("new")
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("a.csv", "new")]


@pytest.mark.parametrize("name", ["a.xls", "a", "a.xlsx.txt"])
def test_a_spreadsheet_has_the_ending_of_one(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"ends in \.xlsx"), workbook(tmp_path / name):
        pass


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "gone" / "a.xlsx"
    with pytest.raises(SocialRulesError, match="cannot be written") as error, workbook(path) as sheets:
        sheets.table("t", [Column("a")], [])
    assert str(error.value) == f"{path} cannot be written: No such file or directory."
    assert list(tmp_path.iterdir()) == []


def test_lines_are_counted_as_they_are_broken() -> None:
    assert lines_of("", 10) == 1
    assert lines_of("one two three", 7) == 2
    assert lines_of("a\nb", 7) == 2
    assert lines_of("x" * 25, 10) == 3
