"""Possible courses of demand and donations over the horizon, and their fan of days of stock."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hemoflow.domain.policy import Supply
from hemoflow.domain.requests import Urgency
from models.demand.fan import Courses, stock_fan
from models.demand.rates import GROUPS, complete_days, daily_units, weekday_rates
from models.demand.scatter import Scatter, draw, ratios_of, scatter_of
from models.demand.totals import Total

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


def forecast_fan(
    frames: dict[str, pd.DataFrame],
    asked: Counts,
    donated: Counts,
    daily: pd.Series,
    supply: Supply,
    *,
    as_of: date,
) -> pd.DataFrame:
    """The fan of days of stock from the day's own forecasts.

    Args:
        frames: ``stock`` and ``demand`` of the day, in their layouts.
        asked: New units asked for, from ``new_courses``.
        donated: Units donated, from ``supply_courses``.
        daily: Average units a day by blood group, as days of stock are counted.
        supply: Policy section.
        as_of: The run's day.

    Returns:
        Frame STOCK_FAN.
    """
    known = _by_day(frames["demand"], "known_units").astype(np.int64)
    ahead = Courses(asked + known, donated, daily.reindex(GROUPS).fillna(0.0).to_numpy(dtype=float))
    return stock_fan(frames["stock"], ahead, supply.component, supply.alert_days_of_stock, as_of=as_of)


def demand_scatter(
    history: pd.DataFrame, supply: Supply, total: Total, *, as_of: date, urgency: Urgency | None = None
) -> Scatter:
    """Scatter of the units asked for by everybody: of the total as it was forecast, and of groups and classes in it.

    Args:
        history: As for ``forecast_demand``.
        supply: Policy section.
        total: What ``total_requests`` says of the same history.
        as_of: The run's day.
        urgency: Class whose dispersion is wanted; else that of all together.
    """
    days = complete_days(
        history["request_on"], history["requested_units"], as_of=as_of, history_days=supply.history_days
    )
    tables = [
        daily_units(history[history["urgency"] == each], day="request_on", units="requested_units", days=days)
        for each in supply.urgency_deadlines_days
    ]
    wanted = np.repeat([urgency in {None, each} for each in supply.urgency_deadlines_days], len(GROUPS))
    return _scatter(tables, total, supply, wanted)


def supply_scatter(donations: pd.DataFrame, supply: Supply, total: Total, *, as_of: date) -> Scatter:
    """Scatter of donations by group; ``total`` is what ``total_donations`` says of the same history."""
    days = complete_days(
        donations["donated_on"], donations["donated_units"], as_of=as_of, history_days=supply.history_days
    )
    table = daily_units(donations, day="donated_on", units="donated_units", days=days)
    return _scatter([table], total, supply, np.full(len(GROUPS), fill_value=True))


def _scatter(tables: Sequence[pd.DataFrame], total: Total, supply: Supply, wanted: NDArray[np.bool_]) -> Scatter:
    """From tables of the same days; the errors of the weekday rates stand in where no method was chosen."""
    seen = np.hstack([table.to_numpy() for table in tables])
    expected = np.hstack([weekday_rates(table).on(pd.DatetimeIndex(table.index)).to_numpy() for table in tables])
    ratios = total.ratios if len(total.ratios) else ratios_of(seen, expected, supply.horizon_days)
    return scatter_of(seen, expected, ratios, wanted)


def new_courses(demand: pd.DataFrame, scatter: Scatter, *, as_of: date) -> Counts:
    """Units newly asked for by group, samples x days x groups; the run's day seeds them."""
    expected = demand.assign(expected_units=demand["predicted_units"] + demand["other_units"])
    return draw(_by_day(expected, "expected_units"), scatter, seed=as_of.toordinal())


def supply_courses(forecast: pd.DataFrame, scatter: Scatter, *, as_of: date) -> Counts:
    """Units donated by group, samples x days x groups; the run's day seeds them."""
    return draw(_by_day(forecast, "expected_units"), scatter, seed=as_of.toordinal() + 1)


def _by_day(frame: pd.DataFrame, units: str) -> Floats:
    table = frame.pivot_table(index="day_number", columns="blood_group", values=units, aggfunc="sum", fill_value=0)
    return table.reindex(columns=GROUPS, fill_value=0).to_numpy(dtype=float)
