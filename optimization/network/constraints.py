"""The equations of the network, one function each; ``CONSTRAINTS`` is their table of contents.

Indices: site i, shelf s (component, group, attributes, last day e, freshness), day t, pool p (shelves alike for the
requests of a day), ask a (what a recipient may have), queue q (site, ask, tier, deadline class u), link or
external source x.
"""

from typing import Any

import pyomo.environ as pyo

from optimization.constraints import Equation, Model


def shelf_balance(model: Model, i: int, s: int, t: int) -> Any:  # noqa: ANN401
    r"""[E1] Units on a shelf stay, are issued or leave; what is kept after its last day e is outdated.

    $$I_{i,s,t-1} + r_{i,s,t} + \sum_{x \in \mathrm{out}} o_{x,t} + \sum_{x: j \to i} v_{x,s,t-\tau_x}
    = I_{i,s,t} + g_{i,s,t} + \sum_{x: i \to j} v_{x,s,t} \qquad t \le e_s$$
    """
    index = model.index
    came = index.received.get((i, s, t), 0) + (model.kept[i, s, t - 1] if (i, s, t - 1) in index.stands else 0)
    came += sum(model.moved[key] for key in index.arriving.get((i, s, t), ()))
    came += sum(model.ordered[key] for key in index.bought_at.get((i, s, t), ()))
    issued = model.issued[i, s, t] if (i, s, t) in index.issues else 0
    left = sum(model.moved[x, s, t] for x in index.leaving.get((i, s, t), ()))
    return model.kept[i, s, t] + issued + left == came


def issue_pool(model: Model, i: int, p: int, t: int) -> Any:  # noqa: ANN401
    r"""[E2a] What is issued from the shelves of a pool is given to recipients who may have it.

    $$\sum_{s \in p} g_{i,s,t} = \sum_{a} x_{i,p,a,t}$$
    """
    issued = sum(model.issued[i, s, t] for s in model.index.shelves_of[i, p, t])
    return issued == sum(model.given[i, p, a, t] for a in model.index.asks_of[i, p, t])


def issue_desk(model: Model, i: int, a: int, t: int) -> Any:  # noqa: ANN401
    r"""[E2b] What requests receive is what compatible pools and the outside give.

    $$\sum_{q \in a} y_{q,t} = \sum_{p \to a} x_{i,p,a,t} + \sum_{x} n_{x,a,t}$$
    """
    given = sum(model.given[i, p, a, t] for p in model.index.pools_of.get((i, a, t), ()))
    outside = sum(model.external[x, a, t] for x in model.index.sources_of.get((i, a, t), ()))
    return sum(model.supplied[q, t] for q in model.index.queues_at[i, a, t]) == given + outside


def request_balance(model: Model, q: int, t: int) -> Any:  # noqa: ANN401
    r"""[E3] What waits is what waited and is new, less what is supplied or short; only within the window.

    $$b_{q,t} = b_{q,t-1} + d_{q,t} - y_{q,t} - w_{q,t}, \qquad 0 \le b_{q,t} \le \sum_{k=t-u+1}^{t} d_{q,k}$$
    """
    index = model.index
    waits = model.waiting[q, t] if (q, t) in index.waits else 0
    waited = model.waiting[q, t - 1] if (q, t - 1) in index.waits else 0
    return model.supplied[q, t] + model.shortage[q, t] + waits - waited == index.asked.get((q, t), 0)


def external_limit(model: Model, x: int, t: int) -> Any:  # noqa: ANN401
    r"""[E4] A source outside delivers at most its limit a day, and nothing before its lead time has passed.

    $$\sum_a n_{x,a,t} + o_{x,t} \le N_x \qquad t \ge 1 + \lambda_x$$
    """
    index = model.index
    direct = sum(model.external[x, a, t] for a in range(len(index.asks)) if (x, a, t) in index.directs)
    ordered = model.ordered[x, t] if (x, t) in index.orders else 0
    return direct + ordered <= index.problem.externals[x].units_a_day


