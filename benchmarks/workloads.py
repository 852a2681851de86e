"""What is measured: programs that take turns, how their outputs are compared, and the rows that come of it."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.checks import CHECKS
from benchmarks.data import as_coded, as_csv, generated
from benchmarks.processes import BenchmarkError, Program, Series, run, side_by_side
from benchmarks.table import Row, Target

AS_OF = "2026-11-01"
LARGE, HUGE = 1_000_000, 10_000_000
SMALL = 5_000
PEERS = {"DuckDB SQL": "duckdb_sql", "Polars": "polars_lazy", "pandas": "pandas_frame", "openfisca": "openfisca_model"}
ROW_ENGINES = ("zen-engine", "rule-engine", "business-rules", "json-logic", "datalogic")
A_TARGETS = {
    ("DuckDB SQL", "cpu"): Target(1.15),
    ("Polars", "cpu"): Target(1.1),
    ("Polars", "memory"): Target(0.5),
    ("openfisca", "wall"): Target(5, at_least=True),
}
PER_RECORD = Target(50, at_least=True)
SCRIPT, CSV, CODED, START, HELP = Target(1.15), Target(2.2), Target(2.5), Target(4), Target(1.5)
TENFOLD_TIME, TENFOLD_MEMORY, MOST_MEMORY = Target(10.8), Target(1.2), Target(1.5e9)


@dataclass(frozen=True)
class Bench:
    """What the benchmarks of one call share.

    Attributes:
        data: the folder with the inputs, which are kept.
        work: a folder for what the programs write.
        runs: of each program.
        companies: of workload A.
        records: of the engines that take one record at a time.
        sizes: numbers of companies of workload B.
        say: told what goes on.
    """

    data: Path
    work: Path
    runs: int
    companies: int
    records: int
    sizes: Sequence[int]
    say: Callable[[str], None]

    def measured(self, programs: Sequence[Program], check: Callable[[], None]) -> dict[str, Series]:
        """The programs' measurements, side by side."""
        return dict(side_by_side(programs, self.runs, check, self.say))

    def inputs(self, size: int) -> Path:
        """The folder with the input tables of a size."""
        return generated(size, self.data, self.say)


def python(*arguments: str) -> list[str]:
    """A command of the Python that runs this."""
    return [sys.executable, *arguments]


def socialrules(*arguments: str) -> list[str]:
    """The command beside the Python that runs this."""
    return [str(Path(sys.executable).with_name("socialrules")), *arguments]


def compare(ours: Path, theirs: Path, columns: Sequence[str] = (), first: int | None = None) -> None:
    """Compares two tables in a process of its own. Raises BenchmarkError where they differ."""
    limit = [] if first is None else ["--first", str(first)]
    run(python("-m", "benchmarks.outputs", str(ours), str(theirs), *limit, *columns))


def workload_a(bench: Bench) -> list[Row]:
    """The checks of six guidelines at company level, against everything that can say them."""
    source = str(bench.inputs(bench.companies) / "companies.parquet")
    out = bench.work / "ours"
    chosen = [option for name in sorted(CHECKS) for option in ("--columns", name)]
    ours = Program("ours", socialrules("score", source, "-o", str(out), "--as-of", AS_OF, *chosen), out)
    targets = {name: bench.work / f"{name.replace(' ', '-')}.parquet" for name in (*PEERS, *ROW_ENGINES)}
    records = min(bench.records, bench.companies)
    programs = [ours]
    for name, module in PEERS.items():
        command = python("-m", f"benchmarks.peers.{module}", source, str(targets[name]))
        programs.append(Program(name, command, targets[name]))
    for name in ROW_ENGINES:
        command = python("-m", "benchmarks.peers.rows", name, source, str(targets[name]), str(records))
        programs.append(Program(name, command, targets[name], prints_measurements=True))

    def check() -> None:
        for name, target in targets.items():
            first = records if name in ROW_ENGINES else None
            compare(out / "companies.parquet", target, ["company_id", "company_name", *sorted(CHECKS)], first)

    found = bench.measured(programs, check)
    label = f"A, {bench.companies:,}"
    rows = []
    for name in PEERS:
        for measure in ("cpu", "wall", "memory"):
            figures = found["ours"].median(measure), found[name].median(measure)
            rows.append(Row(label, name, measure, *figures, A_TARGETS.get((name, measure))))
    for name in ROW_ENGINES:
        per_record = found["ours"].median("wall") / bench.companies
        rows.append(Row("A, per record", name, "wall", per_record, found[name].median("wall"), PER_RECORD))
    return rows


