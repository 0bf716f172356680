"""Quantiles around a point forecast from its own rolling errors, so that they hold what they promise.

An error is measured in units of a power of the forecast (0: the same on quiet and busy days, 1/2: as counts scatter,
1: in proportion); the power is the one with the smallest pinball loss over the first calibration days. The quantiles of
a target are those of the errors of the ``WINDOW`` days before that were known when the forecast was made, corrected for
their finite number (Vovk et al. 2005), never below zero, and never crossing.
"""

import numpy as np
from numpy.typing import NDArray

from models.demand.accuracy import pinball

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]
WINDOW = 365
POWERS = (0.0, 0.5, 1.0)
SMALLEST = 1.0
MIDDLE = 0.5


def quantiles(
    forecast: Vector, truth: Vector, probabilities: tuple[float, ...], *, ahead: int, first: int, window: int = WINDOW
) -> Matrix:
    """Quantiles of the targets from place ``first`` on.

    Args:
        forecast: Rolling forecasts of targets that follow one another, made ``ahead`` days before each.
        truth: Their counts, NaN where unknown or still to come.
        probabilities: Ascending.
        ahead: Days between the last known count and the target.
        first: Place of the first target asked for; those before only calibrate.
        window: Days whose errors count.

    Returns:
        Targets x probabilities.
    """
    start = max(first - ahead + 1, 1)
    power = _power(forecast[:start], truth[:start], probabilities)
    scale = np.maximum(forecast, SMALLEST) ** power
    error = (truth - forecast) / scale
    made = [
        forecast[place]
        + scale[place] * spread(error[max(0, place - ahead + 1 - window) : place - ahead + 1], probabilities)
        for place in range(first, len(forecast))
    ]
    return np.maximum.accumulate(np.maximum(np.array(made).reshape(-1, len(probabilities)), 0.0), axis=1)


def spread(errors: Vector, probabilities: tuple[float, ...]) -> Vector:
    """Quantiles of errors: the upper ones one rank further out, the lower ones one rank further down."""
    known = np.sort(errors[np.isfinite(errors)])
    count = len(known)
    if not count:
        return np.zeros(len(probabilities))
    rank = np.array([np.ceil((count + 1) * p) if p > MIDDLE else np.floor((count + 1) * p) for p in probabilities])
    found = known[np.clip(rank.astype(int) - 1, 0, count - 1)]
    return np.where(np.array(probabilities) == MIDDLE, np.median(known), found)


def _power(forecast: Vector, truth: Vector, probabilities: tuple[float, ...]) -> float:
    def loss(power: float) -> float:
        scale = np.maximum(forecast, SMALLEST) ** power
        wanted = forecast[:, None] + scale[:, None] * spread((truth - forecast) / scale, probabilities)
        return float(sum(np.nansum(pinball(truth, wanted[:, n], p)) for n, p in enumerate(probabilities)))

    return min(POWERS, key=loss)
