"""The network's ladder: each rung of the policy's order is minimised in turn and kept while the next is minimised."""

from collections.abc import Mapping

from hemoflow.domain.errors import SolveError
from optimization.constraints import Model, state
from optimization.network.constraints import CONSTRAINTS, SMOOTHING
from optimization.network.objectives import CLINICAL, expand, label, state_rungs
from optimization.network.plan import NetworkPlan, read_plan
from optimization.network.problem import NetworkProblem
from optimization.network.program import CLEAN, NetworkProgram
from optimization.network.variables import declare

SMOOTHED = "supply_range"
NOUGHT_IN_GOOD_TIMES = frozenset({"very_urgent_shortage", "other_shortage", "emergency_units"})


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
    model = state_network(problem, ladder)
    lost: list[str] = []
    for by_face in (True, False):  # duals that only look clean could cut an optimum off; limit rows cannot
        program = NetworkProgram(model, time_limit_s, by_face=by_face)
        values, lost = climb(program, model, tolerances or {}, integer=integer)
        if not lost:
            program.read_back()
            return read_plan(model, values, integer=integer)
    raise SolveError(
        f"{problem.name}: later rungs gave up {', '.join(lost)}.", remedy="Nothing is published; report it."
    )


def state_network(problem: NetworkProblem, ladder: tuple[str, ...]) -> Model:
    """The whole program as a Pyomo model: variables, the rungs of the ladder, equations."""
    rungs = expand(ladder, sorted({request.shortage_tier for request in problem.requests}))
    is_smoothed = SMOOTHED in ladder
    model = declare(problem, is_smoothed=is_smoothed)
    state_rungs(model, rungs)
    model.rung_of = {label(name, tier): name for name, tier in rungs}
    for equation in CONSTRAINTS + (SMOOTHING if is_smoothed else ()):
        state(model, equation)
    return model


def climb(
    program: NetworkProgram, model: Model, tolerances: Mapping[str, int], *, integer: bool
) -> tuple[dict[str, float], list[str]]:
    """The value of every rung at the end of the climb, and the rungs that were given up on the way."""
    limits: dict[str, float] = {}
    leading = [
        rung for rung, name in model.rung_of.items() if name in NOUGHT_IN_GOOD_TIMES and not tolerances.get(name)
    ]
    if leading == list(model.rung_of)[: len(leading)] and program.climb_at_once(leading):
        limits = {rung: program.value(rung) for rung in leading}
    for rung, name in list(model.rung_of.items())[len(limits) :]:
        if name == SMOOTHED:
            program.smooth(integer=integer)
        limits[rung] = program.climb(rung, tolerances.get(name, 0)) + tolerances.get(name, 0)
    if integer:
        program.make_whole(next(reversed(limits)))
    values = {rung: program.value(rung) for rung in limits}
    return values, [
        f"{rung} ({values[rung]:g} for {best:g})" for rung, best in limits.items() if values[rung] > best + CLEAN
    ]
