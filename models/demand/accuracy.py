"""How far forecasts of counts are from the truth. Unknown days are left out; a figure without a meaning is ``None``."""

from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]
Figure = float | None
TOLERANCE = 1e-9


class Accuracy(TypedDict):
    """Figures of one method; ``pinball`` by probability, ``coverage`` by nominal share."""

    mae: Figure
    rmse: Figure
    mape: Figure
    mase: Figure
    pinball: dict[str, Figure]
    coverage: dict[str, Figure]


def accuracy(
    truth: Vector, forecast: Vector, quantiles: Matrix, probabilities: tuple[float, ...], scale: float
) -> Accuracy:
    """Figures of one method over the days evaluated.

    Args:
        truth: Counts, NaN where unknown.
        forecast: Point forecasts of the same days.
        quantiles: Days x probabilities.
        probabilities: Ascending.
        scale: Mean absolute error of the seasonal naive method over the days before, for MASE.

    Returns:
        ``mae``, ``rmse``, ``mape`` (a fraction, over days with a count above zero), ``mase``, ``pinball`` by
        probability and ``coverage`` by nominal share, for each pair of probabilities that lie even around one half.
    """
    seen = np.isfinite(truth)
    truth, error, quantiles = truth[seen], (forecast - truth)[seen], quantiles[seen]
    positive = truth > 0
    mae = _mean(np.abs(error))
    return {
        "mae": mae,
        "rmse": None if mae is None else float(np.sqrt(np.mean(error**2))),
        "mape": _mean(np.abs(error[positive]) / truth[positive]),
        "mase": mae / scale if mae is not None and scale > 0 else None,
        "pinball": {f"{p:g}": _mean(pinball(truth, quantiles[:, n], p)) for n, p in enumerate(probabilities)},
        "coverage": {
            name: _mean(((truth >= quantiles[:, low]) & (truth <= quantiles[:, high])).astype(float))
            for name, (low, high) in intervals(probabilities).items()
        },
    }


def pinball(truth: Vector, quantile: Vector, probability: float) -> Vector:
    """Pinball loss of each day."""
    gap = truth - quantile
    return np.maximum(probability * gap, (probability - 1) * gap)


def intervals(probabilities: tuple[float, ...]) -> dict[str, tuple[int, int]]:
    """Places of the lower and upper probability of each central interval, by its nominal share: ``{"0.9": (0, 2)}``."""
    return {
        f"{round(high - low, 10):g}": (n, m)
        for n, low in enumerate(probabilities)
        for m, high in enumerate(probabilities)
        if low < high and abs(low + high - 1) < TOLERANCE
    }


def seasonal_scale(counts: Vector) -> float:
    """Mean absolute change from one week to the next, the unit of MASE."""
    changes = np.abs(counts[7:] - counts[:-7])
    changes = changes[np.isfinite(changes)]
    return float(changes.mean()) if len(changes) else 0.0


def _mean(figures: Vector) -> Figure:
    return float(figures.mean()) if len(figures) else None
