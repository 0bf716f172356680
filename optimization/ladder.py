"""The ladder: each rung is minimised in turn and kept while the next is minimised (lexicographic ascent)."""

from optimization.constraints import CONSTRAINTS, Model, state
from optimization.objectives import LADDER, TIE_BREAK, Rung, state_rungs
from optimization.plan import Plan, complete
from optimization.problem import Instance
from optimization.solver import Program
from optimization.variables import declare

ROUNDING = 1e-9
"""Room left when a fractional optimum is kept."""
NEARLY_WHOLE = 1e-7
"""An optimum this close to a whole number is that number: fractional ones are ratios of small whole numbers."""


def solve(instance: Instance, *, integer: bool = True, time_limit_s: float = 60.0) -> Plan:
    """The best plan of one blood group: least external units, then least range, then least outdates.

    With whole bounds of daily supply the program is a network flow, so integer mode makes integers of the two bounds
    only, and once they are fixed every vertex is a plan in whole units. It never costs an external unit.

    Args:
        instance: The data.
        integer: Whole units, as blood comes in bags; otherwise the continuous optimum, for analysis.
        time_limit_s: Seconds for all rungs together.

    Raises:
        SolveError: A rung ended without a proven optimum; the message names it.
    """
    program = Program(_state(instance, integer=integer), time_limit_s)
    for rung in LADDER:
        _climb(program, rung, integer=integer)
    if integer:
        for bound, units in zip(("least", "most"), program.values("least", "most"), strict=True):
            program.fix(bound, round(units))
    for rung in TIE_BREAK:
        _climb(program, rung, integer=integer)
    internal = program.values(*(f"internal[{t}]" for t in instance.days))
    external = program.values(*(f"external[{t}]" for t in instance.days))
    return complete(instance, internal, external, integer=integer)


def _climb(program: Program, rung: Rung, *, integer: bool) -> None:
    best = program.minimise(rung.__name__)
    is_whole = integer or abs(best - round(best)) < NEARLY_WHOLE
    program.keep(rung.__name__, round(best) if is_whole else best + ROUNDING)


def _state(instance: Instance, *, integer: bool) -> Model:
    model = declare(instance, integer=integer)
    state_rungs(model)
    for equation in CONSTRAINTS:
        state(model, equation)
    return model
