"""How one cell of an input becomes a value of its fact, as SQL.

The rules are the same for every format: text is trimmed and a blank cell is null; closed sets are
read whatever the case, with true / 1 as yes and false / 0 as no; numbers have a decimal point;
dates are YYYY-MM-DD; lists are ``a;b;c`` or as programs write them, ``[]`` is the known empty list;
where a text belongs, ``N/A`` and the like are blank. What cannot be read, or
lies outside the allowed set or range, is null and flagged, never guessed.

Every fact can be read in two ways. The **exact** reading takes cells that are already as they
should be, with one cast, and says which rows are odd; only those are read again by the **lenient**
reading, which knows all of the above. Its expressions stand in layers, each written once: DuckDB
lifts what occurs twice in one SELECT out of its CASE and would evaluate it for every row.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from socialrules.bitsets import encoded, unsure_bit
from socialrules.model import DONT_KNOW, Fact, Lookup
from socialrules.quoting import identifier, number, text, texts
from socialrules.sources.codebook import REASONS
from socialrules.sources.markers import BLANK_MARKERS, FORMULA_ERRORS, SEVERAL, among, no_answer, written_list
from socialrules.sources.registry import slug_of

WHITESPACE = r"E' \t\n\r\f\x0b\xc2\xa0\xe2\x80\x8b\xef\xbb\xbf'"
"""What is trimmed: blanks, tabs, line breaks, and the no-break and zero-width spaces of spreadsheets, as UTF-8.

A constant, and nothing that DuckDB has to work out: a long statement names it some hundred times.
"""
BLANKS_PATTERN = r"[ \t\n\r\f\x0b\x{a0}\x{200b}\x{feff}]*"
"""The same as a pattern."""

NUMBER_PATTERN = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
DATE_PATTERN = r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?"
"""A day, or a moment of it: that it also says when costs nothing, for the day is plain."""

WHY = "__why"
"""What the companion column is called that says why a fact is missing, behind the fact's name."""

NUMERIC_TYPES = frozenset(
    [
        "TINYINT",
        "SMALLINT",
        "INTEGER",
        "BIGINT",
        "HUGEINT",
        "UTINYINT",
        "USMALLINT",
        "UINTEGER",
        "UBIGINT",
        "UHUGEINT",
        "FLOAT",
        "DOUBLE",
    ]
)
FRACTIONS = frozenset(["FLOAT", "DOUBLE", "DECIMAL"])
TEXT_TYPES = frozenset(["VARCHAR", "JSON", "UUID", "ENUM"])
LAYERS = 3


@dataclass(frozen=True, slots=True)
class Exact:
    """SQL over the raw columns and ``helpers`` for cells that are as they should be.

    ``odd`` is TRUE where the cell is not; None where every cell is. ``helpers``: what the others
    name more than once, by column name.
    """

    value: str
    odd: str | None
    dont_know: str = "FALSE"
    helpers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cell:
    """SQL that reads one fact leniently, in layers over the raw columns.

    Attributes:
        raw: the cell as text, for people.
        reason: why an unreadable cell cannot be read.
        layers: per layer, SQL by column name; a layer sees the raw columns and those before it.
        value, filled, dont_know, noted: columns of the last layer: the value; whether the cell
            holds anything; whether the answer was dont_know; whether it was read with a remark.
            None where that cannot be.
        remark: that remark.
        exact: the exact reading, where the column's type allows one.
    """

    raw: str
    reason: str
    layers: tuple[dict[str, str], ...]
    value: str
    filled: str
    dont_know: str | None = None
    noted: str | None = None
    remark: str = ""
    exact: Exact | None = None


