"""A rulebook of one check over facts of every kind, and ways to write records into files of every kind.

It has the keys, the registry of networks and the shape of the readiness rulebook, and runs twenty times faster.
"""

from __future__ import annotations

import atexit
import csv
import datetime as dt
import io
import json
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import HealthCheck, settings

import socialrules_readiness
from socialrules import Results, Rulebook, load_rulebook, load_rules, score
from socialrules.evaluate import evaluate
from socialrules.loading import rules_from_mapping
from socialrules.plugins import LoadedPlugin

AS_OF = dt.date(2026, 6, 30)
FOLDER = tempfile.TemporaryDirectory(prefix="socialrules-tests-")
atexit.register(FOLDER.cleanup)

# The same examples every time, and no folder of them left behind.
EXAMPLES = settings(
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=20,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

RULES = """
[[tables]]
name = "company"
plural = "companies"
key = ["company_id"]
label = "company_name"
listed = ["company_name", "as_of_date", "size", "size_max", "share", "weeks", "founded", "model", "sure", "goals",
          "parts", "tags", "languages", "n_open"]

[[tables]]
name = "account"
plural = "accounts"
parent = "company"
key = ["company_id", "network", "handle"]
numbered = "handle"
numbered_from = "url"
listed = ["network", "handle", "status", "posts"]

[[tables]]
name = "staff"
plural = "staff"
parent = "company"
key = ["company_id", "person_id"]
result = false

[[consistency]]
table = "company"
holds = "size <= size_max"
blames = ["size", "size_max"]
reason = "the smallest size is above the largest"

[[consistency]]
table = "account"
holds = "account.last_on <= as_of_date"
blames = ["last_on"]
reason = "the day lies after the day of the record"

[[terms]]
name = "n_open"
level = "company"
value = "count_of(account, account.status = 'open')"

[facts.company]
company_id = { type = "text", required = true }
company_name = { type = "text" }
as_of_date = { type = "date", default = "as_of" }
size = { type = "number", min = 0 }
size_max = { type = "number" }
share = { type = "number", above = 0, max = 1 }
weeks = { type = "integer", min = 1 }
founded = { type = "date" }
model = { type = "choice", values = ["b2c", "b2b", "both"] }
sure = { type = "choice", values = ["yes", "no", "dont_know"] }
owner = { type = "choice", values = ["yes", "no"] }
goals = { type = "choices", values = ["leads", "sales", "other"], open = true }
parts = { type = "choices", values = ["goal", "plan", "team"] }
tags = { type = "texts" }
languages = { type = "texts", pattern = "[a-z]{2}(-[A-Z]{2})?", example = "en-IE" }

[facts.account]
company_id = { type = "text", required = true }
network = { type = "text", required = true }
handle = { type = "text" }
url = { type = "text" }
status = { type = "choice", values = ["planned", "open", "closed"], required = true }
posts = { type = "number", min = 0 }
last_on = { type = "date" }

[facts.staff]
company_id = { type = "text", required = true }
person_id = { type = "text", required = true }
hours = { type = "number", min = 0 }
"""

GUIDELINE = """
id = "clear_goal"
title = "A clear goal"
question = "Is the goal clear?"
role = "ready"

[[checks]]
code = "CG-01"
title = "Sure"
level = "company"
severity = "blocker"
required_at = "core"
passes = "sure = 'yes'"
why = "why"
advice = "advice"

[[checks]]
code = "CF-01"
title = "Posts"
level = "account"
severity = "minor"
required_at = "never"
passes = "account.posts > 0"
why = "why"
advice = "advice"
rollup = false
"""


def small_rulebook(**options: Any) -> Rulebook:
    """The small rulebook."""
    networks = load_rules(Path(str(socialrules_readiness.__file__)).parent / "networks.toml")
    parts = [rules_from_mapping(tomllib.loads(text), "small.toml") for text in (RULES, GUIDELINE)]
    plugins = [LoadedPlugin(f"small{i}", "1", "small.toml", rules) for i, rules in enumerate((*parts, networks))]
    return load_rulebook(plugins=plugins, **options)


Records = Sequence[Mapping[str, Any]]


def write_csv(path: Path, records: Records, delimiter: str = ",") -> Path:
    """Records as a CSV file; None is an empty cell, a list is joined with ``;``."""
    columns = list(dict.fromkeys(name for record in records for name in record))
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([[csv_cell(record.get(c)) for c in columns] for record in records])
    path.write_bytes(buffer.getvalue().encode())
    return path


def csv_cell(value: Any) -> str:
    """A value as the text that stands for it in a CSV file."""
    if value is None:
        return ""
    if isinstance(value, list):
        return ";".join("" if v is None else v for v in value) if value else "[]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def write_json(path: Path, records: Records) -> Path:
    """Records as JSON lines."""
    path.write_text("".join(json.dumps(r, default=str, ensure_ascii=False) + "\n" for r in records), encoding="utf-8")
    return path


def write_parquet(path: Path, records: Records, **types: pa.DataType) -> Path:
    """Records as a Parquet file; columns that are not in ``types`` have the type of their values."""
    columns = list(dict.fromkeys(name for record in records for name in record))
    arrays = {c: pa.array([r.get(c) for r in records], types.get(c)) for c in columns}
    pq.write_table(pa.table(arrays), path)
    return path


def read(
    book: Rulebook, companies: Any, *facts: str, **children: Any
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The facts of the companies as the engine reads them, and the rejects."""
    inputs = {k: v if not isinstance(v, Path) else str(v) for k, v in {"companies": companies, **children}.items()}
    found, rejects = evaluate(book, inputs, {"company": [("company", f) for f in ("company_id", *facts)]}, AS_OF)
    return found["company"], rejects


def run(book: Rulebook, companies: Any, accounts: Any = None, staff: Any = None, **options: Any) -> Results:
    """Scores with the small rulebook, by default into a folder that goes at the end of the tests."""
    options.setdefault("out", Path(tempfile.mkdtemp(dir=FOLDER.name)) / "out")
    return score(companies, accounts, staff, rulebook=book, **{"as_of": AS_OF, **options})


def rows(results: Results, table: str) -> list[dict[str, Any]]:
    """The rows of a result table."""
    return results.to_arrow(table).to_pylist()


def rejected(results: Results, *columns: str) -> list[tuple[Any, ...]]:
    """The rejects, a few columns of each."""
    return [
        tuple(r[c] for c in columns or ("table", "row", "column", "value", "kind")) for r in rows(results, "rejects")
    ]
