"""What the codes of a source's columns mean: which stand for no answer and why, and what the others are called.

A codebook comes from a mapping file, from a file of its own, or with the data (SPSS, Stata).
Codes are compared as texts the way a cell is staged: a whole number as ``1``, any other number as
``2.5``, a tagged missing of Stata as ``.a``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

REASONS = ("dont_know", "refused", "not_asked", "not_applicable", "technical")
"""Why an answer is missing."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A code, or a range of numbers with both ends, that stands for no answer.

    Attributes:
        low: the code, or the lower end of a range; ``-inf`` where it is open.
        high: the upper end of a range, ``inf`` where it is open; None for a single code.
        reason: one of ``REASONS``; None where the source does not say why.
    """

    low: str
    high: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ColumnCodes:
    """What a codebook says of one column.

    Attributes:
        label: what was asked, or what the column is called for people; empty where nothing says so.
        missing: codes that stand for no answer.
        labels: what codes are called, by code. They are names, not the domain: a scale from 0 to 10
            may have names for its two ends only.
    """

    label: str = ""
    missing: tuple[Missing, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)


Codebook = Mapping[str, ColumnCodes]
"""What is known of the columns of a source, by column name."""
