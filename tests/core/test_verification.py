"""Result folders verified: what has changed is found, and the right thing is blamed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from socialrules import Rulebook, Verification, open_results, verify
from socialrules.api import score
from socialrules.engine import score_to_folder
from socialrules.errors import ResultError, UsageError
from socialrules.rescoring import choose_sample
from socialrules.run import Settings
from socialrules.sources.mapping import load_mapping

from .corner_shop import AS_OF, Part, book, check, guideline, parameter, plugin, toml

SHOPS = 90


def rules(
    limit: float = 4.0, *more: Part, passes: str = "size >= $limit", version: str = "1.0", **options: Any
) -> Rulebook:
    """A rulebook whose outcomes depend on a parameter, a check and the shelves of a shop."""
    parts = (
        parameter("limit", limit),
        guideline("big", check("BG-01", passes), check("BG-02", "total(shelf, TRUE, shelf.width) > 100")),
        guideline("wide", check("WD-01", "shelf.width > size", "shelf", rollup="any_of(shelf, TRUE, shelf.wd_01)")),
    )
    extra = plugin(toml('[[terms]]\nname = "extra"\nlevel = "shop"\nvalue = "1"\n'), "extra", version)
    return book(*parts, *more, extra, **options)


def write_inputs(folder: Path, kind: str = "parquet") -> dict[str, str]:
    """Shops, some twice or without a key or with odd cells; their shelves, scattered, some of nobody."""
    queries = {
        "shops": f"SELECT CASE WHEN i % 30 = 29 THEN NULL ELSE 's' || (i % 80) END AS shop_id, i % 9 AS size, "
        f"CASE WHEN i % 11 = 0 THEN 'purple' ELSE 'red' END AS colour, 'note ' || i AS note "
        f"FROM range({SHOPS}) AS t (i)",
        "shelves": "SELECT 's' || (i * 37 % 95) AS shop_id, 'p' || (i % 60) AS place, i % 12 AS width "
        "FROM range(300) AS t (i)",
    }
    folder.mkdir(parents=True, exist_ok=True)
    form = {"parquet": "parquet", "csv": "csv", "jsonl": "json"}[kind]
    for name, query in queries.items():
        duckdb.execute(f"COPY ({query}) TO '{folder / name}.{kind}' (FORMAT {form})")
    return {name: str(folder / f"{name}.{kind}") for name in queries}


def scored(
    folder: Path, kind: str = "parquet", part_rows: int = 30, rulebook: Rulebook | None = None, **more: Any
) -> Path:
    """Scores the inputs in parts, into a folder ``out``."""
    settings = Settings(AS_OF, keep=("note",), part_rows=part_rows)
    inputs = write_inputs(folder / "in", kind)
    return score_to_folder(rulebook or rules(), inputs, folder / "out", settings, **more)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with inputs and results, to be copied."""
    folder = tmp_path_factory.mktemp("original")
    scored(folder)
    return folder


@pytest.fixture
def out(original: Path, tmp_path: Path) -> Path:
    """Results of one's own to change; the inputs are shared."""
    shutil.copytree(original / "out", tmp_path / "out")
    return tmp_path / "out"


def checked(out: Path, sample: int | None = None, rulebook: Rulebook | None = None, **more: Any) -> Verification:
    """The verification against a rulebook, by default the one of the run."""
    return verify(out, sample, rulebook=rulebook or rules(), **more)


def found(verification: Verification) -> list[tuple[str, str]]:
    """Causes and sentences of what differs."""
    return [(d.cause, d.what) for d in verification.differences]


def only(verification: Verification, cause: str, *words: str) -> None:
    """Asserts that there is one difference, of a cause, and that its sentence holds some words."""
    assert [c for c, _ in found(verification)] == [cause], verification
    assert all(word in found(verification)[0][1] for word in words), verification
    assert not verification.same


def rewrite(file: Path, query: str) -> None:
    """Replaces a Parquet file by a query over it, called ``old`` in it."""
    fresh = file.with_suffix(".new")
    source = f"read_parquet('{file}')"
    duckdb.execute(f"COPY ({query.replace('old', source)}) TO '{fresh}' (FORMAT parquet)")
    fresh.replace(file)


