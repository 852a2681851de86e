"""How many inputs are tried: ``pytest tests/fuzz -m slow --fuzz-examples 20000`` (``make fuzz``)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .harness import Worker


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the option."""
    parser.addoption(
        "--fuzz-examples", type=int, metavar="N", help="new inputs to try, over all targets, in the slow tests of fuzz"
    )


@pytest.fixture(scope="session")
def wanted(request: pytest.FixtureRequest) -> int | None:
    """How many inputs the user asked for, over all targets; None: the same few as always."""
    number = request.config.getoption("--fuzz-examples", default=None)
    return None if number is None else int(number)


@pytest.fixture(scope="module")
def worker(request: pytest.FixtureRequest) -> Iterator[Worker]:
    """A process that reads what it is given."""
    with Worker() as one:
        yield one
    ends = ", ".join(f"{count:,} {end}" for end, count in sorted(one.ends.items()))
    print(f"{request.module.__name__}: {ends}")
