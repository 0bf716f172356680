"""What the equations run over: shelves, pools, asks and queues, numbered, and the days on which each exists.

Only what can hold a unit is listed: a shelf exists at a site from the first day on which a unit can have reached it,
and a queue while one of its requests may be open. Units that are alike for the rest of the plan share a shelf, so that
all that outlasts the horizon is one shelf unless a freshness limit tells its units apart.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from hemoflow.domain.blood_groups import BloodGroup
from hemoflow.domain.units import Component
from optimization.network.parts import External, Link, Request
from optimization.network.problem import NetworkProblem
from optimization.network.shelves import Shelf, fresh_shelf, reach, shelf_of

Stand = tuple[int, int, int]
"""Site, shelf, day."""


class Pool(NamedTuple):
    """Shelves that may serve the same asks on a day: group, attributes, and how many freshness limits they meet."""

    component: Component
    blood_group: BloodGroup
    attributes: tuple[str, ...]
    grade: int


class Ask(NamedTuple):
    """What a request may have: group of the recipient, freshness class (0 is the strictest) and attributes."""

    component: Component
    blood_group: BloodGroup
    freshness: int
    requires: tuple[str, ...]


class Queue(NamedTuple):
    """Requests that wait together."""

    site: int
    ask: int
    shortage_tier: int
    urgency: int


class Index:
    """All sets and figures of the program, from a problem.

    Attributes:
        sites: Number of each site by name.
        shelves: Shelves by number; so ``pools``, ``asks`` and ``queues``.
        received: Units that come to a site's shelf on a day.
        stands: Every site, shelf and day that can hold a unit; the value tells the shelf's pool that day.
        issues: Those stands from which a unit can be issued.
        gives: Site, pool, ask, day: a pool that may serve an ask; the value is the penalty.
        desks: Site, ask, day: where something may be supplied.
        waits: Queue and day: what may stay open after it, in units.
        asked: Queue and day: units asked, the backlog on day 1.
        supplies: Queue and day on which it may be served.
        moves: Link, shelf and day of departure; the value is the stand of arrival.
        directs: External source, ask and day: a delivery to requests.
        orders: External source and day: a delivery to stock; the value is the stand of arrival.
    """

    def __init__(self, problem: NetworkProblem) -> None:
        self.problem = problem
        self.sites = {site.name: number for number, site in enumerate(problem.sites)}
        self.closed = {(self.sites[site.name], t) for site in problem.sites for t in site.closed_days}
        self.limits = {k: _limits(problem, k) for k in sorted(problem.shelf_life_days)}
        self._queue_up()
        self._stock_up()
        self._serve()
        self._send()

    def _queue_up(self) -> None:
        requests = [request for request in self.problem.requests if request.units]
        self.asks = sorted({self.ask_of(request) for request in requests})
        number = {ask: a for a, ask in enumerate(self.asks)}
        by_queue: dict[Queue, list[Request]] = defaultdict(list)
        for r in requests:
            by_queue[Queue(self.sites[r.site], number[self.ask_of(r)], r.shortage_tier, r.urgency)].append(r)
        self.queues = sorted(by_queue)
        self.asked: dict[tuple[int, int], int] = defaultdict(int)
        self.waits: dict[tuple[int, int], int] = defaultdict(int)
        self.supplies: dict[tuple[int, int], None] = {}
        last = self.problem.horizon_days
        for q, queue in enumerate(self.queues):
            for request in sorted(by_queue[queue], key=lambda entry: entry.day):
                start = max(request.day, 1)
                self.asked[q, start] += request.units
                for t in range(start, min(request.due_day, last) + 1):
                    self.supplies[q, t] = None
                for t in range(start, min(request.due_day - 1, last) + 1):
                    self.waits[q, t] += request.units

    def _stock_up(self) -> None:
        problem, T = self.problem, self.problem.horizon_days
        arrivals: dict[tuple[int, Shelf], int] = {}
        received: dict[tuple[int, Shelf, int], int] = defaultdict(int)
        for lot in problem.lots:
            if lot.free_units and lot.from_day <= T:
                key = (self.sites[lot.site], shelf_of(lot, self.limits[lot.component], T))
                received[(*key, lot.from_day)] += lot.free_units
                arrivals[key] = min(lot.from_day, arrivals.get(key, T))
        for _, source, t in _deliveries(problem):
            if source.into_stock and (self.sites[source.site], t) not in self.closed:
                key = (self.sites[source.site], self.fresh(source, t))
                arrivals[key] = min(t, arrivals.get(key, T))
        links = [(self.sites[link.origin], self.sites[link.destination], link.travel_days) for link in problem.links]
        first = reach(arrivals, links, T)
        self.shelves = sorted({shelf for _, shelf in first})
        self.shelf_number = {shelf: s for s, shelf in enumerate(self.shelves)}
        self.received = {(i, self.shelf_number[s], t): units for (i, s, t), units in sorted(received.items())}
        last = {s: min(shelf.last_day, T) for s, shelf in enumerate(self.shelves)}
        starts = sorted((i, self.shelf_number[shelf], t) for (i, shelf), t in first.items())
        self.pools = sorted({self._pool(s, t) for _, s, start in starts for t in range(start, last[s] + 1)})
        number = {pool: p for p, pool in enumerate(self.pools)}
        self.stands = {(i, s, t): number[self._pool(s, t)] for i, s, start in starts for t in range(start, last[s] + 1)}

    def _serve(self) -> None:
        self.desks = dict.fromkeys(sorted({(self.queues[q].site, self.queues[q].ask, t) for q, t in self.supplies}))
        self.queues_at: dict[Stand, list[int]] = defaultdict(list)
        for q, t in sorted(self.supplies):
            self.queues_at[self.queues[q].site, self.queues[q].ask, t].append(q)
        serving = self._serving()
        shelves_at: dict[Stand, list[int]] = defaultdict(list)
        for (i, s, t), p in self.stands.items():
            shelves_at[i, p, t].append(s)
        self.gives: dict[tuple[int, int, int, int], int] = {}
        self.asks_of: dict[Stand, list[int]] = defaultdict(list)
        self.pools_of: dict[Stand, list[int]] = defaultdict(list)
        for i, a, t in self.desks:
            for p, penalty in serving[a] if (i, t) not in self.closed else ():
                if (i, p, t) in shelves_at:
                    self.gives[i, p, a, t] = penalty
                    self.asks_of[i, p, t].append(a)
                    self.pools_of[i, a, t].append(p)
        self.shelves_of = {key: shelves_at[key] for key in sorted(self.asks_of)}
        self.issues = {(i, s, t): p for (i, p, t), shelves in self.shelves_of.items() for s in shelves}

    def _serving(self) -> list[list[tuple[int, int]]]:
        pairs = {(pair.component, pair.donor, pair.recipient): pair.penalty for pair in self.problem.substitutions}
        return [
            [
                (p, pairs[ask.component, pool.blood_group, ask.blood_group])
                for p, pool in enumerate(self.pools)
                if (ask.component, pool.blood_group, ask.blood_group) in pairs
                and pool.component == ask.component
                and pool.grade > len(self.limits[ask.component]) - 1 - ask.freshness
                and set(ask.requires) <= set(pool.attributes)
            ]
            for ask in self.asks
        ]

    def _send(self) -> None:
        self.moves: dict[tuple[int, int, int], Stand] = {}
        self.leaving: dict[Stand, list[int]] = defaultdict(list)
        self.arriving: dict[Stand, list[tuple[int, int, int]]] = defaultdict(list)
        by_origin: dict[int, list[tuple[int, Link]]] = defaultdict(list)
        for x, link in enumerate(self.problem.links):
            by_origin[self.sites[link.origin]].append((x, link))
        for i, s, t in self.stands:
            for x, link in by_origin[i]:
                there = (self.sites[link.destination], s, t + link.travel_days)
                if there in self.stands and not {(i, t), (there[0], there[2])} & self.closed:
                    self.moves[x, s, t] = there
                    self.leaving[i, s, t].append(x)
                    self.arriving[there].append((x, s, t))
        self._deliver()

    def _deliver(self) -> None:
        self.orders: dict[tuple[int, int], Stand] = {}
        self.directs: dict[tuple[int, int, int], None] = {}
        self.bought_at: dict[Stand, list[tuple[int, int]]] = defaultdict(list)
        self.sources_of: dict[Stand, list[int]] = defaultdict(list)
        for x, source, t in _deliveries(self.problem):
            i = self.sites[source.site]
            if (i, t) in self.closed and not source.is_emergency:
                continue
            if source.into_stock:
                self.orders[x, t] = (i, self.shelf_number[self.fresh(source, t)], t)
                self.bought_at[self.orders[x, t]].append((x, t))
                continue
            for a, ask in enumerate(self.asks):
                if ask[:2] == (source.component, source.blood_group) and (i, a, t) in self.desks:
                    self.directs[x, a, t] = None
                    self.sources_of[i, a, t].append(x)

    def ask_of(self, request: Request) -> Ask:
        """What a request may have."""
        limits = self.limits[request.component]
        freshness = len(limits) if request.most_age_days is None else limits.index(request.most_age_days)
        return Ask(request.component, request.blood_group, freshness, request.requires)

    def fresh(self, source: External, day: int) -> Shelf:
        """The shelf of a unit from outside that arrives on a day as fresh as a donation of that day."""
        life = self.problem.shelf_life_days[source.component]
        return fresh_shelf(source, day, life, self.limits[source.component], self.problem.horizon_days)

    def _pool(self, s: int, t: int) -> Pool:
        shelf = self.shelves[s]
        met = sum(until >= t for until in shelf.fresh_until)
        return Pool(shelf.component, shelf.blood_group, shelf.attributes, met)


def _limits(problem: NetworkProblem, component: Component) -> tuple[int, ...]:
    """Freshness limits of a component, strictest first."""
    ages = {r.most_age_days for r in problem.requests if r.component == component and r.most_age_days is not None}
    return tuple(sorted(ages))


def _deliveries(problem: NetworkProblem) -> Iterator[tuple[int, External, int]]:
    for x, source in enumerate(problem.externals):
        for t in range(1 + source.lead_days, problem.horizon_days + 1):
            yield x, source, t
