"""The mapping file that a proposal becomes."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from socialrules import Rulebook, score
from socialrules.proposals.writing import mapping_text, toml_key, toml_text
from socialrules.sources.mapping import load_mapping

from .conftest import Proposed
from .foreign_sheets import HUBSPOT, INTAKE, SHEETS, TRAPS, Sheet
from .held_back_sheets import HELD_BACK
from .small_files import document_of, match_of, proposal_of, write

AS_OF = "2026-01-01"


@pytest.mark.parametrize("sheet", [*SHEETS, *HELD_BACK, TRAPS], ids=lambda s: s.name)
def test_every_proposal_is_a_mapping_file(sheet: Sheet, proposed: Proposed, book: Rulebook, tmp_path: Path) -> None:
    text = mapping_text(proposed(sheet), "m.toml")
    document = tomllib.loads(text)
    assert set(document) <= {"sources", *(t.plural for t in book.assembly.tables.values())}
    path = tmp_path / "m.toml"
    path.write_text(text, encoding="utf-8")
    assert load_mapping(path, book.assembly.tables).tables[0].table == sheet.table


@pytest.mark.parametrize("sheet", [INTAKE, HUBSPOT], ids=lambda s: s.name)
def test_a_proposal_scores_every_row_as_it_is(sheet: Sheet, proposed: Proposed, book: Rulebook, tmp_path: Path) -> None:
    proposal, mapping = proposed(sheet), tmp_path / "m.toml"
    mapping.write_text(mapping_text(proposal, "m.toml"), encoding="utf-8")
    results = score(proposal.file, mapping=mapping, out=tmp_path / "out", as_of=AS_OF, rulebook=book)
    assert len(results.to_arrow("companies")) == 12
    if sheet is HUBSPOT:
        networks = dict(results.counts("accounts", "network"))
        assert networks == {"facebook": 6, "linkedin": 6, "twitter_x": 8}
    assert results.to_arrow("rejects").num_rows == 0


def test_what_is_unsure_stands_in_comments_alone(proposed: Proposed) -> None:
    proposal = proposed(TRAPS)
    assert document_of(proposal) == {"companies": {"company_id": '"Client ID"'}}
    text = mapping_text(proposal, "m.toml")
    assert """# employee_count = '"Employees"'  # unsure: """ in text
    assert 'bands = { 1-10 = [1, 10], 11-50 = [11, 50], "500+" = 500 }' in text


def test_marks_for_nothing_and_notations_are_proposed_for_the_source(book: Rulebook, tmp_path: Path) -> None:
    path = write(
        tmp_path,
        Average__order__value=["1.250,50", "12,5", "N/A"],
        Assessment__date=["13.01.2025", "02.03.2025", "-"],
        Country=["IE", "-", "FI"],
    )
    proposal = proposal_of(book, path)
    assert document_of(proposal)["sources"] == {
        "companies": {"missing": ["-", "N/A"], "decimal": ",", "thousands": ".", "dates": "day-month-year"}
    }
    assert "how often: - (2), N/A (1)" in mapping_text(proposal, "m.toml")
    assert {"typical_price", "as_of_date"} <= set(document_of(proposal)["companies"])


@pytest.mark.parametrize(
    ("cells", "remark"),
    [
        (["12,5", "12.5"], "1 numbers have a decimal comma and 1 a decimal point"),
        (["1,200", "3,400"], "2 numbers look like 1,200 or 1.200"),
    ],
)
def test_numbers_that_speak_for_two_notations_or_none_are_left_to_a_person(
    cells: list[str], remark: str, book: Rulebook, tmp_path: Path
) -> None:
    proposal = proposal_of(book, write(tmp_path, Average__order__value=cells))
    assert "sources" not in document_of(proposal) or "decimal" not in document_of(proposal)["sources"].get(
        "companies", {}
    )
    assert any(remark in r for r in proposal.notation.remarks)
    assert f"# {remark}" in mapping_text(proposal, "m.toml")


@pytest.mark.parametrize(
    ("cells", "decimal", "thousands"),
    [
        (["0.323", "12", "0.95"], "", ""),
        (["0,125", "12"], ",", ""),
        (["1,234,567", "12"], "", ","),
        (["1.234.567", "12"], ",", "."),
        (["1,200.50", "1,300"], "", ","),
        (["-1.200,50", "3"], ",", "."),
    ],
)
def test_numbers_that_can_be_read_in_one_way_only_settle_the_notation(
    cells: list[str], decimal: str, thousands: str, book: Rulebook, tmp_path: Path
) -> None:
    notation = proposal_of(book, write(tmp_path, Average__order__value=cells)).notation
    assert (notation.decimal, notation.thousands, notation.remarks) == (decimal, thousands, ())


def test_numbers_in_a_column_that_is_unsure_show_the_notation_too(book: Rulebook, tmp_path: Path) -> None:
    proposal = proposal_of(book, write(tmp_path, Average__order__value=["1.200,50", "1.200", "12,5", "viel"]))
    assert match_of(proposal, "Average order value").certainty == "unsure"
    assert proposal.notation.declared == {"decimal": ",", "thousands": "."}
    assert '[sources.companies]\ndecimal = ","\nthousands = "."\n' in mapping_text(proposal, "m.toml")


