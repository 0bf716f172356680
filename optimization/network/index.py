"""What the equations run over: shelves, pools, asks and queues, numbered, and the days on which each exists.

Only what can hold a unit is listed: a shelf exists at a site from the first day on which a unit can have reached it,
and a queue while one of its requests may be open. Units that are alike for the rest of the plan share a shelf, so that
all that outlasts the horizon is one shelf unless a freshness limit tells its units apart. Every set is a table of whole
arrays; nothing loops over its rows.
"""

import numpy as np

from hemoflow.domain.units import Component
from optimization.network.arrays import Flags, Whole, distinct, located, numbered, spread
from optimization.network.entries import GROUPS, LotColumns, Names, RequestColumns, lot_columns, request_columns
from optimization.network.problem import NetworkProblem
from optimization.network.sets import (
    Ask,
    Asks,
    Deliveries,
    Desks,
    Directs,
    Gives,
    Links,
    Moves,
    Orders,
    Pools,
    QueueDays,
    Queues,
    Served,
    Shelves,
    Stands,
)
from optimization.network.shelves import Shelf, first_days


class Index:
    """All sets of the program, from a problem.

    Args:
        problem: The data.
        is_roomy: Whether lots and requests of no unit hold room too, for the figures of another day.

    Attributes:
        stands: Every site, shelf and day that can hold a unit.
        pools: Shelves that may serve the same asks on a day.
        queues: Requests that wait together; ``queue_days`` those days on which each may be served.
        desks: Site, ask, day: where something may be supplied.
        gives: A pool that may serve an ask at a site on a day.
        served: Site, pool and day from which something may be given; ``issues`` are the stands of such pools.
        moves: Link, shelf and day of departure.
        directs: External source, ask and day: a delivery to requests.
        orders: External source and day: a delivery to stock.
    """

    def __init__(self, problem: NetworkProblem, *, is_roomy: bool = False) -> None:
        self.problem, self.T, self.names = problem, problem.horizon_days, Names(problem)
        self.attributes = _ranked([(), *{lot.attributes for lot in problem.lots}])
        self.required = _ranked({request.requires for request in problem.requests})
        self.is_open = np.ones((len(problem.sites), self.T + 2), bool)
        for site, t in problem.closed:
            self.is_open[self.names.sites[site], min(t, self.T + 1)] &= t > self.T
        self._queue_up(is_roomy=is_roomy)
        self._stock_up(is_roomy=is_roomy)
        self._pool()
        self._serve()
        self._send()
        self._deliver()

    def _queue_up(self, *, is_roomy: bool) -> None:
        entries = request_columns(self.names, self.problem.requests, self.required, is_roomy=is_roomy)
        asks, ask = distinct((entries.component, entries.group, entries.freshness, entries.requires))
        queues, self.queue_of_request = distinct((entries.site, ask, entries.tier, entries.urgency))
        self.requests, self.asks, self.queues = entries, Asks(*asks), Queues(*queues)
        start, due = np.maximum(entries.day, 1), np.minimum(entries.day + entries.urgency, self.T)
        is_open = self.windows(self.queue_of_request, start, due, np.ones_like(start)) > 0
        self.queue_day_number = numbered(is_open)
        self.queue_days = QueueDays(*np.nonzero(is_open))
        last = np.minimum(entries.day + entries.urgency - 1, self.T)
        may_wait = self.windows(self.queue_of_request, start, last, np.ones_like(start)) > 0
        self.wait_number = numbered(may_wait)
        self.waits = QueueDays(*np.nonzero(may_wait))

    def windows(self, queue: Whole, start: Whole, end: Whole, values: Whole) -> Whole:
        """Values summed over all windows that cover a queue's day: queues by days 0 to T + 1."""
        change = np.zeros((len(self.queues.site), self.T + 3), np.int64)
        np.add.at(change, (queue, start), values)
        np.add.at(change, (queue, np.maximum(end, start - 1) + 1), -values)
        return np.cumsum(change, axis=1)[:, : self.T + 2]

    def _stock_up(self, *, is_roomy: bool) -> None:
        problem, T = self.problem, self.T
        lots = lot_columns(self.names, problem.lots, self.attributes)
        is_used = (lots.from_day <= T) & ((lots.units > 0) | is_roomy)
        self.lots = lots.only(is_used)
        self.deliveries = Deliveries.of(problem, self.names, self.is_open)
        columns, shelf = distinct(
            tuple(map(np.concatenate, zip(self._shelf_columns(self.lots), self._new_columns(), strict=True)))
        )
        self.shelves = Shelves.of(columns)
        self.shelf_of_lot = shelf[: len(self.lots.site)]
        self.shelf_of_delivery = shelf[len(self.lots.site) :]
        self.links = Links.of(problem, self.names)
        site = np.concatenate([self.lots.site, self.deliveries.site])
        day = np.concatenate([self.lots.from_day, self.deliveries.day])
        end = np.minimum(self.shelves.last, T)
        first = first_days((len(problem.sites), len(end)), (site, shelf, day), self.links, end)
        self.stands = Stands.between(first, end)

    def _shelf_columns(self, lots: LotColumns) -> tuple[Whole, ...]:
        """Component, group, attributes, last day and freshness of units."""
        limits = self.names.limit_table[lots.component]
        until = np.where(limits >= 0, np.clip(lots.collected[:, None] + limits, 0, self.T), 0)
        return (lots.component, lots.group, lots.attributes, np.minimum(lots.last, self.T + 1), *until.T)

    def _new_columns(self) -> tuple[Whole, ...]:
        new, none = self.deliveries, np.zeros_like(self.deliveries.day)
        last = new.day + new.life - 1
        plain = np.full_like(none, self.attributes[()])
        return self._shelf_columns(LotColumns(new.site, new.component, new.group, plain, new.day, new.day, last, none))

    def find_shelves(self, lots: LotColumns) -> Whole:
        """Numbers of the shelves of other lots; a KeyError where one is unknown."""
        return located((*self.shelves[:4], *self.shelves.until.T), self._shelf_columns(lots), "a shelf")

    def find_queues(self, requests: RequestColumns) -> Whole:
        """Numbers of the queues of other requests; a KeyError where one is unknown."""
        wanted = (requests.component, requests.group, requests.freshness, requests.requires)
        ask = located(self.asks, wanted, "an ask")
        return located(self.queues, (requests.site, ask, requests.tier, requests.urgency), "a queue")

    def _pool(self) -> None:
        """Pools by shelf and day, from the number of freshness limits that its units still meet."""
        shelves, T = self.shelves, self.T
        has_limit = self.names.limit_table[shelves.component] >= 0
        days = np.arange(T + 1)
        grade = ((shelves.until[:, None, :] >= days[None, :, None]) & has_limit[:, None, :]).sum(axis=2)
        shelf, day = self.stands.shelf_days(len(shelves.last), T)
        columns = (shelves.component[shelf], shelves.group[shelf], shelves.attributes[shelf], grade[shelf, day])
        pools, pool = distinct(columns)
        self.pools = Pools(*pools)
        self.pool_on = np.full((len(shelves.last), T + 1), -1)
        self.pool_on[shelf, day] = pool
        self.pool_of_stand = self.pool_on[self.stands.shelf, self.stands.day]

    def _serve(self) -> None:
        sites, T, asks, pools = len(self.problem.sites), self.T, len(self.asks.group), len(self.pools.group)
        site, ask = self.queues.site[self.queue_days.queue], self.queues.ask[self.queue_days.queue]
        is_desk = np.zeros((sites, asks, T + 1), bool)
        is_desk[site, ask, self.queue_days.day] = True
        self.desk_number, self.desks = numbered(is_desk), Desks(*np.nonzero(is_desk))
        self.desk_of_queue_day = self.desk_number[site, ask, self.queue_days.day]
        has_stock = np.zeros((sites, pools, T + 1), bool)
        has_stock[self.stands.site, self.pool_of_stand, self.stands.day] = True
        self.gives = self._gives(has_stock)
        is_served = np.zeros_like(has_stock)
        is_served[self.gives.site, self.gives.pool, self.gives.day] = True
        self.served_number, self.served = numbered(is_served), Served(*np.nonzero(is_served))
        served = self.served_number[self.stands.site, self.pool_of_stand, self.stands.day]
        self.issues = np.flatnonzero(served >= 0)
        self.served_of_issue = served[self.issues]

    def _gives(self, has_stock: Flags) -> Gives:
        ask, pool, penalty = self._serving()
        begin = np.searchsorted(ask, np.arange(len(self.asks.group) + 1))
        desk, entry = spread(begin[self.desks.ask], begin[self.desks.ask + 1] - 1)
        desks = Desks(self.desks.site[desk], self.desks.ask[desk], self.desks.day[desk])
        is_there = has_stock[desks.site, pool[entry], desks.day] & self.is_open[desks.site, desks.day]
        rows = (desks.site, pool[entry], desks.ask, desks.day, penalty[entry], desk)
        return Gives(*(column[is_there] for column in rows))

    def _serving(self) -> tuple[Whole, Whole, Whole]:
        """Ask, pool and penalty of every pair that the policy and the units allow, by ask and pool."""
        names, asks, pools = self.names, self.asks, self.pools
        penalty = np.full((len(names.components), len(GROUPS), len(GROUPS)), -1)
        for pair in self.problem.substitutions:
            if pair.component in names.components:
                place = (names.components[pair.component], names.groups[pair.donor], names.groups[pair.recipient])
                penalty[place] = pair.penalty
        has_all = np.array([[set(need) <= set(held) for held in self.attributes] for need in self.required], bool)
        price = penalty[asks.component[:, None], pools.group[None, :], asks.group[:, None]]
        limits = (names.limit_table >= 0).sum(axis=1)[asks.component]
        may = (asks.component[:, None] == pools.component[None, :]) & (price >= 0)
        may &= pools.grade[None, :] > (limits - 1 - asks.freshness)[:, None]
        if len(self.required):
            may &= has_all[asks.requires[:, None], pools.attributes[None, :]]
        ask, pool = np.nonzero(may)
        return ask, pool, price[ask, pool]

    def _send(self) -> None:
        """Moves of a shelf by a link on every day on which it stands at both ends in time."""
        links, stands, is_open = self.links, self.stands, self.is_open
        x, s = np.nonzero((stands.place[links.origin] >= 0) & (stands.place[links.destination] >= 0))
        here, there = stands.place[links.origin[x], s], stands.place[links.destination[x], s]
        days, end = links.days[x], np.minimum(self.shelves.last[s], self.T)
        pair, day = spread(np.maximum(stands.start[here], stands.start[there] - days), end - days)
        arrival = day + days[pair]
        is_possible = is_open[links.origin[x[pair]], day] & is_open[links.destination[x[pair]], arrival]
        pair, day, arrival = pair[is_possible], day[is_possible], arrival[is_possible]
        departure_stand = stands.offset[here[pair]] + day
        arrival_stand = stands.offset[there[pair]] + arrival
        self.moves = Moves(x[pair], s[pair], day, departure_stand, arrival_stand)

    def _deliver(self) -> None:
        new = self.deliveries
        self.orders = Orders(new.source, new.day, self.stands.number(new.site, self.shelf_of_delivery, new.day))
        tables = np.full((2, len(self.problem.sites), len(self.names.components), len(GROUPS)), -1)
        for number, source in enumerate(self.problem.externals):
            if not source.into_stock:
                place = self.names.components[source.component], self.names.groups[source.blood_group]
                tables[(int(source.is_emergency), self.names.sites[source.site], *place)] = number
        lead = np.array([source.lead_days for source in self.problem.externals] or [0])
        component, group = self.asks.component[self.desks.ask], self.asks.group[self.desks.ask]
        found = []
        for is_emergency, table in enumerate(tables):
            x = table[self.desks.site, component, group]
            is_in_time = (x >= 0) & (self.desks.day >= 1 + lead[x])
            desk = np.flatnonzero(is_in_time & (self.is_open[self.desks.site, self.desks.day] | bool(is_emergency)))
            found.append((x[desk], self.desks.ask[desk], self.desks.day[desk], desk))
        self.directs = Directs(*(np.concatenate(columns) for columns in zip(*found, strict=True)))

    def shelf(self, s: int) -> Shelf:
        """A shelf in words."""
        own, component = self.shelves, list(self.names.components)[self.shelves.component[s]]
        until = own.until[s, : len(self.names.limits[component])]
        held = list(self.attributes)[own.attributes[s]]
        return Shelf(component, GROUPS[own.group[s]], held, int(own.last[s]), tuple(map(int, until)))

    def ask(self, a: int) -> Ask:
        """An ask in words."""
        component: Component = list(self.names.components)[self.asks.component[a]]
        requires = list(self.required)[self.asks.requires[a]]
        return Ask(component, GROUPS[self.asks.group[a]], int(self.asks.freshness[a]), requires)


def _ranked(sets: object) -> dict[tuple[str, ...], int]:
    return {words: number for number, words in enumerate(sorted(set(sets)))}  # type: ignore[call-overload]
