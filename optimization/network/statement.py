"""A stated network program: all columns, all rows and the rungs, as arrays for HiGHS or as a Pyomo model to read."""

from typing import Any, NamedTuple

import numpy as np
import pyomo.environ as pyo
import scipy.sparse

from optimization.network.arrays import Numbers
from optimization.network.columns import Network
from optimization.network.constraints import CONSTRAINTS, SMOOTHING, WITH_FIGURES
from optimization.network.objectives import costs, expand, label
from optimization.network.problem import NetworkProblem
from optimization.network.rows import Rows

SMOOTHED = "supply_range"


class Sides(NamedTuple):
    """Bounds of all rows and columns: what differs from day to day."""

    lower: Numbers
    upper: Numbers
    column_upper: Numbers


class Statement:
    """Everything that is to be solved.

    Args:
        problem: The data.
        ladder: Names of rungs in their order.
        is_roomy: Whether lots and requests of no unit hold room for the figures of another day.

    Attributes:
        net: Sets, figures and variables.
        rung_of: Each rung's name as it stands in plans, to its name in the ladder; in order.
        matrix: All rows by all columns, column by column.
        sides: Bounds.
        first_row: Of each equation, by name.

    Raises:
        PolicyError: The ladder names an unknown rung, or one twice.
    """

    def __init__(self, problem: NetworkProblem, ladder: tuple[str, ...], *, is_roomy: bool = False) -> None:
        rungs = expand(ladder, sorted({request.shortage_tier for request in problem.requests}))
        self.net = Network(problem, is_smoothed=SMOOTHED in ladder, is_roomy=is_roomy)
        self.rung_of = {label(name, tier): name for name, tier in rungs}
        self._tiers = {label(name, tier): tier for name, tier in rungs}
        equations = self.equations()
        self.first_row, self.rows = {}, 0
        for name, rows in equations.items():
            self.first_row[name] = self.rows
            self.rows += len(rows)
        self.matrix = self._compile(equations)
        lower, upper = (
            np.concatenate([getattr(rows, side) for rows in equations.values()]) for side in Sides._fields[:2]
        )
        self.sides = Sides(lower, upper, self.net.upper)

    def equations(self) -> dict[str, Rows]:
        """Every equation by name."""
        wanted = CONSTRAINTS + (SMOOTHING if self.net.is_smoothed else ())
        return {equation.__name__: equation(self.net) for equation in wanted}

    def costs(self, rung: str) -> Numbers:
        """Coefficients of a rung, column by column."""
        return costs(self.net, self.rung_of[rung], self._tiers[rung])

    def take_figures(self) -> None:
        """Bounds by the figures that the network holds now; those that do not depend on figures stay."""
        for equation in WITH_FIGURES:
            rows, first = equation(self.net), self.first_row[equation.__name__]
            self.sides.lower[first : first + len(rows)] = rows.lower
            self.sides.upper[first : first + len(rows)] = rows.upper
        self.sides.column_upper[self.net.waiting.all] = self.net.figures.waits

    def _compile(self, equations: dict[str, Rows]) -> Any:  # noqa: ANN401 - scipy is untyped
        rows, columns, values = [], [], []
        for name, equation in equations.items():
            for factor, row, column in equation.terms():
                rows.append((row + self.first_row[name]).astype(np.int32))
                columns.append(column.astype(np.int32))
                values.append(np.broadcast_to(np.float64(factor), column.shape))
        shape = (self.rows, self.net.size)
        entries = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
        return scipy.sparse.coo_matrix(entries, shape).tocsc()


def as_pyomo(statement: Statement) -> Any:  # noqa: ANN401 - Pyomo is untyped
    """The same program as a Pyomo model, from the same rows: to print, and to compare Pyomo's own way to HiGHS."""
    net, model = statement.net, pyo.ConcreteModel(name=statement.net.problem.name)
    columns: list[Any] = []
    upper = statement.sides.column_upper
    for name, block in net.blocks.items():
        keys = _keys(block.key)
        variable = pyo.Var(keys, domain=pyo.NonNegativeReals)
        setattr(model, name, variable)
        columns += [variable[key] for key in keys]
    for column in np.flatnonzero(np.isfinite(upper)).tolist():
        columns[column].setub(_plain(upper[column]))
    by_row = statement.matrix.tocsr()
    for name, rows in statement.equations().items():
        _state(model, name, rows, by_row[statement.first_row[name] :][: len(rows)], columns)
    model.rung_names = pyo.Set(initialize=list(statement.rung_of), ordered=True)
    model.objectives = pyo.Objective(model.rung_names, rule=lambda _, rung: _sum(statement.costs(rung), columns))
    return model


def _state(model: Any, name: str, rows: Rows, entries: Any, columns: list[Any]) -> None:  # noqa: ANN401
    constraint = pyo.Constraint(pyo.Any)
    setattr(model, name, constraint)
    sides = zip(rows.lower.tolist(), rows.upper.tolist(), strict=True)
    for number, (key, (lower, upper)) in enumerate(zip(_keys(rows.key), sides, strict=True)):
        span = slice(entries.indptr[number], entries.indptr[number + 1])
        pairs = zip(entries.data[span].tolist(), entries.indices[span].tolist(), strict=True)
        body = sum(_plain(factor) * columns[column] for factor, column in pairs)
        is_equation = lower == upper
        constraint[key] = body == _plain(upper) if is_equation else pyo.inequality(_side(lower), body, _side(upper))


def _sum(row: Numbers, columns: list[Any]) -> Any:  # noqa: ANN401
    return sum(_plain(row[column]) * columns[column] for column in np.flatnonzero(row).tolist())


def _side(value: float) -> float | None:
    return _plain(value) if np.isfinite(value) else None


def _plain(value: float) -> float:
    """Whole numbers without a decimal point, as people write them."""
    return int(value) if value == int(value) else value


def _keys(key: tuple[Any, ...]) -> list[Any]:
    rows = [column.tolist() if hasattr(column, "tolist") else column for column in key]
    return list(zip(*rows, strict=True)) if len(rows) > 1 else list(rows[0])
