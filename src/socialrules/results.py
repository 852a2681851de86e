"""Reads a result folder: tables as relations or frames, counts, the manifest."""

from __future__ import annotations

import shutil
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from socialrules.errors import OutputError, ResultError, UsageError, did_you_mean
from socialrules.folders import check_free, publish, table_files, work_folder
from socialrules.interrupts import interruptible
from socialrules.manifest import read_manifest
from socialrules.quoting import identifier, parquet

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow


class Results:
    """A result folder.

    Attributes:
        path: the folder.
        manifest: the content of ``run.json``.
    """

    def __init__(self, path: Path, temporary: Path | None = None) -> None:
        """Use ``open_results`` or ``score``. ``temporary``: a folder that goes when this object goes."""
        self.path = path
        self.manifest = read_manifest(path)
        self._connection: duckdb.DuckDBPyConnection | None = None
        if temporary is not None:
            weakref.finalize(self, shutil.rmtree, temporary, ignore_errors=True)

    def table(self, name: str) -> duckdb.DuckDBPyRelation:
        """A result table (``companies``, ``accounts``, ``rejects`` ...) as a DuckDB relation, in order."""
        return duckdb.connect().sql(f"SELECT * FROM {self.source(name)}")

    def source(self, name: str) -> str:
        """A result table as SQL, for a FROM clause."""
        path = self.path / f"{name}.parquet"
        if not path.exists() and name in (*self.manifest["values"], "rejects"):
            raise ResultError(f"{self.path} is damaged: its table {name} is missing. Score the inputs again.")
        if not path.exists():
            known = ", ".join(sorted(p.name.removesuffix(".parquet") for p in self.path.glob("*.parquet")))
            raise UsageError(f"{self.path} has no table {name}; it has {known}.")
        files = table_files(self.path, name)
        if not files:
            raise ResultError(f"{self.path} is damaged: its table {name} has no files. Score the inputs again.")
        return parquet(*files)

    def to_arrow(self, name: str) -> pyarrow.Table:
        """A result table as a pyarrow table."""
        return self.table(name).to_arrow_table()

    def to_pandas(self, name: str) -> pandas.DataFrame:
        """A result table as a pandas frame."""
        frame: pandas.DataFrame = self.table(name).df()
        return frame

    def to_polars(self, name: str) -> polars.DataFrame:
        """A result table as a polars frame."""
        frame: polars.DataFrame = self.table(name).pl()
        return frame

    def columns(self, name: str) -> list[str]:
        """The names of a result table's columns, in order."""
        return [row[0] for row in self.fetch(f"DESCRIBE SELECT * FROM {self.source(name)}")]

    def fetch(self, query: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query over the result tables (see ``source``)."""
        return self._run(query, parameters)[1]

    def fetch_records(self, query: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """The same with the values by the names of their columns."""
        names, rows = self._run(query, parameters)
        return [dict(zip(names, row, strict=True)) for row in rows]

    def _run(self, query: str, parameters: Sequence[Any]) -> tuple[list[str], list[tuple[Any, ...]]]:
        if self._connection is None:
            self._connection = duckdb.connect()
        with interruptible(self._connection.interrupt):
            cursor = self._connection.execute(query, list(parameters))
            return [column[0] for column in cursor.description or ()], list(cursor.fetchall())

    def counts(self, name: str, column: str) -> list[tuple[Any, int]]:
        """How many rows have each value of a column, the most frequent first; ties by value."""
        self._check_columns(name, [column])
        query = (
            f"SELECT {identifier(column)} AS value, count(*) AS rows FROM {self.source(name)} "
            f"GROUP BY ALL ORDER BY rows DESC, value NULLS LAST"
        )
        return [(v, int(n)) for v, n in self.fetch(query)]

    def _check_columns(self, name: str, columns: Sequence[str]) -> None:
        known = self.columns(name)
        for column in columns:
            if column not in known:
                raise UsageError(f"The table {name} has no column {column}.{did_you_mean(column, known)}")

    def outcome_counts(self, name: str, columns: Sequence[str]) -> dict[str, dict[str, int]]:
        """Per outcome column, how many rows fail, are unknown, pass, do not apply."""
        outcomes = ("fail", "unknown", "pass", "not_applicable")
        if not columns:
            return {}
        self._check_columns(name, columns)
        # One pass: sums of booleans cost a tenth of as many filtered counts.
        sums = ", ".join(f"sum(({identifier(c)} = '{o}')::INTEGER)" for c in columns for o in outcomes)
        numbers = [int(n or 0) for n in self.fetch(f"SELECT {sums} FROM {self.source(name)}")[0]]
        return {c: dict(zip(outcomes, numbers[i * 4 : i * 4 + 4], strict=True)) for i, c in enumerate(columns)}

    def save(self, path: str | Path, overwrite: bool = False) -> Results:
        """A copy of the folder at ``path``, which appears whole or not at all.

        Raises:
            UsageError: something is there already, or with ``overwrite`` something that is no result folder.
            OutputError: it cannot be written.
        """
        target = Path(path)
        with work_folder(target) as work:
            check_free(target, overwrite)
            try:
                shutil.copytree(self.path, work / "result")
                publish(work / "result", target, work, overwrite)
            except (OSError, shutil.Error) as error:
                raise OutputError(f"{target} cannot be written: {getattr(error, 'strerror', None) or error}.") from None
        return Results(target)

    def __repr__(self) -> str:
        """The folder and its row counts, in one line."""
        rows = ", ".join(f"{name}: {entry['scored']:,} scored" for name, entry in self.manifest["inputs"].items())
        return f"<Results {self.path}: {rows}>"

    def _repr_html_(self) -> str:
        """The first decision's counts as a table, for a notebook."""
        import html

        name = next(iter(self.manifest["inputs"]))
        summary = self.manifest.get("summary", {}).get("decision")
        head = f"<p><strong>Results</strong> {html.escape(str(self.path))}</p>"
        if not summary or summary not in self.columns(name):
            return head
        rows = "".join(
            f"<tr><td>{html.escape(str(value))}</td><td style='text-align:right'>{count:,}</td></tr>"
            for value, count in self.counts(name, summary)
        )
        return f"{head}<table><thead><tr><th>{html.escape(summary)}</th><th>rows</th></tr></thead><tbody>{rows}</tbody></table>"


def open_results(path: str | Path) -> Results:
    """The results in a folder. Raises ResultError where it is not there or not one of ours."""
    return Results(Path(path))
