"""A result that is no finite number is unknown."""

from __future__ import annotations

import pytest

from socialrules.errors import ExpressionError, RulebookError

from .corner_shop import parameter, toml, value_of

HUGE = {"size": 1e308, "depth": 10.0}


@pytest.mark.parametrize(
    "expression",
    [
        *("size * depth", "size + size", "-size - size", "size / 0.0001", "depth / (depth - depth)", "0 * depth / 0"),
        *(
            "abs(size * depth)",
            "round(size * depth, 2)",
            "size * depth - size * depth",
            "(size * depth) / (size * depth)",
        ),
        *(
            "size * depth > 3",
            "size * depth = size * 20",
            "NOT size * depth > 3",
            "3 / (depth / 0) < 5",
            "size * depth IN (1, 2)",
        ),
        *("CASE WHEN size * depth > 1 THEN 'big' END", "size * 1e308 < 0"),
    ],
)
def test_an_overflow_is_unknown(expression: str) -> None:
    assert value_of(expression, HUGE) is None


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("coalesce(size * depth, 3)", 3),
        ("size * depth IS NULL", True),
        ("coalesce(depth / 0, 1)", 1),
        ("depth / 4", 2.5),
        ("1 / (depth / 5)", 0.5),
        ("6 / (1 + 1 / (depth - 9))", 3),
        ("depth / size", 1e-307),
        ("-depth", -10),
    ],
)
def test_what_is_finite_stays(expression: str, value: float | bool) -> None:
    assert value_of(expression, HUGE) == value


def test_a_total_that_overflows_is_unknown() -> None:
    shelves = [{"width": 1e308}, {"width": 1e308}]
    assert value_of("total(shelf, TRUE, shelf.width)", {}, shelves) is None
    assert value_of("total(shelf, TRUE, shelf.width) > 1", {}, shelves) is None
    assert value_of("total(shelf, TRUE, shelf.width)", {}, shelves[:1]) == 1e308


@pytest.mark.parametrize("digits", ["size", "1e300", "-size"])
def test_digits_beyond_all_measure_are_unknown(digits: str) -> None:
    assert value_of(f"round(depth, {digits})", HUGE) is None


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_parameter_is_finite(value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        parameter("p", value)


def nested(pattern: str, times: int) -> str:
    """An expression inside itself."""
    written = "size"
    for _ in range(times):
        written = pattern.replace("@", written)
    return written


@pytest.mark.parametrize(
    "pattern",
    [
        "(1 / (@ + 1))",
        "(CASE WHEN @ BETWEEN 1 AND 2 THEN 1 ELSE 2 END)",
        "coalesce(@ * 2, 1)",
        "(CASE WHEN @ > 1 THEN 1 ELSE 2 END + CASE WHEN size > 1 THEN 1 ELSE 2 END)",
    ],
)
def test_an_expression_inside_itself_stays_small_or_is_refused(pattern: str) -> None:
    assert isinstance(value_of(nested(pattern, 3), {"size": 3.0}), float)
    try:
        assert isinstance(value_of(nested(pattern, 18), {"size": 3.0}), float)
    except ExpressionError as error:
        assert "too large" in str(error)


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_a_number_of_a_rule_file_is_finite(value: str) -> None:
    with pytest.raises(RulebookError, match=r"parameter low, default: this must be a finite number\."):
        toml(
            f'id = "g"\ntitle = "g"\nquestion = "g"\nrole = "ready"\n'
            f'[parameters.low]\ndefault = {value}\nunit = "x"\norigin = "ours"'
        )
