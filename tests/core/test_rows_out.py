"""A run whose results have fewer or more rows than were to be scored does not end well."""

from __future__ import annotations

import pytest

from socialrules.engine import check_rows
from socialrules.errors import InputError
from socialrules.run import Counts


def test_as_many_rows_as_were_to_be_scored_are_fine() -> None:
    check_rows({"shops": 4, "shelves": 0, "none given": 0}, {"shops": Counts(5, 4, 1), "shelves": Counts(2, 0, 2)})


@pytest.mark.parametrize("rows", [3, 5])
def test_a_lost_row_and_one_too_many_stop_the_run(rows: int) -> None:
    with pytest.raises(InputError, match=f"^shops: 4 rows were to be scored, and {rows} came out"):
        check_rows({"shops": rows}, {"shops": Counts(5, 4, 1)})
