"""Shelves: which units are alike for the rest of a plan, and when a transfer can first bring one to a site."""

import heapq
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from hemoflow.domain.blood_groups import BloodGroup
from hemoflow.domain.units import Component
from optimization.network.parts import External, Lot


class Shelf(NamedTuple):
    """Interchangeable units of any site.

    Attributes:
        component: What they hold.
        blood_group: Their group.
        attributes: What else they are.
        last_day: Last day of use; T + 1 stands for every day after the horizon.
        fresh_until: For each freshness limit, strictest first, the last day of the plan on which they meet it.
    """

    component: Component
    blood_group: BloodGroup
    attributes: tuple[str, ...]
    last_day: int
    fresh_until: tuple[int, ...]


def shelf_of(lot: Lot, limits: Sequence[int], horizon_days: int) -> Shelf:
    """The shelf of a lot; days outside the plan are cut to 0 and T."""
    until = tuple(min(max(lot.collected_day + limit, 0), horizon_days) for limit in limits)
    last = min(lot.last_usable_day, horizon_days + 1)
    return Shelf(lot.component, lot.blood_group, lot.attributes, last, until)


def fresh_shelf(source: External, day: int, life: int, limits: Sequence[int], horizon_days: int) -> Shelf:
    """The shelf of a plain unit collected on ``day``."""
    unit = Lot(source.component, source.blood_group, source.site, day, day, day + life - 1, 1)
    return shelf_of(unit, limits, horizon_days)


def reach(
    arrivals: Mapping[tuple[int, Shelf], int], links: Sequence[tuple[int, int, int]], horizon_days: int
) -> dict[tuple[int, Shelf], int]:
    """First day on which a unit of a shelf can stand at a site, from its first arrivals (Dijkstra's algorithm)."""
    ways: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for origin, destination, days in links:
        ways[origin].append((destination, days))
    first: dict[tuple[int, Shelf], int] = {}
    heap = [(day, site, shelf) for (site, shelf), day in arrivals.items()]
    heapq.heapify(heap)
    while heap:
        day, site, shelf = heapq.heappop(heap)
        if (site, shelf) in first or day > min(shelf.last_day, horizon_days):
            continue
        first[site, shelf] = day
        for there, days in ways[site]:
            heapq.heappush(heap, (day + days, there, shelf))
    return first
