"""``run.json``: what was scored, by which rules, and what came out."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import json
from collections.abc import Mapping as MappingType
from typing import TYPE_CHECKING, Any

import duckdb

from socialrules.sources.inputs import file_hash
from socialrules.sources.mapping import Mapping

if TYPE_CHECKING:
    from socialrules.engine import Counts, Run
    from socialrules.plan import Plan

MANIFEST_VERSION = 1


def write_manifest(
    run: Run,
    plan: Plan,
    counts: MappingType[str, Counts],
    digests: MappingType[str, list[dict[str, Any]]],
    hashes: MappingType[str, int],
    seconds: float,
    mapping: Mapping | None,
) -> None:
    """Writes ``run.json`` into the folder of results."""
    book = run.rulebook
    content = {
        "format": MANIFEST_VERSION,
        "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "versions": {"socialrules": engine_version(), "duckdb": duckdb.__version__},
        "plugins": [{"name": p.name, "version": p.version, "origin": p.origin} for p in book.assembly.plugins],
        "rulebook": {
            "hash": book.hash,
            "depth": book.depth,
            "options": dict(book.options),
            "warnings": list(book.warnings),
        },
        "rule_files": [p.origin for p in book.assembly.plugins if p.version == "file"],
        "mapping": {"path": str(mapping.path), "sha256": file_hash(mapping.path)} if mapping else None,
        "parameters": dict(book.parameters),
        "as_of": run.settings.as_of.isoformat(),
        "part_rows": plan.part_rows,
        "keep": list(run.settings.keep),
        "columns": list(run.settings.columns),
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
        "summary": {"decision": next((d.name for _, d in book.assembly.decisions if d.level == book.root.name), None)},
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
