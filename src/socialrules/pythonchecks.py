"""Calls checks that are written in Python, once per part, and holds them to their contract."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from socialrules.definitions import python_column
from socialrules.errors import RulebookError
from socialrules.model import Check

if TYPE_CHECKING:
    import pyarrow


def call_checks(checks: Sequence[Check], rows: pyarrow.Table) -> pyarrow.Table:
    """What the functions of some checks say about the rows of a part.

    Args:
        checks: Python checks of one table.
        rows: ``row`` and the facts they read, one chunk per column.

    Returns:
        ``row`` and one boolean column per check, null for unknown.

    Raises:
        RulebookError: a function failed, or did not return booleans, one per row.
    """
    import pyarrow as pa

    rows = rows.combine_chunks()
    columns = {"row": rows["row"]}
    for check in checks:
        assert check.python is not None
        arguments = [rows[name].combine_chunks() for name in check.python.reads]
        try:
            answer = check.python.function(*arguments)
        except Exception as error:  # a plugin's function may fail in any way; the run stops with its name
            raise RulebookError(
                f"Check {check.code}: its function failed with {type(error).__name__}: {error}"
            ) from error
        if isinstance(answer, pa.ChunkedArray):
            answer = answer.combine_chunks()
        if not isinstance(answer, pa.Array) or not pa.types.is_boolean(answer.type):
            found = getattr(answer, "type", type(answer).__name__)
            raise RulebookError(f"Check {check.code}: its function must return a boolean Arrow array, not {found}.")
        if len(answer) != rows.num_rows:
            raise RulebookError(
                f"Check {check.code}: its function returned {len(answer)} values for {rows.num_rows} rows."
            )
        columns[python_column(check)] = answer
    return pa.table(columns)
