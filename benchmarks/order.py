"""The day-ahead order over simulated months and a year of a city: this rule beside two others and the least possible.

Blood is asked for by Poisson counts in three deadline classes; donations fall short by a few per cent, with quiet
weekends. The clairvoyant least is found by the greedy sweep, which looks ahead at everything; each rule sees only the
past. Figures are shares of external units. A month's gap is mostly timing: never quote it without the year.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from optimization.optimum import least_external_units
from optimization.ordering import order_gap
from optimization.problem import Instance

LIFE, CLASSES, SHARES = 30, (0, 1, 8), (0.3, 0.3, 0.4)
MEAN, SHORTFALL, QUIET = 24.0, 0.08, 0.5
MONTH, YEAR, MONTHS, YEARS, SEED = 30, 365, 24, 2, 1


@dataclass(frozen=True, slots=True)
class Rule:
    """How a laboratory serves and orders.

    Attributes:
        words: Its name in the table.
        is_eager: Whether it serves everybody who asks as long as there is a unit (first come, first served).
        is_ordering: Whether units come from outside only a day after they are ordered, else on the same day.
        reserve_days: Days of very urgent quantiles that nobody is served early from.
        low: Quantile of donations that the order counts on; the mean where it is None.
    """

    words: str
    is_eager: bool = False
    is_ordering: bool = True
    reserve_days: int = 0
    low: float | None = None


RULES = (
    Rule("no look-ahead, units from outside the same day", is_ordering=False),
    Rule("first come, first served, orders for tomorrow", is_eager=True),
    Rule("this rule, no reserve", reserve_days=0),
    Rule("this rule, 3 days of reserve, 5 % donation quantile", reserve_days=3, low=0.05),
)


def run() -> None:
    """Print one line a rule for months and for years."""
    for words, days, repeats in (("months", MONTH, MONTHS), ("years", YEAR, YEARS)):
        drawn = [draw(days, SEED + n) for n in range(repeats)]
        asked = sum(instance.requested_units for instance in drawn)
        least = sum(map(least_external_units, drawn)) / asked
        print(f"{repeats} {words}, share of units from outside; clairvoyant least {least:.2%}")
        for rule in RULES:
            share = sum(simulate(instance, rule) for instance in drawn) / asked
            print(f"  {rule.words:<52} {share:.2%}")


def draw(days: int, seed: int) -> Instance:
    """A made-up group of a city: opening stock of some days, donations with quiet weekends, Poisson demand."""
    rng = np.random.default_rng(seed)
    week = np.array([1 + 2 * (1 - QUIET) / 5] * 5 + [QUIET] * 2)
    donated = rng.poisson(MEAN * (1 - SHORTFALL) * week[np.arange(days) % 7])
    return Instance(
        name=f"drawn {seed}",
        horizon_days=days,
        shelf_life_days=LIFE,
        urgency_deadlines_days=CLASSES,
        terminal_rule="free",
        initial_stock={-k: int(rng.poisson(MEAN / 60)) for k in range(LIFE - 1)},
        donations=tuple(map(int, donated)),
        demand={u: tuple(map(int, rng.poisson(MEAN * share, days))) for u, share in zip(CLASSES, SHARES, strict=True)},
        backlog={},
    )


def simulate(instance: Instance, rule: Rule) -> int:
    """External units of a rule that sees only the past, day by day."""
    stock: dict[int, int] = {k + LIFE - 1: units for k, units in instance.initial_stock.items()}
    waiting: dict[int, int] = {}
    quantile, external, ordered = int(stats.poisson.ppf(0.95, MEAN * SHARES[0])), 0, 0
    for t in instance.days:
        stock[t + LIFE - 1] = instance.donations[t - 1] + ordered  # what was ordered is as fresh as a donation
        external, ordered = external + ordered, 0
        for u in CLASSES:
            waiting[t + u] = waiting.get(t + u, 0) + instance.demand[u][t - 1]
        external += _take(stock, waiting.pop(t, 0))
        _serve_early(stock, waiting, t, quantile, rule)
        if rule.is_ordering:
            ordered = max(0, _gap(stock, waiting, t, quantile, rule))
        stock.pop(t, None)
    return external


def _serve_early(stock: dict[int, int], waiting: dict[int, int], t: int, quantile: int, rule: Rule) -> None:
    """Requests that can wait: all that there is for the eager; units on their last day, and those above the reserve."""
    kept = 0 if rule.is_eager else quantile * max(1, rule.reserve_days)
    spare = sum(stock.values()) - kept if rule.is_ordering else 0
    for due in sorted(waiting):
        units = min(waiting[due], max(spare, stock.get(t, 0)))
        _take(stock, units)
        spare -= units
        waiting[due] -= units


def _gap(stock: dict[int, int], waiting: dict[int, int], t: int, quantile: int, rule: Rule) -> int:
    mean = MEAN * (1 - SHORTFALL) * (QUIET if t % 7 in {5, 6} else 1 + 2 * (1 - QUIET) / 5)
    figures = {
        "due_not_urgent_units": 0,
        "due_urgent_units": waiting.get(t + 1, 0),
        "very_urgent_quantile_units": quantile,
        "stock_units": sum(stock.values()),
        "used_today_units": 0,
        "outdating_units": stock.get(t, 0),
        "inbound_units": int(stats.poisson.ppf(rule.low, mean)) if rule.low else 0,
    }
    return order_gap(figures)[0]


def _take(stock: dict[int, int], units: int) -> int:
    """Take the oldest units away; returns how many are lacking."""
    for last in sorted(stock):
        taken = min(units, stock[last])
        stock[last] -= taken
        units -= taken
    return units
