"""From expected units to whole ones: rounding that keeps sums, and quantiles of the day's count."""

import numpy as np
from numpy.typing import NDArray
from scipy import stats

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


def quantile_units(expected: Floats, dispersion: float, probability: float) -> Counts:
    """Quantile of a day's count: Poisson, or negative binomial with variance = ``dispersion`` x mean.

    Args:
        expected: Means, any shape; a mean of zero gives zero.
        dispersion: Variance / mean, at least 1.
        probability: Between 0 and 1.
    """
    mean = np.maximum(expected, 1e-12)
    if dispersion <= 1.0 + 1e-9:
        counts = stats.poisson.ppf(probability, mean)
    else:
        counts = stats.nbinom.ppf(probability, mean / (dispersion - 1.0), 1.0 / dispersion)
    return np.where(expected > 0, counts, 0).astype(np.int64)
