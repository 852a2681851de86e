"""What may be written in a rule, and what may not."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from socialrules.errors import ExpressionError
from socialrules.expressions import (
    MAX_DEPTH,
    MAX_LENGTH,
    NULL,
    TRUE,
    Call,
    Case,
    Listing,
    Literal,
    Name,
    Operation,
    ParameterRef,
    names_in,
    parameters_in,
    parse,
    parse_all,
    walk,
)

A, B, ONE, TWO, X = Name(None, "a"), Name(None, "b"), Literal(1.0), Literal(2.0), Literal("x")

ALLOWED = {
    "a": A,
    "shelf.a": Name("shelf", "a"),
    '"a b"': Name(None, "a b"),
    "$low": ParameterRef("low"),
    "1": ONE,
    "0.5": Literal(0.5),
    "1e3": Literal(1000.0),
    "12345678901234567890": Literal(12345678901234567890.0),
    "'x'": X,
    "'it''s'": Literal("it's"),
    "TRUE": TRUE,
    "false": Literal(False),
    "NULL": NULL,
    "a AND b AND a": Operation("AND", (A, B, A)),
    "a OR b": Operation("OR", (A, B)),
    "a OR b AND a": Operation("OR", (A, Operation("AND", (B, A)))),
    "NOT a": Operation("NOT", (A,)),
    "a = 'x'": Operation("=", (A, X)),
    "a <> 1": Operation("<>", (A, ONE)),
    "a != 1": Operation("<>", (A, ONE)),
    "a < 1": Operation("<", (A, ONE)),
    "a <= 1": Operation("<=", (A, ONE)),
    "a > 1": Operation(">", (A, ONE)),
    "a >= 1": Operation(">=", (A, ONE)),
    "a IN (1, 2)": Operation("IN", (A, ONE, TWO)),
    "a NOT IN (1)": Operation("NOT", (Operation("IN", (A, ONE)),)),
    "a BETWEEN 1 AND 2": Operation("AND", (Operation(">=", (A, ONE)), Operation("<=", (A, TWO)))),
    "a IS NULL": Operation("IS NULL", (A,)),
    "a IS NOT NULL": Operation("IS NOT NULL", (A,)),
    "a IS DISTINCT FROM b": Operation("IS DISTINCT FROM", (A, B)),
    "a IS TRUE": Operation("IS NOT DISTINCT FROM", (A, TRUE)),
    "a IS NOT TRUE": Operation("IS DISTINCT FROM", (A, TRUE)),
    "a IS FALSE": Operation("IS NOT DISTINCT FROM", (A, Literal(False))),
    "CASE WHEN a THEN 1 ELSE 2 END": Case(((A, ONE),), TWO),
    "CASE WHEN a THEN 1 END": Case(((A, ONE),), NULL),
    "CASE a WHEN 'x' THEN 1 END": Case(((Operation("=", (A, X)), ONE),), NULL),
    "a + 1": Operation("+", (A, ONE)),
    "a - 1": Operation("-", (A, ONE)),
    "a * 1": Operation("*", (A, ONE)),
    "a / 1": Operation("/", (A, ONE)),
    "-a": Operation("-", (A,)),
    "coalesce(a, b)": Operation("COALESCE", (A, B)),
    "['x', 'y']": Listing(("x", "y")),
    "ABS(a)": Call("abs", (A,)),
    "any_of(shelf, TRUE, shelf.a)": Call("any_of", (Name(None, "shelf"), TRUE, Name("shelf", "a"))),
    "first_of(shelf, a, b, -a, b)": Call("first_of", (Name(None, "shelf"), A, B, Operation("-", (A,)), B)),
}

REFUSED = {
    # expression: a word that the message must hold
    "(SELECT 1)": "subquery",
    "EXISTS (SELECT 1)": "subquery",
    "a IN (SELECT 1)": "subquery",
    "a = ANY(['x'])": "subquery",
    "(TABLE a)": "subquery",
    "(VALUES (1))": "subquery",
    "*": "star",
    "a.*": "star",
    "COLUMNS('a')": "star",
    "row_number() OVER ()": "window",
    "sum(a) OVER (PARTITION BY b)": "window",
    "a -> a + 1": "lambda",
    "list_filter(a, lambda v: v > 1)": "lambda",
    "[v FOR v IN a]": "lambda",
    "CAST(a AS INTEGER)": "cast",
    "TRY_CAST(a AS INTEGER)": "cast",
    "a::VARCHAR": "cast",
    "a::BOOLEAN": "cast",
    "TRY_CAST(a AS BOOLEAN)": "cast",
    "DATE '2024-01-01'": "cast",
    "INTERVAL 1 DAY": "cast",
    "a COLLATE nocase = 'x'": "collate",
    "main.abs(1)": "schema",
    "system.main.abs(1)": "schema",
    "a.upper()": "schema",
    "read_csv('/etc/passwd')": "read_csv",
    "read_text('/etc/passwd')": "read_text",
    "getenv('HOME')": "getenv",
    "repeat('a', 1000000000)": "repeat",
    "range(1000000000)": "range",
    "current_setting('threads')": "current_setting",
    "now()": "now",
    "random()": "random",
    "error('x')": "error",
    "count(*)": "count_star",
    "sum(a)": "sum",
    "unnest(a)": "unnest",
    "a LIKE 'x'": "~~",
    "a || 'x'": "concat",
    "a % 2": "%",
    "nullif(a, 1)": "nullif",
    "if(a, 1, 2)": "if",
    "row(1, 2)": "row",
    "(1, 2)": "row",
    "all_pass(DISTINCT a)": "DISTINCT",
    "abs(a) FILTER (WHERE b)": "FILTER",
    "abs(x := 1)": "named arguments",
    "{'a': 1}": "named arguments",
    "abs()": "abs takes 1",
    "abs(1, 2)": "abs takes 1",
    "all_pass()": "1 or more",
    "first_of(shelf, a, b)": "4 or more",
    "[1, 2]": "constant texts",
    "[a]": "constant texts",
    "a[1]": "array extract",
    "x'ab'": "hex",
    "1e999": "out of range",
    "try(a)": "operator try",
    "DEFAULT": "default",
    "a.b.c": "too many dots",
    "1 < a < 3": "Chained comparisons",
    "1; DROP TABLE a": "no SQL expression",
    "1); SELECT (2": "not one plain expression",
    "1) FROM a --": "no SQL expression",
    "1) UNION (SELECT 2": "not one plain expression",
    "1 AS a": "no SQL expression",
    "1) AS a, (2": "not one plain expression",
    "#1": "positional reference",
    "1 ORDER BY 1": "no SQL expression",
    "1 LIMIT 1": "no SQL expression",
    "a AND": "no SQL expression",
    "/* never closed": "no SQL expression",
    "'never closed": "no SQL expression",
    "'a\0b'": "NUL",
    "\0": "NUL",
}

LONG = {
    "a list of values": f"a IN ({', '.join(['1'] * 5000)})",
    "many conditions": " AND ".join(["a"] * 3000),
    "many sums": "+".join(["1"] * 9000),
    "many minuses": "- " * 9000 + "1",
    "many NOTs": "NOT " * 4900 + "a",
    "many comparisons": "a" + " = a" * 4000,
    "many CASEs": "CASE WHEN a THEN 1 ELSE " * 700 + "1" + " END" * 700,
    "many casts": "a" + "::BOOLEAN" * 2000,
    "many dots": "a" + ".a" * 9000,
    "many subscripts": "a" + "[1]" * 6000,
    "many lambdas": "a -> " * 3000 + "a",
    "open brackets": "(" * 19_000,
    "open lists": "[" * 19_000,
    "closed brackets": ")" * 19_000,
    "functions": "abs(" * 4000 + "1" + ")" * 4000,
    "subqueries": "(SELECT " * 1000 + "1" + ")" * 1000,
    "open comments": "/*" * 9000,
    "quotes": "'" * 19_999,
    "dollars": "$" * 19_999,
    "digits": "9" * 19_999,
    "semicolons": ";" * 19_999,
}


@pytest.mark.parametrize("text", ALLOWED)
def test_what_the_guide_allows_becomes_the_tree_it_says(text: str) -> None:
    assert parse(text) == ALLOWED[text]


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_not_on_the_list_is_refused_by_name(text: str) -> None:
    with pytest.raises(ExpressionError) as error:
        parse(text)
    assert REFUSED[text] in str(error.value)


def test_an_unknown_function_is_answered_with_those_there_are() -> None:
    with pytest.raises(ExpressionError, match=r"the function readcsv .*: abs, all_of, .*undecided"):
        parse("readcsv('x')")


@pytest.mark.parametrize("text", ["", "   ", "-- nothing", "/* nothing */"])
def test_nothing_is_no_expression(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse(text)


@pytest.mark.parametrize("text", ["a + /* the rest */ 1", "a -- the first\n+ 1", "a + 1 -- the end", "a + 1 --"])
def test_a_comment_cannot_swallow_the_closing_bracket(text: str) -> None:
    assert parse(text) == Operation("+", (A, ONE))


@pytest.mark.parametrize("text", ["1) -- FROM a", "1 /*", "1 -- */ /*\n) FROM a --"])
def test_a_comment_cannot_smuggle_a_bracket(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse(text)


def test_brackets_inside_a_text_are_no_nesting() -> None:
    assert parse(f"a = '{'(' * (MAX_DEPTH + 1)}'") == Operation("=", (A, Literal("(" * (MAX_DEPTH + 1))))


def test_an_expression_may_be_as_long_and_deep_as_the_limits_say() -> None:
    padded = f"a{' ' * (MAX_LENGTH - 1)}"
    assert parse(padded) == A
    with pytest.raises(ExpressionError, match="longer than 20,000 characters"):
        parse(f"{padded} ")
    assert sum(isinstance(n, Call) for n in walk(parse("abs(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH))) == MAX_DEPTH
    with pytest.raises(ExpressionError, match=f"{MAX_DEPTH + 1} deep; {MAX_DEPTH} is the most"):
        parse("abs(" * (MAX_DEPTH + 1) + "a" + ")" * (MAX_DEPTH + 1))
    with pytest.raises(ExpressionError, match=f"nested more than {MAX_DEPTH} deep"):
        parse("NOT " * (MAX_DEPTH + 1) + "a")


def test_long_and_deep_input_neither_hangs_nor_crashes() -> None:
    # In a process of its own, because a crash of the parser would take the tests with it.
    script = """
