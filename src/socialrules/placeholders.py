"""The ``{placeholders}`` in texts of rules: each must name something that has a value."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from socialrules.errors import did_you_mean

if TYPE_CHECKING:
    from socialrules.assembly import Assembly

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_.]*)(?::([a-z]+))?\}")
"""What is filled: ``{customers}``, ``{a_fact}``, ``{network.closed_on}``, ``{price_ratio:share}``."""

WRITTEN = re.compile(r"\{\s*([A-Za-z][\w.]*)\s*(:[^{}]*)?\}")
"""What somebody may have meant as one."""

STYLES = ("share",)


def problems_in_texts(made: Assembly, names: Mapping[str, Collection[str]]) -> Iterator[str]:
    """One sentence per placeholder that would stay empty.

    Args:
        made: the rules.
        names: per level, what has a value for its rows: ``customers``, ``network__closed_on``.
    """
    for where, level, said in _texts(made):
        for found in WRITTEN.finditer(said):
            name, style = found[1], (found[2] or "")[1:]
            known = names.get(level, ())
            if name.replace(".", "__") not in known or not PLACEHOLDER.fullmatch(found[0]):
                near = did_you_mean(name.rpartition(".")[2], [n.replace("__", ".") for n in known])
                yield f"{where}: nothing has the name in {found[0]}, which is printed with a {level}.{near}"
            elif style and style not in STYLES:
                yield f"{where}: {found[0]} can be printed as {{{name}}} or {{{name}:share}}, not as {style}"


def _texts(made: Assembly) -> Iterator[tuple[str, str, str]]:
    """Every text that placeholders are filled in: where it stands, the level of its row, the text."""
    root = made.root.name
    for guideline in made.guidelines:
        for check in guideline.checks:
            at = f"{made.origin_of(guideline.id)}: guideline {guideline.id}, check {check.code}"
            yield f"{at}, why", check.level, check.why
            yield f"{at}, advice", check.level, check.advice
            yield f"{at}, advice_dont_know", check.level, check.advice_dont_know
            yield from ((f"{at}, advice_if", check.level, s.say) for s in check.advice_if)
            yield from ((f"{at}, lean", check.level, s.say) for s in check.lean)
    for owner, decision in made.decisions:
        at = f"{owner}: decision {decision.name}"
        yield from ((f"{at}, say", decision.level, row.say) for row in decision.rows)
        yield from ((f"{at}, say", decision.level, change.say) for change in decision.after)
        yield from ((f"{at}, meaning of {v}", decision.level, m.text) for v, m in decision.meaning.items())
    for owner, flags in made.flags:
        yield from ((f"{owner}: flag {r.flag}, say", flags.level, r.say) for r in flags.rows)
    for note in made.notes:
        yield f"note {note.name}, say", note.level, note.say
    for ranking in made.rankings:
        yield f"ranking {ranking.name}, say", root, ranking.say
    for table in made.tables.values():
        yield from ((f"fact {table.name}.{f.name}, question", table.name, f.question) for f in table.facts)
