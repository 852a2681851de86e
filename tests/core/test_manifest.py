"""The manifest of a result folder: what is written, and how it is read again."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from socialrules import open_results
from socialrules.api import score
from socialrules.errors import ResultError
from socialrules.manifest import MANIFEST_VERSION, read_manifest

from .corner_shop import AS_OF, book, term

Content = dict[str, Any]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Content:
    """The manifest of a run over two shops, one of them twice."""
    folder = tmp_path_factory.mktemp("written")
    (folder / "shops.csv").write_text("shop_id,size\ns0,1\ns1,2\ns1,3\n", encoding="utf-8")
    out = folder / "out"
    score(
        None, tables={"shops": str(folder / "shops.csv")}, rulebook=book(term("it", "size + 1")), out=out, as_of=AS_OF
    )
    return read_manifest(out)


def folder_with(content: Content | str | bytes, path: Path) -> Path:
    """A folder that holds nothing but a manifest."""
    out = path / "out"
    out.mkdir()
    given = content if isinstance(content, str | bytes) else json.dumps(content)
    (out / "run.json").write_bytes(given if isinstance(given, bytes) else given.encode())
    return out


def test_it_has_hashes_and_counts_of_everything_that_went_in_and_came_out(written: Content) -> None:
    assert len(written["inputs"]["shops"]["files"][0]["sha256"]) == 64
    assert (written["inputs"]["shops"]["scored"], written["inputs"]["shops"]["left_out"]) == (2, 1)
    assert set(written["values"]) == {"shops", "shelves"}
    assert (written["rejects"]["rows"], len(written["rejects"]["values"])) == (1, 16)
    assert [len(p["rules"]) for p in written["plugins"]] == [64, 64]


def test_a_manifest_without_what_later_versions_added_can_be_read(written: Content, tmp_path: Path) -> None:
    older = copy.deepcopy(written)
    del older["rejects"]
    for plugin in older["plugins"]:
        del plugin["rules"]
    out = folder_with(older, tmp_path)
    assert read_manifest(out) == older
    assert open_results(out).manifest == older


def test_what_is_not_known_yet_is_left_alone(written: Content, tmp_path: Path) -> None:
    later = {**written, "colour": {"of": "the sky"}}
    assert read_manifest(folder_with(later, tmp_path)) == later


NO_JSON = {
    "nothing": b"",
    "a half": b'{"format": 1, "inputs"',
    "no text": b"\xff\xfe\x00",
    "brackets": b"[" * 100_000,
    "a list": b"[]",
    "null": b"null",
    "a number": b"1",
}


@pytest.mark.parametrize("content", NO_JSON)
def test_a_manifest_that_is_no_json_object_is_called_damaged(content: str, tmp_path: Path) -> None:
    with pytest.raises(ResultError, match=r"run\.json is damaged: it .*\. Score the inputs again\."):
        read_manifest(folder_with(NO_JSON[content], tmp_path))


NEEDED = [
    "format", "versions", "plugins", "rulebook", "rule_files", "mapping", "parameters", "as_of", "part_rows", "keep",
    "inputs", "values",
]  # fmt: skip


@pytest.mark.parametrize("key", NEEDED)
def test_a_manifest_that_lacks_a_key_is_called_damaged_and_the_key_is_named(
    key: str, written: Content, tmp_path: Path
) -> None:
    content = {k: v for k, v in written.items() if k != key}
    with pytest.raises(ResultError, match=rf"run\.json is damaged: .*{key}"):
        read_manifest(folder_with(content, tmp_path))


def _set(*path: str | int) -> Callable[[Content, Any], None]:
    def change(content: Content, value: Any) -> None:
        for step in path[:-1]:
            content = content[step]  # type: ignore[index]
        content[path[-1]] = value  # type: ignore[index]

    return change


WRONG = {
    "versions.duckdb": (_set("versions", "duckdb"), 2),
    "plugins.0.name": (_set("plugins", 0, "name"), None),
    "plugins": (_set("plugins"), {}),
    "rulebook": (_set("rulebook"), "x"),
    "rulebook.depth": (_set("rulebook", "depth"), "deep"),
    "rulebook.options": (_set("rulebook", "options"), []),
    "parameters": (_set("parameters"), [1]),
    "parameters.a": (_set("parameters"), {"a": "much"}),
    "as_of": (_set("as_of"), "2024-02-31"),
    "part_rows": (_set("part_rows"), 0),
    "inputs": (_set("inputs"), []),
    "inputs.shops": (_set("inputs", "shops"), None),
    "inputs.shops.rows": (_set("inputs", "shops", "rows"), "3"),
    "inputs.shops.scored": (_set("inputs", "shops", "scored"), -1),
    "inputs.shops.files.0": (_set("inputs", "shops", "files", 0), "shops.csv"),
    "inputs.shops.files.0.sha256": (_set("inputs", "shops", "files", 0, "sha256"), 1),
    "mapping": (_set("mapping"), "map.toml"),
    "values.shops": (_set("values", "shops"), "many"),
    "values": (_set("values"), {"../../etc/passwd": "0" * 16}),
    "rejects.values": (_set("rejects", "values"), ""),
    "rejects": (_set("rejects"), 3),
}


@pytest.mark.parametrize("where", WRONG)
def test_a_manifest_with_a_wrong_value_is_called_damaged_and_the_place_is_named(
    where: str, written: Content, tmp_path: Path
) -> None:
    content = copy.deepcopy(written)
    change, value = WRONG[where]
    change(content, value)
    with pytest.raises(ResultError) as error:
        read_manifest(folder_with(content, tmp_path))
    assert f"run.json is damaged: {where}" in str(error.value)
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize("version", [MANIFEST_VERSION + 1, 99])
def test_a_manifest_of_a_newer_format_says_to_update(version: int, tmp_path: Path) -> None:
    with pytest.raises(ResultError, match=rf"a newer version of socialrules \(format {version}.*Update socialrules"):
        read_manifest(folder_with({"format": version}, tmp_path))


@pytest.mark.parametrize("version", ["1", 0, -1, 1.0, True, None, [1]])
def test_a_format_that_is_no_format_is_damage(version: Any, tmp_path: Path) -> None:
    with pytest.raises(ResultError, match="does not say which format"):
        read_manifest(folder_with({"format": version}, tmp_path))


def test_a_folder_that_is_no_result_is_told_from_one_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match="There is no result folder"):
        read_manifest(tmp_path / "gone")
    with pytest.raises(ResultError, match="is no result folder"):
        read_manifest(tmp_path)
