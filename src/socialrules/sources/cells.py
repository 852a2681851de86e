"""How one cell of an input becomes a value of its fact, as SQL.

The rules are the same for every format: text is trimmed and a blank cell is null; closed sets are
read whatever the case, with true / 1 as yes and false / 0 as no; numbers have a decimal point;
dates are YYYY-MM-DD; lists are ``a;b;c``, ``[]`` is the known empty list. What cannot be read, or
lies outside the allowed set or range, is null and flagged, never guessed.
"""

from __future__ import annotations

from dataclasses import dataclass

from socialrules.model import DONT_KNOW, Fact, Lookup
from socialrules.sources.registry import slug_of
from socialrules.sqltext import number, text, texts

WHITESPACE = r"(E' \t\n\r\f' || chr(11) || chr(160) || chr(8203) || chr(65279))"
"""What is trimmed: blanks, tabs, line breaks, and the no-break and zero-width spaces of spreadsheets."""

NUMBER_PATTERN = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
DATE_PATTERN = r"\d{4}-\d{2}-\d{2}"
REASONS_FOR_MISSING = (DONT_KNOW, "refused", "not_asked", "not_applicable")
"""What a companion column ``<fact>__why`` may hold."""

NUMERIC_TYPES = frozenset(
    "TINYINT SMALLINT INTEGER BIGINT HUGEINT UTINYINT USMALLINT UINTEGER UBIGINT UHUGEINT FLOAT DOUBLE".split()
)
TEXT_TYPES = frozenset("VARCHAR JSON UUID ENUM".split())


@dataclass(frozen=True, slots=True)
class Cell:
    """SQL of one fact's cell, over the raw columns of the input.

    Attributes:
        value: the value, null where it is missing or cannot be read.
        filled: TRUE where the cell holds anything at all.
        dont_know: TRUE where the answer was dont_know; None where that cannot be.
        noted: TRUE where the value was read with a remark; None where that cannot be.
        remark: that remark.
        raw: the cell as text, for people.
        reason: why an unreadable cell cannot be read.
    """

    value: str
    filled: str
    raw: str
    reason: str
    dont_know: str | None = None
    noted: str | None = None
    remark: str = ""


def base_type(duckdb_type: str) -> str:
    """The kind of a DuckDB type: its name without arguments, ``LIST`` for any list."""
    if duckdb_type.endswith("]"):
        return "LIST"
    return duckdb_type.split("(")[0].upper().strip()


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
        return {"yes", "no"} <= set(fact.values) and (kind == "BOOLEAN" or kind in NUMERIC_TYPES or kind == "DECIMAL")
    return kind == "LIST" and base_type(duckdb_type[:-2]) in TEXT_TYPES


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
    if kind == "LIST":
        return _list_cell(fact, column, f"{column}::VARCHAR[]")
    if kind == "JSON" and fact.is_list:
        return _list_cell(fact, column, _json_list(column))
    raw = f"{column}->>'$'" if kind == "JSON" else column if kind == "VARCHAR" else f"{column}::VARCHAR"
    trimmed = f"nullif(trim({raw}, {WHITESPACE}), '')"
    if lookup is not None:
        return Cell(slug_of(lookup, f"lower({trimmed})"), f"{trimmed} IS NOT NULL", raw, "this is no name or address")
    match fact.type:
        case "text":
            return Cell(trimmed, f"{trimmed} IS NOT NULL", raw, "this cannot be read")
        case "number" | "integer":
            return _number_cell(fact, column, kind, trimmed, raw)
        case "date":
            return _date_cell(fact, column, kind, trimmed, raw, as_of)
        case "choice":
            return _choice_cell(fact, trimmed, raw, kind)
        case _:
            return _list_cell(fact, column, None, trimmed)


def _json_list(column: str) -> str:
    """A JSON array, or a text ``a;b;c``, as a list."""
    written = f"trim({column}->>'$', {WHITESPACE})"
    split = f"CASE {written} WHEN '[]' THEN [] ELSE string_split({written}, ';') END"
    return f"(CASE json_type({column}) WHEN 'NULL' THEN NULL WHEN 'ARRAY' THEN {column}->>'$[*]' ELSE {split} END)"


def _number_cell(fact: Fact, column: str, kind: str, trimmed: str, raw: str) -> Cell:
    if kind in TEXT_TYPES:
        value = f"CASE WHEN regexp_full_match({trimmed}, {text(NUMBER_PATTERN)}) THEN TRY_CAST({trimmed} AS DOUBLE) END"
        filled = f"{trimmed} IS NOT NULL"
    else:
        value, filled = f"{column}::DOUBLE", f"{column} IS NOT NULL"
    wanted = "a whole number" if fact.type == "integer" else "a number"
    limits = []
    conditions = [f"isfinite({{}})"] if kind not in NUMERIC_TYPES - {"FLOAT", "DOUBLE"} else []
    if fact.type == "integer":
        conditions += ["{} = trunc({})", "abs({}) < 9.2e18"] if kind in TEXT_TYPES | {"FLOAT", "DOUBLE", "DECIMAL"} else []
    for sign, limit, words in ((">=", fact.min, "at least"), (">", fact.above, "above"), ("<=", fact.max, "at most")):
        if limit is not None:
            conditions.append(f"{{}} {sign} {number(limit)}")
            limits.append(f"{words} {limit:g}")
    if conditions:
        checks = " AND ".join(c.replace("{}", f"({value})") for c in conditions)
        value = f"CASE WHEN {checks} THEN {value} END"
    return Cell(value, filled, raw, f"this is not {wanted}{' ' if limits else ''}{' and '.join(limits)}")


