"""The equations of the network, one function each over whole tables; ``CONSTRAINTS`` is their table of contents.

Each is stated once: the sparse matrix that HiGHS gets and the Pyomo model that the printed texts come from are both
made from it. Indices: site i, shelf s (component, group, attributes, last day e, freshness), day t, pool p (shelves
alike for the requests of a day), ask a (what a recipient may have), queue q (site, ask, tier, deadline class u), link
or external source x.
"""

from collections.abc import Callable, Sequence

import numpy as np

from optimization.network.arrays import Numbers, Whole, distinct, whole
from optimization.network.columns import Network
from optimization.network.parts import External, Link
from optimization.network.rows import Rows, Terms, at_least, at_most, equal

Equation = Callable[[Network], Rows]


def shelf_balance(net: Network) -> Rows:
    r"""[E1] Units on a shelf stay, are issued or leave; what is kept after its last day e is outdated.

    $$I_{i,s,t-1} + r_{i,s,t} + \sum_{x \in \mathrm{out}} o_{x,t} + \sum_{x: j \to i} v_{x,s,t-\tau_x}
    = I_{i,s,t} + g_{i,s,t} + \sum_{x: i \to j} v_{x,s,t} \qquad t \le e_s$$
    """
    return equal(net.kept.key, net.figures.received, lambda: _of_shelves(net))


def issue_pool(net: Network) -> Rows:
    r"""[E2a] What is issued from the shelves of a pool is given to recipients who may have it.

    $$\sum_{s \in p} g_{i,s,t} = \sum_{a} x_{i,p,a,t}$$
    """
    index, gives = net.index, net.index.gives
    return equal(
        index.served,
        0,
        lambda: [
            (+1, index.served_of_issue, net.issued.all),
            (-1, index.served_number[gives.site, gives.pool, gives.day], net.given.all),
        ],
    )


def issue_desk(net: Network) -> Rows:
    r"""[E2b] What requests receive is what compatible pools and the outside give.

    $$\sum_{q \in a} y_{q,t} = \sum_{p \to a} x_{i,p,a,t} + \sum_{x} n_{x,a,t}$$
    """
    index = net.index
    return equal(
        index.desks,
        0,
        lambda: [
            (+1, index.desk_of_queue_day, net.supplied.all),
            (-1, index.gives.desk, net.given.all),
            (-1, index.directs.desk, net.external.all),
        ],
    )


def request_balance(net: Network) -> Rows:
    r"""[E3] What waits is what waited and is new, less what is supplied or short; only within the window.

    $$b_{q,t} = b_{q,t-1} + d_{q,t} - y_{q,t} - w_{q,t}, \qquad 0 \le b_{q,t} \le \sum_{k=t-u+1}^{t} d_{q,k}$$
    """
    index = net.index
    row, (queue, day) = np.arange(len(net.supplied)), net.waiting.key
    tomorrow = np.where(day < index.T, index.queue_day_number[queue, day + 1], -1)
    waited = np.flatnonzero(tomorrow >= 0)
    return equal(
        net.supplied.key,
        net.figures.asked,
        lambda: [
            (+1, row, net.supplied.all),
            (+1, row, net.shortage.all),
            (+1, index.queue_day_number[queue, day], net.waiting.all),
            (-1, tomorrow[waited], net.waiting.at(waited)),
        ],
    )


def external_limit(net: Network) -> Rows:
    r"""[E4] A source outside delivers at most its limit a day, and nothing before its lead time has passed.

    $$\sum_a n_{x,a,t} + o_{x,t} \le N_x \qquad t \ge 1 + \lambda_x$$
    """
    limits = _limits(net.problem.externals)
    (direct, _, direct_day), (ordered, ordered_day) = net.external.key, net.ordered.key
    columns = np.concatenate([net.external.all, net.ordered.all])
    source, day = np.concatenate([direct, ordered]), np.concatenate([direct_day, ordered_day])
    key, row, entry = _limited(limits, source, day)
    return at_most(key, limits[key[0]], lambda: [(+1, row, columns[entry])])


def terminal_rule(net: Network) -> Rows:
    r"""[E5] What may stay open after day T: no more than before day 1, nothing, or anything.

    $$\sum_{q \in k} b_{q,T} \le B_k, \qquad B_k = \text{open before day 1 (no growth)}, \quad B_k = 0 \text{ (clear)}$$
    """
    index, rule = net.index, net.problem.terminal_rule
    queue, day = net.waiting.key
    last = np.flatnonzero((day == index.T) & (rule != "free"))
    (number,), row = distinct((index.asks.component[index.queues.ask[queue[last]]],))
    names = list(index.names.components)
    limit = net.figures.open_at_start[number] * (rule == "no_growth")
    return at_most(([names[k] for k in number],), limit, lambda: [(+1, row, net.waiting.at(last))])


def safety_stock(net: Network) -> Rows:
    r"""[E6] Usable stock left after a day, and what lacks of the safety stock.

    $$\sum_{s \in (k,g),\, e_s > t} I_{i,s,t} + f_{n,t} \ge F_n$$
    """
    target, day = net.guarded
    row_of = np.full((len(net.problem.targets) + 1, net.index.T + 1), -1)
    row_of[target, day] = np.arange(len(target))
    row = row_of[net.target_of_stand, net.index.stands.day]
    counted = np.flatnonzero(row >= 0)
    return at_least(
        net.guarded,
        whole([net.problem.targets[n].safety_units for n in target]),
        lambda: [(+1, row[counted], net.kept.at(counted)), (+1, np.arange(len(target)), net.safety_gap.all)],
    )


