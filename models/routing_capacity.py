"""Sharing out the home team's minutes: a knapsack, solved exactly and the same way every time."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

from hemoflow.domain.errors import SolveError

Counts = NDArray[np.int64]


def share_out(benefits: Sequence[int], minutes: Sequence[int], capacity: int) -> list[bool]:
    """Who is served at home: greatest total benefit within the capacity, earlier patients first on ties.

    Two binary programs with whole coefficients: the greatest benefit, then, at that benefit, the smallest sum of
    positions. The density benefit / minutes orders a plain greedy rule; this is its exact counterpart.

    Args:
        benefits: Benefit of each patient, in the order that decides ties; at least 1.
        minutes: Nurse minutes of each, at least 1.
        capacity: Nurse minutes there are.

    Raises:
        SolveError: HiGHS did not prove an optimum, which these sizes never show.
    """
    gain, cost = np.asarray(benefits, dtype=np.int64), np.asarray(minutes, dtype=np.int64)
    if not len(gain):
        return []
    fits = LinearConstraint(cost, ub=capacity)
    best = int(gain @ _solve(-gain, [fits]))
    # Half a unit of slack keeps whole benefits exact under the solver's tolerance.
    chosen = _solve(np.arange(1, len(gain) + 1), [fits, LinearConstraint(gain, lb=best - 0.5)])
    return [bool(taken) for taken in chosen]


def _solve(costs: Counts, constraints: list[LinearConstraint]) -> Counts:
    result = milp(
        costs,
        integrality=np.ones(len(costs)),
        bounds=Bounds(0, 1),
        constraints=constraints,
        options={"mip_rel_gap": 0.0},
    )
    if result.status != 0:
        raise SolveError(f"Home capacity was not shared out: {result.message}", remedy="Report the day's input.")
    return np.asarray(np.rint(result.x), dtype=np.int64)
