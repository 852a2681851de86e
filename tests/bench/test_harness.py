"""What measures, compares and prints."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb
import pytest

from benchmarks.__main__ import main
from benchmarks.outputs import difference
from benchmarks.processes import BenchmarkError, Measurement, Program, own_measurement, run, side_by_side
from benchmarks.table import Row, Target, rendered


def written(path: Path, *selects: str) -> Path:
    """A folder with a Parquet file per query."""
    path.mkdir()
    for number, select in enumerate(selects):
        duckdb.execute(f"COPY ({select}) TO '{path / f'part-{number}.parquet'}' (FORMAT parquet)")
    return path


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_processor_time_counts_every_process_and_memory_the_largest() -> None:
    burn = "import time\nheld = bytearray(200_000_000)\nwhile time.process_time() < 0.3: pass"
    measured, _ = run(python(burn))
    assert measured.cpu >= 0.3
    assert measured.memory >= 200_000_000


def test_waiting_takes_time_but_no_processor() -> None:
    measured, _ = run(python("import time; time.sleep(0.5)"))
    assert measured.wall >= 0.5
    assert measured.cpu < 0.4


def test_a_program_that_fails_stops_the_benchmark_with_what_it_said() -> None:
    with pytest.raises(BenchmarkError, match="out of luck"):
        run(python("raise SystemExit('out of luck')"))


def test_a_program_that_is_not_there_stops_the_benchmark_with_what_to_do() -> None:
    with pytest.raises(BenchmarkError, match="/nowhere cannot be run"):
        run(["/nowhere"])


def test_programs_take_turns(tmp_path: Path) -> None:
    log = tmp_path / "log"
    programs = [
        Program(name, python(f"open({str(log)!r}, 'a').write({name!r})"), folders=[tmp_path / "made"]) for name in "AB"
    ]
    found = side_by_side(programs, 3, lambda: None, lambda _: None)
    assert log.read_text() == "ABABAB"
    assert [len(series.runs) for series in found.values()] == [3, 3]


def test_no_second_round_is_run_where_outputs_differ(tmp_path: Path) -> None:
    log = tmp_path / "log"

    def differs() -> None:
        raise BenchmarkError("the outcome of cg_01 differs")

    programs = [Program("A", python(f"open({str(log)!r}, 'a').write('A')"))]
    with pytest.raises(BenchmarkError, match="cg_01"):
        side_by_side(programs, 3, differs, lambda _: None)
    assert log.read_text() == "A"


def test_what_the_run_before_wrote_is_gone_before_the_next(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "old").touch()
    Program("A", [], output=out, folders=[tmp_path / "made"]).prepare()
    assert not out.exists()
    assert (tmp_path / "made").is_dir()


def test_an_engine_that_measures_its_own_loop_is_counted_per_record() -> None:
    assert own_measurement('warm\n{"records": 100, "wall": 2.0, "cpu": 1.0}\n') == Measurement(0.02, 0.01, 0)


def test_tables_in_several_files_are_compared_in_the_order_of_their_rows(tmp_path: Path) -> None:
    whole = written(tmp_path / "whole", "SELECT i AS a FROM range(400_000) AS t (i)")
    parts = written(
        tmp_path / "parts",
        "SELECT i AS a FROM range(300_000) AS t (i)",
        "SELECT i AS a FROM range(300_000, 400_000) AS t (i)",
    )
    assert difference(whole, parts) is None


def test_one_other_value_is_found_and_named(tmp_path: Path) -> None:
    ours = written(tmp_path / "ours", "SELECT i AS a, i % 7 AS b FROM range(1000) AS t (i)")
    theirs = written(tmp_path / "theirs", "SELECT i AS a, if(i = 500, NULL, i % 7) AS b FROM range(1000) AS t (i)")
    assert "b in 1 of 1,000 rows" in str(difference(ours, theirs))
    assert difference(ours, theirs, ["a"]) is None


def test_other_rows_in_another_order_and_missing_columns_are_found(tmp_path: Path) -> None:
    ours = written(tmp_path / "ours", "SELECT i AS a FROM range(10) AS t (i)")
    turned = written(tmp_path / "turned", "SELECT 9 - i AS a FROM range(10) AS t (i)")
    more = written(tmp_path / "more", "SELECT i AS a FROM range(11) AS t (i)")
    other = written(tmp_path / "other", "SELECT i AS c FROM range(10) AS t (i)")
    assert "a in 10" in str(difference(ours, turned))
    assert "has 11" in str(difference(ours, more))
    assert difference(more, ours, first=10) is None
    assert "no column a" in str(difference(ours, other))


def test_columns_that_name_files_may_differ(tmp_path: Path) -> None:
    ours = written(tmp_path / "ours", "SELECT 1 AS a, 'x.csv' AS source_file")
    theirs = written(tmp_path / "theirs", "SELECT 1 AS a, 'x.parquet' AS source_file")
    assert difference(ours, theirs) is None


@pytest.mark.parametrize(
    ("ours", "theirs", "target", "ratio", "met"),
    [
        (1.1, 1.0, Target(1.15), 1.1, True),
        (1.2, 1.0, Target(1.15), 1.2, False),
        (2.0, 110.0, Target(50, at_least=True), 55.0, True),
        (2.0, 90.0, Target(50, at_least=True), 45.0, False),
        (1.4, None, Target(1.5), None, True),
        (1.6, None, Target(1.5), None, False),
        (3.0, 1.0, None, 3.0, None),
    ],
)
def test_a_row_says_whether_its_target_is_met(
    ours: float, theirs: float | None, target: Target | None, ratio: float | None, met: bool | None
) -> None:
    row = Row("A", "peer", "wall", ours, theirs, target)
    assert row.met is met
    assert row.ratio == (None if ratio is None else pytest.approx(ratio))


def test_the_table_shows_a_missed_target_as_such() -> None:
    text = rendered([Row("A, 1,000", "Polars", "memory", 3e8, 5e8, Target(0.5)), Row("B", "-", "wall", 2e-5, None)])
    assert "| A, 1,000 | Polars   | memory | 300 MB  | 500 MB | 0.60  | at most 0.5 | NO  |" in text
    assert "20.0 us" in text


@pytest.mark.slow
def test_the_short_benchmark_runs_from_start_to_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sizes = ["--sizes", "300,600"]
    code = main(["--only", "B,csv", "--runs", "1", *sizes, "--data", str(tmp_path / "data")])
    said = capsys.readouterr()
    assert code == 0, said.err
    assert "| B, 600 CSV" in said.out
    assert "Medians of 1" in said.out
    assert not list((tmp_path / "data").glob("work-*"))
