"""A directory of 22,044 places, read through its mapping: every row and link accounted for, nothing made up."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

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


DIRTY = PLACES / "places_nyc_dirty_repr.parquet"
CLEAN = PLACES / "places.parquet"
DIRTY_MAPPING = ROOT / "datasets" / "mappings" / "overture_places_dirty.toml"


@pytest.fixture(scope="module")
def dirty(folder: Path) -> Results:
    return score(DIRTY, mapping=DIRTY_MAPPING, out=folder / "dirty", rulebook=rules("core"), as_of=AS_OF)


def dirty_links() -> set[tuple[str, str]]:
    """Place and network of every address, read by Python itself."""
    found = set()
    for place, cell in duckdb.execute(f"SELECT id, lower(socials) FROM '{DIRTY}'").fetchall():
        for link in re.findall(r"'(https?://[^']*)'|\"(https?://[^\"]*)\"", cell):
            host = urlsplit("".join(link)).hostname or ""
            name = next((n for n in (*COLUMNS, *OTHERS) if n in host.split(".")), "other")
            found.add((place, OWN_NAMES.get("twitter" if host == "x.com" else name, name)))
    return found


def test_lists_printed_by_python_give_every_network_of_the_places(dirty: Results) -> None:
    found = set(rows(dirty, "SELECT company_id, network FROM accounts"))
    assert found == dirty_links()
    assert len(found) > 5_000
    assert rows(dirty, "SELECT count(*) FROM companies") == [(9_000,)]
    assert rows(dirty, "SELECT count(*) FROM rejects WHERE kind = 'row' AND \"table\" = 'companies'") == [(0,)]


def test_the_places_that_are_in_both_files_have_the_same_networks(dirty: Results, results: Results) -> None:
    both = {place for (place,) in duckdb.execute(f"SELECT id FROM '{DIRTY}' SEMI JOIN '{CLEAN}' USING (id)").fetchall()}
    one, other = (
        {(p, n) for p, n in rows(r, "SELECT company_id, network FROM accounts") if p in both} for r in (dirty, results)
    )
    assert one == other
    assert len(both) > 1_000


def test_a_marker_for_nothing_is_never_a_network_nor_a_name(dirty: Results, folder: Path) -> None:
    assert rows(dirty, "SELECT count(*) FROM accounts WHERE network IN ('na', 'nan') OR handle = '<NA>'") == [(0,)]
    careless = folder / "careless.toml"
    careless.write_text(re.sub(r"(?m)^where.*$", "", DIRTY_MAPPING.read_text(encoding="utf-8")), encoding="utf-8")
    found = score(DIRTY, mapping=careless, out=folder / "careless", rulebook=rules("core"), as_of=AS_OF)
    assert rows(found, "SELECT DISTINCT network FROM accounts WHERE network IN ('na', '<na>', 'nan')") == []
    # A cell that says there is nothing makes no row, so there is none to leave out.
    assert rows(found, "SELECT * FROM rejects WHERE kind = 'row'") == []
