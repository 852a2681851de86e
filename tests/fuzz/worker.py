"""The process that reads what it is given: one task per line of its input, one reply per line of its output."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

from inputs.small import AS_OF, small_rulebook
from socialrules import Results, Rulebook, SocialRulesError, load_rules, score
from socialrules.cli.console import report_error
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
        seen = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        with contextlib.redirect_stdout(seen):
            print_summary(results, book)
        return {"tables": _rows(results)}
    finally:
        shutil.rmtree(out.parent)


def _rows(results: Results) -> dict[str, dict[str, int]]:
    rejected = dict(results.table("rejects").filter("kind = 'row'").aggregate('"table", count(*)').fetchall())
    found = {}
    for name, entry in results.manifest["inputs"].items():
        written = (results.path / f"{name}.parquet").exists()
        found[name] = {
            "read": entry["rows"],
            "scored": entry["scored"],
            "left_out": entry["left_out"],
            "rejected": rejected.get(name, 0),
            "result": len(results.table(name)) if written else -1,
        }
    return found


def with_rules(book: Rulebook, task: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Loads a rule file beside the small rulebook and scores with both."""
    path = Path(task["rules"])
    mine = LoadedPlugin("mine", "file", str(path), load_rules(path))
    return scored(load_rulebook(plugins=[*book.assembly.plugins, mine]), task, folder)


def main(folder: Path) -> None:
    """Replies to every task."""
    book = small_rulebook()
    replies = sys.stdout
    # Nothing else may speak on the line of the replies.
    sys.stdout = sys.stderr
    replies.write("ready\n")
    replies.flush()
    for line in sys.stdin:
        task = json.loads(line)
        work = with_rules if "rules" in task else scored
        try:
            reply = {"end": "accepted", **work(book, task, folder)}
        except SocialRulesError as error:
            reply = {"end": "refused", "said": str(error)}
            with contextlib.redirect_stderr(io.TextIOWrapper(io.BytesIO(), encoding="utf-8")):
                report_error(error)
        except BaseException:
            reply = {"end": "broken", "said": traceback.format_exc()}
        replies.write(json.dumps(reply) + "\n")
        replies.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
