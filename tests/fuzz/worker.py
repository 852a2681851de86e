"""The process that reads what it is given: one task per line of its input, one reply per line of its output."""

from __future__ import annotations

import collections
import contextlib
import io
import json
import os
import shutil
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from inputs.small import AS_OF, small_rulebook
from socialrules import Results, Rulebook, SocialRulesError, assess, load_rules, score
from socialrules.cli.summary import print_summary
from socialrules.plugins import LoadedPlugin
from socialrules.rulebook import load_rulebook


def scored(book: Rulebook, task: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Scores the inputs of a task, prints the summary, and accounts for every row."""
    out = Path(tempfile.mkdtemp(dir=folder)) / "out"
    try:
        results = score(
            task["companies"],
            task.get("accounts"),
            out=out,
            mapping=task.get("mapping"),
            keep=task.get("keep", ()),
            rulebook=book,
            as_of=AS_OF,
            threads=1,
        )
        if task.get("shown"):
            seen = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
            with contextlib.redirect_stdout(seen):
                print_summary(results, book)
            seen.seek(0)
            assert_visible(seen.read())
            assert_visible(_explained(book, results))
        return {"tables": _rows(results)}
    finally:
        shutil.rmtree(out.parent)


def _explained(book: Rulebook, results: Results) -> str:
    """The explanation of the first company, from its values."""
    record = pq.read_table(results.path / "companies.parquet").to_pylist()[0]
    values = {f.name: record[f.name] for f in book.root.facts if record.get(f.name) is not None}
    accounts = pq.read_table(results.path / "accounts.parquet").to_pylist()
    own = [a for a in accounts if a["company_id"] == record["company_id"]]
    shown = [{k: a[k] for k in ("network", "handle", "status")} for a in own]
    return assess({**values, "accounts": shown}, rulebook=book, as_of=AS_OF).to_text()


def assert_visible(said: str) -> None:
    """Asserts that nothing in a text can move a cursor or hide."""
    assert said.replace("\n", "").isprintable(), ascii(said)


def _rows(results: Results) -> dict[str, dict[str, int]]:
    rejects = pq.read_table(results.path / "rejects.parquet", columns=["table", "kind"]).to_pylist()
    rejected = collections.Counter(r["table"] for r in rejects if r["kind"] == "row")
    found = {}
    for name, entry in results.manifest["inputs"].items():
        written = (results.path / f"{name}.parquet").exists()
        found[name] = {
            "first": (entry["files"] or [{}])[0].get("first_row", 2),
            "read": entry["rows"],
            "scored": entry["scored"],
            "left_out": entry["left_out"],
            "rejected": rejected[name],
            "result": pq.read_metadata(results.path / f"{name}.parquet").num_rows if written else -1,
        }
    return found


def with_rules(book: Rulebook, task: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Loads a rule file beside the small rulebook and scores with both."""
    path = Path(task["rules"])
    mine = LoadedPlugin("mine", "file", str(path), load_rules(path))
    return scored(load_rulebook(plugins=[*book.assembly.plugins, mine]), task, folder)


def _reply(work: Callable[..., dict[str, Any]], book: Rulebook, task: dict[str, Any], folder: Path) -> dict[str, Any]:
    while task.get("spin"):  # so that a test sees what becomes of an input that hangs
        pass
    if task.get("die"):
        os.abort()
    try:
        return {"end": "accepted", **work(book, task, folder)}
    except SocialRulesError as error:
        assert_visible(str(error).replace("\t", ""))
        return {"end": "refused", "said": str(error)}


def main(folder: Path, seconds: float) -> None:
    """Replies to every task; one that takes more ``seconds`` of processor time ends the process with SIGPROF."""
    book = small_rulebook()
    replies = sys.stdout
    # Nothing else may speak on the line of the replies.
    sys.stdout = sys.stderr
    replies.write("ready\n")
    replies.flush()
    for line in sys.stdin:
        task = json.loads(line)
        work = with_rules if "rules" in task else scored
        signal.setitimer(signal.ITIMER_PROF, seconds)
        try:
            reply = _reply(work, book, task, folder)
        except BaseException:
            reply = {"end": "broken", "said": traceback.format_exc()}
        signal.setitimer(signal.ITIMER_PROF, 0)
        replies.write(json.dumps(reply) + "\n")
        replies.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
