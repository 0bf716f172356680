"""Days that come back every year, found in the counts themselves: by date, by moon, by the n-th weekday of a month.

No table of feasts is needed: what a day did in the years before speaks for itself. A day that moved the counts the same
way in every year before is told from one that did so once.
"""

import numpy as np
import pandas as pd

from models.demand.lunar import islamic_day, lunar_day
from models.demand.panel import Matrix, Vector, known_mean

AROUND = 2
YEARS, FEWEST_YEARS = 5, 2
LONG, SHORT = 357, 353
"""Days that surely lie between a day and its like of the year before: by date or weekday, by the moon."""


def recurring_columns(days: pd.DatetimeIndex, shocks: tuple[Vector, ...], ahead: int) -> list[Vector]:
    """For each way of naming a day and each kind of shock: its mean and its least one of the years before.

    Args:
        days: Calendar days, one after the other.
        shocks: Logarithms of a day's count over what was usual, NaN where unknown.
        ahead: Days between the last known count and the day.
    """
    found = []
    for names, length in _names(days):
        skipped = 1 + (ahead + AROUND) // length
        for shock in shocks:
            years = _years(names, np.nan_to_num(shock), skipped)
            found += [known_mean(years), _agreed(years)]
    names, length = _names(days)[0]
    width = 2 * AROUND + 1
    for shock in shocks[:1]:
        wide = np.convolve(np.nan_to_num(shock), np.ones(width) / width, mode="same")
        found.append(known_mean(_years(names, wide, 1 + (ahead + AROUND) // length)))
    return found


def _names(days: pd.DatetimeIndex) -> list[tuple[Vector, int]]:
    after_february = np.asarray((days.month > 2) & ~days.is_leap_year)  # noqa: PLR2004 - the second month
    date = np.asarray(days.dayofyear, dtype=float) + after_february
    weekday = days.month * 100 + (days.day - 1) // 7 * 10 + days.dayofweek
    return [
        (date, LONG),
        (np.asarray(weekday, dtype=float), LONG),
        (islamic_day(days), SHORT),
        (lunar_day(days), SHORT),
    ]


def _years(names: Vector, shock: Vector, skipped: int) -> Matrix:
    """The shocks of the last ``YEARS`` days of the same name, years x days; NaN where there was none."""
    same = pd.Series(shock).groupby(names)
    return np.array([same.shift(skipped + year).to_numpy(dtype=float) for year in range(YEARS)])


def _agreed(years: Matrix) -> Vector:
    """The smallest shock of the years before where all have the same sign, else 0; NaN where there are too few."""
    low, high = np.fmin.reduce(years), np.fmax.reduce(years)
    agreed = np.maximum(low, 0.0) + np.minimum(high, 0.0)
    return np.where(np.isfinite(years).sum(axis=0) >= FEWEST_YEARS, agreed, np.nan)
