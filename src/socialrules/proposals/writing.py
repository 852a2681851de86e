"""The text of a proposed mapping file, with comments for the person who finishes it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence

from socialrules.display import one_line
from socialrules.model import DONT_KNOW, Fact
from socialrules.proposals.cells import MOST_VALUES, Look
from socialrules.proposals.listed import Listed
from socialrules.proposals.matching import LIKELY, MOSTLY, SURE, Match
from socialrules.proposals.proposal import Proposal, examples
from socialrules.sources.notations import Notation, words_for
from socialrules.sources.reasons import reason_in

BAND = re.compile(r"\D*(\d+)\s*(?:-|\N{EN DASH}|to|bis|\N{LATIN SMALL LETTER A WITH GRAVE}|a)\s*(\d+)\D*")
OPEN_BAND = re.compile(r"\D*(\d+)\s*(?:\+|or more|und mehr|et plus|o m.s)\D*")
WIDTH = 118
UNCLEAR = "?"
"""For a person to find the answer that a text stands for."""

PLAIN = Notation()


def toml_text(value: str) -> str:
    """A text as TOML writes it: in single quotes where that can be, so that names in double quotes stay readable."""
    return f"'{value}'" if value.isprintable() and "'" not in value else _quoted(value)


def toml_key(value: str) -> str:
    """A key as TOML writes it."""
    return value if re.fullmatch(r"[A-Za-z0-9_-]+", value) else _quoted(value)


def _quoted(value: str) -> str:
    """A text in double quotes, with everything escaped that cannot be seen."""
    written = json.dumps(value, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in written)


def mapping_text(proposal: Proposal, path: str) -> str:
    """The mapping file of a proposal.

    Args:
        proposal: what was found.
        path: what the file will be called.
    """
    lines = [*_opening(proposal, path), *_source(proposal), *_table(proposal)]
    for listed in proposal.listed:
        lines += _listed(listed, proposal)
    return "\n".join(lines) + "\n"


def _opening(proposal: Proposal, path: str) -> Iterator[str]:
    plural, file = proposal.table.plural, _comment(proposal.file)
    seen = f"{proposal.rows:,} rows" if proposal.looked_at == proposal.rows else (
        f"the first {proposal.looked_at:,} of {proposal.rows:,} rows"
    )  # fmt: skip
    yield f"# How the columns of {file} become facts about {plural}: a proposal, for you to check and finish."
    yield f"# Looked at: {seen}. Lines that begin with # do nothing. `socialrules facts` says what each fact means."
    if proposal.table.parent is None:
        yield "#"
        yield f"# See what it does:  socialrules inspect {file} --mapping {_comment(path)}"
        yield f"# Then:              socialrules score {file} --mapping {_comment(path)} -o results"


def _source(proposal: Proposal) -> list[str]:
    notation, plural, layout = proposal.notation, proposal.table.plural, proposal.layout
    lines: list[str] = []
    if layout.sheet is not None:
        lines.append(f"sheet = {layout.sheet if isinstance(layout.sheet, int) else toml_text(layout.sheet)}")
    if layout.header:
        lines.append(f"header = {layout.header[0] if len(layout.header) == 1 else list(layout.header)}")
    if notation.missing:
        marks = ", ".join(toml_text(mark) for mark, _ in notation.missing)
        counts = ", ".join(f"{_comment(mark)} ({count:,})" for mark, count in notation.missing)
        lines.append(f"missing = [{marks}]  # taken for empty cells; how often: {counts}")
    lines += [f'{key} = "{value}"' for key, value in notation.declared.items()]
    if notation.languages:
        languages = ", ".join(f'"{language}"' for language in notation.languages)
        lines.append(f"languages = [{languages}]  # whose single letters for yes and no were seen")
    lines += [f"# {remark}" for remark in notation.remarks]
    codes = [line for match in [*proposal.used, *proposal.unsure] for line in _codes(match, plural)]
    if not any(not line.startswith("#") for line in lines):
        # An empty section would only be in the way.
        return ["", *lines, *codes] if lines or codes else []
    return ["", f"[sources.{plural}]", *lines, *codes]


def _codes(match: Match, plural: str) -> Iterator[str]:
    """What the cells of a column might mean, where they are no answers of the fact as they stand."""
    look, best = match.look, match.best
    if best is None or best.fit is None or best.fit >= MOSTLY:
        return
    named = look.labels or {value: value for value, _ in look.values[:MOST_VALUES]}
    missing: dict[str, list[str]] = {}
    meant: dict[str, str] = {}
    for code, name in named.items():
        meant[code] = _guess(name, best.fact)
        reason = reason_in(name) if meant[code] == UNCLEAR else None
        if reason and code:
            missing.setdefault(reason, []).append(code)
            del meant[code]
    pairs = ""
    if best.fact.values and (look.labels or look.distinct <= MOST_VALUES):
        pairs = "values = { " + ", ".join(f'{_code(code)} = "{answer}"' for code, answer in meant.items()) + " }"
        pairs += f"  # each to be one of {', '.join(best.fact.values)}"
    elif best.fact.type in ("number", "integer"):
        bands = {value: band for value, _ in look.values[:MOST_VALUES] if (band := _band(value))}
        if bands:
            pairs = "bands = { " + ", ".join(f"{_code(v)} = {band}" for v, band in bands.items()) + " }"
    if pairs:
        yield "#"
        yield f"# If {_comment(look.name)} holds {best.fact.name}:"
        yield f"# [sources.{plural}.columns.{_comment(toml_key(look.name))}]"
        yield f"# {_comment(pairs)}"
        if missing:
            reasons = [f"{reason} = [{', '.join(map(_listed_code, codes))}]" for reason, codes in missing.items()]
            yield f"# {_comment('missing = { ' + ', '.join(reasons) + ' }')}"


def _code(value: str) -> str:
    return toml_key(value) if value else '""'


def _listed_code(code: str) -> str:
    """A code in a list: a number as such, so that it is found however it is written."""
    return code if re.fullmatch(r"-?(0|[1-9]\d*)", code) else toml_text(code)


def _guess(name: str, fact: Fact) -> str:
    """The answer that a text stands for as a whole; ``UNCLEAR`` where it does not."""
    lowered = name.lower().strip()
    if lowered in fact.values:
        return lowered
    for answer, words in zip(("yes", "no"), words_for(PLAIN), strict=True):
        if answer in fact.values and lowered in words:
            return answer
    return DONT_KNOW if fact.may_not_know and reason_in(name) == DONT_KNOW else UNCLEAR


def _band(value: str) -> str:
    if found := BAND.fullmatch(value):
        return f"[{int(found[1])}, {int(found[2])}]"
    if found := OPEN_BAND.fullmatch(value):
        return str(int(found[1]))
    return ""


def _table(proposal: Proposal) -> Iterator[str]:
    table = proposal.table
    yield ""
    yield f"[{table.plural}]"
    if proposal.missing:
        yield "# STILL NEEDED, every row has to have it:"
        for fact in proposal.missing:
            yield f"# {fact.name} = {_example(fact)}  # {_comment(fact.question or fact.note)}"
    for certainty, words in ((SURE, "sure"), (LIKELY, "likely: please look")):
        chosen = [m for m in proposal.used if m.certainty == certainty]
        if chosen:
            yield f"# {words}"
        width = max((len(_line(m)) for m in chosen), default=0)
        for match in chosen:
            seen = f"  # {match.why}; such as {_seen(match.look)}" if match.look.values else f"  # {match.why}"
            yield _cut(f"{_line(match):<{min(width, 70)}}{_comment(seen)}")
    if proposal.unsure:
        yield "# unsure: take the # away where it is right"
    for match in proposal.unsure:
        if match.best:
            others = f"or {', '.join(match.others)}; " if match.others else ""
            yield _cut(f"# {_line(match)}  # unsure: {others}{_comment(match.why)}; such as {_seen(match.look)}")
    if proposal.unused:
        yield from _wrapped("Not used: ", (_comment(look.name) for look in proposal.unused))
    if proposal.asked:
        yield "#"
        yield from _wrapped("In the short questionnaire, and not found here: ", (f.name for f in proposal.asked))
        yield "# They stay unknown. If a column holds one in another form, write an expression, such as:"
        yield f"# {proposal.asked[0].name} = {_example(proposal.asked[0])}"


def _line(match: Match) -> str:
    assert match.best is not None
    return f"{match.best.fact.name} = {toml_text(match.best.expression)}"


def _example(fact: Fact) -> str:
    """An expression that a person can go by."""
    if fact.values:
        return f"""\"\"\"CASE "My column" WHEN 'my word' THEN '{fact.values[0]}' END\"\"\""""
    if fact.type in ("number", "integer"):
        return """'to_number("My column") * 12'"""
    return """'"My column"'"""


