"""What the calendar says of a day: weekday, season, public holidays of a country and the distance to them.

Many holidays are kept in some parts of a country only. Without a part, a day counts by the *share* of parts that keep
it, so that a feast of twelve states of sixteen weighs more than the birthday of one ruler.
"""

import re
from functools import lru_cache

import holidays
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hemoflow.domain.errors import UsageError

Matrix = NDArray[np.float64]
BEFORE, AFTER = 35, 15
"""Days before and after a named holiday that may feel it; 35 holds the month of fasting before Eid."""
FAR = -50.0
FARTHEST = 15.0
FEWEST_DAYS = 150
"""A named holiday is told apart when so many days lie near it."""
NEIGHBOURS = (-3, -2, -1, 1, 2, 3)
MOST = 0.5
"""Share of parts from which on a day is free."""


def season(days: pd.DatetimeIndex) -> Matrix:
    """Weekday as seven flags, day of the month, and two waves of the year."""
    angle = 2 * np.pi * np.asarray(days.dayofyear, dtype=float)[:, None] * np.array([1.0, 2.0]) / 365.25
    weekday = np.eye(7)[np.asarray(days.dayofweek)]
    return np.column_stack([weekday, np.asarray(days.day, dtype=float), np.sin(angle), np.cos(angle)])


def check_country(country: str, subdivision: str = "") -> None:
    """Refuse what the library ``holidays`` does not know.

    Raises:
        UsageError: The library does not know the country or the part of it.
    """
    known = holidays.list_supported_countries(include_aliases=True)
    code = country.upper()
    if code not in known or (subdivision and subdivision not in known[code]):
        near = ", ".join(known.get(code, ()) or sorted(name for name in known if name[:1] == code[:1]))
        raise UsageError(
            f"No holidays are known for country '{country}'" + (f", part '{subdivision}'." if subdivision else "."),
            remedy=f"Give two letters of ISO 3166 and a part that the country has, such as: {near}.",
        )


def holiday_columns(days: pd.DatetimeIndex, country: str, subdivision: str = "") -> Matrix:
    """Share of parts on holiday, of the days around too, runs of free days, and distances to holidays.

    Args:
        days: Calendar days, one after the other.
        country: Two letters of ISO 3166, such as MY; an empty text gives no columns.
        subdivision: State or province as the library ``holidays`` calls it; empty for all of them.

    Returns:
        The distance to the next and since the last holiday of any part and of most, then one column for each named
        holiday that comes every year, days before counted below zero.

    Raises:
        UsageError: The library does not know the country or the part of it.
    """
    if not country:
        return np.empty((len(days), 0))
    named, share, weekend = _book(country, subdivision, days[0].year - 1, days[-1].year + 1)
    if not share:
        return np.empty((len(days), 0))
    kept = pd.Series(share).reindex(days).fillna(0.0)
    free = kept.where(~np.isin(days.dayofweek, sorted(weekend)), 1.0)
    around = [kept.shift(step).fillna(0.0) for step in NEIGHBOURS]
    columns: list[Matrix | pd.Series] = [
        kept,
        *around,
        *_runs(free >= MOST),
        free.shift(1).fillna(0.0) + free.shift(-1).fillna(0.0),
    ]
    for least in (0.0, MOST):
        some = pd.DatetimeIndex(sorted(day for day, part in share.items() if part >= least))
        columns += [np.minimum(distance, FARTHEST) for distance in _distances(days, some)]
    for _, dates in sorted(named.items()):
        ahead, since = _distances(days, pd.DatetimeIndex(sorted(dates)))
        near = np.where(ahead <= BEFORE, -ahead, np.where(since <= AFTER, since, FAR))
        if (near > FAR).sum() >= FEWEST_DAYS:
            columns.append(near)
    return np.column_stack(columns)


@lru_cache(maxsize=8)
def _book(
    country: str, subdivision: str, first: int, last: int
) -> tuple[dict[str, set[pd.Timestamp]], dict[pd.Timestamp, float], frozenset[int]]:
    """Days of each named holiday, the share of parts that keep each day, and the weekdays that are always free."""
    check_country(country, subdivision)
    code = country.upper()
    parts = [subdivision] if subdivision else (holidays.list_supported_countries().get(code) or [""])
    named: dict[str, set[pd.Timestamp]] = {}
    share: dict[pd.Timestamp, float] = {}
    weekend: set[int] = set()
    for part in parts:
        book = holidays.country_holidays(code, subdiv=part or None, years=range(first, last + 1))
        weekend = weekend or set(book.weekend)
        for day, names in book.items():
            share[pd.Timestamp(day)] = share.get(pd.Timestamp(day), 0.0) + 1 / len(parts)
            for name in names.split("; "):
                named.setdefault(re.sub(r"\s*\([^)]*\)", "", name), set()).add(pd.Timestamp(day))
    return named, share, frozenset(weekend)


def _runs(free: pd.Series) -> list[pd.Series]:
    """Place of a free day among the free days on end, how many are left, and their number; 0 on other days."""
    run = free.groupby((free != free.shift()).cumsum())
    place, size = run.cumcount() + 1, run.transform("size")
    return [part.where(free, 0) for part in (place, size - place + 1, size)]


def _distances(days: pd.DatetimeIndex, dates: pd.DatetimeIndex) -> tuple[Matrix, Matrix]:
    """Days to the next date (0 on the day itself) and since the last one; 99 where there is none."""
    if dates.empty:
        return np.full(len(days), 99.0), np.full(len(days), 99.0)
    right, left = dates.searchsorted(days, side="left"), dates.searchsorted(days, side="right") - 1
    ahead = np.asarray((dates[np.minimum(right, len(dates) - 1)] - days).days, dtype=float)
    since = np.asarray((days - dates[np.maximum(left, 0)]).days, dtype=float)
    return np.where(right < len(dates), ahead, 99.0), np.where(left >= 0, since, 99.0)
