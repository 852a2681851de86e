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
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from socialrules.display import shortened, visible

LONGEST_NAME = 200
"""Beyond that nobody mistypes a name, and comparing takes long."""


class SocialRulesError(Exception):
    """Base of all errors that a user can cause or mend.

    What the message says of inputs and rules is made visible and cut where it is long.
    """

    exit_code = 3

    def __str__(self) -> str:
        """The message, safe to print."""
        return shortened(visible(super().__str__()))


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
    near = nearest(name, known)
    return "" if near is None else f" Did you mean {near!r}?"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The nearest of the known names; None where none is near."""
    if len(name) > LONGEST_NAME:
        return None
    names = [other for other in known if len(other) <= LONGEST_NAME]
    alike = [other for other in names if plain_name(other) == plain_name(name)]
    near = alike or difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    return near[0] if near else None


def plain_name(name: str) -> str:
    """A name without its habits of writing: ``Company ID`` and ``company-id`` are ``company_id``."""
    return re.sub(r"[\W_]+", "_", name.strip().lower()).strip("_")


@contextmanager
def paths_as_given(*given: object) -> Iterator[None]:
    """What is raised inside names files as the user wrote them, though they are opened by their whole path.

    ``given``: paths, folders and patterns; anything else is passed over.
    """
    try:
        yield
    except SocialRulesError as error:
        said = str(error)
        for path in given:
            if isinstance(path, str | Path) and not Path(path).is_absolute():
                written = Path(path)
                # Of a pattern, the folders before the first wildcard.
                while re.search(r"[*?\[]", str(written)):
                    written = written.parent
                said = _shortened(said, written)
        raise type(error)(said) from None


def _shortened(said: str, written: Path) -> str:
    whole = str(written.absolute())
    if written == Path():
        return said.replace(f"{whole}/", "")
    return re.sub(rf"(?<![^\s:\'\"(]){re.escape(whole)}(?![\w-])", lambda _: str(written), said)
