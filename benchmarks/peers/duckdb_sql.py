"""Workload A in one DuckDB query. Run as ``python -m benchmarks.peers.duckdb_sql COMPANIES OUTPUT``."""

import sys
from pathlib import Path

import duckdb


def main() -> None:
    """Reads one Parquet file and writes another."""
    source, target = sys.argv[1:]
    with duckdb.connect() as con:
        con.execute("SET VARIABLE input = $1", [source])
        con.execute("SET VARIABLE output = $1", [target])
        con.execute(Path(__file__).with_name("companies.sql").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
