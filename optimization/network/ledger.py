"""What a plan does to every shelf and every request, replayed day by day in plain Python for the judge.

Nothing here knows the program or its index: shelves are told from lots anew.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

from optimization.network.parts import Lot
from optimization.network.plan import Allocation, NetworkPlan, Shortage
from optimization.network.problem import NetworkProblem
from optimization.network.shelves import Shelf

Place = tuple[str, Shelf]
Units = dict[int, float]


@dataclass(frozen=True, slots=True)
class Ledger:
    """A replayed plan.

    Attributes:
        left: Units on a site's shelf at the end of each day, before what is past its last day is taken away.
        settled: Units of each request supplied or given up, by day.
        issued: Units issued from stock by site, component, group and day.
    """

    left: dict[tuple[str, Shelf, int], float]
    settled: dict[int, Units]
    issued: dict[tuple[str, str, str], Units]


def replay(problem: NetworkProblem, plan: NetworkPlan) -> Ledger:
    """Book every row of a plan on the day on which it happens."""
    change = _changes(problem, plan)
    left: dict[tuple[str, Shelf, int], float] = {}
    for (site, shelf), by_day in change.items():
        units = 0.0
        for t in problem.days:
            units = (units if t <= shelf.last_day else 0.0) + by_day[t]
            left[site, shelf, t] = units
    settled: dict[int, Units] = defaultdict(lambda: defaultdict(float))
    rows: list[Allocation | Shortage] = [*plan.allocations, *plan.shortages]
    for row in rows:
        settled[row.request][row.day] += row.units
    issued: dict[tuple[str, str, str], Units] = defaultdict(lambda: defaultdict(float))
    for supplied in plan.allocations:
        if supplied.shelf:
            site = problem.requests[supplied.request].site
            bench = (site, supplied.shelf.component, supplied.shelf.blood_group)
            issued[bench][supplied.day] += supplied.units
    return Ledger(left, settled, issued)


def _changes(problem: NetworkProblem, plan: NetworkPlan) -> dict[Place, Units]:
    change: dict[Place, Units] = defaultdict(lambda: defaultdict(float))

    def book(site: str, shelf: Shelf, day: int, units: float) -> None:
        change[site, shelf][day] += units

    ages = freshness_limits(problem)
    for lot in [*problem.lots, *delivered(problem, plan)]:
        book(lot.site, standing(problem, lot, ages), lot.from_day, lot.free_units)
    for move in plan.transfers:
        link = problem.links[move.link]
        book(link.origin, move.shelf, move.day, -move.units)
        book(link.destination, move.shelf, move.day + link.travel_days, move.units)
    for row in plan.allocations:
        if row.shelf:
            book(problem.requests[row.request].site, row.shelf, row.day, -row.units)
    return change


def known_shelves(problem: NetworkProblem, plan: NetworkPlan) -> set[Shelf]:
    """Every shelf that a lot or a delivery stands on."""
    ages = freshness_limits(problem)
    return {standing(problem, lot, ages) for lot in [*problem.lots, *delivered(problem, plan)]}


def freshness_limits(problem: NetworkProblem) -> dict[str, list[int]]:
    """Greatest ages that requests ask for, by component, strictest first."""
    ages: dict[str, set[int]] = {component: set() for component in problem.shelf_life_days}
    for request in problem.requests:
        if request.most_age_days is not None:
            ages[request.component].add(request.most_age_days)
    return {component: sorted(limits) for component, limits in ages.items()}


def standing(problem: NetworkProblem, lot: Lot, ages: Mapping[str, list[int]]) -> Shelf:
    """Where the units of a lot stand, from its own days: last use, and last day of each freshness limit."""
    T = problem.horizon_days
    fresh = tuple(max(0, min(T, lot.collected_day + age)) for age in ages[lot.component])
    return Shelf(lot.component, lot.blood_group, lot.attributes, min(lot.last_usable_day, T + 1), fresh)


def delivered(problem: NetworkProblem, plan: NetworkPlan) -> list[Lot]:
    """The lots that a plan's deliveries bring, in their order."""
    lots = []
    for delivery in plan.deliveries:
        source = problem.externals[delivery.external]
        last = delivery.day + problem.shelf_life_days[source.component] - 1
        unit = Lot(source.component, source.blood_group, source.site, delivery.day, delivery.day, last, 0)
        lots.append(replace(unit, units=delivery.units))  # type: ignore[arg-type]
    return lots
