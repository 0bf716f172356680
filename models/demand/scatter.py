"""How far days stray from what was forecast, and samples of the days ahead that hang together.

A day's units are counts around *expected x factor*. The factor is one for all cells of a day, for a busy day is busy in
many groups at once. Factors of the days ahead are those of one past day on which the total was forecast: what came over
what had been forecast one, two, three days ahead. So they are as wide as the chosen method's own errors, widen with the
days ahead as those do, and hang together from day to day. What counts alone explain is taken out of them first, so that
nothing scatters twice. Sums over groups, urgencies or days of the samples are samples of the sum, and so their
quantiles hang together.
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
SMALLEST_SHARE = 0.05
"""Part of the units that must lie outside a cell's own share of the day before cells can be told from the day."""


@dataclass(frozen=True)
class Scatter:
    """What past days teach of scatter.

    Attributes:
        factors: Of possible courses, courses x days ahead; the mean of each day is 1.
        dispersion: Variance / mean of a cell's units around expected x factor, at least 1 (Poisson).
    """

    factors: Floats
    dispersion: float


def scatter_of(seen: Floats, expected: Floats, ratios: Floats, wanted: NDArray[np.bool_]) -> Scatter:
    """Scatter of past days.

    Args:
        seen: Units of past days, days x cells.
        expected: What the rates say of the same days and cells.
        ratios: What came in all over what was forecast, origins x days ahead.
        wanted: Cells whose dispersion is asked for.
    """
    total = expected.sum(axis=1, keepdims=True)
    if not total.sum():
        return Scatter(np.ones_like(ratios), 1.0)
    around, own = expected * _ratio(seen, expected), 1.0 - expected / np.maximum(total, 1e-9)
    by_chance = _dispersion(seen, around, own) / total.mean()
    kept = np.sqrt(np.clip(1.0 - by_chance / np.maximum(ratios.var(axis=0), 1e-12), 0.0, 1.0))
    factors = np.maximum(1.0 + kept * (ratios - ratios.mean(axis=0)), 0.0)
    return Scatter(factors, _dispersion(*(table[:, wanted] for table in (seen, around, own))))


def ratios_of(seen: Floats, expected: Floats, days: int) -> Floats:
    """What came in all over what the rates fitted to it say, in courses of ``days`` from each past day on.

    Those that begin near the end go on at the beginning. Days to come stray further than the days of the rates.
    """
    off = (_ratio(seen, expected)[:, 0] - 1.0) * np.sqrt(_foreseen(len(seen)))
    return np.asarray(1.0 + off[(np.arange(len(off))[:, None] + np.arange(days)) % len(off)], dtype=float)


def draw(expected: Floats, scatter: Scatter, *, seed: int, samples: int = SAMPLES) -> Counts:
    """Whole units of ``samples`` possible courses: samples x days x cells, around ``expected`` (days x cells)."""
    rng = np.random.default_rng(seed)
    picked = scatter.factors[rng.integers(0, len(scatter.factors), size=samples), : len(expected)]
    means = expected * picked[:, :, None]
    if scatter.dispersion > POISSON:
        means = rng.gamma(means / (scatter.dispersion - 1.0), scatter.dispersion - 1.0)
    return np.asarray(rng.poisson(means), dtype=np.int64)


def quantile(expected: Floats, scatter: Scatter, probability: float) -> Counts:
    """The quantile of single cells without the chance of sampling: smallest count with at least ``probability``.

    Args:
        expected: Units, days x cells.
        scatter: How they stray.
        probability: Between 0 and 1.
    """
    means = expected[:, :, None] * scatter.factors.T[: len(expected), None, :]
    top = int(means.max(initial=0.0) + 12 * np.sqrt(scatter.dispersion * (means.max(initial=0.0) + 1)) + 12)
    below = np.zeros(expected.shape, dtype=np.int64)
    above = np.full(expected.shape, top, dtype=np.int64)
    while (below < above).any():
        middle = (below + above) // 2
        enough = _chance(middle[:, :, None], means, scatter.dispersion).mean(axis=2) >= probability
        above, below = np.where(enough, middle, above), np.where(enough, below, middle + 1)
    return below


def _chance(count: Counts, means: Floats, dispersion: float) -> Floats:
    means = np.maximum(means, 1e-12)
    if dispersion <= POISSON:
        return np.asarray(stats.poisson.cdf(count, means), dtype=float)
    return np.asarray(stats.nbinom.cdf(count, means / (dispersion - 1.0), 1.0 / dispersion), dtype=float)


def _dispersion(seen: Floats, around: Floats, own: Floats) -> float:
    """Pooled over cells, for a sparse one alone says nothing; ``own`` is the part of a cell that is not its day's."""
    free = (around * own).sum()
    if free <= SMALLEST_SHARE * around.sum():
        return 1.0
    return float(max(1.0, ((seen - around) ** 2).sum() / free * _foreseen(len(seen))))


def _ratio(seen: Floats, expected: Floats) -> Floats:
    asked, wanted = (table.sum(axis=1, keepdims=True) for table in (seen, expected))
    return np.asarray(np.divide(asked, wanted, out=np.ones_like(wanted), where=wanted > 0), dtype=float)


def _foreseen(days: int) -> float:
    """Scatter of days to come over that of the days to which the means of weekdays were fitted."""
    return (days + WEEK) / max(days - WEEK, 1)
