"""Rolling origins: methods compete on days before the evaluated ones, and the winner forecasts.

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
from models.demand.simple import mean_28d, ridge_weekday_lags, seasonal_naive, weekday_mean_8w, yesterday
from models.demand.smoothing import median_56d, weekday_smoothing
from models.demand.trees import step_of, xgboost

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]
Method = Callable[[Panel, range, int], Vector]
METHODS: dict[str, Method] = {
    method.__name__: method
    for method in (
        *(yesterday, seasonal_naive, mean_28d, weekday_mean_8w, ridge_weekday_lags),
        *(median_56d, weekday_smoothing, xgboost, blend),
    )
}
FOLLOWING = (median_56d, weekday_smoothing, xgboost, blend)
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


def selection_span(panel: Panel, evaluated: int) -> range:
    """The days on which methods compete: up to a year before the evaluated ones.

    At most the later half of what is there, so that learned methods have days to learn from; but a quarter of a year,
    where there is so much, for with less the choice is chance.

    Raises:
        InputError: The series is too short.
    """
    known, name = end_of(panel, evaluated), panel.history.name
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


def end_of(panel: Panel, evaluated: int) -> int:
    """Place of the first evaluated day when the last ``evaluated`` days are."""
    return panel.known - evaluated


def choose(panels: Sequence[Panel], evaluated: int, ahead: int) -> Choice:
    """Let the methods compete on all series before the last ``evaluated`` days, ``ahead`` days ahead.

    Returns:
        The method with the smallest mean scaled error, or the blend where it is as good as that; a method that
        cannot forecast some day does not compete.
    """
    errors: dict[str, list[float]] = {name: [] for name in METHODS}
    for panel in panels:
        span = selection_span(panel, evaluated)
        scale = seasonal_scale(panel.truth[: span.stop]) or 1.0
        for name in METHODS:
            gap = np.abs(forecasts_of(name, panel, span, ahead) - panel.truth[span.start : span.stop])
            seen = np.isfinite(panel.truth[span.start : span.stop])
            errors[name].append(float(gap[seen].mean() / scale) if seen.any() else np.nan)
    means = {name: float(np.mean(figures)) for name, figures in errors.items()}
    ranked = dict(sorted(((n, m) for n, m in means.items() if np.isfinite(m)), key=lambda pair: pair[1]))
    longest = max((selection_span(panel, evaluated) for panel in panels), key=len)
    steady = blend.__name__
    best = next(iter(ranked))
    selected = steady if ranked.get(steady, np.inf) <= (1 + TIE) * ranked[best] else best
    return Choice(selected, ranked, longest.start, longest.stop, ahead)


def evaluate(
    panels: Sequence[Panel], days: int, probabilities: tuple[float, ...], *, ahead: int = 1
) -> tuple[Choice, dict[str, Accuracy]]:
    """Figures of every method over the last ``days`` days of all series, each forecast made ``ahead`` days before.

    Returns:
        The choice, made on the days before, and the figures by method.
    """
    choice = choose(panels, days, ahead)
    return choice, {name: _figures(panels, name, days, probabilities, ahead=ahead) for name in choice.errors}


def forecast(panels: Sequence[Panel], probabilities: tuple[float, ...]) -> tuple[Choice, pd.DataFrame]:
    """Quantiles of the days after the last count, by the method that was best over the last year.

    Returns:
        The choice, and a frame with ``series``, ``date``, ``forecast`` and one column ``q0.05`` for each probability.
    """
    choice = choose(panels, 0, min(WEEK, panels[0].horizon))
    frames = [_ahead(panel, choice, probabilities) for panel in panels]
    return choice, pd.concat(frames, ignore_index=True)


def forecasts_of(name: str, panel: Panel, targets: range, ahead: int) -> Vector:
    """Forecasts of targets that follow one another, by a method that follows sudden changes if it should."""
    method = METHODS[name]
    made = method(panel, targets, ahead)
    return followed(made, panel.truth[targets.start : targets.stop], ahead=ahead) if method in FOLLOWING else made


def _figures(
    panels: Sequence[Panel], name: str, days: int, probabilities: tuple[float, ...], *, ahead: int
) -> Accuracy:
    """One method over all series; they are laid end to end, so every day weighs the same."""
    truths, points, limits, scales = [], [], [], []
    for panel in panels:
        calibration = len(selection_span(panel, days))
        span = range(end_of(panel, days) - calibration, panel.known)
        made, truth = forecasts_of(name, panel, span, ahead), panel.truth[span.start : span.stop]
        truths.append(truth[calibration:])
        points.append(made[calibration:])
        limits.append(quantiles(made, truth, probabilities, ahead=ahead, first=calibration))
        scales.append(seasonal_scale(panel.truth[: end_of(panel, days)]))
    scale = float(np.mean(scales))
    return accuracy(np.concatenate(truths), np.concatenate(points), np.concatenate(limits), probabilities, scale)


def _ahead(panel: Panel, choice: Choice, probabilities: tuple[float, ...]) -> pd.DataFrame:
    """The days of the horizon; days ahead that a method treats alike share their past forecasts."""
    past, future = selection_span(panel, 0), range(panel.known, panel.known + panel.horizon)
    method = METHODS[choice.selected]
    seen = panel.truth[past.start : past.stop]
    before = np.full(len(past), np.nan)
    made: dict[int, tuple[Vector, Vector]] = {}
    rows = []
    for place, target in enumerate(future):
        ahead = step_of(place + 1) if method in IN_STEPS else place + 1
        if ahead not in made:
            made[ahead] = method(panel, past, ahead), method(panel, range(target, future.stop), ahead)
        earlier, after = made[ahead]
        before = before if np.isfinite(before).any() and np.isfinite(earlier).sum() < FEWEST_ERRORS else earlier
        point = after[len(after) - (future.stop - target)]
        truth = np.append(seen, np.nan)
        around = np.append(before, point)
        around = followed(around, truth, ahead=1) if method in FOLLOWING else around
        rows.append([around[-1], *quantiles(around, truth, probabilities, ahead=1, first=len(past))[0]])
    names = ["forecast", *(f"q{p:g}" for p in probabilities)]
    frame = pd.DataFrame(rows, columns=names)
    frame.insert(0, "date", panel.days[panel.known :])
    frame.insert(0, "series", panel.history.name)
    return frame
