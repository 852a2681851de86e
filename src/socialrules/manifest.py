"""``run.json``: what was scored, by which rules, and what came out."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import json
from collections.abc import Mapping as MappingType
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import duckdb
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from socialrules.errors import ResultError
from socialrules.model import Depth, Name
from socialrules.sources.answers import ANSWERS, Answers
from socialrules.sources.inputs import Input

if TYPE_CHECKING:
    from socialrules.plan import Plan
    from socialrules.run import Counts, Run

MANIFEST_NAME = "run.json"
MANIFEST_VERSION = 1

Count = Annotated[int, Field(ge=0)]
Day = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Values = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]


class _Part(BaseModel):
    """A part of ``run.json``: what it must hold. Keys of later versions of the same format are left alone."""

    model_config = ConfigDict(extra="allow", strict=True)


class _Versions(_Part):
    socialrules: str
    duckdb: str


class _Plugin(_Part):
    name: str
    version: str
    origin: str
    rules: str = ""


class _Rulebook(_Part):
    hash: str
    depth: Depth
    options: dict[str, Any]


class _File(_Part):
    path: str
    size: Count
    sha256: str


class _Input(_Part):
    kind: str
    files: list[_File]
    rows: Count
    scored: Count
    left_out: Count
    ignored_columns: list[str]


class _MappingFile(_Part):
    path: str
    sha256: str


class _Mapping(_MappingFile):
    # Older runs have none.
    codebooks: list[_MappingFile] = []


class _Sheet(_Part):
    path: str
    sheet: str


class _Answers(_Part):
    kind: str
    files: list[_File]
    rows: Count
    used: Count


class _Rejects(_Part):
    rows: Count
    values: Values


class _Shard(_Part):
    table: Name
    number: Annotated[int, Field(ge=1)]
    of: Annotated[int, Field(ge=1)]
    first: Count
    rows: Count
    input_rows: dict[Name, Count]
    types: dict[Name, dict[str, str]]
    in_memory: dict[Name, Values]


class _Manifest(_Part):
    format: int
    versions: _Versions
    plugins: list[_Plugin]
    rulebook: _Rulebook
    rule_files: list[str]
    mapping: _Mapping | None
    parameters: dict[str, float | None]
    as_of: Day
    part_rows: Annotated[int, Field(ge=1)]
    keep: list[str]
    inputs: dict[Name, _Input]
    values: dict[Name, Values]
    # Older runs have none of these.
    columns: list[str] = []
    rejects: _Rejects | None = None
    shard: _Shard | None = None
    answers: _Answers | None = None
    unread_sheets: list[_Sheet] = []


def read_manifest(folder: Path) -> dict[str, Any]:
    """The content of ``run.json`` of a result folder, checked.

    Raises:
        ResultError: the folder is missing, no result, or of a newer version; or its manifest is
            damaged: the message names what is wrong in it.
    """
    if not folder.exists():
        raise ResultError(f"There is no result folder {folder}. `socialrules score` makes one.")
    file = folder / MANIFEST_NAME
    if not file.is_file():
        raise ResultError(f"{folder} is no result folder: it has no {MANIFEST_NAME}.")
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        raise _damaged(file, "it is no JSON") from None
    except OSError as error:
        raise ResultError(f"{file} cannot be read: {error.strerror or error}.") from None
    version = content.get("format") if isinstance(content, dict) else None
    if type(version) is not int or version < 1:
        raise _damaged(file, "it does not say which format it has")
    if version > MANIFEST_VERSION:
        raise ResultError(
            f"{folder} was written by a newer version of socialrules (format {version}; this one reads up to "
            f"{MANIFEST_VERSION}). Update socialrules."
        )
    try:
        _Manifest.model_validate(content)
        dt.date.fromisoformat(content["as_of"])
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise _damaged(file, f"{where} is {_what_is_wrong(first['type'], first['msg'])}") from None
    except ValueError:
        raise _damaged(file, "as_of is no date") from None
    return dict(content)


def files_read(content: MappingType[str, Any]) -> list[Path]:
    """Every file that a run read, from the content of its ``run.json``."""
    entries = [*content["inputs"].values(), content.get("answers") or {"files": []}]
    mapping = content.get("mapping")
    files = [file for entry in entries for file in entry["files"]]
    files += [mapping, *mapping.get("codebooks", [])] if mapping else []
    return [*(Path(file["path"]) for file in files), *map(Path, content.get("rule_files", []))]


def _what_is_wrong(kind: str, message: str) -> str:
    return "missing" if kind == "missing" else f"not what it should be ({message[:1].lower()}{message[1:]})"


def _damaged(file: Path, how: str) -> ResultError:
    return ResultError(f"{file} is damaged: {how}. Score the inputs again.")


def write_manifest(
    run: Run,
    plan: Plan,
    counts: MappingType[str, Counts],
    digests: MappingType[str, list[dict[str, Any]]],
    hashes: MappingType[str, int],
    rejects: tuple[int, int],
    seconds: float,
    mapping: Sequence[MappingType[str, Any]],
) -> None:
    """Writes ``run.json`` into the folder of results.

    Args:
        run, plan: what was run.
        counts: rows in and left out, by input.
        digests: path, size, time of change and hash of the files of each input, and of the answers.
        hashes: value hash by result table.
        rejects: their value hash and number.
        seconds: how long it took.
        mapping: path and hash of the mapping and then of its codebooks; empty where there was none.
    """
    book = run.rulebook
    plugins = zip(book.assembly.plugins, book.plugin_hashes, strict=True)
    files = [{"path": file["path"], "sha256": file["sha256"]} for file in mapping]
    content = {
        "format": MANIFEST_VERSION,
        "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "versions": {"socialrules": engine_version(), "duckdb": duckdb.__version__},
        "plugins": [{"name": p.name, "version": p.version, "origin": p.origin, "rules": rules} for p, rules in plugins],
        "rulebook": {
            "hash": book.hash,
            "depth": book.depth,
            "options": dict(book.options),
            "warnings": list(book.warnings),
        },
        "rule_files": [p.origin for p in book.assembly.plugins if p.version == "file"],
        "mapping": {**files[0], "codebooks": files[1:]} if files else None,
        "answers": None if run.answers is None else _answers(run.answers, digests.get(ANSWERS, [])),
        "parameters": dict(book.parameters),
        "as_of": run.settings.as_of.isoformat(),
        "part_rows": plan.part_rows,
        "shard": None if run.settings.shard is None else _shard(run, plan),
        "keep": list(run.settings.keep),
        "columns": list(run.settings.columns),
        "inputs": {
            name: {
                "kind": source.kind,
                "files": _with_places(digests.get(name, []), source),
                "rows": counts[name].rows if name in counts else source.rows,
                "scored": counts[name].scored if name in counts else 0,
                "left_out": counts[name].left_out if name in counts else 0,
                "ignored_columns": counts[name].ignored_columns if name in counts else [],
            }
            for name, source in run.inputs.items()
        },
        "unread_sheets": [{"path": str(file), "sheet": sheet} for file, sheet in run.unread_sheets()],
        "summary": {"decision": next((d.name for _, d in book.assembly.decisions if d.level == book.root.name), None)},
        "values": {name: f"{value:016x}" for name, value in hashes.items()},
        "rejects": {"rows": rejects[1], "values": f"{rejects[0]:016x}"},
        "seconds": round(seconds, 3),
    }
    write_content(plan.folder, content)


def _with_places(files: list[dict[str, Any]], source: Input) -> list[dict[str, Any]]:
    """The files of an input, each with where in it the table lies, as far as there is anything to say of that."""
    if len(source.places) != len(files):
        return files
    return [
        {
            **file,
            **({} if place.sheet is None else {"sheet": place.sheet}),
            "header_rows": list(place.header),
            "first_row": place.first,
        }
        for file, place in zip(files, source.places, strict=True)
    ]


def _answers(answers: Answers, files: list[dict[str, Any]]) -> dict[str, Any]:
    source = answers.source
    return {"kind": source.kind, "files": files, "rows": source.rows, "used": answers.used}


def write_content(folder: Path, content: MappingType[str, Any]) -> None:
    """Writes ``run.json``."""
    (folder / MANIFEST_NAME).write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _shard(run: Run, plan: Plan) -> dict[str, Any]:
    """What ``socialrules merge`` needs to know of a shard, beside what every run says."""
    first, end = plan.rows
    return {
        "table": plan.root.plural,
        "number": plan.shard.number,
        "of": plan.shard.of,
        "first": first,
        "rows": end - first,
        "input_rows": {name: source.rows for name, source in run.inputs.items()},
        # Parquet keeps a closed set as texts; with the set the merged files are the same byte for byte.
        "types": {
            name: {row[0]: row[1] for row in run.con.execute(statement).fetchall()}
            for name, statement in plan.described().items()
        },
        "in_memory": {name: _content_hash(run, source) for name, source in run.inputs.items() if not source.originals},
    }


def merged_manifest(
    shards: Sequence[MappingType[str, Any]], part_rows: int, hashes: MappingType[str, int], rejects: tuple[int, int]
) -> dict[str, Any]:
    """The content of ``run.json`` for the results of all shards of a run.

    Args:
        shards: what the shards say, in their order.
        part_rows: records of the root table per part.
        hashes: value hash by result table.
        rejects: value hash and number of the rejects.
    """
    content = dict(shards[0])
    content["created"] = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    content["versions"] = {
        name: ", ".join(dict.fromkeys(shard["versions"][name] for shard in shards)) for name in content["versions"]
    }
    content["part_rows"] = part_rows
    content["shard"] = None
    content["inputs"] = {
        name: {**entry, **{n: sum(s["inputs"][name][n] for s in shards) for n in ("rows", "scored", "left_out")}}
        for name, entry in content["inputs"].items()
    }
    content["values"] = {name: f"{value:016x}" for name, value in hashes.items()}
    content["rejects"] = {"rows": rejects[1], "values": f"{rejects[0]:016x}"}
    content["seconds"] = round(sum(shard.get("seconds", 0) for shard in shards), 3)
    content["shards"] = [
        {
            "number": shard["shard"]["number"],
            "rows": shard["shard"]["rows"],
            "created": shard.get("created"),
            "duckdb": shard["versions"]["duckdb"],
            "seconds": shard.get("seconds", 0),
        }
        for shard in shards
    ]
    return content


def _content_hash(run: Run, source: Input) -> str:
    """A hash of an input that has no file: its values in their order."""
    row = run.con.execute(
        f"SELECT bit_xor(hash(*COLUMNS(* EXCLUDE (_file, _row)))) FROM (\n{source.scan()}\n)"
    ).fetchone()
    return f"{int(row[0] or 0) if row else 0:016x}"


def engine_version() -> str:
    """The installed version of socialrules."""
    try:
        return importlib.metadata.version("socialrules")
    except importlib.metadata.PackageNotFoundError:
        return "unknown"
