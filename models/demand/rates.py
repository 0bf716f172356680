"""Expected units a day by weekday, from counts of complete days, with sparse cells held by the region's shares.

A group asked for once a month has no weekday pattern of its own, the region has. So a cell (weekday, group) starts
from *region share of the group x region mean of the weekday* and moves to its own mean as units are seen: a gamma
prior with that mean and the weight of ``PRIOR_UNITS`` units, updated by Poisson counts. Busy cells keep their own
weekday mean, sparse ones take the region's pattern. Rates are then scaled so that each weekday keeps its region total.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from hemoflow.domain.blood_groups import BloodGroup
from hemoflow.domain.errors import StateError

PRIOR_UNITS = 8.0
"""Weight of the region's pattern in a cell, as if so many units had been seen (assumption: one for each week seen)."""

WEEK = 7
IN_USE, WEEK_IN_USE = 0.35, 0.7
"""Shares of the usual day's units (median of days with any) that a day, and the mean of its week, have in full use."""
GROUPS = [str(group) for group in BloodGroup]
WEEKDAYS = range(7)


@dataclass(frozen=True)
class Rates:
    """Expected units.

    Attributes:
        by_weekday: Units a day; rows are weekdays (0 is Monday), columns the blood groups.
    """

    by_weekday: pd.DataFrame

    def on(self, calendar: pd.DatetimeIndex) -> pd.DataFrame:
        """Expected units of each day of ``calendar`` (rows) and group (columns)."""
        return self.by_weekday.loc[calendar.dayofweek].set_axis(calendar)


def complete_days(days: pd.Series, units: pd.Series, *, as_of: date, history_days: int) -> pd.DatetimeIndex:
    """The days that a forecast may learn from: the last ``history_days`` before ``as_of``, whose own day is unfinished.

    Days before a source was in full use are no days without demand: the first day kept is the first of which day and
    week reach a share of the usual units, if there is one.

    Args:
        days: Day of each row of the history.
        units: Its units.
        as_of: The run's day.
        history_days: Most days to look back.

    Raises:
        StateError: No day of the history lies in that window.
    """
    last = pd.Timestamp(as_of - timedelta(days=1))
    near = (days <= last) & (days > last - pd.Timedelta(days=history_days))
    if not near.any():
        raise StateError(
            f"No history in the {history_days} days before {as_of}.", remedy="Load the sources up to the day before."
        )
    totals = units[near].astype("float64").groupby(days[near]).sum()
    usual = totals[totals > 0].median()
    week = totals[::-1].rolling(WEEK, min_periods=1).mean()[::-1]
    in_use = totals.index[(totals >= IN_USE * usual) & (week >= WEEK_IN_USE * usual)]
    return pd.date_range(min(in_use, default=totals.index[0]), last, name="day")


def daily_units(history: pd.DataFrame, *, day: str, units: str, days: pd.DatetimeIndex) -> pd.DataFrame:
    """Units of each day (rows, zeros too) and group (columns)."""
    table = history.pivot_table(index=day, columns="blood_group", values=units, aggfunc="sum", fill_value=0)
    return table.reindex(index=days, columns=GROUPS, fill_value=0).astype("float64")


def weekday_rates(daily: pd.DataFrame) -> Rates:
    """Shrunk weekday rates of a table of days and groups; see the module for the rule."""
    weekday = pd.DatetimeIndex(daily.index).dayofweek
    days = np.bincount(weekday, minlength=7)
    seen = daily.groupby(weekday).sum().reindex(WEEKDAYS, fill_value=0.0).to_numpy()
    region = np.where(days > 0, seen.sum(axis=1) / np.maximum(days, 1), daily.to_numpy().sum() / len(daily))
    share = daily.sum().to_numpy() / max(daily.to_numpy().sum(), 1.0)
    prior = np.outer(region, share)
    # (PRIOR_UNITS + seen) / (PRIOR_UNITS / prior + days), written so that a prior of zero gives zero.
    rate = prior * (PRIOR_UNITS + seen) / (PRIOR_UNITS + days[:, None] * prior)
    total = rate.sum(axis=1, keepdims=True)
    rate *= np.divide(region[:, None], total, out=np.ones_like(total), where=total > 0)
    return Rates(pd.DataFrame(rate, index=pd.Index(WEEKDAYS), columns=daily.columns))
