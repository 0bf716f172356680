"""Possible courses of demand and donations over the horizon, and their fan of days of stock."""

from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hemoflow.domain.policy import Supply
from models.demand.fan import Courses, stock_fan
from models.demand.rates import GROUPS, complete_days, daily_units, weekday_rates
from models.demand.scatter import Scatter, draw, scatter_of

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


def forecast_fan(
    frames: dict[str, pd.DataFrame],
    courses: Counts,
    donations: pd.DataFrame,
    daily: pd.Series,
    supply: Supply,
    *,
    as_of: date,
) -> pd.DataFrame:
    """The fan of days of stock from the day's own forecasts.

    Args:
        frames: ``stock``, ``demand`` and ``supply_forecast`` of the day, in their layouts.
        courses: New units asked for, from ``new_courses``.
        donations: As for ``forecast_supply``.
        daily: Average units a day by blood group, as days of stock are counted.
        supply: Policy section.
        as_of: The run's day; it seeds the courses of donations, so that a day run twice has the same fan.

    Returns:
        Frame STOCK_FAN.
    """
    asked = courses + _by_day(frames["demand"], "known_units").astype(np.int64)
    donated = supply_courses(frames["supply_forecast"], donations, supply, as_of=as_of)
    ahead = Courses(asked, donated, daily.reindex(GROUPS).fillna(0.0).to_numpy(dtype=float))
    return stock_fan(frames["stock"], ahead, supply.component, supply.alert_days_of_stock, as_of=as_of)


def demand_scatter(history: pd.DataFrame, supply: Supply, *, as_of: date) -> Scatter:
    """Scatter of the units asked for by everybody, over groups and urgency classes together."""
    days = complete_days(
        history["request_on"], history["requested_units"], as_of=as_of, history_days=supply.history_days
    )
    tables = [
        daily_units(history[history["urgency"] == urgency], day="request_on", units="requested_units", days=days)
        for urgency in supply.urgency_deadlines_days
    ]
    expected = [weekday_rates(table).on(days).to_numpy() for table in tables]
    return scatter_of(np.hstack([table.to_numpy() for table in tables]), np.hstack(expected))


def new_courses(demand: pd.DataFrame, scatter: Scatter, *, as_of: date) -> Counts:
    """Units newly asked for by group, samples x days x groups; the run's day seeds them."""
    expected = demand.assign(expected_units=demand["predicted_units"] + demand["other_units"])
    return draw(_by_day(expected, "expected_units"), scatter, seed=as_of.toordinal())


def supply_courses(forecast: pd.DataFrame, donations: pd.DataFrame, supply: Supply, *, as_of: date) -> Counts:
    """Units donated by group, samples x days x groups."""
    days = complete_days(
        donations["donated_on"], donations["donated_units"], as_of=as_of, history_days=supply.history_days
    )
    seen = daily_units(donations, day="donated_on", units="donated_units", days=days)
    scatter = scatter_of(seen.to_numpy(), weekday_rates(seen).on(days).to_numpy())
    return draw(_by_day(forecast, "expected_units"), scatter, seed=as_of.toordinal() + 1)


def _by_day(frame: pd.DataFrame, units: str) -> Floats:
    table = frame.pivot_table(index="day_number", columns="blood_group", values=units, aggfunc="sum", fill_value=0)
    return table.reindex(columns=GROUPS, fill_value=0).to_numpy(dtype=float)
