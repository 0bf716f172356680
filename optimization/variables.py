"""The variables of the program for one blood group, and the sums that its equations name."""

from typing import Any

import pyomo.environ as pyo

from optimization.problem import Instance


def declare(instance: Instance, *, integer: bool) -> Any:  # noqa: ANN401 - Pyomo is untyped
    """A Pyomo model that holds the variables and no equation yet.

    Every sum that may be empty (what waited or was carried before day 1) is a named expression, so that an equation
    over it stays an equation. Units are left continuous: with whole bounds of daily supply the rest is a network
    flow, whose vertices are whole.

    Args:
        instance: The data; equations read them from ``model.instance``.
        integer: Whether the bounds of daily internal supply must be whole.
    """
    model = pyo.ConcreteModel(name=instance.name)
    model.instance = instance
    model.days = pyo.Set(initialize=list(instance.days), ordered=True)
    model.classes = pyo.Set(initialize=list(instance.urgency_deadlines_days), ordered=True)
    model.internal = pyo.Var(model.days, domain=pyo.NonNegativeReals)  # c
    model.external = pyo.Var(model.days, domain=pyo.NonNegativeReals)  # n
    model.supplied = pyo.Var(model.classes, model.days, domain=pyo.NonNegativeReals)  # y
    model.waiting = pyo.Var(model.classes, model.days, domain=pyo.NonNegativeReals)  # b, open after the day
    model.outdated = pyo.Var(model.days, domain=pyo.NonNegativeReals)  # m
    model.carry = pyo.Var(model.days, domain=pyo.NonNegativeReals)  # s
    bound = pyo.NonNegativeIntegers if integer else pyo.NonNegativeReals
    model.least = pyo.Var(domain=bound)  # l
    model.most = pyo.Var(domain=bound)  # h
    _name_sums(model)
    return model


def _name_sums(model: Any) -> None:  # noqa: ANN401
    backlog = {u: model.instance.requested(u, 1 - u, 0) for u in model.classes}
    model.carried_in = pyo.Expression(model.days, rule=lambda m, t: m.carry[t - 1] if t > 1 else 0)
    model.waited = pyo.Expression(
        model.classes, model.days, rule=lambda m, u, t: m.waiting[u, t - 1] if t > 1 else backlog[u]
    )
    model.supply = pyo.Expression(model.days, rule=lambda m, t: sum(m.supplied[u, t] for u in m.classes))
