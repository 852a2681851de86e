"""Sheets of workbooks: which one is meant, where its header is, what its cells read, and what is no workbook."""

from __future__ import annotations

import datetime as dt
import random
import time
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from socialrules import Rulebook, explain_result, verify
from socialrules.errors import InputError
from socialrules.inspection import inspect
from socialrules.run import Settings
from socialrules.sources.layout import Layout
from socialrules.sources.workbooks import COMPOUND_FILE, column_letters

from .sheets import cells, opened, write_ods, write_xlsx
from .small import AS_OF, rejected, rows, run

HEAD = ["company_id", "company_name", "size"]
ROWS = [HEAD, ["a", "Harbour", 6], ["b", "Hill", 14]]


def refused(given: Any, match: str, layout: Layout | None = None, **more: Any) -> None:
    """Asserts that a file is refused in one sentence."""
    with pytest.raises(InputError, match=match) as error:
        opened(given, layout or Layout(), **more)
    assert error.value.exit_code == 3
    assert "\n" not in str(error.value)


def test_every_kind_of_cell_is_the_text_of_its_value(tmp_path: Path) -> None:
    values = {
        "whole": (6, "6"),
        "whole with fractions": (6.0, "6"),
        "fraction": (2.5, "2.5"),
        "small": (1e-7, "1e-07"),
        "large": (1e20, "1e+20"),
        "negative": (-9, "-9"),
        "true": (True, "TRUE"),
        "false": (False, "FALSE"),
        "date": (dt.date(2026, 11, 1), "2026-11-01"),
        "midnight": (dt.datetime(2026, 11, 1), "2026-11-01"),
        "moment": (dt.datetime(2026, 11, 1, 9, 30), "2026-11-01 09:30:00"),
        "length": (dt.timedelta(hours=30), "30:00:00"),
        "text": ("  as it is ", "  as it is "),
        "number as text": ("007", "007"),
        "nothing": (None, None),
    }
    path = write_xlsx(tmp_path / "in.xlsx", {"s": [["company_id", *values], ["a", *(v for v, _ in values.values())]]})
    assert cells(opened(path)) == [(2, "a", *(text for _, text in values.values()))]


@pytest.mark.parametrize("size", [1, 32_767])
def test_texts_that_mean_harm_come_out_as_they_went_in(size: int, book: Rulebook, tmp_path: Path) -> None:
    harmful = ["=cmd|' /C calc'!A0", "@SUM(1)", "'; DROP TABLE x; --", "\u202e\u0000x".replace("\0", ""), "x" * size]
    path = tmp_path / "in.xlsx"
    written = openpyxl.Workbook()
    sheet = written.worksheets[0]
    sheet.append(["company_id", "company_name"])
    for number, text in enumerate(harmful):
        sheet.append([f"c{number}", "-"])
        sheet.cell(number + 2, 2).value = text
        sheet.cell(number + 2, 2).data_type = "s"
    written.save(path)
    results = run(book, path)
    assert [r["company_name"] for r in rows(results, "companies")] == harmful
    assert rejected(results) == []


def test_control_characters_of_a_cell_come_through(book: Rulebook, tmp_path: Path) -> None:
    whole = write_xlsx(tmp_path / "w.xlsx", {"s": [["company_id", "company_name"], ["a", "MARK"], ["b", "x"]]})
    path = tmp_path / "in.xlsx"
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(b"MARK", b"q_x0000_r_x001B_"))
    assert [r["company_name"] for r in rows(run(book, path), "companies")] == ["q\0r\x1b", "x"]


def test_the_row_of_the_sheet_is_the_number_of_the_record(book: Rulebook, tmp_path: Path) -> None:
    sheet = [["Our clients"], [], HEAD, ["a", "x", 1], [], [None, "  "], ["b", "y", "many"], [], []]
    path = write_xlsx(tmp_path / "in.xlsx", {"Clients": sheet})
    results = run(book, path)
    file = f"{path} [Clients]"
    assert [(r["company_id"], r["source_file"], r["source_row"]) for r in rows(results, "companies")] == [
        ("a", file, 4),
        ("b", file, 7),
    ]
    assert rejected(results, "file", "row", "column", "value", "kind") == [(file, 7, "size", "many", "cell")]
    entry = results.manifest["inputs"]["companies"]
    assert (entry["kind"], entry["rows"]) == ("workbook", 2)
    assert [(f["sheet"], f["header_rows"], f["first_row"]) for f in entry["files"]] == [("Clients", [3], 4)]


