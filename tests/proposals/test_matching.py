"""Which columns of foreign sheets are taken for which facts."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from socialrules import Rulebook
from socialrules.proposals.cells import Notation, look_at
from socialrules.proposals.matching import LIKELY, SURE, UNSURE, match_columns
from socialrules.proposals.proposal import Proposal
from socialrules.proposals.writing import mapping_text
from socialrules.sources.codebook import ColumnCodes, Missing
from socialrules.sources.inputs import open_input

from .conftest import Proposed
from .foreign_sheets import EACH, INTAKE, SHEETS, SURVEY, TRAPS, Sheet
from .held_back_sheets import HELD_BACK, ONBOARDING
from .small_files import match_of, proposal_of, write


def taken(proposal: Proposal) -> dict[str, str | None]:
    """What each column was taken for."""
    elsewhere = {column for listed in proposal.listed for column in listed.columns}
    return {m.look.name: EACH if m.look.name in elsewhere else m.fact for m in proposal.matches}


@pytest.mark.parametrize("sheet", [*SHEETS, *HELD_BACK, TRAPS], ids=lambda s: s.name)
def test_no_column_is_taken_for_a_fact_it_does_not_hold(sheet: Sheet, proposed: Proposed) -> None:
    found = taken(proposed(sheet))
    wrong = {c: (fact, sheet.truth[c]) for c, fact in found.items() if fact is not None and fact != sheet.truth[c]}
    assert wrong == {}


@pytest.mark.parametrize(
    ("sheet", "right"),
    [*((s, 1.0) for s in SHEETS if s is not SURVEY), (SURVEY, 0.6), *((s, 0.75) for s in HELD_BACK)],
    ids=lambda s: s.name if isinstance(s, Sheet) else None,
)
def test_most_columns_that_hold_a_fact_are_found(sheet: Sheet, right: float, proposed: Proposed) -> None:
    found = taken(proposed(sheet))
    facts = {c: fact for c, fact in sheet.truth.items() if fact is not None}
    assert sum(found[c] == fact for c, fact in facts.items()) >= right * len(facts)


def test_of_thirty_headers_at_least_twenty_five_are_right_and_the_others_unsure(proposed: Proposed) -> None:
    for sheet in (INTAKE, ONBOARDING):
        proposal = proposed(sheet)
        found = taken(proposal)
        assert len(found) >= 30
        assert sum(found[c] == truth for c, truth in sheet.truth.items()) >= 25
        others = [match_of(proposal, c) for c, truth in sheet.truth.items() if found[c] != truth]
        assert {m.certainty for m in others} <= {UNSURE, ""}


def test_cells_that_cannot_be_read_make_a_known_name_unsure(book: Rulebook, tmp_path: Path) -> None:
    path = write(tmp_path, Employees=["11-50", "1-10", "500+"], Country=["IE", "FI", "DE"])
    match = match_of(proposal_of(book, path), "Employees")
    assert (match.certainty, match.fact) == (UNSURE, None)
    assert "0% of the cells can be read" in match.why


def test_cells_of_a_closed_set_settle_a_name_that_is_only_close(book: Rulebook, tmp_path: Path) -> None:
    fits = match_of(
        proposal_of(book, write(tmp_path, Our__business__model=["B2B", "b2c", "both"])), "Our business model"
    )
    other = match_of(
        proposal_of(book, write(tmp_path, Our__business__model=["shop", "web", "both"])), "Our business model"
    )
    assert fits.fact == "business_model"
    assert other.fact is None


def test_two_columns_that_are_as_good_are_both_left_open(book: Rulebook, tmp_path: Path) -> None:
    proposal = proposal_of(book, write(tmp_path, Headcount=["1", "2"], Employees=["3", "4"]))
    found = [match_of(proposal, c) for c in ("Headcount", "Employees")]
    assert [m.certainty for m in found] == [UNSURE, UNSURE]
    assert "'Employees' may hold employee_count as well" in found[0].why


def test_a_column_with_the_name_of_a_fact_wins_over_one_with_a_synonym(book: Rulebook, tmp_path: Path) -> None:
    proposal = proposal_of(book, write(tmp_path, employee_count=["1", "2"], Staff__members=["3", "4"]))
    assert match_of(proposal, "employee_count").fact == "employee_count"
    assert match_of(proposal, "Staff members").fact is None


def test_a_key_that_comes_twice_is_not_taken(book: Rulebook, tmp_path: Path) -> None:
    path = tmp_path / "twice.csv"
    path.write_text("Client ID,Country\na,IE\na,FI\nb,DE\n", encoding="utf-8")
    match = match_of(proposal_of(book, path), "Client ID")
    assert match.certainty == UNSURE
    assert "1 of its values have come before" in match.why


def test_a_key_of_which_hardly_any_value_comes_twice_is_taken_with_a_remark(book: Rulebook, tmp_path: Path) -> None:
    path = tmp_path / "once.csv"
    path.write_text("Client ID\n" + "".join(f"c{n}\n" for n in [*range(40), 7]), encoding="utf-8")
    match = match_of(proposal_of(book, path), "Client ID")
    assert (match.certainty, match.fact) == (LIKELY, "company_id")
    assert "1 of its values have come before" in match.why


def test_a_column_with_the_very_name_of_a_fact_is_used_whatever_it_holds(book: Rulebook, tmp_path: Path) -> None:
    proposal = proposal_of(book, write(tmp_path, policy_exists=["perhaps", "perhaps"]))
    assert match_of(proposal, "policy_exists").certainty == LIKELY
    assert '# values = { perhaps = "?" }' in mapping_text(proposal, "m.toml")


def test_the_same_key_may_come_twice_in_a_child_table(book: Rulebook, tmp_path: Path) -> None:
    path = tmp_path / "accounts.csv"
    path.write_text("Client ID,Platform\na,Facebook\na,Instagram\n", encoding="utf-8")
    proposal = proposal_of(book, path, "accounts")
    assert taken(proposal) == {"Client ID": "company_id", "Platform": "network"}


def test_an_empty_column_is_never_sure(book: Rulebook, tmp_path: Path) -> None:
    match = match_of(proposal_of(book, write(tmp_path, Employees=["", ""], Country=["IE", "FI"])), "Employees")
    assert (match.certainty, match.fact) == (LIKELY, "employee_count")
    assert "no cell is filled" in match.why


def test_the_label_that_a_file_gives_a_column_counts_like_its_name(book: Rulebook, tmp_path: Path) -> None:
    con, table = duckdb.connect(), book.assembly.tables["company"]
    source = open_input(con, write(tmp_path, Q7=["3", "12"], Q8=["IE", "FI"]), "companies", tmp_path)
    labelled = replace(source, codebook={"Q7": ColumnCodes("How many employees does your company have?")})
    for origin, fact in ((source, None), (labelled, "employee_count")):
        matches = match_columns(con, origin, look_at(con, origin), Notation(), table, [], "2026-01-01")
        assert [m.fact for m in matches] == ["company_id", fact, None]


def test_codes_that_the_file_declares_to_be_no_answer_do_not_speak_against_a_fact(
    book: Rulebook, tmp_path: Path
) -> None:
    con, table = duckdb.connect(), book.assembly.tables["company"]
    source = open_input(con, write(tmp_path, Employees=["3", "-9", "-98", "4"]), "companies", tmp_path)
    found = []
    for missing in ((), (Missing("-9.0", reason="refused"), Missing("-99", "-90"))):
        declared = replace(source, codebook={"Employees": ColumnCodes(missing=missing)})
        match = match_columns(con, declared, look_at(con, declared), Notation(), table, [], "2026-01-01")[1]
        found.append((match.certainty, match.fact))
    assert found == [(UNSURE, None), (SURE, "employee_count")]


def test_columns_with_types_of_their_own_are_matched_too(book: Rulebook, tmp_path: Path) -> None:
    path = tmp_path / "typed.parquet"
    columns = {"Record ID": ["a", "b"], "NumberOfEmployees": [3, 12], "Assessment Date": [dt.date(2025, 1, 2), None]}
    pq.write_table(pa.table({**columns, "FAQ": [True, False], "Country": ["IE", None]}), path)
    assert taken(proposal_of(book, path)) == {
        "Record ID": "company_id",
        "NumberOfEmployees": "employee_count",
        "Assessment Date": "as_of_date",
        "FAQ": "has_faq",
        "Country": "country",
    }


def test_a_list_with_other_separators_gets_an_expression_that_splits_it(book: Rulebook, tmp_path: Path) -> None:
    match = match_of(
        proposal_of(book, write(tmp_path, Business__goals=["leads, sales", "sales", "awareness, leads"])),
        "Business goals",
    )
    assert match.certainty == SURE
    assert match.best is not None
    assert match.best.expression == "replace(\"Business goals\", ',', ';')"


def test_a_day_with_a_time_is_a_day(book: Rulebook, tmp_path: Path) -> None:
    match = match_of(
        proposal_of(book, write(tmp_path, Assessment__date=["2025-01-02 11:30", "2025-03-04T09:00:00Z"])),
        "Assessment date",
    )
    assert match.certainty == SURE
    assert match.best is not None
    assert match.best.expression == '"Assessment date"'


def test_columns_of_networks_are_accounts_only_where_they_hold_addresses_or_names(
    book: Rulebook, tmp_path: Path
) -> None:
    path = write(
        tmp_path,
        Facebook=["https://facebook.com/a", ""],
        Twitter__handle=["@a", "b"],
        Instagram=["yes", "no"],
        Facebook__fans=["12", "90"],
        LinkedIn__Bio=["We bake bread.", "We sell shoes."],
        Line__of__business=["bread", "shoes"],
    )
    proposal = proposal_of(book, path)
    assert [dict(listed.columns) for listed in proposal.listed] == [
        {"Facebook": "facebook", "Twitter handle": "twitter_x"}
    ]
