"""A small rulebook of its own: shops and their shelves. Nothing here needs an installed plugin."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from socialrules.evaluate import as_tables, evaluate
from socialrules.loading import rules_from_mapping
from socialrules.model import (
    Axis,
    Check,
    Consistency,
    Decision,
    Flags,
    Guideline,
    Lookup,
    Note,
    Parameter,
    ParameterRule,
    Rules,
    Score,
    Tally,
    Term,
)
from socialrules.plugins import LoadedPlugin
from socialrules.rulebook import Rulebook, load_rulebook

AS_OF = dt.date(2024, 3, 15)

TABLES = """
[[tables]]
name = "shop"
plural = "shops"
key = ["shop_id"]

[[tables]]
name = "shelf"
plural = "shelves"
parent = "shop"
key = ["shop_id", "place"]

[facts.shop]
shop_id = { type = "text", required = true }
size = { type = "number" }
depth = { type = "number" }
owner = { type = "text" }
opened = { type = "date" }
today = { type = "date", default = "as_of" }
colour = { type = "choice", values = ["red", "green", "dont_know"] }
trim = { type = "choice", values = ["red", "gold"] }
p = { type = "choice", values = ["yes", "no", "dont_know"] }
q = { type = "choice", values = ["yes", "no"] }
r = { type = "choice", values = ["yes", "no"] }
goods = { type = "choices", values = ["tea", "milk", "salt", "other"], open = true }
wares = { type = "choices", values = ["tea", "milk", "salt"] }
spans = { type = "texts" }
first = { type = "choice", values = ["pass", "fail", "unknown", "not_applicable"] }
second = { type = "choice", values = ["pass", "fail", "unknown", "not_applicable"] }
third = { type = "choice", values = ["pass", "fail", "unknown", "not_applicable"] }

[facts.shelf]
shop_id = { type = "text", required = true }
place = { type = "text", required = true }
width = { type = "number" }
height = { type = "number" }
colour = { type = "choice", values = ["red", "green"] }
wood = { type = "text" }
label = { type = "text" }
outcome = { type = "choice", values = ["pass", "fail", "unknown", "not_applicable"] }
"""

TIMBER = Lookup(
    name="timber",
    table="shelf",
    fact="wood",
    defaults={"hard": False, "price": 3.0, "from_where": "here"},
    rows={"oak": {"columns": {"hard": True, "price": 7.5}}, "pine": {"columns": {"from_where": "the north"}}},
)

FIELDS = {
    Axis: "axes",
    Consistency: "consistency",
    Decision: "decisions",
    Flags: "flags",
    Guideline: "guidelines",
    Lookup: "lookups",
    Note: "notes",
    Parameter: "parameters",
    ParameterRule: "parameter_rules",
    Score: "scores",
    Tally: "tallies",
    Term: "terms",
}
Part = (
    Axis | Consistency | Decision | Flags | Guideline | Lookup | Note | Parameter | ParameterRule | Score | Tally | Term
)


def toml(text: str, where: str = "rules.toml") -> Rules:
    """The rules of a TOML text."""
    return rules_from_mapping(tomllib.loads(text), where)


def plugin(rules: Rules, name: str = "mine", version: str = "1.0") -> LoadedPlugin:
    """Rules as a loaded plugin."""
    return LoadedPlugin(name, version, f"{name}.toml", rules)


def gathered(*parts: Part, **more: Any) -> Rules:
    """Parts of a rulebook, each in its field."""
    fields: dict[str, list[Part]] = {}
    for part in parts:
        fields.setdefault(FIELDS[type(part)], []).append(part)
    return Rules.model_validate({**fields, **more})


CORNER = plugin(toml(TABLES).model_copy(update={"lookups": (TIMBER,)}), "corner")


def book(*parts: Part | LoadedPlugin, uses: Mapping[str, Sequence[str]] | None = None, **options: Any) -> Rulebook:
    """The corner shop's rulebook with more parts, loaded with ``options``."""
    mine = gathered(*(p for p in parts if not isinstance(p, LoadedPlugin)), uses=dict(uses or {}))
    plugins = [CORNER, plugin(mine), *(p for p in parts if isinstance(p, LoadedPlugin))]
    return load_rulebook(plugins=plugins, **options)


def term(name: str, value: str, level: str = "shop", **more: Any) -> Term:
    """A term."""
    return Term(name=name, value=value, level=level, **more)


def check(code: str, passes: str, level: str = "shop", **more: Any) -> Check:
    """A check: a major that is required at every depth, unless ``more`` says otherwise."""
    shared = {"title": code, "severity": "major", "required_at": "core", "why": "why", "advice": "advice"}
    return Check.model_validate({"code": code, "passes": passes, "level": level, **shared, **more})


def guideline(id_: str, *checks: Check, role: str = "ready", **more: Any) -> Guideline:
    """A guideline."""
    return Guideline(id=id_, title=id_, question=f"{id_}?", role=role, checks=checks, **more)


def parameter(name: str, default: float, **more: Any) -> Parameter:
    """A parameter."""
    return Parameter(name=name, default=default, unit="units", origin="ours", **more)


Row = Mapping[str, Any]


def tables_of(
    rulebook: Rulebook, wanted: Mapping[str, Iterable[str]], shops: Sequence[Row], shelves: Sequence[Row] = ()
) -> dict[str, list[dict[str, Any]]]:
    """The wanted values of shops and shelves. Keys are filled in: a shelf's ``of`` is the index of its shop."""
    keyed = [{"shop_id": f"s{n}", **row} for n, row in enumerate(shops)]
    placed = [
        {"shop_id": f"s{row.get('of', 0)}", "place": f"p{n}", **{k: v for k, v in row.items() if k != "of"}}
        for n, row in enumerate(shelves)
    ]
    keys = {level: [(level, name) for name in names] for level, names in wanted.items()}
    return evaluate(rulebook, as_tables({"shops": keyed, "shelves": placed}), keys, AS_OF)[0]


def shop_values(rulebook: Rulebook, name: str, shops: Sequence[Row], shelves: Sequence[Row] = ()) -> list[Any]:
    """One value per shop."""
    return [row[name] for row in tables_of(rulebook, {"shop": [name]}, shops, shelves)["shop"]]


def value_of(expression: str, shop: Row | None = None, shelves: Sequence[Row] = (), *parts: Part) -> Any:
    """The value of an expression for one shop."""
    return shop_values(book(term("it", expression), *parts), "it", [shop or {}], shelves)[0]