@dataclass
class _Columns:
    """Names of a fact's helper columns, and the layers they stand in."""

    fact: str
    layers: list[dict[str, str]] = field(default_factory=lambda: [{} for _ in range(LAYERS)])

    def add(self, layer: int, suffix: str, sql: str) -> str:
        name = identifier(f"{self.fact}__{suffix}")
        self.layers[layer][name] = sql
        return name

    def cell(self, raw: str, reason: str, value: str, filled: str, **more: str | Exact | None) -> Cell:
        return Cell(raw, reason, tuple(self.layers), value, filled, **more)  # type: ignore[arg-type]


def base_type(duckdb_type: str) -> str:
    """The kind of a DuckDB type: its name without arguments, ``LIST`` for any list."""
    if duckdb_type.endswith("]"):
        return "LIST"
    return duckdb_type.split("(", maxsplit=1)[0].upper().strip()


def ragged(raw: str) -> str:
    """SQL that is TRUE where a text is empty, or begins or ends with something to trim."""
    ends = (f"unicode({raw})", f"unicode(({raw})[-1])")
    # Control characters are none of those that are trimmed, but rare; an empty text gives -1.
    return f"({' OR '.join(f'{e} <= 32 OR {e} IN (160, 8203, 65279)' for e in ends)})"


def trimmed_text(raw: str) -> str:
    """SQL of a text without the whitespace around it; null where nothing is left.

    DuckDB's trim of a set of characters costs ten times as much as looking at the two ends.
    """
    return f"(CASE WHEN {ragged(raw)} THEN nullif(trim({raw}, {WHITESPACE}), '') ELSE {raw} END)"


def can_read(fact: Fact, duckdb_type: str) -> bool:
    """Whether a column of this type can hold the fact at all."""
    kind = base_type(duckdb_type)
    if kind in TEXT_TYPES:
        return True
    if fact.type == "text":
        return kind in NUMERIC_TYPES or kind in ("BOOLEAN", "DECIMAL", "DATE") or kind.startswith("TIMESTAMP")
    if fact.type in ("number", "integer"):
        return kind in NUMERIC_TYPES or kind == "DECIMAL"
    if fact.type == "date":
        return kind == "DATE" or kind.startswith("TIMESTAMP")
    if fact.type == "choice":
        return is_yes_no(fact) and (kind == "BOOLEAN" or kind in NUMERIC_TYPES or kind == "DECIMAL")
    # A list of nothing has elements of the type NULL.
    element = base_type(duckdb_type[:-2]).strip('"') if kind == "LIST" else ""
    return element in TEXT_TYPES or element == "NULL"


def cell(fact: Fact, column: str, duckdb_type: str, as_of: str, lookup: Lookup | None = None) -> Cell:
    """The SQL that reads a fact from a raw column.

    Args:
        fact: what the column holds.
        column: the raw column as SQL.
        duckdb_type: its type in the input, one that ``can_read`` accepts.
        as_of: the day of the run, ``YYYY-MM-DD``.
        lookup: the registry that the fact's values are slugs of.
    """
    kind = base_type(duckdb_type)
    found = _cell(fact, column, duckdb_type, as_of, lookup)
    if kind not in FRACTIONS:
        return found
    # People wrote 3, whatever the type of the column makes of it.
    return replace(found, raw=f"coalesce({as_text(column, duckdb_type)}, {column}::VARCHAR)")


def _cell(fact: Fact, column: str, duckdb_type: str, as_of: str, lookup: Lookup | None) -> Cell:
    kind = base_type(duckdb_type)
    names = _Columns(fact.name)
    if fact.is_list:
        return _list_cell(fact, column, duckdb_type, names)
    raw = f"{column}->>'$'" if kind == "JSON" else column if kind == "VARCHAR" else f"{column}::VARCHAR"
    given = as_text(column, duckdb_type) if fact.type == "text" and kind in (*FRACTIONS, "JSON") else raw
    trimmed = trimmed_text(given)
    if lookup is not None:
        return _slug_cell(lookup, column, kind, trimmed, raw, names)
    match fact.type:
        case "text":
            return _text_cell(fact, column, kind, trimmed, raw, names)
        case "number" | "integer":
            return _number_cell(fact, column, kind, trimmed, raw, names)
        case "date":
            return _date_cell(fact, column, kind, trimmed, raw, as_of, names)
        case _:
            return _choice_cell(fact, column, kind, trimmed, raw, names)


