"""Which rows stay, which are left out and why, and where each part's child rows lie.

Keys are compared over the whole input, but only a slice of them, by hash, is in memory at a time.
Tables made here (temporary, in the run's connection):

*   ``left_out_<table>``: ``row``, ``blame`` (the column), ``reason``;
*   ``numbers_<table>``: ``row``, ``number`` of rows whose key has a running number;
*   ``parts_<table>``: ``part``, ``first``, ``last``, ``rows`` (that stay) of every child table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from socialrules.model import Table
from socialrules.quoting import identifier, text
from socialrules.sources.headers import EXTRA
from socialrules.sources.reader import TableReader
from socialrules.sources.staging import STAGED_ROW_GROUP

FEWEST_KEYS_AT_ONCE = 2_000_000
KEYS_PER_PART_ROW = 16
"""Keys take less memory than the rows of a part do; every slice of them reads all of the keys again."""

UNREADABLE = "the row has more cells than the header has names"


def row_statements(
    readers: Mapping[str, TableReader], part_rows: int, wanted: tuple[int, int] | None = None
) -> Iterator[str]:
    """The SQL that finds the rows that stay.

    Args:
        readers: the root table's first, by table name.
        part_rows: records of the root table per part.
        wanted: the range of records of the root table whose parts are looked for; None: of all.
    """
    root, *children = readers.values()
    for reader in readers.values():
        yield f"CREATE TEMP TABLE left_out_{reader.table.name} (row BIGINT, blame VARCHAR, reason VARCHAR)"
        if reader.table.numbered:
            yield f"CREATE TEMP TABLE numbers_{reader.table.name} (row BIGINT, number BIGINT)"
    for reader in children:
        yield f"CREATE TEMP TABLE parts_{reader.table.name} (part BIGINT, first BIGINT, last BIGINT, rows BIGINT)"
    filled = [r for r in readers.values() if r.source is not None and r.source.rows]
    slices = _slices(max((r.source.rows for r in filled if r.source), default=0), part_rows)
    for number in range(slices):
        yield from _root_slice(root, number, slices)
        for reader in children:
            if reader.source is not None:
                yield from _child_slice(reader, root.table, number, slices, part_rows, wanted)
    yield "DROP TABLE root_keys"


def sort_statements(root: TableReader, reader: TableReader, part_rows: int, target: str) -> Iterator[str]:
    """The SQL that writes a child's rows to a Parquet file in the order of the parts they belong to.

    For a child whose rows lie all over its input, so that every part would have to read all of it.
    Rows of no part come last; within a part the order of the input is kept.
    """
    assert reader.source is not None and root.source is not None
    table, slices = reader.table, _slices(max(root.source.rows, reader.source.rows), part_rows)
    places = f"places_{table.name}"
    yield f"CREATE OR REPLACE TEMP TABLE {places} (row BIGINT, part BIGINT)"
    for number in range(slices):
        keys = key_rows(root, [root.table.key[0]])
        yield (
            f"INSERT INTO {places}\n"
            f"SELECT child.row, min(root.row) // {part_rows}\n"
            f"FROM (SELECT row, {reader.plain(table.key[0])} AS key FROM (\n    {key_rows(reader, [table.key[0]])}\n)) AS child\n"
            f"JOIN (SELECT row, {root.plain(root.table.key[0])} AS key FROM (\n    {keys}\n)) AS root ON root.key = child.key\n"
            f"WHERE {_in_slice('child.key', number, slices)} GROUP BY child.row"
        )
    yield (
        f"COPY (\n    SELECT source.* EXCLUDE (row) FROM (\n        {reader.source.scan(columns=_used(reader))}\n    ) AS source\n"
        f"    LEFT JOIN {places} AS places ON places.row = source.row ORDER BY places.part NULLS LAST, source.row\n"
        f") TO {text(target)} (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE {STAGED_ROW_GROUP})"
    )
    yield f"DROP TABLE {places}"


def sample_statements(reader: TableReader, keys: str, target: str) -> Iterator[str]:
    """The SQL that writes the rows of some records, and of their children, to a Parquet file, in their order.

    Args:
        reader: what reads the table. Rows that a run leaves out are taken along.
        keys: a table of the keys of the wanted records, with the one column ``key``.
        target: the file.
    """
    assert reader.source is not None
    key = reader.table.key[0]
    wanted = f"sampled_{reader.table.name}"
    # First the keys alone, then the other columns of the few rows that are wanted.
    yield (
        f"CREATE OR REPLACE TEMP TABLE {wanted} AS\n"
        f"SELECT row FROM (SELECT row, {reader.plain(key)} AS key FROM (\n    {key_rows(reader, [key])}\n)) SEMI JOIN {keys} USING (key)"
    )
    yield (
        f"COPY (\n    SELECT source.* EXCLUDE (row) FROM (\n        {reader.source.scan(columns=_used(reader))}\n    ) AS source\n"
        f"    SEMI JOIN {wanted} AS wanted ON wanted.row = source.row ORDER BY source.row\n"
        f") TO {text(target)} (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE {STAGED_ROW_GROUP})"
    )


def undo_statements(readers: Mapping[str, TableReader]) -> Iterator[str]:
    """The SQL that drops the tables of ``row_statements``."""
    for reader in readers.values():
        yield f"DROP TABLE left_out_{reader.table.name}"
        if reader.table.numbered:
            yield f"DROP TABLE numbers_{reader.table.name}"
        if reader.table.parent is not None:
            yield f"DROP TABLE parts_{reader.table.name}"


def _slices(rows: int, part_rows: int) -> int:
    """In how many slices the keys of so many rows are compared."""
    return max(1, -(-rows // max(FEWEST_KEYS_AT_ONCE, KEYS_PER_PART_ROW * part_rows)))


def _in_slice(key: str, number: int, slices: int) -> str:
    return "TRUE" if slices == 1 else f"hash({key}) % {slices} = {number}"


def _root_slice(reader: TableReader, number: int, slices: int) -> Iterator[str]:
    table = reader.table
    assert reader.source is not None
    key_column = table.key[0]
    source = key_rows(reader, [key_column])
    yield (
        f"CREATE OR REPLACE TEMP TABLE root_keys AS\n"
        f"SELECT row, key, strange FROM (\n    SELECT row, {reader.plain(key_column)} AS key, {_strange(reader)} AS strange FROM (\n    {source}\n    )\n)\n"
        f"WHERE {_in_slice('key', number, slices)}"
    )
    yield (
        f"INSERT INTO left_out_{table.name}\n"
        f"SELECT row, {text(key_column)}, {text(f'the row has no {key_column}')} FROM root_keys WHERE key IS NULL"
    )
    yield f"INSERT INTO left_out_{table.name}\nSELECT row, NULL, {text(UNREADABLE)} FROM root_keys WHERE key IS NOT NULL AND strange"
    yield "DELETE FROM root_keys WHERE key IS NULL OR strange"
    yield (
        f"INSERT INTO left_out_{table.name}\n"
        f"WITH twice AS (SELECT key FROM root_keys GROUP BY key HAVING count(*) > 1),\n"
        f"counted AS (SELECT row, row_number() OVER (PARTITION BY key ORDER BY row) AS place FROM root_keys SEMI JOIN twice USING (key))\n"
        f"SELECT row, {text(key_column)}, {text(f'the {key_column} has come before; the first row with it counts')}\n"
        f"FROM counted WHERE place > 1"
    )
    yield f"DELETE FROM root_keys WHERE row IN (SELECT row FROM left_out_{table.name})"


def _child_slice(
    reader: TableReader, root: Table, number: int, slices: int, part_rows: int, wanted_parents: tuple[int, int] | None
) -> Iterator[str]:
    table = reader.table
    assert reader.source is not None
    own_keys = list(table.key[1:])
    required = [k for k in own_keys if reader.fact(k).required]
    required += [f.name for f in table.facts if f.required and f.name not in (*required, table.key[0])]
    others = [k for k in own_keys if k != table.numbered]
    wanted = [table.key[0], *required, *own_keys, *([table.numbered_from] if table.numbered_from else [])]
    columns = [
        f"{_strange(reader)} AS strange",
        f"{reader.plain(table.key[0])} AS parent_key",
        *(f"{reader.plain(k)} AS {identifier(k)}" for k in dict.fromkeys([*others, *required])),
    ]
    if table.numbered:
        given = [reader.cells[c].value for c in (table.numbered, table.numbered_from) if c and c in reader.cells]
        columns.append(
            f"coalesce({', '.join(given)}) AS {identifier(table.numbered)}"
            if given
            else f"NULL::VARCHAR AS {identifier(table.numbered)}"
        )
    missing = "\n".join(f"        WHEN {identifier(c)} IS NULL THEN {text(c)}" for c in required)
    other_hash = f"hash({', '.join(identifier(k) for k in others)})" if others else "0::UBIGINT"
    last = identifier(table.numbered) if table.numbered else ""
    whole = f"hash({other_hash}, {last})" if last else f"hash({', '.join(identifier(k) for k in own_keys)})"
    name = f"keys_{table.name}"
    yield (
        f"CREATE OR REPLACE TEMP TABLE {name} AS\n"
        f"SELECT child.row, root_keys.row AS parent_row, {other_hash} AS others,\n"
        f"    {f'CASE WHEN {last} IS NOT NULL THEN {whole} END' if last else whole} AS whole,\n"
        f"    CASE\n        WHEN parent_key IS NULL THEN {text(table.key[0])}\n"
        f"        WHEN root_keys.row IS NULL THEN ''\n{missing}\n        WHEN child.strange THEN '?'\n    END AS blame\n"
        f"FROM (\n    SELECT row, {', '.join(columns)} FROM (\n    {key_rows(reader, wanted)}\n    )\n) AS child\n"
        f"LEFT JOIN root_keys ON root_keys.key = child.parent_key\n"
        f"WHERE {_in_slice('parent_key', number, slices)}"
    )
    noun = root.name
    yield (
        f"INSERT INTO left_out_{table.name}\n"
        f"SELECT row, CASE blame WHEN '' THEN {text(table.key[0])} WHEN '?' THEN NULL ELSE blame END,\n"
        f"    CASE blame WHEN '?' THEN {text(UNREADABLE)} WHEN '' THEN {text(f'there is no {noun} with this {table.key[0]}')} ELSE 'the row has no valid ' || blame END\n"
        f"FROM {name} WHERE blame IS NOT NULL"
    )
    if table.numbered:
        yield (
            f"INSERT INTO numbers_{table.name}\n"
            f"SELECT row, row_number() OVER (PARTITION BY parent_row, others ORDER BY row) FROM {name}\n"
            f"WHERE blame IS NULL AND whole IS NULL"
        )
        # So that a running number that is somebody's given key is found out as a repeated key.
        yield (
            f"UPDATE {name} SET whole = hash(others, numbers.number::VARCHAR)\n"
            f"FROM numbers_{table.name} AS numbers WHERE numbers.row = {name}.row AND whole IS NULL"
        )
    reason = f"the key ({', '.join(table.key)}) has come before; the first row with it counts"
    yield (
        f"INSERT INTO left_out_{table.name}\n"
        f"WITH twice AS (SELECT parent_row, whole FROM {name} WHERE blame IS NULL AND whole IS NOT NULL GROUP BY ALL HAVING count(*) > 1),\n"
        f"counted AS (SELECT row, row_number() OVER (PARTITION BY parent_row, whole ORDER BY row) AS place\n"
        f"    FROM {name} SEMI JOIN twice USING (parent_row, whole) WHERE blame IS NULL)\n"
        f"SELECT row, {text(table.key[-1])}, {text(reason)} FROM counted WHERE place > 1"
    )
    belonging = f" AND parent_row >= {wanted_parents[0]} AND parent_row < {wanted_parents[1]}" if wanted_parents else ""
    yield (
        f"INSERT INTO parts_{table.name}\n"
        f"SELECT parent_row // {part_rows}, min(row), max(row), count(*) FROM {name} ANTI JOIN left_out_{table.name} USING (row)\n"
        f"WHERE blame IS NULL{belonging} GROUP BY ALL"
    )
    yield f"DROP TABLE {name}"


def key_rows(reader: TableReader, names: list[str]) -> str:
    """The rows with the helper columns of a few facts only."""
    wanted = {n for n in names if n in reader.cells}
    assert reader.source is not None
    narrow = TableReader(
        reader.table,
        reader.source,
        reader.as_of,
        {n: c for n, c in reader.cells.items() if n in wanted},
        {},
        {n: c for n, c in reader.columns.items() if n in wanted},
        kept=[EXTRA] if EXTRA in reader.source.columns else [],
    )
    return narrow.layered(0, reader.source.rows)


def _strange(reader: TableReader) -> str:
    """SQL that is TRUE where a record could not be read at all."""
    assert reader.source is not None
    return f"{EXTRA} IS NOT NULL" if reader.source.kind == "csv" and EXTRA in reader.source.columns else "FALSE"


def _used(reader: TableReader) -> list[str]:
    """The raw columns that anything reads."""
    assert reader.source is not None
    extra = [EXTRA] if EXTRA in reader.source.columns else []
    return list(dict.fromkeys([*reader.raw_columns, *extra]))
