"""A mapping file: how the columns of somebody's data become facts.

```toml
[sources.companies]              # how an input is read; see ``sections``
decimal = ","
columns."Q 1".missing = { refused = [-9] }

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

from collections.abc import Iterable
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from socialrules.errors import ExpressionError, MappingError, did_you_mean
from socialrules.expressions import Name, Node, names_in, parameters_in, parse_all
from socialrules.loading import read_toml
from socialrules.model import DONT_KNOW, Fact, Table
from socialrules.sources.codebookfiles import CodebookFile, read_codebook
from socialrules.sources.fingerprints import Stamp, stamp
from socialrules.sources.layout import FOUND, Layout
from socialrules.sources.sections import ANSWERS, SourceSection, read_section

MAPPING_FUNCTIONS: dict[str, tuple[int, int | None]] = {
    "lower": (1, 1), "upper": (1, 1), "trim": (1, 1), "length": (1, 1), "replace": (3, 3), "concat": (1, None),
    "starts_with": (2, 2), "ends_with": (2, 2), "contains": (2, 2), "split_part": (3, 3), "substring": (3, 3),
    "regexp_extract": (2, 3), "regexp_matches": (2, 2), "regexp_replace": (3, 3), "strip_accents": (1, 1),
    "abs": (1, 1), "round": (1, 2), "floor": (1, 1), "ceil": (1, 1), "nullif": (2, 2), "to_number": (1, 1), "to_text": (1, 1),
}  # fmt: skip
"""Functions that mapping expressions may use: the number of arguments each takes."""

OPTIONS = ("from", "each", "where", "keep_names")
SOURCES = "sources"
"""The part of the file that says how the inputs are read."""


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
        whole: the columns that feed no fact come along too, as where there is no mapping.
    """

    table: str
    source: str
    facts: MappingType[str, Node]
    each: tuple[str, ...] = ()
    where: Node | None = None
    keep_names: bool = True
    whole: bool = False