import sys
from core.test_expressions import LONG
from socialrules.errors import ExpressionError
from socialrules.expressions import parse
for name, text in LONG.items():
    try:
        parse(text)
    except ExpressionError:
        pass
    print(name)
"""
    path = [p for p in sys.path if p]
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {path!r}\n{script}"],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == list(LONG)


def test_the_refusal_of_a_long_expression_is_short() -> None:
    lengths = {}
    for name, text in LONG.items():
        try:
            parse(text)
        except ExpressionError as error:
            lengths[name] = len(str(error))
    assert lengths and {name: length for name, length in lengths.items() if length > 1000} == {}


def test_half_a_character_is_refused() -> None:
    with pytest.raises(ExpressionError):
        parse("a = '\ud83d'")


PIECES = """
a b shelf.a $p 1 0.5 'x' '' ['x'] NULL TRUE ( ) , ; . * + - / = <> <= >= AND OR NOT IN BETWEEN IS NULL CASE WHEN THEN
ELSE END COALESCE( abs( any_of( all_pass( [ ] { } : :: -> := || $ $$ # ? -- /* */ ' " \\ SELECT FROM VALUES OVER FILTER
COLLATE CAST( AS LIKE ESCAPE EXISTS INTERVAL DATE EXTRACT( LAMBDA x'0' e'\\ 1e9 DISTINCT ORDER BY
"""
PIECED = st.lists(st.sampled_from(PIECES.split()), max_size=12)


@settings(max_examples=400)
@example("")
@example("'")
@example("a\r\n--")
@example("\u200b\ufeff\u2028")
@given(st.text(max_size=60) | PIECED.map(" ".join) | PIECED.map("".join))
def test_any_text_is_either_a_tree_or_an_expression_error(text: str) -> None:
    try:
        tree = parse(text)
    except ExpressionError as error:
        assert str(error)
    else:
        assert all(isinstance(n, Literal | Name | ParameterRef | Operation | Case | Call | Listing) for n in walk(tree))


def test_of_many_expressions_every_bad_one_is_reported_with_its_place() -> None:
    with pytest.raises(ExpressionError) as error:
        parse_all({"here": "now()", "fine": "1", "there": "(SELECT 1)", "yonder": "x" * (MAX_LENGTH + 1)})
    lines = sorted(str(error.value).splitlines())
    assert [line.partition(":")[0] for line in lines] == ["here", "there", "yonder"]


def test_the_same_text_in_two_places_is_parsed_for_both() -> None:
    assert parse_all({"one": "a + 1", "two": "a + 1"}) == dict.fromkeys(("one", "two"), Operation("+", (A, ONE)))


def test_names_and_parameters_are_listed_once_in_order() -> None:
    tree = parse("b > $q AND CASE WHEN a THEN shelf.b ELSE b END = $p + $q")
    assert names_in(tree) == [B, A, Name("shelf", "b")]
    assert parameters_in(tree) == ["q", "p"]
