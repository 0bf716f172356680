"""The network's ladder: each rung of the policy's order is minimised in turn and kept while the next is minimised."""

from collections.abc import Mapping

from hemoflow.domain.errors import SolveError
from optimization.network.objectives import BY_TIER, CLINICAL
from optimization.network.plan import NetworkPlan, read_plan
from optimization.network.problem import NetworkProblem
from optimization.network.program import CLEAN, NetworkProgram
from optimization.network.statement import SMOOTHED, Statement


def solve(
    problem: NetworkProblem,
    ladder: tuple[str, ...] = CLINICAL,
    *,
    tolerances: Mapping[str, int] | None = None,
    integer: bool = True,
    time_limit_s: float = 60.0,
) -> NetworkPlan:
    """The best plan of a network by the rungs of a ladder.

    Args:
        problem: The data.
        ladder: Names of rungs in the order in which they are kept; ``PAPER`` and ``CLINICAL`` are two.
        tolerances: Units by which a rung may be given up for later ones; 0 where it is not named.
        integer: Whole units, as blood comes in bags; otherwise the continuous optimum, for analysis.
        time_limit_s: Seconds for all rungs together.

    Raises:
        PolicyError: The ladder names an unknown rung, or one twice.
        SolveError: A rung ended without a proven optimum, or a later rung gave it up; the message names it.
    """
    statement = Statement(problem, ladder)
    lost: list[str] = []
    for by_face in (True, False):  # what rounding could spoil is found out below; limit rows spoil nothing
        program = NetworkProgram(statement, time_limit_s, by_face=by_face)
        values, lost = climb(program, tolerances or {}, integer=integer)
        if not lost:
            return read_plan(statement.net, program.values_now, values, integer=integer)
    raise SolveError(
        f"{problem.name}: later rungs gave up {', '.join(lost)}.", remedy="Nothing is published; report it."
    )


def climb(
    program: NetworkProgram, tolerances: Mapping[str, int], *, integer: bool
) -> tuple[dict[str, float], list[str]]:
    """The value of every rung at the end of the climb, and the rungs that were given up on the way."""
    limits: dict[str, float] = {}
    rung_of = program.statement.rung_of
    left = list(rung_of)
    while left and rung_of[left[0]] in BY_TIER and program.settle_at_nought(left[0]):
        limits[left.pop(0)] = 0.0
    while left:
        batch = _together(left, rung_of, tolerances)
        settled = program.climb_at_once(batch) if batch else 0
        if not settled and len(batch) > 1:
            settled = program.climb_at_once(batch[:1])
        limits |= {rung: program.value(rung) for rung in batch[:settled]}
        left = left[settled:]
        if not settled:
            rung = left.pop(0)
            if rung_of[rung] == SMOOTHED:
                program.smooth(integer=integer)
            tolerance = tolerances.get(rung_of[rung], 0)
            limits[rung] = program.climb(rung, tolerance) + tolerance
    if integer:
        program.make_whole(next(reversed(limits)))
    program.cancel_rounds()
    values = {rung: program.value(rung) for rung in limits}
    return values, [
        f"{rung} ({values[rung]:g} for {best:g})" for rung, best in limits.items() if values[rung] > best + CLEAN
    ]


def _together(left: list[str], rung_of: Mapping[str, str], tolerances: Mapping[str, int]) -> list[str]:
    """The next rungs that may share a solve: no tolerance among them, and not the range."""
    batch: list[str] = []
    for rung in left:
        if rung_of[rung] == SMOOTHED or tolerances.get(rung_of[rung]):
            break
        batch.append(rung)
    return batch
