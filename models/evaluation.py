"""How good predictions are: discrimination, calibration, and how sure we can be of either.

Outcomes are 0 or 1, predictions probabilities (for :func:`auroc` and :func:`auprc` any score that grows with risk).
AUROC and AUPRC are written out because a bootstrap asks for them thousands of times; tests hold them to scikit-learn.
A figure that the data cannot give, for example an AUROC without a positive, is NaN, never a guess.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit
from scipy.stats import rankdata

Vector = NDArray[np.float64]
Mask = NDArray[np.bool_]
Metric = Callable[[Vector, Vector], float]
SMALLEST_PROBABILITY = 1e-6


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with the limits between which it lies for most resamples of patients."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Line:
    """Calibration on the scale of log odds: ``logit(true) = intercept + slope x logit(predicted)``."""

    intercept: float
    slope: float

    def apply(self, probability: Vector) -> Vector:
        """Probabilities moved along the line (Platt 1999)."""
        moved: Vector = expit(self.intercept + self.slope * log_odds(probability))
        return moved


def log_odds(probability: Vector) -> Vector:
    """Log odds, with probabilities kept a millionth away from 0 and 1."""
    odds: Vector = logit(np.clip(probability, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY))
    return odds


def has_both_classes(outcome: Vector) -> bool:
    """Whether there is at least one positive and one negative."""
    return bool(0 < outcome.sum() < len(outcome))


def auroc(outcome: Vector, score: Vector) -> float:
    """Probability that a positive scores above a negative, ties half (Hanley and McNeil 1982), from ranks."""
    if not has_both_classes(outcome):
        return float("nan")
    positives = float(outcome.sum())
    rank_sum = float(rankdata(score)[outcome == 1].sum())
    return (rank_sum - positives * (positives + 1) / 2) / (positives * (len(outcome) - positives))


def auprc(outcome: Vector, score: Vector) -> float:
    """Average precision over falling thresholds, ties together; a useless score reaches the share of positives."""
    if not has_both_classes(outcome):
        return float("nan")
    levels, place = np.unique(-score, return_inverse=True)
    found = np.bincount(place, weights=outcome, minlength=len(levels))
    flagged = np.bincount(place, minlength=len(levels))
    precision = found.cumsum() / flagged.cumsum()
    return float(found @ precision / outcome.sum())


def brier(outcome: Vector, probability: Vector) -> float:
    """Mean squared error of the probabilities (Brier 1950); 0 is perfect."""
    return float(np.mean((probability - outcome) ** 2)) if len(outcome) else float("nan")


def calibration_error(outcome: Vector, probability: Vector, bins: int = 10) -> float:
    """Expected calibration error: mean gap between predicted and observed share over bins of equal size."""
    if not len(outcome):
        return float("nan")
    gaps = [rows * abs(predicted - observed) for predicted, observed, rows in reliability(outcome, probability, bins)]
    return float(sum(gaps) / len(outcome))


def reliability(outcome: Vector, probability: Vector, bins: int = 10) -> list[tuple[float, float, int]]:
    """The reliability curve: mean predicted and observed share, and rows, of bins of equal size by rising risk."""
    parts = np.array_split(np.argsort(probability, kind="stable"), bins)
    return [(float(probability[part].mean()), float(outcome[part].mean()), len(part)) for part in parts if len(part)]


def calibration_line(outcome: Vector, probability: Vector) -> Line:
    """Logistic refit on the log odds (Cox 1958): intercept 0 and slope 1 are perfect, slope < 1 is overconfident."""
    return logistic_line(outcome, log_odds(probability))


def logistic_line(outcome: Vector, predictor: Vector) -> Line:
    """Maximum likelihood of ``logit(P) = intercept + slope x predictor``; NaN where there is only one class."""
    if not has_both_classes(outcome):
        return Line(float("nan"), float("nan"))

    def loss(line: Vector) -> tuple[float, Vector]:
        margin = line[0] + line[1] * predictor
        error = expit(margin) - outcome
        return float(np.sum(np.logaddexp(0, margin) - outcome * margin)), np.array([error.sum(), error @ predictor])

    fit = minimize(loss, np.array([0.0, 1.0]), jac=True, method="BFGS")
    return Line(float(fit.x[0]), float(fit.x[1]))


def bootstrap(
    metric: Metric,
    outcome: Vector,
    score: Vector,
    groups: Vector,
    *,
    seed: int,
    resamples: int = 200,
    level: float = 0.95,
) -> Interval:
    """A figure with its percentile interval when whole groups (patients) are drawn with replacement.

    Args:
        metric: For example :func:`auroc`.
        outcome: Outcomes, one a row.
        score: Predictions, one a row.
        groups: Whole numbers; rows with the same number are drawn together, for they are not independent.
        seed: Seed of the draws.
        resamples: Number of draws; those for which the figure does not exist are left out.
        level: Share of draws within the interval.
    """
    figures = [metric(outcome[picked], score[picked]) for picked in _draws(groups, seed, resamples)]
    return _between(metric(outcome, score), figures, level)


def paired_gain(
    metric: Metric,
    outcome: Vector,
    scores: tuple[Vector, Vector],
    groups: Vector,
    *,
    seed: int,
    resamples: int = 200,
    level: float = 0.95,
) -> Interval:
    """How much better the first score is than the second, both judged on the same draws of whole groups.

    Args:
        metric: For example :func:`auroc`.
        outcome: Outcomes, one a row.
        scores: Predictions of the one and of the other.
        groups: Whole numbers; rows with the same number are drawn together.
        seed: Seed of the draws.
        resamples: Number of draws.
        level: Share of draws within the interval.
    """
    one, other = scores
    figures = [
        metric(outcome[picked], one[picked]) - metric(outcome[picked], other[picked])
        for picked in _draws(groups, seed, resamples)
    ]
    return _between(metric(outcome, one) - metric(outcome, other), figures, level)


def _draws(groups: Vector, seed: int, resamples: int) -> Iterator[NDArray[np.int64]]:
    """Rows of each draw of whole groups with replacement."""
    order = np.argsort(groups, kind="stable")
    rows = np.split(order, np.flatnonzero(np.diff(groups[order])) + 1)
    draw = np.random.default_rng(seed)
    for _ in range(resamples if len(order) else 0):
        yield np.concatenate([rows[number] for number in draw.integers(len(rows), size=len(rows))])


def _between(value: float, figures: list[float], level: float) -> Interval:
    known = np.array([figure for figure in figures if not np.isnan(figure)])
    tail = 100 * (1 - level) / 2
    low, high = np.percentile(known, [tail, 100 - tail]) if len(known) else (float("nan"), float("nan"))
    return Interval(value, float(low), float(high))