def as_text(column: str, duckdb_type: str) -> str:
    """A cell as text, as SQL: a whole number as ``1`` even where its type has fractions, which ids often come in."""
    if base_type(duckdb_type) == "JSON":
        whole = f"regexp_replace({column}->>'$', '^(-?[0-9]+)\\.0+$', '\\1')"
        return f"CASE WHEN json_type({column}) = 'DOUBLE' THEN {whole} ELSE {column}->>'$' END"
    if base_type(duckdb_type) not in FRACTIONS:
        return f"{column}::VARCHAR"
    whole = f"{column} = trunc({column}) AND abs({column}) < 1e15"
    nothing = "" if base_type(duckdb_type) == "DECIMAL" else f"WHEN isnan({column}) THEN NULL "
    return f"CASE {nothing}WHEN {whole} THEN {column}::BIGINT::VARCHAR ELSE {column}::VARCHAR END"


def whole_text(column: str, duckdb_type: str) -> str:
    """A cell or a list as text, as SQL: of a list ``a;b;c``, or ``[]`` where it is known to be empty."""
    if not duckdb_type.endswith("]"):
        return as_text(column, duckdb_type)
    return f"CASE WHEN len({column}) = 0 THEN '[]' ELSE array_to_string({column}, ';') END"


def companion(column: str, fact: str) -> Cell:
    """The SQL that reads the reason why a fact is missing, from its column ``<fact>__why``."""
    names = _Columns(f"{fact}{WHY}")
    given = names.add(0, "a", f"lower({trimmed_text(f'{column}::VARCHAR')})")
    value = names.add(1, "v", f"CASE WHEN {given} IN ({texts(REASONS)}) THEN {given} END")
    odd = f"{column} IS NOT NULL AND {column}::VARCHAR NOT IN ({texts(REASONS)})"
    reason = f"this is not one of {', '.join(REASONS)}"
    return names.cell(f"{column}::VARCHAR", reason, value, f"{given} IS NOT NULL", exact=Exact("NULL", odd))


def _text_cell(fact: Fact, column: str, kind: str, trimmed: str, raw: str, names: _Columns) -> Cell:
    if kind not in TEXT_TYPES:
        value = names.add(0, "v", trimmed)
        return names.cell(raw, "this cannot be read", value, f"{value} IS NOT NULL", exact=Exact(trimmed, None))
    given = names.add(0, "a", trimmed)
    no_text = among(given, (*BLANK_MARKERS, *FORMULA_ERRORS))
    # A formula error begins with #; so does little else, and that costs only a second look.
    odd = f"{ragged(column)} OR {among(column, BLANK_MARKERS)} OR unicode({column}) = {ord('#')}"
    noted, remark = among(given, FORMULA_ERRORS), "a formula without a result was read as an empty cell"
    if fact.ask in ("core", "full"):
        # The answer to a question: a name or an id may well be None.
        unanswered = no_answer(given)
        no_text, odd = f"({no_text} OR {unanswered})", f"{odd} OR {no_answer(column)}"
        noted, remark = f"({noted} OR {unanswered})", "this says that there is no answer, and was read as an empty cell"
    value = names.add(1, "v", f"CASE WHEN NOT {no_text} THEN {given} END")
    odd = f"({odd})"
    exact = Exact(column, odd) if kind == "VARCHAR" else None
    return names.cell(
        raw,
        "this cannot be read",
        value,
        f"{value} IS NOT NULL",
        noted=f"coalesce({noted}, FALSE)",
        remark=remark,
        exact=exact or Exact(trimmed, None),
    )


