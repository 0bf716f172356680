"""The plan of a network: which unit serves which request, and what moves, comes in and is lost, row by row."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from optimization.constraints import Model
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


def read_plan(model: Model, rungs: Mapping[str, float], *, integer: bool) -> NetworkPlan:
    """The plan in a solved model: flows through pools and queues are followed back to shelves and requests."""
    index: Index = model.index
    digits = 0 if integer else DIGITS
    shelves, names = index.shelves, list(index.sites)
    kept = _amounts(model.kept, digits)
    allocations, shortages = _settle(index, model, digits)
    return NetworkPlan(
        problem=model.name,
        integer=integer,
        rungs=dict(rungs),
        allocations=tuple(allocations),
        transfers=tuple(Transfer(x, t, shelves[s], u) for (x, s, t), u in _amounts(model.moved, digits).items()),
        deliveries=tuple(Delivery(x, t, u) for (x, t), u in _amounts(model.ordered, digits).items()),
        outdates=tuple(Outdate(names[i], shelves[s], u) for (i, s, t), u in kept.items() if shelves[s].last_day == t),
        shortages=tuple(shortages),
    )


def _settle(index: Index, model: Model, digits: int) -> tuple[list[Allocation], list[Shortage]]:
    """Each queue's supply, day by day, to its requests, the oldest first."""
    open_units = _waiting_line(index)
    arrivals = _arrivals(index, model, digits)
    supplied, given_up = _amounts(model.supplied, digits), _amounts(model.shortage, digits)
    allocations: list[Allocation] = []
    shortages: list[Shortage] = []
    for q, t in sorted(index.supplies, key=lambda key: (key[1], _rank(index, key[0]))):
        if (q, t) in supplied:
            desk = arrivals[index.queues[q].site, index.queues[q].ask, t]
            for (source, shelf), units in _take(desk, supplied[q, t]):
                settled = _take(open_units[q], units)
                allocations += [Allocation(r, t, source, shelf, part) for r, part in settled]
        if (q, t) in given_up:
            shortages += [Shortage(r, t, units) for r, units in _take(open_units[q], given_up[q, t])]
    return allocations, shortages


def _arrivals(index: Index, model: Model, digits: int) -> dict[Any, list[list[Any]]]:
    """What reaches each desk (site, ask, day): the oldest units of stock first, then those from outside."""
    desks: dict[Any, list[list[Any]]] = defaultdict(list)
    given = defaultdict(list)
    for (i, p, a, t), units in sorted(_amounts(model.given, digits).items()):
        given[i, p, t].append((a, units))
    issued: dict[Any, list[list[Any]]] = defaultdict(list)
    for (i, s, t), units in sorted(_amounts(model.issued, digits).items()):
        issued[i, index.issues[i, s, t], t].append([index.shelves[s], units])
    for (i, p, t), asks in given.items():
        on_shelf = sorted(issued[i, p, t], key=lambda entry: entry[0].last_day)
        for a, units in asks:
            desks[i, a, t] += [[(Source.STOCK, shelf), part] for shelf, part in _take(on_shelf, units)]
    for desk in desks.values():
        desk.sort(key=lambda entry: entry[0][1].last_day)
    externals = index.problem.externals
    for (x, a, t), units in sorted(_amounts(model.external, digits).items()):
        source = Source.EMERGENCY if externals[x].is_emergency else Source.EXTERNAL
        desks[index.sites[externals[x].site], a, t].append([(source, None), units])
    return desks


def _waiting_line(index: Index) -> dict[int, list[list[Any]]]:
    number = {queue: q for q, queue in enumerate(index.queues)}
    line: dict[int, list[list[Any]]] = defaultdict(list)
    asks = {ask: a for a, ask in enumerate(index.asks)}
    for r, request in sorted(enumerate(index.problem.requests), key=lambda entry: (entry[1].day, entry[0])):
        if request.units:
            ask = asks[index.ask_of(request)]
            queue = (index.sites[request.site], ask, request.shortage_tier, request.urgency)
            line[number[queue]].append([r, request.units])  # type: ignore[index]
    return line


def _rank(index: Index, q: int) -> tuple[int, int, int]:
    return index.queues[q].urgency, index.queues[q].shortage_tier, q


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


def _amounts(variable: Any, digits: int) -> dict[Any, float]:  # noqa: ANN401
    """Non-zero values; the solver leaves columns out that appear in no equation, and such are zero."""
    values = ((key, entry.value) for key, entry in variable.items())
    tidy = ((key, round(value, digits or None)) for key, value in values if value is not None)
    return {key: value for key, value in tidy if value > NEGLIGIBLE}
