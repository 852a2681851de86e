"""Runs an engine that takes one record at a time over the first records of a file.

Run as ``python -m benchmarks.peers.rows ENGINE COMPANIES OUTPUT RECORDS``. The rules are made, loaded and warmed up
and the records are dictionaries before the clock starts; only the loop over the records is timed, with what an
engine gives back kept in a list. Prints the seconds of the loop as JSON, then writes the outcomes.
"""

from __future__ import annotations

import gc
import importlib
import json
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.checks import CHECKS
from benchmarks.conditions import facts_of

ENGINES = {
    "zen-engine": ("zen_rules", "prepare"),
    "rule-engine": ("rule_engine_rules", "prepare"),
    "business-rules": ("business_rules_rules", "prepare"),
    "json-logic": ("json_logic_rules", "prepare"),
    "datalogic": ("json_logic_rules", "prepare_datalogic"),
}
WARM_UP = 200


def load(path: str, records: int) -> tuple[pa.Table, list[dict[str, Any]]]:
    """The names, and a dictionary per record with the facts that the checks read; None where missing."""
    facts = facts_of(CHECKS)
    batch = next(pq.ParquetFile(path).iter_batches(records, columns=["company_id", "company_name", *facts]))
    table = pa.Table.from_batches([batch])
    return table.select(["company_id", "company_name"]), table.select(facts).to_pylist()


def evaluator(engine: str) -> Callable[[dict[str, Any]], Mapping[str, str]]:
    """What evaluates all checks on one record. It may add to the record."""
    module, function = ENGINES[engine]
    made: Callable[[dict[str, Any]], Mapping[str, str]] = getattr(
        importlib.import_module(f"benchmarks.peers.{module}"), function
    )()
    return made


def main() -> None:
    """Times one engine."""
    engine, source, target, records = sys.argv[1:]
    names, rows = load(source, int(records))
    evaluate = evaluator(engine)
    for row in rows[:WARM_UP]:
        evaluate(dict(row))
    gc.collect()
    gc.freeze()
    wall, cpu = time.perf_counter(), time.process_time()
    found = [evaluate(row) for row in rows]
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(json.dumps({"records": len(rows), "wall": wall, "cpu": cpu}))
    columns = {name: pa.array([outcomes[name] for outcomes in found]) for name in sorted(CHECKS)}
    for name, column in columns.items():
        names = names.append_column(name, column)
    pq.write_table(names, target)


if __name__ == "__main__":
    main()
