"""Transfers that go round within a day and end where they began: the balances allow them, no unit can make them.

Where a transfer costs nothing, an optimum may send units from a site over others back to itself on the same day, even
units that do not exist. Taking such a round out changes no stock, so that the plan stays optimal and every unit can be
followed.
"""

from collections import defaultdict

import numpy as np

from optimization.network.arrays import Numbers
from optimization.network.columns import Network

LEAST = 1e-9
Arcs = dict[int, dict[int, list[int]]]
"""Origin, destination, columns of the transfers between them."""


def without_rounds(net: Network, values: Numbers) -> Numbers:
    """The same solution without rounds of transfers that need no time.

    Args:
        net: Sets and variables of the program.
        values: A solution, column by column.
    """
    links, sites = net.problem.links, {site.name: number for number, site in enumerate(net.problem.sites)}
    fast = np.array([link.travel_days == 0 for link in links] or [False])
    own = values[net.moved.start : net.moved.start + len(net.moved)]
    used = np.flatnonzero((own > LEAST) & fast[net.moved.key[0]]) if len(own) else np.zeros(0, dtype=np.int64)
    arcs: dict[tuple[int, int], Arcs] = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for at in used:
        x, s, t = (int(column[at]) for column in net.moved.key)
        arcs[s, t][sites[links[x].origin]][sites[links[x].destination]].append(net.moved.start + int(at))
    clean = values.copy()
    for key in sorted(arcs):
        while found := _round(arcs[key]):
            least = min(clean[column] for column in found)
            for column in found:
                clean[column] = 0.0 if clean[column] - least <= LEAST else clean[column] - least
            _drop(arcs[key], clean)
    return clean


def _round(arcs: Arcs) -> list[int]:
    """Columns of one round, or none: depth first from each site."""
    for start in sorted(arcs):
        path: list[tuple[int, int]] = []  # site, and the column that leaves it
        tried: set[int] = set()
        found = _follow(arcs, start, path, tried)
        if found:
            return found
    return []


def _follow(arcs: Arcs, site: int, path: list[tuple[int, int]], tried: set[int]) -> list[int]:
    on_path = [at for at, _ in path]
    if site in on_path:
        return [column for _, column in path[on_path.index(site) :]]
    if site in tried:
        return []
    tried.add(site)
    for there, columns in sorted(arcs.get(site, {}).items()):
        found = _follow(arcs, there, [*path, (site, columns[0])], tried)
        if found:
            return found
    return []


def _drop(arcs: Arcs, values: Numbers) -> None:
    """Take out the arcs that carry nothing any more."""
    for origin in list(arcs):
        for there in list(arcs[origin]):
            arcs[origin][there] = [column for column in arcs[origin][there] if values[column] > LEAST]
            if not arcs[origin][there]:
                del arcs[origin][there]
        if not arcs[origin]:
            del arcs[origin]
