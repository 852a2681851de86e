"""Runs a script of ``socialrules compile`` in bare DuckDB. Run as ``python -m benchmarks.peers.script SCRIPT``."""

import sys
from pathlib import Path

import duckdb


def main() -> None:
    """Runs every statement of the script."""
    with duckdb.connect() as con:
        con.execute(Path(sys.argv[1]).read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
