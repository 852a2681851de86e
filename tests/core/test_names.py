"""Names and texts of any kind, of columns, files, folders and rules: data, never SQL."""

from __future__ import annotations

import json
import os
from pathlib import Path

import duckdb
import pytest

from socialrules.api import score
from socialrules.errors import InputError, SocialRulesError, UsageError
from socialrules.quoting import identifier, text

from .corner_shop import AS_OF, book, parameter, plugin, toml, value_of

NAMES = [
    "a b",
    'q"uote',
    "it's",
    "semi;colon",
    "two\nlines",
    "dash--dash",
    "/* x */",
    "a.b",
    "*",
    "SELECT",
    "🦆",
    "\u202eabc",
    "%s{}$1?",
    "\\",
    "NUL\0x",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_column_of_any_name_is_mapped_kept_and_written_as_it_is(name: str, tmp_path: Path) -> None:
    source = tmp_path / "shops.parquet"
    duckdb.execute(f"COPY (SELECT 's0' AS shop_id, 'seen' AS {identifier(name)}) TO {text(str(source))}")
    path = tmp_path / "map.toml"
    quoted = '"' + name.replace('"', '""') + '"'
    mapping = None
    if "\0" not in name:
        path.write_text(f"[shops]\nowner = {json.dumps(quoted, ensure_ascii=False)}\n", encoding="utf-8")
        mapping = path
    rules = book(plugin(toml('[[terms]]\nname = "it"\nlevel = "shop"\nvalue = "owner = \'seen\'"\n'), "more"))
    results = score(None, tables={"shops": str(source)}, rulebook=rules, mapping=mapping, keep=[name], as_of=AS_OF)
    table = results.table("shops")
    row = dict(zip(table.columns, table.fetchall()[0], strict=True))
    assert (row["shop_id"], row[name]) == ("s0", "seen")


FOLDERS = [
    "plain",
    "f[1]",
    "s*r",
    "q?",
    "it's",
    'q"',
    "two\nlines",
    "🦆 x",
    "a;b--c",
    "{a,b}",
    "%41",
    "#1",
    "~",
]


@pytest.mark.parametrize("name", FOLDERS)
@pytest.mark.parametrize("kind", ["parquet", *(pytest.param(k, marks=pytest.mark.slow) for k in ("csv", "jsonl"))])
def test_a_file_of_any_name_is_read_and_no_other(name: str, kind: str, tmp_path: Path) -> None:
    folder = tmp_path / name
    folder.mkdir()
    # What the name would match, were it taken for a pattern.
    decoys = [tmp_path / "f1", tmp_path / "sour", tmp_path / "qx", tmp_path / "a"]
    for decoy in decoys:
        decoy.mkdir()
    lines = {"csv": "shop_id\n{}\n", "jsonl": '{"shop_id": "{}"}\n'}
    for place, shop in [(folder, "right"), *((d, "wrong") for d in decoys)]:
        for file in (f"{name}.{kind}", f"f1.{kind}", f"sour.{kind}", f"qx.{kind}"):
            if kind == "parquet":
                written = "right" if (place, file) == (folder, f"{name}.{kind}") else "wrong"
                duckdb.execute(f"COPY (SELECT '{written}' AS shop_id) TO {text(str(place / file))}")
            else:
                (place / file).write_text(lines[kind].replace("{}", shop if file.startswith(name) else "wrong"))
    results = score(
        None, tables={"shops": str(folder / f"{name}.{kind}")}, rulebook=book(), out=folder / "out[1]*", as_of=AS_OF
    )
    row = results.to_arrow("shops").to_pylist()[0]
    assert (row["shop_id"], row["source_file"]) == ("right", str(folder / f"{name}.{kind}"))


@pytest.mark.parametrize(
    "hostile", ["x'; COPY (SELECT 1) TO 'y' --", "a\n'b\"", "\\'", "nul\0x", "🦆\u202e", "$$", "{size}"]
)
def test_a_text_of_a_rule_is_data(hostile: str) -> None:
    assert value_of("CASE WHEN TRUE THEN " + text(hostile).replace("\0", "") + " END") == hostile.replace("\0", "")
    said = json.dumps(hostile, ensure_ascii=False)
    rows = f"[lookup_rows.timber.oak]\nnames = [{said}]\ncolumns = {{ from_where = {said} }}\n"
    rules = plugin(toml(rows), "more")
    found = value_of(
        "first_of(shelf, TRUE, timber.from_where, shelf.width)", {}, [{"wood": hostile, "width": 1}], rules
    )  # type: ignore[arg-type]
    assert found == hostile


def test_a_minus_before_a_negative_parameter_is_no_comment() -> None:
    assert value_of("-$low + 1", {}, (), parameter("low", -2.0)) == 3.0
    assert value_of("size = -$low", {"size": 2}, (), parameter("low", -2.0)) is True
    assert value_of("abs(-$low)", {}, (), parameter("low", -2.0)) == 2.0


@pytest.mark.parametrize("name", ['a"b', "it's", "X; DROP TABLE y", "two\nlines", "", "a b", "__a", "Ä"])
def test_a_rule_cannot_take_a_name_that_would_need_quotes(name: str) -> None:
    for text_ in ('[[terms]]\nname = N\nlevel = "shop"\nvalue = "1"\n', '[facts.shop]\nN = { type = "text" }\n'):
        with pytest.raises(SocialRulesError):
            book(plugin(toml(text_.replace("N", json.dumps(name, ensure_ascii=False)))))


def test_columns_named_like_those_of_the_reader_are_read_from_many_files(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(6):
        columns = f"'s{number}' AS shop_id, 7 AS file_index, 'x' AS filename"
        duckdb.execute(f"COPY (SELECT {columns}) TO {text(str(folder / f'{number}.parquet'))}")
    keep = ["file_index", "filename"]
    results = score(None, tables={"shops": str(folder)}, rulebook=book(), keep=keep, as_of=AS_OF)
    found = results.table("shops").fetchall()
    assert found == [(f"s{n}", 7, "x", str(folder / f"{n}.parquet"), 1) for n in range(6)]


@pytest.mark.parametrize("where", ["the input", "the results"])
def test_a_path_that_is_no_text_is_refused_in_one_sentence(where: str, tmp_path: Path) -> None:
    odd = tmp_path / os.fsdecode(b"caf\xe9")
    odd.mkdir()
    source = (odd if where == "the input" else tmp_path) / "shops.csv"
    source.write_text("shop_id\ns0\n", encoding="utf-8")
    with pytest.raises((InputError, UsageError), match=r"caf.*is not valid UTF-8; rename"):
        score(None, tables={"shops": str(source)}, rulebook=book(), out=odd / "out", as_of=AS_OF)
