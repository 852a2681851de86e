"""The one table that is printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

HEADER = ("workload", "compared", "what", "ours", "theirs", "ratio", "target", "met")


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure must reach.

    Attributes:
        figure: the limit.
        at_least: theirs must be so many times ours; else ours at most so many times theirs.
    """

    figure: float
    at_least: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A figure of ours beside one of theirs.

    Attributes:
        measure: ``wall``, ``cpu`` or ``memory``.
        theirs: None where ours is held against the target itself.
        target: None for a figure that is shown only.
    """

    workload: str
    compared: str
    measure: str
    ours: float
    theirs: float | None
    target: Target | None = None

    @property
    def ratio(self) -> float | None:
        """Ours to theirs; theirs to ours where the target is to be so many times faster."""
        if self.theirs is None:
            return None
        return self.theirs / self.ours if self.target and self.target.at_least else self.ours / self.theirs

    @property
    def met(self) -> bool | None:
        """Whether the target is reached; None where there is none."""
        if self.target is None:
            return None
        figure = self.ours if self.ratio is None else self.ratio
        return figure >= self.target.figure if self.target.at_least else figure <= self.target.figure

    def cells(self) -> tuple[str, ...]:
        """The row as text."""
        target = "-"
        if self.target is not None:
            limit = shown(self.target.figure, self.measure) if self.theirs is None else f"{self.target.figure:g}"
            target = f"at least {limit}x" if self.target.at_least else f"at most {limit}"
        ratio = "-" if self.ratio is None else f"{self.ratio:.2f}"
        theirs = "-" if self.theirs is None else shown(self.theirs, self.measure)
        met = {True: "yes", False: "NO", None: "-"}[self.met]
        ours = shown(self.ours, self.measure)
        return (self.workload, self.compared, self.measure, ours, theirs, ratio, target, met)


def shown(figure: float, measure: str) -> str:
    """A figure for people: bytes as MB or GB, seconds down to microseconds."""
    if measure == "memory":
        return f"{figure / 1e9:.2f} GB" if figure >= 1e9 else f"{figure / 1e6:.0f} MB"
    if figure >= 1e-2:
        return f"{figure:.2f} s"
    return f"{figure * 1e6:.1f} us"


def rendered(rows: Sequence[Row]) -> str:
    """All rows as one table in Markdown."""
    lines = [HEADER, *(row.cells() for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEADER))]
    text = ["| " + " | ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)) + " |" for line in lines]
    text.insert(1, "|" + "|".join("-" * (w + 2) for w in widths) + "|")
    return "\n".join(text)