def _date_cell(fact: Fact, column: str, kind: str, trimmed: str, raw: str, as_of: str) -> Cell:
    if kind in TEXT_TYPES:
        value = f"CASE WHEN regexp_full_match({trimmed}, {text(DATE_PATTERN)}) THEN TRY_CAST({trimmed} AS DATE) END"
        filled = f"{trimmed} IS NOT NULL"
    else:
        value, filled = f"{column}::DATE", f"{column} IS NOT NULL"
    if kind != "VARCHAR":
        value = f"CASE WHEN isfinite({value}) THEN {value} END"
    reason = "this is not a date written YYYY-MM-DD"
    if fact.default == "as_of":
        value = f"CASE WHEN {value} <= DATE {text(as_of)} THEN {value} END"
        reason += f", or it lies after the day of the run ({as_of})"
    return Cell(value, filled, raw, reason)


def _choice_cell(fact: Fact, trimmed: str, raw: str, kind: str) -> Cell:
    answer = f"lower({trimmed})"
    if {"yes", "no"} <= set(fact.values):
        if kind in ("FLOAT", "DOUBLE", "DECIMAL"):
            answer = f"regexp_replace({answer}, '\\.0+$', '')"
        answer = f"CASE {answer} WHEN 'true' THEN 'yes' WHEN '1' THEN 'yes' WHEN 'false' THEN 'no' WHEN '0' THEN 'no' ELSE {answer} END"
    known = [v for v in fact.values if v != DONT_KNOW]
    may_not_know = DONT_KNOW in fact.values
    return Cell(
        f"TRY_CAST({answer} AS ENUM({texts(known)}))",
        f"{trimmed} IS NOT NULL",
        raw,
        f"this is not one of {', '.join(fact.values)}",
        f"coalesce({answer} = '{DONT_KNOW}', FALSE)" if may_not_know else None,
    )


def _list_cell(fact: Fact, column: str, given: str | None, trimmed: str = "") -> Cell:
    clean = f"lower(trim(v, {WHITESPACE}))" if fact.values else f"trim(v, {WHITESPACE})"
    if given is None:
        items, filled, raw = f"string_split({trimmed}, ';')", f"{trimmed} IS NOT NULL", column
        empty = f"{trimmed} = '[]'"
    else:
        items, raw = given, f"'[' || array_to_string({given}, ', ') || ']'"
        empty = f"len({given}) = 0"
        # A list of blanks is a blank cell, not the known empty list.
        filled = f"(len({given}) = 0 OR array_to_string({given}, '') <> '')"
    values = f"list_filter(list_transform({items}, lambda v: {clean}), lambda v: v <> '')"
    unsure = f"list_contains({values}, '{DONT_KNOW}')"
    answers = f"list_filter({values}, lambda v: v <> '{DONT_KNOW}')"
    noted, remark = f"({unsure} AND len({answers}) > 0)", "dont_know beside other values was left out"
    if fact.open:
        known = f"v IN ({texts(fact.values)})"
        # Order is kept; several unlisted values become one other each.
        answers = f"list_transform({answers}, lambda v: CASE WHEN {known} THEN v ELSE 'other' END)"
        noted = f"({noted} OR len(list_filter({values}, lambda v: NOT ({known}) AND v <> '{DONT_KNOW}')) > 0)"
        remark = "a value that is not listed was read as other, or dont_know beside other values was left out"
        fits = f"len({answers}) > 0"
    elif fact.values:
        fits = f"len({answers}) > 0 AND len(list_filter({answers}, lambda v: v NOT IN ({texts(fact.values)}))) = 0"
    elif fact.pattern:
        fits = f"len({answers}) > 0 AND len(list_filter({answers}, lambda v: NOT regexp_full_match(v, {text(fact.pattern)}))) = 0"
    else:
        fits = f"len({answers}) > 0"
    slow = f"CASE WHEN {empty} THEN []::VARCHAR[] WHEN {fits} THEN {answers} END"
    value = slow
    if given is not None and fact.values:
        # Most lists are clean: one cast tells, and the list is taken as it is.
        spotless = f"list_position(TRY_CAST({given} AS ENUM({texts(fact.values)})[]), NULL)"
        value = f"CASE WHEN len({given}) > 0 AND coalesce({spotless}, 0) = 0 THEN {given} ELSE {slow} END"
        noted = f"(coalesce({spotless}, 0) > 0 AND {noted})"
        unsure = f"(coalesce({spotless}, 0) > 0 AND {unsure})"
    listed = f"values of {', '.join(fact.values)}" if fact.values else f"values like {fact.pattern}" if fact.pattern else "values"
    dont_know = f"coalesce({unsure} AND {filled} AND len(list_filter({values}, lambda v: v <> '{DONT_KNOW}')) = 0, FALSE)"
    return Cell(value, f"coalesce({filled}, FALSE)", raw, f"this is not a list a;b;c of {listed}", dont_know,
                f"coalesce({noted}, FALSE)", remark)
