"""The equations of the program, one function each; ``CONSTRAINTS`` is their table of contents.

Numbers in brackets are those of De Angelis, Ricciardi and Storchi (2001). Rows 2 and 3, printed there as cumulative
sums, are written as balances of what waits: the same program with a quarter of the non-zeros.
"""

from collections.abc import Callable
from typing import Any

import pyomo.environ as pyo

Model = Any
"""A Pyomo model as :func:`optimization.variables.declare` leaves it; Pyomo is untyped."""


def daily_supply(model: Model, t: int) -> Any:  # noqa: ANN401
    r"""[1] What requests receive on a day is what the system and the outside supply.

    $$\sum_{u \in U} y^u_t = c_t + n_t \qquad t = 1, \dots, T$$
    """
    return model.supply[t] == model.internal[t] + model.external[t]


def waiting_balance(model: Model, u: int, t: int) -> Any:  # noqa: ANN401
    r"""[3] What waits is what waited and what is new, less what is supplied: nobody is served before asking.

    $$b^u_t = b^u_{t-1} + d^u_t - y^u_t, \quad b^u_t \ge 0 \qquad u \in U,\ t = 1, \dots, T$$
    """
    return model.waiting[u, t] == model.waited[u, t] + model.instance.requested(u, t, t) - model.supplied[u, t]


def deadline(model: Model, u: int, t: int) -> Any:  # noqa: ANN401
    r"""[2a, 2b, 2c] Only requests of the last u days may still wait; very urgent ones (u = 0) never do.

    $$b^u_t \le \sum_{k=t-u+1}^{t} d^u_k \qquad u \in U,\ t = 1, \dots, T$$
    """
    return model.waiting[u, t] <= model.instance.requested(u, t - u + 1, t)


def usable_stock(model: Model, t: int) -> Any:  # noqa: ANN401
    r"""[4a] The system supplies at most what was collected in the last L days and is not yet gone.

    $$c_t \le \sum_{k=t-L+1}^{t} r_k - s_{t-1}, \quad s_0 = 0 \qquad t = 1, \dots, T$$
    """
    fresh_from = t - model.instance.shelf_life_days + 1
    return model.internal[t] + model.carried_in[t] <= model.instance.received(fresh_from, t)


def shelf_life(model: Model, t: int) -> Any:  # noqa: ANN401
    r"""[4b] Units collected L - 1 days ago were supplied before, are supplied today, or are outdated tonight.

    The carry s counts units already supplied ahead of their last day, over all later collection days.

    $$c_t + m_t - s_t + s_{t-1} = r_{t-L+1} \qquad t = 1, \dots, T$$
    """
    last = t - model.instance.shelf_life_days + 1
    spent = model.internal[t] + model.outdated[t] - model.carry[t] + model.carried_in[t]
    return spent == model.instance.received(last, last)


def terminal_rule(model: Model) -> Any:  # noqa: ANN401
    r"""[5] What may stay open after day T: no more than before day 1, nothing, or anything.

    $$\sum_{u \in U} b^u_T \le B, \qquad B = \sum_{u \in U} b^u_0 \text{ (no growth)}, \quad B = 0 \text{ (clear)}$$
    """
    instance = model.instance
    if instance.terminal_rule == "free":
        return pyo.Constraint.Skip
    left = sum(model.waiting[u, instance.horizon_days] for u in model.classes)
    return left <= (instance.backlog_units if instance.terminal_rule == "no_growth" else 0)


def rung_kept(model: Model, rung: str) -> Any:  # noqa: ANN401
    r"""[6] A rung once reached is not given up for a later one; the paper has this for external units.

    Before a rung is reached its limit is one that no plan exceeds. A limit, never an equation: an equation at an
    optimum turns infeasible by rounding.

    $$\sum_{t=1}^{T} n_t \le z_1, \qquad h - l \le z_2, \qquad \dots$$
    """
    instance = model.instance
    return model.rungs[rung].expr <= instance.horizon_days * (instance.received_units + instance.requested_units)


def least_supply(model: Model, t: int) -> Any:  # noqa: ANN401
    r"""[7] Internal supply is never below its lower bound.

    $$l \le c_t \qquad t = 1, \dots, T$$
    """
    return model.least <= model.internal[t]


def most_supply(model: Model, t: int) -> Any:  # noqa: ANN401
    r"""[8] Internal supply is never above its upper bound.

    $$c_t \le h \qquad t = 1, \dots, T$$
    """
    return model.internal[t] <= model.most


Equation = tuple[Callable[..., Any], tuple[str, ...]]
"""A function that writes one row, and the names of the model's sets that it is written over."""

CONSTRAINTS: tuple[Equation, ...] = (
    (daily_supply, ("days",)),
    (waiting_balance, ("classes", "days")),
    (deadline, ("classes", "days")),
    (usable_stock, ("days",)),
    (shelf_life, ("days",)),
    (terminal_rule, ()),
    (rung_kept, ("rung_names",)),
    (least_supply, ("days",)),
    (most_supply, ("days",)),
)


def state(model: Model, equation: Equation) -> None:
    """Write one equation into the model, under its own name, over all its days and classes."""
    rule, over = equation
    sets = [getattr(model, name) for name in over]
    setattr(model, rule.__name__, pyo.Constraint(*sets, rule=rule))
