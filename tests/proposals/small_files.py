"""What the tests of proposals share: a file from a few columns, its proposal, and the mapping file of that."""

from __future__ import annotations

import csv
import tomllib
from pathlib import Path
from typing import Any

from socialrules import Rulebook
from socialrules.proposals.matching import Match
from socialrules.proposals.proposal import Proposal, propose
from socialrules.proposals.writing import mapping_text
from socialrules.sources.mapping import Mapping, load_mapping


def write(folder: Path, **columns: list[str]) -> Path:
    """A CSV file with a running ``Client ID`` and further columns; ``__`` in a name is a blank."""
    path = folder / "clients.csv"
    rows = max(map(len, columns.values()))
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["Client ID", *(name.replace("__", " ") for name in columns)])
        writer.writerows([f"c{n}", *(cells[n] for cells in columns.values())] for n in range(rows))
    return path


def proposal_of(book: Rulebook, path: Path, table: str = "companies") -> Proposal:
    """The proposal for a file."""
    return propose(book, str(path), table)


def match_of(proposal: Proposal, column: str) -> Match:
    """What became of a column."""
    return next(m for m in proposal.matches if m.look.name == column)


def document_of(proposal: Proposal) -> dict[str, Any]:
    """The mapping file of a proposal, as TOML reads it."""
    return tomllib.loads(mapping_text(proposal, "m.toml"))


def loaded(proposal: Proposal, book: Rulebook, folder: Path) -> Mapping:
    """The mapping file of a proposal, as a run takes it."""
    path = folder / "m.toml"
    path.write_text(mapping_text(proposal, "m.toml"), encoding="utf-8")
    return load_mapping(path, book.assembly.tables)
