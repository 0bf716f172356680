"""What a first solve can do without, and how much the rungs of one solve weigh.

Most moves and issues of units whose last day lies in the plan never enter a best plan: such a unit can wait where it
stands until its last day, and go to where it is used no earlier than it must. A solve therefore starts with those
moves and issues only; its prices then tell which of the others would make the plan better, and only these are let in.
When none would, the plan is best with all of them.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from optimization.network.arrays import Flags, Numbers
from optimization.network.columns import Network

ENOUGH = 0.5
"""Costs are whole, so that a column which makes a plan better does so by 1 at least."""
LARGEST = 1e8
"""Greatest weight; the solver's tolerances are absolute."""


def dispensable(net: Network) -> Flags:
    """Columns that a first solve leaves out: units that outdate in the plan, moved or issued before they must be."""
    index = net.index
    can_spare = np.zeros(net.size, bool)
    link, moved, departure = net.moved.key
    _, issued, day_of_issue = net.issued.key
    arrival = departure + index.links.days[link]
    for block, shelf, day in ((net.moved, moved, arrival), (net.issued, issued, day_of_issue)):
        last = index.shelves.last[shelf]
        can_spare[block.all] = (last <= index.T) & (day < last)
    return can_spare


def worthwhile(matrix: Any, costs: Numbers, duals: Numbers, is_shut: Flags) -> Flags:  # noqa: ANN401 - scipy is untyped
    """Columns left out that would make the plan better, by the prices of its rows."""
    prices: Numbers = matrix.T @ duals
    return is_shut & (costs - prices < -ENOUGH)


def weigh(costs: Sequence[Numbers]) -> list[float]:
    """Weights of the first rungs: as many as fit under the largest, each room for the digits of those after it.

    A dual of a rung is rarely more than the rung's own greatest cost; half as much again is the room that is left.
    """
    rooms = [3 * float(np.abs(cost).max(initial=0)) + 2 for cost in costs]
    fitting = 1 + int(np.searchsorted(np.cumprod(rooms[1:]), LARGEST, side="right"))
    return [float(np.prod(rooms[place + 1 : fitting])) for place in range(fitting)]
