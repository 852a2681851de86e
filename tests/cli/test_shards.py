"""Scored in shards and merged, or in one go: the same folder comes out. What is not of one run is not merged."""

from __future__ import annotations

import dataclasses
import json
import random
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from inputs.small import AS_OF, rows, run, small_rulebook, write_csv, write_json, write_parquet
from socialrules import Results, Rulebook, explain_result, merge, open_results
from socialrules.engine import score_to_folder
from socialrules.errors import ResultError, SocialRulesError, ThresholdError, UsageError
from socialrules.plan import PART_ROWS
from socialrules.run import Settings
from socialrules.shards import Shard, parse_shard

from .commands import fails, socialrules, table

TABLES = ("companies", "accounts", "rejects")
WRITERS: dict[str, Callable[..., Path]] = {"parquet": write_parquet, "csv": write_csv, "jsonl": write_json}


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return small_rulebook()


def dirty(number: int, seed: int) -> dict[str, list[dict[str, Any]]]:
    """Companies, accounts and staff with every flaw: no key, twice, no parent, no value, bad cells; in any order."""
    draw = random.Random(seed)
    keys = [f"c{n:03d}" for n in range(number)]
    companies = [
        {
            "company_id": draw.choice([key, key, key, key, draw.choice(keys), None]),
            "company_name": f"Company {key}",
            "size": draw.choice(["3", "7.5", "many", "-1", None]),
            "size_max": draw.choice(["5", "9", None]),
            "sure": draw.choice(["yes", "no", "dont_know", "perhaps", None]),
            "note": draw.choice(["x", "y", None]),
        }
        for key in keys
    ]
    accounts = [
        {
            "company_id": draw.choice([*keys, *keys, "gone", None]),
            "network": draw.choice(["facebook", "Instagram", "xing", None]),
            "handle": draw.choice(["a", "b", None, None, "1"]),
            "status": draw.choice(["open", "open", "planned", "shut", None]),
            "posts": draw.choice(["0", "12", "lots", None]),
            "last_on": draw.choice(["2026-01-01", "2027-01-01", None]),
        }
        for _ in range(3 * number)
    ]
    staff = [
        {"company_id": draw.choice([*keys, "gone"]), "person_id": draw.choice(["p", "q", None]), "hours": "8"}
        for _ in range(number)
    ]
    return {"companies": companies, "accounts": accounts, "staff": staff}


def write(folder: Path, ending: str = "parquet", number: int = 40, seed: int = 1) -> dict[str, Any]:
    """Dirty inputs as files, by table."""
    folder.mkdir(parents=True, exist_ok=True)
    return {n: WRITERS[ending](folder / f"{n}.{ending}", r) for n, r in dirty(number, seed).items()}


def scored(book: Rulebook, inputs: dict[str, Any], out: Path, shard: Shard | None = None, **settings: Any) -> Results:
    how = Settings(AS_OF, keep=("note",), threads=2, shard=shard)
    return open_results(score_to_folder(book, inputs, out, dataclasses.replace(how, **settings)))


def in_shards(book: Rulebook, inputs: dict[str, Any], folder: Path, of: int, **settings: Any) -> list[Path]:
    """The folders of all shards of a run."""
    return [scored(book, inputs, folder / f"{of}-{n}", Shard(n, of), **settings).path for n in range(1, of + 1)]


def same(found: Results, expected: Results) -> None:
    """Every cell, every count and every byte."""
    for name in TABLES:
        assert rows(found, name) == rows(expected, name), name
    for key in ("inputs", "values", "rejects", "rulebook", "parameters", "as_of", "keep", "part_rows", "shard"):
        assert found.manifest[key] == expected.manifest[key], key
    assert contents(found.path) == contents(expected.path)


def contents(folder: Path) -> dict[str, bytes]:
    files = [p for p in folder.rglob("*") if p.is_file() and p.name != "run.json"]
    return {str(p.relative_to(folder)): p.read_bytes() for p in files}


@pytest.mark.parametrize(("part_rows", "numbers"), [(PART_ROWS, (1, 3)), (8, (2, 7))])
def test_merged_shards_are_the_run_without_shards(
    part_rows: int, numbers: Sequence[int], book: Rulebook, tmp_path: Path
) -> None:
    inputs = write(tmp_path / "in")
    whole = scored(book, inputs, tmp_path / "whole", part_rows=part_rows)
    for of in numbers:
        shards = in_shards(book, inputs, tmp_path / "shards", of, part_rows=part_rows)
        random.Random(of).shuffle(shards)
        same(merge(shards, tmp_path / f"merged-{of}"), whole)