def told(column: str, fact: str) -> Cell:
    """The SQL of the reason why a fact is missing that a mapping has made: it is one of ``REASONS``, or null."""
    return _Columns(f"{fact}{WHY}").cell(column, "", column, "FALSE", exact=Exact("NULL", None))


def _slug_cell(lookup: Lookup, column: str, kind: str, trimmed: str, raw: str, names: _Columns) -> Cell:
    lowered = names.add(0, "a", f"lower({trimmed})")
    value = names.add(1, "v", slug_of(lookup, lowered))
    exact = None
    if kind == "VARCHAR" and lookup.rows:
        known = f"TRY_CAST({column} AS ENUM({texts(list(lookup.rows))}))"
        exact = Exact(column, f"({column} IS NOT NULL AND {known} IS NULL)")
    return names.cell(raw, "this is no name or address", value, f"{lowered} IS NOT NULL", exact=exact)


def _number_cell(fact: Fact, column: str, kind: str, trimmed: str, raw: str, names: _Columns) -> Cell:
    if kind in TEXT_TYPES:
        given = names.add(0, "a", trimmed)
        parsed = names.add(
            1, "b", f"CASE WHEN regexp_full_match({given}, {text(NUMBER_PATTERN)}) THEN TRY_CAST({given} AS DOUBLE) END"
        )
        filled = f"{given} IS NOT NULL"
    else:
        parsed = names.add(0, "a", f"{column}::DOUBLE")
        filled = f"{column} IS NOT NULL"
    real = kind not in NUMERIC_TYPES - {"FLOAT", "DOUBLE"}
    # A comparison alone would not find nan: the statistics of a Parquet file leave it out, and DuckDB trusts them.
    conditions = ["isfinite({})"] if real else []
    if fact.type == "integer" and real:
        conditions += ["{} = trunc({})", "abs({}) < 9.2e18"]
    limits = []
    for sign, limit, words in ((">=", fact.min, "at least"), (">", fact.above, "above"), ("<=", fact.max, "at most")):
        if limit is not None:
            limits.append(f"{words} {limit:g}")
            conditions.append(f"{{}} {sign} {number(limit)}")
    checks = " AND ".join(c.replace("{}", parsed) for c in conditions) or "TRUE"
    value = names.add(2, "v", f"CASE WHEN {checks} THEN {parsed} END")
    wanted = "a whole number" if fact.type == "integer" else "a number"
    reason = f"this is not {wanted}{' ' if limits else ''}{' and '.join(limits)}"
    exact = None
    if kind in NUMERIC_TYPES:
        fine = " AND ".join(c.replace("{}", column) for c in conditions)
        exact = Exact(f"{column}::DOUBLE", f"NOT ({fine})" if fine else "FALSE")
    return names.cell(raw, reason, value, filled, exact=exact)


def _date_cell(fact: Fact, column: str, kind: str, trimmed: str, raw: str, as_of: str, names: _Columns) -> Cell:
    if kind in TEXT_TYPES:
        given = names.add(0, "a", trimmed)
        parsed = names.add(
            1,
            "b",
            f"CASE WHEN regexp_full_match({given}, {text(DATE_PATTERN)}) THEN TRY_CAST({given}[:10] AS DATE) END",
        )
        filled = f"{given} IS NOT NULL"
    else:
        parsed = names.add(0, "a", f"{column}::DATE")
        filled = f"{column} IS NOT NULL"
    limit = f" AND {{}} <= DATE {text(as_of)}" if fact.default == "as_of" else ""
    value = names.add(2, "v", f"CASE WHEN isfinite({parsed}){limit.format(parsed)} THEN {parsed} END")
    reason = "this is not a date written YYYY-MM-DD"
    if limit:
        reason += f", or it lies after the day of the run ({as_of})"
    exact = Exact(column, f"NOT (isfinite({column}){limit.format(column)})") if kind == "DATE" else None
    return names.cell(raw, reason, value, filled, exact=exact)


