"""What a DuckDB connection may reach: the inputs and the work folder of a run, and nothing else.

The first line of defence is the allow-list of ``expressions``: a rule or mapping is only ever
written again from node types that can name no file, setting or function but those declared. This is
the second: were something to get through, the connection it runs on could still open nothing.

What a lock cannot hide is what the connection knows by itself: ``duckdb_settings()``,
``current_setting`` and ``version()`` answer on a locked connection too. Only the allow-list keeps
these from expressions.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import duckdb

from socialrules.quoting import file_text, text


def lock(con: duckdb.DuckDBPyConnection, files: Iterable[str | Path], folder: Path) -> None:
    """From here on a connection reads these files, reads and writes in the folder, and nothing else.

    It cannot be undone: DuckDB refuses to open up again, and every setting is frozen.

    Args:
        con: the connection.
        files: what may be read.
        folder: what may be read and written, with all below it.
    """

    def listed(paths: Iterable[str | Path]) -> str:
        named = {str(p) for path in paths for p in (Path(path).absolute(), Path(path).resolve())}
        # A reader is given the path as a pattern that matches it alone: see sqltext.file_text.
        return ", ".join(sorted({text(p) for p in named} | {file_text(p) for p in named}))

    con.execute(f"SET allowed_paths = [{listed(files)}]")
    con.execute(f"SET allowed_directories = [{listed([folder])}]")
    con.execute("SET enable_external_access = FALSE")
    con.execute("SET lock_configuration = TRUE")
