"""Reads records through a mapping file, as tests of codes and notations do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb

from socialrules import Rulebook
from socialrules.evaluate import evaluate
from socialrules.sources.codebook import Codebook
from socialrules.sources.inputs import open_input
from socialrules.sources.mapped import apply_mapping
from socialrules.sources.mapping import load_mapping

from .small import AS_OF, Records, write_csv, write_json, write_parquet

Row = dict[str, Any]


def written(folder: Path, records: Records, ending: str = "csv") -> Path:
    """Records in a file, with the id ``r1``, ``r2`` ... where they have none."""
    keyed = [{"id": f"r{n}", **record} for n, record in enumerate(records, 1)]
    write = {"csv": write_csv, "parquet": write_parquet, "jsonl": write_json}[ending]
    return write(folder / f"source.{ending}", keyed)


def read_mapped(
    book: Rulebook, folder: Path, toml: str, records: Records, *facts: str, ending: str = "csv"
) -> tuple[list[Row], list[tuple[Any, ...]]]:
    """The facts of the records, with why they are missing; and row, column, value and kind of the rejects."""
    path = folder / "map.toml"
    path.write_text(toml, encoding="utf-8")
    mapping = load_mapping(path, book.assembly.tables)
    wanted = {"company": [("company", f) for f in facts]}
    inputs = {"companies": str(written(folder, records, ending))}
    found, rejects = evaluate(book, inputs, wanted, AS_OF, mapping, reasons=True)
    rows = [{k: v for k, v in row.items() if k != "row"} for row in found["company"]]
    return rows, [(r["row"], r["column"], r["value"], r["kind"]) for r in rejects]


def values(book: Rulebook, folder: Path, toml: str, records: Records, fact: str, ending: str = "csv") -> list[Any]:
    """The values of one fact, where nothing is rejected."""
    rows, rejects = read_mapped(book, folder, toml, records, fact, ending=ending)
    assert rejects == []
    return [row[fact] for row in rows]


def one_column(fact: str, said: str, column: str = "q") -> str:
    """A mapping that feeds a fact from the column ``q``, of which ``said`` tells something."""
    return f"[sources.companies.columns.{column}]\n{said}\n\n[companies]\ncompany_id = 'id'\n{fact} = '\"{column}\"'\n"


def with_codebook(book: Rulebook, folder: Path, source: Path, codebook: Codebook, toml: str | None = None) -> list[Row]:
    """The mapped rows of a file that says itself what its codes mean."""
    mapping = None
    if toml is not None:
        path = folder / "map.toml"
        path.write_text(toml, encoding="utf-8")
        mapping = load_mapping(path, book.assembly.tables)
    tables: Mapping[str, Any] = book.assembly.tables
    with duckdb.connect() as con:
        opened = replace(open_input(con, str(source), "companies", folder), codebook=codebook)
        found = apply_mapping(con, mapping, {"companies": opened}, tables, folder)["companies"]
        query = con.execute(f"SELECT * EXCLUDE (_file, _row, row) FROM ({found.scan()}) ORDER BY row")
        names = [column[0] for column in query.description or ()]
        return [dict(zip(names, row, strict=True)) for row in query.fetchall()]
