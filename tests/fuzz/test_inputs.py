"""CSV, JSON lines and Parquet of any bytes: scored with every row accounted for, or refused in one message."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import strategies as st

from .harness import SIZES, Worker, try_many
from .mutations import edited, edits, mutated, texts

CSV = [
    b"company_id,company_name,size,weeks,founded,sure,goals,parts,tags,languages,extra\n"
    b'a,"Caf\xc3\xa9, Ltd",3,2,2020-01-01,yes,leads;sales,goal,x;y,en;de-AT,1\n'
    b'b,"two\nlines",,,,,,,,,\nc,,x,1.5,2020-13-01,DONT_KNOW,other;nix,[],,EN,\n',
    b"company_id;size\r\na;1\r\nb;2\r\n",
    b"\xef\xbb\xbfcompany_id\tsize\na\t1\nb\t2\n",
    b"company_id,company_name\na,M\xfcller\n",
    b'"company_id"\n"a"\n\n"b"\n',
    "company_id,size\na,1\nb,2\n".encode("utf-16"),
    b"sep=;\ncompany_id;size\na;1\n",
    b"company_id,size\n" + b"".join(b"%d,%d\n" % (n, n) for n in range(60)),
]
CSV_PIECES = [
    *(b'"', b'""', b",", b";", b"\t", b"|", b"\n", b"\r", b"\r\n", b"\n\n", b"\0", b"\xff", b"\xef\xbb\xbf", b"\\"),
    *(b"a,", b'"a"x', b",,,,,,,,,,,,,", b"company_id", b"_extra_cells", b"\xff\xfe", b"\xe2\x80\xae", b"1e999", b" "),
]
JSON = [
    b'{"company_id": "a", "company_name": "Caf\xc3\xa9", "size": 3, "goals": ["leads"], "founded": "2020-01-01"}\n'
    b'{"company_id": "b", "size": null, "sure": true, "tags": []}\n\n{"company_id": 3, "sure": "yes"}\n',
    b'{"company_id": 1, "weeks": 1.5}\n{"company_id": 2.0, "weeks": "x"}\n[1]\n3\n',
    b'{"company_id": "a", "company_name": "\\ud83d\\ude00 \\ud800"}\r\n{"company_id": "b"}',
    b"".join(b'{"company_id": "c%d", "k%d": "v"}\n' % (n, n) for n in range(40)),
]
JSON_PIECES = [
    *(b'"', b"{", b"}", b"[", b"]", b",", b":", b"\n", b"\r", b"\0", b"\xff", b"\\", b"\\ud800", b"\\u0000", b"null"),
    *(b"NaN", b"1e999", b"-", b"{}", b"[1]\n", b"3\n", b'"x"\n', b'"company_id":', b'"COMPANY_ID": 1,', b'"": 1,'),
    *(b"[" * 300, b'{"a":' * 200, b"9" * 400, b"\xef\xbb\xbf", b"\xff\xfe", b"true", b"{bad", b'"_file": 1,'),
]
RECORDS = [
    {"company_id": "a", "company_name": "x" * 40, "size": 3.0, "weeks": 2, "sure": "yes", "goals": ["leads", "sales"]},
    {"company_id": "b", "company_name": None, "size": None, "weeks": None, "sure": "dont_know", "goals": []},
    *({"company_id": f"c{n}", "company_name": f"n{n % 3}", "size": n / 3, "weeks": n, "sure": "no"} for n in range(30)),
]


def parquet(**options: Any) -> bytes:
    """The records as a Parquet file."""
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(RECORDS), buffer, **options)
    return buffer.getvalue()


PARQUET = [
    parquet(),
    parquet(compression="none", use_dictionary=False, row_group_size=10),
    parquet(compression="zstd", data_page_version="2.0", write_page_index=True),
    parquet(compression="none", use_dictionary=False, data_page_version="2.0", column_encoding="PLAIN"),
]
PARQUET_PIECES = [
    b"PAR1",
    b"\0" * 4,
    b"\xff" * 4,
    b"\x7f\xff\xff\xff",
    b"\x80\x80\x80\x80\x80\x01",
    b"\x15\0",
    b"\x19",
    b"\x2c",
]


def damaged(original: bytes, where: str, changes: list[Any]) -> bytes:
    """A Parquet file that is damaged in its footer or in its pages."""
    length = int.from_bytes(original[-8:-4], "little")
    pages, footer, end = original[: -8 - length], original[-8 - length : -8], original[-8:]
    if where == "footer":
        # The length that stands behind it is put right, so that the reader gets as far as the damage.
        footer = edited(footer, changes)
        return pages + footer + len(footer).to_bytes(4, "little") + end[4:]
    if where == "pages":
        changed = edited(pages, changes)
        # As long as before: what the footer says of places stays true.
        return (changed + bytes(len(pages)))[: len(pages)] + footer + end
    return edited(original, changes)


def damaged_parquet() -> st.SearchStrategy[bytes]:
    """Parquet files that were whole once."""
    where = st.sampled_from(["footer", "footer", "pages", "pages", "anywhere"])
    return st.builds(damaged, st.sampled_from(PARQUET), where, edits(PARQUET_PIECES))


def any_bytes(originals: Sequence[bytes], pieces: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """Mostly files that were whole once, with most of the damage behind their first line."""
    whole = [mutated(originals, pieces, 0.3, 2), mutated(originals, pieces, 0.3, 4), mutated(originals, pieces)]
    return st.one_of(*whole, st.binary(max_size=60))


@pytest.mark.parametrize("many", SIZES)
def test_csv_of_any_bytes_is_scored_or_refused_and_no_row_is_lost(
    many: bool, wanted: int | None, worker: Worker
) -> None:
    def holds(content: bytes) -> None:
        reply = worker.ask(companies=worker.write("companies.csv", content))
        reply.check()
        if reply.end == "accepted" and not set(content) & set(b'"\0\r\xff\xfe') and content.isascii():
            rows = reply.tables["companies"]
            lines = [line for line in content.split(b"\n")[rows["first"] - 1 :] if line]
            # Rows at the end that hold nothing are no records.
            while lines and not lines[-1].strip(b",;\t| "):
                lines.pop()
            if not content.startswith(b"sep="):
                assert rows["read"] == len(lines)

    try_many(any_bytes(CSV, CSV_PIECES), holds, many, wanted, 0.25)


@pytest.mark.parametrize("many", SIZES)
def test_json_lines_of_any_bytes_are_scored_or_refused_and_no_row_is_lost(
    many: bool, wanted: int | None, worker: Worker
) -> None:
    def holds(content: bytes) -> None:
        reply = worker.ask(companies=worker.write("companies.jsonl", content))
        reply.check()
        if reply.end == "accepted" and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
            lines = [line for line in content.split(b"\n") if line.strip(b" \t\r\n")]
            assert reply.tables["companies"]["read"] == len(lines)

    try_many(any_bytes(JSON, JSON_PIECES), holds, many, wanted, 0.2)


@pytest.mark.parametrize("many", SIZES)
def test_damaged_parquet_is_scored_or_refused_and_never_ends_the_process(
    many: bool, wanted: int | None, worker: Worker
) -> None:
    def holds(content: bytes) -> None:
        worker.ask(companies=worker.write("companies.parquet", content)).check()

    try_many(damaged_parquet(), holds, many, wanted, 0.225)


RECORD = st.fixed_dictionaries(
    {"company_id": st.one_of(texts(), st.sampled_from("ab")), "note": texts()},
    optional={
        "company_name": texts(),
        "tags": texts(),
        "sure": texts(),
        "size": texts(),
        "founded": texts(),
    },
)
ACCOUNT = st.fixed_dictionaries(
    {"company_id": st.one_of(texts(), st.sampled_from("ab")), "network": texts(), "status": st.just("open")},
    optional={"handle": texts(), "url": texts()},
)


@pytest.mark.parametrize("many", SIZES)
def test_ids_and_names_of_any_text_are_scored_and_shown(many: bool, wanted: int | None, worker: Worker) -> None:
    def holds(given: tuple[list[dict[str, str]], list[dict[str, str]], str]) -> None:
        companies, accounts, name = given
        paths = {}
        for table, records in (("companies", companies), ("accounts", accounts)):
            lines = "".join(json.dumps({name if k == "note" else k: v for k, v in r.items()}) + "\n" for r in records)
            paths[table] = worker.write(f"{table}.jsonl", lines.encode())
        reply = worker.ask(**paths, keep=[name], shown=True)
        reply.check()
        if reply.end == "accepted":
            assert reply.tables["companies"]["read"] == len(companies)
            assert reply.tables["accounts"]["read"] == len(accounts)

    tables = st.tuples(
        st.lists(RECORD, min_size=1, max_size=4),
        st.lists(ACCOUNT, min_size=1, max_size=4),
        st.one_of(st.just("note"), texts()),
    )
    try_many(tables, holds, many, wanted, 0.075)
