"""Small helpers on whole arrays, where plain Python would loop over every variable."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.float64]


def whole(values: Any) -> Whole:  # noqa: ANN401 - whatever numpy reads
    """A column of whole numbers."""
    return np.fromiter(values, np.int64) if not hasattr(values, "__len__") else np.asarray(values, np.int64)


def distinct(columns: Sequence[Whole]) -> tuple[tuple[Whole, ...], Whole]:
    """The distinct rows of a table in ascending order, the first column first, and the number of each row's own."""
    if not len(columns[0]):
        return tuple(columns), np.zeros(0, np.int64)
    order = np.lexsort(tuple(reversed(columns)))
    in_order = [column[order] for column in columns]
    is_new = np.ones(len(order), bool)
    is_new[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in in_order])
    number = np.empty(len(order), np.int64)
    number[order] = np.cumsum(is_new) - 1
    return tuple(column[is_new] for column in in_order), number


def numbered(is_there: Flags) -> Whole:
    """The number of each place that is there, row by row; -1 elsewhere."""
    number = np.full(is_there.shape, -1, np.int64)
    number[is_there] = np.arange(np.count_nonzero(is_there))
    return number


def spread(first: Whole, last: Whole) -> tuple[Whole, Whole]:
    """All whole numbers from each ``first`` to its ``last``: the position of the pair, and the number."""
    length = np.maximum(last - first + 1, 0)
    owner = np.repeat(np.arange(len(first)), length)
    begin = np.cumsum(length) - length
    return owner, np.arange(len(owner)) - begin[owner] + first[owner]


def total(where: Whole, values: Any, size: int) -> Whole:  # noqa: ANN401 - an array or a number
    """Values summed by place."""
    return np.bincount(where, np.broadcast_to(values, where.shape), size).astype(np.int64)


def located(table: Sequence[Whole], wanted: Sequence[Whole], what: str) -> Whole:
    """The row of a table of distinct ascending rows that equals each wanted row.

    Raises:
        KeyError: A wanted row is not there; names what it is.
    """
    sizes = [1 + max(own.max(initial=0), other.max(initial=0)) for own, other in zip(table, wanted, strict=True)]
    own, other = (np.ravel_multi_index(tuple(columns), sizes) for columns in (table, wanted))
    place = np.minimum(np.searchsorted(own, other), max(len(own) - 1, 0))
    if len(other) and (not len(own) or (own[place] != other).any()):
        raise KeyError(f"{what} that is not in it")
    return place
