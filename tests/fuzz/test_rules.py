"""Mapping and rule files of any text and shape: used, or refused in one message."""

from __future__ import annotations

import copy
import tomllib
from typing import Any

import pytest
from hypothesis import strategies as st

from .harness import SIZES, Worker, try_many
from .mutations import mutated, texts, toml

COMPANIES = b'id,Company Name,size,fb,insta\n1,"a ""b""",3,x,\n2,c,,,y\n'

MAPPING = """
[companies]
company_id = "id"
company_name = "trim(\\"Company Name\\")"
size = "to_number(size) * 2"
sure = "CASE WHEN size = '3' THEN 'yes' ELSE 'no' END"
keep_names = true

[accounts]
from = "companies"
each = ["fb", "insta"]
company_id = "id"
network = "cell_column"
handle = "lower(cell)"
status = "'open'"
where = "cell IS NOT NULL"
"""

RULES = """
id = "newsletter"
title = "A newsletter"
question = "Is there one?"
role = "ready"
order = 5
outcome = "all_pass(nl_01, many)"

[parameters.least]
default = 100
min = 0
unit = "persons"
origin = "ours"

[facts.company.readers]
type = "integer"
min = 0
ask = "core"
question = "How many?"

[facts.company.channel]
type = "choice"
values = ["mail", "post", "dont_know"]

[[terms]]
name = "many"
level = "company"
value = "readers * 2 > $least OR any_of(account, account.status = 'open', account.posts > 3)"

[[checks]]
code = "NL-01"
title = "Enough"
level = "company"
severity = "major"
required_at = "core"
applies = "channel <> 'post'"
passes = "readers >= $least AND many"
fails = "readers / size < 0.5"
turns_on = ["readers"]
why = "Because of {readers}."
advice = "Do it."
advice_if = [{ when = "readers IS NULL", say = "Count {size}." }]

[[checks]]
code = "NL-02"
title = "Posts"
level = "account"
severity = "minor"
passes = "account.posts BETWEEN 1 AND 5 AND contains(tags, 'x')"
rollup = "all_of(account, account.status = 'open', account.nl_02)"
why = "why"
advice = "advice"
"""

PARTS = """
[[terms]]
name = "doubled"
level = "company"
value = "round(size * 2, 1)"

[[decisions]]
name = "what_next"
level = "company"
title = "what"
rows = [{ when = "doubled > 4", then = "go", say = "{doubled}" }, { when = "doubled <= 4", then = "stop" }]
meaning = { go = { title = "Go", text = "Go on." }, stop = { title = "Stop", text = "Stop it." } }

[[flags]]
name = "also"
level = "company"
rows = [{ flag = "big", when = "size > 2", say = "Big: {size}." }]

[[notes]]
name = "a_note"
level = "account"
when = "account.posts > 1"
say = "{posts} posts"

[[axes]]
name = "prepared"
level = "company"
role = "ready"
combine = "all"
title = "Prepared"

[[tallies]]
name = "failed_ones"
role = "ready"
severities = ["major"]
measure = "failed"

[[scores]]
name = "points"
role = "ready"
weights = { blocker = "4", major = "2", minor = "1" }
known_min = "0.3"

[lookups.network.chess]
names = ["Chess"]
addresses = ["chess.com"]
"""

PIECES = [
    *(b"[", b"]", b"[[", b"]]", b"{", b"}", b'"', b"'", b'"""', b"=", b"\n", b"#", b".", b",", b"\0", b"\xff", b"\r"),
    *(b"inf", b"nan", b"-1", b"1e400", b"1979-05-27", b"true", b"9" * 30, b"[" * 400, b"{a=" * 200, b"\\ud800"),
    *(b" AND ", b" OR ", b"NOT ", b"(", b")", b"(SELECT 1)", b"*", b"NULL", b"$least", b"$", b"::", b" -> ", b";"),
    *(b"size", b"readers", b"company", b"account", b"any_of(", b"total(", b"{", b"{x", b"first_of(", b"random()"),
    *(b"id", b"name", b"checks", b"facts", b"tables", b"company_id", b"keep_names", b"each", b"from", b"where"),
]

NAMES = [
    *("size", "sure", "goals", "tags", "founded", "owner", "model", "readers", "account.posts", "account.status"),
    *("network.daily", "company.size", "nl_01", "x", "account", "company", "$least", "many", "id", "fb", "cell"),
]
OPERATORS = [
    "AND",
    "OR",
    "=",
    "<>",
    "<",
    ">=",
    "+",
    "-",
    "*",
    "/",
    "IN",
    "IS DISTINCT FROM",
    "BETWEEN",
    "||",
    "::",
    "->",
]
CALLS = [
    *("abs", "round", "dont_know", "contains", "contains_any", "contains_other", "size", "days_between", "in_season"),
    *("starts_with", "passed", "failed", "all_pass", "any_pass", "only_if", "any_of", "all_of", "count_of", "total"),
    *(
        "first_of",
        "coalesce",
        "lower",
        "trim",
        "regexp_replace",
        "to_number",
        "split_part",
        "getenv",
        "read_text",
        "NOT",
    ),
]
CONSTANTS = [
    "1",
    "0",
    "-3.5",
    "1e308",
    "'yes'",
    "'x'",
    "NULL",
    "TRUE",
    "['a', 'b']",
    "[]",
    "DATE '2020-01-01'",
    "''",
    "5e-324",
]


