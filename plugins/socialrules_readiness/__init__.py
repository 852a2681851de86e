"""The readiness rulebook: tables, facts, networks, axes, decisions and score, as a plugin.

The guidelines themselves are plugins of their own, beside this one.
"""

from pathlib import Path

from socialrules import Rules, hookimpl, load_rules

HERE = Path(__file__).parent
SAMPLE_PLACES = (HERE / "sample", HERE.parent.parent / "datasets" / "sample")
"""Where the sample portfolio lies: inside an installed package, or in a checkout."""


@hookimpl
def provide_rules() -> Rules:
    """Everything in the TOML files of this folder, and the sample portfolio."""
    sample = next((str(p) for p in SAMPLE_PLACES if p.is_dir()), None)
    return load_rules(HERE).model_copy(update={"sample": sample})
