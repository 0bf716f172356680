"""The rungs of the network's ladder, one function each; a policy may leave out or reorder them by name.

A rung that goes by tier becomes one rung for each shortage tier, the first tier first.
"""

from collections.abc import Callable
from typing import Any

import pyomo.environ as pyo

from hemoflow.domain.blood_groups import BloodGroup
from hemoflow.domain.errors import PolicyError
from hemoflow.domain.requests import Urgency
from optimization.constraints import Model


def very_urgent_shortage(model: Model, tier: int) -> Any:  # noqa: ANN401
    r"""[D1] Very urgent requests of a tier that get nothing.

    $$\min \sum_{q:\, u_q = 0,\, \text{tier } w} \sum_t w_{q,t}$$
    """
    return _shortage(model, tier, is_very_urgent=True)


def other_shortage(model: Model, tier: int) -> Any:  # noqa: ANN401
    r"""[D2] Other requests of a tier that get nothing.

    $$\min \sum_{q:\, u_q > 0,\, \text{tier } w} \sum_t w_{q,t}$$
    """
    return _shortage(model, tier, is_very_urgent=False)


def emergency_units(model: Model) -> Any:  # noqa: ANN401
    r"""[D3a] Units called from outside beyond the planned orders.

    $$\min \sum_{x \text{ emergency}} \sum_{a,t} n_{x,a,t}$$
    """
    return _external(model, is_emergency=True)


def external_units(model: Model) -> Any:  # noqa: ANN401
    r"""[D3b] Planned units from outside, to requests and into stock.

    $$\min \sum_{x \text{ planned}} \sum_t \Big(\sum_a n_{x,a,t} + o_{x,t}\Big)$$
    """
    return _external(model, is_emergency=False) + sum(model.ordered[key] for key in model.index.orders)


def safety_stock_gap(model: Model) -> Any:  # noqa: ANN401
    r"""[D, E6] What lacks of the safety stock, over all days.

    $$\min \sum_{n,t} f_{n,t}$$
    """
    return sum(model.safety_gap[key] for key in model.guarded)


def o_negative_given_away(model: Model) -> Any:  # noqa: ANN401
    r"""[D5a] O-negative units given to recipients of another group: kept for those who can have nothing else.

    $$\min \sum_{p \in O^-} \sum_{a \notin O^-} \sum_{i,t} x_{i,p,a,t}$$
    """
    pools, asks = model.index.pools, model.index.asks
    away = ((i, p, a, t) for i, p, a, t in model.index.gives if asks[a].blood_group is not BloodGroup.O_NEG)
    return sum(model.given[key] for key in away if pools[key[1]].blood_group is BloodGroup.O_NEG)


def outdates(model: Model) -> Any:  # noqa: ANN401
    r"""[D4] Units kept after their last day of use.

    $$\min \sum_{i,s:\, e_s \le T} I_{i,s,e_s}$$
    """
    shelves = model.index.shelves
    return sum(model.kept[i, s, t] for i, s, t in model.index.stands if shelves[s].last_day == t)


def terminal_stock_gap(model: Model) -> Any:  # noqa: ANN401
    r"""[D, E7] What lacks of the terminal stock.

    $$\min \sum_n f_n$$
    """
    return sum(model.terminal_gap[n] for n in model.ended)


def substitution(model: Model) -> Any:  # noqa: ANN401
    r"""[D5] Burden of units given to other groups than their own.

    $$\min \sum_{i,p,a,t} \pi(g_p, h_a)\, x_{i,p,a,t}$$
    """
    return sum(penalty * model.given[key] for key, penalty in model.index.gives.items() if penalty)


def supply_range(model: Model) -> Any:  # noqa: ANN401
    r"""[D6] The range of daily internal supply, over sites and groups: work that is the same every day.

    $$\min \sum_{i,k,g} (h_{i,k,g} - l_{i,k,g})$$
    """
    return sum(model.most[b] - model.least[b] for b in model.benches)


def oldest_first(model: Model) -> Any:  # noqa: ANN401
    r"""[D7] Days of life that issued units still had; a unit that outlasts the plan counts to its end.

    $$\min \sum_{i,s,t} (e_s - t)\, g_{i,s,t}$$
    """
    shelves = model.index.shelves
    lives = ((shelves[s].last_day - t, (i, s, t)) for i, s, t in model.index.issues)
    return sum(life * model.issued[key] for life, key in lives if life)


