"""Mapping files: from the columns of somebody's data to facts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from socialrules import Results, Rulebook
from socialrules.errors import InputError, MappingError

from .small import Records, rejected, rows, run, write_csv, write_json, write_parquet

PLACES: Records = [
    {
        "id": "p1",
        "Company Name": "Acme",
        "staff": "1,200",
        "kind": "B2C Shop",
        "facebook": "https://facebook.com/acme",
        "insta": "",
        "n": "4",
    },
    {"id": "p2", "Company Name": "Best", "staff": "12", "kind": "b2b", "facebook": "", "insta": "best", "n": "x"},
    {
        "id": "p3",
        "Company Name": "Cork",
        "staff": None,
        "kind": "closed",
        "facebook": "fb.com/cork",
        "insta": "cork",
        "n": None,
    },
]


def mapped(book: Rulebook, folder: Path, text: str, source: Path | None = None, **more: Any) -> Results:
    """Scores ``PLACES`` through a mapping file."""
    path = folder / "map.toml"
    path.write_text(text, encoding="utf-8")
    return run(book, source or write_csv(folder / "places.csv", PLACES), mapping=path, **more)


def refused(book: Rulebook, folder: Path, text: str, *said: str) -> None:
    """Asserts that a mapping is refused with a message that names the file and more."""
    with pytest.raises(MappingError) as error:
        mapped(book, folder, text, out=folder / "out")
    assert error.value.exit_code == 3
    for words in ("map.toml", *said):
        assert words in str(error.value)
    assert not (folder / "out").exists()


EXPRESSIONS = {
    "id": ["p1", "p2", "p3"],
    "upper(id)": ["P1", "P2", "P3"],
    '"Company Name"': ["Acme", "Best", "Cork"],
    "'x'": ["x", "x", "x"],
    "concat(id, '-', lower(\"Company Name\"))": ["p1-acme", "p2-best", "p3-cork"],
    'substring("Company Name", 1, 2)': ["Ac", "Be", "Co"],
    "CASE WHEN kind = 'b2b' THEN 'business' WHEN kind = 'closed' THEN NULL ELSE 'people' END": [
        "people",
        "business",
        None,
    ],
    "replace(\"Company Name\", 'Be', 'Re')": ["Acme", "Rest", "Cork"],
    "nullif(id, 'p2')": ["p1", None, "p3"],
    "coalesce(staff, 'none')": ["1,200", "12", "none"],
    "split_part(kind, ' ', 1)": ["B2C", "b2b", "closed"],
    "regexp_extract(id, '[0-9]+')": ["1", "2", "3"],
    "regexp_replace(id, 'p', 'q')": ["q1", "q2", "q3"],
    "to_text(to_number(n))": ["4.0", None, None],
    "to_text(length(id) + 1)": ["3", "3", "3"],
    "CASE WHEN starts_with(id, 'p1') OR ends_with(id, '3') THEN 'y' ELSE 'n' END": ["y", "n", "y"],
    "CASE WHEN contains(kind, 'Shop') THEN 'y' WHEN regexp_matches(kind, '^b') THEN 'm' ELSE 'n' END": ["y", "m", "n"],
    "CASE WHEN staff IS NULL THEN 'n' WHEN NOT staff IN ('12', '13') THEN 'y' ELSE 'z' END": ["y", "z", "n"],
    "trim(concat(' ', id, ' '))": ["p1", "p2", "p3"],
    "strip_accents('caf\u00e9')": ["cafe"] * 3,
}


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_over_the_columns_makes_a_fact(expression: str, book: Rulebook, tmp_path: Path) -> None:
    quoted = "'''" + expression + "'''"
    results = mapped(book, tmp_path, f"[companies]\ncompany_id = 'id'\ncompany_name = {quoted}\n")
    assert [r["company_name"] for r in rows(results, "companies")] == EXPRESSIONS[expression]


def test_numbers_are_computed_and_bad_ones_are_null(book: Rulebook, tmp_path: Path) -> None:
    text = """
        [companies]
        company_id = "id"
        size = "to_number(replace(staff, ',', ''))"
        weeks = "round(to_number(n) / 3 * 2, 0)"
        size_max = "to_number(replace(staff, ',', '')) * 2 + abs(-1)"
        share = "1 / (to_number(n) - 4)"
    """
    results = mapped(book, tmp_path, text)
    assert [(r["size"], r["weeks"], r["size_max"], r["share"]) for r in rows(results, "companies")] == [
        (1200, 3, 2401, None),
        (12, None, 25, None),
        (None, None, None, None),
    ]
    assert rejected(results) == []


def test_facts_of_a_mapping_are_read_like_cells_of_a_file(book: Rulebook, tmp_path: Path) -> None:
    results = mapped(book, tmp_path, "[companies]\ncompany_id = 'id'\nsize = 'staff'\nmodel = 'kind'\n")
    assert rejected(results, "table", "row", "company_id", "column", "value", "kind") == [
        ("companies", 1, "p1", "model", "B2C Shop", "cell"),
        ("companies", 1, "p1", "size", "1,200", "cell"),
        ("companies", 3, "p3", "model", "closed", "cell"),
    ]
    assert [(r["size"], r["model"]) for r in rows(results, "companies")] == [(None, None), (12, "b2b"), (None, None)]


SEVERAL = """
[companies]
company_id = "id"
where = "kind <> 'closed'"

