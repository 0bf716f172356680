"""The variables of the network program, and the sums that its equations name. Nothing is declared that must be zero."""

from typing import Any

import pyomo.environ as pyo

from optimization.network.index import Index
from optimization.network.problem import NetworkProblem


def declare(problem: NetworkProblem, *, is_smoothed: bool = True) -> Any:  # noqa: ANN401 - Pyomo is untyped
    """A Pyomo model that holds the variables and no equation yet.

    Args:
        problem: The data, numbered in ``model.index``.
        is_smoothed: Whether the bounds of daily supply (E8) are wanted.
    """
    model = pyo.ConcreteModel(name=problem.name)
    index = model.index = Index(problem)
    units: dict[str, Any] = {"domain": pyo.NonNegativeReals}
    model.stands = pyo.Set(initialize=list(index.stands), dimen=3, ordered=True)
    model.served_pools = pyo.Set(initialize=list(index.shelves_of), dimen=3, ordered=True)
    model.desks = pyo.Set(initialize=list(index.desks), dimen=3, ordered=True)
    model.queue_days = pyo.Set(initialize=list(index.supplies), dimen=2, ordered=True)
    model.kept = pyo.Var(model.stands, **units)
    model.issued = pyo.Var(list(index.issues), **units)
    model.given = pyo.Var(list(index.gives), **units)
    model.moved = pyo.Var(list(index.moves), **units)
    model.supplied = pyo.Var(model.queue_days, **units)
    model.waiting = pyo.Var(list(index.waits), bounds=lambda m, q, t: (0, m.index.waits[q, t]))
    model.shortage = pyo.Var(model.queue_days, **units)
    model.external = pyo.Var(list(index.directs), **units)
    model.ordered = pyo.Var(list(index.orders), **units)
    _targets(model, units)
    if is_smoothed:
        _smooth(model)
    return model


def _targets(model: Any, units: dict[str, Any]) -> None:  # noqa: ANN401
    index = model.index
    targets = list(enumerate(index.problem.targets))
    safe = [(n, t) for n, target in targets if target.safety_units for t in index.problem.days]
    model.guarded = pyo.Set(initialize=safe, dimen=2, ordered=True)
    model.ended = pyo.Set(initialize=[n for n, target in targets if target.terminal_units], ordered=True)
    model.safety_gap = pyo.Var(model.guarded, **units)
    model.terminal_gap = pyo.Var(model.ended, **units)
    model.limited_links = pyo.Set(initialize=_limited_links(index), dimen=2, ordered=True)
    model.limited_sources = pyo.Set(initialize=_limited_sources(index), dimen=2, ordered=True)
    model.components = pyo.Set(initialize=sorted({ask.component for ask in index.asks}), ordered=True)


def _smooth(model: Any) -> None:  # noqa: ANN401
    index = model.index
    benches: dict[tuple[int, str, str], dict[int, list[tuple[int, int, int]]]] = {}
    for key in index.issues:
        shelf = index.shelves[key[1]]
        benches.setdefault((key[0], shelf.component, shelf.blood_group), {}).setdefault(key[2], []).append(key)
    index.benches = [benches[key] for key in sorted(benches)]
    model.benches = pyo.RangeSet(0, len(benches) - 1)
    open_days = [(b, t) for b, key in enumerate(sorted(benches)) for t in _open_days(index, key[0])]
    model.bench_days = pyo.Set(initialize=open_days, dimen=2, ordered=True)
    model.least = pyo.Var(model.benches, domain=pyo.NonNegativeReals)
    model.most = pyo.Var(model.benches, domain=pyo.NonNegativeReals)
    model.bench_supply = pyo.Expression(
        model.bench_days, rule=lambda m, b, t: sum(m.issued[key] for key in m.index.benches[b].get(t, ()))
    )


def _open_days(index: Index, site: int) -> list[int]:
    return [t for t in index.problem.days if (site, t) not in index.closed]


def _limited_links(index: Index) -> list[tuple[int, int]]:
    limited = {x for x, link in enumerate(index.problem.links) if link.units_a_day is not None}
    return sorted({(x, t) for x, _, t in index.moves if x in limited})


def _limited_sources(index: Index) -> list[tuple[int, int]]:
    limited = {x for x, source in enumerate(index.problem.externals) if source.units_a_day is not None}
    days = {(x, t) for x, _, t in index.directs} | set(index.orders)
    return sorted((x, t) for x, t in days if x in limited)