@pytest.mark.parametrize("ending", ["csv", pytest.param("jsonl", marks=pytest.mark.slow)])
def test_shards_of_other_formats_merge_too(ending: str, book: Rulebook, tmp_path: Path) -> None:
    inputs = write(tmp_path / "in", ending, seed=2)
    whole = scored(book, inputs, tmp_path / "whole", part_rows=16)
    same(merge(in_shards(book, inputs, tmp_path, 2, part_rows=16), tmp_path / "merged"), whole)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3, 9))
def test_merged_shards_of_any_inputs_are_the_run_without_shards(seed: int, book: Rulebook, tmp_path: Path) -> None:
    inputs = write(tmp_path / "in", number=10 * seed, seed=seed)
    for part_rows in (3, 10, 25):
        whole = scored(book, inputs, tmp_path / f"whole-{part_rows}", part_rows=part_rows)
        for of in (2, 5, 11):
            shards = in_shards(book, inputs, tmp_path / f"{part_rows}", of, part_rows=part_rows)
            same(merge(shards, tmp_path / f"merged-{part_rows}-{of}"), whole)


def test_every_row_is_counted_in_one_shard(book: Rulebook, tmp_path: Path) -> None:
    inputs = write(tmp_path / "in")
    whole = scored(book, inputs, tmp_path / "whole")
    shards = [open_results(p) for p in in_shards(book, inputs, tmp_path, 3, part_rows=8)]
    for name, entry in whole.manifest["inputs"].items():
        assert entry["left_out"]
        for count in ("rows", "scored", "left_out"):
            assert sum(s.manifest["inputs"][name][count] for s in shards) == entry[count], (name, count)
        for shard in shards:
            found = shard.manifest["inputs"][name]
            left_out = [r for r in rows(shard, "rejects") if (r["table"], r["kind"]) == (name, "row")]
            assert (found["scored"] + len(left_out), found["left_out"]) == (found["rows"], len(left_out))
            if name != "staff":
                assert len(rows(shard, name)) == found["scored"]


def test_a_shard_holds_a_range_of_the_companies_and_their_accounts(book: Rulebook, tmp_path: Path) -> None:
    inputs = write(tmp_path / "in")
    whole = scored(book, inputs, tmp_path / "whole")
    shard = scored(book, inputs, tmp_path / "shard", Shard(2, 3))
    assert [r["source_row"] for r in rows(shard, "companies")] == [
        r["source_row"] for r in rows(whole, "companies") if 40 // 3 < r["source_row"] <= 80 // 3
    ]
    companies = {r["company_id"] for r in rows(shard, "companies")}
    assert rows(shard, "accounts") == [r for r in rows(whole, "accounts") if r["company_id"] in companies]


def test_shards_without_a_row_are_empty_tables_with_all_columns(book: Rulebook, tmp_path: Path) -> None:
    inputs = write(tmp_path / "in", number=4)
    whole = scored(book, inputs, tmp_path / "whole", part_rows=4)
    shards = in_shards(book, inputs, tmp_path, 6, part_rows=4)
    empty = [s for s in map(open_results, shards) if not s.manifest["shard"]["rows"]]
    assert len(empty) == 2
    for name in TABLES:
        assert empty[0].to_arrow(name).schema == whole.to_arrow(name).schema
    same(merge(tmp_path / "6-*", tmp_path / "merged"), whole)


def test_frames_are_scored_in_shards_by_what_they_hold(book: Rulebook, tmp_path: Path) -> None:
    frame, other = (pd.DataFrame(dirty(9, seed)["companies"]) for seed in (1, 2))
    for number in (1, 2):
        run(book, frame, out=tmp_path / f"{number}", shard=(number, 2))
    run(book, other, out=tmp_path / "other", shard="2/2")
    merged = merge([tmp_path / "1", tmp_path / "2"], tmp_path / "merged")
    assert rows(merged, "companies") == rows(run(book, frame), "companies")
    with pytest.raises(ResultError, match="other inputs"):
        merge([tmp_path / "1", tmp_path / "other"], tmp_path / "no")


