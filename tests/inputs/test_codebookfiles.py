"""Codebooks in files: Table Schemas and plain tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import socialrules
from socialrules import Rulebook
from socialrules.errors import MappingError
from socialrules.sources.codebook import ColumnCodes, Missing
from socialrules.sources.codebookfiles import CodebookFile, read_codebook
from socialrules.sources.notations import Notation

from .mapped import one_column, read_mapped
from .small import run, write_csv

SCHEMA: dict[str, Any] = {
    "missingValues": ["", "-9"],
    "fields": [
        {"name": "plain", "type": "integer", "title": "How many?"},
        {
            "name": "told",
            "description": "Are you sure?",
            "missingValues": [
                {"value": "-9", "label": "Refused"},
                {"value": -8, "label": "Don\u2019t know"},
                {"value": ".a", "label": "Question skipped"},
                {"value": "-7", "label": "?"},
            ],
            "categories": [{"value": 1, "label": "Agree"}, {"value": 2, "label": "Disagree"}],
            "categoriesOrdered": True,
        },
        {"name": "bare", "missingValues": [], "categories": ["a", "b"]},
        {"name": "money", "type": "number", "decimalChar": ",", "groupChar": "."},
    ],
}
CODES = {
    "plain": ColumnCodes("How many?", (Missing("-9"),)),
    "told": ColumnCodes(
        "Are you sure?",
        (
            Missing("-9", None, "refused"),
            Missing("-8", None, "dont_know"),
            Missing(".a", None, "not_asked"),
            Missing("-7"),
        ),
        {"-9": "Refused", "-8": "Don\u2019t know", ".a": "Question skipped", "-7": "?", "1": "Agree", "2": "Disagree"},
    ),
    "bare": ColumnCodes(),
    "money": ColumnCodes("", (Missing("-9"),)),
}


def read(folder: Path, content: Any, name: str = "codes.json") -> CodebookFile:
    """A codebook of some content."""
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return read_codebook(path, "companies", "map.toml")


@pytest.mark.parametrize(
    "content",
    [
        SCHEMA,
        {"name": "companies", "schema": SCHEMA},
        {"resources": [{"name": "data", "schema": SCHEMA}]},
        {"resources": [{"name": "other", "schema": {"fields": []}}, {"name": "companies", "schema": SCHEMA}]},
    ],
    ids=["schema", "resource", "package", "package of two"],
)
def test_a_table_schema_is_read_alone_or_in_a_package(content: Any, tmp_path: Path) -> None:
    found = read(tmp_path, content)
    assert found.codes == CODES
    assert found.numbers == {"money": Notation(",", ".")}


def test_a_plain_table_has_a_row_per_code(tmp_path: Path) -> None:
    table = (
        "column,code,label,missing_reason\nq,,Are you sure?,\nq,1,Yes,\nq,2,No,\nq,-9,No reply,refused\n"
        "q,-8,,Don't know\nq,-99..-90,,not applicable\nq,.a,Skipped,missing\n\nr,1,One,\n"
    )
    assert read(tmp_path, table, "codes.csv").codes == {
        "q": ColumnCodes(
            "Are you sure?",
            (
                Missing("-9", None, "refused"),
                Missing("-8", None, "dont_know"),
                Missing("-99", "-90", "not_applicable"),
                Missing(".a", None, "not_asked"),
            ),
            {"1": "Yes", "2": "No", "-9": "No reply", ".a": "Skipped"},
        ),
        "r": ColumnCodes(labels={"1": "One"}),
    }


def test_the_headers_of_a_plain_table_have_other_names_too(tmp_path: Path) -> None:
    table = "\ufeffVariable;Value;Value Label;Missing Reason\nq;-9;No;Refused\n"
    assert read(tmp_path, table, "codes.csv").codes == {
        "q": ColumnCodes(missing=(Missing("-9", None, "refused"),), labels={"-9": "No"})
    }


@pytest.mark.parametrize("name", ["overture_places/places.codebook.csv", "statsnz_bos2022/bos2022_ict.codebook.csv"])
def test_a_codebook_that_only_describes_columns_gives_their_labels(name: str) -> None:
    path = Path(__file__).resolve().parents[3] / "shared" / "datasets" / name
    if not path.is_file():
        pytest.skip(f"{path} is not on this machine")
    found = read_codebook(path, "companies", "map.toml").codes
    assert len(found) > 5
    assert all(c.label and not c.missing and not c.labels for c in found.values())


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        ("{", "c.json", "this is not valid JSON"),
        ("[]", "c.json", "there are no fields in it"),
        ({"fields": [{}]}, "c.json", "fields must be a list of objects that each have a name"),
        ({"resources": [{"name": "a"}, {"name": "b"}]}, "c.json", "none of its resources (a, b) is called companies"),
        ({"fields": [{"name": "q", "missingValues": 5}]}, "c.json", "field q, missingValues: this must be a list"),
        ({"fields": [{"name": "q", "missingValues": [True]}]}, "c.json", "field q, missingValues: a code is"),
        ({"fields": [{"name": "q", "categories": [{"value": 1, "label": 5}]}]}, "c.json", "a label must be a text"),
        ({"fields": [{"name": "q", "decimalChar": "x"}]}, "c.json", "field q: decimalChar must be one of"),
        (
            {"fields": [{"name": "q", "missingValues": [{"value": 1, "label": why} for why in ("refused", "skip")]}]},
            "c.json",
            "of the column q, 1 cannot be refused and not_asked at once",
        ),
        ("a,b\n1,2\n", "c.csv", "the header must name the columns column, code, label and missing_reason"),
        ("", "c.csv", "the header must name the columns"),
        ("column,code\n,5\n", "c.csv", "row 2 does not say which column it speaks of"),
        ("column,code,missing_reason\nq,-9,angry\n", "c.csv", "row 2: 'angry' is not one of the reasons dont_know"),
        ("column,code,missing_reason\nq,,refused\n", "c.csv", "row 2 gives a reason for a missing answer, but no code"),
        ("column,code,label\nq,1,a\nq,1,b\n", "c.csv", "row 3: the code 1 of q has come before with another label"),
        ("column,code,missing_reason\nq,-9,refused\nq,-9,technical\n", "c.csv", "-9 cannot be refused and technical"),
        ("column,code,missing_reason\nq,5..1,refused\n", "c.csv", "row 2: the range 5..1 ends before it begins"),
        ('column,code\nq,"1', "c.csv", "this is not a valid CSV file"),
    ],
)  # fmt: skip
def test_a_codebook_that_cannot_be_read_is_refused_with_one_sentence(
    content: Any, name: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(MappingError) as error:
        read(tmp_path, content, name)
    assert said in str(error.value)
    assert len(str(error.value).splitlines()) == 1
    assert name in str(error.value)


def test_a_codebook_that_is_no_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_bytes(b"column\n\xff\n")
    with pytest.raises(MappingError, match="is not written in UTF-8"):
        read_codebook(tmp_path / "c.csv", "companies", "map.toml")


def test_the_numbers_of_a_field_are_read_in_its_own_notation(book: Rulebook, tmp_path: Path) -> None:
    (tmp_path / "codes.json").write_text(json.dumps(SCHEMA), encoding="utf-8")
    toml = (
        "[sources.companies]\ncodebook = 'codes.json'\n"
        "[companies]\ncompany_id = 'id'\nsize = 'money'\nsize_max = 'plain'\n"
    )
    found, rejects = read_mapped(book, tmp_path, toml, [{"money": "1.200,5", "plain": "1300.5"}], "size", "size_max")
    assert (found, rejects) == ([{"size": 1200.5, "size_max": 1300.5}], [])


def test_a_codebook_that_changes_after_the_run_is_found_out(book: Rulebook, tmp_path: Path) -> None:
    codes = tmp_path / "codes.csv"
    codes.write_text("column,code,missing_reason\nq,-9,refused\n", encoding="utf-8")
    toml = "[sources.companies]\ncodebook = 'codes.csv'\n" + one_column("size", "labels = { 1 = 'one' }")
    (tmp_path / "map.toml").write_text(toml, encoding="utf-8")
    source = write_csv(tmp_path / "a.csv", [{"id": "a", "q": -9}])
    results = run(book, source, mapping=tmp_path / "map.toml", out=tmp_path / "out")
    assert results.manifest["mapping"]["codebooks"][0]["path"] == str(codes)
    assert "mapping: SHA-256" in str(socialrules.verify(tmp_path / "out"))
    codes.write_text("column,code,missing_reason\nq,-9,technical\n", encoding="utf-8")
    found = socialrules.verify(tmp_path / "out")
    assert f"the codebook {codes} has changed since the run" in str(found)
    codes.unlink()
    found = socialrules.verify(tmp_path / "out")
    assert f"the codebook {codes} is no longer there" in str(found)
