"""Shelves: which units are alike for the rest of a plan, and when a transfer can first bring one to a site."""

import heapq
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from hemoflow.domain.blood_groups import BloodGroup
from hemoflow.domain.units import Component
from optimization.network.arrays import Whole

NEVER = 2**40
"""Beyond every day."""


class Ways(Protocol):
    """Links as columns."""

    @property
    def origin(self) -> Whole:
        """Sites of departure."""

    @property
    def destination(self) -> Whole:
        """Sites of arrival."""

    @property
    def days(self) -> Whole:
        """Days of travel."""


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


def first_days(shape: tuple[int, int], arrivals: tuple[Whole, Whole, Whole], links: Ways, end: Whole) -> Whole:
    """First day on which a unit of a shelf can stand at a site: sites by shelves, beyond every day where none can.

    Args:
        shape: Numbers of sites and shelves.
        arrivals: Site, shelf and day of everything that comes from outside the network.
        links: Ways of transfer.
        end: Last day of each shelf within the plan.
    """
    first = np.full(shape, NEVER)
    np.minimum.at(first, arrivals[:2], arrivals[2])
    while True:
        by_link = first[links.origin] + links.days[:, None]
        by_link[by_link > end[None, :]] = NEVER
        nearer = first.copy()
        np.minimum.at(nearer, links.destination, by_link)
        if np.array_equal(nearer, first):
            return first
        first = nearer
