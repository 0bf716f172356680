"""The rungs of the ladder, one function each. Each is minimised in turn, and none is given up for a later one.

The first two are those of De Angelis, Ricciardi and Storchi (2001). The third is ours: without it, the outdates of a
plan are not determined. The tie-break makes equal data give equal plans, whichever of many optima a solver meets.
"""

from collections.abc import Callable
from typing import Any

import pyomo.environ as pyo

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


LADDER: tuple[Rung, ...] = (external_units, supply_range, outdates)
TIE_BREAK: tuple[Rung, ...] = (waiting_days, external_lateness)


def state_rungs(model: Model) -> None:
    """Write every rung into the model: named expressions for the equations, objectives for the compiler."""
    rungs = {rung.__name__: rung for rung in LADDER + TIE_BREAK}
    model.rung_names = pyo.Set(initialize=list(rungs), ordered=True)
    model.rungs = pyo.Expression(model.rung_names, rule=lambda m, name: rungs[name](m))
    model.objectives = pyo.Objective(model.rung_names, rule=lambda m, name: m.rungs[name])
