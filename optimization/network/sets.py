"""The tables that the equations run over: named columns of numbers, one row a member."""

from typing import NamedTuple

import numpy as np

from hemoflow.domain.blood_groups import BloodGroup
from hemoflow.domain.units import Component
from optimization.network.arrays import Flags, Whole, numbered, spread, whole
from optimization.network.entries import Names
from optimization.network.problem import NetworkProblem


class Ask(NamedTuple):
    """What a request may have: group of the recipient, freshness class (0 is the strictest) and attributes."""

    component: Component
    blood_group: BloodGroup
    freshness: int
    requires: tuple[str, ...]


class Asks(NamedTuple):
    """All asks, in ascending order."""

    component: Whole
    group: Whole
    freshness: Whole
    requires: Whole


class Queues(NamedTuple):
    """Requests that wait together: one site, ask, tier and deadline class."""

    site: Whole
    ask: Whole
    tier: Whole
    urgency: Whole


class QueueDays(NamedTuple):
    """Days of queues."""

    queue: Whole
    day: Whole


class Shelves(NamedTuple):
    """Interchangeable units of any site; ``until`` has a column a freshness limit: the last day that meets it."""

    component: Whole
    group: Whole
    attributes: Whole
    last: Whole
    until: Whole

    @classmethod
    def of(cls, columns: tuple[Whole, ...]) -> "Shelves":
        """From columns, the freshness limits last."""
        component, group, attributes, last, *until = columns
        table = np.array(until, np.int64).reshape(len(until), len(last)).T
        return cls(component, group, attributes, last, table)


class Pools(NamedTuple):
    """Shelves that may serve the same asks on a day: group, attributes, and how many freshness limits they meet."""

    component: Whole
    group: Whole
    attributes: Whole
    grade: Whole


class Desks(NamedTuple):
    """Site, ask and day."""

    site: Whole
    ask: Whole
    day: Whole


class Served(NamedTuple):
    """Site, pool and day."""

    site: Whole
    pool: Whole
    day: Whole


class Gives(NamedTuple):
    """A pool's units to an ask at a site on a day, what that burdens, and the desk."""

    site: Whole
    pool: Whole
    ask: Whole
    day: Whole
    penalty: Whole
    desk: Whole


class Moves(NamedTuple):
    """Units of a shelf on a link from a day on; the stands of departure and arrival."""

    link: Whole
    shelf: Whole
    day: Whole
    departure: Whole
    arrival: Whole


class Orders(NamedTuple):
    """Units from outside into stock on a day, and the stand that they reach."""

    source: Whole
    day: Whole
    stand: Whole


class Directs(NamedTuple):
    """Units from outside to an ask on a day, and the desk."""

    source: Whole
    ask: Whole
    day: Whole
    desk: Whole


class Links(NamedTuple):
    """Ways of transfer."""

    origin: Whole
    destination: Whole
    days: Whole

    @classmethod
    def of(cls, problem: NetworkProblem, names: Names) -> "Links":
        """From a problem."""
        links, sites = problem.links, names.sites
        ends = whole([(sites[x.origin], sites[x.destination], x.travel_days) for x in links]).reshape(-1, 3)
        return cls(*ends.T)


class Deliveries(NamedTuple):
    """Possible deliveries into stock: the source, its day, and what arrives where."""

    source: Whole
    day: Whole
    site: Whole
    component: Whole
    group: Whole
    life: Whole

    @classmethod
    def of(cls, problem: NetworkProblem, names: Names, is_open: Flags) -> "Deliveries":
        """On every open day from the lead time on."""
        found = [(x, source) for x, source in enumerate(problem.externals) if source.into_stock]
        rows = [
            (
                x,
                source.lead_days + 1,
                names.sites[source.site],
                names.components[source.component],
                names.groups[source.blood_group],
                problem.shelf_life_days[source.component],
            )
            for x, source in found
        ]
        number, first, site, component, group, life = whole(rows).reshape(-1, 6).T
        row, day = spread(first, np.full(len(first), problem.horizon_days))
        can = is_open[site[row], day]
        row, day = row[can], day[can]
        return cls(number[row], day, site[row], component[row], group[row], life[row])


class Stands(NamedTuple):
    """Every site, shelf and day that can hold a unit, in this order, the days of a place in a row.

    Attributes:
        site: Of each stand; so ``shelf`` and ``day``.
        place: Sites by shelves: the number of the pair, -1 where no unit can come.
        start: First day of each place.
        offset: Number of a place's stand on day 0, were there one: that on day t is ``offset + t``.
    """

    site: Whole
    shelf: Whole
    day: Whole
    place: Whole
    start: Whole
    offset: Whole

    @classmethod
    def between(cls, first: Whole, end: Whole) -> "Stands":
        """From the first day of each site and shelf to the last day of the shelf."""
        can = first <= end[None, :]
        site, shelf = np.nonzero(can)
        start = first[site, shelf]
        owner, day = spread(start, end[shelf])
        length = end[shelf] - start + 1
        return cls(site[owner], shelf[owner], day, numbered(can), start, np.cumsum(length) - length - start)

    def number(self, site: Whole, shelf: Whole, day: Whole) -> Whole:
        """Numbers of stands; -1 where there is none."""
        place = self.place[site, shelf]
        if not len(self.start):
            return place
        own = self.offset[place] + day
        inside = np.clip(own, 0, len(self.day) - 1)
        is_there = (
            (place >= 0) & (self.site[inside] == site) & (self.shelf[inside] == shelf) & (self.day[inside] == day)
        )
        return np.where(is_there & (own == inside), own, -1)

    @property
    def has_yesterday(self) -> Flags:
        """Whether the stand of the day before exists; it has the number before."""
        return self.day > self.start[self.place[self.site, self.shelf]]

    def shelf_days(self, shelves: int, horizon_days: int) -> tuple[Whole, Whole]:
        """Shelves and days with a stand at some site."""
        is_there = np.zeros((shelves, horizon_days + 1), bool)
        is_there[self.shelf, self.day] = True
        shelf, day = np.nonzero(is_there)
        return shelf, day
