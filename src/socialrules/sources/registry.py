"""Names, spellings and addresses to the slugs of a lookup, as SQL."""

from __future__ import annotations

import re

from socialrules.model import Lookup
from socialrules.quoting import text, texts
from socialrules.sources.markers import BLANK_MARKERS, FORMULA_ERRORS, SEVERAL, among, no_answer

ADDRESS_PATTERN = r"(https?:/*)?([a-z0-9_-]+\.)+[a-z]{2,}(:\d+)?([/?#].*)?"
COUNTRY_ENDING = r"(com|([a-z]{2,3}\.)?[a-z]{2})"
SHORTEST_FAMILY_NAME = 3
"""A host name this short says nothing under another country's ending: t.me is not t.co."""


def slug_of(lookup: Lookup, lowered: str) -> str:
    """SQL of the slug that a text stands for; null where nothing is left of it.

    Args:
        lookup: the registry.
        lowered: SQL of the trimmed text in lower case, null where the cell is blank.
    """
    names = {name.lower(): slug for slug, row in lookup.rows.items() for name in row.names}
    by_name = " ".join(
        f"WHEN {text(name)} THEN {text(slug)}" for name, slug in names.items() if name not in lookup.rows
    )
    slugs = f"{lowered} IN ({texts(list(lookup.rows))})" if lookup.rows else "FALSE"
    own = f"nullif(trim(regexp_replace(strip_accents({lowered}), '[^a-z0-9]', '_', 'g'), '_'), '')"
    # Most cells hold a slug or a name; only the others are looked at so closely.
    unnamed = f"CASE WHEN {_is_no_name(lookup, lowered)} THEN NULL WHEN regexp_full_match({lowered}, {text(ADDRESS_PATTERN)}) THEN {_by_address(lookup, lowered)} ELSE {own} END"
    named = f"CASE {lowered} {by_name} ELSE {unnamed} END" if by_name else unnamed
    return f"CASE WHEN {slugs} THEN {lowered} ELSE {named} END"


def _is_no_name(lookup: Lookup, lowered: str) -> str:
    """SQL that is TRUE where a text that no slug or name has cannot be a name."""
    no_names = list(dict.fromkeys(v.lower() for v in (*BLANK_MARKERS, *FORMULA_ERRORS)))
    # A number, or marks alone, is nobody's name, and neither is the beginning of an address.
    nothing = (
        f"{among(lowered, no_names)} OR {no_answer(lowered)} OR NOT regexp_matches({lowered}, '\\pL') "
        f"OR regexp_full_match({lowered}, '(https?:?/*)?(www\\.?)?')"
    )
    names = [name.lower() for slug, row in lookup.rows.items() for name in (slug, *row.names)]
    if not names:
        return nothing
    pieces = f"string_split_regex({lowered}, {text(SEVERAL)})"
    return f"{nothing} OR len(list_filter({pieces}, lambda v: v IN ({texts(names)}))) > 1"


def _by_address(lookup: Lookup, lowered: str) -> str:
    patterns = [(address, slug) for slug, row in lookup.rows.items() for address in row.addresses]
    # The longest host first, so that a subdomain with a name of its own wins.
    patterns.sort(key=lambda pair: (-len(pair[0].partition("/")[0]), pair[0]))
    cases = " ".join(f"WHEN regexp_full_match({lowered}, {text(_regex(a))}) THEN {text(s)}" for a, s in patterns)
    return f"CASE {cases} ELSE 'other' END" if cases else "'other'"


def _regex(address: str) -> str:
    host, _, path = address.lower().partition("/")
    family, _, ending = host.rpartition(".")
    if ending == "com" and len(family.rpartition(".")[2]) >= SHORTEST_FAMILY_NAME:
        known_host = f"{re.escape(family)}\\.{COUNTRY_ENDING}"
    else:
        known_host = re.escape(host)
    start = f"(https?:/*)?([a-z0-9_-]+\\.)*{known_host}(:\\d+)?"
    fixed = path.rstrip("*")
    return f"{start}/+{re.escape(fixed)}.+" if fixed else f"{start}([/?#].*)?"
