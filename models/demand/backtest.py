"""How well the history part of the demand forecast does, beside two rules that anybody could use."""

from datetime import date

import numpy as np
import pandas as pd

from hemoflow.domain.policy import Supply
from models.demand.forecast import other_units
from models.demand.rates import daily_units
from models.demand.totals import total_requests

WEEK = 7
MEAN_DAYS = 28


def backtest_demand(history: pd.DataFrame, supply: Supply, *, last_on: date, windows: int = 8) -> pd.DataFrame:
    """Error of units a day over ``windows`` weeks that follow one another, each forecast from the days before it.

    Args:
        history: As for ``forecast_demand``; all programmes and classes are added up.
        supply: Policy section.
        last_on: Last day of the last week; its units must be complete.
        windows: Weeks; the history must reach at least 28 days before the first.

    Returns:
        One row for each ``method`` (forecast, seasonal_naive, mean_28d) and ``level`` (group, region) with the columns
        ``mae_units`` (mean absolute error a day) and ``bias_units`` (mean of forecast - truth).
    """
    first = pd.Timestamp(last_on) - pd.Timedelta(days=WEEK * windows - 1)
    days = pd.date_range(history["request_on"].min(), last_on)
    truth = daily_units(history, day="request_on", units="requested_units", days=days)
    errors: dict[str, list[pd.DataFrame]] = {}
    for start in pd.date_range(first, periods=windows, freq=f"{WEEK}D"):
        week = pd.date_range(start, periods=WEEK)
        for method, forecast in _forecasts(history, truth[truth.index < start], supply, week).items():
            errors.setdefault(method, []).append(forecast - truth.loc[week])
    rows = [row for method, weeks in errors.items() for row in _scores(method, pd.concat(weeks))]
    return pd.DataFrame(rows, columns=["method", "level", "mae_units", "bias_units"])


def _forecasts(
    history: pd.DataFrame, before: pd.DataFrame, supply: Supply, week: pd.DatetimeIndex
) -> dict[str, pd.DataFrame]:
    as_of = week[0].date()
    total = total_requests(history, supply, as_of=as_of)
    by_class = other_units(history, supply, week, total, as_of=as_of, predicted_days=0)
    mean = before.tail(MEAN_DAYS).mean().to_numpy()
    return {
        "forecast": by_class.T.groupby(level="blood_group").sum().T[list(before.columns)],
        "seasonal_naive": before.tail(WEEK).set_axis(week),
        "mean_28d": pd.DataFrame(np.tile(mean, (WEEK, 1)), index=week, columns=before.columns),
    }


def _scores(method: str, errors: pd.DataFrame) -> list[tuple[str, str, float, float]]:
    levels = {"group": errors.to_numpy(), "region": errors.sum(axis=1).to_numpy()}
    return [(method, level, float(np.abs(e).mean()), float(e.mean())) for level, e in levels.items()]
