"""Names, spellings and addresses of networks become slugs."""

from __future__ import annotations

from pathlib import Path

import pytest

from socialrules import Rulebook

from .small import rejected, rows, run, write_csv, write_parquet

RECOGNISED = {
    "facebook": [
        "facebook",
        "Facebook",
        " FACEBOOK ",
        "Facebook Page",
        "facebook.com",
        "https://www.facebook.com/acme",
        "fb.com/acme",
        "http://facebook.com/acme?x=1",
        "m.facebook.com/acme",
        "https://de-de.facebook.com/acme/",
        "FACEBOOK.COM/ACME",
        "https://facebook.com#top",
        "facebook.com:443/acme",
        "facebook.ca/acme",
        "facebook.co.uk",
    ],
    "linkedin": [
        "LinkedIn",
        "https://ca.linkedin.com/company/acme",
        "linkedin.com/in/jo",
        "https://www.linkedin.com/company/acme/about",
    ],
    "pinterest": [
        "pinterest.ca",
        "https://www.pinterest.ca/acme",
        "pinterest.co.uk/acme",
        "pinterest.de",
        "pinterest.com.au/acme",
    ],
    "twitter_x": [
        "X",
        "x",
        "Twitter",
        "https://x.com/acme",
        "twitter.com/acme",
        "mobile.twitter.com/acme",
        "twitter_x",
    ],
    "instagram": ["Insta", "instagram.com/acme"],
    "youtube": ["youtube.com/@acme", "YouTube"],
    "bluesky": ["bsky.app/profile/acme.example"],
    "other": [
        "https://acme.example",
        "www.acme.example/shop",
        "acme.com",
        "other",
        "Other",
        "x.de",
        "https://t.co/abc",
        "notfacebook.com",
        "facebook.com.evil.example/x",
        "https://facebook.evil.example/acme",
    ],
    "acme_chat": ["Acme Chat", "acme-chat", "ACME  CHAT".replace("  ", " "), "acme_chat", "_acme chat!_"],
    "reseau_ete": ["Réseau été"],
}
CASES = [(text, slug) for slug, texts in RECOGNISED.items() for text in texts]


def networks(book: Rulebook, path: Path, parquet: bool) -> list[tuple[str, str]]:
    """What each network of ``CASES`` was read as."""
    write = write_parquet if parquet else write_csv
    companies = write(path / f"companies.{'parquet' if parquet else 'csv'}", [{"company_id": "a"}])
    accounts = [
        {"company_id": "a", "network": text, "handle": str(i), "status": "open"} for i, (text, _) in enumerate(CASES)
    ]
    results = run(book, companies, write(path / f"accounts.{'parquet' if parquet else 'csv'}", accounts))
    assert rejected(results) == []
    return [(CASES[int(r["handle"])][0], r["network"]) for r in rows(results, "accounts")]


@pytest.mark.parametrize("parquet", [False, True], ids=["csv", "parquet"])
def test_names_spellings_and_addresses_are_recognised(parquet: bool, book: Rulebook, tmp_path: Path) -> None:
    assert networks(book, tmp_path, parquet) == CASES


def test_a_network_without_any_letter_is_no_network(book: Rulebook, tmp_path: Path) -> None:
    companies = write_csv(tmp_path / "companies.csv", [{"company_id": "a"}])
    accounts = write_csv(
        tmp_path / "accounts.csv", [{"company_id": "a", "network": n, "status": "open"} for n in ("?!", "--", "微博")]
    )
    results = run(book, companies, accounts)
    assert rejected(results, "row", "column", "value", "kind") == [
        (i, "network", n, "row") for i, n in enumerate(("?!", "--", "微博"), 1)
    ]


NO_NETWORKS = [
    "none",
    "None",
    "nein",
    "Keine",
    "k.A.",
    "NA",
    "unknown",
    "Don't know",
    "99",
    "-9",
    "http://",
    "https://www.",
]
SEVERAL = ["Facebook, Instagram", "facebook + linkedin", "Facebook\nXing", "Facebook / Instagram / TikTok"]


def test_what_says_that_there_is_none_or_names_several_is_no_network(book: Rulebook, tmp_path: Path) -> None:
    given = [*NO_NETWORKS, *SEVERAL]
    companies = write_csv(tmp_path / "companies.csv", [{"company_id": "a"}])
    accounts = write_csv(
        tmp_path / "accounts.csv", [{"company_id": "a", "network": n, "status": "open"} for n in given]
    )
    found = rejected(run(book, companies, accounts), "row", "column", "value", "kind")
    assert found == [(i, "network", n, "row") for i, n in enumerate(given, 1)]


def test_two_spellings_of_one_network_are_one_key(book: Rulebook, tmp_path: Path) -> None:
    companies = write_csv(tmp_path / "companies.csv", [{"company_id": "a"}])
    spellings = ["Facebook", "https://facebook.com/acme", "facebook"]
    accounts = write_csv(
        tmp_path / "accounts.csv",
        [{"company_id": "a", "network": n, "handle": "acme", "status": "open"} for n in spellings],
    )
    results = run(book, companies, accounts)
    assert len(rows(results, "accounts")) == 1
    assert rejected(results) == [("accounts", 2, "handle", "acme", "row"), ("accounts", 3, "handle", "acme", "row")]


def test_every_slug_and_name_of_the_registry_is_recognised(book: Rulebook, tmp_path: Path) -> None:
    lookup = book.assembly.lookups["network"]
    said = [
        (text, slug)
        for slug, row in lookup.rows.items()
        for text in (slug, slug.upper(), *row.names, *(n.lower() for n in row.names))
    ]
    companies = write_csv(tmp_path / "companies.csv", [{"company_id": "a"}])
    accounts = write_csv(
        tmp_path / "accounts.csv",
        [{"company_id": "a", "network": text, "handle": str(i), "status": "open"} for i, (text, _) in enumerate(said)],
    )
    found = {int(r["handle"]): r["network"] for r in rows(run(book, companies, accounts), "accounts")}
    assert [(text, found[i]) for i, (text, _) in enumerate(said)] == said


def test_every_address_of_the_registry_is_recognised(book: Rulebook, tmp_path: Path) -> None:
    lookup = book.assembly.lookups["network"]
    addresses = [(a.replace("*", "acme"), slug) for slug, row in lookup.rows.items() for a in row.addresses]
    assert len(addresses) > 30
    companies = write_csv(tmp_path / "companies.csv", [{"company_id": "a"}])
    accounts = write_csv(
        tmp_path / "accounts.csv",
        [
            {"company_id": "a", "network": f"https://www.{a}", "handle": str(i), "status": "open"}
            for i, (a, _) in enumerate(addresses)
        ],
    )
    found = {int(r["handle"]): r["network"] for r in rows(run(book, companies, accounts), "accounts")}
    assert [(a, found[i]) for i, (a, _) in enumerate(addresses)] == addresses
