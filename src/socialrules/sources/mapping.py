"""A mapping file: how the columns of somebody's data become facts.

```toml
[companies]                      # a table, by the name of its input
from = "companies"               # the input its rows come from; by default its own
company_id = "id"                # a fact: an expression over the source's columns
industry = "lower(category)"
keep_names = true                # columns that are named like facts feed them (the default)

[accounts]
from = "companies"               # one source can feed several tables
each = ["facebook", "instagram"] # a row for every filled cell of these columns
company_id = "id"
network = "cell"                 # the cell itself; `cell_column` is the name of its column
url = "cell"
status = "'open'"
where = "cell IS NOT NULL"
```

Column names that are no plain words are written in double quotes: ``'"Company Name"'``.
"""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb

from socialrules.errors import ExpressionError, MappingError, did_you_mean
from socialrules.expressions import (
    Call,
    Case,
    Listing,
    Literal,
    Name,
    Node,
    Operation,
    ParameterRef,
    names_in,
    parameters_in,
    parse_all,
)
from socialrules.loading import read_toml
from socialrules.model import Table
from socialrules.quoting import identifier, number, text, texts
from socialrules.sources.cells import base_type
from socialrules.sources.fingerprints import Stamp, stamp
from socialrules.sources.headers import EXTRA
from socialrules.sources.inputs import Input, open_staged
from socialrules.sources.layout import Layout
from socialrules.sources.markers import written_list
from socialrules.sources.staging import copy_staged

MAPPING_FUNCTIONS: dict[str, tuple[int, int | None]] = {
    "lower": (1, 1), "upper": (1, 1), "trim": (1, 1), "length": (1, 1), "replace": (3, 3), "concat": (1, None),
    "starts_with": (2, 2), "ends_with": (2, 2), "contains": (2, 2), "split_part": (3, 3), "substring": (3, 3),
    "regexp_extract": (2, 3), "regexp_matches": (2, 2), "regexp_replace": (3, 3), "strip_accents": (1, 1),
    "abs": (1, 1), "round": (1, 2), "floor": (1, 1), "ceil": (1, 1), "nullif": (2, 2), "to_number": (1, 1), "to_text": (1, 1),
}  # fmt: skip
"""Functions that mapping expressions may use: the number of arguments each takes."""

OPTIONS = ("from", "each", "where", "keep_names")
CELL, CELL_COLUMN = "cell", "cell_column"


