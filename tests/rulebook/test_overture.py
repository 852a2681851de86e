"""A directory of 22,044 places, read through its mapping: every row and link accounted for, nothing made up."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from socialrules import Results, score

from .shared import AS_OF, ROOT, SHARED, rules

PLACES = SHARED / "datasets" / "overture_places"
MAPPING = ROOT / "datasets" / "mappings" / "overture_places.toml"
COLUMNS = ("facebook", "instagram", "twitter", "linkedin", "youtube", "tiktok", "other")
OTHERS = ("yelp", "pinterest", "tripadvisor")
OWN_NAMES = {"twitter": "twitter_x"}
pytestmark = pytest.mark.skipif(not PLACES.is_dir(), reason=f"the places {PLACES} are not on this machine")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("places")


def scored(places: Path, out: Path) -> Results:
    return score(places, mapping=MAPPING, out=out, rulebook=rules("core"), as_of=AS_OF)


@pytest.fixture(scope="module")
def results(folder: Path) -> Results:
    return scored(PLACES / "places.parquet", folder / "parquet")


def rows(results: Results, query: str) -> list[tuple[object, ...]]:
    """A query over the result tables ``companies``, ``accounts`` and ``rejects``."""
    with duckdb.connect() as con:
        for name in ("companies", "accounts", "rejects"):
            con.execute(f"CREATE VIEW {name} AS FROM {results.source(name)}")
        return con.execute(query).fetchall()


def links() -> set[tuple[str, str]]:
    """Place and column of every filled link, straight from the data; ``other`` only where it is no known network."""
    wide = " UNION ALL ".join(
        f"SELECT id, '{c}' AS name, {c} AS link FROM '{PLACES / 'places.parquet'}'" for c in COLUMNS
    )
    found = duckdb.execute(f"SELECT id, name, lower(link) FROM ({wide}) WHERE trim(link) <> ''").fetchall()

    def network(name: str, link: str) -> str:
        if name == "other":
            return next((n for n in OTHERS if f"{n}." in link), name)
        return OWN_NAMES.get(name, name)

    return {(place, network(name, link)) for place, name, link in found}


def test_every_place_is_scored_or_rejected(results: Results) -> None:
    entry = results.manifest["inputs"]["companies"]
    left_out = rows(results, "SELECT count(*) FROM rejects WHERE \"table\" = 'companies' AND kind = 'row'")[0][0]
    scored = rows(results, "SELECT count(*), count(DISTINCT company_id) FROM companies")[0]
    assert (entry["rows"], scored) == (22_044, (22_044 - left_out, 22_044 - left_out))
    assert left_out == 0


@pytest.mark.parametrize("network", ["facebook", "instagram", "twitter_x", "linkedin", "youtube", "tiktok"])
def test_the_accounts_on_a_network_are_the_links_to_it(network: str, results: Results) -> None:
    given = {place for place, name in links() if name == network}
    found = rows(results, f"SELECT company_id FROM accounts WHERE network = '{network}'")
    assert {place for (place,) in found} == given
    assert len(given) >= 10


def test_every_other_link_is_an_account_too(results: Results) -> None:
    plain = {OWN_NAMES.get(c, c) for c in COLUMNS} - {"other"}
    listed = ", ".join(f"'{name}'" for name in plain)
    found = rows(results, f"SELECT company_id, network FROM accounts WHERE network NOT IN ({listed})")
    assert {place for place, _ in found} == {place for place, name in links() if name not in plain}


def test_places_with_a_link_are_present_and_the_others_unknown(results: Results) -> None:
    present = {place for (place,) in rows(results, "SELECT company_id FROM companies WHERE presence = 'present'")}
    assert present == {place for place, _ in links()}
    assert {p for (p,) in rows(results, "SELECT DISTINCT presence FROM companies")} == {"present", "unknown"}


def test_nothing_that_a_directory_cannot_know_is_made_up(results: Results) -> None:
    for table, told in {"companies": {"CF-01"}, "accounts": set()}.items():  # CF-01: that there is a network
        level = {"companies": "company", "accounts": "account"}[table]
        checks = {c.name: c.code for c in rules("core").checks(level)}
        counts = results.outcome_counts(table, list(checks))
        assert {checks[name] for name, count in counts.items() if count["pass"] or count["fail"]} == told
    for name in ("suited", "declared", "ready"):
        assert results.counts("companies", name) == [("unknown", 22_044)]
    assert {v for v, _ in results.counts("accounts", "decision")} == {"analyse_first"}


def test_every_place_is_to_find_out_first(results: Results) -> None:
    assert results.counts("companies", "verdict") == [("find_out_first", 22_044)]


def test_csv_gives_the_same_values_as_parquet(results: Results, folder: Path) -> None:
    other = scored(PLACES / "places.csv", folder / "csv")
    assert other.manifest["values"] == results.manifest["values"]
    for table in ("companies", "accounts"):
        mine, theirs = (f"SELECT * EXCLUDE (source_file) FROM {r.source(table)}" for r in (results, other))
        assert duckdb.execute(f"({mine}) EXCEPT ALL ({theirs})").fetchall() == []
        assert duckdb.execute(f"({theirs}) EXCEPT ALL ({mine})").fetchall() == []
