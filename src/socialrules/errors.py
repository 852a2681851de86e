"""Everything that can go wrong, as one tree.

    SocialRulesError
    ├── PluginError        a plugin is missing, broken or brings something invalid
    ├── RulebookError      rules that contradict each other or read what is not there
    │   └── ExpressionError    an expression that is no allowed SQL expression
    ├── InputError         what files hold or lack
    │   └── MappingError       a mapping file that does not fit
    ├── OutputError        results cannot be written: a full disk, a folder that is read-only
    ├── UsageError         a wrong option or name on the command line
    ├── ThresholdError     a limit that the user set was exceeded
    └── ResultError        a result folder that is not there, damaged or not ours

A message says what is wrong, where, and what to do. The command line prints it alone, without a
traceback, and exits with ``exit_code``.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class SocialRulesError(Exception):
    """Base of all errors that a user can cause or mend."""

    exit_code = 3


class PluginError(SocialRulesError):
    """One or more plugins cannot be used; the message lists all of them."""


class RulebookError(SocialRulesError):
    """The loaded rules do not fit together."""


class ExpressionError(RulebookError):
    """An expression that rules may not use, or that does not make sense."""


class InputError(SocialRulesError):
    """An input file is missing, unreadable, or holds something that makes the run meaningless."""


class MappingError(InputError):
    """A mapping file is wrong or does not fit its source."""


class OutputError(SocialRulesError):
    """Results cannot be written where they should go."""


class UsageError(SocialRulesError):
    """A wrong option, or a name on the command line that nothing has."""

    exit_code = 2


class ThresholdError(SocialRulesError):
    """More rows were left out than the user allowed."""

    exit_code = 1


class ResultError(SocialRulesError):
    """A result folder is missing, damaged, or was not written by this program."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`` Did you mean 'x'?`` with the nearest of the known names, or an empty string."""
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f" Did you mean {near[0]!r}?" if near else ""
