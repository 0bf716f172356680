"""The shape of an equation over whole tables: which rows there are, what stands in them, and their sides."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from optimization.network.arrays import Numbers, Whole

Terms = Sequence[tuple[Any, Any, Whole]]
"""Factor (a number, or one for each entry), row within the equation, column."""
Cost = Sequence[tuple[Any, Whole]]
"""Factor (a number, or one for each entry), column."""


@dataclass(frozen=True, slots=True)
class Rows:
    """An equation.

    Attributes:
        key: Columns of what tells its rows apart.
        terms: Gives its entries; asked for once, when the matrix is made.
        lower: Least value of each row.
        upper: Greatest value.
    """

    key: tuple[Any, ...]
    terms: Callable[[], Terms]
    lower: Numbers
    upper: Numbers

    def __len__(self) -> int:
        """How many rows."""
        return len(self.key[0])


def equal(key: tuple[Any, ...], side: Any, terms: Callable[[], Terms]) -> Rows:  # noqa: ANN401
    """Rows whose terms sum to their side."""
    both = _full(key, side)
    return Rows(key, terms, both, both)


def at_most(key: tuple[Any, ...], side: Any, terms: Callable[[], Terms]) -> Rows:  # noqa: ANN401
    """Rows whose terms sum to no more than their side."""
    return Rows(key, terms, _full(key, -np.inf), _full(key, side))


def at_least(key: tuple[Any, ...], side: Any, terms: Callable[[], Terms]) -> Rows:  # noqa: ANN401
    """Rows whose terms sum to no less than their side."""
    return Rows(key, terms, _full(key, side), _full(key, np.inf))


def _full(key: tuple[Any, ...], side: Any) -> Numbers:  # noqa: ANN401
    return np.broadcast_to(np.asarray(side, np.float64), (len(key[0]),))
