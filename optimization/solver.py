"""The bridge from Pyomo, which states the algebra, to HiGHS, which solves it.

Pyomo compiles the model once into its standard form, and the arrays go to HiGHS directly. Between rungs only costs and
single bounds change, so HiGHS goes on from the last basis. Measured on 30 days, build included: a third of the time of
the stock Pyomo interface, which builds its own model afresh for every rung.
"""

from functools import cached_property
from typing import Any

import highspy
import numpy as np
import numpy.typing as npt
import scipy.sparse  # noqa: F401 - the compiler loads it on first use otherwise, in the middle of a timed run
from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler

from hemoflow.domain.errors import SolveError
from optimization.constraints import Model

OPTIONS: dict[str, Any] = {
    "output_flag": False,
    "threads": 1,
    "parallel": "off",
    "random_seed": 0,
    "solver": "simplex",  # a vertex is wanted: only vertices are whole
    "primal_feasibility_tolerance": 1e-9,
    "dual_feasibility_tolerance": 1e-9,
    "mip_feasibility_tolerance": 1e-9,
    "mip_rel_gap": 0.0,
    "mip_abs_gap": 0.0,
}
WHOLE_GAP = 1 - 1e-6


class Program:
    """A compiled model in HiGHS.

    Args:
        model: Variables, rungs and equations.
        time_limit_s: Limit in seconds for all rungs together; HiGHS's clock runs on from solve to solve.
        is_whole: Whether every rung is a whole number in every whole solution; within less than one of its bound, such
            a solution is proven, and HiGHS need not close the rest.
    """

    def __init__(self, model: Model, time_limit_s: float, *, is_whole: bool = False) -> None:
        form = LinearStandardFormCompiler().write(model, mixed_form=True)
        self._model = model  # columns and rows know their names only while their model lives
        self._form = form
        self._costs = form.c.tocsr()
        self._rungs = {objective.index(): number for number, objective in enumerate(form.objectives)}
        self._highs: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        gap = {"mip_abs_gap": WHOLE_GAP} if is_whole else {}
        for option, value in {**OPTIONS, **gap, "time_limit": time_limit_s}.items():
            self._highs.setOptionValue(option, value)
        self._highs.passModel(_arrays(form))

    @cached_property
    def _columns(self) -> dict[str, int]:
        return {column.name: index for index, column in enumerate(self._form.columns)}

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {row.constraint.name: index for index, row in enumerate(self._form.rows)}

    def costs(self, rung: str) -> npt.NDArray[np.float64]:
        """Coefficients of a rung, column by column."""
        row = self._costs[self._rungs[rung]]
        return np.asarray(row.toarray(), dtype=np.float64).ravel()

    def minimise(self, rung: str, costs: npt.NDArray[np.float64] | None = None) -> float:
        """The least value of a rung, or of other ``costs`` on its behalf, under all limits so far.

        Raises:
            SolveError: HiGHS did not prove an optimum; names the rung.
        """
        costs = self.costs(rung) if costs is None else costs
        self._highs.changeColsCost(len(costs), np.arange(len(costs), dtype=np.int32), costs)
        self._highs.run()
        status = self._highs.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            words = self._highs.modelStatusToString(status).lower()
            seconds = self._highs.getRunTime()
            raise SolveError(
                f"{self._model.name}: the rung {rung} ended without an optimum ({words}) after {seconds:.1f} s.",
                remedy="Nothing is published; raise its time limit in the policy, or shorten the horizon.",
            )
        return float(self._highs.getInfo().objective_function_value)

    def keep(self, rung: str, limit: float) -> None:
        """From now on the rung may not exceed ``limit``; one that is the same in every plan has no row."""
        row = self._rows.get(f"rung_kept[{rung}]")
        if row is not None:
            self._highs.changeRowBounds(row, -highspy.kHighsInf, limit)

    def fix(self, column: str, value: float) -> None:
        """From now on the column has this value and is no longer an integer variable."""
        self._highs.changeColBounds(self._columns[column], value, value)
        self._highs.changeColIntegrality(self._columns[column], highspy.HighsVarType.kContinuous)

    def free(self, *columns: str) -> None:
        """From now on the columns need not be whole."""
        for column in columns:
            self._highs.changeColIntegrality(self._columns[column], highspy.HighsVarType.kContinuous)

    def make_integer(self) -> None:
        """From now on every column is whole."""
        count = len(self._form.columns)
        kinds = np.full(count, int(highspy.HighsVarType.kInteger), dtype=np.uint8)
        self._highs.changeColsIntegrality(count, np.arange(count, dtype=np.int32), kinds)

    def values(self, *names: str) -> list[float]:
        """Values of the named columns in the last solution."""
        solution = self._highs.getSolution().col_value
        return [solution[self._columns[name]] for name in names]


def _arrays(form: Any) -> highspy.HighsLp:  # noqa: ANN401
    sense = np.array([row.bound_type for row in form.rows])
    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = form.A.shape
    lp.col_cost_ = np.zeros(lp.num_col_)
    lp.col_lower_ = np.array([_bound(column.lb, -highspy.kHighsInf) for column in form.columns])
    lp.col_upper_ = np.array([_bound(column.ub, highspy.kHighsInf) for column in form.columns])
    lp.row_lower_ = np.where(sense <= 0, form.rhs, -highspy.kHighsInf)
    lp.row_upper_ = np.where(sense >= 0, form.rhs, highspy.kHighsInf)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = form.A.indptr, form.A.indices, form.A.data
    if any(column.is_integer() for column in form.columns):
        kinds = highspy.HighsVarType
        lp.integrality_ = [kinds.kInteger if column.is_integer() else kinds.kContinuous for column in form.columns]
    return lp


def _bound(value: float | None, missing: float) -> float:
    return missing if value is None else float(value)