def edit_manifest(out: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Changes ``run.json``."""
    manifest = json.loads((out / "run.json").read_text(encoding="utf-8"))
    change(manifest)
    (out / "run.json").write_text(json.dumps(manifest), encoding="utf-8")


@pytest.mark.parametrize(("kind", "part_rows"), [("parquet", 20), ("parquet", 1000), ("csv", 30), ("jsonl", 1000)])
def test_untouched_results_are_the_same(kind: str, part_rows: int, tmp_path: Path) -> None:
    out = scored(tmp_path, kind, part_rows)
    for sample in (None, 1, 40):
        verification = checked(out, sample)
        assert verification.same and not verification.not_checked, verification
        assert "the same in shops, shelves, rejects" in repr(verification)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["parquet", "csv", "jsonl"])
def test_a_sample_of_any_size_of_untouched_results_is_the_same(kind: str, tmp_path: Path) -> None:
    out = scored(tmp_path, kind, 17)
    for sample in (2, 3, 5, 9, 17, 18, 33, 77, 78, 79, 10_000):
        assert checked(out, sample).same, sample


def test_a_sample_is_always_the_same_and_grows(original: Path) -> None:
    results, ten = open_results(original / "out"), choose_sample(open_results(original / "out"), rules(), 10)
    assert len(set(ten)) == 10
    assert choose_sample(results, rules(), 10) == ten
    assert choose_sample(results, rules(), 20)[:10] == ten


@pytest.mark.parametrize("sample", [0, -1, True, 1.5])
def test_a_sample_of_no_records_is_a_wrong_option(sample: Any, out: Path) -> None:
    with pytest.raises(UsageError, match="--sample"):
        checked(out, sample)


@pytest.mark.parametrize("table", ["shops", "shelves", "rejects"])
@pytest.mark.parametrize("how", ["missing", "cut", "empty", "no parquet"])
def test_a_table_that_is_gone_or_damaged_is_named_and_the_others_are_compared(table: str, how: str, out: Path) -> None:
    path = out / f"{table}.parquet"
    file = path / "part-00002.parquet" if path.is_dir() else path
    if how == "missing" and path.is_dir():
        shutil.rmtree(path)
    elif how == "missing":
        path.unlink()
    else:
        content = file.read_bytes()
        file.write_bytes({"cut": content[: len(content) // 2], "empty": b"", "no parquet": b"x" * 500}[how])
    verification = checked(out)
    only(verification, "data", f"{table}.parquet", "the results were changed after the run")
    others = ", ".join(t for t in ("shops", "shelves", "rejects") if t != table)
    assert f"the same in {others}" in verification.to_text()


def test_a_damaged_root_table_leaves_no_sample(out: Path) -> None:
    shutil.rmtree(out / "shops.parquet")
    assert any("no sample can be taken" in line for line in checked(out, 5).not_checked)


CHANGES = {
    "a cell": ("shops", "SELECT * REPLACE (CASE WHEN shop_id = 's41' THEN 'pass' ELSE 'fail' END AS bg_01) FROM old"),
    "a kept column": ("shops", "SELECT * REPLACE (CASE WHEN shop_id = 's41' THEN 'x' ELSE note END AS note) FROM old"),
    "a place": ("shops", "SELECT * REPLACE (source_row + 1 AS source_row) FROM old"),
    "a row less": ("shops", "SELECT * FROM old LIMIT 5"),
    "a row more": ("shops", "SELECT * FROM old UNION ALL (SELECT * REPLACE ('new' AS shop_id) FROM old LIMIT 1)"),
    "another order": ("shops", "SELECT * FROM old ORDER BY shop_id DESC"),
    "a column less": ("shops", "SELECT * EXCLUDE (bg_01) FROM old"),
    "a column more": ("shops", "SELECT *, 1 AS luck FROM old"),
    "a child's cell": ("shelves", "SELECT * REPLACE ('pass' AS wd_01) FROM old"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_results_that_were_changed_are_found_and_the_cells_are_shown(what: str, out: Path) -> None:
    table, query = CHANGES[what]
    rewrite(out / f"{table}.parquet" / "part-00001.parquet", query)
    verification = checked(out)
    only(verification, "data", f"{table}.parquet", "changed after the run")
    assert [(t.table, t.causes) for t in verification.tables] == [(table, ("data",))]


def test_a_path_in_the_results_that_was_changed_is_found_cell_by_cell(out: Path) -> None:
    # Paths are no part of the value hash, which is the same wherever the inputs lie.
    rewrite(out / "shops.parquet" / "part-00000.parquet", "SELECT * REPLACE ('/elsewhere' AS source_file) FROM old")
    verification = checked(out)
    assert [(c.column, c.rows) for t in verification.tables for c in t.comparison.columns] == [("source_file", 29)]
    only(verification, "unexplained")


def test_a_changed_cell_is_counted_and_shown_with_its_key(out: Path) -> None:
    file = out / "shops.parquet" / "part-00001.parquet"
    rewrite(file, "SELECT * REPLACE (CASE WHEN shop_id IN ('s41', 's42') THEN NULL ELSE note END AS note) FROM old")
    column = checked(out).tables[0].comparison.columns[0]
    assert (column.column, column.rows) == ("note", 2)
    assert [(e.key, e.was, e.now) for e in column.examples] == [("s41", None, "note 41"), ("s42", None, "note 42")]


def test_a_sample_shows_changed_cells_of_its_own_records_alone(out: Path) -> None:
    keys = choose_sample(open_results(out), rules(), 5)
    for part in (out / "shops.parquet").iterdir():
        rewrite(part, "SELECT * REPLACE ('changed' AS note) FROM old")
    column = checked(out, 5).tables[0].comparison.columns[0]
    assert column.rows == 5 and {e.key for e in column.examples} <= set(keys)


def test_changed_rejects_are_found(out: Path) -> None:
    rewrite(out / "rejects.parquet", "SELECT * REPLACE ('no reason' AS reason) FROM old")
    verification = checked(out)
    only(verification, "data", "rejects.parquet holds other values")
    assert verification.tables[0].table == "rejects" and verification.tables[0].comparison.gone > 0


def test_results_changed_together_with_their_manifest_cannot_be_explained(out: Path) -> None:
    rewrite(out / "shops.parquet" / "part-00000.parquet", "SELECT * REPLACE ('x' AS note) FROM old")
    with duckdb.connect() as con:
        from socialrules.hashes import value_hash

        total = first = 0
        for part in sorted((out / "shops.parquet").iterdir()):
            value, rows = value_hash(con, "shops", part, first)
            total, first = total ^ value, first + rows
    edit_manifest(out, lambda m: m["values"].update(shops=f"{total:016x}"))
    verification = checked(out)
    only(verification, "unexplained", "shops comes out otherwise", "please report")
    assert verification.tables[0].causes == ("unexplained",)


@pytest.mark.parametrize("sample", [None, 10])
def test_an_input_that_changed_is_named_and_blamed(sample: int | None, tmp_path: Path) -> None:
    out = scored(tmp_path)
    rewrite(tmp_path / "in" / "shelves.parquet", "SELECT * REPLACE (width + 1 AS width) FROM old")
    verification = checked(out, sample)
    only(verification, "data", "shelves.parquet has changed since the run")
    assert {t.causes for t in verification.tables} == {("data",)}


def test_an_input_of_the_same_size_that_changed_is_found(tmp_path: Path) -> None:
    out = scored(tmp_path, "csv")
    file = tmp_path / "in" / "shops.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("purple", "orange"), encoding="utf-8")
    only(checked(out), "data", "shops.csv has changed")


def test_an_input_that_is_gone_is_named_and_nothing_scored_again(tmp_path: Path) -> None:
    out = scored(tmp_path)
    (tmp_path / "in" / "shelves.parquet").unlink()
    verification = checked(out)
    only(verification, "data", "shelves.parquet is no longer there")
    assert any("nothing can be scored again" in line for line in verification.not_checked)


def test_an_input_that_cannot_be_read_any_more_is_told_in_one_line(tmp_path: Path) -> None:
    out = scored(tmp_path)
    (tmp_path / "in" / "shops.parquet").write_bytes(b"PAR1 no more")
    verification = checked(out)
    only(verification, "data", "shops.parquet has changed")
    assert any("cannot be scored again" in line for line in verification.not_checked)


def test_an_input_without_the_kept_column_is_told(tmp_path: Path) -> None:
    out = scored(tmp_path)
    rewrite(tmp_path / "in" / "shops.parquet", "SELECT * EXCLUDE (note) FROM old")
    assert any("cannot be scored again. --keep note" in line for line in checked(out).not_checked)


@pytest.mark.parametrize(("kind", "below"), [("parquet", ""), ("csv", "in"), ("parquet", "deep/in")])
def test_inputs_that_moved_are_found_in_the_folder_that_is_named(kind: str, below: str, tmp_path: Path) -> None:
    out = scored(tmp_path / "old" / "deep", kind)
    (tmp_path / "new" / below).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "old" / "deep" / "in").rename(tmp_path / "new" / below)
    assert [c for c, _ in found(checked(out))] == ["data", "data"]
    verification = checked(out, inputs=tmp_path / "new")
    assert verification.same and not verification.not_checked, verification


def test_a_folder_of_inputs_that_is_not_there_is_a_wrong_option(out: Path) -> None:
    with pytest.raises(UsageError, match="--inputs"):
        checked(out, inputs="nowhere")


def test_results_of_frames_are_compared_with_their_hashes_alone(tmp_path: Path) -> None:
    frame = duckdb.sql("SELECT 's1' AS shop_id, 3 AS size").to_arrow_table()
    score(None, tables={"shops": frame}, rulebook=rules(), out=tmp_path / "out", as_of=AS_OF)
    verification = checked(tmp_path / "out")
    assert verification.same and "No difference was found in what could be checked." in repr(verification)
    assert any("came from memory" in line for line in verification.not_checked)
    rewrite(tmp_path / "out" / "shops.parquet", "SELECT * REPLACE ('pass' AS bg_01) FROM old")
    only(checked(tmp_path / "out"), "data", "shops.parquet")


MAPPING = '[shops]\nsize = "size + 1"\ncolour = "lower(colour)"\n\n[shelves]\nwhere = "width <> 5"\n'


@pytest.mark.parametrize("sample", [None, 10])
def test_a_mapping_is_applied_again(sample: int | None, tmp_path: Path) -> None:
    file = tmp_path / "map.toml"
    file.write_text(MAPPING, encoding="utf-8")
    out = scored(tmp_path, mapping=load_mapping(file, rules().assembly.tables))
    assert checked(out, sample).same
    file.write_text(MAPPING.replace("+ 1", "+ 3"), encoding="utf-8")
    verification = checked(out, sample)
    only(verification, "data", "map.toml has changed")
    assert verification.tables[0].causes == ("data",)
    file.unlink()
    only(checked(out, sample), "data", "map.toml is no longer there")


def test_one_source_for_two_tables_is_scored_again(tmp_path: Path) -> None:
    file = tmp_path / "map.toml"
    file.write_text(
        '[shops]\nowner = "note"\n\n[shelves]\nfrom = "shops"\neach = ["note"]\nshop_id = "shop_id"\n'
        'place = "cell"\nwidth = "size"\n',
        encoding="utf-8",
    )
    inputs = {"shops": write_inputs(tmp_path / "in", "csv")["shops"]}
    mapping = load_mapping(file, rules().assembly.tables)
    out = score_to_folder(rules(), inputs, tmp_path / "out", Settings(AS_OF), mapping=mapping)
    for sample in (None, 8):
        verification = checked(out, sample)
        assert verification.same and not verification.not_checked, verification


@pytest.mark.parametrize("sample", [None, 30])
def test_a_default_that_moved_is_a_parameter_and_blamed(sample: int | None, out: Path) -> None:
    verification = checked(out, sample, rules(5.0))
    assert [c for c, _ in found(verification)] == ["parameter"], verification
    assert "limit was 4, is now 5" in found(verification)[0][1]
    assert [t.causes for t in verification.tables] == [("parameter",)]
    assert [c.column for c in verification.tables[0].comparison.columns] == ["bg_01"]


def test_a_number_that_was_set_is_set_again(tmp_path: Path) -> None:
    out = scored(tmp_path, rulebook=rules(set_={"mine.limit": 7}))
    assert checked(out, rulebook=rules(set_={"mine.limit": 7})).same
    assert [c for c, _ in found(checked(out))] == ["parameter"]


def test_a_check_that_changed_is_blamed_on_its_plugin(out: Path) -> None:
    verification = checked(out, rulebook=rules(passes="size > $limit"))
    only(verification, "rulebook", "the rules of the plugin mine (1.0) have changed")
    assert {t.causes for t in verification.tables} == {("rulebook",)}


def test_a_plugin_of_another_version_is_told_though_nothing_comes_out_otherwise(out: Path) -> None:
    verification = checked(out, rulebook=rules(version="2.0"))
    only(verification, "rulebook", "the plugin extra: the version was 1.0, is now 2.0")
    assert verification.tables == ()


def test_plugins_that_came_or_went_are_told(out: Path, tmp_path: Path) -> None:
    more = plugin(toml('[[terms]]\nname = "more"\nlevel = "shop"\nvalue = "1"\n'), "more")
    only(checked(out, rulebook=rules(4.0, more)), "rulebook", "the plugin more (1.0) was added")  # type: ignore[arg-type]
    other = scored(tmp_path / "other", rulebook=rules(4.0, more))  # type: ignore[arg-type]
    only(checked(other), "rulebook", "the plugin more (1.0) is no longer there")


def test_other_options_are_told_by_the_hash(out: Path) -> None:
    verification = checked(out, rulebook=rules(ignore=["wide"]))
    only(verification, "rulebook", "the rules or options are not those of the run")


@pytest.mark.parametrize("name", ["socialrules", "duckdb"])
def test_another_version_is_told_and_the_cells_still_compared(name: str, out: Path) -> None:
    edit_manifest(out, lambda m: m["versions"].update({name: "0.0.1"}))
    verification = checked(out)
    only(verification, "version", "was 0.0.1, is now")
    assert verification.tables == () and "the same in shops, shelves, rejects" in repr(verification)
    assert any("value hashes" in line for line in verification.not_checked) is (name == "duckdb")


def test_results_of_a_version_without_a_hash_of_the_rejects_can_be_verified(out: Path) -> None:
    def older(manifest: dict[str, Any]) -> None:
        del manifest["rejects"]
        for entry in manifest["plugins"]:
            del entry["rules"]

    edit_manifest(out, older)
    verification = checked(out)
    assert verification.same and len(verification.not_checked) == 1, verification
    only(checked(out, rulebook=rules(passes="size > $limit")), "rulebook", "their hash differs")


def test_several_causes_are_all_told_in_order(out: Path) -> None:
    rewrite(out / "shops.parquet" / "part-00000.parquet", "SELECT * REPLACE ('x' AS note) FROM old")
    edit_manifest(out, lambda m: m["versions"].update(socialrules="0.0.1"))
    verification = checked(out, rulebook=rules(5.0, version="2.0"))
    assert [c for c, _ in found(verification)] == ["data", "rulebook", "parameter", "version"]
    assert verification.tables[0].causes == ("data", "rulebook", "parameter", "version")


def test_it_reads_as_text_and_as_json(out: Path) -> None:
    rewrite(out / "shops.parquet" / "part-00000.parquet", "SELECT * REPLACE ('x' AS note) FROM old")
    verification = checked(out)
    said = repr(verification)
    assert said.splitlines()[0] == f"Verification of {out}"
    assert "note: differs in 29 of 78 rows" in said and "s0: was x, comes out as note 0" in said
    plain = json.loads(json.dumps(verification.to_dict()))
    assert (plain["same"], plain["tables"][0]["columns"][0]["column"]) == (False, "note")


def test_nothing_is_left_behind_and_the_results_are_not_touched(out: Path, tmp_path: Path, monkeypatch: Any) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    before = {p: p.stat().st_mtime_ns for p in sorted(tmp_path.rglob("*")) if p != scratch}
    checked(out)
    assert {p: p.stat().st_mtime_ns for p in sorted(tmp_path.rglob("*")) if p != scratch} == before


def test_a_folder_that_is_no_result_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "gone"):
        with pytest.raises(ResultError):
            verify(folder)
