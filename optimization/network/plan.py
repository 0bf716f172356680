"""The plan of a network: which unit serves which request, and what moves, comes in and is lost, row by row."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from optimization.network.arrays import Numbers
from optimization.network.columns import Network
from optimization.network.figures import Figures
from optimization.network.index import Index
from optimization.network.shelves import Shelf

DIGITS = 8
"""Decimals kept of a continuous plan: finer ones are the solver's tolerance."""
NEGLIGIBLE = 1e-6
"""Less than this of a unit is what rounding has left."""


class Source(StrEnum):
    """Where a unit comes from."""

    STOCK = "stock"
    EXTERNAL = "external"
    EMERGENCY = "emergency"


class Allocation(NamedTuple):
    """Units for requests on a day.

    Attributes:
        request: Position in the problem's requests.
        day: Day of issue at the site of the request.
        source: Where they come from.
        shelf: Which units, from stock; None from outside, where they are got as the request requires.
        units: How many.
    """

    request: int
    day: int
    source: Source
    shelf: Shelf | None
    units: float


class Transfer(NamedTuple):
    """Units that leave a site by a link (its position in the problem's links) on a day."""

    link: int
    day: int
    shelf: Shelf
    units: float


class Delivery(NamedTuple):
    """Units from outside into stock: the position of the source in the problem's externals, the day of use."""

    external: int
    day: int
    units: float


class Outdate(NamedTuple):
    """Units left at a site after their last day."""

    site: str
    shelf: Shelf
    units: float


class Shortage(NamedTuple):
    """Requests (their position) that get nothing, given up on a day."""

    request: int
    day: int
    units: float


@dataclass(frozen=True, slots=True)
class NetworkPlan:
    """A plan. What is not listed stays where it is; open after the last day is what no row settles.

    Attributes:
        problem: Name of the problem that it plans.
        integer: Whether all units are whole.
        rungs: Every rung of the ladder, in its order, and what the plan is at.
        allocations: Units for requests.
        transfers: Units between sites.
        deliveries: Units from outside into stock.
        outdates: Units lost.
        shortages: Requests not met.
    """

    problem: str
    integer: bool
    rungs: Mapping[str, float]
    allocations: tuple[Allocation, ...]
    transfers: tuple[Transfer, ...]
    deliveries: tuple[Delivery, ...]
    outdates: tuple[Outdate, ...]
    shortages: tuple[Shortage, ...]


def read_plan(net: Network, values: Numbers, rungs: Mapping[str, float], *, integer: bool) -> NetworkPlan:
    """The plan in a solution: flows through pools and queues are followed back to shelves and requests."""
    index, solved = net.index, Solved(net, values, 0 if integer else DIGITS)
    shelf, names = cache(index.shelf), list(index.names.sites)
    allocations, shortages = _settle(net, solved)
    kept = solved.rows("kept")
    return NetworkPlan(
        problem=net.problem.name,
        integer=integer,
        rungs=dict(rungs),
        allocations=tuple(allocations),
        transfers=tuple(Transfer(x, t, shelf(s), u) for (x, s, t), u in solved.rows("moved")),
        deliveries=tuple(Delivery(x, t, u) for (x, t), u in solved.rows("ordered")),
        outdates=tuple(Outdate(names[i], shelf(s), u) for (i, s, t), u in kept if index.shelves.last[s] == t),
        shortages=tuple(shortages),
    )


class Solved:
    """A solution by name and key: non-zero values only."""

    def __init__(self, net: Network, values: Numbers, digits: int) -> None:
        self._net, self._values, self._digits = net, values, digits

    def rows(self, name: str) -> list[tuple[Any, float]]:
        """Keys and values of a block of variables, by key."""
        block = self._net.blocks[name]
        own = np.round(self._values[block.start : block.start + len(block)], self._digits)
        used = np.flatnonzero(own > NEGLIGIBLE)
        keys = [column[used] for column in block.key]
        order = np.lexsort(tuple(reversed(keys)))
        return list(
            zip(zip(*(key[order].tolist() for key in keys), strict=True), own[used][order].tolist(), strict=True)
        )


def _settle(net: Network, solved: Solved) -> tuple[list[Allocation], list[Shortage]]:
    """Each queue's supply, day by day, to its requests, the oldest first."""
    open_units, arrivals = _waiting_line(net.figures), _arrivals(net.index, solved)
    supplied, given_up = dict(solved.rows("supplied")), dict(solved.rows("shortage"))
    queues = list(zip(*(column.tolist() for column in net.index.queues), strict=True))
    allocations: list[Allocation] = []
    shortages: list[Shortage] = []
    for q, t in sorted({*supplied, *given_up}, key=lambda key: (key[1], *_rank(queues, key[0]))):
        if (q, t) in supplied:
            desk = arrivals[queues[q][0], queues[q][1], t]
            for (source, shelf), units in _take(desk, supplied[q, t]):
                settled = _take(open_units[q], units)
                allocations += [Allocation(r, t, source, shelf, part) for r, part in settled]
        if (q, t) in given_up:
            shortages += [Shortage(r, t, units) for r, units in _take(open_units[q], given_up[q, t])]
    return allocations, shortages


def _arrivals(index: Index, solved: Solved) -> dict[Any, list[list[Any]]]:
    """What reaches each desk (site, ask, day): the oldest units of stock first, then those from outside."""
    desks: dict[Any, list[list[Any]]] = defaultdict(list)
    given: dict[Any, list[tuple[int, float]]] = defaultdict(list)
    issued: dict[Any, list[list[Any]]] = defaultdict(list)
    for (i, p, a, t), units in solved.rows("given"):
        given[i, p, t].append((a, units))
    shelf_in_words = cache(index.shelf)
    for (i, s, t), units in solved.rows("issued"):
        issued[i, int(index.pool_on[s, t]), t].append([shelf_in_words(s), units])
    for (i, p, t), asks in given.items():
        on_shelf = sorted(issued[i, p, t], key=lambda entry: entry[0].last_day)
        for a, units in asks:
            desks[i, a, t] += [[(Source.STOCK, shelf), part] for shelf, part in _take(on_shelf, units)]
    for desk in desks.values():
        desk.sort(key=lambda entry: entry[0][1].last_day)
    externals = index.problem.externals
    for (x, a, t), units in solved.rows("external"):
        source = Source.EMERGENCY if externals[x].is_emergency else Source.EXTERNAL
        desks[index.names.sites[externals[x].site], a, t].append([(source, None), units])
    return desks


def _waiting_line(figures: Figures) -> dict[int, list[list[Any]]]:
    """Requests of each queue, the oldest first."""
    requests, line = figures.requests, defaultdict(list)
    order = np.lexsort((requests.position, requests.day))
    rows = zip(*(column[order].tolist() for column in (figures.queue, requests.position, requests.units)), strict=True)
    for q, r, units in rows:
        if units:
            line[q].append([r, units])
    return line


def _rank(queues: list[tuple[int, ...]], q: int) -> tuple[int, int, int]:
    _, _, tier, urgency = queues[q]
    return urgency, tier, q


def _take(line: list[list[Any]], units: float) -> Iterator[tuple[Any, float]]:
    """Take units from the front of a line of [what, units], leaving the rest in it."""
    while units > NEGLIGIBLE and line:
        what, there = line[0]
        part = min(units, there)
        units = round(units - part, DIGITS)
        line[0][1] = round(there - part, DIGITS)
        if line[0][1] <= NEGLIGIBLE:
            line.pop(0)
        yield what, part
