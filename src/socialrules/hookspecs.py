"""What a plugin implements: one hook.

A plugin is a module (or object) registered under the entry-point group ``socialrules``::

    [project.entry-points.socialrules]
    my_guideline = "my_package"

with a function of the hook's name::

    from pathlib import Path
    from socialrules import Rules, hookimpl, load_rules

    @hookimpl
    def provide_rules() -> Rules:
        return load_rules(Path(__file__).with_name("guideline.toml"))
"""

from __future__ import annotations

import pluggy

from socialrules.model import Rules

ENTRY_POINT_GROUP = "socialrules"
hookspec = pluggy.HookspecMarker("socialrules")
hookimpl = pluggy.HookimplMarker("socialrules")


@hookspec
def provide_rules() -> Rules:  # type: ignore[empty-body]
    """Everything the plugin brings: guidelines, tables, facts, lookups, terms, decisions.

    Called once when a rulebook is put together. It must not depend on the data to be scored.
    """
