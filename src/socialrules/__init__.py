"""Scores companies against a rulebook of plugins, in bulk. See README.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__all__ = [
    "Assessment",
    "Results",
    "Rulebook",
    "Rules",
    "SocialRulesError",
    "Verification",
    "assess",
    "explain_result",
    "hookimpl",
    "load_rulebook",
    "load_rules",
    "merge",
    "open_results",
    "score",
    "verify",
]

if TYPE_CHECKING:
    from socialrules.api import Assessment, assess, score
    from socialrules.errors import SocialRulesError
    from socialrules.findings import Verification
    from socialrules.hookspecs import hookimpl
    from socialrules.loading import load_rules
    from socialrules.merging import merge
    from socialrules.model import Rules
    from socialrules.results import Results, open_results
    from socialrules.revisit import explain_result
    from socialrules.rulebook import Rulebook, load_rulebook
    from socialrules.verification import verify

_HOMES = {
    "Assessment": "api",
    "Results": "results",
    "Rulebook": "rulebook",
    "Rules": "model",
    "SocialRulesError": "errors",
    "Verification": "findings",
    "assess": "api",
    "explain_result": "revisit",
    "hookimpl": "hookspecs",
    "load_rulebook": "rulebook",
    "load_rules": "loading",
    "merge": "merging",
    "open_results": "results",
    "score": "api",
    "verify": "verification",
}


def __getattr__(name: str) -> Any:
    # Imported when first used: `socialrules --help` must not load DuckDB or pydantic.
    if name in _HOMES:
        import importlib

        return getattr(importlib.import_module(f"socialrules.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'socialrules' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
