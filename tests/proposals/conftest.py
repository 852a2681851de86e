"""The built-in rulebook, loaded once, and the proposal for each foreign sheet, made once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from socialrules import Rulebook, load_rulebook
from socialrules.proposals.proposal import Proposal

from .foreign_sheets import Sheet
from .small_files import proposal_of


@pytest.fixture(scope="session")
def book() -> Rulebook:
    """The built-in rulebook."""
    return load_rulebook()


@pytest.fixture(scope="session")
def proposed(book: Rulebook, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Sheet], Proposal]:
    """The proposal for a sheet; its file stays where it was written."""
    folder = tmp_path_factory.mktemp("sheets")
    made: dict[str, Proposal] = {}

    def proposal(sheet: Sheet) -> Proposal:
        if sheet.name not in made:
            made[sheet.name] = proposal_of(book, sheet.write(folder), sheet.table)
        return made[sheet.name]

    return proposal


Proposed = Callable[[Sheet], Proposal]
