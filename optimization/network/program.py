"""The bridge of the network to HiGHS: the one-group bridge, and rungs that are kept by their optimal face.

After a rung, every column with a reduced cost is fixed where it is and every row with a dual becomes an equation. That
keeps exactly the optimal plans, leaves the matrix a network, and shrinks with each rung. Where duals are not clean the
rung is kept by a limit row instead.
"""

import highspy
import numpy as np
import numpy.typing as npt

from optimization.constraints import Model
from optimization.solver import Program

MOST_FOR_SIMPLEX = 50_000
"""Non-zeros; beyond it the interior point is faster."""
CLEAN = 1e-6
"""Duals of a network with whole costs are whole; further from whole than this, they are not trusted."""
WEIGHT = 1000
"""Of rungs expected at 0, in one solve with the next; a wrong guess costs time, never an optimum."""
SMOOTHING_ROWS = ("least_supply", "most_supply")
INFINITE = float(highspy.kHighsInf)
Numbers = npt.NDArray[np.float64]


class NetworkProgram(Program):
    """A compiled network in HiGHS, for one climb of the ladder.

    Args:
        model: Variables, rungs and equations.
        time_limit_s: Limit in seconds for all rungs together.
        by_face: Whether rungs are kept by their optimal face where it can be trusted, or always by a limit row.
    """

    def __init__(self, model: Model, time_limit_s: float, *, by_face: bool = True) -> None:
        super().__init__(model, time_limit_s)
        self._by_face, self._is_mixed = by_face, False
        self._values: Numbers | None = None
        self._is_large = self.non_zeros > MOST_FOR_SIMPLEX
        if self._is_large:
            self._highs.setOptionValue("solver", "ipx")
        lp = self._highs.getLp()
        self._row_bounds: tuple[Numbers, Numbers] = (np.array(lp.row_lower_), np.array(lp.row_upper_))
        rows = [row.constraint.parent_component().local_name in SMOOTHING_ROWS for row in self._form.rows]
        self._smoothing = np.flatnonzero(rows).astype(np.int32)
        nowhere = np.full(len(self._smoothing), INFINITE)
        self._highs.changeRowsBounds(len(nowhere), self._smoothing, -nowhere, nowhere)

    @property
    def non_zeros(self) -> int:
        """Entries of the matrix."""
        return int(self._form.A.nnz)

    def climb_at_once(self, rungs: list[str]) -> bool:
        """Minimise rungs in one solve and keep them; refused where more than the last of them is above 0.

        The earlier ones weigh more. When all of them are at 0 they cannot be better, so that the last one is at its
        least beside them, and the face of the weighted sum is the face of them all.
        """
        costs = [self.costs(rung) for rung in rungs]
        if len(rungs) <= 1 or self._is_mixed or not self._by_face or min(row.min(initial=0) for row in costs) < 0:
            return False
        self._solve(rungs[-1], WEIGHT * sum(costs[:-1]) + costs[-1])
        return not any(map(self.value, rungs[:-1])) and self._keep_face()

    def climb(self, rung: str, tolerance: int = 0) -> float:
        """Minimise a rung, and keep it but for ``tolerance`` units that later rungs may give up.

        A rung that is at 0 already, where it cannot fall below, is kept without solving.

        Raises:
            SolveError: HiGHS did not prove an optimum; names the rung.
        """
        costs = self.costs(rung)
        is_at_nought = not costs.any() or (self._values is not None and self.value(rung) == 0)
        if is_at_nought and costs.min(initial=0) >= 0 and not tolerance:
            costly = np.flatnonzero(costs).astype(np.int32)
            self._highs.changeColsBounds(len(costly), costly, np.zeros(len(costly)), np.zeros(len(costly)))
            return 0.0
        best = self._solve(rung)
        if tolerance or not self._by_face or self._is_mixed or not self._keep_face():
            self.keep(rung, best + tolerance)
        return best

    def keep(self, rung: str, limit: float) -> None:
        """From now on the rung may not exceed ``limit``."""
        costs = self.costs(rung)
        used = np.flatnonzero(costs).astype(np.int32)
        room = limit if limit == int(limit) else limit + CLEAN / 10
        self._highs.addRow(-INFINITE, room, len(used), used, costs[used])

    def smooth(self, *, integer: bool) -> None:
        """Put the rows of the range into force; in whole units its bounds become integer columns."""
        lower, upper = (bounds[self._smoothing] for bounds in self._row_bounds)
        self._highs.changeRowsBounds(len(self._smoothing), self._smoothing, lower, upper)
        self._values = None
        if integer:
            self._mix([column.parent_component().local_name in {"least", "most"} for column in self._form.columns])

    def make_whole(self, rung: str) -> None:
        """Solve the last rung once more in whole units, where limit rows have left fractions."""
        if np.abs(self.values_now - self.values_now.round()).max(initial=0) > CLEAN:
            self._mix([True] * len(self._form.columns))
            self._solve(rung)
        self._values = self.values_now.round()

    def value(self, rung: str) -> float:
        """What a rung is at in the last solution."""
        return _tidy(float(self.costs(rung) @ self.values_now))

    @property
    def values_now(self) -> Numbers:
        """The last solution, column by column; solved for the first rung when no rung needed it."""
        if self._values is None:
            self._solve(next(iter(self._rungs)))
        assert self._values is not None  # noqa: S101 - tells the type checker what _solve did
        return self._values

    def read_back(self) -> None:
        """Write the last solution into the variables of the model."""
        for column, value in zip(self._form.columns, self.values_now.tolist(), strict=True):
            column.set_value(value, skip_validation=True)

    def _solve(self, rung: str, costs: Numbers | None = None) -> float:
        if not self._form.columns:  # nothing to decide, and HiGHS calls that no optimum
            self._values = np.zeros(0)
            return 0.0
        if self._is_large:
            self._highs.clearSolver()  # a basis would switch presolve and the interior point off
        best = _tidy(self.minimise(rung, costs))
        self._values = np.array(self._highs.getSolution().col_value)
        return best

    def _keep_face(self) -> bool:
        """Fix what the optimum fixes; refused where a dual is not whole."""
        solution, lp = self._highs.getSolution(), self._highs.getLp()
        column_duals, row_duals = np.array(solution.col_dual), np.array(solution.row_dual)
        if not (_is_clean(column_duals) and _is_clean(row_duals)):
            return False
        for duals, lower, upper, at, change in (
            (column_duals, lp.col_lower_, lp.col_upper_, solution.col_value, self._highs.changeColsBounds),
            (row_duals, lp.row_lower_, lp.row_upper_, solution.row_value, self._highs.changeRowsBounds),
        ):
            tight = np.flatnonzero(np.abs(duals) > CLEAN).astype(np.int32)
            sides = _nearest(np.array(at)[tight], np.array(lower)[tight], np.array(upper)[tight])
            change(len(tight), tight, sides, sides)
        return True

    def _mix(self, is_integer: list[bool]) -> None:
        kinds = np.array([int(kind) for kind in is_integer], dtype=np.uint8)
        self._highs.changeColsIntegrality(len(kinds), np.arange(len(kinds), dtype=np.int32), kinds)
        self._highs.setOptionValue("solver", "choose")
        self._is_mixed = True


def _is_clean(duals: Numbers) -> bool:
    return bool(np.abs(duals - duals.round()).max(initial=0) < CLEAN)


def _nearest(at: Numbers, lower: Numbers, upper: Numbers) -> Numbers:
    return np.where(np.abs(at - lower) <= np.abs(upper - at), lower, upper)


def _tidy(value: float) -> float:
    return float(round(value)) if abs(value - round(value)) < CLEAN else value