def test_a_record_of_a_workbook_is_explained_and_verified(book: Rulebook, tmp_path: Path) -> None:
    sheets = {"Accounts": [["company_id", "network", "status"], ["b", "xing", "open"]], "Clients": [["Title"], *ROWS]}
    results = run(book, write_xlsx(tmp_path / "in.xlsx", sheets), out=tmp_path / "out")
    assert verify(tmp_path / "out", rulebook=book).same
    (tmp_path / "moved").mkdir()
    (tmp_path / "in.xlsx").rename(tmp_path / "moved" / "in.xlsx")
    assert verify(tmp_path / "out", inputs=tmp_path / "moved", rulebook=book).same
    assert results.counts("companies", "clear_goal")


def test_an_explanation_reads_the_row_of_the_sheet_again(tmp_path: Path) -> None:
    import socialrules

    head = ["company_id", "company_name", "policy_exists"]
    sheet = [["Title"], [], head, [], ["a", "N/A", "no"], ["b", "Hill", "yes"]]
    accounts = [["company_id", "network", "status"], ["b", "<NA>", "open"], [], ["b", "Facebook", "open"]]
    path = write_xlsx(tmp_path / "in.xlsx", {"x": sheet, "accounts": accounts})
    results = socialrules.score(path, as_of="2026-11-01", out=tmp_path / "out")
    found = explain_result(results, "b")
    assert found.outcomes_only in (None, "")
    assert (found.name, [row.name for row in found.rows]) == ("Hill", ["facebook 1"])
    # What was read as blank is blank again.
    assert explain_result(results, "a").name in (None, "")


def test_sheets_called_like_tables_feed_them(book: Rulebook, tmp_path: Path) -> None:
    sheets = {
        "Read me": [["How to fill this in"], ["Do"]],
        "COMPANIES": [["Which company?", "How large?"], ["company_id", "size"], ["a", 3]],
        "Accounts ": [["company_id", "network", "status"], ["a", "xing", "open"], ["a", "facebook", "closed"]],
        "staff": [],
        "_lists": [["yes"], ["no"]],
    }
    results = run(book, write_xlsx(tmp_path / "intake.xlsx", sheets))
    assert [(r["company_id"], r["size"], r["n_open"]) for r in rows(results, "companies")] == [("a", 3, 1)]
    assert set(results.manifest["inputs"]) == {"companies", "accounts"}


def test_a_table_that_is_given_is_not_taken_from_the_workbook(book: Rulebook, tmp_path: Path) -> None:
    head = ["company_id", "network", "status"]
    path = write_xlsx(tmp_path / "in.xlsx", {"companies": ROWS, "accounts": [head, ["a", "xing", "open"]]})
    other = write_xlsx(tmp_path / "other.xlsx", {"accounts": [head, ["b", "xing", "open"]]})
    assert [(r["company_id"]) for r in rows(run(book, path, other), "accounts")] == ["b"]


def test_a_mapping_says_which_sheet_of_the_same_workbook_another_table_is(book: Rulebook, tmp_path: Path) -> None:
    accounts = [["company_id", "network", "status"], ["a", "xing", "open"]]
    path = write_xlsx(tmp_path / "in.xlsx", {"Firmen": ROWS, "Konten": accounts})
    mapping = tmp_path / "m.toml"
    for sheet, section in (("'konten'", ""), ("2", "[accounts]\ncompany_id = 'company_id'\n")):
        mapping.write_text(f"[sources.companies]\nsheet = 'Firmen'\n[sources.accounts]\nsheet = {sheet}\n{section}")
        assert [r["network"] for r in rows(run(book, path, mapping=mapping), "accounts")] == ["xing"]
    mapping.write_text("[sources.companies]\nsheet = 'Firmen'\n[sources.accounts]\nsheet = 'Kontn'\n")
    with pytest.raises(InputError) as error:
        run(book, path, mapping=mapping)
    assert "has no sheet 'Kontn'; it has 'Firmen', 'Konten'. Did you mean 'Konten'?" in str(error.value)
    assert "If the accounts are in another file, give it with --accounts." in str(error.value)
    mapping.write_text("[sources.companies]\nsheet = 'Firmen'\n[accounts]\ncompany_id = 'company_id'\n")
    with pytest.raises(InputError, match="not among the inputs: give it with --accounts"):
        run(book, path, mapping=mapping)


