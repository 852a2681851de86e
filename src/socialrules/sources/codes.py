"""What the codes and notations of a source mean, as SQL between its columns and the expressions of a mapping.

A column goes through layers, each one SELECT, so that nothing is evaluated twice: its trimmed text,
the number that is, why it is missing, the value. Negative is not missing: only declared codes are. A
cell with a code that a closed codebook does not know is odd: it is null, and its text is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from socialrules.model import DONT_KNOW, Fact
from socialrules.quoting import identifier, text, texts
from socialrules.sources.cells import (
    NUMERIC_TYPES,
    TEXT_TYPES,
    WHITESPACE,
    as_text,
    base_type,
    is_yes_no,
    split_text,
    trimmed_text,
)
from socialrules.sources.codebook import Codebook
from socialrules.sources.codesql import (
    first_of_all,
    is_code,
    looked_up,
    meanings,
    missing_reason,
    reason_looked_up,
    same_word,
    scaled,
    signs_of,
)
from socialrules.sources.markers import written_list
from socialrules.sources.notations import (
    Notation,
    date_of,
    number_in,
    number_of,
    words_for,
    yes_no_in,
)
from socialrules.sources.sections import LOWER, UPPER, ColumnSection, ListSection, SourceSection, as_number

TEXT, NUMBER, MISSING, VALUE, READ, ANSWER, TICKED, SUMMED, LISTED = range(9)
"""The layers, in their order: a layer sees those before it."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A column as it is read, as SQL over the layers.

    Attributes:
        value: the value; null where it is missing, odd or blank.
        kind: its type, as DuckDB names it.
        missing: why the answer is missing; the empty text where that is not known, null where it is not missing.
            None where no cell is.
        odd: the text of a cell that cannot be read, else null; None where every cell can be.
        reason: why that cannot be read.
        doubt: TRUE at least where a cell is odd, and quicker to find out than ``odd``; empty where nothing is.
    """

    value: str
    kind: str
    missing: str | None = None
    odd: str | None = None
    reason: str = ""
    doubt: str = ""


@dataclass
class Decoder:
    """Writes the SQL that reads the columns of a source.

    Attributes:
        types: type of each column of the source.
        section: what the mapping says of it.
        codebooks: what files say, the one that counts more first.
        numbers: columns whose numbers are written in a way of their own.
        asked: by list, SQL that tells whether its question was put.
        read: the columns of the source that have been asked for, in order.
    """

    types: Mapping[str, str]
    section: SourceSection
    codebooks: tuple[Codebook, ...] = ()
    numbers: Mapping[str, Notation] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)
    read: dict[str, None] = field(default_factory=dict)
    _layers: list[dict[str, str]] = field(default_factory=lambda: [{} for _ in range(LISTED + 1)])
    _known: dict[str, Decoded] = field(default_factory=dict)

    def knows(self, name: str) -> bool:
        """Whether there is a column of this name, in the source or made of others."""
        return name in self.types or name in self.section.lists or self._banded(name) is not None

    def names(self) -> list[str]:
        """The columns of the source and those made of them."""
        bands = [c + end for c, s in self.section.columns.items() if s.bands for end in (LOWER, UPPER)]
        return [*self.types, *self.section.lists, *bands]

    def column(self, name: str) -> Decoded:
        """A column as an expression sees it."""
        if name not in self._known:
            banded = self._banded(name)
            if name in self.section.lists:
                self._known[name] = self._list(name, self.section.lists[name])
            elif banded is not None:
                self._known[name] = self._decoded(banded[0], upper=banded[1])
            else:
                self._known[name] = self._decoded(name)
        return self._known[name]

    def fact(self, fact: Fact, name: str) -> Decoded:
        """A column as the cells of a fact that it feeds directly: then codes of dont_know can be an answer."""
        found = self.column(name)
        answers = fact.is_list or (fact.type == "choice" and DONT_KNOW in fact.values)
        if name not in self.section.lists:
            source = self._parts(name)[0]
            said = self._said(source)
            if self._is_listed(source) and answers and found.kind == "VARCHAR" and said.dont_know == "answer":
                return self._looked_up(source, said, dont_know=DONT_KNOW)
            if fact.is_list or fact.type in ("choice", "text"):
                found = self._named(fact, source, said, found)
            if not said.closed and found.kind == "VARCHAR":
                found = self._typed(fact, source, found)
        if not answers or found.missing is None or not self._answers_dont_know(name):
            return found
        is_list = found.kind.endswith("]")
        answer, other = (f"['{DONT_KNOW}']", found.value) if is_list else (f"'{DONT_KNOW}'", _as_varchar(found))
        value = f"CASE WHEN {found.missing} = '{DONT_KNOW}' THEN {answer} ELSE {other} END"
        kind = found.kind if is_list else "VARCHAR"
        return replace(found, value=value, kind=kind, missing=f"nullif({found.missing}, '{DONT_KNOW}')")

    def gives_reason(self, name: str, answered: bool) -> bool:
        """Whether a column has codes that say why they are missing. ``answered``: dont_know is an answer."""
        reasons = {m.reason for c in self._parts(name) for m in self._said(c).missing} - {None}
        reasons |= {"not_asked"} if name in self.asked else set()
        an_answer = answered and all(self._said(c).dont_know == "answer" for c in self._parts(name))
        return bool(reasons - ({DONT_KNOW} if an_answer else set()))

    def rows(self, source: str, used: str) -> str:
        """The rows of the source with the helper columns that some SQL uses, as SQL for a FROM clause.

        DuckDB would leave out the others too, but only after it has looked at all of them, for every part of a run.
        """
        kept: list[dict[str, str]] = []
        for layer in reversed(self._layers):
            kept.append({name: sql for name, sql in layer.items() if name in used})
            used = " ".join([used, *kept[-1].values()])
        for layer in reversed(kept):
            if layer:
                listed = f",\n{' ' * 8}".join(["*", *(f"{sql} AS {name}" for name, sql in layer.items())])
                source = f"SELECT\n{' ' * 8}{listed}\n    FROM (\n    {source}\n    )"
        return source

    def number(self, written: str) -> str:
        """SQL of the number in an expression, where the notation of the source holds for texts."""
        if not self.section.notation.has_numbers:
            return f"TRY_CAST({written} AS DOUBLE)"
        parsed = number_in(f"trim(({written})::VARCHAR)", self.section.notation)
        return f"CASE WHEN typeof({written}) = 'VARCHAR' THEN {parsed} ELSE TRY_CAST({written} AS DOUBLE) END"

    # One column

    def _said(self, name: str) -> ColumnSection:
        return self.section.column(name, *self.codebooks)

    def _parts(self, name: str) -> list[str]:
        """The columns of the source that a column is made of."""
        banded = self._banded(name)
        return list(self.section.lists[name].columns) if name in self.section.lists else [banded[0] if banded else name]

    def _answers_dont_know(self, name: str) -> bool:
        """Whether a column has a code of dont_know, which is an answer and not to be missing."""
        said = [self._said(c) for c in self._parts(name)]
        has = any(m.reason == DONT_KNOW for s in said for m in s.missing)
        return has and all(s.dont_know == "answer" for s in said)

    def _banded(self, name: str) -> tuple[str, bool] | None:
        """The source's column whose lower or upper ends a column holds, and whether these are the upper ones."""
        for ending in (LOWER, UPPER):
            base = name.removesuffix(ending)
            if base != name and name not in self.types and base in self.types and self._said(base).bands:
                return base, ending == UPPER
        return None

    def _add(self, layer: int, column: str, what: str, sql: str) -> str:
        """A helper column, called after its column. Its name is none of the source's."""
        name = f"{column} ({what})"
        while name in self.types:
            name += "'"
        self._layers[layer][identifier(name)] = sql
        return identifier(name)

    def _decoded(self, name: str, upper: bool = False) -> Decoded:
        self.read[name] = None
        said, raw, kind = self._said(name), identifier(name), self.types[name]
        if kind.endswith("]") or not (said.missing or said.closed):
            return Decoded(raw, kind)
        numeric = base_type(kind) in NUMERIC_TYPES | {"DECIMAL"}
        if numeric and not said.closed and all(as_number(m.low) is not None or m.high for m in said.missing):
            missing = self._add(MISSING, name, "missing", missing_reason(said, raw, f"{raw}::DOUBLE"))
            return Decoded(self._value(name, f"CASE WHEN {missing} IS NULL THEN {raw} END"), kind, missing)
        return self._looked_up(name, said, upper) if self._is_listed(name) else self._decoded_text(name, said, upper)

    def _is_listed(self, name: str) -> bool:
        """Whether all that the cells of a column can hold is listed, and so can be looked up."""
        said = self._said(name)
        ranges = any(m.high is not None for m in said.missing)
        return base_type(self.types[name]) == "VARCHAR" and bool(said.values or said.bands) and not ranges

    def _looked_up(self, name: str, said: ColumnSection, upper: bool = False, dont_know: str = "") -> Decoded:
        """A column whose codes are all listed. ``dont_know``: what the codes of that reason read as.

        Functions of one column are evaluated once for each different text of it, as long as nothing but
        functions is between them and the file: so there is no CASE here.
        """
        raw = identifier(name)
        plain = raw
        if self._notation(name).decimal == ",":
            # A point between thousands makes no code of another: 1.000 is not 1.
            plain = f"replace(replace({raw}, '.', '_.'), ',', '.')"
        number = self._add(TEXT, name, "number", f"TRY_CAST({plain} AS DOUBLE)")
        word = self._add(TEXT, name, "word", f"lower(trim({raw}, {WHITESPACE}))")

        def found(pairs: Mapping[str, str], what: str) -> str | None:
            return self._add(VALUE, name, what, looked_up(pairs, number, word)) if pairs else None

        own = (*said.values, *said.bands)
        reasons = {m.low: text(m.reason or "") for m in reversed(said.missing) if same_word(m.low, own) is None}
        meant = {code: value for code, value in meanings(said, upper).items() if value not in ("''", "NULL")}
        if dont_know:
            meant |= {code: text(dont_know) for code, reason in reasons.items() if reason == text(DONT_KNOW)}
        known = found(dict.fromkeys([*meanings(said), *reasons], "TRUE"), "known")
        what = "upper" if upper else "answer" if dont_know else "meaning"
        value = found(meant, what) or "NULL::VARCHAR"
        missing = found(reasons, "missing")
        if dont_know and missing:
            missing = f"nullif({missing}, {text(DONT_KNOW)})"
        odd = f"CASE WHEN {known} IS NULL THEN nullif(trim({raw}, {WHITESPACE}), '') END"
        kind = "VARCHAR" if said.values else "DOUBLE"
        reason = f"the codebook of the column {name} does not know this code"
        return Decoded(value, kind, missing, odd, reason, f"{known} IS NULL AND {raw} IS NOT NULL")

    def _decoded_text(self, name: str, said: ColumnSection, upper: bool) -> Decoded:
        raw, kind = identifier(name), self.types[name]
        written = self._text(name)
        missing = self._add(MISSING, name, "missing", self._why(name, said)) if said.missing else None
        there = f"{missing} IS NULL" if missing else "TRUE"
        if not said.closed:
            plain = written if base_type(kind) in TEXT_TYPES - {"JSON"} else raw
            value = self._value(name, f"CASE WHEN {there} THEN {plain} END")
            return Decoded(value, "VARCHAR" if plain == written else kind, missing)
        known = mapped = self._add(VALUE, name, "meaning", f"CASE WHEN {there} THEN {self._mapped(name, said)} END")
        if upper:
            # A band whose upper end is open is known all the same.
            mapped = self._add(VALUE, name, "upper", f"CASE WHEN {there} THEN {self._mapped(name, said, True)} END")
        odd = f"CASE WHEN {there} AND {known} IS NULL THEN {written} END"
        reason = f"the codebook of the column {name} does not know this code"
        if said.values or (said.scale and said.scale.yes):
            value = self._add(READ, name, "value", f"nullif({mapped}, '')")
            return Decoded(value, "VARCHAR", missing, odd, reason)
        return Decoded(mapped, "DOUBLE", missing, odd, reason)

    def _why(self, name: str, said: ColumnSection) -> str:
        """SQL of why a cell of text is missing."""
        written, number = self._text(name), self._number(name)
        simple = base_type(self.types[name]) == "VARCHAR"
        found = reason_looked_up(said, f"trim({self._raw(name)}, {WHITESPACE})", number) if simple else None
        return found or missing_reason(said, written, number)

    def _value(self, name: str, sql: str) -> str:
        return self._add(VALUE, name, "value", sql)

    def _text(self, name: str) -> str:
        kind, raw = self.types[name], identifier(name)
        written = raw if base_type(kind) == "VARCHAR" else as_text(raw, kind)
        return self._add(TEXT, name, "text", trimmed_text(written) if base_type(kind) in TEXT_TYPES else written)

    def _number(self, name: str) -> str:
        kind, raw = self.types[name], identifier(name)
        if base_type(kind) in NUMERIC_TYPES | {"DECIMAL"}:
            return f"{raw}::DOUBLE"
        return self._figure(name) if base_type(kind) == "VARCHAR" else self._cast(name)

    def _cast(self, name: str) -> str:
        written = self._text(name)
        return self._add(NUMBER, name, "number", f"TRY_CAST({written} AS DOUBLE)")

    def _notation(self, name: str) -> Notation:
        own, shared = self.numbers.get(name), self.section.notation
        return replace(shared, decimal=own.decimal, thousands=own.thousands) if own else shared

    def _mapped(self, name: str, said: ColumnSection, upper: bool = False) -> str:
        """SQL of what a code stands for; the empty text for nothing, null for a code that is not known."""
        written, number = self._text(name), self._number(name)
        if said.scale:
            return scaled(said, said.scale, written, number)
        branches = [f"WHEN {is_code(c, written, number)} THEN {v}" for c, v in meanings(said, upper).items()]
        return f"CASE {' '.join(branches)} END"

    # What a fact makes of it

    def _named(self, fact: Fact, name: str, said: ColumnSection, found: Decoded) -> Decoded:
        """The name of a code in place of it, and yes and no of the words for them."""
        yes_no = fact.type == "choice" and is_yes_no(fact)
        if said.labels and not said.closed and not found.kind.endswith("]"):
            label, number = self._label(name, said, found), self._number(name)
            value = f"coalesce({label}, {_as_varchar(found)})"
            if yes_no:
                # 1 is not yes in a column where codes have names and 1 has none.
                there = f"{found.missing} IS NULL AND " if found.missing else ""
                odd = f"CASE WHEN {there}{label} IS NULL AND {number} IS NOT NULL THEN {self._text(name)} END"
                value = f"CASE WHEN {label} IS NOT NULL OR {number} IS NULL THEN {value} END"
                reason = f"the codebook of the column {name} does not know this code"
                found = replace(found, odd=odd, reason=reason)
            what = "answer named" if yes_no else "named"
            found = replace(found, value=self._add(READ, name, what, value), kind="VARCHAR")
        if yes_no and base_type(found.kind) in TEXT_TYPES:
            read = yes_no_in(self._plain(name, found), self.section.notation)
            found = replace(found, value=self._add(ANSWER, name, "answer", read), kind="VARCHAR")
        return found

    def _label(self, name: str, said: ColumnSection, found: Decoded) -> str:
        """What the code of a cell is called; null where it has no name."""
        written, number = self._text(name), self._number(name)
        branches = " ".join(f"WHEN {is_code(c, written, number)} THEN {text(n)}" for c, n in said.labels.items())
        there = f"WHEN {found.missing} IS NOT NULL THEN NULL " if found.missing else ""
        return self._add(VALUE, name, "label", f"CASE {there}{branches} END")

    def _plain(self, name: str, found: Decoded) -> str:
        """The value as a trimmed text."""
        return self._text(name) if found.value == identifier(name) else found.value

    def _typed(self, fact: Fact, name: str, found: Decoded) -> Decoded:
        """A number, date or list from a text."""
        notation = self._notation(name)
        there = f"{found.missing} IS NULL AND " if found.missing else ""
        if fact.type in ("number", "integer"):
            number, raw = self._figure(name), self._raw(name)
            value = f"CASE WHEN {found.missing} IS NULL THEN {number} END" if found.missing else number
            wanted = "a whole number" if fact.type == "integer" else "a number"
            wanted += f" with {signs_of(notation)}" if notation.has_numbers else ""
            doubt = f"{there}{number} IS NULL AND {raw} IS NOT NULL"
            odd = f"CASE WHEN {doubt} THEN nullif(trim({raw}, {WHITESPACE}), '') END"
            return replace(found, value=value, kind="DOUBLE", odd=odd, reason=f"this is not {wanted}", doubt=doubt)
        if fact.type == "date":
            raw = self._raw(name)
            date = self._add(TEXT, name, "date", date_of(raw, notation))
            value = f"CASE WHEN {found.missing} IS NULL THEN {date} END" if found.missing else date
            wanted = f"{notation.dates}, or YYYY-MM-DD" if notation.dates else "YYYY-MM-DD"
            doubt = f"{there}{date} IS NULL AND {raw} IS NOT NULL"
            odd = f"CASE WHEN {doubt} THEN nullif(trim({raw}, {WHITESPACE}), '') END"
            reason = f"this is not a date written {wanted}"
            return replace(found, value=value, kind="DATE", odd=odd, reason=reason, doubt=doubt)
        if not fact.is_list:
            return found
        if self._said(name).labels:
            return replace(found, value=split_text(self._plain(name, found)), kind="VARCHAR[]")
        value = self._split(name)
        value = f"CASE WHEN {found.missing} IS NULL THEN {value} END" if found.missing else value
        return replace(found, value=value, kind="VARCHAR[]")

    def _split(self, name: str) -> str:
        """The list that a text of the column is, as that of ``split_text``: most are split once for each different text."""
        trimmed = f"trim({self._raw(name)}, {WHITESPACE})"
        written = self._add(TEXT, name, "trimmed", trimmed)
        split = self._add(TEXT, name, "split", f"string_split({trimmed}, ';')")
        rare = f"WHEN starts_with({written}, '[') THEN {written_list(written, split)}"
        return f"CASE WHEN {written} = '' THEN NULL {rare} ELSE {split} END"

    def _figure(self, name: str) -> str:
        """The number that a text of the column is."""
        return self._add(TEXT, name, "figure", number_of(self._raw(name), self._notation(name)))

    def _raw(self, name: str) -> str:
        """The column of the source as a text."""
        return identifier(name) if base_type(self.types[name]) == "VARCHAR" else f"{identifier(name)}::VARCHAR"

    # Several columns

    def _list(self, name: str, made: ListSection) -> Decoded:
        """The list of the values whose columns are ticked."""
        ticks: dict[str, list[str]] = {}
        odd: list[str] = []
        missing: list[str] = []
        for column, value in made.columns.items():
            found = self.column(column)
            tick, strange = self._tick(name, column, value, found)
            ticks.setdefault(value, []).append(tick)
            odd += [strange, *([found.odd] if found.odd else [])]
            missing += [found.missing] if found.missing else []
        asked = self.asked.get(name)
        ticked = {value: " OR ".join(columns) for value, columns in ticks.items()}
        every = [tick for columns in ticks.values() for tick in columns]
        strange = self._add(SUMMED, name, "odd", first_of_all(odd))
        some = self._add(SUMMED, name, "some", f"coalesce({' OR '.join(every)}, FALSE)")
        none = self._add(SUMMED, name, "none", f"coalesce(NOT ({' OR '.join(every)}), FALSE)")
        not_put = [f"CASE WHEN NOT ({asked}) THEN 'not_asked' END"] if asked else []
        why = self._add(SUMMED, name, "reason", first_of_all([*missing, *not_put])) if missing or asked else None
        listed = ", ".join(f"CASE WHEN {sql} THEN {text(value)} END" for value, sql in ticked.items())
        branches = [
            f"WHEN {strange} IS NOT NULL THEN NULL",
            f"WHEN {some} THEN list_filter([{listed}], lambda v: v IS NOT NULL)",
            *([f"WHEN {why} IS NOT NULL THEN NULL"] if why else []),
            f"WHEN {f'({asked}) OR ' if asked else ''}{none} THEN []::VARCHAR[]",
        ]
        value = self._add(LISTED, name, "list", f"CASE {' '.join(branches)} END")
        no_answer = f"CASE WHEN NOT {some} THEN {why} END" if why else None
        reason = f"one of the columns of the list {name} is neither ticked nor left out"
        return Decoded(value, "VARCHAR[]", no_answer, strange, reason)

    def _tick(self, name: str, column: str, value: str, found: Decoded) -> tuple[str, str]:
        """Whether a column of a list is ticked, null where it does not say; and its text where that is odd."""
        yes, no = words_for(self.section.notation)
        said = self._said(column)
        written = _as_varchar(found)
        if said.labels and not said.closed:
            # The name of an option is a tick too, and 1 is none in a column where codes have names and 1 has none.
            written = f"coalesce({self._label(column, said, found)}, {written})"
            yes = tuple(
                w for w in (*yes, *(label.lower() for label in said.labels.values())) if w != "1" and w not in no
            )
        # What pandas writes of a column with blanks in it is 1.0.
        whole = f"regexp_replace(lower({trimmed_text(written)}), '^([01])\\.0+$', '\\1')"
        plain = self._add(ANSWER, f"{name}: {column}", "plain", whole)
        ticked = tuple(dict.fromkeys([*yes, value.lower(), column.lower()]))
        tick = self._add(
            TICKED,
            f"{name}: {column}",
            "tick",
            f"CASE WHEN {plain} IN ({texts(no)}) THEN FALSE WHEN {plain} IN ({texts(ticked)}) THEN TRUE END",
        )
        return tick, f"CASE WHEN {tick} IS NULL THEN {plain} END"


def _as_varchar(found: Decoded) -> str:
    return found.value if found.kind == "VARCHAR" else as_text(found.value, found.kind)
