"""JSON lines: a line that cannot be read is left out, and harms no other."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from socialrules import Rulebook
from socialrules.errors import InputError

from .small import rejected, rows, run


def found(book: Rulebook, path: Path, content: bytes, *columns: str) -> list[tuple[Any, ...]]:
    """The companies of a file, a few columns of each."""
    path.write_bytes(content)
    return [tuple(r[c] for c in columns or ("company_id",)) for r in rows(run(book, path), "companies")]


@pytest.mark.parametrize(
    "line", [b"[1]", b"3", b'"x"', b"null", b"{bad", b"true", b'{"company_id": "a"} x', b'{"x":' * 200, b"\xff\xfe\x01"]
)
def test_a_line_that_is_no_object_is_left_out_with_a_reason(line: bytes, book: Rulebook, tmp_path: Path) -> None:
    path = tmp_path / "companies.jsonl"
    path.write_bytes(b'{"company_id": "a", "size": 1}\n' + line + b'\n\n  \n{"company_id": "b", "size": 2}\n')
    results = run(book, path)
    assert [(r["company_id"], r["size"], r["source_row"]) for r in rows(results, "companies")] == [
        ("a", 1, 1),
        ("b", 2, 3),
    ]
    assert rejected(results, "row", "kind", "reason") == [(2, "row", "the row has no company_id")]


def test_a_line_nested_too_deeply_is_left_out_alone(book: Rulebook, tmp_path: Path) -> None:
    for depth in (90, 200, 5_000):
        deep = b'{"company_id": "deep", "x": ' + b"[" * depth + b"]" * depth + b"}\n"
        told = found(book, tmp_path / "companies.jsonl", b'{"company_id": "a"}\n' + deep + b'{"company_id": "b"}\n')
        assert told == [("a",), *([("deep",)] if depth == 90 else []), ("b",)]


def test_columns_that_few_lines_have_are_columns(book: Rulebook, tmp_path: Path) -> None:
    for count in (40, 300):
        lines = [
            json.dumps({"company_id": f"c{n:03}", f"k{n}": "x", **({"size": n} if n == 7 else {})})
            for n in range(count)
        ]
        told = found(book, tmp_path / "companies.jsonl", "\n".join(lines).encode(), "company_id", "size")
        assert told == [(f"c{n:03}", 7 if n == 7 else None) for n in range(count)]


def test_half_characters_and_bytes_that_are_none_are_replaced(book: Rulebook, tmp_path: Path) -> None:
    content = (
        b'{"company_id": "a", "company_name": "x\\ud800y"}\n{"company_id": "b", "company_name": "x\xffy"}\n'
        b'{"company_id": "c", "company_name": "x\x00y"}\n{"company_id": "d", "company_name": "\\ud83d\\ude00"}\n'
    )
    told = found(book, tmp_path / "companies.jsonl", content, "company_id", "company_name")
    assert told == [("a", "x\ufffdy"), ("b", "x\ufffdy"), ("c", "x\0y"), ("d", "\U0001f600")]


def test_of_a_name_that_stands_twice_in_a_line_the_first_counts(book: Rulebook, tmp_path: Path) -> None:
    line = b'{"company_id": "%s", "size": 1, "size": 2%s}\n'
    content = line % (b"a", b"") + line % (b"b", b', "x": "\\ud800"')
    assert found(book, tmp_path / "companies.jsonl", content, "company_id", "size") == [("a", 1), ("b", 1)]


def test_a_column_without_a_name_is_left_alone(book: Rulebook, tmp_path: Path) -> None:
    assert found(book, tmp_path / "companies.jsonl", b'{"": 1, "company_id": "a"}\n') == [("a",)]


@pytest.mark.parametrize("content", [b"[1]\n3\n", b"{}\n{}\n", b"\n\n", b"\xff", b"x"])
def test_a_file_without_any_object_stops_the_run(content: bytes, book: Rulebook, tmp_path: Path) -> None:
    path = tmp_path / "companies.jsonl"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"companies\.jsonl.*(no line|no rows)"):
        run(book, path)


def test_columns_that_differ_only_in_case_stop_the_run(book: Rulebook, tmp_path: Path) -> None:
    path = tmp_path / "companies.jsonl"
    path.write_bytes(b'{"company_id": "a", "Size": 1}\n{"company_id": "b", "size": 2}\n')
    with pytest.raises(InputError, match="'Size' and 'size'"):
        run(book, path)
    # A name that ends in a number is one of its own.
    path.write_bytes(b'{"company_id": "a", "size": 1, "size_1": 2}\n')
    assert [r["size"] for r in rows(run(book, path), "companies")] == [1]


def test_utf_16_and_a_compressed_file_are_read(book: Rulebook, tmp_path: Path) -> None:
    text = '{"company_id": "\u00e9"}\n[1]\n'
    assert found(book, tmp_path / "companies.jsonl", text.encode("utf-16")) == [("\u00e9",)]
    assert found(book, tmp_path / "c.jsonl.gz", gzip.compress(text.encode())) == [("\u00e9",)]
