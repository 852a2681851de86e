"""``socialrules score``: options, exit codes, and what it writes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import duckdb
import pytest

from socialrules import load_rulebook

from .commands import PROGRAM, columns, fails, socialrules, table
from .conftest import Scored

OUTCOMES = {"pass", "fail", "unknown", "not_applicable"}
FEW = (
    "score",
    "companies.csv",
    "--accounts",
    "accounts.csv",
    "--staff",
    "staff.csv",
    "--as-of",
    "2026-11-01",
    "-o",
    "out",
)
FIRST_OF_COMPANIES = [
    "company_id",
    "company_name",
    "verdict",
    "verdict_reason",
    "also",
    "presence",
    "suited",
    "declared",
    "ready",
    "score",
    "score_low",
    "score_high",
    "coverage",
    "failed_blockers",
    "failed_majors",
]


def test_a_result_folder_holds_its_tables_and_nothing_else(scored: Scored) -> None:
    assert sorted(p.name for p in scored.out.iterdir()) == [
        "accounts.parquet",
        "companies.parquet",
        "rejects.parquet",
        "run.json",
    ]
    assert sorted(p.name for p in scored.out.parent.iterdir()) == ["out"]


def test_companies_have_the_columns_of_the_contract_in_order(scored: Scored) -> None:
    book = load_rulebook()
    checks = [c.code.lower().replace("-", "_") for g in book.guidelines for c in g.checks if c.level == "company"]
    guidelines = [g.id for g in book.guidelines]
    found = columns(scored.out / "companies.parquet")
    assert found[:15] == FIRST_OF_COMPANIES
    assert found[15 : 15 + len(guidelines)] == guidelines
    assert sorted(found[15 + len(guidelines) : -2]) == sorted(checks)
    assert len(checks) > 80
    assert found[-2:] == ["source_file", "source_row"]


def test_accounts_have_the_columns_of_the_contract_in_order(scored: Scored) -> None:
    book = load_rulebook()
    checks = [c.code.lower().replace("-", "_") for g in book.guidelines for c in g.checks if c.level == "account"]
    found = columns(scored.out / "accounts.parquet")
    assert found[:6] == ["company_id", "network", "handle", "status", "decision", "provisional"]
    assert sorted(found[6:-2]) == sorted(checks)
    assert found[-2:] == ["source_file", "source_row"]


def test_rejects_have_the_columns_of_the_contract_in_order(scored: Scored) -> None:
    assert columns(scored.out / "rejects.parquet") == [
        "table",
        "file",
        "row",
        "company_id",
        "column",
        "value",
        "kind",
        "reason",
    ]


def test_values_are_those_of_the_contract(scored: Scored) -> None:
    companies, accounts = scored.out / "companies.parquet", scored.out / "accounts.parquet"
    verdicts = {"ready", "not_yet", "find_out_first", "stay_out", "rethink", "keep", "fix", "rebalance", "withdraw"}
    decisions = {
        "keep",
        "fix",
        "fix_tactics",
        "delegate",
        "drop",
        "analyse_first",
        "open",
        "wait",
        "find_out_first",
        "do_not_open",
        "closed",
    }
    presences = {"present", "present_unlisted", "planned", "left", "none", "unknown"}
    assert {v for (v,) in table(companies, "DISTINCT verdict")} <= verdicts
    assert len(table(companies, "DISTINCT verdict")) > 5
    assert {v for (v,) in table(companies, "DISTINCT presence")} <= presences
    assert {v for (v,) in table(accounts, "DISTINCT decision")} <= decisions
    assert {v for (v,) in table(accounts, "DISTINCT provisional")} <= decisions | {None, "delegate_or_drop"}
    for path, first in ((companies, 15), (accounts, 6)):
        for column in columns(path)[first:-2]:
            assert {v for (v,) in table(path, f'DISTINCT "{column}"::VARCHAR')} <= OUTCOMES, column


def test_rows_come_in_the_order_of_the_input(scored: Scored) -> None:
    rows = [r for (r,) in table(scored.out / "companies.parquet", "source_row")]
    assert rows == sorted(rows)
    place = {c: i for i, (c,) in enumerate(table(scored.out / "companies.parquet", "company_id"))}
    accounts = table(scored.out / "accounts.parquet", "company_id, source_row")
    assert accounts == sorted(accounts, key=lambda a: (place[a[0]], a[1]))


def test_the_manifest_tells_the_whole_run(scored: Scored) -> None:
    manifest = scored.manifest
    assert set(manifest["inputs"]) == {"companies", "accounts", "staff"}
    for name, entry in manifest["inputs"].items():
        (file,) = entry["files"]
        assert len(file["sha256"]) == 64
        assert file["size"] == Path(file["path"]).stat().st_size
        left_out = table(scored.out / "rejects.parquet", "count(*)", f"WHERE kind = 'row' AND \"table\" = '{name}'")[0][
            0
        ]
        assert entry["rows"] == entry["scored"] + entry["left_out"]
        assert entry["left_out"] == left_out
    assert manifest["as_of"] == "2026-11-01"
    assert len(manifest["parameters"]) > 20
    assert len(manifest["plugins"]) >= 19
    assert set(manifest["values"]) == {"companies", "accounts"}
    assert manifest["rulebook"]["hash"] == load_rulebook().hash


def test_the_summary_is_quiet_and_names_the_next_step(scored: Scored) -> None:
    assert scored.ended.err == ""
    assert "socialrules explain" in scored.ended.out
    assert str(scored.out) in scored.ended.out.replace("\n", "")


def test_the_same_run_gives_the_same_bytes_and_prints_the_same(scored: Scored, tmp_path: Path) -> None:
    assert socialrules("score", *scored.inputs, "-o", tmp_path / "out").code == 0
    for name in ("companies", "accounts", "rejects"):
        assert (tmp_path / "out" / f"{name}.parquet").read_bytes() == (scored.out / f"{name}.parquet").read_bytes(), (
            name
        )


def test_companies_alone_are_enough(few: Path) -> None:
    ended = socialrules("score", "companies.csv", "-o", "out", cwd=few)
    assert ended.code == 0, ended.err
    assert table(few / "out" / "companies.parquet", "company_id") == [("a",), ("b",), ("c",)]


def test_bad_rows_and_cells_are_recorded_and_the_rest_is_scored(few: Path) -> None:
    ended = socialrules(*FEW, cwd=few)
    assert ended.code == 0, ended.err
    assert table(few / "out" / "companies.parquet", "company_id") == [("a",), ("b",), ("c",)]
    found = table(few / "out" / "rejects.parquet", '"table", row, company_id, "column", value, kind')
    assert found == [
        ("accounts", 3, "gone", "company_id", "gone", "row"),
        ("companies", 2, "b", "employee_count", "about ten", "cell"),
        ("staff", 2, "a", "social_hours_week", "20", "cell"),
        ("staff", 2, "a", "working_hours_week", "10", "cell"),
    ]
    assert "region" in ended.out


def test_bad_cells_are_recorded_whatever_is_selected(few: Path) -> None:
    ended = socialrules(*FEW, "--select", "CG-01", cwd=few)
    assert ended.code == 0, ended.err
    assert {t for (t,) in table(few / "out" / "rejects.parquet", '"table"')} == {"accounts", "companies", "staff"}


def test_kept_columns_stand_before_the_source(few: Path) -> None:
    assert socialrules(*FEW, "--keep", "region", "--keep", "employee_count", cwd=few).code == 0
    assert columns(few / "out" / "companies.parquet")[-4:] == ["region", "employee_count", "source_file", "source_row"]
    assert table(few / "out" / "companies.parquet", "region") == [("North",), ("South",), (None,)]
    assert columns(few / "out" / "accounts.parquet")[-3:] == ["region", "source_file", "source_row"]
    assert table(few / "out" / "accounts.parquet", "region") == [("North",), (None,), (None,)]


def test_more_rejects_than_allowed_end_with_one_and_leave_the_rejects(few: Path) -> None:
    ended = socialrules(*FEW, "--max-rejected", "10%", cwd=few)
    assert ended.code == 1, ended.err
    assert "accounts: 1 of 4 rows" in ended.err
    assert "out.rejects.parquet" in ended.err
    assert not (few / "out").exists()
    assert table(few / "out.rejects.parquet", '"table", row, "column", kind') == [("accounts", 3, "company_id", "row")]
    assert sorted(p.name for p in few.iterdir()) == [
        "accounts.csv",
        "companies.csv",
        "out.rejects.parquet",
        "staff.csv",
    ]


@pytest.mark.slow
@pytest.mark.parametrize("share", ["25%", "0.25", "1", "100%"])
def test_as_many_rejects_as_allowed_are_fine(share: str, few: Path) -> None:
    assert socialrules(*FEW, "--max-rejected", share, cwd=few).code == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--select", "clear_gaol"), ("--select clear_gaol", "Did you mean 'clear_goal'")),
        (("--ignore", "CG-99"), ("--ignore CG-99",)),
        (("--set", "readiness.nonsense=1"), ("readiness.nonsense",)),
        (("--set", "readiness.invest_ratio=-1"), ("readiness.invest_ratio=-1", "at least 0")),
        (("--set", "readiness.invest_ratio=many"), ("many", "no number")),
        (("--set", "readiness.invest_ratio=inf"), ("at least 0",)),
        (("--set", "readiness.invest_ratio=nan"), ("at least 0",)),
        (("--set", "readiness.invest_ratio"), ("guideline.parameter=value",)),
        (("--set", "readiness.benefit_grace_months=1"), ("do not fit together", "readiness.benefit_grace_months")),
        (("--as-of", "yesterday"), ("--as-of yesterday", "YYYY-MM-DD")),
        (("--as-of", "2026-02-30"), ("--as-of 2026-02-30",)),
        (("--keep", "colour"), ("--keep colour",)),
        (("--max-rejected", "many"), ("--max-rejected many",)),
        (("--max-rejected", "120%"), ("--max-rejected 120%",)),
        (("--threads", "0"), ("--threads", "between 1 and")),
        (("--threads", "9999999"), ("--threads", "between 1 and")),
        (("--memory-limit", "much"), ("--memory-limit much",)),
        (("--depth", "deep"), ("deep",)),
        (("--depth", "Core"), ("Core",)),
        (("--threads", "two"), ("--threads", "integer")),
        (("--nonsense",), ("--nonsense",)),
    ],
    ids=" ".join,
)
def test_a_wrong_option_is_a_usage_error(options: tuple[str, ...], said: tuple[str, ...], few: Path) -> None:
    arguments = [*FEW, *options]
    if options[0] == "--as-of":
        arguments = [a for a in FEW if a not in ("--as-of", "2026-11-01")] + list(options)
    ended = socialrules(*arguments, cwd=few)
    assert ended.code == 2, ended
    assert ended.out == ""
    for words in said:
        assert words in " ".join(ended.err.replace("│", " ").split())
    # What the command line itself refuses stands in one line, what the program refuses in a panel.
    assert ended.err.count("╭") + ended.err.count("\nError: ") == 1
    assert sorted(p.name for p in few.iterdir()) == ["accounts.csv", "companies.csv", "staff.csv"]


@pytest.mark.slow
def test_an_out_that_exists_is_left_alone(few: Path) -> None:
    assert socialrules(*FEW, cwd=few).code == 0
    before = {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in (few / "out").iterdir()}
    fails(2, FEW, "out exists already", "--overwrite", cwd=few)
    assert {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in (few / "out").iterdir()} == before


def test_overwrite_replaces_an_older_out_and_only_when_the_run_succeeds(few: Path) -> None:
    assert socialrules(*FEW, cwd=few).code == 0
    before = (few / "out" / "run.json").read_bytes()
    broken = [a if a != "companies.csv" else "gone.csv" for a in FEW]
    fails(3, [*broken, "--overwrite"], "gone.csv", cwd=few)
    assert (few / "out" / "run.json").read_bytes() == before
    assert socialrules(*FEW, "--overwrite", "--depth", "full", cwd=few).code == 0
    assert json.loads((few / "out" / "run.json").read_text(encoding="utf-8"))["rulebook"]["depth"] == "full"


@pytest.mark.parametrize("kind", ["file", "folder", "sources"])
def test_overwrite_never_replaces_what_is_no_result(kind: str, few: Path) -> None:
    if kind == "file":
        (few / "out").write_text("mine", encoding="utf-8")
    else:
        (few / "out").mkdir()
        shutil.copy(few / "companies.csv", few / "out" / "companies.csv")
    fails(2, [*FEW, "--overwrite"], "no result folder", cwd=few)


def test_an_out_that_is_the_folder_of_the_inputs_is_refused(few: Path) -> None:
    (few / "in").mkdir()
    for name in ("companies", "accounts", "staff"):
        (few / f"{name}.csv").rename(few / "in" / f"{name}.csv")
    fails(2, ["score", "in/companies.csv", "-o", "in", "--overwrite"], "in", cwd=few)


BAD = {
    "missing": (None, ("there is no file", "companies.csv")),
    "empty": ("", ("companies.csv is empty",)),
    "header": ("company_id,size\n", ("holds no rows",)),
    "no_id": ("id\na\n", ("no column company_id",)),
    "no_usable_id": ("company_id,company_name\n ,x\n,y\n", ("none of the 2 rows can be scored",)),
}


@pytest.mark.parametrize("kind", BAD)
def test_an_input_that_makes_the_run_meaningless_ends_with_three(kind: str, few: Path) -> None:
    content, said = BAD[kind]
    if content is None:
        (few / "companies.csv").unlink()
    else:
        (few / "companies.csv").write_text(content, encoding="utf-8")
    fails(3, FEW, *said, cwd=few)


@pytest.mark.parametrize("option", ["--accounts", "--staff", "--mapping", "--rules"])
def test_any_missing_file_ends_with_three(option: str, few: Path) -> None:
    fails(3, [*FEW, option, "gone.toml" if option in ("--mapping", "--rules") else "gone.csv"], "gone.", cwd=few)


def test_an_unreadable_parquet_ends_with_three(few: Path) -> None:
    (few / "companies.parquet").write_bytes(b"no parquet at all, but long enough")
    fails(3, ["score", "companies.parquet", "-o", "out"], "companies.parquet is not a readable Parquet file", cwd=few)


def test_a_column_of_a_type_that_cannot_be_read_ends_with_three(few: Path) -> None:
    duckdb.execute(f"COPY (SELECT 'a' AS company_id, DATE '2024-01-01' AS employee_count) TO '{few}/companies.parquet'")
    fails(3, ["score", "companies.parquet", "-o", "out"], "column employee_count", "DATE", "a number", cwd=few)


def test_an_unknown_column_in_a_mapping_ends_with_three(few: Path) -> None:
    (few / "map.toml").write_text("[companies]\ncompany_id = 'company_idd'\n", encoding="utf-8")
    fails(3, [*FEW, "--mapping", "map.toml"], "map.toml", "company_idd", "Did you mean 'company_id'", cwd=few)


def test_a_broken_rule_file_ends_with_three(few: Path) -> None:
    (few / "rules.toml").write_text("id = 'x'\nnonsense = 1\n", encoding="utf-8")
    fails(3, [*FEW, "--rules", "rules.toml"], "rules.toml", cwd=few)


def test_a_rule_file_adds_its_guideline(few: Path) -> None:
    (few / "mine.toml").write_text(
        'id = "mine"\ntitle = "Mine"\nquestion = "Is it mine?"\nrole = "ready"\n\n'
        '[[checks]]\ncode = "ZZ-01"\ntitle = "Three"\nlevel = "company"\n'
        'severity = "minor"\nrequired_at = "never"\npasses = "employee_count >= 3"\nwhy = "why"\nadvice = "advice"\n',
        encoding="utf-8",
    )
    assert socialrules(*FEW, "--rules", "mine.toml", cwd=few).code == 0
    assert table(few / "out" / "companies.parquet", "zz_01::VARCHAR") == [("pass",), ("unknown",), ("unknown",)]


def test_an_out_that_cannot_be_written_ends_with_three(few: Path) -> None:
    (few / "file").write_text("x", encoding="utf-8")
    fails(3, [*FEW[:-1], "file/out"], "file", cwd=few)


def test_what_is_left_out_is_neither_counted_nor_written(few: Path, scored: Scored) -> None:
    assert (
        socialrules("score", *scored.inputs, "-o", few / "one", "--select", "clear_goal", "--ignore", "CG-05").code == 0
    )
    found = columns(few / "one" / "companies.parquet")
    assert [c for c in found if c[:3] == "cg_"] == [
        c for c in columns(scored.out / "companies.parquet") if c[:3] == "cg_" and c != "cg_05"
    ]
    assert "policy_present" not in found
    assert not [c for c in found if c[:3] in ("pp_", "sr_")]
    assert columns(few / "one" / "companies.parquet")[:15] == FIRST_OF_COMPANIES
    kept = [c for c in found if c.startswith("cg_")]
    for column in kept:
        assert table(few / "one" / "companies.parquet", column) == table(scored.out / "companies.parquet", column)
    failed = " + ".join(f"({c} = 'fail')::INTEGER" for c in kept)
    bad = table(few / "one" / "companies.parquet", "count(*)", f"WHERE failed_blockers + failed_majors > {failed}")
    assert bad == [(0,)]
    assert "PP-01" not in socialrules("score", *scored.inputs, "-o", few / "two", "--select", "clear_goal").out


def test_names_of_select_are_read_whatever_the_case(few: Path) -> None:
    assert socialrules(*FEW, "--select", "cg-01", "--select", "Policy_Present", cwd=few).code == 0
    assert {"cg_01", "policy_present"} <= set(columns(few / "out" / "companies.parquet"))


def test_set_changes_outcomes_and_is_told_in_the_manifest(few: Path) -> None:
    assert socialrules(*FEW, "--set", "readiness.benefit_grace_months=18", cwd=few).code == 0
    assert (
        json.loads((few / "out" / "run.json").read_text(encoding="utf-8"))["parameters"]["benefit_grace_months"] == 18
    )


def test_as_of_fills_only_missing_dates(few: Path) -> None:
    (few / "companies.csv").write_text("company_id,as_of_date\na,2026-01-01\nb,\nc,2026-12-31\n", encoding="utf-8")
    assert socialrules(*FEW, cwd=few).code == 0
    found = table(few / "out" / "rejects.parquet", 'row, "column", value', "WHERE \"table\" = 'companies'")
    assert found == [(3, "as_of_date", "2026-12-31")]


def test_an_interrupted_run_leaves_nothing_and_ends_with_130(few: Path) -> None:
    duckdb.execute(
        f"COPY (SELECT range::VARCHAR AS company_id, 3 AS employee_count FROM range(3000000)) TO '{few}/many.parquet'"
    )
    running = subprocess.Popen(
        [str(PROGRAM), "score", "many.parquet", "-o", "out"],
        cwd=few,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and not any(p.name.startswith(".out.work") for p in few.iterdir()):
        time.sleep(0.05)
    time.sleep(0.5)
    os.kill(running.pid, signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 130, err
    assert "Traceback" not in err
    assert (out, err) == ("", "Stopped. Nothing was written.\n")
    assert sorted(p.name for p in few.iterdir()) == ["accounts.csv", "companies.csv", "many.parquet", "staff.csv"]


def test_a_reader_that_goes_away_is_no_failure(tmp_path: Path) -> None:
    companies = tmp_path / "companies.csv"
    companies.write_text("company_id\na\n", encoding="utf-8")
    command = [PROGRAM, "score", str(companies), "-o", str(tmp_path / "out")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()
    assert (process.returncode, said) == (0, b"")
    assert (tmp_path / "out" / "run.json").exists()


def test_two_runs_at_once_on_one_out_leave_one_result(tmp_path: Path) -> None:
    companies = tmp_path / "companies.csv"
    companies.write_text("company_id\na\n", encoding="utf-8")
    command = [PROGRAM, "score", str(companies), "-o", str(tmp_path / "out")]
    runs = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(2)]
    said = [run.communicate()[1] for run in runs]
    assert sorted(run.returncode for run in runs) == [0, 2]
    assert any(b"Another run is writing" in text or b"exists already" in text for text in said)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["companies.csv", "out"]
