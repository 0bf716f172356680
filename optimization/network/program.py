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
from optimization.network.arrays import Flags, Numbers, Whole
from optimization.network.certificate import NEAR, Proof, Vertex, digits, prove
from optimization.network.figures import Figures
from optimization.network.pricing import dispensable, weigh, worthwhile
from optimization.network.problem import NetworkProblem
from optimization.network.rounds import without_rounds
from optimization.network.statement import Statement
from optimization.solver import OPTIONS

CLEAN = 1e-6
"""Less than this of a unit is no unit."""
PRICED_FROM = 20_000
"""Non-zeros from which a solve starts without the columns that it can most likely do without."""
DUAL, PRIMAL = 1, 4
"""Simplex methods: from scratch, and from a plan that stays possible when columns are let in."""
PERTURBATIONS = "dual_simplex_cost_perturbation_multiplier", "primal_simplex_bound_perturbation_multiplier"
"""Without them a solve takes half the steps where few columns are open; with all open the simplex method needs them."""
INFINITE = float(highspy.kHighsInf)


class NetworkProgram:
    """A stated network in HiGHS, for one climb of the ladder.

    Args:
        statement: Columns, rows and rungs.
        time_limit_s: Limit in seconds for all rungs together; HiGHS's clock runs on from solve to solve.
        by_face: Whether rungs are kept by their optimal face where it can be proven, or always by a limit row.
        priced_from: Non-zeros from which columns are let in only when the prices ask for them.
    """

    def __init__(
        self, statement: Statement, time_limit_s: float, *, by_face: bool = True, priced_from: int = PRICED_FROM
    ) -> None:
        self.statement, self._by_face = statement, by_face
        self._highs: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        self._options: dict[str, Any] = {**OPTIONS, "time_limit": time_limit_s}
        self._is_priced = self.non_zeros >= priced_from
        for option, value in self._options.items():
            self._highs.setOptionValue(option, value)
        pass_arrays(self._highs, statement)
        sides = statement.sides
        self._row_lower, self._row_upper = sides.lower.copy(), sides.upper.copy()
        self._column_lower, self._column_upper = np.zeros(statement.net.size), sides.column_upper.copy()
        self._start()

    def _start(self) -> None:
        """No solution, no rung kept, and the rows of the range out of force."""
        self._is_mixed, self._matrix = False, self.statement.matrix
        self._values: Numbers | None = None
        self._duals = self._activity = np.zeros(0)
        self._touched: list[Whole] = []
        first = self.statement.first_row.get("least_supply", self.statement.rows)
        self._smoothing = np.arange(first, self.statement.rows, dtype=np.int32)
        if len(self._smoothing):
            nowhere = np.full(len(self._smoothing), INFINITE)
            self._bound_rows(self._smoothing, -nowhere, nowhere)

    def renew(self, problem: NetworkProblem, figures: Figures) -> None:
        """Put another day's figures, as the network read them, in place of those of now: only bounds change."""
        statement, rows_of_all = self.statement, self.statement.rows
        statement.net.problem, statement.net.figures = problem, figures
        if self._is_mixed:
            self._mix(np.zeros(statement.net.size, bool))
            self._highs.setOptionValue("solver", self._options["solver"])
        limit_rows = np.arange(rows_of_all, self._matrix.shape[0], dtype=np.int32)
        self._highs.deleteRows(len(limit_rows), limit_rows)
        statement.take_figures()
        new = statement.sides
        self._row_lower, self._row_upper = self._row_lower[:rows_of_all], self._row_upper[:rows_of_all]
        rows = np.flatnonzero((self._row_lower != new.lower) | (self._row_upper != new.upper)).astype(np.int32)
        self._bound_rows(rows, new.lower[rows], new.upper[rows])
        columns = self._to_renew(new.column_upper)
        self._bound_columns(columns, np.zeros(len(columns)), new.column_upper[columns])
        self._start()

    def _to_renew(self, upper: Numbers) -> "np.ndarray[Any, Any]":
        """Columns with figures of their own or changed since the start, where they differ from what they are to be."""
        is_open = np.zeros(len(upper), bool)
        for which in (self.statement.net.waiting.all, *self._touched):
            is_open[which] = True
        columns = np.flatnonzero(is_open).astype(np.int32)
        differs = (self._column_lower[columns] != 0) | (self._column_upper[columns] != upper[columns])
        return np.compress(differs, columns)

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
        weights = weigh([self.statement.costs(rung) for rung in rungs])
        rungs = rungs[: len(weights)]
        costs = [self.statement.costs(rung) for rung in rungs]
        self._solve_with_few(rungs[-1], np.array(weights) @ np.stack(costs))
        columns = Vertex(self.values_now, self._column_lower, self._column_upper)
        rows = Vertex(self._activity, self._row_lower, self._row_upper)
        proof = prove(self._matrix, costs, digits(self._duals, weights), columns, rows)
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

    def cancel_rounds(self) -> None:
        """Take out transfers that go round within a day: they cost nothing and no unit makes them."""
        self._values = without_rounds(self.statement.net, self.values_now)

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

    def _solve_with_few(self, rung: str, costs: Numbers) -> None:
        """Minimise costs with the columns that are worth it, and prove by their prices that the others are not."""
        is_shut = dispensable(self.statement.net) if self._is_priced else np.zeros(0, bool)
        if is_shut.any():
            is_shut &= self._column_upper == INFINITE
            if self._values is not None:
                is_shut &= self._values == 0  # so that the plan of now stays possible
        self._shut(np.flatnonzero(is_shut).astype(np.int32), 0.0)
        self._go_by(DUAL, 0.0 if is_shut.any() else 1.0)
        while True:
            self._solve(rung, costs)
            if not is_shut.any():
                break
            wanted = worthwhile(self._matrix, costs, self._duals, is_shut)
            is_shut &= ~wanted
            self._shut(np.flatnonzero(wanted if wanted.any() else is_shut).astype(np.int32), INFINITE)
            if not wanted.any():
                break
            self._go_by(PRIMAL, 0.0)
        self._go_by(DUAL, 1.0)

    def _go_by(self, method: int, perturbation: float) -> None:
        self._highs.setOptionValue("simplex_strategy", method)
        for option in PERTURBATIONS:
            self._highs.setOptionValue(option, perturbation)

    def _shut(self, which: "np.ndarray[Any, Any]", upper: float) -> None:
        """Columns at 0 for now, or open again; what is kept of their bounds stays as it is."""
        self._highs.changeColsBounds(len(which), which, np.zeros(len(which)), np.full(len(which), upper))

    def _solve(self, rung: str, costs: Numbers) -> float:
        """Minimise costs on behalf of a rung."""
        size = self.statement.net.size
        if not size:  # nothing to decide, and HiGHS calls that no optimum
            self._values, self._duals, self._activity = np.zeros(0), np.zeros(self._matrix.shape[0]), np.zeros(0)
            return 0.0
        self._highs.changeColsCost(size, np.arange(size, dtype=np.int32), costs)
        self._highs.run()
        status = self._highs.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            words, seconds = self._highs.modelStatusToString(status).lower(), self._highs.getRunTime()
            raise SolveError(
                f"{self.statement.net.problem.name}: the rung {rung} ended without an optimum ({words}) "
                f"after {seconds:.1f} s.",
                remedy="Nothing is published; raise its time limit in the policy, or shorten the horizon.",
            )
        solution = self._highs.getSolution()
        self._values = np.array(solution.col_value)
        self._duals, self._activity = np.array(solution.row_dual), np.array(solution.row_value)
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
        self._touched.append(which)
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
