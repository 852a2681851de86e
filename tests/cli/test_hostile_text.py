"""Texts that mean harm, in every place where a text may stand: scored, shown escaped, exported as text."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from .commands import PROGRAM, fails, socialrules, table

HOSTILE = [
    "'; DROP TABLE rejects; --",
    '"quoted" \\',
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "a\0b",
    "\u202egnp.exe",
    "\u2066x\u2069",
    "x\u200by",
    "\x1b[31mred\x1b[0m",
    "\x9b31m",
    "\x1b]8;;http://x\x07",
    "line\nbreak\r\nbreak\rbreak",
    "[red]markup[/red] [/] :warning:",
    "{customers}",
    "\U0001f9d1\u200d\U0001f680 \u0301",
]
COLUMN = "no\x1b[31mte \u202e\"'[red]"
LONG = "x" * 1_000_000


def companies() -> list[dict[str, str]]:
    """A company for every text, and one of a megabyte."""
    found = [{"company_id": t, "company_name": t, "industry": t, "tools": t, COLUMN: t, "\x1b": t} for t in HOSTILE]
    return [*found, {"company_id": "big", "company_name": LONG, "industry": "y " * 500_000, COLUMN: LONG}]


def accounts() -> list[dict[str, str]]:
    """An account for every text."""
    return [{"company_id": t, "network": "facebook", "handle": t, "url": t, "status": "open"} for t in HOSTILE]


def assert_visible(said: str) -> None:
    """Asserts that nothing in it moves a cursor, hides or turns round."""
    assert said.replace("\n", "").isprintable(), ascii({c for c in said if not c.isprintable()})


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
def test_hostile_texts_are_scored_shown_escaped_and_exported_as_they_are(ending: str, tmp_path: Path) -> None:
    for name, records in (("companies", companies()), ("accounts", accounts())):
        path = tmp_path / f"{name}.{ending}"
        if ending == "parquet":
            pq.write_table(pa.Table.from_pylist(records), path)
        else:
            path.write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
    inputs = (f"companies.{ending}", "--accounts", f"accounts.{ending}", "--keep", COLUMN)
    ended = socialrules("score", *inputs, "-o", "out", cwd=tmp_path)
    assert ended.code == 0, ended.err
    assert_visible(ended.out + ended.err)
    assert len(ended.out) < 20_000
    found = table(
        tmp_path / "out" / "companies.parquet", f'company_id, company_name, "{COLUMN.replace(chr(34), chr(34) * 2)}"'
    )
    assert found == [*((t, t, t) for t in HOSTILE), ("big", LONG, LONG)]
    handles = table(tmp_path / "out" / "accounts.parquet", "handle")
    assert handles == [(t,) for t in HOSTILE]
    for identity in (
        "\x1b[31mred\x1b[0m",
        "\u202egnp.exe",
        "[red]markup[/red] [/] :warning:",
        "line\nbreak\r\nbreak\rbreak",
        "big",
    ):
        text = socialrules("explain", "out", "--", identity, cwd=tmp_path)
        assert text.code == 0, text.err
        assert_visible(text.out)
        assert len(text.out) < 100_000
        as_json = socialrules("explain", "out", "--format", "json", "--", identity, cwd=tmp_path)
        assert_visible(as_json.out)
        assert json.loads(as_json.out)["id"] == identity
    shown = socialrules("explain", "out", "--", "\x1b[31mred\x1b[0m", cwd=tmp_path).out
    assert shown.startswith("\\x1b[31mred\\x1b[0m (\\x1b[31mred\\x1b[0m)\n")
    assert socialrules("explain", "out", "big", cwd=tmp_path).out.startswith("x" * 99 + "\u2026 (big)\n")
    assert ":warning:" in socialrules("explain", "out", "--", HOSTILE[13], cwd=tmp_path).out


def test_messages_show_hostile_names_escaped_and_cut(tmp_path: Path) -> None:
    name = "\x1b[31m\u202e[red]" + "n" * 200 + ".csv"
    for header in (f"\x1b,{'c' * 100_000}", "c" * 1_000_000):
        (tmp_path / name).write_text(f"{header}\n1,2\n", encoding="utf-8")
        ended = fails(3, ["score", name, "-o", "out"], "\\x1b[31m\\u202e[red]n", cwd=tmp_path)
        assert_visible(ended.err)
    long = "\x1b[2J" + "s" * 100_000
    ended = fails(2, ["score", name, "-o", "out", "--select", long], "\\x1b[2Js", cwd=tmp_path)
    assert_visible(ended.err)
    assert len(ended.err) < 5_000


def test_texts_of_rules_are_shown_escaped(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(
        'id = "mine"\ntitle = "\\u001b[31mt"\nquestion = "[red]q\\u202e"\nrole = "advice"\n[[checks]]\ncode = "MI-01"\n'
        'title = "\\u009b31m[bold]"\nlevel = "company"\nseverity = "minor"\npasses = "employee_count > 1"\n'
        'why = "<b>\\u0007"\nadvice = "\\u200b:warning:"\n',
        encoding="utf-8",
    )
    ended = socialrules("check", "MI-01", "--rules", "rules.toml", cwd=tmp_path)
    assert ended.code == 0, ended.err
    assert_visible(ended.out)
    assert "\\x9b31m[bold]" in ended.out
    assert "\\u200b:warning:" in ended.out
    listed = socialrules("guidelines", "--rules", "rules.toml", "--format", "json", cwd=tmp_path)
    assert_visible(listed.out)
    assert json.loads(listed.out)[-1]["question"] == "[red]q\u202e"


def test_names_that_are_no_text_are_told(tmp_path: Path) -> None:
    name = b"c\xff.csv"
    (Path(bytes(tmp_path).decode()) / name.decode("utf-8", "surrogateescape")).write_bytes(b"company_id\na\n")
    for arguments in (["score", name, "-o", "out"], ["score", ".", "-o", b"o\xff"], ["score", ".", "-o", "out"]):
        done = subprocess.run([PROGRAM, *arguments], cwd=tmp_path, capture_output=True, check=False, timeout=60)
        assert (done.returncode, done.stdout) in ((3, b""), (2, b""))
        assert b"is not valid UTF-8" in b" ".join(done.stderr.replace("\u2502".encode(), b"").split())