def test_rows_that_a_mapping_makes_are_scored_in_shards(book: Rulebook, tmp_path: Path) -> None:
    companies = [
        {"id": f"c{n % 9}", "fb": f"https://facebook.com/{n}", "web": "facebook" if n % 2 else None} for n in range(12)
    ]
    path = write_csv(tmp_path / "companies.csv", companies)
    mapping = tmp_path / "map.toml"
    mapping.write_text(
        "[companies]\ncompany_id = 'id'\nwhere = \"id <> 'c4'\"\n"
        "[accounts]\nfrom = 'companies'\neach = ['fb', 'web']\n"
        "company_id = 'id'\nnetwork = 'cell'\nstatus = \"'open'\"\n",
        encoding="utf-8",
    )
    whole = run(book, path, mapping=mapping)
    for number in (1, 2, 3):
        run(book, path, mapping=mapping, out=tmp_path / f"{number}", shard=(number, 3))
    same(merge([tmp_path / "3", tmp_path / "1", tmp_path / "2"], tmp_path / "merged"), whole)


def test_the_share_left_out_is_that_of_the_whole_input(book: Rulebook, tmp_path: Path) -> None:
    companies = [{"company_id": None}] * 5 + [{"company_id": f"c{n}"} for n in range(95)]
    path = write_csv(tmp_path / "companies.csv", companies)
    run(book, path, shard="1/20", max_rejected="5%", out=tmp_path / "first")
    assert rows(open_results(tmp_path / "first"), "companies") == []
    with pytest.raises(ThresholdError):
        run(book, path, shard="20/20", max_rejected="4%", out=tmp_path / "last")


def test_parts_of_several_sizes_merge_where_the_small_ones_fill_the_large_ones(book: Rulebook, tmp_path: Path) -> None:
    inputs = write(tmp_path / "in")
    whole = scored(book, inputs, tmp_path / "whole", part_rows=12)
    shards = [
        scored(book, inputs, tmp_path / f"{n}", Shard(n, 3), part_rows=size).path
        for n, size in ((1, 4), (2, 12), (3, 6))
    ]
    same(merge(shards, tmp_path / "merged"), whole)
    odd = scored(book, inputs, tmp_path / "odd", Shard(3, 3), part_rows=5).path
    refused(ResultError, [*shards[:2], odd], tmp_path, "in parts of 5 rows")


def test_shards_of_several_machines_name_the_inputs_as_the_first_one_does(book: Rulebook, tmp_path: Path) -> None:
    inputs = write(tmp_path / "here")
    shutil.copytree(tmp_path / "here", tmp_path / "there")
    away = {n: tmp_path / "there" / p.name for n, p in inputs.items()}
    one = scored(book, inputs, tmp_path / "1", Shard(1, 2), part_rows=16).path
    two = scored(book, away, tmp_path / "2", Shard(2, 2), part_rows=16).path
    whole = scored(book, inputs, tmp_path / "whole", part_rows=16)
    same(merge([one, two], tmp_path / "merged"), whole)


def refused(kind: type[SocialRulesError], shards: Sequence[Path | str], folder: Path, *said: str) -> None:
    """Asserts that shards are not merged, and that nothing is left."""
    before = contents(folder)
    with pytest.raises(kind) as told:
        merge(shards, folder / "refused")
    for words in said:
        assert words in str(told.value)
    assert contents(folder) == before
    assert not (folder / "refused").exists()


@pytest.fixture(scope="module")
def pair(book: Rulebook, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], list[Path]]:
    """Inputs and the two shards of a run."""
    folder = tmp_path_factory.mktemp("pair")
    inputs = write(folder / "in")
    return inputs, in_shards(book, inputs, folder, 2, part_rows=16)


def changed(folder: Path, target: Path, **values: Any) -> Path:
    """A copy of a result folder with other values in its manifest; ``a__b`` is the value b of a, None takes it away."""
    shutil.copytree(folder, target)
    file = target / "run.json"
    manifest = json.loads(file.read_text(encoding="utf-8"))
    for path, value in values.items():
        *parents, last = path.split("__")
        place = manifest
        for name in parents:
            place = place[name]
        place[last] = value
        if value is None:
            del place[last]
    file.write_text(json.dumps(manifest), encoding="utf-8")
    return target


Pair = tuple[dict[str, Any], list[Path]]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"as_of": AS_OF.replace(day=1)}, "another day (--as-of) (2026-06-01, not 2026-06-30)"),
        ({"keep": ()}, "other kept columns"),
        ({"columns": ("cg_01",)}, "other columns to write"),
    ],
)
def test_shards_of_other_settings_are_not_merged(
    settings: dict[str, Any], said: str, pair: Pair, book: Rulebook, tmp_path: Path
) -> None:
    other = scored(book, pair[0], tmp_path / "other", Shard(2, 2), part_rows=16, **settings).path
    refused(ResultError, [pair[1][0], other], tmp_path, str(other), str(pair[1][0]), said, "in the same way")


