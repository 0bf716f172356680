"""Yesterday's plan beside today's: bundles of transfers and orders whose units are compared."""

from typing import NamedTuple

import numpy as np

from optimization.network.arrays import Whole, distinct, whole
from optimization.network.index import Index
from optimization.network.problem import NetworkProblem

OUTSIDE = -1
"""The origin of what is ordered into stock."""


class Changes(NamedTuple):
    """Bundles: origin, destination, component, group and day, up to the last day that yesterday's plan names.

    Attributes:
        key: Of each bundle.
        before: Units of yesterday's plan.
        of_move: Bundle of each move; -1 after the last day. So ``of_order``.
    """

    key: tuple[Whole, ...]
    before: Whole
    of_move: Whole
    of_order: Whole

    @classmethod
    def of(cls, problem: NetworkProblem, index: Index) -> "Changes":
        """From yesterday's rows and everything that can be moved or ordered."""
        names, moves, orders, links = index.names, index.moves, index.orders, index.links
        rows = [
            (
                OUTSIDE if row.origin is None else names.sites[row.origin],
                names.sites[row.destination],
                names.components[row.component],
                names.groups[row.blood_group],
                row.day,
            )
            for row in problem.earlier
        ]
        last = max((row.day for row in problem.earlier), default=0)
        move, order = np.flatnonzero(moves.day <= last), np.flatnonzero(orders.day <= last)
        shelves, shelf = index.shelves, np.concatenate([moves.shelf[move], index.stands.shelf[orders.stand[order]]])
        came = np.concatenate([links.origin[moves.link[move]], np.full(len(order), OUTSIDE)])
        went = np.concatenate([links.destination[moves.link[move]], index.stands.site[orders.stand[order]]])
        day = np.concatenate([moves.day[move], orders.day[order]])
        own = (came, went, shelves.component[shelf], shelves.group[shelf], day)
        both = tuple(map(np.concatenate, zip(whole(rows).reshape(-1, 5).T, own, strict=True)))
        key, bundle = distinct(both)
        before = np.zeros(len(key[0]), np.int64)
        before[bundle[: len(rows)]] = whole([row.units for row in problem.earlier])
        of_move, of_order = np.full(len(moves.day), -1), np.full(len(orders.day), -1)
        of_move[move] = bundle[len(rows) : len(rows) + len(move)]
        of_order[order] = bundle[len(rows) + len(move) :]
        return cls(key, before, of_move, of_order)
