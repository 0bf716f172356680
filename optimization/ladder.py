"""The ladder: each rung is minimised in turn and kept while the next is minimised (lexicographic ascent)."""

from collections.abc import Mapping, Sequence

from hemoflow.domain.errors import SolveError
from optimization.constraints import CONSTRAINTS, Model, state
from optimization.explain import tightest_requests
from optimization.objectives import PAPER_LADDER, climbed, state_rungs
from optimization.plan import Plan, complete
from optimization.problem import Instance
from optimization.solver import Program
from optimization.variables import declare

ROUNDING = 1e-9
"""Room left when a fractional optimum is kept."""
NEARLY_WHOLE = 1e-7
"""An optimum this close to a whole number is that number: fractional ones are ratios of small whole numbers."""
SMOOTHED = "supply_range"
BOUNDS = ("least", "most")


def solve(
    instance: Instance,
    ladder: Sequence[str] = PAPER_LADDER,
    *,
    tolerances: Mapping[str, int] | None = None,
    integer: bool = True,
    time_limit_s: float = 60.0,
) -> Plan:
    """The best plan of one blood group: least external units, then least range, then least outdates.

    With whole bounds of daily supply the program is a network flow, so integer mode makes integers of the two bounds
    only, and once they are fixed every vertex is a plan in whole units. It never costs an external unit. A tolerance
    cuts through the flow, so that with one every unit is an integer variable.

    Args:
        instance: The data.
        ladder: Names of rungs in the order in which they are kept; the tie-breaks follow where it does not name them.
        tolerances: Units by which a rung may be given up for later ones; 0 where it is not named.
        integer: Whole units, as blood comes in bags; otherwise the continuous optimum, for analysis.
        time_limit_s: Seconds for all rungs together.

    Raises:
        PolicyError: The ladder names an unknown rung, or one twice.
        SolveError: A rung ended without a proven optimum; the message names it and the tightest requests.
    """
    given_up = {name: units for name, units in (tolerances or {}).items() if units}
    rungs = climbed(ladder, given_up)
    program = Program(_state(instance, integer=integer), time_limit_s)
    if integer and given_up:
        program.make_integer()
    elif integer and SMOOTHED not in rungs:
        program.free(*BOUNDS)
    try:
        _ascend(program, ladder, given_up, integer=integer)
        if integer and not given_up and SMOOTHED in rungs:
            _settle_bounds(program)
        _ascend(program, rungs[len(ladder) :] or rungs[-1:], given_up, integer=integer)
    except SolveError as error:
        raise SolveError(str(error), remedy=tightest_requests(instance)) from error
    internal = program.values(*(f"internal[{t}]" for t in instance.days))
    external = program.values(*(f"external[{t}]" for t in instance.days))
    return complete(instance, internal, external, integer=integer)


def _ascend(program: Program, rungs: Sequence[str], given_up: Mapping[str, int], *, integer: bool) -> None:
    for rung in rungs:
        best = program.minimise(rung)
        is_whole = integer or abs(best - round(best)) < NEARLY_WHOLE
        program.keep(rung, (round(best) if is_whole else best + ROUNDING) + given_up.get(rung, 0))


def _settle_bounds(program: Program) -> None:
    """Fix the bounds of daily supply: what is left is a network flow, a plain linear program with whole vertices."""
    for bound, units in zip(BOUNDS, program.values(*BOUNDS), strict=True):
        program.fix(bound, round(units))


def _state(instance: Instance, *, integer: bool) -> Model:
    model = declare(instance, integer=integer)
    state_rungs(model)
    for equation in CONSTRAINTS:
        state(model, equation)
    return model