def test_a_sheet_that_no_table_is_read_from_is_on_record(book: Rulebook, tmp_path: Path) -> None:
    accounts = [["company_id", "network", "status"], ["a", "xing", "open"]]
    sheets = {"companies": ROWS, "Konten": accounts, "Notes": [["n"]], "_x": [["x"]], "empty": [], "accounts": accounts}
    path = write_xlsx(tmp_path / "in.xlsx", {**sheets, "secret": ROWS})
    opened_again = openpyxl.load_workbook(path)
    opened_again["secret"].sheet_state = "hidden"
    opened_again.save(path)
    results = run(book, path)
    assert results.manifest["unread_sheets"] == [{"path": str(path), "sheet": "Konten"}]
    found = inspect(book, {"companies": str(path)}, Settings(AS_OF))
    assert found.to_dict()["unread_sheets"] == results.manifest["unread_sheets"]
    assert run(book, path, path, answers=None).manifest["unread_sheets"] == results.manifest["unread_sheets"]


def test_the_only_sheet_that_can_be_meant_is_taken(tmp_path: Path) -> None:
    sheets = {"Notes": [["n"]], "Clients": ROWS, "_codes": [["c"]], "accounts": [["x"]], "empty": []}
    source = opened(write_xlsx(tmp_path / "in.xlsx", sheets))
    assert source.places[0].sheet == "Clients"
    assert opened(write_xlsx(tmp_path / "notes.xlsx", {"Notes": ROWS})).places[0].sheet == "Notes"


def test_several_sheets_that_can_be_meant_are_named(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "in.xlsx", {"North": ROWS, "South": ROWS})
    refused(path, r"in\.xlsx has several sheets that can be meant: 'North', 'South'\. Call one 'companies'")
    assert opened(path, Layout(sheet="south")).places[0].sheet == "South"
    assert opened(path, Layout(sheet=2)).places[0].sheet == "South"
    refused(path, r"has no sheet 'Suoth'; it has 'North', 'South'\. Did you mean 'South'\?", Layout(sheet="Suoth"))
    refused(path, r"has no sheet number 3; it has 2", Layout(sheet=3))
    refused(write_xlsx(tmp_path / "a.xlsx", {"accounts": ROWS}), "has no sheet for companies")


def test_a_hidden_sheet_is_not_guessed_at(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "in.xlsx", {"Old": ROWS, "New": ROWS})
    written = openpyxl.load_workbook(path)
    written["Old"].sheet_state = "hidden"
    written.save(path)
    assert opened(path).places[0].sheet == "New"


HEADERS: dict[str, tuple[list[list[Any]], str, int]] = {
    "the first row": (ROWS, "company_id", 1),
    "below a title": ([["Clients"], *ROWS], "company_id", 2),
    "below a title of two cells and blank rows": ([["Clients", "2026"], [], [], *ROWS], "company_id", 4),
    "below the question texts": ([["Which?", "Name?", "Size?"], *ROWS], "company_id", 2),
    "with names written otherwise": ([["x"], ["Company ID", "Name"], ["a", "b"]], "company_id", 2),
    "without the key": ([["Clients"], [], ["Customer No", "Name", "Staff"], ["a", "b", 1]], "company_id", 3),
    "of one column": ([["Name"], ["a"]], "", 1),
}


@pytest.mark.parametrize("name", HEADERS)
def test_the_header_is_found(name: str, tmp_path: Path) -> None:
    sheet, key, row = HEADERS[name]
    source = opened(write_xlsx(tmp_path / "in.xlsx", {"s": sheet}), key=key)
    assert source.places[0].header == (row,)
    assert source.places[0].first == row + 1