def test_dates_that_can_be_read_in_two_ways_are_left_to_a_person(book: Rulebook, tmp_path: Path) -> None:
    proposal = proposal_of(book, write(tmp_path, Assessment__date=["03/04/2025", "05/06/2025"]))
    assert proposal.notation.dates == ""
    assert "Dates such as 03/04/2025 can be read in two ways" in mapping_text(proposal, "m.toml")
    american = proposal_of(book, write(tmp_path, Assessment__date=["03/14/2025", "05/06/2025"]))
    assert american.notation.dates == "month-day-year"


def test_answers_in_other_words_are_listed_to_be_translated(book: Rulebook, tmp_path: Path) -> None:
    path = write(tmp_path, Social__media__policy=["Yes, definitely", "Not really", "No idea", "No way"])
    text = mapping_text(proposal_of(book, path), "m.toml")
    assert '# [sources.companies.columns."Social media policy"]' in text
    assert all(f'{word} = "?"' in text for word in ('"Yes, definitely"', '"No way"', '"Not really"', '"No idea"'))
    assert "policy_exists" not in tomllib.loads(text)["companies"]


def test_codes_with_labels_are_translated_by_them(book: Rulebook, tmp_path: Path) -> None:
    proposal = proposal_of(book, write(tmp_path, Social__media__policy=["1", "2", "7"]))
    matches = [
        replace(m, look=replace(m.look, labels={"1": "Yes", "2": "No", "7": "Don't know", "8": "dont_know"}))
        for m in proposal.matches
    ]
    text = mapping_text(replace(proposal, matches=tuple(matches)), "m.toml")
    assert '# values = { 1 = "yes", 2 = "no", 7 = "dont_know", 8 = "dont_know" }' in text


LABELS = {
    "1": "Ja", "2": "NON", "3": "Yes, planned", "4": "No answer", "5": "No opinion", "6": "No one asked",
    "7": "Non répondu", "8": "Not applicable", "9": "Refused", "-9": "refused to say", "x": "Not asked",
}  # fmt: skip


def test_only_a_whole_word_is_an_answer_and_a_reason_for_none_is_proposed_as_missing(
    book: Rulebook, tmp_path: Path
) -> None:
    proposal = proposal_of(book, write(tmp_path, Social__media__policy=["1", "2", "7"]))
    matches = [replace(m, look=replace(m.look, labels=LABELS)) for m in proposal.matches]
    text = mapping_text(replace(proposal, matches=tuple(matches)), "m.toml")
    unclear = ", ".join(f'{n} = "?"' for n in range(3, 8))
    assert f'# values = {{ 1 = "yes", 2 = "no", {unclear} }}' in text
    assert """\n# missing = { not_applicable = [8], refused = [9, -9], not_asked = ['x'] }\n""" in text
    section = text[text.index("# [sources.companies.columns") :].splitlines()[:3]
    assert tomllib.loads("\n".join(line.removeprefix("# ") for line in section))


def test_what_the_file_declares_missing_is_no_value_and_no_example(book: Rulebook, tmp_path: Path) -> None:
    pyreadstat = pytest.importorskip("pyreadstat")
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"id": ["a", "b", "c", "d"], "policy": [1.0, 2.0, -8.0, -9.0]})
    pyreadstat.write_sav(
        frame,
        str(tmp_path / "s.sav"),
        column_labels=["Client ID", "Social media policy"],
        variable_value_labels={"policy": {1: "Yes, planned", 2: "No", -8: "Don't know", -9: "Refused"}},
        missing_ranges={"policy": [{"lo": -9, "hi": -8}]},
    )
    proposal = proposal_of(book, tmp_path / "s.sav")
    look = match_of(proposal, "policy").look
    assert (look.filled, [v for v, _ in look.values]) == (2, ["1", "2"])
    text = mapping_text(proposal, "m.toml")
    assert '# values = { 1 = "?", 2 = "no" }' in text and "-8" not in text and "-9" not in text


def test_a_file_without_a_key_says_what_is_still_needed(book: Rulebook, tmp_path: Path) -> None:
    path = tmp_path / "nameless.csv"
    path.write_text("Country,Facebook\nIE,https://facebook.com/a\n", encoding="utf-8")
    proposal = proposal_of(book, path)
    assert [f.name for f in proposal.missing] == ["company_id"]
    text = mapping_text(proposal, "m.toml")
    assert "STILL NEEDED" in text and "# [accounts]" in text
    assert set(tomllib.loads(text)) == {"companies"}


@pytest.mark.parametrize(
    "name", ["a'b", 'a"b', "a\nb", "a\\b", "\x7f\x1b", "größe\u202e \U0001f600", "'''", "ä 'x' \"y\"", ""]
)
def test_any_column_name_comes_back_from_the_file_as_it_was(name: str) -> None:
    assert tomllib.loads(f"{toml_key(name)} = {toml_text(name)}") == {name: name}


def test_hostile_names_and_cells_cannot_leave_their_line(book: Rulebook, tmp_path: Path) -> None:
    path = tmp_path / "hostile.csv"
    path.write_text(
        'Client ID,"Country\n[companies]\nx = ""1""","Employees\n# y"\na,"IE\nemployee_count = 1",1-9\nb,FI,1-9\n',
        encoding="utf-8",
    )
    proposal = proposal_of(book, path)
    document = document_of(proposal)
    assert set(document) == {"companies"} and set(document["companies"]) <= {"company_id", "country"}
