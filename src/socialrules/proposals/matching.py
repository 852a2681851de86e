"""Which column holds which fact: by what it is called, and by what stands in it.

Every column is compared with the name, the synonyms and the question of every fact. What the cells
hold then speaks for a fact or against it. A fact gets one column at most, a column one fact at
most; where two are nearly as good, neither is taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import duckdb

from socialrules.display import one_line
from socialrules.model import Fact, Lookup, Table
from socialrules.proposals.cells import LOOKED_AT, Look, Notation, cell_text, is_mark, read_as, stands_for
from socialrules.proposals.phrases import SAME_WORDS, Vocabulary, beginnings, is_negated, other_measure
from socialrules.quoting import identifier, text, texts
from socialrules.sources.cells import LAYERS, can_read, cell, is_yes_no
from socialrules.sources.inputs import Input

SURE, LIKELY, UNSURE, NONE = "sure", "likely", "unsure", ""

LIKELY_FROM = 0.88
"""From so alike on, as ``Vocabulary.alike`` measures it, a name speaks for a fact by itself."""

UNSURE_FROM = 0.62
"""Below that, two names have nothing to do with each other."""

OWN_WORDS = 0.75
"""From so alike on, cells that hold nothing but the words of a closed set settle it."""

NEAR = 0.06
"""A second choice that is worse by no more than this makes the first one a guess."""

WORTH_NAMING = 0.2
"""A second choice that is worse by no more than this is looked at, and named beside one that is not sure."""

FITS, MOSTLY = 0.95, 0.8
"""Shares of the cells that can be read."""

FEW_REPEATS = 0.05
"""A key of which more values than that have come before is none; fewer are rows that were entered twice."""

MOST_CANDIDATES = 4
SEPARATORS = (",", "|", "/", "\n")
"""What parts the values of a list in a cell, besides the semicolon."""

QUESTION_COUNTS = 0.97
"""A question is a longer text than a name, in which words meet by chance a little more often."""


LONGEST_PHRASE = 40


@dataclass(frozen=True, slots=True)
class Candidate:
    """A fact that a column may hold.

    Attributes:
        fact: which one.
        score: how alike the names are, 0 to 1.
        by: the name, synonym or question of the fact that the column's name is like.
        fit: the share of the cells that can be read as the fact; None where there are no cells.
        expression: over the source's columns, as a mapping file has it.
        doubt: why it stays unsure whatever the cells hold; empty where nothing speaks against it.
        remark: what a person should see although it is no reason for doubt.
        own: the column has the very name of the fact, and would feed it without a mapping, too.
    """

    fact: Fact
    score: float
    by: str
    fit: float | None = None
    expression: str = ""
    doubt: str = ""
    remark: str = ""
    own: bool = False

    @property
    def certainty(self) -> str:
        """How sure it is, seen by itself."""
        if self.own:
            return SURE if self.fit is not None and self.fit >= FITS and not self.remark else LIKELY
        if self.doubt or (self.fit is not None and self.fit < MOSTLY):
            return UNSURE
        if self.score >= SAME_WORDS and self.fit is not None and self.fit >= FITS and not self.remark:
            return SURE
        closed = self.fact.type in ("choice", "choices") and not is_yes_no(self.fact)
        needed = OWN_WORDS if closed and self.fit is not None and self.fit >= FITS else LIKELY_FROM
        return LIKELY if self.score >= needed else UNSURE


@dataclass(frozen=True, slots=True)
class Match:
    """What became of a column.

    Attributes:
        look: the column.
        certainty: ``sure``, ``likely``, ``unsure``, or empty where it is like no fact.
        best: the fact it is most like; None where there is none.
        others: further facts it may be.
        why: in words.
    """

    look: Look
    certainty: str = NONE
    best: Candidate | None = None
    others: tuple[str, ...] = ()
    why: str = ""

    @property
    def fact(self) -> str | None:
        """The name of the fact it is taken for; None where it is not sure enough to be used."""
        return self.best.fact.name if self.best and self.certainty in (SURE, LIKELY) else None


def match_columns(
    con: duckdb.DuckDBPyConnection,
    source: Input,
    looks: Sequence[Look],
    notation: Notation,
    table: Table,
    lookups: Iterable[Lookup],
    as_of: str,
) -> list[Match]:
    """The columns of an input with the facts of a table that they seem to hold, in the order of the columns."""
    by_fact = {k.fact: k for k in lookups if k.table == table.name}
    phrases = {f.name: _phrases(f) for f in table.facts}
    vocabulary = Vocabulary.of(([p for p, _ in listed] for listed in phrases.values()), [table.name, table.plural])
    matches = []
    for look in looks:
        named = _named(look, table, phrases, vocabulary)
        if named and look.filled:
            _take_cells(con, source, look)
        tried = [_with_cells(con, look, c, notation, as_of, by_fact.get(c.fact.name)) for c in named]
        # A name for people is no number.
        tried = [replace(c, fit=0.0) if c.fact.name == table.label and look.is_number else c for c in tried]
        found = [c for c in tried if c.fit is None or c.fit > 0.2 or c.score >= SAME_WORDS]
        if found and table.parent is None:
            found = [_with_key(c, table, look) for c in found]
        matches.append(_chosen(look, sorted(found, key=_order)))
    return _one_each(matches)


def _phrases(fact: Fact) -> list[tuple[str, float]]:
    """What a fact is called and asked, each with how much it counts."""
    named = [(p, 1.0) for p in (fact.name.replace("_", " "), *fact.synonyms)]
    return named + [(q, QUESTION_COUNTS) for q in beginnings(fact.question)]


def _named(
    look: Look, table: Table, phrases: Mapping[str, Sequence[tuple[str, float]]], vocabulary: Vocabulary
) -> list[Candidate]:
    own = next((f for f in table.facts if f.name == look.name.strip()), None)
    if own is not None:
        return [Candidate(own, 1.0, own.name, own=True)]
    found = []
    for fact in table.facts:
        best = Candidate(fact, 0.0, "")
        for header in (look.name, look.label):
            for phrase, counts in phrases[fact.name] if header else ():
                score = vocabulary.alike(header, phrase) * counts
                if score > best.score:
                    best = Candidate(fact, score, phrase, doubt=_doubt(header, phrase, fact.unit))
        if best.score >= UNSURE_FROM:
            found.append(best)
    highest = max((c.score for c in found), default=0.0)
    return sorted((c for c in found if highest - c.score <= WORTH_NAMING), key=_order)[:MOST_CANDIDATES]


def _doubt(header: str, phrase: str, unit: str) -> str:
    if is_negated(header) != is_negated(phrase):
        return "it may ask for the opposite"
    return "it may be for another length of time" if other_measure(header, phrase, unit) else ""


def _order(candidate: Candidate) -> tuple[bool, float, float]:
    readable = candidate.fit is None or candidate.fit >= MOSTLY
    return not readable, -candidate.score, -(candidate.fit or 0.0)


def _take_cells(con: duckdb.DuckDBPyConnection, source: Input, look: Look) -> None:
    """Puts the cells of a column by themselves, texts trimmed, without what stands for nothing."""
    name = identifier(look.name)
    held = cell_text(name, look.kind) if look.is_text else name
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE taken AS SELECT {held} AS v FROM ({source.scan(0, LOOKED_AT, [look.name])})"
    )
    if look.is_text:
        con.execute(f"DELETE FROM taken WHERE {is_mark('v')}")
    codes = source.codebook.get(look.name)
    for missing in codes.missing if codes else ():
        con.execute(f"DELETE FROM taken WHERE {stands_for(missing)}")


def _with_cells(
    con: duckdb.DuckDBPyConnection,
    look: Look,
    candidate: Candidate,
    notation: Notation,
    as_of: str,
    lookup: Lookup | None,
) -> Candidate:
    """The candidate with the expression under which most cells can be read, and their share."""
    # An open list takes any word, so what its own words are says whether the cells were meant for it.
    fact = candidate.fact.model_copy(update={"open": False})
    name = identifier(look.name)
    best = replace(candidate, expression=name)
    if not look.filled:
        return best
    for expression, sql in _readings(look, fact, name):
        if look.is_text:
            raw, kind = read_as(sql, notation, fact.type, is_yes_no(fact)), "VARCHAR"
        else:
            raw, kind = "v", look.kind
        if not can_read(fact, kind):
            return replace(best, fit=0.0)
        fit = _readable(con, fact, raw, kind, as_of, lookup)
        if best.fit is None or fit > best.fit + 0.01:
            best = replace(best, fit=fit, expression=expression)
    return best


def _readings(look: Look, fact: Fact, name: str) -> list[tuple[str, str]]:
    """Ways to read a column: as a mapping expression, and as SQL over a cell that was taken."""
    if not look.is_text:
        return [(name, "v")]
    ways = [(name, "v")]
    if fact.is_list:
        ways += [(f"replace({name}, {text(s)}, ';')", f"replace(v, {text(s)}, ';')") for s in SEPARATORS]
    return ways


def _readable(
    con: duckdb.DuckDBPyConnection, fact: Fact, raw: str, kind: str, as_of: str, lookup: Lookup | None
) -> float:
    """The share of the filled cells that a run would be able to read as the fact."""
    read = cell(fact, "held", kind, as_of, lookup)
    # A table of its own: DuckDB would write the expression out wherever a layer names it.
    con.execute(f"CREATE OR REPLACE TEMP TABLE read_so AS SELECT {raw} AS held FROM taken")
    source = "read_so"
    for layer in range(LAYERS):
        helpers = [f"{sql} AS {name}" for name, sql in read.layers[layer].items()]
        if helpers:
            source = f"(SELECT *, {', '.join(helpers)} FROM {source})"
    fine = f"({read.value}) IS NOT NULL"
    if lookup is not None and lookup.rows:
        # Any text can be a value of a registry; only those it knows speak for it.
        fine = f"({read.value}) IN ({texts(lookup.rows)})"
    if read.dont_know:
        fine = f"({fine} OR {read.dont_know})"
    found = con.execute(
        f"SELECT count(*) FILTER ({read.filled}), count(*) FILTER (({read.filled}) AND {fine}) FROM {source}"
    ).fetchone()
    assert found is not None
    return found[1] / found[0] if found[0] else 0.0


def _with_key(candidate: Candidate, table: Table, look: Look) -> Candidate:
    """A key that comes more than once is no key of the root table."""
    repeats = look.filled - look.distinct
    if candidate.fact.name != table.key[0] or not repeats:
        return candidate
    said = f"{repeats:,} of its values have come before"
    few = candidate.own or repeats <= FEW_REPEATS * look.filled
    return replace(candidate, remark=said) if few else replace(candidate, doubt=said)


def _chosen(look: Look, candidates: Sequence[Candidate]) -> Match:
    if not candidates:
        return Match(look)
    best, *rest = candidates
    rivals = [c for c in rest if best.score - c.score <= NEAR and best.score < 1.0 and _order(c)[0] == _order(best)[0]]
    rivals += [c for c in rest if c.score == best.score == 1.0 and c not in rivals]
    certainty = best.certainty
    why = _why(best, look)
    if rivals and certainty in (SURE, LIKELY):
        certainty, why = UNSURE, f"{why}; {_and(c.fact.name for c in rivals)} fits as well"
    others = rivals if certainty in (SURE, LIKELY) else rest
    return Match(look, certainty, best, tuple(c.fact.name for c in others), why)


def _why(candidate: Candidate, look: Look) -> str:
    same = candidate.score >= SAME_WORDS * QUESTION_COUNTS
    words = ["a known name" if same else f"close to {one_line(candidate.by, LONGEST_PHRASE)!r}"]
    words += [said for said in (candidate.doubt, candidate.remark) if said]
    if not look.filled:
        words.append("no cell is filled")
    elif candidate.fit is not None and candidate.fit < FITS:
        words.append(f"{candidate.fit:.0%} of the cells can be read")
    elif candidate.fact.values:
        words.append("its answers fit")
    return "; ".join(words)


def _and(names: Iterable[str]) -> str:
    return " and ".join(names)


def _one_each(matches: Sequence[Match]) -> list[Match]:
    """Leaves every fact to the column that fits best; two that fit alike are both left open."""
    by_fact: dict[str, list[Match]] = {}
    for match in matches:
        if match.fact:
            by_fact.setdefault(match.fact, []).append(match)
    settled = list(matches)
    for fact, several in by_fact.items():
        first, *rest = sorted(several, key=lambda m: _order(m.best) if m.best else (True, 0.0, 0.0))
        if not rest or first.best is None:
            continue
        alike = [m for m in rest if m.best and first.best.score - m.best.score < 0.01]
        for match in several:
            names = _and(repr(m.look.name) for m in several if m is not match)
            if match is first and not alike:
                continue
            why = f"{names} may hold {fact} as well" if match in (first, *alike) else f"{first.look.name!r} fits better"
            settled[matches.index(match)] = replace(match, certainty=UNSURE, why=why)
    fed = {held: m.look.name for m in settled if (held := m.fact)}
    return [_left_over(m, fed) if m.certainty == UNSURE else m for m in settled]


def _left_over(match: Match, fed: Mapping[str, str]) -> Match:
    """A column that is not sure, without the facts that other columns surely hold."""
    assert match.best is not None
    others = tuple(n for n in match.others if n not in fed)
    if match.best.fact.name not in fed:
        return replace(match, others=others)
    return Match(match.look, why=f"{fed[match.best.fact.name]!r} holds {match.best.fact.name}")