def is_yes_no(fact: Fact) -> bool:
    """Whether yes and no are among the values of a fact."""
    return {"yes", "no"} <= set(fact.values)


def _choice_cell(fact: Fact, column: str, kind: str, trimmed: str, raw: str, names: _Columns) -> Cell:
    known = [v for v in fact.values if v != DONT_KNOW]
    may_not_know = DONT_KNOW in fact.values
    answer = names.add(0, "a", f"lower({trimmed})")
    filled = f"{answer} IS NOT NULL"
    if is_yes_no(fact):
        plain = f"regexp_replace({answer}, '^([01])\\.0+$', '\\1')"
        yes_no = "WHEN 'true' THEN 'yes' WHEN '1' THEN 'yes' WHEN 'false' THEN 'no' WHEN '0' THEN 'no'"
        answer = names.add(1, "b", f"CASE {plain} {yes_no} ELSE {answer} END")
    value = names.add(2, "v", f"TRY_CAST({answer} AS ENUM({texts(known)}))")
    unsure = names.add(2, "dk", f"coalesce({answer} = '{DONT_KNOW}', FALSE)") if may_not_know else None
    exact = None
    if kind == "VARCHAR":
        # Two casts cost less than any question asked of the text: they look each word up once.
        one, every = identifier(f"{fact.name}__k"), identifier(f"{fact.name}__e")
        helpers = {one: f"TRY_CAST({column} AS ENUM({texts(known)}))"}
        asked, read = "FALSE", one
        if may_not_know:
            helpers[every] = f"TRY_CAST({column} AS ENUM({texts(list(fact.values))}))"
            asked, read = f"(({one} IS NULL) <> ({every} IS NULL))", every
        exact = Exact(one, f"(({read} IS NULL) <> ({column} IS NULL))", asked, helpers)
    elif kind == "BOOLEAN":
        exact = Exact(f"CASE WHEN {column} THEN 'yes' WHEN NOT {column} THEN 'no' END::ENUM({texts(known)})", "FALSE")
    return names.cell(raw, f"this is not one of {', '.join(fact.values)}", value, filled, dont_know=unsure, exact=exact)


