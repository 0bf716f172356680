"""Where every unit of every lot ends: a plan followed unit by unit, first in first out on each shelf of a site.

Units on a shelf are alike, so a plan names shelves; people and the law name units. Lots come onto a shelf in the order
of their days and leave it in that order, and a transfer carries its lots along.
"""

from collections import defaultdict
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from optimization.network.ledger import delivered, freshness_limits, standing
from optimization.network.plan import NEGLIGIBLE, NetworkPlan
from optimization.network.problem import NetworkProblem
from optimization.network.shelves import Shelf


class End(StrEnum):
    """What became of units."""

    ISSUED = "issued"
    OUTDATED = "outdated"
    KEPT = "kept"


class Fate(NamedTuple):
    """Units of one lot with one end.

    Attributes:
        lot: Position among the problem's lots, then among the plan's deliveries.
        end: What became of them.
        site: Where.
        day: When; T where they are kept.
        row: Position of the allocation; None unless they are issued.
        units: How many.
    """

    lot: int
    end: End
    site: str
    day: int
    row: int | None
    units: float


class Untraced(NamedTuple):
    """Units that leave a shelf on which none stands."""

    shelf: Shelf
    site: str
    day: int
    units: float


Line = list[list[float]]
"""Lot and units, first in first out."""
Departure = tuple[str, float, int | None, tuple[str, int] | None]
"""Site, units, allocation or none, destination and day of arrival or none."""


def trace(problem: NetworkProblem, plan: NetworkPlan) -> tuple[list[Fate], list[Untraced]]:
    """The fate of every free unit, and what cannot be traced to a lot."""
    fates: list[Fate] = []
    lost: list[Untraced] = []
    arrivals, departures = _arrivals(problem, plan), _departures(problem, plan)
    for shelf in sorted({*arrivals, *departures}):
        stock: dict[str, Line] = defaultdict(list)
        for t in problem.days:
            for site, lot, units in arrivals[shelf].pop(t, ()):
                stock[site].append([lot, units])
            lost += _leave((shelf, t), stock, arrivals[shelf], departures[shelf].get(t, []), fates)
            if t in {shelf.last_day, problem.horizon_days}:
                end = End.OUTDATED if t == shelf.last_day else End.KEPT
                fates += [Fate(int(lot), end, i, t, None, n) for i, line in sorted(stock.items()) for lot, n in line]
                stock.clear()
    return fates, lost


def _leave(
    when: tuple[Shelf, int],
    stock: dict[str, Line],
    arrivals: dict[int, list[tuple[str, int, float]]],
    pending: list[Departure],
    fates: list[Fate],
) -> Iterator[Untraced]:
    """Take a day's departures from the front of each line; those that wait for a transfer of the same day go round."""
    shelf, t = when
    while pending:
        left: list[Departure] = []
        moved = 0.0
        for site, units, row, way in pending:
            for lot, part in _take(stock[site], units):
                units, moved = units - part, moved + part  # noqa: PLW2901 - what is still to leave
                if way is None:
                    fates.append(Fate(lot, End.ISSUED, site, t, row, part))
                elif way[1] == t:
                    stock[way[0]].append([lot, part])
                else:
                    arrivals[way[1]].append((way[0], lot, part))
            if units > NEGLIGIBLE:
                left.append((site, units, row, way))
        if not moved:
            yield from (Untraced(shelf, site, t, units) for site, units, _, _ in left)
            return
        pending = left


def _take(line: Line, units: float) -> Iterator[tuple[int, float]]:
    while units > NEGLIGIBLE and line:
        lot, there = line[0]
        part = min(units, there)
        units -= part
        line[0][1] = there - part
        if line[0][1] <= NEGLIGIBLE:
            line.pop(0)
        yield int(lot), part


def _arrivals(
    problem: NetworkProblem, plan: NetworkPlan
) -> defaultdict[Shelf, defaultdict[int, list[tuple[str, int, float]]]]:
    limits = freshness_limits(problem)
    found: defaultdict[Shelf, defaultdict[int, list[tuple[str, int, float]]]] = defaultdict(lambda: defaultdict(list))
    for number, lot in enumerate([*problem.lots, *delivered(problem, plan)]):
        if lot.free_units > NEGLIGIBLE:
            found[standing(problem, lot, limits)][lot.from_day].append((lot.site, number, lot.free_units))
    return found


def _departures(problem: NetworkProblem, plan: NetworkPlan) -> defaultdict[Shelf, defaultdict[int, list[Departure]]]:
    found: defaultdict[Shelf, defaultdict[int, list[Departure]]] = defaultdict(lambda: defaultdict(list))
    for row, issue in enumerate(plan.allocations):
        if issue.shelf:
            site = problem.requests[issue.request].site
            found[issue.shelf][issue.day].append((site, issue.units, row, None))
    for move in plan.transfers:
        link = problem.links[move.link]
        way = (link.destination, move.day + link.travel_days)
        found[move.shelf][move.day].append((link.origin, move.units, None, way))
    return found
