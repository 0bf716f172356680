"""Quantiles around a point forecast from its own rolling errors, so that they hold what they promise.

An error is measured in units of a power of the forecast (0: the same on quiet and busy days, 1/2: as counts scatter,
1: in proportion), with or without the size of recent errors; the measure is the one with the smallest pinball loss over
the first calibration days. The quantiles of a target are those of the errors of the ``WINDOW`` days before that were
known when the forecast was made, corrected for their finite number (Vovk et al. 2005). Where limits were passed too
often of late, the probability asked of the errors is moved outwards, else inwards (Gibbs and Candes 2021). Never below
zero, and never crossing.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from models.demand.accuracy import TOLERANCE, pinball

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]
WINDOW = 365
POWERS = (0.0, 0.5, 1.0)
SMALLEST = 1.0
MIDDLE = 0.5
HALF_LIFE = 14
FEWEST, TRACKED = 14, 182
LATEST = (2, 4, 7, 14)
UNUSUAL, WIDEST = 2.0, 5.0
"""Latest days whose errors widen the limits at once: where their mean is so many deviations beyond the usual, and how
far at most."""
HALF_NORMAL = 0.7555
"""Deviation over mean of the size of normal errors; of series mostly zero it is larger, and chance allows more."""
RATE, SLACK = 0.01, 0.9
"""Step by which a passed limit moves the probability asked, and how far of the way to 0 or 1 it may go."""


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
    scale = _scale(forecast, truth, probabilities, ahead=ahead, start=start)
    error = (truth - forecast) / scale
    asked, wanted = np.array(probabilities), np.array(probabilities)
    begin = min(first, max(FEWEST, first - TRACKED))
    made = np.zeros((len(forecast), len(probabilities)))
    for place in range(begin, len(forecast)):
        last = place - ahead
        if last >= begin and np.isfinite(error[last]):
            below = truth[last] <= made[last]
            asked = np.clip(asked + RATE * (wanted - below), wanted - wanted * SLACK, wanted + (1 - wanted) * SLACK)
        known = error[max(0, last + 1 - window) : last + 1]
        made[place] = forecast[place] + scale[place] * spread(known, tuple(np.where(wanted == MIDDLE, MIDDLE, asked)))
        made[place] = np.maximum.accumulate(np.maximum(made[place], 0.0))
    return made[first:]


def _scale(forecast: Vector, truth: Vector, probabilities: tuple[float, ...], *, ahead: int, start: int) -> Vector:
    """The measure of errors that had the smallest pinball loss before place ``start``."""
    candidates = []
    for power in POWERS:
        plain = np.maximum(forecast, SMALLEST) ** power
        plain = plain * _shock((truth - forecast) / plain, ahead)
        candidates += [plain, plain * _recent((truth - forecast) / plain, ahead)]

    def loss(scale: Vector) -> float:
        before = slice(0, start)
        limits = (
            scale[before, None] * spread(((truth - forecast) / scale)[before], probabilities) + forecast[before, None]
        )
        return float(sum(np.nansum(pinball(truth[before], limits[:, n], p)) for n, p in enumerate(probabilities)))

    return min(candidates, key=loss)


def _shock(error: Vector, ahead: int) -> Vector:
    """How many times the usual size the errors of the latest days have, where that is beyond chance; else 1."""
    size = pd.Series(np.abs(error))
    past = size.rolling(WINDOW, min_periods=FEWEST)
    usual, uneven = past.mean(), (past.std() / past.mean() / HALF_NORMAL).clip(1.0)
    size = size.clip(upper=(WIDEST * usual.shift(1)).fillna(np.inf))
    times = np.array([size.rolling(days, min_periods=min(days, 3)).mean() / usual.shift(days) for days in LATEST])
    unusual = np.array([1.0 + UNUSUAL * uneven.shift(days) / np.sqrt(days) for days in LATEST])
    beyond = np.where(np.isfinite(times) & (times > unusual), times, 1.0)
    return pd.Series(beyond.max(axis=0)).shift(ahead).fillna(1.0).to_numpy()


def _recent(error: Vector, ahead: int) -> Vector:
    """Size of the errors known ``ahead`` days before, newer ones weighing more, held by the long mean."""
    size = pd.Series(np.abs(error))
    usual = size.expanding().mean().shift(ahead)
    return (
        ((size.ewm(halflife=HALF_LIFE, ignore_na=True).mean().shift(ahead) + usual) / 2)
        .fillna(1.0)
        .clip(1e-6)
        .to_numpy()
    )


def spread(errors: Vector, probabilities: tuple[float, ...]) -> Vector:
    """Quantiles of errors: the upper ones one rank further out, the lower ones one rank further down.

    Where there are too few errors for a rank, at least as far out as Student's t says of another one like them.
    """
    known = np.sort(errors[np.isfinite(errors)])
    count = len(known)
    if not count:
        return np.zeros(len(probabilities))
    rank = np.array([np.ceil((count + 1) * p) if p > MIDDLE else np.floor((count + 1) * p) for p in probabilities])
    found = known[np.clip(rank.astype(int) - 1, 0, count - 1)]
    wanted = np.array(probabilities)
    if count > 1 and ((count + 1) * np.minimum(wanted, 1 - wanted) < 1 - TOLERANCE).any():
        far = known.mean() + stats.t.ppf(wanted, count - 1) * known.std(ddof=1) * np.sqrt(1 + 1 / count)
        found = np.where((count + 1) * wanted < 1 - TOLERANCE, np.minimum(found, far), found)
        found = np.where((count + 1) * (1 - wanted) < 1 - TOLERANCE, np.maximum(found, far), found)
    return np.where(np.array(probabilities) == MIDDLE, np.median(known), found)
