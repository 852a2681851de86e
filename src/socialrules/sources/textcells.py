"""Values that Python has read as the texts that a cell is staged with, and their way into Parquet."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from socialrules.sources.staging import STAGED_ROW_GROUP

MOST_EXACT = 1e15
"""Beyond that a double need not be the whole number it stands for."""

MIDNIGHT = dt.time()


def cell_text(value: Any) -> str | None:
    """A value as the text of its cell; None where there is none.

    Whole numbers are ``1``, other numbers the shortest text that gives them back, truth values
    ``TRUE`` and ``FALSE``, dates ``2026-11-01``, a date with the time of midnight too; lengths of
    time ``30:00:00``.
    """
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        if math.isnan(value):
            return None
        return str(int(value)) if value.is_integer() and abs(value) < MOST_EXACT else repr(value)
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == MIDNIGHT else value.isoformat(sep=" ")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"
    return str(value)


def write_texts(path: Path, names: Sequence[str], rows: Iterable[Sequence[str | None]], types: dict[str, str]) -> None:
    """Writes rows to a Parquet file, a row group at a time.

    Args:
        path: the file.
        names: of the columns.
        rows: a value per column; a text unless ``types`` says otherwise.
        types: Arrow types of the columns that are no texts, by name.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([(n, getattr(pa, types[n])() if n in types else pa.string()) for n in names])
    with pq.ParquetWriter(path, schema, compression="snappy") as writer:
        for batch in _batches(rows):
            columns = zip(*batch, strict=True)
            arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema), row_group_size=STAGED_ROW_GROUP)


def write_columns(path: Path, columns: Iterable[tuple[str, Sequence[str | None]]]) -> None:
    """Writes columns of texts, each with its name, to a Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrays = {name: pa.array(texts, pa.string()) for name, texts in columns}
    pq.write_table(pa.table(arrays), path, compression="snappy", row_group_size=STAGED_ROW_GROUP)


def _batches(rows: Iterable[Sequence[str | None]]) -> Iterator[list[Sequence[str | None]]]:
    source = iter(rows)
    while batch := list(islice(source, STAGED_ROW_GROUP)):
        yield batch
