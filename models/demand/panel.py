"""A series made ready for the methods: filled counts, calendar, and covariates that are known in time.

Everything is indexed by the *target* day. A forecast made ``ahead`` days before its target may use the counts up to
``target - ahead`` and nothing after; every method and every column here keeps to that.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.demand.calendar import holiday_columns, season
from models.demand.history import History, fill

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Panel:
    """A history with the days of the horizon behind it.

    Attributes:
        history: The series as read.
        horizon: Days after the last count.
        country: Country of the public holidays, or empty.
        subdivision: Part of the country, or empty.
    """

    history: History
    horizon: int
    country: str = ""
    subdivision: str = ""

    @cached_property
    def days(self) -> pd.DatetimeIndex:
        """Days of the counts, then of the horizon."""
        return pd.date_range(self.history.days[0], periods=self.known + self.horizon, name="day")

    @property
    def known(self) -> int:
        """Number of days up to the last count."""
        return self.history.known_days

    @cached_property
    def truth(self) -> Vector:
        """Counts, NaN where unknown and over the horizon."""
        return np.concatenate([self.history.counts, np.full(self.horizon, np.nan)])

    @cached_property
    def filled(self) -> Vector:
        """Counts without gaps, NaN over the horizon only."""
        return np.concatenate([fill(self.history.counts), np.full(self.horizon, np.nan)])

    @cached_property
    def calendar(self) -> Matrix:
        """Columns of the calendar, all known long before."""
        holidays = holiday_columns(self.days, self.country, self.subdivision)
        return np.column_stack([season(self.days), holidays])

    @cached_property
    def made(self) -> dict[tuple[range, int], Vector]:
        """Costly forecasts made already, by targets and days ahead: the choice and the intervals ask for the same."""
        return {}

    def covariates(self, ahead: int) -> Matrix:
        """Covariates as known ``ahead`` days before: the day's own where the file gives the future, else the last."""
        table = self.history.covariates.reindex(self.days)
        future = table.iloc[self.known :]
        columns = [table[name] if future[name].notna().all() else table[name].shift(ahead) for name in table]
        return np.column_stack([np.empty((len(self.days), 0)), *(column.to_numpy() for column in columns)])


def lagged(values: Vector, steps: int) -> Vector:
    """The value ``steps`` days before, NaN where there is none."""
    return np.concatenate([np.full(min(steps, len(values)), np.nan), values[: max(len(values) - steps, 0)]])


def reachable(lag: int, ahead: int) -> int:
    """The lag itself, or the next older one of the same weekday that is known ``ahead`` days before."""
    return lag + 7 * max(0, -(-(ahead - lag) // 7))


def trailing_mean(values: Vector, window: int, ahead: int, *, fewest: int | None = None) -> Vector:
    """Mean of the ``window`` latest values known ``ahead`` days before each day.

    Where there are less than ``fewest`` (if not said, less than ``window``) it is NaN.
    """
    sums = np.concatenate([[0.0], np.nan_to_num(values).cumsum()])
    counts = np.arange(1.0, len(values) + 1)
    means = np.where(counts >= (fewest or window), sums[1:] / counts, np.nan)
    means[window - 1 :] = (sums[window:] - sums[:-window]) / window
    return lagged(means, ahead)


def known_mean(rows: Matrix) -> Vector:
    """Mean of each column over the rows in which it is known; NaN where it is in none."""
    known = np.isfinite(rows).sum(axis=0)
    return np.where(known > 0, np.nansum(rows, axis=0) / np.maximum(known, 1), np.nan)


def trailing_median(values: Vector, window: int, ahead: int, *, fewest: int) -> Vector:
    """Median of the ``window`` latest values known ``ahead`` days before each day; NaN where less than ``fewest``."""
    return lagged(pd.Series(values).rolling(window, min_periods=fewest).median().to_numpy(dtype=float), ahead)
