"""``socialrules compile``: the SQL that a run consists of."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import duckdb
import pytest

from .commands import SAMPLE, fails, socialrules, table
from .conftest import Scored


def run_script(script: str) -> None:
    """Runs a script as bare DuckDB does, after making the folders that its head asks for."""
    head = re.search(r"^-- Before it runs, make these folders: (.*)$", script, re.MULTILINE)
    assert head is not None
    for folder in shlex.split(head[1]):
        Path(folder).mkdir(parents=True, exist_ok=True)
    con = duckdb.connect()
    con.execute(script)
    con.close()


def results(folder: Path, name: str) -> list[tuple[object, ...]]:
    """A result table that a script wrote somewhere below a folder."""
    (path,) = [p for p in folder.rglob(f"{name}*") if p.name in (name, f"{name}.parquet")]
    return table(path)


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl"])
def test_the_script_writes_the_same_tables_as_score(ending: str, scored: Scored, tmp_path: Path) -> None:
    inputs = {}
    for name in ("companies", "accounts", "staff"):
        inputs[name] = str(tmp_path / f"{name}.{ending}")
        options = {"csv": "FORMAT csv", "parquet": "FORMAT parquet", "jsonl": "FORMAT json"}[ending]
        duckdb.execute(
            f"COPY (FROM read_csv('{SAMPLE}/{name}.csv', all_varchar = TRUE)) TO '{inputs[name]}' ({options})"
        )
    given = (inputs["companies"], "--accounts", inputs["accounts"], "--staff", inputs["staff"], "--as-of", "2026-11-01")
    assert socialrules("score", *given, "-o", tmp_path / "out").code == 0
    ended = socialrules("compile", *given, "--folder", "made", "-o", "run.sql", cwd=tmp_path)
    assert (ended.code, ended.out) == (0, ""), ended.err
    assert not (tmp_path / "made").exists()
    run_script((tmp_path / "run.sql").read_text(encoding="utf-8"))
    for name in ("companies", "accounts", "rejects"):
        assert results(tmp_path / "made", name) == table(tmp_path / "out" / f"{name}.parquet"), name


def test_a_small_script_writes_the_same_tables_as_score(few: Path) -> None:
    given = (
        "companies.csv",
        "--accounts",
        "accounts.csv",
        "--staff",
        "staff.csv",
        "--as-of",
        "2026-11-01",
        "--keep",
        "region",
        "--select",
        "clear_goal",
    )
    assert socialrules("score", *given, "-o", "out", cwd=few).code == 0
    ended = socialrules("compile", *given, "--folder", "made dir", cwd=few)
    assert (ended.code, ended.err) == (0, "")
    assert not (few / "made dir").exists()
    run_script(ended.out.replace("made dir", "made"))
    for name in ("companies", "accounts", "rejects"):
        assert results(few / "made", name) == table(few / "out" / f"{name}.parquet"), name
    assert len(results(few / "made", "rejects")) >= 2


@pytest.mark.slow
def test_the_rules_alone_are_a_script_that_duckdb_takes(tmp_path: Path) -> None:
    ended = socialrules("compile")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == socialrules("compile").out
    assert len(duckdb.extract_statements(ended.out)) > 5
    assert "cg_01" in ended.out
    selected = socialrules("compile", "--select", "clear_goal", "-o", tmp_path / "rules.sql")
    assert (selected.code, selected.out) == (0, "")
    assert len((tmp_path / "rules.sql").read_text(encoding="utf-8")) < len(ended.out)


@pytest.mark.slow
def test_compile_reads_no_more_than_score_and_fails_alike(few: Path) -> None:
    fails(3, ["compile", "gone.csv"], "gone.csv", cwd=few)
    fails(2, ["compile", "companies.csv", "--keep", "colour"], "colour", cwd=few)
    fails(2, ["compile", "--select", "nonsense"], "nonsense", cwd=few)
    fails(2, ["compile", "companies.csv", "--as-of", "soon"], "soon", cwd=few)
    (few / "companies.csv").write_text("id\na\n", encoding="utf-8")
    fails(3, ["compile", "companies.csv"], "company_id", cwd=few)


def test_a_file_that_cannot_be_written_ends_with_three(tmp_path: Path) -> None:
    fails(3, ["compile", "-o", "nowhere/rules.sql"], "nowhere", cwd=tmp_path)


def test_a_script_that_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "rules.sql").write_text("mine", encoding="utf-8")
    fails(2, ["compile", "-o", "rules.sql"], "rules.sql exists already", "--overwrite", cwd=tmp_path)
    assert (tmp_path / "rules.sql").read_text(encoding="utf-8") == "mine"
    ended = socialrules("compile", "-o", "rules.sql", "--overwrite", cwd=tmp_path)
    assert (ended.code, ended.out) == (0, "")
    head = (tmp_path / "rules.sql").read_text(encoding="utf-8").splitlines()[1]
    assert "companies_facts, accounts_facts, staff_facts" in head
    assert ended.err == f"rules.sql: {head.removeprefix('-- ')}\n"


def test_the_command_says_which_folders_the_script_needs(few: Path) -> None:
    ended = socialrules("compile", "companies.csv", "-o", "run.sql", cwd=few)
    assert (ended.code, ended.out) == (0, "")
    head = (few / "run.sql").read_text(encoding="utf-8").splitlines()[1]
    assert ended.err == f"run.sql: {head.removeprefix('-- ')}\n"
    assert f"make these folders: {few}/socialrules-script/result" in head


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("c.csv", b"company_id,company_name\na,M\xfcller\n"),
        ("c.csv", "company_id\na\n".encode("utf-16")),
        ("c.jsonl", b'{"company_id": "a"}\n3\n'),
    ],
)
def test_a_file_that_has_to_be_mended_is_no_matter_for_a_script(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    fails(3, ["compile", name], f"companies: {name} has to be mended", cwd=tmp_path)
