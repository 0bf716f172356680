"""Methods that anybody could use, and a linear one: what every learned model has to beat."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from models.demand.panel import Matrix, Panel, Vector, known_mean, lagged, reachable, trailing_mean

WEEKS = 8
LAGS = (1, 2, 3, 4, 5, 6, 7, 14, 21, 28)
PENALTY = 1.0
FEWEST_ROWS = 28
REFIT_DAYS = 28


def yesterday(panel: Panel, targets: range, ahead: int) -> Vector:
    """The last known count."""
    return lagged(panel.filled, ahead)[targets.start : targets.stop]


def seasonal_naive(panel: Panel, targets: range, ahead: int) -> Vector:
    """The count of the last known same weekday."""
    return lagged(panel.filled, reachable(7, ahead))[targets.start : targets.stop]


def mean_28d(panel: Panel, targets: range, ahead: int) -> Vector:
    """Mean of the last 28 known days, or of those there are."""
    return trailing_mean(panel.filled, 28, ahead, fewest=1)[targets.start : targets.stop]


def weekday_mean_8w(panel: Panel, targets: range, ahead: int) -> Vector:
    """Mean of the last 8 known same weekdays, or of those there are."""
    return weekday_mean(panel.filled, ahead)[targets.start : targets.stop]


def weekday_mean(values: Vector, ahead: int) -> Vector:
    """Mean of the last ``WEEKS`` same weekdays, or of those there are, known ``ahead`` days before each day."""
    first = reachable(7, ahead)
    weeks = np.array([lagged(values, first + 7 * week) for week in range(WEEKS)])
    return known_mean(weeks)


def ridge_weekday_lags(panel: Panel, targets: range, ahead: int) -> Vector:
    """Linear regression on weekday and lags with a small penalty, fitted anew every four weeks on all days before."""
    return _fitted(panel, weekday_lags(panel, ahead), targets, ahead)


def ridge_covariates(panel: Panel, targets: range, ahead: int) -> Vector:
    """The same with the covariates of the file beside weekday and lags; nothing where the file has none."""
    told = panel.covariates(ahead)
    if not told.shape[1]:
        return np.full(len(targets), np.nan)
    return _fitted(panel, np.column_stack([weekday_lags(panel, ahead), told]), targets, ahead)


def weekday_lags(panel: Panel, ahead: int) -> Matrix:
    """Weekday as flags and the lags that are known ``ahead`` days before."""
    lags = [lagged(panel.filled, reachable(lag, ahead)) for lag in LAGS]
    return np.column_stack([np.eye(7)[np.asarray(panel.days.dayofweek)], *lags])


def _fitted(panel: Panel, table: Matrix, targets: range, ahead: int) -> Vector:
    usable = np.isfinite(table).all(axis=1) & np.isfinite(panel.truth)
    forecast = np.full(len(targets), np.nan)
    for block, last in blocks(targets, ahead, REFIT_DAYS):
        rows = np.flatnonzero(usable[:last])
        if len(rows) < FEWEST_ROWS:
            continue
        places = slice(block.start - targets.start, block.stop - targets.start)
        forecast[places] = _ridge(table[rows], panel.truth[rows], table[block.start : block.stop])
    return np.asarray(np.maximum(forecast, 0.0), dtype=float)


def blocks(targets: range, ahead: int, days: int) -> Iterator[tuple[range, int]]:
    """Targets in runs of ``days``, each with the number of days known when its first forecast was made."""
    for start in range(targets.start, targets.stop, days):
        yield range(start, min(start + days, targets.stop)), start - ahead + 1


def _ridge(table: Matrix, truth: Vector, asked: Matrix) -> NDArray[np.float64]:
    centre, scale = table.mean(axis=0), table.std(axis=0) + 1e-9
    known, level = (table - centre) / scale, truth.mean()
    weights = np.linalg.solve(known.T @ known + PENALTY * np.eye(known.shape[1]), known.T @ (truth - level))
    return np.asarray((asked - centre) / scale @ weights + level)
