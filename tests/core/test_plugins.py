"""Finding and loading plugins. The broken ones are real distributions in a folder on ``sys.path``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from socialrules.errors import PluginError
from socialrules.hookspecs import hookimpl
from socialrules.model import Rules
from socialrules.plugins import load_plugins

from .corner_shop import gathered, term

GOOD = """
from socialrules import Rules, hookimpl

@hookimpl
def provide_rules():
    return Rules(uses={"NAME": ("x",)})
"""

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Puts a distribution with one plugin where Python finds it."""
    monkeypatch.syspath_prepend(tmp_path)

    def add(
        name: str, source: str, *, version: str = "1.0", distribution: str | None = None, module: str | None = None
    ) -> None:
        distribution, module = distribution or f"dist-{name}", module or f"plugin_of_{tmp_path.name}_{name}"
        (tmp_path / f"{module}.py").write_text(source.replace("NAME", name), encoding="utf-8")
        info = tmp_path / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir(exist_ok=True)
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n", encoding="utf-8"
        )
        with (info / "entry_points.txt").open("a", encoding="utf-8") as file:
            file.write(f"[socialrules]\n{name} = {module}\n" if file.tell() == 0 else f"{name} = {module}\n")

    return add


def complaint() -> list[str]:
    """What is said about the installed plugins, by line."""
    with pytest.raises(PluginError) as error:
        load_plugins()
    return str(error.value).splitlines()


def test_a_plugin_is_found_by_its_entry_point_with_its_version(install: Install) -> None:
    install("first", GOOD, version="2.3")
    found = {p.name: p for p in load_plugins()}["first"]
    assert (found.version, found.origin, found.rules) == ("2.3", "dist-first", Rules(uses={"first": ("x",)}))


def test_every_broken_plugin_is_listed_with_version_and_cause(install: Install) -> None:
    install("fine", GOOD)
    install("no_syntax", "def (", version="0.1")
    install("no_module", "import a_module_that_is_not_there", version="0.2")
    install(
        "raises",
        "from socialrules import hookimpl\n@hookimpl\ndef provide_rules():\n    raise OSError('the disk is full')",
        version="0.3",
    )
    install("no_hook", "x = 1", version="0.4")
    install("no_rules", GOOD.replace("Rules(", "dict("), version="0.5")
    lines = complaint()
    for name, version, cause in (
        ("no_syntax", "0.1", "SyntaxError"),
        ("no_module", "0.2", "ModuleNotFoundError: No module named 'a_module_that_is_not_there'"),
        ("raises", "0.3", "OSError: the disk is full"),
        ("no_hook", "0.4", "does not implement the hook provide_rules"),
        ("no_rules", "0.5", "provide_rules returned dict, not Rules"),
    ):
        (line,) = (x for x in lines if x.startswith(f"Plugin {name} "))
        assert f"(version {version}, with socialrules " in line
        assert cause in line
    assert not any("fine" in line for line in lines)


def test_a_plugin_that_leaves_the_program_is_broken_too(install: Install) -> None:
    install("leaves", "import sys\nsys.exit(0)", version="0.6")
    assert any(line.startswith("Plugin leaves (version 0.6") for line in complaint())


def test_a_plugin_that_forgot_to_return_is_told_so(install: Install) -> None:
    install("forgot", GOOD.replace("return ", ""), version="0.7")
    (line,) = complaint()
    assert "returned NoneType, not Rules" in line


def test_a_hook_that_does_not_exist_is_an_error(install: Install) -> None:
    install("misspelt", f"{GOOD}\n@hookimpl\ndef provide_rulez():\n    pass\n")
    (line,) = complaint()
    assert line.startswith("Plugin misspelt (version 1.0, with socialrules ")
    assert "provide_rulez" in line


def test_every_plugin_with_a_misspelt_hook_is_listed(install: Install) -> None:
    for name in ("left", "right"):
        install(name, f"{GOOD}\n@hookimpl\ndef provide_{name}():\n    pass\n")
    text = "\n".join(complaint())
    assert "provide_left" in text
    assert "provide_right" in text


def test_a_hook_with_an_argument_that_does_not_exist_is_an_error(install: Install) -> None:
    install("wants_more", GOOD.replace("provide_rules()", "provide_rules(data)"), version="0.8")
    text = "\n".join(complaint())
    assert "Plugin wants_more (version 0.8" in text
    assert "data" in text


def test_two_distributions_cannot_have_plugins_of_one_name(install: Install) -> None:
    install("twin", GOOD, distribution="one", module="twin_one", version="1.1")
    install("twin", GOOD, distribution="two", module="twin_two", version="2.2")
    (line,) = complaint()
    assert "the name is taken" in line
    assert ("version 1.1" in line and "two has it" in line) or ("version 2.2" in line and "one has it" in line)


def test_a_distribution_that_is_found_twice_counts_once(
    install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("again", GOOD)
    copy = tmp_path / "copy"
    (copy / "dist_again-1.0.dist-info").mkdir(parents=True)
    for file in (tmp_path / "dist_again-1.0.dist-info").iterdir():
        (copy / "dist_again-1.0.dist-info" / file.name).write_bytes(file.read_bytes())
    monkeypatch.syspath_prepend(copy)
    assert [p.name for p in load_plugins()].count("again") == 1


def test_plugins_are_loaded_in_the_order_of_their_names(install: Install) -> None:
    for name in ("zebra", "apple", "mango"):
        install(name, GOOD)
    names = [p.name for p in load_plugins()]
    assert names == sorted(names)
    assert {"zebra", "apple", "mango"} <= set(names)


def test_an_object_with_the_hook_is_a_plugin() -> None:
    class Given:
        @hookimpl
        def provide_rules(self) -> Rules:
            return gathered(term("one", "1"))

    given = load_plugins(objects=[Given()])[-1]
    assert (given.name, given.version) == ("Given", "object")
    assert [t.name for t in given.rules.terms] == ["one"]


def test_an_object_without_the_hook_is_an_error() -> None:
    class Given:
        pass

    with pytest.raises(PluginError, match=r"Plugin Given .*does not implement the hook provide_rules"):
        load_plugins(objects=[Given()])


def test_rule_files_are_plugins_without_code_and_broken_ones_are_listed(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text('[[terms]]\nname = "one"\nlevel = "shop"\nvalue = "1"', encoding="utf-8")
    bad.write_text("id = 'x'", encoding="utf-8")
    found = load_plugins(files=[good])[-1]
    assert (found.name, found.version, found.origin) == ("good", "file", str(good))
    with pytest.raises(PluginError) as error:
        load_plugins(files=[bad, tmp_path / "none.toml"])
    assert f"{bad}: title: Field required." in str(error.value)
    assert f"{tmp_path / 'none.toml'}: there is no such file." in str(error.value)


def test_loading_plugins_twice_keeps_nothing_from_the_first_time(install: Install) -> None:
    class Given:
        @hookimpl
        def provide_rules(self) -> Rules:
            return Rules()

    install("steady", GOOD)
    first = load_plugins(objects=[Given()])
    second = load_plugins(objects=[Given()])
    assert first == second
    assert [p.name for p in load_plugins()] == [p.name for p in first][:-1]
