"""Strategies: bytes that were whole once, and texts that mean harm."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

Edit = tuple[str, float, int, bytes]

HARMFUL = [
    "",
    " ",
    "'",
    '"',
    '""',
    "''; DROP TABLE rejects; --",
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "a\0b",
    "\u202egnp.exe",
    "\u2066x\u2069",
    "\u200b",
    "\ufeff",
    "\x1b[31mred\x1b[0m",
    "\x1b]8;;http://x\x1b\\",
    "\x9b31m",
    "\r",
    "line\nbreak",
    "line\r\nbreak",
    "\u2028",
    "tab\there",
    "[red]markup[/red]",
    "[/]",
    "{customers}",
    "%s%n",
    "\U0001f9d1\u200d\U0001f680",
    "e\u0301\u0301\u0301",
    "\ud800",
    "\udfff x",
    "dont_know",
    "NULL",
    "nan",
    "inf",
    "1.0",
    "1e999",
    "[]",
    "a;b;;c",
    "x" * 3_000,
]
"""Texts that are read as something else by somebody: shells, spreadsheets, browsers, terminals, SQL, us."""


def texts() -> st.SearchStrategy[str]:
    """Harmful texts, parts of them together, and any characters at all."""
    some = st.sampled_from(HARMFUL)
    anything = st.text(st.characters(), max_size=12)
    return st.one_of(some, anything, st.lists(st.one_of(some, anything), max_size=3).map("".join))


def edited(original: bytes, edits: Sequence[Edit]) -> bytes:
    """The bytes after some edits. A place is a share of the length, so that edits stand anywhere in any length."""
    content = bytearray(original)
    for kind, place, length, data in edits:
        at = int(place * len(content))
        if kind == "flip" and content:
            content[min(at, len(content) - 1)] ^= 1 << (length % 8)
        elif kind == "overwrite":
            content[at : at + len(data)] = data
        elif kind == "insert":
            content[at:at] = data
        elif kind == "cut":
            del content[at : at + length]
        elif kind == "double":
            content[at:at] = content[at : at + length]
        elif kind == "end":
            del content[at:]
    return bytes(content)


def edits(pieces: Sequence[bytes], low: float = 0.0, most: int = 4) -> st.SearchStrategy[list[Edit]]:
    """Edits from ``low`` (a share of the length) on, with ``pieces`` to write among other bytes."""
    kinds = st.sampled_from(["flip", "overwrite", "insert", "cut", "double", "insert", "overwrite", "end"])
    data = st.one_of(st.sampled_from(list(pieces)), st.binary(max_size=6))
    places = st.floats(low, 1.0, exclude_max=True)
    return st.lists(st.tuples(kinds, places, st.integers(0, 40), data), min_size=1, max_size=most)


def mutated(
    originals: Sequence[bytes], pieces: Sequence[bytes], low: float = 0.0, most: int = 4
) -> st.SearchStrategy[bytes]:
    """One of the originals after some edits."""
    return st.builds(edited, st.sampled_from(list(originals)), edits(pieces, low, most))


def toml(document: dict[str, Any]) -> str:
    """A document as TOML: one line per key, everything below inline."""
    return "".join(f"{_toml(str(key))} = {_toml(value)}\n" for key, value in document.items())


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_toml(str(k))} = {_toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value.encode("utf-8", "replace").decode(), ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value) if isinstance(value, float) else str(value)
