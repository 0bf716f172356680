"""XGBoost on a scaled series: weekday shape, calendar, days that come back every year.

Trees cannot leave the range they saw, so they learn the logarithm of the count over a *base* of recent days. There are
two: the median of the last eight same weekdays, which holds the shape of the week; and the mean of eight weeks, by
which a holiday means the same on every weekday. The forecast is the mean of both. Newer days weigh more. Days ahead
are gathered in steps (1, 3, 7, 14, ...): a step has models of its own, which know what is known at its far end.
"""

import numpy as np
import xgboost as xgb

from models.demand.lunar import islamic_day, lunar_day, lunar_new_year, moon_age
from models.demand.panel import Matrix, Panel, Vector, lagged, reachable, trailing_mean
from models.demand.recurring import recurring_columns
from models.demand.simple import LAGS, WEEKS, blocks, weekday_mean

STEPS = (1, 3, 7, 14, 28, 56, 112, 224, 448)
LEVEL_DAYS = 56
YEAR_LAGS = (354, 355, 357, 364, 371, 728)
"""The same weekday a year ago, and the lunar year of 354 or 355 days."""
FEWEST_ROWS = 180
REFIT_DAYS = 183
HALF_LIFE_DAYS = 1826
"""Age at which a day weighs half."""
LARGEST_LOG = (1.5, 2.5)
"""Logarithms beyond it teach no more than this, by base: 1.5 is a day of a fifth or of nearly five times the usual."""
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
}
SEEDS = (1, 2)


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
    if panel.known < FEWEST_ROWS:
        return np.full(len(targets), np.nan)
    table, bases = columns(panel, step)
    asked = slice(targets.start, targets.stop)
    made = [
        np.exp(_member(table, np.clip(np.log((panel.truth + 1.0) / base), -limit, limit), targets, step)) * base[asked]
        for base, limit in zip(bases, LARGEST_LOG, strict=True)
    ]
    return np.asarray(np.maximum(np.mean(made, axis=0) - 1.0, 0.0), dtype=float)


def _member(table: Matrix, wanted: Vector, targets: range, step: int) -> Vector:
    """Logarithms over one base."""
    usable = np.isfinite(wanted)
    forecast = np.full(len(targets), np.nan)
    for block, last in blocks(targets, step, REFIT_DAYS):
        rows = np.flatnonzero(usable[:last])
        if len(rows) >= FEWEST_ROWS:
            weight = 0.5 ** ((last - rows) / HALF_LIFE_DAYS)
            known = xgb.DMatrix(table[rows], wanted[rows], weight=weight)
            asked = xgb.DMatrix(table[block.start : block.stop])
            made = [xgb.train({**PARAMETERS, "seed": seed}, known, ROUNDS).predict(asked) for seed in SEEDS]
            forecast[block.start - targets.start : block.stop - targets.start] = np.mean(made, axis=0)
    return forecast


def columns(panel: Panel, ahead: int) -> tuple[Matrix, tuple[Vector, Vector]]:
    """What is known of each day ``ahead`` days before, and the bases (plus one) that counts are measured by."""
    values, days = panel.filled, panel.days
    level = np.maximum(trailing_mean(values, LEVEL_DAYS, ahead), 1e-3)
    base, mean = weekday_median(values, ahead) + 1.0, weekday_mean(values, ahead) + 1.0
    shock = np.log((values + 1.0) / (weekday_median(values, 1) + 1.0))
    lift = np.log((values + 1.0) / (trailing_mean(values, LEVEL_DAYS, 1) + 1.0))
    calm = np.nan_to_num(shock)
    parts = [
        *(lagged(values, reachable(lag, ahead)) / level for lag in (*LAGS, 35)),
        *(lagged(shock, reachable(lag, ahead)) for lag in LAGS),
        *(lagged(shock, lag) for lag in YEAR_LAGS if lag >= ahead),
        *(trailing_mean(calm, window, ahead) for window in (7, 28)),
        *(mean / level, base / mean, base / (level + 1.0), trailing_mean(values, 28, ahead) / level),
        (weekday_median(values, ahead, weeks=4) + 1.0) / base,
        *recurring_columns(days, tuple(np.clip(part, -2.0, 2.0) for part in (shock, lift)), ahead),
        *(islamic_day(days), lunar_new_year(days), lunar_day(days), moon_age(days)),
        *(np.asarray(part, dtype=float) for part in (days.dayofyear, days.month, days.dayofweek, (days.day - 1) // 7)),
        np.arange(len(days), dtype=float),
    ]
    table = np.column_stack([np.column_stack(parts), panel.calendar, panel.covariates(ahead)])
    return table, (base, level + 1.0)


def weekday_median(values: Vector, ahead: int, weeks: int = WEEKS) -> Vector:
    """Median of the last same weekdays known ``ahead`` days before each day."""
    first = reachable(7, ahead)
    return np.asarray(np.median([lagged(values, first + 7 * week) for week in range(weeks)], axis=0), dtype=float)
