"""The rungs of the ladder, one function each. Each is minimised in turn, and none is given up for a later one.

The first two are those of De Angelis, Ricciardi and Storchi (2001). The third is ours: without it, the outdates of a
plan are not determined. The tie-break makes equal data give equal plans, whichever of many optima a solver meets.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyomo.environ as pyo

from hemoflow.domain.errors import PolicyError
from optimization.constraints import Model

Rung = Callable[[Model], Any]
"""What a rung minimises, as an expression over the model."""


def external_units(model: Model) -> Any:  # noqa: ANN401
    r"""[first objective] Units from outside the system.

    $$z_1 = \min \sum_{t=1}^{T} n_t$$
    """
    return sum(model.external[t] for t in model.days)


def supply_range(model: Model) -> Any:  # noqa: ANN401
    r"""[second objective] The range of daily internal supply: work for the laboratory that is the same every day.

    $$z_2 = \min\ h - l$$
    """
    return model.most - model.least


def outdates(model: Model) -> Any:  # noqa: ANN401
    r"""[ours] Units that reach the end of their shelf life unused within the horizon.

    $$z_3 = \min \sum_{t=1}^{T} m_t$$
    """
    return sum(model.outdated[t] for t in model.days)


def waiting_days(model: Model) -> Any:  # noqa: ANN401
    r"""[tie-break] Days that requests wait, summed over units.

    $$\min \sum_{u \in U} \sum_{t=1}^{T} b^u_t$$
    """
    return sum(model.waiting[u, t] for u in model.classes for t in model.days)


def external_lateness(model: Model) -> Any:  # noqa: ANN401
    r"""[tie-break] External units as early as they may be.

    $$\min \sum_{t=1}^{T} t \, n_t$$
    """
    return sum(t * model.external[t] for t in model.days)


def external_earliness(model: Model) -> Any:  # noqa: ANN401
    r"""[ours, for rolling use] External units as late as they may be: what a later day brings may spare them.

    $$\min \sum_{t=1}^{T} (T + 1 - t) \, n_t$$
    """
    last = model.instance.horizon_days + 1
    return sum((last - t) * model.external[t] for t in model.days)


LADDER: tuple[Rung, ...] = (external_units, supply_range, outdates)
OPTIONAL: tuple[Rung, ...] = (external_earliness,)
"""Climbed only where a ladder names them."""
TIE_BREAK: tuple[Rung, ...] = (waiting_days, external_lateness)
RUNGS: dict[str, Rung] = {rung.__name__: rung for rung in LADDER + OPTIONAL + TIE_BREAK}
PAPER_LADDER = tuple(rung.__name__ for rung in LADDER)
"""Names of the paper's rungs and ours, in their order."""


def climbed(ladder: Sequence[str], tolerances: Mapping[str, int]) -> tuple[str, ...]:
    """The rungs of a ladder, and after them the tie-breaks that it does not name.

    Raises:
        PolicyError: It is empty, or names a rung twice or one that is not known, or a tolerance is for no rung of it.
    """
    wrong = sorted({name for name in ladder if name not in RUNGS or list(ladder).count(name) > 1})
    wrong += sorted(f"tolerance of {name}" for name in tolerances if name not in ladder)
    if wrong or not ladder:
        raise PolicyError(
            f"The ladder has no rungs, or unknown or repeated ones: {', '.join(wrong) or 'empty'}.",
            remedy=f"The program of one group knows: {', '.join(RUNGS)}.",
        )
    return (*ladder, *(rung.__name__ for rung in TIE_BREAK if rung.__name__ not in ladder))


def state_rungs(model: Model) -> None:
    """Write every rung into the model: named expressions for the equations, objectives for the compiler."""
    rungs = RUNGS
    model.rung_names = pyo.Set(initialize=list(rungs), ordered=True)
    model.rungs = pyo.Expression(model.rung_names, rule=lambda m, name: rungs[name](m))
    model.objectives = pyo.Objective(model.rung_names, rule=lambda m, name: m.rungs[name])
