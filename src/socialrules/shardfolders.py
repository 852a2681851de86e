"""Which result folders are the shards of one run, and whether all of them are there."""

from __future__ import annotations

import glob
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from socialrules.errors import ResultError, UsageError
from socialrules.folders import table_files
from socialrules.hashes import REJECTS
from socialrules.manifest import MANIFEST_NAME, read_manifest
from socialrules.plan import part_numbers
from socialrules.quoting import identifier, text
from socialrules.shards import Shard
from socialrules.sources.discovery import folder_values

MOST_NAMED = 10
"""So many missing shards are named; more are counted."""


@dataclass
class ShardFolder:
    """The result folder of a shard.

    Attributes:
        path: the folder.
        manifest: its ``run.json``.
        renamed: by path of an input as this shard names it, the path as the first shard names it,
            where they are not the same.
    """

    path: Path
    manifest: Mapping[str, Any]
    renamed: Mapping[str, str]

    @property
    def shard(self) -> Shard:
        """Which part of the run it is."""
        entry = self.manifest["shard"]
        return Shard(entry["number"], entry["of"])

    @property
    def first(self) -> int:
        """Its first record of the root table, counted from 0 over the whole input."""
        return int(self.manifest["shard"]["first"])

    @property
    def rows(self) -> int:
        """Its number of records of the root table, those left out included."""
        return int(self.manifest["shard"]["rows"])

    @property
    def part_rows(self) -> int:
        """Records of the root table per part."""
        return int(self.manifest["part_rows"])

    def files(self, name: str) -> list[Path]:
        """The files of a result table, in order.

        Raises:
            ResultError: one is missing.
        """
        found = table_files(self.path, name)
        expected = 1 if name == REJECTS else len(part_numbers(self.first, self.first + self.rows, self.part_rows))
        if len(found) != expected:
            raise ResultError(
                f"{self.path} is damaged: its table {name} is not complete. Score shard {self.shard} again."
            )
        return found

    def files_by_part(self, name: str) -> list[tuple[int, Path]]:
        """The files of a result table with the number of the part each holds."""
        numbers = part_numbers(self.first, self.first + self.rows, self.part_rows)
        return list(zip(numbers, self.files(name), strict=True))

    def all_files(self) -> list[Path]:
        """The files of all tables."""
        return [file for name in (*self.manifest["values"], REJECTS) for file in self.files(name)]

    def expected(self, name: str) -> tuple[int, str]:
        """The number of rows of a table and its value hash, as the run wrote them down."""
        if name == REJECTS:
            return self.manifest[REJECTS]["rows"], self.manifest[REJECTS]["values"]
        entry = self.manifest["inputs"].get(name)
        return (entry["scored"] if entry else 0), self.manifest["values"][name]

    def renaming(self, column: str) -> str:
        """SQL of a column that names inputs, with the names that the first shard gave them."""
        name = identifier(column)
        if not self.renamed:
            return name
        pairs = ", ".join(f"{text(there)}: {text(here)}" for there, here in self.renamed.items())
        return f"coalesce(MAP {{{pairs}}}[{name}], {name})"


def find_shards(given: str | Path | Iterable[str | Path]) -> list[ShardFolder]:
    """The shards in the folders that were given, a glob, or folders of them, in no certain order.

    Raises:
        UsageError: none was given, or a glob matches nothing.
        ResultError: a folder is no shard, is damaged or of a newer version.
    """
    several = [given] if isinstance(given, str | Path) else list(given)
    paths = [path for one in several for path in _folders(one)]
    if not paths:
        raise UsageError("No shards were given. Name their result folders, or a folder that holds them.")
    return [_open(path) for path in paths]


def _folders(given: str | Path) -> list[Path]:
    path = Path(given)
    if not path.exists() and glob.has_magic(str(given)):
        matching = [Path(p) for p in sorted(glob.glob(str(given))) if Path(p).is_dir()]
        if not matching:
            raise UsageError(f"No folder matches {given}.")
        return [folder for match in matching for folder in _folders(match)]
    if path.is_dir() and not (path / MANIFEST_NAME).exists():
        inside = sorted(p for p in path.iterdir() if (p / MANIFEST_NAME).exists() and not p.name.startswith("."))
        if inside:
            return inside
    return [path]


def _open(path: Path) -> ShardFolder:
    manifest = read_manifest(path)
    entry = manifest.get("shard")
    if entry is None:
        raise ResultError(
            f"{path} is no shard: it holds the results of a whole run. "
            f"`socialrules score ... --shard i/n` makes shards."
        )
    if not _is_consistent(manifest):
        raise ResultError(f"{path / MANIFEST_NAME} is damaged: what it says of the shard cannot be. Score it again.")
    return ShardFolder(path, manifest, {})


def _is_consistent(manifest: Mapping[str, Any]) -> bool:
    entry = manifest["shard"]
    if entry["number"] > entry["of"] or manifest.get("rejects") is None:
        return False
    if entry["table"] not in manifest["inputs"] or set(entry["input_rows"]) != set(manifest["inputs"]):
        return False
    first, end = Shard(entry["number"], entry["of"]).rows(entry["input_rows"][entry["table"]])
    return (entry["first"], entry["rows"]) == (first, end - first) and set(entry["types"]) == set(manifest["values"])


