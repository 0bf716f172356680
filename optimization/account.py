"""A plan day by day: what is due, supplied, got from outside and lost, and how much life the stock has left."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from optimization.network.ledger import replay
from optimization.network.plan import NetworkPlan, Source
from optimization.network.problem import NetworkProblem
from optimization.plan import Plan
from optimization.problem import Instance

SOON, LATER = 3, 7
"""Days of life left that part the stock: at most 3, 4 to 7, more."""
Bands = tuple[float, float, float]


class Account(NamedTuple):
    """One entry a day in every field.

    Attributes:
        own_units: Units supplied from stock and donations.
        external_units: Units from outside.
        due_units: Units of requests that fall due.
        outdated_units: Units outdated at the end of the day.
        stock_units: Stock at the end of the day by days of life left: at most 3, 4 to 7, more.
    """

    own_units: tuple[float, ...]
    external_units: tuple[float, ...]
    due_units: tuple[float, ...]
    outdated_units: tuple[float, ...]
    stock_units: tuple[Bands, ...]


def account_of_group(instance: Instance, plan: Plan) -> Account:
    """The account of one group; stock goes oldest first."""
    classes = instance.urgency_deadlines_days
    due = [sum(instance.requested(u, t - u, t - u) for u in classes) for t in instance.days]
    return Account(
        plan.internal_by_day,
        plan.external_by_day,
        tuple(due),
        plan.outdated_by_day,
        tuple(_oldest_first(instance, plan)),
    )


def account_of_network(problem: NetworkProblem, plan: NetworkPlan) -> Account:
    """The account of a network, all its sites, components and groups together.

    Units that outlast the plan count as those with more than a week left.
    """
    own: Counter[int] = Counter()
    outside: Counter[int] = Counter()
    due: Counter[int] = Counter()
    lost: Counter[int] = Counter()
    stock: dict[int, list[float]] = {t: [0.0, 0.0, 0.0] for t in problem.days}
    for row in plan.allocations:
        (own if row.source is Source.STOCK else outside)[row.day] += row.units  # type: ignore[assignment]
    for delivery in plan.deliveries:
        outside[delivery.day] += delivery.units  # type: ignore[assignment]
    for request in problem.requests:
        due[request.due_day] += request.units
    for outdate in plan.outdates:
        lost[outdate.shelf.last_day] += outdate.units  # type: ignore[assignment]
    for (_, shelf, t), units in replay(problem, plan).left.items():
        if shelf.last_day > t:
            left = shelf.last_day - t if shelf.last_day <= problem.horizon_days else LATER + 1
            stock[t][_band(left)] += units
    series = [tuple(float(counted[t]) for t in problem.days) for counted in (own, outside, due, lost)]
    return Account(series[0], series[1], series[2], series[3], tuple((a, b, c) for a, b, c in stock.values()))


def together(accounts: Iterable[Account]) -> Account:
    """The sum of accounts over the same days."""
    listed = list(accounts)
    own, outside, due, lost = (
        tuple(map(sum, zip(*series, strict=True))) for series in zip(*(account[:4] for account in listed), strict=True)
    )
    days = zip(*(account.stock_units for account in listed), strict=True)
    stock = tuple((sum(a), sum(b), sum(c)) for a, b, c in (zip(*day, strict=True) for day in days))
    return Account(own, outside, due, lost, stock)


def _oldest_first(instance: Instance, plan: Plan) -> Iterable[Bands]:
    life = instance.shelf_life_days
    lots = {k: float(instance.received(k, k)) for k in range(2 - life, instance.horizon_days + 1)}
    for t in instance.days:
        wanted = plan.internal_by_day[t - 1]
        bands = [0.0, 0.0, 0.0]
        for k in range(max(2 - life, t - life + 1), t + 1):
            taken = min(wanted, lots[k])
            lots[k], wanted = lots[k] - taken, wanted - taken
            if k + life - 1 > t:
                bands[_band(k + life - 1 - t)] += lots[k]
        yield bands[0], bands[1], bands[2]


def _band(days_left: int) -> int:
    return (days_left > SOON) + (days_left > LATER)