@dataclass(frozen=True, slots=True)
class TableMapping:
    """How the rows of one table come about.

    Attributes:
        table: the plural of the table.
        source: the input that its rows come from.
        facts: expression by fact.
        each: columns of which every filled cell makes a row.
        where: only source rows (or cells) for which this holds.
        keep_names: columns named like facts feed them too.
    """

    table: str
    source: str
    facts: MappingType[str, Node]
    each: tuple[str, ...] = ()
    where: Node | None = None
    keep_names: bool = True


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping file, read and checked as far as that goes without the data.

    ``stamp`` tells whether the file has changed since it was read. ``layouts``: where in its files
    the table of an input lies, by the name of the input.
    """

    path: Path
    tables: tuple[TableMapping, ...]
    stamp: Stamp
    layouts: MappingType[str, Layout] = field(default_factory=dict)


def load_mapping(path: Path, tables: MappingType[str, Table]) -> Mapping:
    """Reads a mapping file.

    Args:
        path: the TOML file.
        tables: the tables of the rulebook, by name.

    Raises:
        MappingError: naming file, table and fact of everything that is wrong.
    """
    document, before = _read(path)
    by_plural = {t.plural: t for t in tables.values()}
    problems: list[str] = []
    expressions: dict[str, str] = {}
    for plural, section in document.items():
        if plural not in by_plural or not isinstance(section, dict):
            problems.append(f"{path}: there is no table {plural}.{did_you_mean(plural, by_plural)}")
            continue
        facts = {f.name for f in by_plural[plural].facts}
        for key, value in section.items():
            if key in OPTIONS and key != "where":
                continue
            if key != "where" and key.removesuffix("__why") not in facts:
                problems.append(f"{path}: [{plural}] has no fact {key}.{did_you_mean(key, facts)}")
            elif not isinstance(value, str):
                problems.append(f"{path}: [{plural}] {key} must be an expression in quotes, not {value!r}")
            else:
                expressions[f"{path}: [{plural}] {key}"] = value
    if problems:
        raise MappingError("\n".join(problems))
    try:
        parsed = parse_all(expressions, MAPPING_FUNCTIONS)
    except ExpressionError as error:
        raise MappingError(str(error)) from None
    for where, tree in parsed.items():
        if parameters_in(tree):
            raise MappingError(f"{where}: ${parameters_in(tree)[0]} has no place in a mapping; write the number itself")
    return Mapping(path.absolute(), tuple(_table_mapping(path, p, s, parsed) for p, s in document.items()), before)


def _read(path: Path) -> tuple[dict[str, Any], Stamp]:
    # A file that is not there is the reading's to complain about.
    before = stamp(path) if path.exists() else None
    document = read_toml(path, MappingError)
    return document, before or stamp(path)


def _table_mapping(path: Path, plural: str, section: dict[str, Any], parsed: MappingType[str, Node]) -> TableMapping:
    each = section.get("each", [])
    if not isinstance(each, list) or not all(isinstance(c, str) for c in each):
        raise MappingError(f"{path}: [{plural}] each must be a list of column names")
    keep_names = section.get("keep_names", True)
    if not isinstance(keep_names, bool):
        raise MappingError(f"{path}: [{plural}] keep_names must be true or false")
    facts = {k: parsed[f"{path}: [{plural}] {k}"] for k in section if k not in OPTIONS}
    where = parsed[f"{path}: [{plural}] where"] if "where" in section else None
    return TableMapping(plural, str(section.get("from", plural)), facts, tuple(each), where, keep_names)


def apply_mapping(
    con: duckdb.DuckDBPyConnection,
    mapping: Mapping,
    inputs: MappingType[str, Input],
    tables: MappingType[str, Table],
    work: Path,
    keep: Sequence[str] = (),
) -> dict[str, Input]:
    """The inputs with every mapped table staged under the names of its facts.

    Each staged row remembers the file and record it came from. ``keep``: columns of the sources
    that are carried along.

    Raises:
        MappingError: an input or a column that the mapping names is not there.
    """
    by_plural = {t.plural: t for t in tables.values()}
    mapped = dict(inputs)
    for entry in mapping.tables:
        source = inputs.get(entry.source)
        if source is None:
            raise MappingError(
                f"{mapping.path}: [{entry.table}] takes its rows from {entry.source}, which is not among the inputs."
            )
        query = _query(mapping.path, entry, source, by_plural[entry.table], keep)
        path = work / f"{entry.table}-mapped.parquet"
        copy_staged(con, query, path, f"{mapping.path}: [{entry.table}]")
        mapped[entry.table] = open_staged(con, path, _renamed(source, entry.table))
    return mapped


def _renamed(source: Input, name: str) -> Input:
    return replace(source, name=name)


def _query(path: Path, entry: TableMapping, source: Input, table: Table, keep: Sequence[str]) -> str:
    where = f"{path}: [{entry.table}]"
    for column in entry.each:
        if column not in source.columns:
            raise MappingError(
                f"{where} each: {source.shown[0]} has no column {column}.{did_you_mean(column, source.columns)}"
            )
    own = {CELL, CELL_COLUMN} if entry.each else set()
    for fact, tree in [*entry.facts.items(), *([("where", entry.where)] if entry.where else [])]:
        for name in names_in(tree):
            if name.scope is not None or (name.name not in source.columns and name.name not in own):
                shown = f"{name.scope}.{name.name}" if name.scope else name.name
                raise MappingError(
                    f"{where} {fact}: {source.shown[0]} has no column {shown}.{did_you_mean(shown, source.columns)}"
                )
    named = {f.name for f in table.facts} if entry.keep_names and not entry.each else set()
    taken = [c for c in source.columns if c.removesuffix("__why") in named and c not in entry.facts]
    columns = [f"{_sql(tree)} AS {identifier(fact)}" for fact, tree in entry.facts.items()]
    # What a row has beyond the header goes along: such a row is left out, mapped or not.
    kept = [c for c in (*keep, EXTRA) if c in source.columns and c not in taken and c not in entry.facts]
    columns += [identifier(c) for c in (*taken, *kept)]
    trees = [*entry.facts.values(), *([entry.where] if entry.where else [])]
    read = [n.name for tree in trees for n in names_in(tree) if n.name in source.columns]
    rows = source.scan(columns=list(dict.fromkeys([*read, *entry.each, *taken, *kept])))
    if entry.each:
        cells = ", ".join(_values_of(c, source.columns[c]) for c in entry.each)
        rows = (
            f"SELECT * EXCLUDE (pair), pair.c AS {CELL_COLUMN}, pair.v AS {CELL} FROM (\n"
            f"SELECT *, unnest(flatten([{cells}])) AS pair FROM ({rows})\n) WHERE trim(pair.v) <> ''"
        )
    condition = f" WHERE {_sql(entry.where)}" if entry.where else ""
    return f"SELECT {', '.join(columns)}, _file, _row FROM ({rows}) AS source{condition}"


def _values_of(column: str, kind: str) -> str:
    """SQL of the values of a cell, each with the name of its column: one, or those of the list that it holds."""
    cell = f"{identifier(column)}::VARCHAR"
    held = f"coalesce({cell}[], [])" if base_type(kind) == "LIST" else written_list(f"trim({cell})", f"[{cell}]")
    return f"list_transform({held}, lambda v: {{'c': {text(column)}, 'v': v}})"


def _sql(node: Node) -> str:
    """A mapping expression as SQL; its names are columns of the source."""
    match node:
        case Literal(None):
            return "NULL"
        case Literal(bool(value)):
            return "TRUE" if value else "FALSE"
        case Literal(str(value)):
            return text(value)
        case Literal(value):
            return number(float(value or 0))
        case Listing(values):
            return f"[{texts(values)}]"
        case Name(_, name):
            return identifier(name)
        case ParameterRef(name):
            raise MappingError(f"${name} has no place in a mapping")
        case Case(branches, otherwise):
            return f"CASE {' '.join(f'WHEN {_sql(w)} THEN {_sql(t)}' for w, t in branches)} ELSE {_sql(otherwise)} END"
        case Call("to_number", (value,)):
            return f"TRY_CAST({_sql(value)} AS DOUBLE)"
        case Call("to_text", (value,)):
            return f"({_sql(value)})::VARCHAR"
        case Call("||", arguments):
            return "(" + " || ".join(f"({_sql(a)})::VARCHAR" for a in arguments) + ")"
        case Call(function, arguments):
            return f"{function}({', '.join(_sql(a) for a in arguments)})"
        case Operation(operator, operands):
            return _operation(operator, [f"({_sql(o)})" for o in operands])


def _operation(operator: str, operands: list[str]) -> str:
    if operator == "NOT":
        return f"NOT {operands[0]}"
    if operator in ("IS NULL", "IS NOT NULL"):
        return f"{operands[0]} {operator}"
    if operator == "COALESCE":
        return f"coalesce({', '.join(operands)})"
    if operator == "IN":
        return f"{operands[0]} IN ({', '.join(operands[1:])})"
    if operator == "-" and len(operands) == 1:
        return f"-{operands[0]}"
    if operator == "/":
        return f"{operands[0]} / nullif({operands[1]}, 0)"
    return f" {operator} ".join(operands)