def terminal_stock(net: Network) -> Rows:
    r"""[E7] Usable stock left after day T, and what lacks of the terminal stock.

    $$\sum_{s \in (k,g),\, e_s > T} I_{i,s,T} + f_n \ge G_n$$
    """
    (target,) = net.terminal_gap.key
    row_of = np.full(len(net.problem.targets) + 1, -1)
    row_of[target] = np.arange(len(target))
    row = np.where(net.index.stands.day == net.index.T, row_of[net.target_of_stand], -1)
    counted = np.flatnonzero(row >= 0)
    return at_least(
        net.terminal_gap.key,
        whole([net.problem.targets[n].terminal_units for n in target]),
        lambda: [(+1, row[counted], net.kept.at(counted)), (+1, np.arange(len(target)), net.terminal_gap.all)],
    )


def least_supply(net: Network) -> Rows:
    r"""[E8a] What a site issues of a group is never below its lower bound, on any open day.

    $$l_{i,k,g} \le \sum_{s \in (k,g)} g_{i,s,t}$$
    """
    row, (bench, _) = _bench_rows(net), net.bench_days
    rows = np.arange(len(bench))
    return at_most(net.bench_days, 0, lambda: [(+1, rows, net.least.at(bench)), (-1, row, net.issued.all)])


def most_supply(net: Network) -> Rows:
    r"""[E8b] What a site issues of a group is never above its upper bound.

    $$\sum_{s \in (k,g)} g_{i,s,t} \le h_{i,k,g}$$
    """
    row, (bench, _) = _bench_rows(net), net.bench_days
    rows = np.arange(len(bench))
    return at_most(net.bench_days, 0, lambda: [(+1, row, net.issued.all), (-1, rows, net.most.at(bench))])


def link_limit(net: Network) -> Rows:
    r"""[E9] A link carries at most its limit a day, whatever the units.

    $$\sum_s v_{x,s,t} \le V_x$$
    """
    limits, (link, _, day) = _limits(net.problem.links), net.moved.key
    key, row, entry = _limited(limits, link, day)
    return at_most(key, limits[key[0]], lambda: [(+1, row, net.moved.at(entry))])


def plan_change(net: Network) -> Rows:
    r"""[E10] What moves on a way, or is ordered, is what yesterday's plan had, less or more.

    $$\sum_{s \in (k,g)} v_{x,s,t} + \sum_{x} o_{x,t} + f^-_{b} - f^+_{b} = V^0_b \qquad b = (x, k, g, t)$$
    """
    changes, rows = net.changes, np.arange(len(net.fewer))
    move, order = np.flatnonzero(changes.of_move >= 0), np.flatnonzero(changes.of_order >= 0)
    return equal(
        changes.key,
        changes.before,
        lambda: [
            (+1, changes.of_move[move], net.moved.at(move)),
            (+1, changes.of_order[order], net.ordered.at(order)),
            (+1, rows, net.fewer.all),
            (-1, rows, net.more.all),
        ],
    )


def _of_shelves(net: Network) -> Terms:
    index = net.index
    later = np.flatnonzero(index.stands.has_yesterday)
    return [
        (+1, np.arange(len(net.kept)), net.kept.all),
        (-1, later, net.kept.at(later - 1)),
        (+1, index.issues, net.issued.all),
        (+1, index.moves.departure, net.moved.all),
        (-1, index.moves.arrival, net.moved.all),
        (-1, index.orders.stand, net.ordered.all),
    ]


def _limits(entries: Sequence[Link | External]) -> Numbers:
    return np.array([np.inf if entry.units_a_day is None else entry.units_a_day for entry in entries], np.float64)


def _limited(limits: Numbers, number: Whole, day: Whole) -> tuple[tuple[Whole, ...], Whole, Whole]:
    """Numbers and days under a limit, the row of each entry, and its position."""
    entry = np.flatnonzero(np.isfinite(limits[number])) if len(number) else np.zeros(0, np.int64)
    key, row = distinct((number[entry], day[entry]))
    return key, row, entry


def _bench_rows(net: Network) -> Whole:
    bench, day = net.bench_days
    row_of = np.full((len(net.benches[0]), net.index.T + 1), -1)
    row_of[bench, day] = np.arange(len(bench))
    return row_of[net.bench_of_issue, net.issued.key[2]]


CONSTRAINTS: tuple[Equation, ...] = (
    shelf_balance,
    issue_pool,
    issue_desk,
    request_balance,
    external_limit,
    terminal_rule,
    safety_stock,
    terminal_stock,
    link_limit,
    plan_change,
)
SMOOTHING: tuple[Equation, ...] = (least_supply, most_supply)
"""Stated only where the ladder has the range."""
WITH_FIGURES: tuple[Equation, ...] = (shelf_balance, request_balance, terminal_rule)
"""Those whose sides change from day to day."""
