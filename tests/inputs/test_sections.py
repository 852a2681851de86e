"""What is wrong with the sections of sources in a mapping file is said before any data are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from socialrules import Rulebook
from socialrules.errors import MappingError
from socialrules.sources.codebook import ColumnCodes, Missing
from socialrules.sources.layout import Layout
from socialrules.sources.mapping import Mapping, load_mapping
from socialrules.sources.sections import missing_codes, shown

SOURCE = "[sources.companies]\n"
COLUMN = "[sources.companies.columns.'Q 1']\n"
FEEDS = "\n[companies]\ncompany_id = 'id'\n{fact} = '\"Q 1\"'\n"


def loaded(book: Rulebook, folder: Path, toml: str) -> Mapping:
    """A mapping file."""
    path = folder / "map.toml"
    path.write_text(toml, encoding="utf-8")
    return load_mapping(path, book.assembly.tables)


WRONG = [
    (SOURCE + "decimel = ','", "[sources.companies] has no key decimel. Did you mean 'decimal'?"),
    (SOURCE + "decimal = ';'", "[sources.companies] decimal: ';' is not one of '.', ','."),
    (SOURCE + "thousands = '.'", "decimal and thousands cannot both be '.'; say both."),
    (SOURCE + "dates = 'dmy'", "dates: 'dmy' is not one of 'day-month-year', 'month-day-year', 'year-month-day'."),
    (SOURCE + "languages = ['xx']", "[sources.companies] languages: 'xx' is not one of 'en', 'fi'"),
    (SOURCE + "languages = ['fi', 'vi']", "the letter k means yes in one of the languages and no in another."),
    (SOURCE + "header = 0", "header counts the rows of the file from 1."),
    (SOURCE + "header = [1, 1]", "[sources.companies]: header names row 1 twice."),
    (SOURCE + "header = [3, 2, 3]", "header names row 3 twice."),
    (SOURCE + "header = true", "header must be a row number, or a list of them."),
    (SOURCE + "sheet = true", "sheet must be the name or number of a sheet."),
    (SOURCE + "missing = ['1...5']", "missing: a range has two dots: \"1..5\", not \"1...5\"."),
    (COLUMN + "missing = { refused = ['-9....'] }", "a range has two dots: \"-9..\", not \"-9....\"."),
    (SOURCE + "header = 'first'", "header must be a row number, or a list of them."),
    (SOURCE + "sheet = 1.5", "sheet must be the name or number of a sheet."),
    (SOURCE + "missing = ''", "missing: codes stand in a list"),
    (SOURCE + "columns = 'x'", "columns: "),
    ("sources = 3", "[sources] must hold a table for each input"),
    ("[sources.companys]\nheader = 1", "[sources.companys]: there is no input companys. Did you mean 'companies'?"),
    ("[sources]\ncompanies = 3", "[sources.companies] must be a table"),
    (COLUMN + "mising = [1]", "[sources.companies] columns, Q 1 has no key mising. Did you mean 'missing'?"),
    (COLUMN + "missing = { refusd = [1] }",
     "columns, Q 1, missing: 'refusd' is not one of the reasons dont_know, refused, "
     "not_asked, not_applicable, technical. Did you mean 'refused'?"),
    (COLUMN + "missing = { refused = -9 }", "columns, Q 1, missing: codes stand in a list, such as"),
    (COLUMN + "missing = -9", "columns, Q 1, missing: this must be a list of codes, or a table"),
    (COLUMN + "missing = { refused = [true] }", "a code is a number or a text in quotes, not True."),
    (COLUMN + "missing = { refused = ['-90..-99'] }", "the range -90..-99 ends before it begins."),
    (COLUMN + "missing = { refused = [''] }", "a code is empty"),
    (COLUMN + "missing = { refused = [-9], technical = ['-9.0'] }",
     "-9 and -9.0 overlap, and cannot be refused and technical"),
    (COLUMN + "missing = { refused = ['-9..-5'], technical = ['-7..-1'] }",
     "-9..-5 and -7..-1 overlap, and cannot be refused and technical at once."),
    (COLUMN + "missing = { refused = [9] }\nvalues = { 9 = 'x' }", "9 is declared both missing and a value."),
    (COLUMN + "missing = { refused = ['8..9'] }\nbands = { 9 = 1 }", "9 is declared both missing and a value."),
    (COLUMN + "missing = { refused = [5] }\nscale = { from = 1, to = 5 }",
     "5 is declared both missing and a value of the scale."),
    (COLUMN + "values = { 1 = 'a' }\nbands = { 1 = 2 }", "only one of values, scale and bands can say"),
    (COLUMN + "values = { 2.5 = 'a' }", "a code with a point must stand in quotes"),
    (COLUMN + "scale = { from = 5, to = 1 }", "columns, Q 1, scale: from must be below to."),
    (COLUMN + "scale = { from = 1 }", "columns, Q 1, scale, to: this must be given."),
    (COLUMN + "scale = { from = 1, to = 5, yes = '4-5' }",
     "scale, yes: this must be a range such as \"4..5\", not '4-5'."),
    (COLUMN + "scale = { from = 1, to = 5, yes = '4..5', no = '1..4' }", "scale: yes and no overlap."),
    (COLUMN + "scale = { from = 1, to = 5, yes = '7..9' }", "scale: yes and no must lie within 1 to 5."),
    (COLUMN + "scale = { from = 1, to = 5, yes = '4..9' }", "scale: yes and no must lie within 1 to 5."),
    (COLUMN + "scale = { from = 'a', to = 5 }", "columns, Q 1, scale, from: this must be a number."),
    (COLUMN + "scale = { from = 1, to = true }", "columns, Q 1, scale, to: this must be a number."),
    (COLUMN + "scale = { from = 1, to = 5, reversed = 'x' }", "scale, reversed: this must be true or false."),
    (SOURCE + "codebook = 3", "codebook: this must be a text in quotes."),
    (COLUMN + "scale = { from = 1, to = 5, no = '1..2' }", "scale: no stands only beside yes."),
    (COLUMN + "scale = { from = 1, to = 5, form = 1 }", "columns, Q 1, scale has no key form. Did you mean 'from'?"),
    (COLUMN + "bands = { a = 'x' }", "the band 'a' must be a number or a pair such as [10, 49], not 'x'."),
    (COLUMN + "bands = { a = [5, 1] }", "the band 'a' ends before it begins."),
    (COLUMN + "dont_know = 'no'", "dont_know: this must be 'answer' or 'missing'."),
    (COLUMN + "values = { 1 = 'b2x' }" + FEEDS.format(fact="model"),
     "columns, Q 1, values, 1: the fact model does not know 'b2x', only b2c, b2b, both. Did you mean 'b2c'?"),
    ("[sources.companies.columns.model]\nvalues = { 1 = 'b2x' }", "values, 1: the fact model does not know 'b2x'"),
    (SOURCE + "[sources.companies.lists.parts]\ncolumns = { a = 'gaol' }",
     "columns, a: the fact parts does not know 'gaol'"),
    (SOURCE + "[sources.companies.lists.model]\ncolumns = { a = 'x' }", "lists, model feeds model, which is no list."),
    (SOURCE + "[sources.companies.lists.a]\ncolumns = {}", "lists, a, columns: "),
    (SOURCE + "[sources.companies.lists.a]\ncolumns = { b = 'x' }\n[sources.companies.lists.b]\ncolumns = { a = 'x' }",
     "the list a is made of the list b; a list is made of columns of the source."),
    (SOURCE + "[sources.companies.lists.a]\ncolumns = { x = 'x' }\nasked = 'a = 1'",
     "lists, a, asked reads the list a;"),
    (SOURCE + "[sources.companies.lists.a]\ncolumns = { x = 'x' }\nasked = '(SELECT 1)'", "lists, a, asked"),
    (SOURCE + "[sources.companies.lists.'Q 1']\ncolumns = { x = 'x' }\n" + COLUMN + "labels = { 1 = 'x' }",
     "Q 1 cannot be both a column and a list of several; call the list otherwise."),
    ("[sources.answers]\ndecimal = ','", "[sources.answers] decimal: of answers, only sheet and header can be said."),
    ("[sources.answer]\nsheet = 1", "there is no input answer. Did you mean 'answers'?"),
    ("[accounts]\nfrom = 'acounts'", "[accounts] from: there is no input acounts. Did you mean 'accounts'?"),
    (SOURCE + "codebook = 'nowhere.csv'", "[sources.companies] codebook: there is no such file as"),
    (SOURCE + "codebook = 'codes.txt'", "must be a .json file (Table Schema) or a .csv file (one row per code)."),
    ("[companies]\ncompany_id = 'id'\nsize = 'a'\nsize = 'b'", "this is not valid TOML"),
]  # fmt: skip


@pytest.mark.parametrize(("toml", "said"), WRONG, ids=lambda v: v.replace("\n", " ")[-60:])
def test_what_is_wrong_is_said_with_its_place_in_one_sentence(
    toml: str, said: str, book: Rulebook, tmp_path: Path
) -> None:
    with pytest.raises(MappingError) as error:
        loaded(book, tmp_path, toml)
    message = str(error.value)
    assert said in message
    assert message.startswith(str(tmp_path / "map.toml"))
    assert len(message.splitlines()) == 1


def test_everything_that_is_wrong_is_said_at_once(book: Rulebook, tmp_path: Path) -> None:
    toml = SOURCE + "decimal = 'x'\ndates = 'y'\n" + COLUMN + "missing = 5\n[companies]\nsizee = 'a'\n"
    with pytest.raises(MappingError) as error:
        loaded(book, tmp_path, toml)
    assert [word in str(error.value) for word in ("decimal", "dates", "missing", "sizee")] == [True] * 4


def test_the_layout_of_a_source_is_handed_on(book: Rulebook, tmp_path: Path) -> None:
    toml = (
        "[sources.companies]\nsheet = 'Clients'\nheader = 3\n[sources.accounts]\nsheet = 2\nheader = [2, 3]\n"
        "[sources.staff]\ndecimal = ','\n"
    )
    assert loaded(book, tmp_path, toml).layouts == {
        "companies": Layout("Clients", (3,)),
        "accounts": Layout(2, (2, 3)),
    }


def test_codes_ranges_and_tagged_missings_are_told_apart() -> None:
    codes = missing_codes([-9, -9.5, 2.0, "a", ".b", "-99..-90", "..-5", "7..", ".x...z", "a..b"], "refused")
    assert [shown(c) for c in codes] == [
        "-9",
        "-9.5",
        "2",
        "a",
        ".b",
        "-99..-90",
        "..-5",
        "7..",
        ".x",
        ".y",
        ".z",
        "a..b",
    ]
    assert codes[5] == Missing("-99", "-90", "refused")
    assert {c.reason for c in codes} == {"refused"}


def test_what_a_section_says_of_a_column_comes_before_codebooks(book: Rulebook, tmp_path: Path) -> None:
    section = loaded(book, tmp_path, COLUMN + "missing = { refused = [-9] }\nlabels = { 1 = 'one' }").sources[
        "companies"
    ]
    said = section.section.column("Q 1", {"Q 1": ColumnCodes("", (Missing("-8"),), {"1": "eins", "2": "zwei"})})
    assert said.missing == (Missing("-9", None, "refused"), Missing("-8"))
    assert said.labels == {"1": "one", "2": "zwei"}
