"""Reads rule files: TOML into the values of ``model``. No code in a file is ever run.

Two kinds of file, told apart by their content:

*   a **guideline file** has an ``id`` at the top; see docs/writing-a-guideline.md;
*   a **rules file** holds any of the other parts: tables, facts, lookups, terms, axes, decisions.

To keep files easy to write, things that have a name are written as TOML tables by that name
(``[parameters.grace_days]``, ``[facts.shop.size]``) and arrive as tuples of values.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from socialrules.errors import RulebookError
from socialrules.model import Rules

PLAIN_WORDS = {
    "extra_forbidden": "this key is not known",
    "tuple_type": "this must be a list",
    "dict_type": "this must be a table",
    "model_type": "this must be a table",
    "finite_number": "this must be a finite number",
    "float_type": "this must be a number",
    "float_parsing": "this must be a number",
    "int_type": "this must be a whole number",
    "int_parsing": "this must be a whole number",
    "bool_type": "this must be true or false",
    "bool_parsing": "this must be true or false",
    "string_type": "this must be a text in quotes",
}
"""For kinds of mistakes that pydantic words for programmers."""

LOOKUP_ROW_KEYS = ("names", "addresses")


def read_toml(path: Path, error: type[Exception] = RulebookError) -> dict[str, Any]:
    """The content of a TOML file. Raises ``error`` with one sentence where it cannot be read."""
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8"))
    except FileNotFoundError:
        raise error(f"{path}: there is no such file.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError, ValueError) as problem:
        raise error(f"{path}: this is not valid TOML ({problem}).") from None
    except OSError as problem:
        raise error(f"{path}: the file cannot be read ({problem.strerror or problem}).") from None


def load_rules(*paths: Path) -> Rules:
    """The rules of one or more TOML files, put together.

    Args:
        paths: guideline files, rules files, or folders whose ``*.toml`` (but ``cases.toml``)
            are read in the order of their names.

    Raises:
        RulebookError: naming file, place and reason of everything that is wrong.
    """
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            files += sorted(p for p in path.glob("*.toml") if p.name != "cases.toml")
        else:
            files.append(path)
    return merge_rules(_rules_of(file) for file in files)


def _rules_of(file: Path) -> Rules:
    rules = rules_from_mapping(read_toml(file), str(file))
    if rules == Rules():
        raise RulebookError(
            f"{file}: there is no rule in it. A guideline has an id at its top, and checks; "
            f"`socialrules guidelines` lists those there are."
        )
    return rules


def merge_rules(parts: Iterable[Rules]) -> Rules:
    """Several Rules as one: lists are appended, mappings are joined."""
    merged: dict[str, Any] = {}
    for part in parts:
        for field in Rules.model_fields:
            value = getattr(part, field)
            if isinstance(value, tuple):
                merged[field] = merged.get(field, ()) + value
            elif isinstance(value, Mapping):
                merged[field] = _join(merged.get(field, {}), value)
            elif value is not None:
                merged[field] = value
    return Rules.model_construct(**{**{f: getattr(Rules(), f) for f in Rules.model_fields}, **merged})


def _join(left: Mapping[str, Any], right: Mapping[str, Any]) -> dict[str, Any]:
    joined = dict(left)
    for key, value in right.items():
        old = joined.get(key)
        joined[key] = value if old is None else old + value if isinstance(old, tuple) else {**old, **value}
    return joined


def rules_from_mapping(document: Mapping[str, Any], where: str) -> Rules:
    """The Rules that a parsed TOML document describes; ``where`` opens every error message."""
    shaped: dict[str, Any] = {}
    try:
        shaped = _shape(dict(document))
        return Rules.model_validate(shaped)
    except ValidationError as error:
        raise RulebookError(_readable(error, where, shaped)) from None
    except (TypeError, AttributeError, KeyError, ValueError):
        raise RulebookError(
            f"{where}: the file does not have the expected shape: it has, for example, a text or a number where a "
            f"table belongs."
        ) from None


def _shape(document: dict[str, Any]) -> dict[str, Any]:
    if "table" in document and isinstance(document.get("facts"), dict) and "rows" not in document:
        # A file of facts for one table: [facts.<name>] below ``table = "..."``.
        document["facts"] = {document.pop("table"): document["facts"]}
    if "rows" in document and "fact" in document:
        return {"lookups": [_shape_lookup(document)]}
    facts = {t: _named(f) for t, f in document.pop("facts", {}).items()}
    rows = {n: {s: _lookup_row(r) for s, r in by.items()} for n, by in document.pop("lookups", {}).items()}
    shaped: dict[str, Any] = {"facts": facts, "lookup_rows": rows}
    if "parameters" in document:
        document["parameters"] = _named(document["parameters"])
    if "id" in document:
        return {**shaped, "guidelines": [document]}
    return {**shaped, **document}


def _named(tables: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{"name": name, **table} for name, table in tables.items()]


def _lookup_row(row: Mapping[str, Any]) -> dict[str, Any]:
    columns = {k: v for k, v in row.items() if k not in LOOKUP_ROW_KEYS}
    return {**{k: v for k, v in row.items() if k in LOOKUP_ROW_KEYS}, "columns": columns}


def _shape_lookup(document: dict[str, Any]) -> dict[str, Any]:
    return {**document, "rows": {slug: _lookup_row(row) for slug, row in document["rows"].items()}}


def _readable(error: ValidationError, where: str, document: Mapping[str, Any]) -> str:
    lines = []
    for problem in error.errors(include_url=False, include_context=False):
        place = _place(problem["loc"], document)
        message = problem["msg"].removeprefix("Value error, ")
        message = PLAIN_WORDS.get(problem["type"], message)
        lines.append(f"{where}: {place}{message.rstrip('.')}.")
    return "\n".join(dict.fromkeys(lines))


def _place(location: tuple[int | str, ...], document: Mapping[str, Any]) -> str:
    """Where in the file a problem stands, with the code or name of the entry instead of its index."""
    words: list[str] = []
    here: Any = document
    for step in location:
        if isinstance(step, int):
            entry = here[step] if isinstance(here, list | tuple) and step < len(here) else None
            keys = ("code", "name", "id", "flag") if isinstance(entry, dict) else ()
            name = next((entry[k] for k in keys if k in entry), None) if entry is not None else None
            if words[-1:] == ["guidelines"]:
                words.pop()  # a file holds one guideline: its name would say nothing
            elif words and words[-1] in document.get("facts", {}):
                words.append(f"fact {name}" if name else f"number {step + 1}")
            elif words and name:
                words[-1] = f"{words[-1].removesuffix('s')} {name}"
            elif words:
                words.append(f"number {step + 1}")
            here = entry
        else:
            words.append(str(step))
            here = here.get(step) if isinstance(here, dict) else None
    return ", ".join(words) + ": " if words else ""
