"""What the codes of a source mean: missing codes, values, scales, bands, lists of ticked columns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import socialrules
from socialrules import Rulebook
from socialrules.errors import MappingError
from socialrules.sources.codebook import ColumnCodes, Missing

from .mapped import one_column, read_mapped, values, with_codebook, written
from .small import AS_OF, Records, rejected, rows, run, write_csv, write_parquet

BOTH = pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl"])

AT_LEAST = """
id = "enough"
title = "Enough"
question = "Is it enough?"
role = "advice"
order = 900

[facts.company.how_often]
type = "integer"
ask = "core"
question = "How often?"

[[checks]]
code = "EN-01"
title = "At least three"
level = "company"
severity = "major"
severity_because = "Ours."
required_at = "core"
passes = "how_often >= 3"
why = "why"
advice = "advice"
statements = ["OURS-1"]
"""


def columns_of(cells: list[Any], name: str = "q") -> Records:
    """Records of one column."""
    return [{name: cell} for cell in cells]


# Missing codes


def test_six_answers_against_at_least_three_are_one_pass_of_three_known_and_the_reasons_are_kept(
    tmp_path: Path,
) -> None:
    rules = tmp_path / "enough.toml"
    rules.write_text(AT_LEAST, encoding="utf-8")
    mapping = tmp_path / "map.toml"
    said = "missing = { refused = [-9], not_asked = [-7] }"
    mapping.write_text(one_column("how_often", said), encoding="utf-8")
    source = write_csv(tmp_path / "a.csv", [{"id": f"r{n}", "q": q} for n, q in enumerate([1, 2, 5, -9, None, -7], 1)])
    results = socialrules.score(source, mapping=mapping, rules=rules, as_of=AS_OF, columns=["en_01"])
    assert [r["en_01"] for r in rows(results, "companies")] == ["fail", "fail", "pass", "unknown", "unknown", "unknown"]
    assert rejected(results) == []
    for company, said in {"r4": "refused", "r5": None, "r6": "not_asked"}.items():
        found = socialrules.explain_result(results, company)
        (line,) = [c for g in found.guidelines for c in g.checks if c.code == "EN-01"]
        assert [(s.name, s.value, s.why_missing) for s in line.seen] == [("how_often", None, said)]


@BOTH
def test_negative_is_not_missing_only_declared_codes_are(ending: str, book: Rulebook, tmp_path: Path) -> None:
    toml = one_column("size_max", "missing = { refused = [-9] }")
    found, rejects = read_mapped(book, tmp_path, toml, columns_of([-9, -4, 3]), "size_max", ending=ending)
    assert [(r["size_max"], r["size_max__why"]) for r in found] == [(None, "refused"), (-4, None), (3, None)]
    assert rejects == []


MISSING = {
    "-9": "refused",
    " -9.0 ": "refused",
    "-90": "not_applicable",
    "-99": "not_applicable",
    "-94.5": "not_applicable",
    "-100": None,
    "-89": None,
    ".a": "not_asked",
    ".c": "technical",
    ".e": "technical",
    "900": "technical",
    "1e6": "technical",
    "5": None,
}


def test_missing_codes_are_compared_as_numbers_where_they_are_numbers(book: Rulebook, tmp_path: Path) -> None:
    said = (
        'missing = { refused = [-9], not_asked = [".a"], not_applicable = ["-99..-90"], '
        'technical = [".c...e", "900.."] }'
    )
    found, _ = read_mapped(book, tmp_path, one_column("size_max", said), columns_of(list(MISSING)), "size_max")
    assert {cell: row["size_max__why"] for cell, row in zip(MISSING, found, strict=True)} == MISSING
    assert [r["size_max"] for r in found if r["size_max__why"] is None] == [-100, -89, 5]


def test_nan_and_inf_are_in_no_range(book: Rulebook, tmp_path: Path) -> None:
    toml = one_column("size_max", 'missing = { technical = ["900..", "..-900"] }')
    found, rejects = read_mapped(book, tmp_path, toml, columns_of(["nan", "inf", "-inf"]), "size_max")
    assert [r["size_max__why"] for r in found] == [None] * 3
    assert [(r[2], r[3]) for r in rejects] == [("nan", "cell"), ("inf", "cell"), ("-inf", "cell")]


def test_missing_without_a_reason_is_null_without_a_reason(book: Rulebook, tmp_path: Path) -> None:
    found, rejects = read_mapped(book, tmp_path, one_column("size", "missing = [99]"), columns_of([99, 4]), "size")
    assert (found, rejects) == ([{"size": None}, {"size": 4}], [])


def test_texts_that_mean_an_empty_cell_do_so_in_every_column(book: Rulebook, tmp_path: Path) -> None:
    toml = (
        "[sources.companies]\nmissing = ['N/A', '-', '<NA>']\n"
        "[companies]\ncompany_id = 'id'\nsize = 'a'\nmodel = 'b'\ncompany_name = 'c'\n"
    )
    records = [{"a": "-", "b": "N/A", "c": "<NA>"}, {"a": "3", "b": "b2b", "c": "Dash - Dot"}]
    found, rejects = read_mapped(book, tmp_path, toml, records, "size", "model", "company_name")
    assert found == [
        {"size": None, "model": None, "company_name": None},
        {"size": 3, "model": "b2b", "company_name": "Dash - Dot"},
    ]
    assert rejects == []


@pytest.mark.parametrize(
    ("fact", "said", "expected"),
    [
        ("sure", "", {"sure": None, "sure__dont_know": True}),
        ("sure", 'dont_know = "missing"', {"sure": None, "sure__dont_know": False, "sure__why": "dont_know"}),
        ("owner", "", {"owner": None, "owner__why": "dont_know"}),
        ("size", "", {"size": None, "size__why": "dont_know"}),
    ],
)
def test_a_dont_know_code_is_the_answer_dont_know_where_the_fact_has_it(
    fact: str, said: str, expected: dict[str, Any], book: Rulebook, tmp_path: Path
) -> None:
    toml = one_column(fact, f"missing = {{ dont_know = [-8] }}\n{said}")
    wanted = [fact, f"{fact}__dont_know"] if fact == "sure" else [fact]
    found, rejects = read_mapped(book, tmp_path, toml, columns_of([-8]), *wanted)
    assert {k: v for k, v in found[0].items() if k in expected} == expected
    assert set(found[0]) == set(expected)
    assert rejects == []


def test_an_expression_over_several_columns_gives_the_first_reason_where_it_is_null(
    book: Rulebook, tmp_path: Path
) -> None:
    toml = (
        "[sources.companies.columns]\na.missing = { refused = [-9] }\nb.missing = { not_asked = [-7] }\n"
        "[companies]\ncompany_id = 'id'\nsize = 'to_number(a) + to_number(b)'\n"
        "weeks = 'coalesce(to_number(a), to_number(b))'\n"
    )
    records = [{"a": 1, "b": 2}, {"a": -9, "b": -7}, {"a": 1, "b": -7}, {"a": -9, "b": 2}, {"a": None, "b": 2}]
    found, _ = read_mapped(book, tmp_path, toml, records, "size", "weeks")
    assert [(r["size"], r["size__why"]) for r in found] == [
        (3, None),
        (None, "refused"),
        (None, "not_asked"),
        (None, "refused"),
        (None, None),
    ]
    assert [(r["weeks"], r["weeks__why"]) for r in found] == [
        (1, None),
        (None, "refused"),
        (1, None),
        (2, None),
        (2, None),
    ]


def test_the_mappings_own_reason_wins_over_that_of_a_code(book: Rulebook, tmp_path: Path) -> None:
    toml = one_column("size", "missing = { refused = [-9] }") + "size__why = \"'technical'\"\n"
    found, _ = read_mapped(book, tmp_path, toml, columns_of([-9]), "size")
    assert found == [{"size": None, "size__why": "technical"}]


# Values and labels


@BOTH
def test_values_may_name_codes_or_labels_and_cells_may_hold_either(ending: str, book: Rulebook, tmp_path: Path) -> None:
    said = (
        'labels = { 1 = "Fully", 2 = "Not at all", 3 = "Partly" }\nvalues = { 1 = "yes", "not at all" = "no", 3 = "" }'
    )
    cells = ["1", "2", "3", "Fully", "NOT AT ALL", "1.0", None]
    toml = one_column("owner", said)
    assert values(book, tmp_path, toml, columns_of(cells), "owner", ending) == [
        "yes", "no", None, "yes", "no", "yes", None,
    ]  # fmt: skip


@BOTH
def test_a_code_that_closed_values_do_not_know_is_rejected_and_the_row_is_kept(
    ending: str, book: Rulebook, tmp_path: Path
) -> None:
    toml = one_column("owner", "values = { 1 = 'yes', 2 = 'no' }\nmissing = { refused = [9] }")
    found, rejects = read_mapped(book, tmp_path, toml, columns_of([1, 7, 9, 0]), "owner", ending=ending)
    assert [r["owner"] for r in found] == ["yes", None, None, None]
    assert rejects == [(2, "owner", "7", "cell"), (4, "owner", "0", "cell")]


def test_a_code_that_is_not_known_makes_no_value_by_an_expression_either(book: Rulebook, tmp_path: Path) -> None:
    toml = (
        "[sources.companies.columns.q]\nvalues = { 1 = 'good', 2 = 'bad' }\n"
        "[companies]\ncompany_id = 'id'\nowner = \"CASE WHEN q = 'good' THEN 'yes' ELSE 'no' END\"\n"
    )
    found, rejects = read_mapped(book, tmp_path, toml, columns_of([1, 2, 3]), "owner")
    assert [r["owner"] for r in found] == ["yes", "no", None]
    assert rejects == [(3, "owner", "3", "cell")]


def test_a_required_fact_with_an_unknown_code_leaves_the_row_out_with_what_stood_there(
    book: Rulebook, tmp_path: Path
) -> None:
    toml = "[sources.accounts.columns.s]\nvalues = { 1 = 'open', 2 = 'closed' }\n[accounts]\nstatus = 's'\n"
    (tmp_path / "map.toml").write_text(toml, encoding="utf-8")
    companies = write_csv(tmp_path / "c.csv", [{"company_id": "a"}])
    accounts = write_csv(
        tmp_path / "a.csv",
        [{"company_id": "a", "network": "xing", "s": 1}, {"company_id": "a", "network": "line", "s": 5}],
    )
    results = run(book, companies, accounts, mapping=tmp_path / "map.toml")
    assert [r["status"] for r in rows(results, "accounts")] == ["open"]
    assert rejected(results) == [("accounts", 2, "status", "5", "row")]


def test_labels_are_names_and_not_the_domain(book: Rulebook, tmp_path: Path) -> None:
    toml = one_column("size", "labels = { 0 = 'not at all', 10 = 'completely' }")
    assert values(book, tmp_path, toml, columns_of([0, 4, 7, 10]), "size") == [0, 4, 7, 10]


@BOTH
def test_a_fact_of_words_reads_the_label_of_a_code(ending: str, book: Rulebook, tmp_path: Path) -> None:
    toml = one_column("owner", "labels = { 1 = 'No', 2 = 'Yes' }")
    assert values(book, tmp_path, toml, columns_of([1, 2]), "owner", ending) == ["no", "yes"]
    toml = one_column("company_name", "labels = { 1 = 'Bakery' }")
    assert values(book, tmp_path, toml, columns_of([1, 2]), "company_name", ending) == ["Bakery", "2"]


def test_a_bare_code_is_no_yes_where_codes_have_names_and_it_has_none(book: Rulebook, tmp_path: Path) -> None:
    toml = one_column("owner", "labels = { 2 = 'Yes', 3 = 'No' }")
    found, rejects = read_mapped(book, tmp_path, toml, columns_of([1, 2, 3]), "owner")
    assert [r["owner"] for r in found] == [None, "yes", "no"]
    assert rejects == [(1, "owner", "1", "cell")]


# Scales and bands


SCALES = {
    "scale = { from = 0, to = 10 }": ("size_max", [0, 4, 10, 2.5], [0, 4, 10, 2.5]),
    "scale = { from = 1, to = 5, reversed = true }": ("size_max", [1, 2, 5], [5, 4, 1]),
    'scale = { from = 1, to = 5, yes = "4..5" }': ("owner", [1, 3, 4, 5, None], ["no", "no", "yes", "yes", None]),
    'scale = { from = 1, to = 5, yes = "4..5", no = "1..2" }': ("owner", [1, 2, 3, 4], ["no", "no", None, "yes"]),
    'scale = { from = 1, to = 5, yes = "4..", reversed = true }': ("owner", [1, 2, 3, 5], ["yes", "yes", "no", "no"]),
    'labels = { 1 = "Never", 5 = "Always" }\nscale = { from = 1, to = 5, yes = 5 }': (
        "owner", ["never", "Always", 4, 5], ["no", "yes", "no", "yes"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("said", SCALES)
def test_a_scale_has_a_direction_and_a_cut(said: str, book: Rulebook, tmp_path: Path) -> None:
    fact, cells, expected = SCALES[said]
    assert values(book, tmp_path, one_column(fact, said), columns_of(cells), fact) == expected


@BOTH
def test_what_lies_outside_a_scale_is_rejected(ending: str, book: Rulebook, tmp_path: Path) -> None:
    toml = one_column("size_max", "scale = { from = 1, to = 5 }\nmissing = { refused = [-9] }")
    found, rejects = read_mapped(book, tmp_path, toml, columns_of([5, 6, 0, -9]), "size_max", ending=ending)
    assert [r["size_max"] for r in found] == [5, None, None, None]
    assert rejects == [(2, "size_max", "6", "cell"), (3, "size_max", "0", "cell")]


def test_bands_become_numbers_and_pairs_feed_a_lower_and_an_upper_fact(book: Rulebook, tmp_path: Path) -> None:
    said = 'bands = { "1 to 9" = [1, 9], "10 to 49" = [10, 49], "50 or more" = 50 }'
    toml = one_column("size", said) + "size_max = 'q__upper'\nshare = '1 / q__lower'\n"
    cells = ["1 to 9", "10 TO 49", "50 or more", "many", None]
    found, rejects = read_mapped(book, tmp_path, toml, columns_of(cells), "size", "size_max", "share")
    assert [(r["size"], r["size_max"]) for r in found] == [(1, 9), (10, 49), (50, None), (None, None), (None, None)]
    assert [r["share"] for r in found] == [1, 0.1, 0.02, None, None]
    assert rejects == [(4, fact, "many", "cell") for fact in ("share", "size", "size_max")]


# Lists of columns


TICKS = "[sources.companies.lists.ticks]\ncolumns = { g1 = 'leads', g2 = 'sales' }\n"
TICKED: dict[tuple[Any, ...], Any] = {
    ("1", "0"): ["leads"],
    ("yes", "x"): ["leads", "sales"],
    ("", "Sales"): ["sales"],
    ("X", ""): ["leads"],
    ("1.0", "0.0"): ["leads"],
    ("0.0", "0.00"): [],
    ("0", "0"): [],
    ("no", "not selected"): [],
    ("", ""): None,
    ("0", ""): None,
}


def test_none_ticked_is_the_empty_list_and_not_asked_is_unknown(book: Rulebook, tmp_path: Path) -> None:
    toml = TICKS + "[companies]\ncompany_id = 'id'\ngoals = 'ticks'\n"
    records = [{"g1": a, "g2": b} for a, b in TICKED]
    assert values(book, tmp_path, toml, records, "goals") == list(TICKED.values())


def test_a_column_that_says_that_the_question_was_put_makes_nothing_ticked_the_empty_list(
    book: Rulebook, tmp_path: Path
) -> None:
    toml = TICKS + "asked = 'asked = 1'\n[companies]\ncompany_id = 'id'\ngoals = 'ticks'\n"
    records = [
        {"g1": a, "g2": None, "asked": asked}
        for a, asked in [("x", 1), ("", "1.0"), ("", 0), ("", ""), ("0", 0), ("", "perhaps")]
    ]
    found, rejects = read_mapped(book, tmp_path, toml, records, "goals")
    told = [(["leads"], None), ([], None), (None, "not_asked"), (None, None), (None, "not_asked"), (None, None)]
    assert [(["leads"] if r["goals"] == 1 else r["goals"], r["goals__why"]) for r in found] == told
    assert rejects == []


def test_a_missing_code_in_a_list_counts_where_nothing_is_ticked(book: Rulebook, tmp_path: Path) -> None:
    codes = "".join(
        f"[sources.companies.columns.{c}]\nmissing = {{ refused = [-9], dont_know = [-8] }}\n" for c in ("g1", "g2")
    )
    toml = codes + TICKS + "[companies]\ncompany_id = 'id'\ngoals = 'ticks'\n"
    records = [{"g1": 1, "g2": -9}, {"g1": 0, "g2": -9}, {"g1": -8, "g2": -8}]
    found, rejects = read_mapped(book, tmp_path, toml, records, "goals", "goals__dont_know")
    assert [(r["goals"], r["goals__dont_know"], r["goals__why"]) for r in found] == [
        (["leads"], False, None),
        (None, False, "refused"),
        (None, True, None),
    ]
    assert rejects == []


def test_a_cell_that_is_neither_ticked_nor_left_out_makes_the_list_unknown(book: Rulebook, tmp_path: Path) -> None:
    toml = TICKS + "[companies]\ncompany_id = 'id'\ngoals = 'ticks'\n"
    found, rejects = read_mapped(book, tmp_path, toml, [{"g1": 1, "g2": "perhaps"}], "goals")
    assert (found, rejects) == ([{"goals": None}], [(1, "goals", "perhaps", "cell")])


def test_the_labels_of_a_ticked_column_count(book: Rulebook, tmp_path: Path) -> None:
    codes = "[sources.companies.columns]\ng1.labels = { 1 = 'Yes', 2 = 'No' }\ng2.labels = { 5 = 'More sales' }\n"
    toml = codes + TICKS + "[companies]\ncompany_id = 'id'\ngoals = 'ticks'\n"
    records = [{"g1": 1, "g2": 0}, {"g1": 2, "g2": 5}, {"g1": 2, "g2": 0}]
    assert values(book, tmp_path, toml, records, "goals") == [["leads"], ["sales"], []]


# Codebooks that come with the data


CODES = {"size": ColumnCodes("How many?", (Missing("-9", None, "refused"), Missing("-99", "-90")), {"-9": "Refused"})}


def test_the_codebook_of_a_file_counts_without_any_mapping(book: Rulebook, tmp_path: Path) -> None:
    source = write_csv(
        tmp_path / "a.csv",
        [{"company_id": n, "size": s, "x": n} for n, s in zip("abc", ["-9", "-95", "3"], strict=True)],
    )
    found = with_codebook(book, tmp_path, source, CODES)
    assert [(r["company_id"], r["size"], r["size__why"], r["x"]) for r in found] == [
        ("a", None, "refused", "a"),
        ("b", None, None, "b"),
        ("c", 3, None, "c"),
    ]


def test_the_mapping_wins_over_the_codebook_file_and_that_over_what_comes_with_the_data(
    book: Rulebook, tmp_path: Path
) -> None:
    (tmp_path / "codes.csv").write_text(
        "column,code,label,missing_reason\nsize,-9,gone,technical\nsize,-8,,technical\nsize,-7,,technical\n"
    )
    toml = (
        "[sources.companies]\ncodebook = 'codes.csv'\n"
        "[sources.companies.columns.size]\nmissing = { not_asked = [-7] }\n"
    )
    source = write_parquet(tmp_path / "a.parquet", [{"company_id": s, "size": s} for s in (-9, -8, -7, -92, -4)])
    found = with_codebook(book, tmp_path, source, CODES, toml)
    assert [(r["size"], r["size__why"]) for r in found] == [
        (None, "technical"),
        (None, "technical"),
        (None, "not_asked"),
        (None, None),
        (-4, None),
    ]


def test_a_value_of_the_mapping_is_missing_in_no_codebook(book: Rulebook, tmp_path: Path) -> None:
    toml = one_column("sure", "values = { -9 = 'no', -95 = 'dont_know', 1 = 'yes' }", "size")
    source = written(tmp_path, [{"size": s} for s in (-9, -95, -96, 1)])
    found = with_codebook(book, tmp_path, source, CODES, toml)
    assert [r["sure"] for r in found] == ["no", "dont_know", None, "yes"]
    assert [r["sure (odd)"] for r in found] == [None] * 4


# What only the data shows


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("[sources.companies.columns.qq]\nlabels = { 1 = 'a' }", ("columns", "no column qq", "Did you mean 'q'")),
        ("[sources.companies.lists.q]\ncolumns = { id = 'leads' }", ("lists", "a column q already")),
        ("[sources.companies.lists.g]\ncolumns = { qq = 'leads' }", ("lists, g", "no column qq", "'q'")),
        ("[sources.companies.lists.g]\ncolumns = { q = 'leads' }\nasked = 'idd = 1'", ("asked", "idd", "'id'")),
        ("[companies]\nsize = 'q__upper'", ("size", "no column q__upper")),
    ],
)
def test_a_column_that_is_not_there_is_named(toml: str, said: tuple[str, ...], book: Rulebook, tmp_path: Path) -> None:
    with pytest.raises(MappingError) as error:
        read_mapped(book, tmp_path, toml, columns_of([1]), "size")
    for words in ("map.toml", "source.csv", *said):
        assert words in str(error.value)


def test_two_columns_for_one_fact_are_refused(book: Rulebook, tmp_path: Path) -> None:
    source = write_parquet(tmp_path / "a.parquet", [{"company_id": "a", "size": 1, " size": 2}])
    with pytest.raises(socialrules.SocialRulesError, match=r"'size' and ' size' of .*a\.parquet both feed size"):
        run(book, source)
    (tmp_path / "map.toml").write_text("[sources.companies]\ndecimal = ','\n", encoding="utf-8")
    with pytest.raises(MappingError, match=r"'size' and ' size' of .*a\.parquet both feed size"):
        run(book, source, mapping=tmp_path / "map.toml")


def test_an_expression_that_fails_on_a_row_blames_the_mapping(book: Rulebook, tmp_path: Path) -> None:
    toml = "[companies]\ncompany_id = 'id'\nsize = 'length(id) + CASE WHEN length(id) = q THEN 1 ELSE 2 END'\n"
    with pytest.raises(MappingError, match=r"map\.toml: an expression cannot be computed"):
        read_mapped(book, tmp_path, toml, columns_of(["2", "two"]), "size")


def test_rows_that_are_chosen_or_made_of_cells_are_decoded_too(book: Rulebook, tmp_path: Path) -> None:
    toml = """
        [sources.companies]
        missing = ["-"]
        [sources.companies.columns.q]
        values = { 1 = "yes", 2 = "no" }
        [companies]
        company_id = "id"
        owner = "q"
        where = "id <> 'r1'"
        [accounts]
        from = "companies"
        each = ["fb", "x"]
        company_id = "id"
        network = "CASE cell_column WHEN 'fb' THEN 'facebook' ELSE 'twitter_x' END"
        handle = "cell"
        status = "'open'"
    """
    (tmp_path / "map.toml").write_text(toml, encoding="utf-8")
    source = written(
        tmp_path, [{"q": 1, "fb": "a", "x": "b"}, {"q": 5, "fb": "-", "x": "c"}, {"q": 2, "fb": "", "x": "-"}]
    )
    results = run(book, source, mapping=tmp_path / "map.toml")
    assert [(r["company_id"], r["n_open"]) for r in rows(results, "companies")] == [("r2", 1), ("r3", 0)]
    assert [(r["network"], r["handle"]) for r in rows(results, "accounts")] == [("twitter_x", "c")]
    assert ("companies", 2, "owner", "5", "cell") in rejected(results)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_rows_of_many_files_keep_their_place(ending: str, book: Rulebook, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    write = {"csv": write_csv, "parquet": write_parquet}[ending]
    for n in range(6):
        write(folder / f"{n}.{ending}", [{"id": f"{n}-{m}", "q": m} for m in range(4)])
    toml = one_column("owner", "values = { 0 = 'yes', 1 = 'no', 2 = '' }")
    (tmp_path / "map.toml").write_text(toml, encoding="utf-8")
    results = run(book, folder, mapping=tmp_path / "map.toml", keep=["q"])
    assert [(r["company_id"], str(r["q"])) for r in rows(results, "companies")] == [
        (f"{n}-{m}", str(m)) for n in range(6) for m in range(4)
    ]
    assert [(Path(f).name, n, v) for f, n, v in rejected(results, "file", "row", "value")] == [
        (f"{n}.{ending}", 4, "3") for n in range(6)
    ]
