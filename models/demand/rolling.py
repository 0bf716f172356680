"""Rolling origins of one series: methods compete on days before the evaluated ones, and the winner forecasts.

Every forecast of a target is made from the counts known so many days ahead of it. The choice looks at the last year (or
what there is) before the evaluated days, so the figures of the evaluated days are those of a method chosen beforehand.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hemoflow.domain.errors import InputError
from models.demand.accuracy import Accuracy, accuracy, seasonal_scale
from models.demand.blend import blend
from models.demand.conformal import quantiles
from models.demand.panel import Panel
from models.demand.shocks import followed
from models.demand.simple import (
    mean_28d,
    ridge_covariates,
    ridge_weekday_lags,
    seasonal_naive,
    weekday_mean_8w,
    yesterday,
)
from models.demand.smoothing import median_56d, weekday_smoothing
from models.demand.trees import step_of, xgboost

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]
Method = Callable[[Panel, range, int], Vector]
METHODS: dict[str, Method] = {
    method.__name__: method
    for method in (
        *(yesterday, seasonal_naive, mean_28d, weekday_mean_8w, ridge_weekday_lags),
        *(ridge_covariates, median_56d, weekday_smoothing, xgboost, blend),
    )
}
FOLLOWING = (ridge_covariates, median_56d, weekday_smoothing, xgboost, blend)
"""Methods whose forecasts follow a sudden change; the rules that anybody could use stay as anybody would use them."""
IN_STEPS = (xgboost, blend)
"""Methods that treat a step of days ahead alike."""
WARM_UP_DAYS = 63
"""Eight same weekdays and the week between: before that some methods know nothing."""
SELECTION_DAYS = 365
QUARTER_DAYS, FEWEST_SELECTION_DAYS = 91, 28
FEWEST_DAYS, SHORT_WARM_UP_DAYS = 14, 8
"""Two weeks: the second tells how well the first foretells it. Such short histories leave the simplest methods only."""
FEWEST_ERRORS = 8
"""Past forecasts so many days ahead without which those of fewer days ahead tell how far a day may stray."""
WEEK = 7
TIE = 0.02
"""The blend is taken when its error is so close to the smallest: a lead that small rarely lasts."""


@dataclass(frozen=True)
class Choice:
    """Which method won, by how much, and over which days.

    Attributes:
        selected: Name of the method.
        errors: Mean absolute error of each method, in units of the seasonal naive method's; ascending.
        first: First place of the days compared.
        last: Place after the last.
        ahead: Days ahead at which they competed.
    """

    selected: str
    errors: dict[str, float]
    first: int
    last: int
    ahead: int


@dataclass(frozen=True)
class Trial:
    """One method on the evaluated days of a series.

    Attributes:
        truth: What came, NaN where unknown.
        point: What was forecast.
        limits: Quantiles, days x probabilities.
        scale: Mean absolute error of the seasonal naive method on the days before.
    """

    truth: Vector
    point: Vector
    limits: Matrix
    scale: float


@dataclass(frozen=True)
class Outlook:
    """What is foreseen of a series, and how the same was foreseen on days gone by.

    Attributes:
        choice: Who forecasts.
        table: ``series``, ``date``, ``forecast`` and one column ``q0.05`` for each probability.
        past: Forecasts of the days compared, days x days ahead, each made so many days before.
    """

    choice: Choice
    table: pd.DataFrame
    past: Matrix


def selection_span(panel: Panel, evaluated: int) -> range:
    """The days on which methods compete: up to a year before the evaluated ones.

    At most the later half of what is there, so that learned methods have days to learn from; but a quarter of a year,
    where there is so much, for with less the choice is chance.

    Raises:
        InputError: The series is too short.
    """
    known, name = panel.known - evaluated, panel.history.name
    if known < FEWEST_DAYS:
        raise InputError(
            f"{f'Series {name!r}' if name else 'The history'} has {panel.known} days"
            + (f", of which {evaluated} are to be evaluated" if evaluated else "")
            + f"; at least {FEWEST_DAYS} are needed"
            + (" before those." if evaluated else "."),
            remedy="Send a longer history" + (", or evaluate fewer days." if evaluated else "."),
        )
    if known < WARM_UP_DAYS + FEWEST_SELECTION_DAYS:
        return range(max(SHORT_WARM_UP_DAYS, known // 3), known)
    most = known - WARM_UP_DAYS
    return range(known - min(SELECTION_DAYS, max(most // 2, min(most, QUARTER_DAYS))), known)


def choose(panel: Panel, evaluated: int, ahead: int) -> Choice:
    """Let the methods compete on the days before the last ``evaluated``, ``ahead`` days ahead.

    Returns:
        The method with the smallest error, or the blend where it is as good as that; a method that cannot forecast some
        day does not compete.
    """
    span = selection_span(panel, evaluated)
    truth = panel.truth[span.start : span.stop]
    seen = np.isfinite(truth)
    scale = seasonal_scale(panel.truth[: span.stop]) or 1.0
    past = range(span.start, panel.known)
    gaps = {name: np.abs(rolling(name, panel, ahead, past)[: len(span)] - truth)[seen] for name in METHODS}
    errors = {name: float(gap.mean() / scale) for name, gap in gaps.items() if np.isfinite(gap).all()}
    ranked = dict(sorted(errors.items(), key=lambda pair: pair[1]))
    return Choice(best_of(ranked), ranked, span.start, span.stop, ahead)


def best_of(ranked: dict[str, float]) -> str:
    """The name of the smallest error, or the blend where it is as good as that."""
    best, steady = next(iter(ranked)), blend.__name__
    return steady if ranked.get(steady, np.inf) <= (1 + TIE) * ranked[best] else best


def evaluate(
    panel: Panel, days: int, probabilities: tuple[float, ...], *, ahead: int = 1
) -> tuple[Choice, dict[str, Trial]]:
    """Every method over the last ``days`` days, each forecast made ``ahead`` days before.

    Returns:
        The choice, made on the days before, and the trials by method.
    """
    choice = choose(panel, days, ahead)
    scale = seasonal_scale(panel.truth[: choice.last])
    past, first = range(choice.first, panel.known), choice.last - choice.first
    truth = panel.truth[past.start : past.stop]
    trials = {}
    for name in choice.errors:
        made = rolling(name, panel, ahead, past)
        limits = quantiles(made, truth, probabilities, ahead=ahead, first=first)
        trials[name] = Trial(truth[first:], made[first:], limits, scale)
    return choice, trials


def figures(trials: Sequence[Trial], probabilities: tuple[float, ...]) -> Accuracy:
    """Figures over all series, which are laid end to end, so that every day weighs the same."""
    truth, point, limits = (
        np.concatenate([getattr(trial, part) for trial in trials]) for part in ("truth", "point", "limits")
    )
    return accuracy(truth, point, limits, probabilities, float(np.mean([trial.scale for trial in trials])))


def forecast(panel: Panel, probabilities: tuple[float, ...]) -> Outlook:
    """Quantiles of the days after the last count, by the method that was best over the last year."""
    choice = choose(panel, 0, min(WEEK, panel.horizon))
    days, truth = range(choice.first, panel.known), panel.truth[choice.first :]
    past = np.full((len(days), panel.horizon), np.nan)
    before, rows = np.empty(0), []
    for ahead in range(1, panel.horizon + 1):
        made = rolling(choice.selected, panel, ahead, days, range(panel.known, len(panel.days)))[: len(days) + ahead]
        past[:, ahead - 1] = made[: len(days)]
        before = made[: len(days)] if not np.isfinite(before).any() or _suffices(made[: len(days)]) else before
        around = np.concatenate([before, made[len(days) :]])
        limits = quantiles(around, truth[: len(made)], probabilities, ahead=ahead, first=len(made) - 1)
        rows.append([made[-1], *limits[0]])
    frame = pd.DataFrame(rows, columns=["forecast", *(f"q{p:g}" for p in probabilities)])
    frame.insert(0, "date", panel.days[panel.known :])
    frame.insert(0, "series", panel.history.name)
    return Outlook(choice, frame, past)


def _suffices(past: Vector) -> bool:
    return int(np.isfinite(past).sum()) >= FEWEST_ERRORS


def rolling(name: str, panel: Panel, ahead: int, *spans: range) -> Vector:
    """Forecasts of the days of spans that follow one another, each made ``ahead`` days before.

    What a method learns it learns anew at the start of each span. Sudden changes are followed by a method that should.
    Days ahead that a method treats alike share their forecasts.
    """
    method = METHODS[name]
    step = step_of(ahead) if method in IN_STEPS else ahead
    made = np.concatenate([method(panel, span, step) for span in spans])
    truth = panel.truth[spans[0].start : spans[-1].stop]
    return followed(made, truth, ahead=ahead) if method in FOLLOWING else made
