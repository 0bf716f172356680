"""The rungs of the network's ladder, one function each; a policy may leave out or reorder them by name.

A rung that goes by tier becomes one rung for each shortage tier, the first tier first.
"""

from collections.abc import Callable

import numpy as np

from hemoflow.domain.blood_groups import BloodGroup
from hemoflow.domain.errors import PolicyError
from hemoflow.domain.requests import Urgency
from optimization.network.arrays import Numbers
from optimization.network.columns import Network
from optimization.network.rows import Cost


def very_urgent_shortage(net: Network, tier: int) -> Cost:
    r"""[D1] Very urgent requests of a tier that get nothing.

    $$\min \sum_{q:\, u_q = 0,\, \text{tier } w} \sum_t w_{q,t}$$
    """
    return _shortage(net, tier, is_very_urgent=True)


def other_shortage(net: Network, tier: int) -> Cost:
    r"""[D2] Other requests of a tier that get nothing.

    $$\min \sum_{q:\, u_q > 0,\, \text{tier } w} \sum_t w_{q,t}$$
    """
    return _shortage(net, tier, is_very_urgent=False)


def emergency_units(net: Network) -> Cost:
    r"""[D3a] Units called from outside beyond the planned orders.

    $$\min \sum_{x \text{ emergency}} \sum_{a,t} n_{x,a,t}$$
    """
    return _external(net, is_emergency=True)


def external_units(net: Network) -> Cost:
    r"""[D3b] Planned units from outside, to requests and into stock.

    $$\min \sum_{x \text{ planned}} \sum_t \Big(\sum_a n_{x,a,t} + o_{x,t}\Big)$$
    """
    return [*_external(net, is_emergency=False), (1, net.ordered.all)]


def safety_stock_gap(net: Network) -> Cost:
    r"""[D, E6] What lacks of the safety stock, over all days.

    $$\min \sum_{n,t} f_{n,t}$$
    """
    return [(1, net.safety_gap.all)]


def o_negative_given_away(net: Network) -> Cost:
    r"""[D5a] O-negative units given to recipients of another group: kept for those who can have nothing else.

    $$\min \sum_{p \in O^-} \sum_{a \notin O^-} \sum_{i,t} x_{i,p,a,t}$$
    """
    gives, negative = net.index.gives, net.index.names.groups[BloodGroup.O_NEG]
    donor, recipient = net.index.pools.group[gives.pool], net.index.asks.group[gives.ask]
    return [(1, net.given.at((donor == negative) & (recipient != negative)))]


def outdates(net: Network) -> Cost:
    r"""[D4] Units kept after their last day of use.

    $$\min \sum_{i,s:\, e_s \le T} I_{i,s,e_s}$$
    """
    stands, last = net.index.stands, net.index.shelves.last
    return [(1, net.kept.at(last[stands.shelf] == stands.day))]


def terminal_stock_gap(net: Network) -> Cost:
    r"""[D, E7] What lacks of the terminal stock.

    $$\min \sum_n f_n$$
    """
    return [(1, net.terminal_gap.all)]


def substitution(net: Network) -> Cost:
    r"""[D5] Burden of units given to other groups than their own.

    $$\min \sum_{i,p,a,t} \pi(g_p, h_a)\, x_{i,p,a,t}$$
    """
    return [(net.index.gives.penalty, net.given.all)]


def supply_range(net: Network) -> Cost:
    r"""[D6] The range of daily internal supply, over sites and groups: work that is the same every day.

    $$\min \sum_{i,k,g} (h_{i,k,g} - l_{i,k,g})$$
    """
    return [(1, net.most.all), (-1, net.least.all)]


def oldest_first(net: Network) -> Cost:
    r"""[D7] Days of life that issued units still had; a unit that outlasts the plan counts to its end.

    $$\min \sum_{i,s,t} (e_s - t)\, g_{i,s,t}$$
    """
    _, shelf, day = net.issued.key
    return [(net.index.shelves.last[shelf] - day, net.issued.all)]


def transfers(net: Network) -> Cost:
    r"""[D8] Burden of transfers.

    $$\min \sum_{x,s,t} \kappa_x\, v_{x,s,t}$$
    """
    burden = np.array([link.cost for link in net.problem.links] or [0])
    return [(burden[net.moved.key[0]], net.moved.all)]


def plan_changes(net: Network) -> Cost:
    r"""[D9] Units by which transfers and orders differ from yesterday's plan.

    $$\min \sum_b (f^-_b + f^+_b)$$
    """
    return [(1, net.fewer.all), (1, net.more.all)]


def waiting_days(net: Network) -> Cost:
    r"""[tie-break] Days that requests wait, summed over units.

    $$\min \sum_{q,t} b_{q,t}$$
    """
    return [(1, net.waiting.all)]


def external_lateness(net: Network) -> Cost:
    r"""[tie-break] Units from outside as early as they may be.

    $$\min \sum_{x,t} t \Big(\sum_a n_{x,a,t} + o_{x,t}\Big)$$
    """
    return [(net.external.key[2], net.external.all), (net.ordered.key[1], net.ordered.all)]


RUNGS: dict[str, Callable[..., Cost]] = {
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
        plan_changes,
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
    "plan_changes",
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


def costs(net: Network, name: str, tier: int | None) -> Numbers:
    """Coefficients of a rung, column by column."""
    row = np.zeros(net.size)
    for factor, columns in RUNGS[name](net) if tier is None else RUNGS[name](net, tier):
        row[columns] += factor
    return row


def _shortage(net: Network, tier: int, *, is_very_urgent: bool) -> Cost:
    queues, queue = net.index.queues, net.shortage.key[0]
    is_wanted = (queues.tier == tier) & ((queues.urgency == Urgency.VERY_URGENT) == is_very_urgent)
    return [(1, net.shortage.at(is_wanted[queue]))]


def _external(net: Network, *, is_emergency: bool) -> Cost:
    kinds = np.array([source.is_emergency for source in net.problem.externals] or [False])
    return [(1, net.external.at(kinds[net.external.key[0]] == is_emergency))]
