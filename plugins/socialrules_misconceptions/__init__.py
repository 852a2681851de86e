"""The guideline misconceptions, as a plugin: its rules lie in guideline.toml beside this file."""

from pathlib import Path

from socialrules import Rules, hookimpl, load_rules


@hookimpl
def provide_rules() -> Rules:
    """The rules of guideline.toml."""
    return load_rules(Path(__file__).with_name("guideline.toml"))