def _list_cell(fact: Fact, column: str, duckdb_type: str, names: _Columns) -> Cell:
    kind = base_type(duckdb_type)
    if kind == "LIST":
        given = f"{column}::VARCHAR[]"
        raw = f"CASE len({given}) WHEN 0 THEN '[]' ELSE array_to_string({given}, ';') END"
    elif kind == "JSON":
        given, raw = _json_list(column), f"{column}->>'$'"
    else:
        raw = column if kind == "VARCHAR" else f"{column}::VARCHAR"
        written = trimmed_text(raw)
        given = split_text(written)
    held = names.add(0, "a", given)
    clean = f"lower({trimmed_text('v')})" if fact.values else trimmed_text("v")
    blank = list(dict.fromkeys(m.lower() for m in BLANK_MARKERS)) if fact.values else BLANK_MARKERS
    filled_in = f"v IS NOT NULL AND NOT {among('v', blank)}"
    values = names.add(1, "b", f"list_filter(list_transform({held}, lambda v: {clean}), lambda v: {filled_in})")
    answers = names.add(2, "c", f"list_filter({values}, lambda v: v <> '{DONT_KNOW}')")
    # A list of nothing but blanks is a blank cell, not the known empty list.
    filled = f"coalesce(len({held}) = 0 OR len({values}) > 0, FALSE)"
    unsure = f"coalesce(len({values}) > 0 AND len({answers}) = 0, FALSE)"
    noted, remark = f"len({answers}) < len({values})", "dont_know beside other values was left out"
    value, fits = answers, f"len({answers}) > 0"
    if kind == "VARCHAR" and (fact.open or not fact.values):
        # Anything may stand in such a list, but no formula without a result.
        fits += f" AND NOT {among(names.add(0, 'e', f'trim({raw})'), FORMULA_ERRORS)}"
    if fact.open:
        listed = f"v IN ({texts(fact.values)})"
        # What only says that there is no answer is no other value, and neither are listed ones with a comma between.
        several = f"list_has_any(string_split_regex(v, {text(SEVERAL)}), [{texts(fact.values)}])"
        no_value = f"{no_answer('v')} OR NOT regexp_matches(v, '\\pL') OR {several}"
        fits += f" AND len(list_filter({answers}, lambda v: NOT ({listed}) AND ({no_value}))) = 0"
        value = f"list_transform({answers}, lambda v: CASE WHEN {listed} THEN v ELSE 'other' END)"
        noted += f" OR len(list_filter({answers}, lambda v: NOT ({listed}))) > 0"
        remark = "a value that is not listed was read as other, or dont_know beside other values was left out"
    elif fact.values:
        fits += f" AND len(list_filter({answers}, lambda v: v NOT IN ({texts(fact.values)}))) = 0"
    elif fact.pattern:
        fits += f" AND len(list_filter({answers}, lambda v: NOT regexp_full_match(v, {text(fact.pattern)}))) = 0"
    else:
        fits += f" AND len(list_filter({answers}, lambda v: {no_answer('v')})) = 0"
    whole = f"CASE WHEN len({held}) = 0 THEN []::VARCHAR[] WHEN {fits} THEN {value} END"
    if fact.members:
        whole = encoded(f"({whole})", fact.members)
    wanted = f" of {', '.join(fact.values)}" if fact.values else ""
    if fact.pattern:
        wanted = f" such as {fact.example}" if fact.example else f" like {fact.pattern}"
    return names.cell(
        raw,
        f"this is not a list a;b;c of values{wanted}",
        whole,
        filled,
        dont_know=unsure,
        noted=f"coalesce({fits} AND ({noted}), FALSE)",
        remark=remark,
        exact=_exact_list(fact, column, duckdb_type),
    )


def split_text(written: str) -> str:
    """SQL of the list that a trimmed text is: ``a;b``, or as programs write it; ``[]`` is the empty one."""
    return written_list(written, f"string_split({written}, ';')")


def _exact_list(fact: Fact, column: str, duckdb_type: str) -> Exact | None:
    if duckdb_type != "VARCHAR[]":
        return None
    if fact.members:
        held = identifier(f"{fact.name}__m")
        limit = unsure_bit(fact.members)
        odd = f"(({held} & 1) <> 0 OR {held} > {limit})"
        value = f"CASE WHEN {held} < {limit} THEN {held} END"
        return Exact(value, odd, f"coalesce({held} = {limit}, FALSE)", {held: encoded(column, fact.members)})
    unsure = f"coalesce(list_contains({column}, '{DONT_KNOW}'), FALSE)"
    value = f"CASE WHEN NOT {unsure} THEN {column} END"
    outside = f" OR v NOT IN ({texts([*fact.values, DONT_KNOW])})" if fact.values else ""
    if fact.pattern:
        outside = f" OR (v <> '{DONT_KNOW}' AND NOT regexp_full_match(v, {text(fact.pattern)}))"
    marker = "" if fact.values else f" OR {among('v', BLANK_MARKERS)}"
    if not fact.values and not fact.pattern:
        outside = f" OR {no_answer('v')}"
    strange = f"v IS NULL OR {ragged('v')}{marker}{outside}"
    odd = f"coalesce(len(list_filter({column}, lambda v: {strange})) > 0, FALSE) OR ({unsure} AND len({column}) > 1)"
    return Exact(value, f"({odd})", unsure)


def _json_list(column: str) -> str:
    """A JSON array, or a text ``a;b;c``, as a list."""
    written = trimmed_text(f"({column}->>'$')")
    split = split_text(written)
    return f"(CASE json_type({column}) WHEN 'NULL' THEN NULL WHEN 'ARRAY' THEN {column}->>'$[*]' ELSE {split} END)"
