"""Finds plugins, loads them and says what each one brings. There is no global manager."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pluggy
from pydantic import ValidationError

from socialrules import hookspecs
from socialrules.errors import PluginError, RulebookError
from socialrules.loading import load_rules
from socialrules.model import Rules


@dataclass(frozen=True, slots=True)
class LoadedPlugin:
    """A plugin that was found, with everything it brings.

    Attributes:
        name: of the entry point, or the file's name for a rules file.
        version: of the distribution that registers it, or ``file``.
        origin: the distribution's name, or the path of the file.
        rules: what it brings.
    """

    name: str
    version: str
    origin: str
    rules: Rules


def load_plugins(files: Iterable[Path] = (), objects: Iterable[Any] = ()) -> tuple[LoadedPlugin, ...]:
    """Every installed plugin, then the given rule files and plugin objects.

    Args:
        files: guideline or rules files to add, as data.
        objects: modules or objects with hook implementations to add.

    Raises:
        PluginError: listing every plugin that is broken, with its version and the cause. A run
            never goes on without a plugin that is installed but does not load.
    """
    manager = pluggy.PluginManager("socialrules")
    manager.add_hookspecs(hookspecs)
    problems: list[str] = []
    origins: dict[str, tuple[str, str]] = {}
    for entry_point in _entry_points():
        distribution = entry_point.dist
        origin = distribution.name if distribution else "unknown"
        version = distribution.version if distribution else "unknown"
        if entry_point.name in origins:
            problems.append(
                _problem(entry_point.name, version, f"the name is taken: {origins[entry_point.name][1]} has it too")
            )
            continue
        origins[entry_point.name] = (version, origin)
        try:
            manager.register(entry_point.load(), name=entry_point.name)
        except (Exception, SystemExit) as error:  # a plugin may break in any way; all of them are reported together
            problems.append(_problem(entry_point.name, version, f"{type(error).__name__}: {error}"))
    for given in objects:
        name = getattr(given, "__name__", type(given).__name__)
        origins[name] = ("object", "given to the call")
        try:
            manager.register(given, name=name)
        except ValueError as error:
            problems.append(_problem(name, "object", str(error)))
    plugins = []
    for name, (version, origin) in origins.items():
        plugin = manager.get_plugin(name)
        if plugin is None:
            continue
        unknown = _unknown_hooks(manager, plugin)
        if unknown:
            problems.append(_problem(name, version, f"there is no hook {unknown[0]}; there is provide_rules"))
            continue
        try:
            plugins.append(LoadedPlugin(name, version, origin, _provided(manager, plugin)))
        except (Exception, SystemExit) as error:  # as above
            cause = str(error) if isinstance(error, RulebookError | PluginError) else f"{type(error).__name__}: {error}"
            problems.append(_problem(name, version, cause))
    for file in files:
        try:
            plugins.append(LoadedPlugin(file.stem, "file", str(file.absolute()), load_rules(file)))
        except RulebookError as error:
            problems.append(str(error))
    if problems:
        raise PluginError("\n".join(problems))
    return tuple(plugins)


def _entry_points() -> Sequence[importlib.metadata.EntryPoint]:
    found = importlib.metadata.entry_points(group=hookspecs.ENTRY_POINT_GROUP)
    # The same distribution can be found twice, e.g. installed and on the path: once is enough.
    unique = {(e.name, e.value, e.dist.name if e.dist else ""): e for e in found}
    return sorted(unique.values(), key=lambda e: e.name)


def _unknown_hooks(manager: pluggy.PluginManager, plugin: Any) -> list[str]:
    """Functions that a plugin marks as hooks and that are none, e.g. because they are misspelt."""
    marked = (n for n in dir(plugin) if manager.parse_hookimpl_opts(plugin, n) is not None)
    return [n for n in marked if not hasattr(hookspecs, n)]


def _provided(manager: pluggy.PluginManager, plugin: Any) -> Rules:
    if not hasattr(plugin, "provide_rules") or manager.parse_hookimpl_opts(plugin, "provide_rules") is None:
        raise PluginError("it does not implement the hook provide_rules")
    rules = plugin.provide_rules()
    if not isinstance(rules, Rules):
        raise PluginError(f"provide_rules returned {type(rules).__name__}, not Rules")
    try:
        return Rules.model_validate(rules)
    except ValidationError as error:
        raise PluginError(str(error)) from None


def _problem(name: str, version: str, cause: str) -> str:
    try:
        host = importlib.metadata.version("socialrules")
    except importlib.metadata.PackageNotFoundError:
        host = "unknown"
    return f"Plugin {name} (version {version}, with socialrules {host}) cannot be used: {cause}"
