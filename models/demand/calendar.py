"""What the calendar says of a day: weekday, season, public holidays of a country and the distance to them."""

import re

import holidays
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hemoflow.domain.errors import UsageError

Matrix = NDArray[np.float64]
BEFORE, AFTER = 35, 15
"""Days before and after a named holiday that may feel it; 35 holds the month of fasting before Eid."""
FAR = -50.0
FEWEST_DAYS = 150
"""A named holiday is told apart when so many days lie near it."""


def season(days: pd.DatetimeIndex) -> Matrix:
    """Weekday as seven flags, day of the month, and two waves of the year."""
    angle = 2 * np.pi * np.asarray(days.dayofyear, dtype=float)[:, None] * np.array([1.0, 2.0]) / 365.25
    weekday = np.eye(7)[np.asarray(days.dayofweek)]
    return np.column_stack([weekday, np.asarray(days.day, dtype=float), np.sin(angle), np.cos(angle)])


def holiday_columns(days: pd.DatetimeIndex, country: str, subdivision: str = "") -> Matrix:
    """Distance to the next and since the last public holiday, and the same for each named one that comes every year.

    Args:
        days: Calendar days, one after the other.
        country: Two letters of ISO 3166, such as MY; an empty text gives no columns.
        subdivision: State or province as the library ``holidays`` calls it.

    Raises:
        UsageError: The library does not know the country or the part of it.
    """
    if not country:
        return np.empty((len(days), 0))
    named = _holidays(days, country, subdivision)
    everyone = pd.DatetimeIndex(sorted({day for dates in named.values() for day in dates}))
    if everyone.empty:
        return np.empty((len(days), 0))
    ahead, since = _distances(days, everyone)
    columns = [np.minimum(ahead, 15.0), np.minimum(since, 15.0)]
    for _, dates in sorted(named.items()):
        ahead, since = _distances(days, pd.DatetimeIndex(sorted(dates)))
        near = np.where(ahead <= BEFORE, -ahead, np.where(since <= AFTER, since, FAR))
        if (near > FAR).sum() >= FEWEST_DAYS:
            columns.append(near)
    return np.column_stack(columns)


def _holidays(days: pd.DatetimeIndex, country: str, subdivision: str) -> dict[str, set[pd.Timestamp]]:
    known = holidays.list_supported_countries(include_aliases=True)
    code = country.upper()
    if code not in known or (subdivision and subdivision not in known[code]):
        near = ", ".join(known.get(code, ()) or sorted(name for name in known if name[:1] == code[:1]))
        raise UsageError(
            f"No holidays are known for country '{country}'" + (f", part '{subdivision}'." if subdivision else "."),
            remedy=f"Give two letters of ISO 3166 and a part that the country has, such as: {near}.",
        )
    years = range(days[0].year - 1, days[-1].year + 2)
    book = holidays.country_holidays(code, subdiv=subdivision or None, years=years)
    named: dict[str, set[pd.Timestamp]] = {}
    for day, names in book.items():
        for name in names.split("; "):
            plain = re.sub(r"\s*\([^)]*\)", "", name)
            named.setdefault(plain, set()).add(pd.Timestamp(day))
    return named


def _distances(days: pd.DatetimeIndex, dates: pd.DatetimeIndex) -> tuple[Matrix, Matrix]:
    """Days to the next date (0 on the day itself) and since the last one; 99 where there is none."""
    right, left = dates.searchsorted(days, side="left"), dates.searchsorted(days, side="right") - 1
    ahead = np.asarray((dates[np.minimum(right, len(dates) - 1)] - days).days, dtype=float)
    since = np.asarray((days - dates[np.maximum(left, 0)]).days, dtype=float)
    return np.where(right < len(dates), ahead, 99.0), np.where(left >= 0, since, 99.0)
