"""Messages name files as the user wrote them."""

from __future__ import annotations

from pathlib import Path

import pytest

from socialrules.errors import InputError, paths_as_given

from .commands import fails


@pytest.mark.slow
def test_a_relative_path_stays_relative_in_every_message(few: Path) -> None:
    (few / "in").mkdir()
    (few / "in" / "a.csv").write_text("id\n1\n", encoding="utf-8")
    for given in ("in/a.csv", "in", "in/*.csv", "./in/a.csv"):
        ended = fails(3, ["score", given, "-o", "out"], "companies: in/a.csv has no column company_id", cwd=few)
        assert str(few) not in ended.err
    rules = 'id = "clear_goal"\ntitle = "t"\nquestion = "q"\nrole = "ready"\n'
    (few / "in" / "rules.toml").write_text(rules, encoding="utf-8")
    ended = fails(
        3, ["score", "companies.csv", "--rules", "in/rules.toml", "-o", "out"], "in/rules.toml: the guideline", cwd=few
    )
    assert str(few) not in ended.err
    (few / "in" / "mapping.toml").write_text('[companies]\ncompany_id = "colour"\n', encoding="utf-8")
    ended = fails(
        3,
        ["score", "companies.csv", "--mapping", "in/mapping.toml", "-o", "out"],
        "in/mapping.toml: [companies]",
        cwd=few,
    )
    assert str(few) not in ended.err


def test_an_absolute_path_stays_absolute(few: Path) -> None:
    path = few / "in.csv"
    path.write_text("id\n1\n", encoding="utf-8")
    fails(3, ["score", path, "-o", "out"], f"companies: {path} has no column", cwd=few)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("a.csv", "a.csv is bad"),
        ("*.csv", "a.csv is bad"),
        (".", "a.csv is bad"),
        ("b.csv", "@/a.csv is bad"),
        (3, "@/a.csv is bad"),
    ],
)
def test_only_what_was_given_is_shortened(
    given: object, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as error, paths_as_given(given):
        raise InputError(f"{tmp_path}/a.csv is bad")
    assert str(error.value) == said.replace("@", str(tmp_path))
