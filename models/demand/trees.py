"""XGBoost on a scaled series: weekday shape, calendar, same season of the years before.

Trees cannot leave the range they saw, so they learn the logarithm of the count over its *base*, the median of the last
eight same weekdays, which one odd week does not move. Days ahead are gathered in steps (1, 3, 7, 14, ...): a step has
one model, which knows what is known at its far end.
"""

import numpy as np
import pandas as pd
import xgboost as xgb

from models.demand.lunar import islamic_day, lunar_new_year
from models.demand.panel import Matrix, Panel, Vector, lagged, reachable, trailing_mean
from models.demand.simple import LAGS, WEEKS, blocks, weekday_mean

STEPS = (1, 3, 7, 14, 28, 56, 112, 224, 448)
LEVEL_DAYS = 56
YEAR_LAGS = (354, 355, 357, 364, 371, 728)
"""The same weekday a year ago, and the lunar year of 354 or 355 days."""
FEWEST_ROWS = 180
REFIT_DAYS = 183
YEAR, LUNAR_YEAR = 365, 354
AROUND = 2
LARGEST_LOG = 1.5
"""Logarithms beyond it (a day of a fifth or of nearly five times the usual count) teach no more than this."""
ROUNDS = 250
PARAMETERS = {
    "objective": "reg:squarederror",
    "tree_method": "hist",
    "max_bin": 32,
    "max_depth": 7,
    "eta": 0.04,
    "subsample": 0.8,
    "colsample_bytree": 0.3,
    "min_child_weight": 8,
    "nthread": 1,
    "seed": 1,
}


def step_of(ahead: int) -> int:
    """The far end of the step in which a day ahead lies."""
    return next(step for step in STEPS if step >= ahead)


def xgboost(panel: Panel, targets: range, ahead: int) -> Vector:
    """Gradient-boosted trees, fitted anew every half year on all days before."""
    step = step_of(ahead)
    if (targets, step) not in panel.made:
        panel.made[targets, step] = _fitted(panel, targets, step)
    return panel.made[targets, step]


def _fitted(panel: Panel, targets: range, step: int) -> Vector:
    table, base = columns(panel, step)
    wanted = np.clip(np.log((panel.truth + 1.0) / base), -LARGEST_LOG, LARGEST_LOG)
    usable = np.isfinite(wanted)
    forecast = np.full(len(targets), np.nan)
    for block, last in blocks(targets, step, REFIT_DAYS):
        rows = np.flatnonzero(usable[:last])
        if len(rows) >= FEWEST_ROWS:
            model = xgb.train(PARAMETERS, xgb.DMatrix(table[rows], wanted[rows]), ROUNDS)
            asked = model.predict(xgb.DMatrix(table[block.start : block.stop]))
            forecast[block.start - targets.start : block.stop - targets.start] = asked
    made = np.exp(forecast) * base[targets.start : targets.stop] - 1.0
    return np.asarray(np.maximum(made, 0.0), dtype=float)


def columns(panel: Panel, ahead: int) -> tuple[Matrix, Vector]:
    """What is known of each day ``ahead`` days before, and the base (plus one) that counts are measured by."""
    values, days = panel.filled, panel.days
    level = np.maximum(trailing_mean(values, LEVEL_DAYS, ahead), 1e-3)
    base, mean = weekday_median(values, ahead) + 1.0, weekday_mean(values, ahead) + 1.0
    shock = np.log((values + 1.0) / (weekday_median(values, 1) + 1.0))
    calm = np.nan_to_num(shock)
    parts = [
        *(lagged(values, reachable(lag, ahead)) / level for lag in (*LAGS, 35)),
        *(lagged(shock, reachable(lag, ahead)) for lag in LAGS),
        *(lagged(shock, lag) for lag in YEAR_LAGS if lag >= ahead),
        *(trailing_mean(calm, window, ahead) for window in (7, 28)),
        *(mean / level, base / mean, trailing_mean(values, 28, ahead) / level),
        (weekday_median(values, ahead, weeks=4) + 1.0) / base,
        *same_season(np.asarray(days.dayofyear), shock, ahead, YEAR),
        *same_season(islamic_day(days), shock, ahead, LUNAR_YEAR),
        *(islamic_day(days), lunar_new_year(days), np.arange(len(days), dtype=float)),
        *(np.asarray(part, dtype=float) for part in (days.dayofyear, days.month, days.dayofweek, (days.day - 1) // 7)),
    ]
    return np.column_stack([np.column_stack(parts), panel.calendar, panel.covariates(ahead)]), base


def weekday_median(values: Vector, ahead: int, weeks: int = WEEKS) -> Vector:
    """Median of the last same weekdays known ``ahead`` days before each day."""
    first = reachable(7, ahead)
    return np.asarray(np.median([lagged(values, first + 7 * week) for week in range(weeks)], axis=0), dtype=float)


def same_season(day_of_year: Vector, shock: Vector, ahead: int, length: int) -> list[Vector]:
    """Mean shock of the last five years on the same day of the year, on that day alone and over the days around it."""
    width = 2 * AROUND + 1
    calm = np.nan_to_num(shock)
    found = []
    for values in (calm, np.convolve(calm, np.ones(width) / width, mode="same")):
        frame = pd.DataFrame({"day": day_of_year, "shock": values})
        before = frame.groupby("day")["shock"].shift(1 + (ahead + AROUND) // length)
        typical = before.groupby(frame["day"]).rolling(5, min_periods=1).mean().droplevel(0).sort_index()
        found.append(typical.to_numpy(dtype=float))
    return found