def check_together(shards: Sequence[ShardFolder]) -> list[ShardFolder]:
    """The shards in order, if they are all shards of one run, each once.

    Raises:
        UsageError: a shard is missing or given twice.
        ResultError: they are not of one run.
    """
    first = min(shards, key=lambda s: s.shard.number)
    largest = max(shards, key=lambda s: s.part_rows)
    for shard in shards:
        if shard is not first:
            _check_same(first, shard)
        if largest.part_rows % shard.part_rows:
            raise ResultError(
                f"{shard.path} cannot be merged with {largest.path}: it was made in parts of {shard.part_rows:,} rows, "
                f"which do not fill those of {largest.part_rows:,}. Score all shards in the same way."
            )
    places: dict[int, ShardFolder] = {}
    for shard in shards:
        if shard.shard.number in places:
            raise UsageError(
                f"Shard {shard.shard} is given twice: {places[shard.shard.number].path} and {shard.path}. "
                f"Give each once."
            )
        places[shard.shard.number] = shard
    of = first.shard.of
    missing = [n for n in range(1, of + 1) if n not in places]
    if missing:
        listed = ", ".join(f"{n}/{of}" for n in missing[:MOST_NAMED])
        more = f" and {len(missing) - MOST_NAMED} more" if len(missing) > MOST_NAMED else ""
        one = len(missing) == 1
        raise UsageError(
            f"{'Shard' if one else 'Shards'} {listed}{more} of the run {'is' if one else 'are'} missing. "
            f"Score {'it' if one else 'them'} with `socialrules score ... --shard {missing[0]}/{of}`, then merge again."
        )
    ordered = [places[n] for n in range(1, of + 1)]
    for name, total in first.manifest["shard"]["input_rows"].items():
        rows = sum(shard.manifest["inputs"][name]["rows"] for shard in ordered)
        if rows != total:
            raise ResultError(
                f"The shards hold {rows:,} of the {total:,} rows of {name}, so a run.json among them is damaged. "
                f"Score the inputs again."
            )
    return [ShardFolder(s.path, s.manifest, _renamed(first.manifest, s.manifest)) for s in ordered]


SAME: Sequence[tuple[str, Callable[[Mapping[str, Any]], Any]]] = (
    ("another number of shards", lambda m: m["shard"]["of"]),
    ("another version of socialrules", lambda m: m["versions"]["socialrules"]),
    ("other plugins", lambda m: [(p["name"], p["version"], p.get("rules")) for p in m["plugins"]]),
    ("other values for its parameters", lambda m: m["parameters"]),
    ("another depth", lambda m: m["rulebook"]["depth"]),
    ("other checks selected or ignored", lambda m: m["rulebook"]["options"]),
    ("other rules", lambda m: m["rulebook"]["hash"]),
    ("another day (--as-of)", lambda m: m["as_of"]),
    ("other kept columns", lambda m: m["keep"]),
    ("other columns to write", lambda m: m.get("columns", [])),
    ("another mapping file", lambda m: (m["mapping"] or {}).get("sha256")),
    ("another codebook", lambda m: [f["sha256"] for f in (m["mapping"] or {}).get("codebooks", [])]),
    ("other answers", lambda m: [f["sha256"] for f in (m.get("answers") or {"files": []})["files"]]),
    ("other inputs", lambda m: {n: [_input_file(e, f) for f in e["files"]] for n, e in m["inputs"].items()}),
    ("other inputs", lambda m: (m["shard"]["input_rows"], m["shard"]["in_memory"])),
    ("other columns", lambda m: [(n, list(types.items())) for n, types in m["shard"]["types"].items()]),
)
"""What must be the same in all shards, and how to say that it is not."""


def _input_file(entry: Mapping[str, Any], file: Mapping[str, Any]) -> tuple[Any, ...]:
    """What makes a file the same on another machine: not where it lies, but what it holds and its folders say."""
    return entry["kind"], file["sha256"], folder_values(Path(file["path"]))


def _check_same(first: ShardFolder, shard: ShardFolder) -> None:
    for what, read in SAME:
        one, other = read(first.manifest), read(shard.manifest)
        if one != other:
            shown = f" ({other}, not {one})" if isinstance(one, str | int) and what != "other rules" else ""
            raise ResultError(
                f"{shard.path} cannot be merged with {first.path}: it was made with {what}{_where(one, other)}{shown}. "
                f"Score all shards in the same way."
            )


def _where(one: Any, other: Any) -> str:
    """Which of several named things differ."""
    if not isinstance(one, Mapping) or not isinstance(other, Mapping):
        return ""
    names = [str(n) for n in dict.fromkeys([*one, *other]) if one.get(n) != other.get(n)]
    return f": {', '.join(names[:MOST_NAMED])}"


def _renamed(first: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, str]:
    """The same files lay elsewhere on another machine: by path there, the path of the first shard."""
    pairs = [
        (theirs["path"], ours["path"])
        for name, entry in first["inputs"].items()
        for ours, theirs in zip(entry["files"], other["inputs"][name]["files"], strict=True)
    ]
    answers = [(m.get("answers") or {"files": []})["files"] for m in (other, first)]
    pairs += [(theirs["path"], ours["path"]) for theirs, ours in zip(*answers, strict=True)]
    return {theirs: ours for theirs, ours in pairs if theirs != ours}
