"""Headers of text files: below a title, with explanations, where a layout says; and what follows the last row."""

from __future__ import annotations

from pathlib import Path

import pytest

from socialrules import Rulebook
from socialrules.errors import InputError
from socialrules.sources.inputs import MANY_FILES
from socialrules.sources.layout import Layout

from .sheets import cells, opened
from .small import rejected, rows, run


def text_file(folder: Path, content: str | bytes, name: str = "in.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


BODY = "company_id,name,size\na,Harbour,6\nb,Hill,14\n"
READ = [(1, "a", "Harbour", "6"), (2, "b", "Hill", "14")]
TITLED = {
    "no title": (BODY, 1),
    "title": ("Our clients\n" + BODY, 2),
    "title with a comma": ('"Our clients, 2026"\n' + BODY, 2),
    "title filled up": ("Our clients,,\n,,\n" + BODY, 3),
    "blank lines": ("\n\n" + BODY, 3),
    "several lines": ("Our clients\r\nas of May\r\n\r\n" + BODY.replace("\n", "\r\n"), 4),
    "byte-order mark": ("\ufeffOur clients\n" + BODY, 2),
    "separator line": ("sep=;\nOur clients\n" + BODY.replace(",", ";"), 3),
    "semicolons": ("Our clients, as of May\n" + BODY.replace(",", ";"), 2),
}


@pytest.mark.parametrize("name", TITLED)
def test_what_stands_above_the_header_is_skipped(name: str, tmp_path: Path) -> None:
    content, row = TITLED[name]
    source = opened(text_file(tmp_path, content))
    assert cells(source) == READ
    assert source.places[0].header == (row,)


def test_without_the_key_three_different_texts_are_a_header(tmp_path: Path) -> None:
    content = "Our clients\nNo,Name,Staff\n1,Harbour,6\n"
    source = opened(text_file(tmp_path, content))
    assert list(source.columns) == ["No", "Name", "Staff"]
    # Two cells may be one with a comma in it, and numbers are no names: nothing is guessed.
    for rest in ("Smith, John\nMiller, Ann\n", "1,2,3\n", "x,x,y\n"):
        assert next(iter(opened(text_file(tmp_path, f"name\n{rest}")).columns)) == "name"


def test_the_key_alone_is_a_header_and_no_title(book: Rulebook, tmp_path: Path) -> None:
    results = run(book, text_file(tmp_path, "company_id\na\nb,x,y\n"))
    assert [r["company_id"] for r in rows(results, "companies")] == ["a"]
    assert [r[1] for r in rejected(results, "reason", "row")] == [2]


QUALTRICS = (
    'StartDate,QID1,"company_id"\n'
    'Start Date,"How many, ""roughly""?\nCount all.",Which?\n'
    '"{""ImportId"":""startDate""}","{""ImportId"":""QID1""}","{""ImportId"":""QID2""}"\n'
    "2026-01-02,6,a\n2026-01-03,14,b\n"
)


def test_three_header_rows_of_a_survey_platform_are_found(tmp_path: Path) -> None:
    source = opened(text_file(tmp_path, QUALTRICS))
    assert cells(source) == [(1, "2026-01-02", "6", "a"), (2, "2026-01-03", "14", "b")]
    assert source.codebook["QID1"].label == 'How many, "roughly"?\nCount all.'
    assert (source.places[0].header, source.places[0].first) == ((1, 2, 3), 4)


def test_the_header_is_where_the_layout_says(tmp_path: Path) -> None:
    content = "Report,,\nid?,Social,Social\ncompany_id,Facebook,Xing\na,1,2\n"
    path = text_file(tmp_path, content)
    both = opened(path, Layout(header=(2, 3)))
    assert list(both.columns) == ["id? company_id", "Social Facebook", "Social Xing"]
    assert cells(both) == [(1, "a", "1", "2")]
    told = opened(path, Layout(header=(2, 3), names=3))
    assert list(told.columns) == ["company_id", "Facebook", "Xing"]
    assert told.codebook["Xing"].label == "Social"
    with pytest.raises(InputError, match=r"in\.csv has no row 30 for a header"):
        opened(path, Layout(header=(30,)))


@pytest.mark.parametrize("ending", ["tsv", "tab", "txt", "tsv.gz"])
def test_tab_separated_files_are_read(ending: str, tmp_path: Path) -> None:
    import gzip

    content = BODY.replace(",", "\t").replace("Harbour", "Harbour, Inc, Ltd").encode()
    path = text_file(tmp_path, gzip.compress(content) if ending.endswith("gz") else content, f"in.{ending}")
    assert [row[2] for row in cells(opened(path))] == ["Harbour, Inc, Ltd", "Hill"]


def test_a_text_in_a_folder_is_not_taken_for_data(book: Rulebook, tmp_path: Path) -> None:
    text_file(tmp_path, BODY)
    text_file(tmp_path, "Please read\n", "README.txt")
    assert len(rows(run(book, tmp_path), "companies")) == 2


@pytest.mark.parametrize("end", ["\n\n", ",,\n,,\n", ",,", ",,\n\n,,\n" * 40, "\r\n,,\r\n"])
def test_blank_rows_at_the_end_are_no_records(end: str, tmp_path: Path) -> None:
    assert [row[:4] for row in cells(opened(text_file(tmp_path, BODY + end)))] == READ


def test_blank_rows_between_records_count(book: Rulebook, tmp_path: Path) -> None:
    results = run(book, text_file(tmp_path, "company_id,size\na,1\n,\nb,many\n,\n"))
    assert rejected(results, "row", "column", "kind") == [(2, "company_id", "row"), (3, "size", "cell")]
    assert results.manifest["inputs"]["companies"]["rows"] == 3


def test_many_small_files_are_read_as_each_alone(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(MANY_FILES + 1):
        start, end = ("Title\n" if number == 5 else ""), (",,\n" * (number % 3))
        text_file(folder, start + BODY.replace("a,", f"a{number},") + end, f"{number}.csv")
    source = opened(folder)
    assert source.rows == 2 * (MANY_FILES + 1)
    assert {row[0] for row in cells(source)} == {1, 2}


def test_names_in_windows_letters_are_read(tmp_path: Path) -> None:
    path = text_file(tmp_path, "Gr\u00f6\u00dfe\ncompany_id,gr\u00f6\u00dfe,name\na,3,M\u00fcller\n".encode("cp1252"))
    source = opened(path)
    assert list(source.columns)[:3] == ["company_id", "gr\u00f6\u00dfe", "name"]
    assert cells(source)[0][1:4] == ("a", "3", "M\u00fcller")


@pytest.mark.parametrize("content", ["\n\n\n", ",,\n,,\n", "\ufeff\n"])
def test_a_file_of_blanks_has_no_header(content: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"in\.csv has no header row"):
        opened(text_file(tmp_path, content))


@pytest.mark.parametrize("start", [b"PK\x03\x04\x14\x00", bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 30])
def test_a_workbook_that_is_called_a_text_is_said_so(start: bytes, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(start + b"xl/workbook.xml,a,b\n1,2,3\n")
    with pytest.raises(InputError, match=r"in\.csv is a workbook, not a text.*\.xlsx"):
        opened(path)