def test_shards_of_other_rules_or_inputs_are_not_merged(pair: Pair, book: Rulebook, tmp_path: Path) -> None:
    inputs, (one, _) = pair
    full = scored(small_rulebook(depth="full"), inputs, tmp_path / "full", Shard(2, 2), part_rows=16).path
    refused(ResultError, [one, full], tmp_path, "another depth (full, not core)")
    ignoring = scored(small_rulebook(ignore=["CF-01"]), inputs, tmp_path / "less", Shard(2, 2), part_rows=16).path
    refused(ResultError, [one, ignoring], tmp_path, "other checks selected or ignored: ignore")
    moved = write(tmp_path / "in", seed=9)
    other = scored(book, moved, tmp_path / "other", Shard(2, 2), part_rows=16).path
    refused(ResultError, [one, other], tmp_path, "other inputs: companies, accounts, staff")
    without = {n: p for n, p in inputs.items() if n != "staff"}
    fewer = scored(book, without, tmp_path / "fewer", Shard(2, 2), part_rows=16).path
    refused(ResultError, [one, fewer], tmp_path, "other inputs: staff")
    version = changed(pair[1][1], tmp_path / "version", versions__socialrules="9.9")
    refused(ResultError, [one, version], tmp_path, "another version of socialrules (9.9")
    hash_ = changed(pair[1][1], tmp_path / "hash", rulebook__hash="0" * 64)
    refused(ResultError, [one, hash_], tmp_path, "other rules. Score")


def test_a_missing_shard_and_one_given_twice_are_named(pair: Pair, book: Rulebook, tmp_path: Path) -> None:
    inputs, (one, two) = pair
    refused(UsageError, [one], tmp_path, "Shard 2/2 of the run is missing")
    refused(UsageError, [one, two, one], tmp_path, "Shard 1/2 is given twice", str(one))
    of_three = scored(book, inputs, tmp_path / "3", Shard(2, 3), part_rows=16).path
    refused(ResultError, [one, of_three], tmp_path, "another number of shards (3, not 2)")
    refused(UsageError, [], tmp_path, "No shards were given")
    refused(UsageError, [str(tmp_path / "none-*")], tmp_path, "No folder matches")


def test_a_folder_that_is_no_whole_shard_is_named(pair: Pair, book: Rulebook, tmp_path: Path) -> None:
    inputs, (one, two) = pair
    whole = scored(book, inputs, tmp_path / "whole").path
    refused(ResultError, [one, whole], tmp_path, f"{whole} is no shard", "a whole run")
    refused(ResultError, [one, merge([one, two], tmp_path / "merged").path], tmp_path, "is no shard")
    refused(ResultError, [one, tmp_path / "nowhere"], tmp_path, "There is no result folder")
    refused(ResultError, [one, inputs["companies"].parent], tmp_path, "is no result folder")
    newer = changed(two, tmp_path / "newer", format=99)
    refused(ResultError, [one, newer], tmp_path, "newer version")
    for number, (key, value) in enumerate(
        {"values": None, "shard__types": None, "shard__first": 7, "shard__number": 3, "shard__rows": "many"}.items()
    ):
        broken = changed(two, tmp_path / f"broken-{number}", **{key: value})
        refused(ResultError, [one, broken], tmp_path, f"{broken / 'run.json'} is damaged")
    (newer / "run.json").write_text("{", encoding="utf-8")
    refused(ResultError, [one, newer], tmp_path, "is damaged")


def test_a_shard_whose_tables_have_changed_is_not_merged(pair: Pair, tmp_path: Path) -> None:
    one, two = pair[1]
    for name in TABLES:
        gone = changed(two, tmp_path / f"{name}-gone")
        path = gone / f"{name}.parquet"
        shutil.rmtree(path) if path.is_dir() else path.unlink()
        refused(ResultError, [one, gone], tmp_path, f"table {name}")
        other = changed(two, tmp_path / f"{name}-other")
        path = other / f"{name}.parquet"
        file = min(path.glob("*")) if path.is_dir() else path
        file.write_bytes(file.read_bytes()[:-9])
        refused(ResultError, [one, other], tmp_path, str(file), "Score shard 2/2 again")
    edited = changed(two, tmp_path / "edited")
    file = min((edited / "companies.parquet").glob("*"))
    duckdb.sql(f"SELECT * REPLACE ('x' AS company_name) FROM '{file}'").write_parquet(f"{file}.new")
    Path(f"{file}.new").replace(file)
    refused(ResultError, [one, edited], tmp_path, str(edited), "has been changed", "Score shard 2/2 again")