def test_the_header_is_where_the_layout_says(tmp_path: Path) -> None:
    top, names = ["", "Social", "", "Staff"], ["company_id", "Facebook", "Xing", ""]
    sheet = [top, names, ["id?", "f?", "x?", "s?"], ["a", 1, 2, 3]]
    path = write_xlsx(tmp_path / "in.xlsx", {"s": sheet}, {"s": "B1:C1"})
    both = opened(path, Layout(header=(1, 2)))
    assert list(both.columns) == ["company_id", "Social Facebook", "Social Xing", "Staff"]
    assert [row[0] for row in cells(both)] == [3, 4]
    told = opened(path, Layout(header=(2, 3), names=2))
    assert list(told.columns) == ["company_id", "Facebook", "Xing", "unnamed_4"]
    assert {c: codes.label for c, codes in told.codebook.items()}["Facebook"] == "f?"
    assert cells(told) == [(4, "a", "1", "2", "3")]
    refused(path, "has no row 9 for a header; it ends at row 4", Layout(header=(9,)))


def test_a_header_that_does_not_name_its_columns_is_refused(tmp_path: Path) -> None:
    sheets = {"Clients": [["company_id", "Social", ""], ["a", 1, 2]]}
    merged = write_xlsx(tmp_path / "m.xlsx", sheets, {"Clients": "B1:C1"})
    refused(merged, r"m\.xlsx \[Clients\]: the header cells B1 to C1 are merged into one, 'Social'")
    twice = write_xlsx(tmp_path / "t.xlsx", {"Clients": [["T"], ["company_id", "Size", "size"], ["a", 1, 2]]})
    refused(twice, r"t\.xlsx \[Clients\]: the columns B and C are both called 'size' \(row 2\)")
    own = write_xlsx(tmp_path / "o.xlsx", {"s": [["company_id", "_row"], ["a", 1]]})
    refused(own, "B1: a column cannot be called _row")
    numbers = write_xlsx(tmp_path / "n.xlsx", {"s": [[1, 2], [3, 4]]})
    refused(numbers, "has no header row with the names of its columns in its first 20 rows")
    refused(write_xlsx(tmp_path / "e.xlsx", {"s": []}), r"e\.xlsx \[s\] is empty")


def test_a_column_without_a_name_is_kept_where_it_holds_something(tmp_path: Path) -> None:
    source = opened(write_xlsx(tmp_path / "in.xlsx", {"s": [["company_id", None, None, "size"], ["a", None, "x", 3]]}))
    assert list(source.columns) == ["company_id", "unnamed_3", "size"]


def with_errors(path: Path) -> Path:
    written = openpyxl.Workbook()
    sheet = written.worksheets[0]
    sheet.append(["company_id", "company_name", "size", "sure", "goals", "founded"])
    sheet.append(["a", "x", 1, "yes", "leads", dt.date(2020, 1, 1)])
    for number, row in enumerate(("#DIV/0!", "#REF!", "#N/A"), 3):
        sheet.append([f"c{number}", *[row] * 5])
        for column in range(2, 7):
            sheet.cell(number, column).data_type = "e"
    sheet.append(["d", "y", "=1/0", "yes", "leads", None])
    written.save(path)
    return path


def test_a_formula_without_a_result_is_never_a_value(book: Rulebook, tmp_path: Path) -> None:
    results = run(book, with_errors(tmp_path / "in.xlsx"))
    found = rejected(results, "row", "column", "value", "kind")
    facts = ("founded", "goals", "size", "sure")
    unread = [(r, c, v, "cell") for r, v in ((3, "#DIV/0!"), (4, "#REF!")) for c in facts]
    assert set(unread) <= set(found)
    assert {(3, "company_name", "#DIV/0!", "note"), (4, "company_name", "#REF!", "note")} <= set(found)
    assert {(5, c, "#N/A", "cell") for c in ("founded", "size", "sure")} <= set(found)
    assert (6, "size", "#NOT-CALCULATED!", "cell") in found
    assert [r["company_name"] for r in rows(results, "companies")] == ["x", None, None, None, "y"]


def test_a_formula_without_a_result_is_never_a_network(book: Rulebook, tmp_path: Path) -> None:
    head = ["company_id", "network", "status"]
    path = write_xlsx(tmp_path / "in.xlsx", {"companies": ROWS, "accounts": [head, ["a", "#REF!", "open"]]})
    results = run(book, path)
    (found,) = rejected(results, "row", "column", "value", "reason")
    assert found == (2, "network", "#REF!", "the row has no valid network")


