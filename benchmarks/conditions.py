"""A small language of conditions, for the engines that need their rules in a language of their own.

An atom looks at one raw answer. A missing answer makes every atom but ``Blank`` false, so that a condition is true
or false on every record and no engine has to reckon with null.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Blank:
    """Nothing was answered."""

    fact: str


@dataclass(frozen=True, slots=True)
class Is:
    """The answer to a question with one answer is one of these."""

    fact: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Compares:
    """A number stands in this relation to another: ``=``, ``<``, ``<=``, ``>`` or ``>=``."""

    fact: str
    operator: str
    number: int


@dataclass(frozen=True, slots=True)
class Empty:
    """The list is there, and nothing is in it."""

    fact: str


@dataclass(frozen=True, slots=True)
class Holds:
    """One of these answers is in the list."""

    fact: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HoldsOther:
    """An answer is in the list that is none of these."""

    fact: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Came:
    """A check before this one had the outcome."""

    check: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Not:
    """The atom does not hold."""

    atom: Atom


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """At least one part holds."""

    parts: tuple[Condition, ...]


Atom = Blank | Is | Compares | Empty | Holds | HoldsOther | Came
Condition = Atom | Not | All | Any


@dataclass(frozen=True, slots=True)
class Check:
    """The first condition that holds decides.

    Attributes:
        cases: conditions with their outcomes, in the order they are asked.
        otherwise: the outcome where none holds.
    """

    cases: tuple[tuple[Condition, str], ...]
    otherwise: str


def both(*parts: Condition) -> All:
    """Every part."""
    return All(parts)


def either(*parts: Condition) -> Any:
    """Any part."""
    return Any(parts)


def walk(condition: Condition) -> Iterator[Condition]:
    """The condition and everything below it."""
    yield condition
    match condition:
        case Not(atom):
            yield atom
        case All(parts) | Any(parts):
            for part in parts:
                yield from walk(part)


def facts_of(checks: Mapping[str, Check]) -> list[str]:
    """The facts that some checks read, each once."""
    conditions = (c for check in checks.values() for condition, _ in check.cases for c in walk(condition))
    return list(dict.fromkeys(c.fact for c in conditions if not isinstance(c, Came | Not | All | Any)))