def workload_b(bench: Bench) -> list[Row]:
    """The whole rulebook with accounts: the command against its own script, and one size against another."""
    programs: list[Program] = []
    pairs: list[tuple[Path, Path]] = []
    for size in bench.sizes:
        inputs, out, folder = bench.inputs(size), bench.work / f"out-{size}", bench.work / f"script-{size}"
        given = [str(inputs / "companies.parquet"), "--accounts", str(inputs / "accounts.parquet"), "--as-of", AS_OF]
        script = bench.work / f"{size}.sql"
        run(socialrules("compile", *given, "-o", str(script), "--folder", str(folder)))
        programs.append(Program(f"ours, {size:,}", socialrules("score", *given, "-o", str(out)), out))
        command = python("-m", "benchmarks.peers.script", str(script))
        programs.append(Program(f"script, {size:,}", command, folder, _folders(script)))
        written = folder / "result"
        pairs += [(out / f"{t}.parquet", written / t) for t in ("companies", "accounts")]
        pairs.append((out / "rejects.parquet", written / "rejects.parquet"))

    def check() -> None:
        for ours, theirs in pairs:
            compare(ours, theirs)

    found = bench.measured(programs, check)
    rows = []
    for size in bench.sizes:
        for measure in ("wall", "cpu", "memory"):
            ours, theirs = (found[f"{who}, {size:,}"].median(measure) for who in ("ours", "script"))
            target = SCRIPT if (size, measure) == (LARGE, "wall") else None
            rows.append(Row(f"B, {size:,}", "its own script", measure, ours, theirs, target))
    if LARGE in bench.sizes and HUGE in bench.sizes:
        for measure, target in (("wall", TENFOLD_TIME), ("memory", TENFOLD_MEMORY)):
            large, huge = (found[f"ours, {size:,}"].median(measure) for size in (LARGE, HUGE))
            rows.append(Row(f"B, {HUGE:,}", f"itself, {LARGE:,}", measure, huge, large, target))
    most = max(bench.sizes)
    rows.append(Row(f"B, {most:,}", "-", "memory", found[f"ours, {most:,}"].median("memory"), None, MOST_MEMORY))
    return rows


def _folders(script: Path) -> list[Path]:
    """The folders that a script wants to be there before it runs."""
    with script.open(encoding="utf-8") as lines:
        for line in lines:
            found = re.match(r"-- Before it runs, make these folders: (.*)", line)
            if found:
                return [Path(folder) for folder in found[1].split()]
    raise BenchmarkError(f"{script} does not say which folders it needs")


def csv_against_parquet(bench: Bench) -> list[Row]:
    """The same rows as CSV and as Parquet, through the whole rulebook."""
    size = min(LARGE, max(bench.sizes))
    inputs = bench.inputs(size)
    folders = {"CSV": as_csv(inputs, bench.say), "Parquet": inputs}
    programs, outs = [], {}
    for name, folder in folders.items():
        companies, accounts = (str(folder / f"{t}.{name.lower()}") for t in ("companies", "accounts"))
        out = outs[name] = bench.work / f"from-{name.lower()}"
        command = socialrules("score", companies, "--accounts", accounts, "--as-of", AS_OF, "-o", str(out))
        programs.append(Program(name, command, out))

    def check() -> None:
        for table in ("companies", "accounts", "rejects"):
            compare(outs["CSV"] / f"{table}.parquet", outs["Parquet"] / f"{table}.parquet")

    found = bench.measured(programs, check)
    rows = []
    for measure in ("wall", "cpu", "memory"):
        target = CSV if measure == "wall" else None
        ours, theirs = found["CSV"].median(measure), found["Parquet"].median(measure)
        rows.append(Row(f"B, {size:,} CSV", "Parquet", measure, ours, theirs, target))
    return rows


def codebook(bench: Bench) -> list[Row]:
    """CSV with foreign names, codes and notations through a mapping, and the same companies as Parquet."""
    size = min(LARGE, max(bench.sizes))
    inputs = bench.inputs(size)
    coded = as_coded(inputs, bench.say)
    given = {
        "CSV": [str(coded / "companies.csv"), "--mapping", str(coded / "map.toml")],
        "Parquet": [str(inputs / "companies.parquet")],
    }
    outs = {name: bench.work / f"coded-{name.lower()}" for name in given}
    programs = [
        Program(name, socialrules("score", *files, "--as-of", AS_OF, "-o", str(outs[name])), outs[name])
        for name, files in given.items()
    ]

    def check() -> None:
        compare(outs["CSV"] / "companies.parquet", outs["Parquet"] / "companies.parquet")

    found = bench.measured(programs, check)
    rows = []
    for measure in ("wall", "cpu", "memory"):
        target = CODED if measure == "wall" else None
        ours, theirs = found["CSV"].median(measure), found["Parquet"].median(measure)
        rows.append(Row(f"codebook, {size:,} CSV", "Parquet", measure, ours, theirs, target))
    return rows


def start(bench: Bench) -> list[Row]:
    """What a short run costs, beside importing what it needs."""
    inputs, out = bench.inputs(SMALL), bench.work / "small"
    given = [str(inputs / "companies.parquet"), "--accounts", str(inputs / "accounts.parquet"), "--as-of", AS_OF]
    imports = "import duckdb, pydantic, typer; duckdb.connect()"
    programs = [
        Program("small", socialrules("score", *given, "-o", str(out)), out),
        Program("imports", python("-c", imports)),
        Program("help", socialrules("--help")),
        Program("typer", python("-c", "import typer")),
    ]
    found = bench.measured(programs, lambda: None)
    wall = {name: series.median("wall") for name, series in found.items()}
    return [
        Row(f"B, {SMALL:,}", "import duckdb, pydantic, typer", "wall", wall["small"], wall["imports"], START),
        Row("socialrules --help", "import typer", "wall", wall["help"], wall["typer"], HELP),
    ]


GROUPS: dict[str, Callable[[Bench], list[Row]]] = {
    "A": workload_a,
    "B": workload_b,
    "csv": csv_against_parquet,
    "codebook": codebook,
    "start": start,
}
"""The benchmarks by the name they have on the command line."""