def cell_of(kind: str, text: str, more: str = "") -> str:
    return f'<table:table-cell office:value-type="{kind}" {more}><text:p>{text}</text:p></table:table-cell>'


def test_an_opendocument_sheet_is_read(tmp_path: Path) -> None:
    error = 'table:formula="of:=1/0" calcext:value-type="error" office:string-value=""'
    body = "".join(
        f"<table:table-row>{row}</table:table-row>"
        for row in (
            "".join(cell_of("string", n) for n in HEAD),
            cell_of("string", "a") + cell_of("string", "Harbour") + cell_of("float", "6", 'office:value="6"'),
            cell_of("string", "b") + "<table:table-cell/>" + cell_of("string", "#DIV/0!", error),
        )
    )
    path = write_ods(tmp_path / "in.ods", f'<table:table table:name="Clients">{body}</table:table>')
    assert cells(opened(path)) == [(2, "a", "Harbour", "6"), (3, "b", None, "#DIV/0!")]


def test_several_workbooks_of_a_folder_are_one_input(book: Rulebook, tmp_path: Path) -> None:
    for country, name in (("FI", "a"), ("DE", "b")):
        folder = tmp_path / "in" / f"company_name={country}"
        folder.mkdir(parents=True)
        write_xlsx(folder / "x.xlsx", {name: [["company_id", "size"], [name, 3]]})
        (folder / "~$x.xlsx").write_bytes(b"lock")
    results = run(book, tmp_path / "in")
    assert [(r["company_id"], r["company_name"]) for r in rows(results, "companies")] == [("b", "DE"), ("a", "FI")]
    assert [r["source_file"].rpartition(" ")[2] for r in rows(results, "companies")] == ["[b]", "[a]"]


def test_what_is_no_workbook_is_said_so(tmp_path: Path) -> None:
    for name, content, match in (
        ("text.xlsx", b"company_id,size\na,1\n", "is no workbook, whatever its name says"),
        ("page.xls", b"<html><table></table></html>", "is no workbook"),
        ("empty.xlsx", b"", "is empty"),
        ("cut.xlsx", write_xlsx(tmp_path / "w.xlsx", {"s": ROWS}).read_bytes()[:900], "is damaged"),
        (
            "locked.xlsx",
            COMPOUND_FILE + bytes(1000) + "EncryptedPackage".encode("utf-16-le"),
            "protected by a password",
        ),
        ("old.xls", COMPOUND_FILE + b"\0" * 600, "is damaged"),
    ):
        (tmp_path / name).write_bytes(content)
        refused(tmp_path / name, match)
    csv = tmp_path / "c.csv"
    csv.write_text("company_id\na\n", encoding="utf-8")
    refused(csv, "is no workbook and has no sheets", Layout(sheet="x"))


def test_damaged_bytes_end_in_a_result_or_in_one_sentence(tmp_path: Path) -> None:
    whole = write_xlsx(tmp_path / "w.xlsx", {"s": ROWS, "t": []}).read_bytes()
    dice, refusals = random.Random(5), 0
    for number in range(60):
        content = bytearray(whole)
        for _ in range(dice.choice((1, 3, 20))):
            content[dice.randrange(len(content))] = dice.randrange(256)
        path = tmp_path / f"{number}.xlsx"
        path.write_bytes(content[: dice.choice((len(content), dice.randrange(len(content))))])
        try:
            cells(opened(path))
        except InputError as error:
            refusals += 1
            assert "\n" not in str(error)
            assert path.name in str(error)
    assert refusals > 10


def test_columns_have_the_letters_of_a_spreadsheet() -> None:
    assert [column_letters(n) for n in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


@pytest.mark.slow
def test_a_large_sheet_is_read_in_seconds(tmp_path: Path) -> None:
    written = openpyxl.Workbook(write_only=True)
    sheet = written.create_sheet("s")
    sheet.append(["company_id", *(f"c{i}" for i in range(19))])
    for number in range(100_000):
        sheet.append([f"k{number}", *([number, "text", 2.5] * 7)[:19]])
    written.save(tmp_path / "in.xlsx")
    start = time.perf_counter()
    source = opened(tmp_path / "in.xlsx")
    assert source.rows == 100_000
    assert time.perf_counter() - start < 30
