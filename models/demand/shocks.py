"""Sudden changes: when a method's latest errors all say the same, its forecasts follow them until it has caught up.

Errors are logarithms of count over forecast, each at most ``LARGEST`` times their usual size, so that no single day
rings the alarm. It rings when the sum of the last k of them is too large for chance for some k: the ratio of
likelihoods of a change k days ago. The forecast is then moved by the middle of the errors since, but hardly further
than the latest error: where a method has caught up by itself, it needs no more help.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Vector = NDArray[np.float64]
LARGEST = 4.0
ALARM = 5.5
LATEST, OLDEST = 2, 28
"""Fewest and most days since the change."""
MIDDLE_DAYS = 7
FEWEST = 28
"""Errors that must be known before anything is called unusual."""
NORMAL = 1.2533
"""Standard deviation over mean absolute deviation."""


def followed(forecast: Vector, truth: Vector, *, ahead: int) -> Vector:
    """The forecasts, moved where the errors known ``ahead`` days before each say that the level has changed.

    Args:
        forecast: Rolling forecasts of targets that follow one another, made ``ahead`` days before each.
        truth: Their counts, NaN where unknown or still to come.
        ahead: Days between the last known count and the target.
    """
    error = pd.Series(np.log((truth + 1.0) / (forecast + 1.0)))
    usual = error.abs().expanding(FEWEST).mean().shift(LATEST) * NORMAL
    score = (error / usual.clip(lower=1e-6)).clip(-LARGEST, LARGEST).fillna(0.0)
    sums = np.array([score.rolling(k).sum().abs() / np.sqrt(k) for k in range(LATEST, OLDEST + 1)])
    middles = np.array([error.rolling(min(k, MIDDLE_DAYS), min_periods=1).median() for k in range(LATEST, OLDEST + 1)])
    sums = np.nan_to_num(sums)
    middle = middles[sums.argmax(axis=0), np.arange(len(error))]
    latest = np.nan_to_num(np.sign(middle) * error.ffill() + usual)
    move = np.where(
        sums.max(axis=0) > ALARM, np.sign(middle) * np.clip(np.abs(middle), 0.0, np.maximum(latest, 0.0)), 0.0
    )
    known = pd.Series(move).shift(ahead).fillna(0.0).to_numpy()
    return np.asarray(np.maximum((forecast + 1.0) * np.exp(known) - 1.0, 0.0), dtype=float)