def test_what_a_manifest_says_of_types_is_never_run(pair: Pair, tmp_path: Path) -> None:
    shards = []
    for number, folder in enumerate(pair[1]):
        types = json.loads((folder / "run.json").read_text(encoding="utf-8"))["shard"]["types"]
        types["companies"]["company_name"] = "VARCHAR); DROP TABLE part; --"
        types["companies"]["cg_01"] = "ENUM('pass'); DROP TABLE part; --')"
        shards.append(changed(folder, tmp_path / f"{number}", shard__types=types))
    merged, plain = merge(shards, tmp_path / "merged"), merge(pair[1], tmp_path / "plain")
    assert merged.manifest["values"] == plain.manifest["values"]


def test_out_is_replaced_only_when_asked_and_never_among_the_shards(pair: Pair, tmp_path: Path) -> None:
    shards = [changed(p, tmp_path / "shards" / p.name) for p in pair[1]]
    out = merge(shards, tmp_path / "out").path
    with pytest.raises(UsageError, match="exists already"):
        merge(shards, out)
    merge(shards, out, overwrite=True)
    for place in (shards[0], shards[1] / "inside", tmp_path / "shards"):
        with pytest.raises(UsageError, match="lie in each other"):
            merge(shards, place, overwrite=True)


def test_shards_of_another_duckdb_are_merged_and_that_is_noted(pair: Pair, tmp_path: Path) -> None:
    one, two = pair[1]
    other = changed(two, tmp_path / "other", versions__duckdb="2.0.99")
    ended = socialrules("merge", one, other, "-o", tmp_path / "out")
    assert ended.code == 0, ended.err
    assert "several versions of DuckDB: " in ended.out and "2.0.99" in ended.out
    assert "2.0.99" in open_results(tmp_path / "out").manifest["versions"]["duckdb"]


@pytest.mark.parametrize("given", ["5/4", "0/4", "a/b", "1/0", "1", "1/2/3", "-1/2", "1.5/2", ""])
def test_a_shard_that_is_none_is_refused(given: str, few: Path) -> None:
    with pytest.raises(UsageError, match="--shard"):
        parse_shard(given)
    if given in ("5/4", "a/b"):
        fails(2, ["score", "companies.csv", "-o", "out", "--shard", given], f"--shard {given}", "such as 2/5", cwd=few)


def test_a_shard_can_be_a_pair_of_numbers() -> None:
    assert parse_shard((2, 5)) == parse_shard(" 2 / 5 ") == Shard(2, 5)
    for given in ((0, 4), (True, True), (1.0, 2), (1,), 3):
        with pytest.raises(UsageError, match="--shard"):
            parse_shard(given)  # type: ignore[arg-type]


@pytest.mark.slow
def test_the_command_scores_shards_merges_and_explains_them(few: Path) -> None:
    inputs = ("companies.csv", "--accounts", "accounts.csv", "--staff", "staff.csv", "--as-of", "2026-11-01")
    assert socialrules("score", *inputs, "-o", "whole", cwd=few).code == 0
    for number in (1, 2):
        ended = socialrules("score", *inputs, "--shard", f"{number}/2", "-o", f"shards/{number}", cwd=few)
        assert (ended.code, f"shard {number} of 2" in ended.out) == (0, True), ended
    fails(2, ["merge", "shards/1", "-o", "out"], "Shard 2/2 of the run is missing", cwd=few)
    fails(3, ["merge", "whole", "shards/1", "-o", "out"], "is no shard", cwd=few)
    ended = socialrules("merge", "shards", "-o", "out", cwd=few)
    assert ended.code == 0, ended.err
    assert "companies: 3 rows read, 3 scored\naccounts: 4 rows read, 3 scored, 1 left out" in ended.out
    for name in TABLES:
        assert table(few / "out" / f"{name}.parquet") == table(few / "whole" / f"{name}.parquet")
    assert contents(few / "out") == contents(few / "whole")
    whole = socialrules("explain", "whole", "b", cwd=few)
    for folder in ("out", "shards/2"):
        assert socialrules("explain", folder, "b", cwd=few).out == whole.out
    fails(2, ["explain", "shards/2", "a"], "it is shard 2 of 2", cwd=few)
    assert explain_result(open_results(few / "shards" / "1"), "a").outcomes_only in (None, "")