@dataclass(frozen=True, slots=True)
class SourceMapping:
    """How an input is read.

    Attributes:
        section: what the mapping file says.
        codebook: what the codebook's file says that it names.
        asked: by list, the expression that tells whether its question was put.
    """

    section: SourceSection
    codebook: CodebookFile
    asked: MappingType[str, Node]


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping file, read and checked as far as that goes without the data.

    Attributes:
        path: the file.
        tables: how the rows of tables come about.
        stamp: tells whether the file has changed since it was read.
        layouts: where in its files the table of an input lies, by the name of the input; also of ``answers``.
        sources: how inputs are read, by the name of the input.
        codebooks: the files of codebooks, with their stamps.
    """

    path: Path
    tables: tuple[TableMapping, ...]
    stamp: Stamp
    layouts: MappingType[str, Layout] = field(default_factory=dict)
    sources: MappingType[str, SourceMapping] = field(default_factory=dict)
    codebooks: MappingType[Path, Stamp] = field(default_factory=dict)

    @property
    def stamps(self) -> dict[Path, Stamp]:
        """The stamps of all files that the mapping consists of."""
        return {self.path: self.stamp, **self.codebooks}


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
    sections = _sections(path, document.pop(SOURCES, {}), by_plural, problems)
    layouts = {name: said.layout for name, said in sections.items() if said.layout != FOUND}
    sections.pop(ANSWERS, None)
    for name, said in sections.items():
        for made, entry in said.lists.items():
            if entry.asked is not None:
                expressions[_asked(path, name, made)] = entry.asked
    for plural, section in document.items():
        if plural not in by_plural or not isinstance(section, dict):
            problems.append(f"{path}: there is no table {plural}.{did_you_mean(plural, by_plural)}")
            continue
        facts = {f.name for f in by_plural[plural].facts}
        for key, value in section.items():
            if key == "from" and not (isinstance(value, str) and value in by_plural):
                problems.append(
                    f"{path}: [{plural}] from: there is no input {value}.{did_you_mean(str(value), by_plural)}"
                )
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
    entries = tuple(_table_mapping(path, p, s, parsed) for p, s in document.items())
    sources, codebooks = _sources(path, sections, parsed)
    _check_values(path, entries, sections, by_plural)
    return Mapping(path.absolute(), entries, before, layouts, sources, codebooks)


def _sections(
    path: Path, document: Any, by_plural: MappingType[str, Table], problems: list[str]
) -> dict[str, SourceSection]:
    """The parts ``[sources.X]``; what is wrong with them is added to the problems."""
    found = {}
    if not isinstance(document, dict):
        problems.append(
            f"{path}: [{SOURCES}] must hold a table for each input, such as [{SOURCES}.{next(iter(by_plural))}]"
        )
        return {}
    for name, section in document.items():
        inputs = [*by_plural, ANSWERS]
        if name not in inputs:
            problems.append(f"{path}: [{SOURCES}.{name}]: there is no input {name}.{did_you_mean(name, inputs)}")
            continue
        try:
            found[name] = read_section(section, f"{path}: [{SOURCES}.{name}]")
        except MappingError as error:
            problems.append(str(error))
            continue
        if name == ANSWERS:
            problems += [
                f"{path}: [{SOURCES}.{name}] {key}: of answers, only sheet and header can be said."
                for key in section
                if key not in ("sheet", "header")
            ]
    return found


def _asked(path: Path, source: str, made: str) -> str:
    return f"{path}: [{SOURCES}.{source}] lists, {made}, asked"


def _sources(
    path: Path, sections: MappingType[str, SourceSection], parsed: MappingType[str, Node]
) -> tuple[dict[str, SourceMapping], dict[Path, Stamp]]:
    sources, stamps = {}, {}
    for name, said in sections.items():
        codebook = CodebookFile({})
        if said.codebook is not None:
            file = (path.absolute().parent / said.codebook).absolute()
            if file.is_file():
                stamps[file] = stamp(file)
            codebook = read_codebook(file, name, f"{path}: [{SOURCES}.{name}] codebook")
        asked = {
            made: parsed[_asked(path, name, made)] for made, entry in said.lists.items() if entry.asked is not None
        }
        for made, tree in asked.items():
            inside = next((n.name for n in names_in(tree) if n.name in said.lists), None)
            if inside is not None:
                raise MappingError(
                    f"{_asked(path, name, made)} reads the list {inside}; it can read columns of the source only."
                )
        sources[name] = SourceMapping(said, codebook, asked)
    return sources, stamps


def _check_values(
    path: Path,
    entries: Iterable[TableMapping],
    sections: MappingType[str, SourceSection],
    by_plural: MappingType[str, Table],
) -> None:
    """Makes sure that what codes are to read is something that the facts they feed know."""
    own = {p: TableMapping(p, p, {}) for p in by_plural}
    problems = []
    for entry in {**own, **{e.table: e for e in entries}}.values():
        said = sections.get(entry.source)
        for fact in by_plural[entry.table].facts if said else ():
            tree = entry.facts.get(fact.name)
            named = entry.keep_names and not entry.each and tree is None
            column = tree.name if isinstance(tree, Name) else fact.name if named else None
            if said is None or column is None:
                continue
            where = f"{path}: [{SOURCES}.{entry.source}]"
            if column in said.columns:
                for code, value in said.columns[column].values.items():
                    problems += _unknown(fact, value, f"{where} columns, {column}, values, {code}")
            if column in said.lists:
                if not fact.is_list:
                    problems.append(f"{where} lists, {column} feeds {fact.name}, which is no list.")
                for part, value in said.lists[column].columns.items() if fact.is_list else ():
                    problems += _unknown(fact, value, f"{where} lists, {column}, columns, {part}")
    if problems:
        raise MappingError("\n".join(problems))


def _unknown(fact: Fact, value: str, where: str) -> list[str]:
    """A sentence where a fact of a closed set does not know a value."""
    if not fact.values or fact.open:
        return []
    given = [v.strip().lower() for v in value.split(";")] if fact.is_list else [value.lower()]
    known = (*fact.values, DONT_KNOW, "[]") if fact.is_list else fact.values
    return [
        f"{where}: the fact {fact.name} does not know {one!r}, only {', '.join(fact.values)}.{did_you_mean(one, fact.values)}"
        for one in given
        if one and one not in known
    ]


def _read(path: Path) -> tuple[dict[str, Any], Stamp]:
    # A file that is not there is the reading's to complain about.
    before = stamp(path) if path.exists() else None
    document = read_toml(path, MappingError)
    return document, before or stamp(path)


def _table_mapping(path: Path, plural: str, section: dict[str, Any], parsed: MappingType[str, Node]) -> TableMapping:
    each = section.get("each", [])
    if not isinstance(each, list) or not all(isinstance(c, str) for c in each):
        raise MappingError(f"{path}: [{plural}] each must be a list of column names")
    if "each" in section and not each:
        raise MappingError(f"{path}: [{plural}] each must name at least one column; take it out to have a row per row")
    keep_names = section.get("keep_names", True)
    if not isinstance(keep_names, bool):
        raise MappingError(f"{path}: [{plural}] keep_names must be true or false")
    facts = {k: parsed[f"{path}: [{plural}] {k}"] for k in section if k not in OPTIONS}
    where = parsed[f"{path}: [{plural}] where"] if "where" in section else None
    return TableMapping(plural, str(section.get("from", plural)), facts, tuple(each), where, keep_names)
