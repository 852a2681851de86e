"""Companies as a survey with a codebook would have them: foreign column names, codes, decimal commas, days first."""

from __future__ import annotations

import sys
from pathlib import Path

REASONS = {"-999": "refused", "-997": "not_asked", "-998": "dont_know"}
"""The codes of missing answers. No figure of the generated companies is negative."""


def main() -> None:
    """Writes the companies of one folder as ``companies.csv`` and ``map.toml`` into another."""
    import duckdb

    from socialrules import load_rulebook
    from socialrules.model import Fact

    source, target = map(Path, sys.argv[1:])
    table = next(t for t in load_rulebook().assembly.tables.values() if t.plural == "companies")
    facts = {fact.name: fact for fact in table.facts}
    given = f"read_parquet('{source / 'companies.parquet'}', file_row_number = TRUE)"
    columns, feeds = [], []
    sections = ["[sources.companies]", 'decimal = ","', 'thousands = "."', 'dates = "day-month-year"']

    def coded(fact: Fact, name: str) -> str:
        # A third of what is missing is blank, the others have a code.
        nothing = "CASE file_row_number % 3 WHEN 0 THEN NULL WHEN 1 THEN '-999' ELSE '-997' END"
        if fact.type == "choice":
            values = [v for v in fact.values if v != "dont_know"]
            codes = " ".join(f"WHEN '{v}' THEN '{n}'" for n, v in enumerate(values, 1))
            return f"CASE {name} {codes} WHEN 'dont_know' THEN '-998' ELSE coalesce({name}, {nothing}) END"
        if fact.type in ("number", "integer"):
            grouped = f"replace(format('{{:,}}', {name}::BIGINT), ',', '.')"
            comma = f"replace({name}::VARCHAR, '.', ',')"
            return f"CASE WHEN {name} = trunc({name}) THEN {grouped} ELSE coalesce({comma}, {nothing}) END"
        return f"strftime({name}, '%d.%m.%Y')" if fact.type == "date" else name

    with duckdb.connect() as con:
        described = con.execute(f"DESCRIBE SELECT * EXCLUDE (file_row_number) FROM {given}").fetchall()
        for number, (name, kind, *_) in enumerate(described, 1):
            foreign = f"Q {number}"
            listed = f"CASE len({name}) WHEN 0 THEN '[]' ELSE array_to_string({name}, ';') END"
            columns.append(f'{listed if kind.endswith("]") else coded(facts[name], name)} AS "{foreign}"')
            feeds.append(f"{name} = '\"{foreign}\"'")
            fact = facts[name]
            if fact.type in ("choice", "number", "integer"):
                sections.append(f'[sources.companies.columns."{foreign}"]')
                sections.append(f"missing = {{ {', '.join(f'{r} = [{c}]' for c, r in REASONS.items())} }}")
            if fact.type == "choice":
                values = [v for v in fact.values if v != "dont_know"]
                sections.append(f"values = {{ {', '.join(f'{n} = {v!r}' for n, v in enumerate(values, 1))} }}")
        con.execute(
            f"COPY (SELECT {', '.join(columns)} FROM {given}) TO '{target / 'companies.csv'}' (FORMAT csv, HEADER)"
        )
    lines = [*sections, "[companies]", *feeds]
    (target / "map.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