def _listed(listed: Listed, proposal: Proposal) -> Iterator[str]:
    plural = listed.table.plural
    ready = not listed.missing
    mark = "" if ready else "# "
    yield ""
    yield f"# Every filled cell of these columns is taken for one of the {plural}. Where you have a file of"
    yield f"# {plural} of their own, give that to score and take this section out."
    if not ready:
        yield f"# It can be used as soon as something tells {', '.join(listed.missing)}: take the # away then."
    yield f"{mark}[{plural}]"
    yield f'{mark}from = "{proposal.table.plural}"'
    yield f"{mark}each = [{', '.join(_quoted(column) for column in listed.columns)}]"
    for name, expression in listed.facts.items():
        remark = "  # for each of them, unless you say otherwise" if name in listed.lookup.listed else ""
        yield f"{mark}{name} = {toml_text(expression)}{remark}"
    for name in listed.missing:
        yield f"# {name} = {toml_text('...')}"


def _seen(look: Look) -> str:
    return _comment("; ".join(one_line(value, 30) for value in examples(look))) or "nothing"


def _comment(text: str) -> str:
    """A text for a comment, which ends with its line."""
    return one_line(text)


def _cut(line: str) -> str:
    """A line that is not much longer than a screen; only its comment is cut."""
    place = line.find("  # ")
    return line if place < 0 else line[:place] + one_line(line[place:], max(WIDTH - place, 60))


def _wrapped(opening: str, names: Iterable[str]) -> Iterator[str]:
    line = f"# {opening}"
    listed: Sequence[str] = list(names)
    for position, name in enumerate(listed):
        piece = name + (", " if position < len(listed) - 1 else "")
        if len(line) + len(piece) > WIDTH and line.strip("# "):
            yield line.rstrip()
            line = "#   "
        line += piece
    yield line.rstrip()
