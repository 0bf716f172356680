"""The figures of one day: everything in a problem that the equations' sides and the columns' bounds come from.

The sets of the program depend on what exists at all; from one day to the next only these figures change. ``read``
books another problem's figures on the sets of an index, and refuses one that needs a place which the index lacks.
"""

from typing import NamedTuple

import numpy as np

from hemoflow.domain.errors import InputError
from optimization.network.arrays import Whole, total
from optimization.network.entries import LotColumns, RequestColumns, lot_columns, request_columns
from optimization.network.index import Index
from optimization.network.problem import NetworkProblem

SAME = (
    "horizon_days", "terminal_rule", "shelf_life_days", "sites", "substitutions", "links", "externals", "targets",
    "earlier",
)  # fmt: skip
"""What must not change for another day's figures to fit: everything but lots and requests."""


class Figures(NamedTuple):
    """Units by place.

    Attributes:
        received: By stand: what lots bring.
        asked: By queue and day.
        waits: By queue and day on which something may wait: how much may.
        open_at_start: By component: the backlog before day 1.
        requests: What is asked, entry by entry.
        queue: The queue of each of these.
    """

    received: Whole
    asked: Whole
    waits: Whole
    open_at_start: Whole
    requests: RequestColumns
    queue: Whole


def own_figures(index: Index) -> Figures:
    """The figures of the problem that an index was made from."""
    return _book(index, index.lots, index.shelf_of_lot, index.requests, index.queue_of_request)


def read(index: Index, problem: NetworkProblem) -> Figures:
    """The figures of another day on the sets of an index.

    Raises:
        InputError: The other day needs a site, shelf, ask, queue or day that the index lacks.
    """
    try:
        _compare(index.problem, problem)
        lots = lot_columns(index.names, problem.lots, index.attributes)
        lots = lots.only((lots.from_day <= index.T) & (lots.units > 0))
        requests = request_columns(index.names, problem.requests, index.required, is_roomy=False)
        shelf, queue = index.find_shelves(lots), index.find_queues(requests)
        return _book(index, lots, shelf, requests, queue)
    except (KeyError, ValueError) as missing:
        raise InputError(
            f"The figures of {problem.name!r} do not fit the program of {index.problem.name!r}: {missing}.",
            remedy="State a program of its own.",
        ) from missing


def _compare(own: NetworkProblem, other: NetworkProblem) -> None:
    changed = [name for name in SAME if getattr(own, name) != getattr(other, name)]
    if changed:
        raise ValueError(f"other {', '.join(changed)}")


def _book(index: Index, lots: LotColumns, shelf: Whole, requests: RequestColumns, queue: Whole) -> Figures:
    T, is_old = index.T, requests.day < 1
    stand = _placed(index.stands.number(lots.site, shelf, lots.from_day), "a lot")
    start = np.maximum(requests.day, 1)
    row = _placed(index.queue_day_number[queue, start], "a request")
    last = np.minimum(requests.day + requests.urgency - 1, T)
    waits = index.windows(queue, start, last, requests.units)
    if waits[index.wait_number < 0].any():
        raise ValueError("a request may wait longer")
    return Figures(
        total(stand, lots.units, len(index.stands.day)),
        total(row, requests.units, len(index.queue_days.day)),
        waits[index.waits.queue, index.waits.day],
        total(requests.component[is_old], requests.units[is_old], len(index.names.components)),
        requests,
        queue,
    )


def _placed(number: Whole, what: str) -> Whole:
    if (number < 0).any():
        raise ValueError(f"{what} has no place")
    return number
