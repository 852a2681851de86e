"""``run.json``: what was scored, by which rules, and what came out."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from socialrules.engine import Counts, Run
    from socialrules.plan import Plan

MANIFEST_VERSION = 1


def write_manifest(
    run: Run,
    plan: Plan,
    counts: Mapping[str, Counts],
    digests: Mapping[str, list[dict[str, Any]]],
    hashes: Mapping[str, int],
    seconds: float,
) -> None:
    """Writes ``run.json`` into the folder of results."""
    book = run.rulebook
    content = {
        "format": MANIFEST_VERSION,
        "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "versions": {"socialrules": engine_version(), "duckdb": duckdb.__version__},
        "plugins": [{"name": p.name, "version": p.version, "origin": p.origin} for p in book.assembly.plugins],
        "rulebook": {"hash": book.hash, "depth": book.depth, "options": dict(book.options), "warnings": list(book.warnings)},
        "parameters": dict(book.parameters),
        "as_of": run.settings.as_of.isoformat(),
        "part_rows": plan.part_rows,
        "keep": list(run.settings.keep),
        "inputs": {
            name: {
                "kind": source.kind,
                "files": digests.get(name, []),
                "rows": counts[name].rows if name in counts else source.rows,
                "scored": counts[name].scored if name in counts else 0,
                "left_out": counts[name].left_out if name in counts else 0,
                "ignored_columns": counts[name].ignored_columns if name in counts else [],
            }
            for name, source in run.inputs.items()
        },
        "values": {name: f"{value:016x}" for name, value in hashes.items()},
        "seconds": round(seconds, 3),
    }
    (plan.folder / "run.json").write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def engine_version() -> str:
    """The installed version of socialrules."""
    try:
        return importlib.metadata.version("socialrules")
    except importlib.metadata.PackageNotFoundError:
        return "unknown"
