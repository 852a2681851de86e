"""How a run keeps to the memory that a user allows: in smaller parts, on fewer cores, or not at all."""

from __future__ import annotations

import re

from socialrules.errors import UsageError
from socialrules.plan import PART_ROWS

UNITS = {
    **{name: 1000**power for power, name in enumerate(("kb", "mb", "gb", "tb"), 1)},
    **{name: 1024**power for power, name in enumerate(("kib", "mib", "gib", "tib"), 1)},
}
SMALLEST_MB = 128
"""The least that a million companies were scored with; see decision 009."""

SENSIBLE_MB = 256
"""Enough for a million records with two million children on as many cores as it allows."""

LARGEST = 1024**5
"""More than any machine has."""

ROOMY = 1000**3
"""From this many bytes on, parts of the usual size need no spilling."""

SMALL_PART_ROWS = PART_ROWS // 4
"""One row group: only one core reads it, and a quarter of the rows are in memory at a time."""

BYTES_PER_THREAD = 32 * 1000**2
"""Every thread holds buffers of its own, whatever it works on."""


def memory_bytes(limit: str) -> int:
    """A limit such as ``4GB`` or ``512MiB`` in bytes.

    Raises:
        UsageError: it is no size, or too small for any run.
    """
    found = re.fullmatch(r"\s*(\d{1,9}(?:\.\d{1,9})?)\s*([a-z]+)\s*", limit.lower(), re.ASCII)
    size = int(float(found[1]) * UNITS.get(found[2], 0)) if found else 0
    if not found or found[2] not in UNITS or size > LARGEST:
        raise UsageError(f"--memory-limit {limit}: write a size such as 4GB or 512MB.")
    if size < SMALLEST_MB * UNITS["mb"]:
        raise UsageError(
            f"--memory-limit {limit} is too little to start with. Give at least {SMALLEST_MB}MB; "
            f"{SENSIBLE_MB}MB is enough for most inputs."
        )
    return size


def part_rows(limit: str | None) -> int:
    """Records of the root table per part that a memory limit allows; None: no limit was set."""
    return PART_ROWS if limit is None or memory_bytes(limit) >= ROOMY else SMALL_PART_ROWS


def most_threads(limit: str, cores: int) -> int:
    """How many of the cores a memory limit allows to use, at least 1."""
    return max(1, min(cores, memory_bytes(limit) // BYTES_PER_THREAD))
