"""From expected units to whole ones: rounding that keeps sums."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


def whole_units(expected: Floats) -> Counts:
    """Round along days so that every running sum stays within half a unit of the expected one.

    Args:
        expected: Units, days along the first axis.

    Returns:
        Whole units of the same shape; the remainder of a day is carried to the next.
    """
    running = np.floor(np.cumsum(expected, axis=0) + 0.5 + 1e-9)
    return np.diff(running, axis=0, prepend=0.0).astype(np.int64)