def terminal_rule(model: Model, component: str) -> Any:  # noqa: ANN401
    r"""[E5] What may stay open after day T: no more than before day 1, nothing, or anything.

    $$\sum_{q \in k} b_{q,T} \le B_k, \qquad B_k = \text{open before day 1 (no growth)}, \quad B_k = 0 \text{ (clear)}$$
    """
    index, problem = model.index, model.index.problem
    last = [
        model.waiting[q, t]
        for q, t in index.waits
        if t == problem.horizon_days and index.asks[index.queues[q].ask].component == component
    ]
    if problem.terminal_rule == "free" or not last:
        return pyo.Constraint.Skip
    backlog = sum(r.units for r in problem.requests if r.component == component and r.day < 1)
    return sum(last) <= (backlog if problem.terminal_rule == "no_growth" else 0)


def safety_stock(model: Model, n: int, t: int) -> Any:  # noqa: ANN401
    r"""[E6] Usable stock left after a day, and what lacks of the safety stock.

    $$\sum_{s \in (k,g),\, e_s > t} I_{i,s,t} + f_{n,t} \ge F_n$$
    """
    return _left(model, n, t) + model.safety_gap[n, t] >= model.index.problem.targets[n].safety_units


def terminal_stock(model: Model, n: int) -> Any:  # noqa: ANN401
    r"""[E7] Usable stock left after day T, and what lacks of the terminal stock.

    $$\sum_{s \in (k,g),\, e_s > T} I_{i,s,T} + f_n \ge G_n$$
    """
    problem = model.index.problem
    return _left(model, n, problem.horizon_days) + model.terminal_gap[n] >= problem.targets[n].terminal_units


def least_supply(model: Model, b: int, t: int) -> Any:  # noqa: ANN401
    r"""[E8a] What a site issues of a group is never below its lower bound, on any open day.

    $$l_{i,k,g} \le \sum_{s \in (k,g)} g_{i,s,t}$$
    """
    return model.least[b] <= model.bench_supply[b, t]


def most_supply(model: Model, b: int, t: int) -> Any:  # noqa: ANN401
    r"""[E8b] What a site issues of a group is never above its upper bound.

    $$\sum_{s \in (k,g)} g_{i,s,t} \le h_{i,k,g}$$
    """
    return model.bench_supply[b, t] <= model.most[b]


def link_limit(model: Model, x: int, t: int) -> Any:  # noqa: ANN401
    r"""[E9] A link carries at most its limit a day, whatever the units.

    $$\sum_s v_{x,s,t} \le V_x$$
    """
    index = model.index
    moved = (model.moved[x, s, t] for s in range(len(index.shelves)) if (x, s, t) in index.moves)
    return sum(moved) <= index.problem.links[x].units_a_day


def _left(model: Model, n: int, t: int) -> Any:  # noqa: ANN401
    index = model.index
    target = index.problem.targets[n]
    i, group = index.sites[target.site], (target.component, target.blood_group)
    own = (s for s, shelf in enumerate(index.shelves) if shelf[:2] == group and shelf.last_day > t)
    return sum(model.kept[i, s, t] for s in own if (i, s, t) in index.stands)


CONSTRAINTS: tuple[Equation, ...] = (
    (shelf_balance, ("stands",)),
    (issue_pool, ("served_pools",)),
    (issue_desk, ("desks",)),
    (request_balance, ("queue_days",)),
    (external_limit, ("limited_sources",)),
    (terminal_rule, ("components",)),
    (safety_stock, ("guarded",)),
    (terminal_stock, ("ended",)),
    (link_limit, ("limited_links",)),
)
SMOOTHING: tuple[Equation, ...] = ((least_supply, ("bench_days",)), (most_supply, ("bench_days",)))
"""Stated only where the ladder has the range."""
