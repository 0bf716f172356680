"""How far days stray from what was expected, and samples of the days ahead that hang together.

A day's units are counts around *expected x factor*. The factor is one for all cells of a day, for a busy day is busy in
many groups at once; factors of the days ahead are drawn as weeks of the past, so that busy days follow busy days. What
counts alone explain is taken out of the factors first, so that nothing scatters twice. Sums over groups, urgencies or
days of the samples are samples of the sum, and so their quantiles hang together.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
SAMPLES = 500
WEEK = 7
POISSON = 1.0 + 1e-9


@dataclass(frozen=True)
class Scatter:
    """What past days teach of scatter.

    Attributes:
        factors: Of past days one after the other, mean 1.
        dispersion: Variance / mean of a cell's units around expected x factor, at least 1 (Poisson).
    """

    factors: Floats
    dispersion: float


def scatter_of(seen: Floats, expected: Floats) -> Scatter:
    """Scatter of past days.

    Args:
        seen: Units, days x cells.
        expected: What the rates say of the same days and cells.
    """
    asked, wanted = seen.sum(axis=1), expected.sum(axis=1)
    if len(seen) < WEEK or not wanted.sum():
        return Scatter(np.ones(WEEK), 1.0)
    ratio = np.divide(asked, wanted, out=np.ones_like(wanted), where=wanted > 0)
    plain = _dispersion(seen, expected)
    shared = _dispersion(seen, expected * ratio[:, None])
    by_chance = min(shared, plain) / max(wanted.mean(), 1e-9)
    spread = float(ratio.var())
    kept = np.sqrt(max(0.0, 1.0 - by_chance / spread)) if spread > 0 else 0.0
    return Scatter(np.maximum(1.0 + kept * (ratio - ratio.mean()), 0.0), shared if kept else plain)


def draw(expected: Floats, scatter: Scatter, *, seed: int, samples: int = SAMPLES) -> Counts:
    """Whole units of ``samples`` possible courses: samples x days x cells, around ``expected`` (days x cells)."""
    rng = np.random.default_rng(seed)
    days = len(expected)
    starts = rng.integers(0, len(scatter.factors) - WEEK + 1, size=(samples, -(-days // WEEK), 1))
    factors = scatter.factors[(starts + np.arange(WEEK)).reshape(samples, -1)[:, :days]]
    means = expected * factors[:, :, None]
    if scatter.dispersion > POISSON:
        means = rng.gamma(means / (scatter.dispersion - 1.0), scatter.dispersion - 1.0)
    return np.asarray(rng.poisson(means), dtype=np.int64)


def quantile(expected: Floats, scatter: Scatter, probability: float) -> Counts:
    """The quantile of single cells without the chance of sampling: smallest count with at least ``probability``."""
    means = np.ravel(expected)[:, None] * scatter.factors
    top = int(means.max(initial=0.0) + 12 * np.sqrt(scatter.dispersion * (means.max(initial=0.0) + 1)) + 12)
    below = np.zeros(len(means), dtype=np.int64)
    above = np.full(len(means), top, dtype=np.int64)
    while (below < above).any():
        middle = (below + above) // 2
        enough = _chance(middle[:, None], means, scatter.dispersion).mean(axis=1) >= probability
        above, below = np.where(enough, middle, above), np.where(enough, below, middle + 1)
    return below.reshape(np.shape(expected))


def _chance(count: Counts, means: Floats, dispersion: float) -> Floats:
    means = np.maximum(means, 1e-12)
    if dispersion <= POISSON:
        return np.asarray(stats.poisson.cdf(count, means), dtype=float)
    return np.asarray(stats.nbinom.cdf(count, means / (dispersion - 1.0), 1.0 / dispersion), dtype=float)


def _dispersion(seen: Floats, expected: Floats) -> float:
    spare = max(len(seen) - WEEK, 1) / len(seen)
    return float(max(1.0, ((seen - expected) ** 2).sum() / max(expected.sum(), 1e-9) / spare))
