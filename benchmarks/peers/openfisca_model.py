"""Workload A as an OpenFisca model: a variable per question and per check, with numpy formulas.

Enums have their own integer codes in OpenFisca; a list is an integer with a bit per answer; what was not answered
is a variable of its own where the value cannot say it. All of it is handed over as arrays, and nothing is computed
twice: a check that reads another asks OpenFisca for it.

Run as ``python -m benchmarks.peers.openfisca_model COMPANIES OUTPUT``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from openfisca_core.entities import build_entity
from openfisca_core.indexed_enums import Enum, EnumArray
from openfisca_core.periods import DateUnit
from openfisca_core.simulation_builder import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

from benchmarks.checks import CHECKS
from benchmarks.conditions import (
    All,
    Blank,
    Came,
    Check,
    Compares,
    Condition,
    Empty,
    Holds,
    HoldsOther,
    Is,
    Not,
    facts_of,
    walk,
)
from benchmarks.conditions import Any as AnyOf
from benchmarks.peers.answers import ANSWERS

YEAR = "2026"
COMPANY = build_entity("company", "companies", "A company", is_person=True)
OUTCOMES = ("fail", "unknown", "pass", "not_applicable")
Outcome = Enum("Outcome", [(o, o) for o in OUTCOMES])
FREE_LISTS = {"target_parties": ["dont_know"], "other_promotion_channels": ["dont_know"]}
"""Lists whose answers are any text: one bit for dont_know, the next for everything else."""

Array = np.ndarray[Any, Any]


class Inputs:
    """The columns of a file as arrays for OpenFisca, and the variables that take them."""

    def __init__(self, path: str) -> None:
        conditions = [c for check in CHECKS.values() for case, _ in check.cases for c in walk(case)]
        numbers = {c.fact for c in conditions if isinstance(c, Compares)} | {"labour_cost_hour", "social_budget_month"}
        lists = [*ANSWERS, *FREE_LISTS]
        choices = [f for f in facts_of(CHECKS) if f not in numbers and f not in lists]
        names = ["company_id", "company_name"]
        table = pq.read_table(path, columns=[*names, *choices, *sorted(numbers), *lists], read_dictionary=choices)
        self.names = table.select(names)
        self.arrays: dict[str, Array] = {}
        self.variables: list[type[Variable]] = []
        self.enums: dict[str, Any] = {}
        for name in choices:
            self._choice(name, table[name])
        for name in sorted(numbers):
            column = table[name]
            self._add(name, float, column.fill_null(0).to_numpy())
            self._add(f"{name}__blank", bool, column.is_null().to_numpy())
        for name in lists:
            self._list(name, table[name].combine_chunks())

    def _add(self, name: str, kind: type, array: Array, **more: Any) -> None:
        self.arrays[name] = array
        self.variables.append(_variable(name, value_type=kind, **more))

    def _choice(self, name: str, column: pa.ChunkedArray) -> None:
        column = column.unify_dictionaries().combine_chunks()
        answers = column.dictionary.to_pylist()
        # The first member stands for no answer.
        enum = Enum(name, [("_blank", "_blank"), *((a, a) for a in answers)])
        codes = column.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int16) + 1
        self.enums[name] = enum
        self._add(
            name, Enum, EnumArray(codes.astype(np.uint8), enum), possible_values=enum, default_value=enum["_blank"]
        )

    def _list(self, name: str, column: pa.ListArray) -> None:
        held = pc.list_flatten(column).dictionary_encode()
        bit = np.array([float(_bit(name, answer)) for answer in held.dictionary.to_pylist()] or [0.0])
        rows = pc.list_parent_indices(column).to_numpy()
        flat = bit[held.indices.to_numpy(zero_copy_only=False)]
        if name in FREE_LISTS:
            # Texts of all kinds share a bit, which must not be added up.
            bits = np.zeros(len(column), dtype=np.int64)
            np.maximum.at(bits, rows, flat.astype(np.int64))
        else:
            bits = np.bincount(rows, weights=flat, minlength=len(column)).astype(np.int64)
        self._add(name, int, bits.astype(np.uint32).view(np.int32))
        self._add(f"{name}__blank", bool, column.is_null().to_numpy(zero_copy_only=False))


def _bit(fact: str, answer: str) -> int:
    if fact in FREE_LISTS:
        return 1 if answer == "dont_know" else 2
    return 1 << ANSWERS[fact].index(answer)


def _mask(fact: str, answers: tuple[str, ...], other: bool) -> np.int32:
    """The bits of some answers, or of all others."""
    if fact in FREE_LISTS:
        bits = 2 if other else 1
    else:
        bits = sum(_bit(fact, a) for a in ANSWERS[fact] if (a in answers) != other)
    return np.array([bits], dtype=np.uint32).view(np.int32)[0]


def _variable(name: str, **attributes: Any) -> type[Variable]:
    return type(name, (Variable,), {"entity": COMPANY, "definition_period": DateUnit.YEAR, "label": name, **attributes})


def _formula(check: Check, enums: dict[str, Any]) -> Callable[..., EnumArray]:
    def formula(company: Any, period: Any) -> EnumArray:
        codes = np.full(company.count, OUTCOMES.index(check.otherwise), dtype=np.uint8)
        for condition, outcome in reversed(check.cases):
            codes[_holds(condition, company, period, enums)] = OUTCOMES.index(outcome)
        return EnumArray(codes, Outcome)

    return formula


def _holds(condition: Condition, company: Any, period: Any, enums: dict[str, Any]) -> Array:
    match condition:
        case All(parts):
            return np.logical_and.reduce([_holds(p, company, period, enums) for p in parts])
        case AnyOf(parts):
            return np.logical_or.reduce([_holds(p, company, period, enums) for p in parts])
        case Not(atom):
            return ~_holds(atom, company, period, enums)
        case Came(check, outcome):
            return _same(company(check, period), OUTCOMES.index(outcome))
        case Blank(fact):
            return _same(company(fact, period), 0) if fact in enums else company(f"{fact}__blank", period)
        case Is(fact, values):
            given, members = company(fact, period), enums[fact].__members__
            found = [_same(given, members[v].index) for v in values if v in members]
            return np.logical_or.reduce(found) if found else np.zeros(company.count, dtype=bool)
        case Empty(fact):
            return (company(fact, period) == 0) & ~company(f"{fact}__blank", period)
        case Holds(fact, values):
            return (company(fact, period) & _mask(fact, values, other=False)) != 0
        case HoldsOther(fact, values):
            return (company(fact, period) & _mask(fact, values, other=True)) != 0
        case Compares(fact, operator, number):
            compare = {"=": np.equal, "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}
            return compare[operator](company(fact, period), number) & ~company(f"{fact}__blank", period)


def _same(given: EnumArray, index: int) -> Array:
    return given.view(np.ndarray) == index


def outcomes(path: str) -> pa.Table:
    """The outcome columns of workload A beside the names, in the order of the input."""
    inputs = Inputs(path)
    system = TaxBenefitSystem([COMPANY])
    system.add_variables(*inputs.variables)
    for name, check in CHECKS.items():
        default = {"possible_values": Outcome, "default_value": Outcome["unknown"]}
        system.add_variable(_variable(name, value_type=Enum, formula=_formula(check, inputs.enums), **default))
    simulation = SimulationBuilder().build_default_simulation(system, inputs.names.num_rows)
    for name, array in inputs.arrays.items():
        simulation.set_input(name, YEAR, array)
    table = inputs.names
    for name in sorted(CHECKS):
        codes = simulation.calculate(name, YEAR).view(np.ndarray).astype(np.int8)
        table = table.append_column(name, pa.DictionaryArray.from_arrays(codes, list(OUTCOMES)))
    return table


def main() -> None:
    """Reads one Parquet file and writes another."""
    source, target = sys.argv[1:]
    pq.write_table(outcomes(source), target)


if __name__ == "__main__":
    main()
