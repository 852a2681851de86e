"""The engine knows nothing of what the built-in rulebook is about: all of that comes from plugins."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src" / "socialrules").rglob("*.py"))
RULES = sorted((ROOT / "plugins").rglob("*.toml"))

EXEMPT = {
    "score": "the name of the command and of the function that do it",
    "decision": "a kind of rule, as a guideline or an axis is",
    "threads": "a setting of DuckDB, besides being a network",
}
"""Words that the engine uses in a sense of its own."""


def documents() -> Iterator[dict[str, Any]]:
    """Every rule file of the built-in plugins."""
    for path in RULES:
        if path.name != "cases.toml":
            yield tomllib.loads(path.read_text(encoding="utf-8"))


def rulebook_names() -> dict[str, str]:
    """Guideline ids, check codes, facts, slugs and names of results, each with what it is."""
    names: dict[str, str] = {}
    for document in documents():
        if "id" in document:
            names[document["id"]] = "guideline"
            names |= {check["code"]: "check" for check in document.get("checks", ())}
            names |= {check["code"].lower().replace("-", "_"): "check" for check in document.get("checks", ())}
        if "table" in document and "facts" in document:
            names |= dict.fromkeys(document["facts"], f"fact of {document['table']}")
        if "rows" in document and "fact" in document:
            names |= dict.fromkeys(document["rows"], f"slug of {document['name']}")
        for kind in ("axes", "decisions", "flags", "tallies", "scores", "terms"):
            names |= {part["name"]: kind for part in document.get(kind, ())}
    return {name: what for name, what in names.items() if name not in EXEMPT}


def docstrings(tree: ast.AST) -> set[int]:
    """Ids of the nodes that are documentation: docstrings, also those of attributes."""
    bodies = (
        node.body
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    )
    statements = (s for body in bodies for s in body if isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))
    return {id(s.value) for s in statements}


def strings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every constant text that is no documentation, with its line."""
    skipped = docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
            yield node.lineno, node.value


def identifiers(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every name in the code, with its line."""
    for node in ast.walk(tree):
        for field in ("id", "attr", "arg", "name", "asname"):
            value = getattr(node, field, None)
            if isinstance(value, str):
                yield getattr(node, "lineno", 0), value


def found_in(source: str, names: dict[str, str]) -> list[tuple[int, str]]:
    """Lines of a module that hold one of the names.

    A plain word such as ``status`` counts only as a whole text; a name of several words also counts
    inside a longer text and as an identifier.
    """
    tree = ast.parse(source)
    several = {name for name in names if "_" in name or "-" in name}
    pattern = re.compile(rf"(?<![A-Za-z0-9_])({'|'.join(map(re.escape, sorted(several)))})(?![A-Za-z0-9_])")
    found = [(line, text) for line, text in strings(tree) if text in names]
    found += [(line, match) for line, text in strings(tree) for match in pattern.findall(text) if text not in names]
    found += [(line, name) for line, name in identifiers(tree) if name in several]
    return found


def test_the_names_of_the_built_in_rulebook_are_read_at_all() -> None:
    kinds = set(rulebook_names().values())
    assert {"guideline", "check", "decisions", "axes", "terms"} <= kinds
    assert len([k for k in kinds if k.startswith("fact of ")]) == 3
    assert any(k.startswith("slug of ") for k in kinds)


def test_a_name_is_found_as_a_text_inside_a_text_and_as_an_identifier() -> None:
    source = '"""two_words."""\nx = "word"\ny = f"a two_words {x} b"\ntwo_words = "words two_wordsmith"\nword = 1\n'
    assert sorted(found_in(source, {"word": "w", "two_words": "t"})) == [
        (2, "word"),
        (3, "two_words"),
        (4, "two_words"),
    ]


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT / "src" / "socialrules")))
def test_no_name_of_the_built_in_rulebook_stands_in_the_engine(path: Path) -> None:
    names = rulebook_names()
    assert [
        f"line {line}: {name} ({names[name]})" for line, name in found_in(path.read_text(encoding="utf-8"), names)
    ] == []


def test_an_exemption_is_still_needed() -> None:
    used = {text for path in SOURCES for _, text in strings(ast.parse(path.read_text(encoding="utf-8")))}
    assert set(EXEMPT) <= used
