"""XGBoost on a scaled series: level, weekday shape, calendar, same season of the years before.

Trees cannot leave the range they saw, so they learn the count as a multiple of the recent level. Days ahead are
gathered in steps (1, 2, 4, 7, 14, ...): a step has one model, which knows what is known at its far end.
"""

import numpy as np
import pandas as pd
import xgboost as xgb

from models.demand.panel import Matrix, Panel, Vector, lagged, reachable, trailing_mean
from models.demand.simple import LAGS, blocks, weekday_mean

STEPS = (1, 2, 4, 7, 14, 28, 56, 112, 224, 448)
LEVEL_DAYS = 56
YEAR_LAGS = (354, 355, 357, 364, 371, 728)
"""The same weekday a year ago, and the lunar year of 354 or 355 days."""
FEWEST_ROWS = 180
REFIT_DAYS = 56
YEAR = 365
ROUNDS = 300
PARAMETERS = {
    "objective": "reg:pseudohubererror",
    "max_depth": 5,
    "eta": 0.04,
    "subsample": 0.8,
    "colsample_bytree": 0.6,
    "min_child_weight": 5,
    "nthread": 1,
    "seed": 1,
}


def step_of(ahead: int) -> int:
    """The far end of the step in which a day ahead lies."""
    return next(step for step in STEPS if step >= ahead)


def xgboost(panel: Panel, targets: range, ahead: int) -> Vector:
    """Gradient-boosted trees, fitted anew every eight weeks on all days before."""
    step = step_of(ahead)
    table, level = columns(panel, step)
    ratio = panel.truth / level
    usable = np.isfinite(ratio)
    forecast = np.full(len(targets), np.nan)
    for block, last in blocks(targets, step, REFIT_DAYS):
        rows = np.flatnonzero(usable[:last])
        if len(rows) >= FEWEST_ROWS:
            model = xgb.train(PARAMETERS, xgb.DMatrix(table[rows], ratio[rows]), ROUNDS)
            asked = model.predict(xgb.DMatrix(table[block.start : block.stop]))
            forecast[block.start - targets.start : block.stop - targets.start] = asked
    return np.maximum(forecast * level[targets.start : targets.stop], 0.0)


def columns(panel: Panel, ahead: int) -> tuple[Matrix, Vector]:
    """What is known of each day ``ahead`` days before, and the level that counts are measured by."""
    values = panel.filled
    level = np.maximum(trailing_mean(values, LEVEL_DAYS, ahead), 1e-3)
    usual = weekday_mean(values, 1)
    shock = np.divide(values, usual, out=np.full(len(values), np.nan), where=usual > 0)
    recent = [lagged(values, reachable(lag, ahead)) / level for lag in (*LAGS, 35)]
    shapes = [weekday_mean(values, ahead) / level, trailing_mean(values, 28, ahead) / level]
    shocks = [lagged(shock, reachable(lag, ahead)) for lag in LAGS]
    calm = np.nan_to_num(shock, nan=1.0)
    years = [lagged(shock, lag) if lag >= ahead else np.full(len(shock), np.nan) for lag in YEAR_LAGS]
    parts = [*recent, *shapes, *shocks, trailing_mean(calm, 7, ahead), trailing_mean(calm, 28, ahead), *years]
    return np.column_stack(
        [*parts, *same_date(panel.days, shock, ahead), panel.calendar, panel.covariates(ahead)]
    ), level


def same_date(days: pd.DatetimeIndex, shock: Vector, ahead: int) -> list[Vector]:
    """Shock on the same calendar date: median of the last five years, and of the last one."""
    frame = pd.DataFrame({"date": days.month * 100 + days.day, "shock": shock})
    before = frame.groupby("date")["shock"].shift(1 + ahead // YEAR)
    typical = before.groupby(frame["date"]).rolling(5, min_periods=1).median().droplevel(0).sort_index()
    return [typical.to_numpy(dtype=float), before.to_numpy(dtype=float)]
