"""Exponential smoothing with a weekday shape, and medians: for series whose level moves, and for those mostly zero."""

import numpy as np
from scipy.signal import lfilter

from models.demand.panel import Panel, Vector, lagged, trailing_mean, trailing_median
from models.demand.simple import blocks, weekday_mean

RATES = (0.02, 0.05, 0.1, 0.2, 0.4, 0.7)
LEVEL_DAYS, FEWEST_DAYS = 56, 14
SMALLEST = 1e-9
JUDGED_DAYS, REFIT_DAYS = 182, 28


def median_56d(panel: Panel, targets: range, ahead: int) -> Vector:
    """Median of the last 56 known days, or of two weeks at least."""
    return trailing_median(panel.filled, LEVEL_DAYS, ahead, fewest=FEWEST_DAYS)[targets.start : targets.stop]


def weekday_smoothing(panel: Panel, targets: range, ahead: int) -> Vector:
    """Smoothed level times weekday shape; every four weeks the rate that was best over the half year before."""
    values = panel.filled
    shape, before = (
        weekday_mean(values, gap) / np.maximum(trailing_mean(values, LEVEL_DAYS, gap), SMALLEST) for gap in (ahead, 1)
    )
    made = [lagged(_level(values, before, rate), ahead) * shape for rate in RATES]
    errors = [np.abs(one - panel.truth) for one in made]
    forecast = np.full(len(targets), np.nan)
    for block, last in blocks(targets, ahead, REFIT_DAYS):
        judged = slice(max(0, last - JUDGED_DAYS), last)
        loss = [_mean(error[judged]) for error in errors]
        places = slice(block.start - targets.start, block.stop - targets.start)
        forecast[places] = made[int(np.argmin(loss))][block.start : block.stop]
    return forecast


def _level(values: Vector, shape: Vector, rate: float) -> Vector:
    """Smoothed counts over the smoothed shape of the same days, so that a day that is always zero says nothing."""
    known = np.isfinite(shape) & np.isfinite(values)
    counts, shapes = (lfilter([rate], [1.0, rate - 1.0], np.where(known, part, 0.0)) for part in (values, shape))
    return np.asarray(np.divide(counts, shapes, out=np.full(len(values), np.nan), where=shapes > SMALLEST), dtype=float)


def _mean(errors: Vector) -> float:
    known = errors[np.isfinite(errors)]
    return float(known.mean()) if len(known) else np.inf
