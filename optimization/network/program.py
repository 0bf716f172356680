"""The bridge of the network to HiGHS: arrays in, rungs kept by their optimal face, arrays out.

After a rung, every column with a reduced cost is fixed where it is and every row with a dual becomes an equation. That
keeps exactly the optimal plans, leaves the matrix a network, and shrinks with each rung. Several rungs are settled in
one solve of their weighted sum as far as the digits of its duals prove it. Where no proof is found the rung is kept by
a limit row instead.
"""

from typing import Any

import highspy
import numpy as np
import scipy.sparse

from hemoflow.domain.errors import SolveError
from optimization.network.arrays import Flags, Numbers
from optimization.network.certificate import NEAR, Proof, Vertex, digits, prove
from optimization.network.figures import Figures
from optimization.network.problem import NetworkProblem
from optimization.network.statement import Sides, Statement
from optimization.solver import OPTIONS

MOST_FOR_SIMPLEX = 200_000
"""Non-zeros; beyond it the interior point is faster."""
CLEAN = 1e-6
"""Less than this of a unit is no unit."""
BASE = 10.0
"""Units of a later rung that one unit of an earlier one outweighs; too few cost a second solve, never an optimum."""
LARGEST = 1e9
"""Greatest weight; the solver's tolerances are absolute."""
INFINITE = float(highspy.kHighsInf)


