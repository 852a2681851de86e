"""``--overwrite`` replaces an older output, and never what the output is made from."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from socialrules.errors import UsageError
from socialrules.folders import check_no_input
from tests.inputs.sheets import write_xlsx

from .commands import AS_OF, fails, socialrules


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with inputs, a mapping and its codebook, and a run over them."""
    folder = tmp_path_factory.mktemp("ran")
    (folder / "c.csv").write_text("company_id,has_social_presence\na,yes\nb,\n", encoding="utf-8")
    write_xlsx(folder / "cl.xlsx", {"companies": [["company_id", "company_name"], ["a", "Acme"]]})
    (folder / "codes.csv").write_text("column,code,label\nq,1,one\n", encoding="utf-8")
    (folder / "m.toml").write_text('[sources.companies]\ncodebook = "codes.csv"\n', encoding="utf-8")
    (folder / "late.csv").write_text("company_id,fact,answer\nb,has_social_presence,no\n", encoding="utf-8")
    inputs = ["c.csv", "--mapping", "m.toml", "--answers", "late.csv", "--as-of", AS_OF]
    assert socialrules("score", *inputs, "-o", "r", cwd=folder).code == 0
    return folder


@pytest.mark.parametrize(
    "arguments",
    [
        ["map", "m.toml", "-o", "m.toml"],
        ["compile", "c.csv", "--mapping", "m.toml", "-o", "codes.csv"],
        ["questionnaire", "--for", "cl.xlsx", "-o", "cl.xlsx"],
        ["rejects", "r", "-o", "late.csv"],
        ["questions", "r", "-o", "c.csv"],
    ],
    ids=" ".join,
)
def test_what_is_read_is_not_replaced(arguments: list[str], ran: Path) -> None:
    before = {p: p.read_bytes() for p in ran.iterdir() if p.is_file()}
    said = f"{arguments[-1]} is an input of this; choose another name."
    fails(2, [*arguments, "--overwrite"], said, cwd=ran)
    assert {p: p.read_bytes() for p in ran.iterdir() if p.is_file()} == before


def test_an_input_is_known_by_any_name(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    file, link, twin = (tmp_path / "in" / n for n in ("c.csv", "link.csv", "twin.csv"))
    file.write_text("company_id\na\n", encoding="utf-8")
    link.symlink_to("c.csv")
    twin.hardlink_to(file)
    for given in (file, str(tmp_path / "in"), str(tmp_path / "*" / "c.csv")):
        for out in (file, link, twin):
            with pytest.raises(UsageError, match="is an input of this"):
                check_no_input(out, None, given)
    other = tmp_path / "other.csv"
    other.write_text("x", encoding="utf-8")
    for out in (other, tmp_path / "new.csv"):
        check_no_input(out, str(tmp_path / "in"), file, 3)


def test_a_mapping_file_is_called_toml(ran: Path) -> None:
    fails(2, ["map", "c.csv", "-o", "c.csv", "--overwrite"], "-o c.csv: the name of a mapping file ends in", cwd=ran)


def test_a_mapping_inside_the_results_is_not_lost_with_them(ran: Path) -> None:
    shutil.copytree(ran / "r", ran / "own")
    (ran / "own" / "m.toml").write_text("[companies]\ncompany_id = 'company_id'\n", encoding="utf-8")
    arguments = ["score", "c.csv", "--mapping", "own/m.toml", "-o", "own", "--overwrite"]
    fails(2, arguments, "own/m.toml lies in own, which would be replaced", cwd=ran)


@pytest.mark.slow
def test_a_demo_replaces_results_of_a_demo_and_no_others(ran: Path, tmp_path: Path) -> None:
    shutil.copytree(ran / "r", tmp_path / "own")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.txt").write_text("mine", encoding="utf-8")
    for name in ("own", "notes"):
        fails(2, ["demo", "-o", name], f"{name} exists already and no demo made it", cwd=tmp_path)
    assert socialrules("demo", "-o", "d", cwd=tmp_path).code == 0
    assert socialrules("demo", "-o", "d", cwd=tmp_path).code == 0