[accounts]
from = "companies"
each = ["facebook", "insta"]
company_id = "id"
network = "CASE WHEN cell_column = 'insta' THEN 'instagram' ELSE cell END"
handle = "cell"
status = "'open'"
"""


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_one_source_feeds_several_tables_a_row_for_each_filled_cell(
    ending: str, book: Rulebook, tmp_path: Path
) -> None:
    write: Any = {"csv": write_csv, "jsonl": write_json, "parquet": write_parquet}[ending]
    results = mapped(book, tmp_path, SEVERAL, write(tmp_path / f"places.{ending}", PLACES))
    assert [(r["company_id"], r["n_open"], r["source_row"]) for r in rows(results, "companies")] == [
        ("p1", 1, 1),
        ("p2", 1, 2),
    ]
    assert [(r["company_id"], r["network"], r["handle"], r["source_row"]) for r in rows(results, "accounts")] == [
        ("p1", "facebook", "https://facebook.com/acme", 1),
        ("p2", "instagram", "best", 2),
    ]
    assert {Path(r["source_file"]).name for t in ("companies", "accounts") for r in rows(results, t)} == {
        f"places.{ending}"
    }
    assert rejected(results, "table", "row", "column", "kind") == [
        ("accounts", 3, "company_id", "row"),
        ("accounts", 3, "company_id", "row"),
    ]


def test_a_cell_that_says_there_is_none_makes_no_row(book: Rulebook, tmp_path: Path) -> None:
    said = ["@acme", "nein", "keine", "None", "-", " <NA> ", "n/a", "no", "ja", "?"]
    source = write_csv(tmp_path / "crm.csv", [{"id": f"c{n}", "Facebook": v} for n, v in enumerate(said)])
    text = (
        '[companies]\ncompany_id = "id"\n[accounts]\nfrom = "companies"\neach = ["Facebook"]\ncompany_id = "id"\n'
        "network = \"'facebook'\"\nhandle = 'cell'\nstatus = \"'open'\"\n"
    )
    results = mapped(book, tmp_path, text, source)
    assert [(r["company_id"], r["handle"]) for r in rows(results, "accounts")] == [("c0", "@acme"), ("c8", "ja")]


def test_accounts_of_a_mapping_may_come_without_the_other_input(book: Rulebook, tmp_path: Path) -> None:
    text = "[accounts]\nfrom = 'companies'\ncompany_id = 'company_id'\nnetwork = 'main'\nstatus = \"'open'\"\n"
    source = write_csv(tmp_path / "places.csv", [{"company_id": "a", "main": "Xing", "size": "3"}])
    results = mapped(book, tmp_path, text, source)
    assert [(r["company_id"], r["size"], r["n_open"]) for r in rows(results, "companies")] == [("a", 3, 1)]


def test_where_keeps_only_rows_for_which_it_is_true(book: Rulebook, tmp_path: Path) -> None:
    results = mapped(book, tmp_path, "[companies]\ncompany_id = 'id'\nwhere = 'to_number(n) > 1'\n")
    assert [(r["company_id"], r["source_row"]) for r in rows(results, "companies")] == [("p1", 1)]


def test_where_that_leaves_nothing_stops_the_run(book: Rulebook, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"holds no rows|no row"):
        mapped(book, tmp_path, "[companies]\ncompany_id = 'id'\nwhere = \"id = 'nobody'\"\n")


@pytest.mark.parametrize(
    ("keep", "expected"),
    [("", (3, "yes")), ("keep_names = true\n", (3, "yes")), ("keep_names = false\n", (None, None))],
)
def test_columns_named_like_facts_come_along_unless_told_not_to(
    keep: str, expected: tuple[Any, Any], book: Rulebook, tmp_path: Path
) -> None:
    source = write_csv(tmp_path / "p.csv", [{"id": "a", "size": "3", "sure": "no", "really": "yes"}])
    extra = "sure = 'really'\n" if expected[1] else ""
    results = mapped(book, tmp_path, f"[companies]\ncompany_id = 'id'\n{keep}{extra}", source)
    (found,) = rows(results, "companies")
    assert (found["size"], found["sure"]) == expected


def test_a_companion_column_can_be_mapped(book: Rulebook, tmp_path: Path) -> None:
    results = mapped(book, tmp_path, "[companies]\ncompany_id = 'id'\nsize__why = 'kind'\n")
    assert {c for (c,) in rejected(results, "column")} == {"size__why"}


def test_kept_columns_come_along_through_a_mapping(book: Rulebook, tmp_path: Path) -> None:
    results = mapped(book, tmp_path, SEVERAL, keep=["Company Name"])
    assert [r["Company Name"] for r in rows(results, "companies")] == ["Acme", "Best"]
    assert [r["Company Name"] for r in rows(results, "accounts")] == ["Acme", "Best"]


def test_records_of_several_files_keep_their_place(book: Rulebook, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    write_csv(folder / "1.csv", PLACES[:2])
    write_csv(folder / "2.csv", PLACES[2:])
    results = mapped(book, tmp_path, "[companies]\ncompany_id = 'id'\nwhere = \"id <> 'p1'\"\nsize = \"'x'\"\n", folder)
    assert [(r["company_id"], Path(r["source_file"]).name, r["source_row"]) for r in rows(results, "companies")] == [
        ("p2", "1.csv", 2),
        ("p3", "2.csv", 1),
    ]
    assert [(Path(f).name, n) for f, n in rejected(results, "file", "row")] == [("1.csv", 2), ("2.csv", 1)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[companys]\ncompany_id = 'id'", ("companys", "companies")),
        ("[companies]\ncompany_id = 'id'\nsizee = 'n'", ("sizee", "size")),
        ("[companies]\ncompany_id = 'idd'", ("company_id", "idd", "Did you mean 'id'")),
        ("[companies]\ncompany_id = 'id'\nsize = 'id.n'", ("size",)),
        ("[companies]\ncompany_id = 'id'\nsize = 5", ("size", "quotes")),
        ("[companies]\ncompany_id = 'id'\nsize = ''", ("size",)),
        ("[companies]\ncompany_id = 'id'\nsize = '1 +'", ("size",)),
        ("[companies]\ncompany_id = 'id'\nwhere = 'nope = 1'", ("where", "nope")),
        ("[companies]\ncompany_id = 'id'\nsize = 'levenshtein(id, n)'", ("size", "levenshtein")),
        ("[companies]\ncompany_id = 'id'\nsize = 'lower(id, n)'", ("size", "lower")),
        ("[companies]\ncompany_id = 'id'\nsize = '(SELECT 1)'", ("size",)),
        ("[companies]\ncompany_id = \"(SELECT content FROM read_text('/etc/passwd'))\"", ("company_id",)),
        ("[companies]\ncompany_id = \"read_csv('/etc/passwd')\"", ("company_id", "read_csv")),
        ("[companies]\ncompany_id = \"getenv('HOME')\"", ("company_id", "getenv")),
        ("[companies]\ncompany_id = 'count(*)'", ("company_id",)),
        ("[companies]\ncompany_id = 'row_number() OVER ()'", ("company_id",)),
        ("[companies]\ncompany_id = 'id; DROP TABLE x'", ("company_id",)),
        ("[companies]\ncompany_id = 'current_user'", ("company_id",)),
        ("[companies]\ncompany_id = '$id'", ("id",)),
        ("[companies]\ncompany_id = '*'", ("company_id",)),
        ("[companies]\ncompany_id = '_row'", ("company_id", "_row")),
        ("[companies]\ncompany_id = 'cell'", ("company_id", "cell")),
        ("[companies]\nfrom = 'shops'\ncompany_id = 'id'", ("shops",)),
        ("[accounts]\ncompany_id = 'id'\n[companies]\ncompany_id = 'id'", ("accounts",)),
        ("[companies]\ncompany_id = 'id'\neach = 'facebook'", ("each", "list")),
        ("[companies]\ncompany_id = 'id'\neach = ['facebok']", ("facebok", "facebook")),
        ("[companies]\ncompany_id = 'id'\neach = []", ("[companies] each must name at least one column",)),
        ("[companies]\ncompany_id = 'id'\nwhere = 'id'", ("[companies] where must be a condition",)),
        ("[companies]\ncompany_id = 'id'\nwhere = \"'x'\"", ("[companies] where must be a condition",)),
        ("[companies]\ncompany_id = 'id'\neach = ['facebook']\nwhere = 'cell'", ("where must be a condition",)),
        ("[companies]\ncompany_id = 'id'\nkeep_names = 'perhaps'", ("keep_names",)),
        ("[companies]\ncompany_id = 'id'\nfrom = 7", ("from",)),
        ("companies = 'id'", ("companies",)),
        ("[companies\ncompany_id = 'id'", ("TOML",)),
    ],
    ids=lambda v: v.replace("\n", " ")[:60] if isinstance(v, str) else "",
)
def test_a_mistake_in_a_mapping_is_named(text: str, said: tuple[str, ...], book: Rulebook, tmp_path: Path) -> None:
    refused(book, tmp_path, text, *said)


def test_a_mapping_that_is_not_there_is_named(book: Rulebook, tmp_path: Path) -> None:
    with pytest.raises(MappingError, match=r"nowhere\.toml: there is no such file"):
        run(book, write_csv(tmp_path / "p.csv", PLACES), mapping=tmp_path / "nowhere.toml")


def test_every_mistake_is_told_at_once(book: Rulebook, tmp_path: Path) -> None:
    refused(
        book,
        tmp_path,
        "[companies]\ncompany_id = 'id'\nsizee = 'n'\nmodl = 'n'\n[shops]\nx = 'y'",
        "sizee",
        "modl",
        "shops",
    )


def test_a_mapping_without_the_key_says_which_column_is_missing(book: Rulebook, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no column company_id"):
        mapped(book, tmp_path, "[companies]\nsize = 'n'\n")


def test_a_mapping_whose_expression_does_not_fit_the_types_is_an_error_of_the_mapping(
    book: Rulebook, tmp_path: Path
) -> None:
    source = write_parquet(tmp_path / "p.parquet", [{"id": 5, "name": "x"}])
    path = tmp_path / "map.toml"
    path.write_text("[companies]\ncompany_id = 'id'\nsize = 'abs(name)'\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"map\.toml"):
        run(book, source, mapping=path)