def expressions() -> st.SearchStrategy[str]:
    """Expressions that look like some: names, operators and calls put together without regard to types."""
    leaves = st.one_of(
        st.sampled_from(NAMES), st.sampled_from(CONSTANTS), texts().map(lambda t: "'" + t.replace("'", "''") + "'")
    )

    def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return st.one_of(
            st.builds("({} {} {})".format, inner, st.sampled_from(OPERATORS), inner),
            st.builds(lambda f, a: f"{f}({', '.join(a)})", st.sampled_from(CALLS), st.lists(inner, max_size=4)),
            st.builds("CASE WHEN {} THEN {} ELSE {} END".format, inner, inner, inner),
            st.builds("({} IN ({}, {}))".format, inner, inner, inner),
            st.builds("({} IS NOT NULL)".format, inner),
        )

    return st.one_of(st.recursive(leaves, larger, max_leaves=6), texts())


def values() -> st.SearchStrategy[Any]:
    """Any value of TOML."""
    numbers = st.sampled_from([0, 1, -1, 1e308, float("inf"), float("nan"), 10**18, 2**63, 0.1])
    plain = st.one_of(
        texts(), expressions(), numbers, st.booleans(), st.sampled_from(["company", "account", "yes", "other"])
    )
    return st.recursive(
        plain,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(st.sampled_from(["name", "when", "say", "x"]), inner, max_size=3),
        ),
        max_leaves=4,
    )


def reshaped(document: dict[str, Any], changes: list[tuple[float, str, Any]]) -> dict[str, Any]:
    """A document in which some places hold something else, or nothing."""
    made = copy.deepcopy(document)
    for share, kind, value in changes:
        places = list(_places(made))
        if not places:
            break
        holder, key = places[int(share * len(places))]
        if kind == "drop":
            del holder[key]
        elif kind == "rename" and isinstance(holder, dict):
            holder[str(value)[:40]] = holder.pop(key)
        elif kind == "double" and isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
        else:
            holder[key] = value
    return made


def _places(value: Any) -> Any:
    for key in list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from _places(value[key])


def documents(*originals: str) -> st.SearchStrategy[bytes]:
    """TOML files: valid ones with other bytes, and ones of other shapes and expressions."""
    kinds = st.sampled_from(["replace", "replace", "drop", "rename", "double"])
    changes = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), kinds, values()), min_size=1, max_size=3)
    shapes = st.builds(reshaped, st.sampled_from([tomllib.loads(o) for o in originals]), changes)
    written = shapes.map(lambda d: toml(d).encode("utf-8", "replace"))
    # In place of an expression another one: most of these pass the first checks.
    swapped = st.builds(_swapped, st.sampled_from(originals), st.floats(0, 1, exclude_max=True), expressions())
    return st.one_of(mutated([o.encode() for o in originals], PIECES, most=2), written, swapped, swapped)


EXPRESSION_KEYS = (
    "passes",
    "fails",
    "applies",
    "value",
    "outcome",
    "rollup",
    "when",
    "size",
    "where",
    "company_name",
    "handle",
)


def _swapped(original: str, share: float, expression: str) -> bytes:
    document = tomllib.loads(original)
    places = [(h, k) for h, k in _places(document) if k in EXPRESSION_KEYS and isinstance(h[k], str)]
    holder, key = places[int(share * len(places))]
    holder[key] = expression
    return toml(document).encode("utf-8", "replace")


@pytest.mark.parametrize("many", SIZES)
def test_a_mapping_of_any_text_and_shape_is_used_or_refused(many: bool, wanted: int | None, worker: Worker) -> None:
    companies = worker.write("mapped.csv", COMPANIES)

    def holds(content: bytes) -> None:
        reply = worker.ask(companies=companies, mapping=worker.write("mapping.toml", content))
        reply.check()

    try_many(documents(MAPPING), holds, many, wanted, 0.1)


@pytest.mark.parametrize("many", SIZES)
def test_a_rule_file_of_any_text_and_shape_is_used_or_refused(many: bool, wanted: int | None, worker: Worker) -> None:
    companies = worker.write("companies.csv", b"company_id,size,readers,tags\na,3,200,x\nb,,,\n")
    accounts = worker.write("accounts.csv", b"company_id,network,status,posts\na,facebook,open,2\n")

    def holds(content: bytes) -> None:
        rules = worker.write("rules.toml", content)
        reply = worker.ask(companies=companies, accounts=accounts, rules=rules)
        reply.check()
        if reply.end == "accepted":
            assert reply.tables["companies"]["scored"] == 2

    try_many(documents(RULES, PARTS), holds, many, wanted, 0.15)


@pytest.mark.parametrize("rules", [RULES, PARTS], ids=["a guideline", "parts"])
def test_what_is_changed_is_a_rule_file_that_works(rules: str, worker: Worker) -> None:
    companies = worker.write("companies.csv", b"company_id,size,readers,tags\na,3,200,x\nb,,,\n")
    reply = worker.ask(companies=companies, rules=worker.write("rules.toml", rules.encode()))
    assert (reply.end, reply.said) == ("accepted", "")


def test_what_is_changed_is_a_mapping_that_works(worker: Worker) -> None:
    mapping = worker.write("mapping.toml", MAPPING.encode())
    reply = worker.ask(companies=worker.write("mapped.csv", COMPANIES), mapping=mapping)
    assert (reply.end, reply.said) == ("accepted", "")
    assert reply.tables["accounts"]["scored"] == 2


def test_an_input_that_takes_too_long_or_ends_the_process_is_found_out() -> None:
    with Worker(seconds=2) as worker:
        assert worker.ask(spin=True).end == "hung"
        assert worker.ask(die=True).end == "crashed"
        test_what_is_changed_is_a_mapping_that_works(worker)