class NetworkProgram:
    """A stated network in HiGHS, for one climb of the ladder.

    Args:
        statement: Columns, rows and rungs.
        time_limit_s: Limit in seconds for all rungs together; HiGHS's clock runs on from solve to solve.
        by_face: Whether rungs are kept by their optimal face where it can be proven, or always by a limit row.
    """

    def __init__(self, statement: Statement, time_limit_s: float, *, by_face: bool = True) -> None:
        self.statement, self._by_face = statement, by_face
        self._highs: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        self._options: dict[str, Any] = {**OPTIONS, "time_limit": time_limit_s}
        self._is_large = self.non_zeros > MOST_FOR_SIMPLEX
        if self._is_large:
            self._options["solver"] = "ipx"
        for option, value in self._options.items():
            self._highs.setOptionValue(option, value)
        pass_arrays(self._highs, statement)
        self._start(statement.sides)

    def _start(self, sides: Sides) -> None:
        """Fresh bounds, with the rows of the range out of force."""
        self._is_mixed, self._matrix = False, self.statement.matrix
        self._values: Numbers | None = None
        self._row_lower, self._row_upper = sides.lower.copy(), sides.upper.copy()
        self._column_lower, self._column_upper = np.zeros(len(sides.column_upper)), sides.column_upper.copy()
        first = self.statement.first_row.get("least_supply", self.statement.rows)
        self._smoothing = np.arange(first, self.statement.rows, dtype=np.int32)
        if len(self._smoothing):
            nowhere = np.full(len(self._smoothing), INFINITE)
            self._bound_rows(self._smoothing, -nowhere, nowhere)

    def renew(self, problem: NetworkProblem, figures: Figures) -> None:
        """Put another day's figures, as the network read them, in place of those of now: only bounds change."""
        self.statement.net.problem, self.statement.net.figures = problem, figures
        if self._is_mixed:
            self._mix(np.zeros(self.statement.net.size, bool))
            self._highs.setOptionValue("solver", self._options["solver"])
        limit_rows = np.arange(self.statement.rows, self._matrix.shape[0], dtype=np.int32)
        self._highs.deleteRows(len(limit_rows), limit_rows)
        new = self.statement.sides = self.statement.sides_now()
        lower = np.zeros(len(new.column_upper))
        rows_now = self._row_lower[: self.statement.rows], self._row_upper[: self.statement.rows]
        rows = np.flatnonzero((rows_now[0] != new.lower) | (rows_now[1] != new.upper)).astype(np.int32)
        columns = np.flatnonzero((self._column_lower != 0) | (self._column_upper != new.column_upper)).astype(np.int32)
        self._highs.changeRowsBounds(len(rows), rows, new.lower[rows], new.upper[rows])
        self._highs.changeColsBounds(len(columns), columns, lower[columns], new.column_upper[columns])
        self._start(new)

    @property
    def non_zeros(self) -> int:
        """Entries of the matrix."""
        return int(self.statement.matrix.nnz)

    def climb_at_once(self, rungs: list[str]) -> int:
        """Minimise the weighted sum of rungs; those that it is proven to settle, the first ones, are kept.

        Returns:
            How many were settled; 0 where nothing could be proven.
        """
        if self._is_mixed or not self._by_face:
            return 0
        rungs = rungs[: 1 + int(np.log(LARGEST) / np.log(BASE))]
        costs = [self.statement.costs(rung) for rung in rungs]
        weights = [BASE**place for place in reversed(range(len(rungs)))]
        self._solve(rungs[-1], np.array(weights) @ np.stack(costs))
        solution = self._highs.getSolution()
        duals, activity = np.array(solution.row_dual), np.array(solution.row_value)
        columns = Vertex(self.values_now, self._column_lower, self._column_upper)
        rows = Vertex(activity, self._row_lower, self._row_upper)
        proof = prove(self._matrix, costs, digits(duals, weights), columns, rows)
        if proof.rungs:
            self._keep_face(proof, columns, rows)
        return proof.rungs

    def settle_at_nought(self, rung: str) -> bool:
        """Keep a first rung of shortage at 0 without a solve, where an unlimited source outside can serve all of it."""
        costly = np.flatnonzero(self.statement.costs(rung)).astype(np.int32)
        if not self._by_face or not self.statement.net.can_be_served_from_outside[costly].all():
            return False
        self._bound_columns(costly, np.zeros(len(costly)), np.zeros(len(costly)))
        return True

    def climb(self, rung: str, tolerance: int = 0) -> float:
        """Minimise a rung and keep it by a limit row, but for ``tolerance`` units that later rungs may give up.

        A rung that is at 0 already, where it cannot fall below, is kept without solving.

        Raises:
            SolveError: HiGHS did not prove an optimum; names the rung.
        """
        costs = self.statement.costs(rung)
        is_at_nought = not costs.any() or (self._values is not None and self.value(rung) == 0)
        if is_at_nought and costs.min(initial=0) >= 0 and not tolerance:
            costly = np.flatnonzero(costs).astype(np.int32)
            self._bound_columns(costly, np.zeros(len(costly)), np.zeros(len(costly)))
            return 0.0
        best = self._solve(rung, costs)
        self._keep(costs, best + tolerance)
        return best

    def smooth(self, *, integer: bool) -> None:
        """Put the rows of the range into force; in whole units its bounds become integer columns."""
        lower, upper = self.statement.sides.lower[self._smoothing], self.statement.sides.upper[self._smoothing]
        self._bound_rows(self._smoothing, lower, upper)
        self._values = None
        if integer:
            is_bound = np.zeros(self.statement.net.size, bool)
            is_bound[self.statement.net.least.all] = is_bound[self.statement.net.most.all] = True
            self._mix(is_bound)

    def make_whole(self, rung: str) -> None:
        """Solve the last rung once more in whole units, where limit rows have left fractions."""
        if np.abs(self.values_now - self.values_now.round()).max(initial=0) > CLEAN:
            self._mix(np.ones(self.statement.net.size, bool))
            self._solve(rung, self.statement.costs(rung))
        self._values = self.values_now.round()

    def value(self, rung: str) -> float:
        """What a rung is at in the last solution."""
        return _tidy(float(self.statement.costs(rung) @ self.values_now))

    @property
    def values_now(self) -> Numbers:
        """The last solution, column by column; solved for the first rung when no rung needed it."""
        if self._values is None:
            first = next(iter(self.statement.rung_of))
            self._solve(first, self.statement.costs(first))
        assert self._values is not None  # noqa: S101 - tells the type checker what _solve did
        return self._values

    def _solve(self, rung: str, costs: Numbers) -> float:
        """Minimise costs on behalf of a rung."""
        size = self.statement.net.size
        if not size:  # nothing to decide, and HiGHS calls that no optimum
            self._values = np.zeros(0)
            return 0.0
        self._highs.changeColsCost(size, np.arange(size, dtype=np.int32), costs)
        if self._is_large:
            self._highs.clearSolver()  # a basis would switch presolve and the interior point off
        self._highs.run()
        status = self._highs.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            words, seconds = self._highs.modelStatusToString(status).lower(), self._highs.getRunTime()
            raise SolveError(
                f"{self.statement.net.problem.name}: the rung {rung} ended without an optimum ({words}) "
                f"after {seconds:.1f} s.",
                remedy="Nothing is published; raise supply.solver_time_limit_s or shorten the horizon.",
            )
        self._values = np.array(self._highs.getSolution().col_value)
        return _tidy(float(self._highs.getInfo().objective_function_value))

    def _keep(self, costs: Numbers, limit: float) -> None:
        """From now on the costs may not exceed ``limit``."""
        used = np.flatnonzero(costs).astype(np.int32)
        room = limit if limit == int(limit) else limit + CLEAN / 10
        self._highs.addRow(-INFINITE, room, len(used), used, costs[used])
        self._matrix = scipy.sparse.vstack([self._matrix, costs[None, :]], format="csc")
        self._row_lower, self._row_upper = np.append(self._row_lower, -INFINITE), np.append(self._row_upper, room)

    def _keep_face(self, proof: Proof, columns: Vertex, rows: Vertex) -> None:
        for is_fixed, vertex, bound in (
            (proof.fixed_columns, columns, self._bound_columns),
            (proof.fixed_rows, rows, self._bound_rows),
        ):
            tight = np.flatnonzero(is_fixed & (vertex.lower < vertex.upper)).astype(np.int32)
            side = np.where(vertex.at[tight] < vertex.upper[tight] - NEAR, vertex.lower[tight], vertex.upper[tight])
            bound(tight, side, side)

    def _bound_rows(self, which: "np.ndarray[Any, Any]", lower: Numbers, upper: Numbers) -> None:
        self._row_lower[which], self._row_upper[which] = lower, upper
        self._highs.changeRowsBounds(len(which), which, lower, upper)

    def _bound_columns(self, which: "np.ndarray[Any, Any]", lower: Numbers, upper: Numbers) -> None:
        self._column_lower[which], self._column_upper[which] = lower, upper
        self._highs.changeColsBounds(len(which), which, lower, upper)

    def _mix(self, is_integer: Flags) -> None:
        kinds = is_integer.astype(np.uint8)
        self._highs.changeColsIntegrality(len(kinds), np.arange(len(kinds), dtype=np.int32), kinds)
        self._highs.setOptionValue("solver", "choose")
        self._is_mixed = True


def pass_arrays(highs: Any, statement: Statement) -> None:  # noqa: ANN401 - highspy is untyped
    """Hand a statement's arrays to HiGHS."""
    matrix, sides, size = statement.matrix, statement.sides, statement.net.size
    nought = np.zeros(size)
    by_column, minimise = int(highspy.MatrixFormat.kColwise), int(highspy.ObjSense.kMinimize)
    highs.passModel(
        size,
        statement.rows,
        matrix.nnz,
        by_column,
        minimise,
        0.0,
        nought,
        nought,
        sides.column_upper,
        sides.lower,
        sides.upper,
        matrix.indptr,
        matrix.indices,
        matrix.data,
        np.zeros(size, np.int32),
    )


def _tidy(value: float) -> float:
    return float(round(value)) if abs(value - round(value)) < CLEAN else value