def transfers(model: Model) -> Any:  # noqa: ANN401
    r"""[D8] Burden of transfers.

    $$\min \sum_{x,s,t} \kappa_x\, v_{x,s,t}$$
    """
    links = model.index.problem.links
    return sum(links[x].cost * model.moved[x, s, t] for x, s, t in model.index.moves if links[x].cost)


def waiting_days(model: Model) -> Any:  # noqa: ANN401
    r"""[tie-break] Days that requests wait, summed over units.

    $$\min \sum_{q,t} b_{q,t}$$
    """
    return sum(model.waiting[key] for key in model.index.waits)


def external_lateness(model: Model) -> Any:  # noqa: ANN401
    r"""[tie-break] Units from outside as early as they may be.

    $$\min \sum_{x,t} t \Big(\sum_a n_{x,a,t} + o_{x,t}\Big)$$
    """
    direct = sum(t * model.external[x, a, t] for x, a, t in model.index.directs)
    return direct + sum(t * model.ordered[x, t] for x, t in model.index.orders)


RUNGS: dict[str, Callable[..., Any]] = {
    rung.__name__: rung
    for rung in (
        very_urgent_shortage,
        other_shortage,
        emergency_units,
        external_units,
        safety_stock_gap,
        outdates,
        o_negative_given_away,
        terminal_stock_gap,
        substitution,
        supply_range,
        oldest_first,
        transfers,
        waiting_days,
        external_lateness,
    )
}
BY_TIER = frozenset({"very_urgent_shortage", "other_shortage"})
TIE_BREAK = ("waiting_days", "external_lateness")
_FIRST = ("very_urgent_shortage", "other_shortage", "emergency_units", "external_units")
PAPER = (*_FIRST, "supply_range", "outdates", *TIE_BREAK)
"""The order of De Angelis, Ricciardi and Storchi (2001): an even supply right after external units."""
CLINICAL = (
    *_FIRST,
    "safety_stock_gap",
    "o_negative_given_away",
    "outdates",
    "terminal_stock_gap",
    "substitution",
    "oldest_first",
    "transfers",
    *TIE_BREAK,
)
"""Nothing is wasted, nor given to other groups, for an even supply."""


def expand(ladder: tuple[str, ...], tiers: list[int]) -> list[tuple[str, int | None]]:
    """The rungs of a ladder one by one, those by tier repeated for each tier.

    Raises:
        PolicyError: A rung is unknown or named twice.
    """
    wrong = sorted({name for name in ladder if name not in RUNGS or ladder.count(name) > 1})
    if wrong or not ladder:
        raise PolicyError(
            f"The ladder has no rungs, or unknown or repeated ones: {', '.join(wrong) or 'empty'}.",
            remedy=f"Use each at most once: {', '.join(RUNGS)}.",
        )
    return [(name, tier) for name in ladder for tier in (tiers if name in BY_TIER else [None])]


def label(name: str, tier: int | None) -> str:
    """A rung's name as it stands in plans."""
    return name if tier is None else f"{name}_tier_{tier}"


def state_rungs(model: Model, rungs: list[tuple[str, int | None]]) -> None:
    """Write the rungs into the model as objectives for the compiler."""
    terms = {label(name, tier): (RUNGS[name], () if tier is None else (tier,)) for name, tier in rungs}
    model.rung_names = pyo.Set(initialize=list(terms), ordered=True)
    model.objectives = pyo.Objective(model.rung_names, rule=lambda m, name: terms[name][0](m, *terms[name][1]))


def _shortage(model: Model, tier: int, *, is_very_urgent: bool) -> Any:  # noqa: ANN401
    index = model.index
    wanted = {
        q
        for q, queue in enumerate(index.queues)
        if queue.shortage_tier == tier and (queue.urgency == Urgency.VERY_URGENT) == is_very_urgent
    }
    return sum(model.shortage[q, t] for q, t in index.supplies if q in wanted)


def _external(model: Model, *, is_emergency: bool) -> Any:  # noqa: ANN401
    externals = model.index.problem.externals
    return sum(model.external[key] for key in model.index.directs if externals[key[0]].is_emergency == is_emergency)
