"""Which input file is damaged, where a query over the inputs failed."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from socialrules.errors import InputError
from socialrules.quoting import parquet
from socialrules.sources.inputs import Input
from socialrules.sources.staging import first_line


def damage_among(inputs: Iterable[Input]) -> InputError | None:
    """An error that names the first Parquet file that cannot be read to its end; None where all can be.

    A file can be whole at its end, where its columns are described, and damaged in its pages, which
    only reading shows. Every file is read through once, so ask only after a query has failed.
    """
    for source in inputs:
        # What was staged is our own work, not the user's.
        for file in source.files if source.kind == "parquet" and not source.staged else ():
            try:
                with duckdb.connect() as con:
                    con.execute(f"SELECT max(hash(rows)) FROM {parquet(file.path)} AS rows").fetchall()
            except duckdb.Error as error:
                return InputError(
                    f"{source.name}: {file.path} is damaged: it cannot be read to its end ({first_line(error)}). "
                    f"Write the file again."
                )
    return None
