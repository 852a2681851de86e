"""No expression of a rulebook or mapping reads a file, a setting or the environment, or leaves the process.

Two lines of defence, each tried on its own: what an expression may say, and what the connection may do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pytest

from socialrules import assembly, model
from socialrules.errors import ExpressionError, MappingError, RulebookError
from socialrules.expressions import FUNCTIONS, OPERATORS, _parser, parse, parse_all
from socialrules.quoting import file_text, identifier, text
from socialrules.run import Run, Settings
from socialrules.sources.mapping import MAPPING_FUNCTIONS, load_mapping

from .corner_shop import AS_OF, book, plugin, term, toml
from .hostile import HOSTILE, STATEMENTS

GUIDELINE = """
[[guidelines]]
id = "g"
title = "g"
question = "g?"
role = "ready"
{guideline}
[[guidelines.checks]]
code = "GG-01"
title = "t"
level = "{level}"
severity = "major"
required_at = "core"
why = "why"
advice = "advice"
{check}
"""


def check(field: str, level: str = "shop", more: str = "") -> str:
    """A rule file with one check that has an expression in a field."""
    return GUIDELINE.replace("{check}", f"{more}\n{field}").replace("{level}", level).replace("{guideline}", "")


def of_guideline(field: str) -> str:
    """A rule file with one guideline that has an expression in a field."""
    return GUIDELINE.replace("{check}", 'passes = "TRUE"').replace("{level}", "shop").replace("{guideline}", field)


RANKING = """
[[rankings]]
name = "r"
table = "shelf"
when = "TRUE"
where = "TRUE"
by = "shelf.width"
amount = "shelf.width"
cover = "size"
say = "say"
"""

PLACES = {
    "a check's passes": check("passes = X"),
    "a check's fails": check("fails = X", more='passes = "TRUE"'),
    "a check's applies": check("applies = X", more='passes = "TRUE"'),
    "a check's rollup": check("rollup = X", "shelf", 'passes = "TRUE"'),
    "a check of a child table": check("passes = X", "shelf", "rollup = false"),
    "the condition of an advice": check('advice_if = [{ when = X, say = "s" }]', more='passes = "TRUE"'),
    "the condition of a lean": check('lean = [{ when = X, say = "s" }]', more='passes = "TRUE"'),
    "a guideline's outcome": of_guideline("outcome = X"),
    "a guideline's todo_when": of_guideline("todo_when = X"),
    "a guideline's term": of_guideline('terms = [{ name = "t", level = "shop", value = X }]'),
    "a term": '[[terms]]\nname = "t"\nlevel = "shop"\nvalue = X',
    "a term of a child table": '[[terms]]\nname = "t"\nlevel = "shelf"\nvalue = X',
    "a row of a decision": '[[decisions]]\nname = "d"\nlevel = "shop"\ntitle = "d"\nrows = [{ when = X, then = "a" }]',
    "a revision of a decision": '[[decisions]]\nname = "d"\nlevel = "shop"\ntitle = "d"\n'
    'rows = [{ when = "TRUE", then = "a" }]\nafter = [{ when = X, then = "b" }]',
    "a flag": '[[flags]]\nname = "f"\nlevel = "shop"\nrows = [{ flag = "a", when = X, say = "s" }]',
    "a score's weight": '[[scores]]\nname = "s"\nrole = "ready"\nknown_min = "0"\nweights = { major = X }',
    "a score's known_min": '[[scores]]\nname = "s"\nrole = "ready"\nknown_min = X\nweights = { major = "1" }',
    "a note": '[[notes]]\nname = "n"\nlevel = "shop"\nwhen = X\nsay = "s"',
    "a rule between cells": '[[consistency]]\ntable = "shop"\nholds = X\nblames = ["size"]\nreason = "r"',
    "a rule between parameters": '[[parameter_rules]]\nholds = X\nsay = "s"',
    **{
        f"a ranking's {f}": RANKING.replace(f"{f} = ", f"{f} = X #") for f in ("when", "where", "by", "amount", "cover")
    },
}

FIELDS_TRIED = {
    "passes", "fails", "applies", "rollup", "when", "outcome", "todo_when", "value", "known_min", "weights", "holds",
    "where", "by", "amount", "cover",
}  # fmt: skip


def functions_there_are() -> list[str]:
    """The names of all functions, macros and pragmas of DuckDB, operators among them."""
    return [
        row[0] for row in duckdb.execute("SELECT DISTINCT function_name FROM duckdb_functions() ORDER BY 1").fetchall()
    ]


def let_through(texts: Mapping[str, str], functions: Mapping[str, tuple[int, int | None]]) -> set[str]:
    """The labels of those expressions that are not refused."""
    try:
        return set(parse_all(texts, functions))
    except ExpressionError as error:
        refused = {line.partition(": ")[0] for line in str(error).splitlines()}
    return set(texts) - refused


@pytest.mark.parametrize("functions", [FUNCTIONS, MAPPING_FUNCTIONS], ids=["rules", "mappings"])
def test_of_all_the_functions_of_duckdb_only_those_of_the_list_can_be_called(functions: dict[str, Any]) -> None:
    every = functions_there_are()
    assert len(every) > 500 and {"read_text", "getvariable", "current_setting", "duckdb_settings"} <= set(every)
    arguments = ("", "'x'", "a", "'x', 'y'", "a, b, c", "a, 1, 2, 3", "*")
    calls = {
        f"{n}/{i}": f"{quoted}({given})"
        for n, name in enumerate(every)
        for i, (quoted, given) in enumerate(
            (q, g) for q in {identifier(name), '"' + name.replace('"', '""') + '"', name.upper()} for g in arguments
        )
    }
    allowed = {every[int(label.partition("/")[0])] for label in let_through(calls, functions)}
    assert allowed <= set(functions) | set(OPERATORS) | {"list_value"}


@pytest.mark.parametrize("shape", ['main."{}"(a)', 'system.main."{}"(a)', "'x'.\"{}\"()", 'a."{}"(1)'])
def test_no_function_can_be_called_with_a_schema_or_as_a_method(shape: str) -> None:
    calls = {str(n): shape.format(name) for n, name in enumerate(functions_there_are()) if '"' not in name}
    assert len(calls) > 500
    through = {functions_there_are()[int(n)] for n in let_through(calls, FUNCTIONS)}
    # ``'x'.abs()`` is another way to write ``abs('x')``.
    assert through <= (set(FUNCTIONS) | set(OPERATORS) | {"list_value"} if shape.startswith("'x'") else set())


@pytest.mark.parametrize("expression", HOSTILE)
def test_a_hostile_expression_is_refused_in_a_term(expression: str) -> None:
    # A name that nothing has is a mistake in the rulebook; everything else is refused as an expression.
    with pytest.raises(RulebookError):
        book(term("it", expression))


@pytest.mark.parametrize("place", PLACES)
def test_a_place_takes_an_expression_and_refuses_a_hostile_one(place: str) -> None:
    def load(expression: str) -> None:
        book(plugin(toml(PLACES[place].replace("X", json.dumps(expression, ensure_ascii=False), 1)), "hostile"))

    fine = (
        "shelf.width"
        if "'s by" in place or "'s amount" in place
        else "1"
        if "score" in place or "cover" in place
        else "TRUE"
    )
    load(fine)
    for expression in (
        "getenv('HOME')",
        "(FROM '/etc/passwd')",
        "current_setting('x') = 'y'",
        "1); ATTACH 'x.db' --",
        "now()",
    ):
        with pytest.raises(ExpressionError, match=r"hostile\.toml|score|consistency|rule"):
            load(expression)


def test_every_field_of_a_rule_that_holds_an_expression_is_read_by_the_checker() -> None:
    # From the source: to pydantic an ``Expression`` and a ``Text`` are the same.
    source = Path(str(model.__file__)).read_text(encoding="utf-8")
    found = set(re.findall(r"^    (\w+): .*\bExpression\b", source, re.MULTILINE))
    assert found == FIELDS_TRIED
    assert found - {"weights"} <= assembly.EXPRESSION_FIELDS


MAPPED = {"a fact": "size", "a reason": "size__why", "a key": "shop_id", "where": "where"}


@pytest.mark.parametrize("place", MAPPED)
@pytest.mark.parametrize(
    "expression", ["getenv('HOME')", "(FROM '/etc/passwd')", "content FROM read_text('/etc/passwd')", "now()"]
)
def test_a_hostile_expression_is_refused_in_a_mapping(place: str, expression: str, tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text(f"[shops]\n{MAPPED[place]} = {json.dumps(expression, ensure_ascii=False)}\n", encoding="utf-8")
    with pytest.raises(MappingError):
        load_mapping(path, book().assembly.tables)


@pytest.mark.slow
def test_a_mapping_refuses_every_hostile_expression(tmp_path: Path) -> None:
    """Refused when it is read, or, where it names a column that is not there, when it is applied."""
    shops = tmp_path / "shops.csv"
    shops.write_text("shop_id,size\ns0,1\n", encoding="utf-8")
    through = []
    for number, expression in enumerate(HOSTILE):
        path = tmp_path / f"map{number}.toml"
        path.write_text(f"[shops]\nowner = {json.dumps(expression, ensure_ascii=False)}\n", encoding="utf-8")
        try:
            mapping = load_mapping(path, book().assembly.tables)
        except MappingError:
            continue
        with Run(book(), Settings(AS_OF), tmp_path / f"work{number}") as run, pytest.raises(MappingError):
            (tmp_path / f"work{number}").mkdir(exist_ok=True)
            run.open({"shops": str(shops)}, mapping)
            through.append(expression)
    assert through == []


class Locked(NamedTuple):
    """The connection of a run as it is when rules are evaluated, with one input, and the folder of all this."""

    con: duckdb.DuckDBPyConnection
    folder: Path


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Locked]:
    folder = tmp_path_factory.mktemp("locked")
    (folder / "secret.csv").write_text("a\n1\n", encoding="utf-8")
    (folder / "work").mkdir()
    duckdb.execute(f"COPY (SELECT 's0' AS shop_id) TO {text(str(folder / 'shops.parquet'))}")
    duckdb.execute(f"COPY (SELECT 's0' AS shop_id) TO {text(str(folder / 'other.parquet'))}")
    with Run(book(), Settings(AS_OF), folder / "work") as run:
        run.prepare(run.open({"shops": str(folder / "shops.parquet")}))
        yield Locked(run.con, folder)


@pytest.mark.parametrize("statement", STATEMENTS.strip().splitlines())
def test_the_locked_connection_reaches_nothing_else(statement: str, locked: Locked) -> None:
    frame_of_python = duckdb.sql("SELECT 1 AS a").to_arrow_table()
    before = sorted(locked.folder.rglob("*"))
    with pytest.raises(duckdb.Error):
        locked.con.execute(statement.replace("{d}", str(locked.folder)))
    assert sorted(locked.folder.rglob("*")) == before and frame_of_python.num_rows == 1
    assert not Path("/tmp/socialrules-lock.csv").exists()


def test_the_locked_connection_still_reads_its_input_and_writes_in_its_work_folder(locked: Locked) -> None:
    source, target = locked.folder / "shops.parquet", locked.folder / "work" / "x.parquet"
    assert locked.con.execute(f"FROM read_parquet({file_text(source)})").fetchall() == [("s0",)]
    locked.con.execute(f"COPY (SELECT 1) TO {text(str(target))}")
    assert target.exists()


KNOWN_BY_ITSELF = ["current_setting('temp_directory')", "version()", "getvariable('x')", "current_database()"]


@pytest.mark.parametrize("ask", KNOWN_BY_ITSELF)
def test_what_the_lock_cannot_hide_the_list_of_functions_does(ask: str, locked: Locked) -> None:
    assert locked.con.execute(f"SELECT {ask}").fetchone() is not None
    with pytest.raises(ExpressionError):
        parse(ask)


def test_the_connection_that_parses_is_locked_too(tmp_path: Path) -> None:
    # Rules between parameters are evaluated on it.
    for statement in (
        "FROM read_text('/etc/passwd')",
        f"COPY (SELECT 1) TO '{tmp_path}/x.csv'",
        "SET threads = 2",
        "LOAD httpfs",
    ):
        with pytest.raises(duckdb.Error):
            _parser().execute(statement)


class _Watching:
    """A connection that notes the state of the lock whenever a statement holds a word of a rule or mapping."""

    def __init__(self, con: duckdb.DuckDBPyConnection, word: str) -> None:
        self.con, self.word = con, word
        self.seen: list[bool] = []

    def execute(self, statement: str, *arguments: Any) -> Any:
        if self.word in statement:
            settings = ("lock_configuration", "enable_external_access")
            row = self.con.execute(f"SELECT {', '.join(f'current_setting({text(s)})' for s in settings)}").fetchone()
            self.seen.append(row == (True, False))
        return self.con.execute(statement, *arguments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.con, name)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_no_expression_of_a_rule_or_mapping_runs_before_the_lock(kind: str, tmp_path: Path) -> None:
    source = tmp_path / f"shops.{kind}"
    duckdb.execute(f"COPY (SELECT 's0' AS id, 4 AS size) TO {text(str(source))}")
    path = tmp_path / "map.toml"
    path.write_text("[shops]\nshop_id = \"concat(id, 'watched')\"\nwhere = \"id <> 'watched'\"\n", encoding="utf-8")
    rules = book(term("it", "owner = 'watched'"))
    (tmp_path / "work").mkdir()
    with Run(rules, Settings(AS_OF), tmp_path / "work") as run:
        watching = _Watching(run.con, "watched")
        run.con = watching  # type: ignore[assignment]
        plan = run.open({"shops": str(source)}, load_mapping(path, rules.assembly.tables))
        run.prepare(plan)
        run.run_part(plan, 0)
    assert watching.seen and all(watching.seen)
