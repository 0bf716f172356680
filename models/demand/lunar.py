"""Feasts that move with the moon, by arithmetic: the day of the Islamic year and the distance to the lunar new year.

Both are known for any day without a table and mean something in many countries; where they mean nothing the trees
leave them alone. The arithmetic is within a day or two of what is announced.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Vector = NDArray[np.float64]
SYNODIC_MONTH = 29.530588853
"""Days from one new moon to the next, on average."""
NEW_MOON = 2451550.1
"""Julian day of a new moon: 6 January 2000."""
ISLAMIC_EPOCH, ISLAMIC_CYCLE = 1948440, 10631
"""Julian day on which year 1 began, and the days of thirty years, of which eleven have a leap day."""
BEFORE, AFTER = 20.0, 40.0


def islamic_day(days: pd.DatetimeIndex) -> Vector:
    """Day of the year of the tabular Islamic calendar, 0 to 354."""
    place = (np.floor(_julian(days)).astype(int) - ISLAMIC_EPOCH) % ISLAMIC_CYCLE
    year = (30 * place + 15) // ISLAMIC_CYCLE
    start = 354 * year + (3 + 11 * (year + 1)) // 30
    return np.asarray(place - start, dtype=float)


def lunar_new_year(days: pd.DatetimeIndex) -> Vector:
    """Days since the second new moon after the winter solstice (at most 40), negative in the 20 days before it."""
    today, feasts = np.floor(_julian(days)), _new_years(days)
    ahead = feasts[feasts.searchsorted(today, side="right")] - today
    return np.where(ahead <= BEFORE, -ahead, np.minimum(lunar_day(days), AFTER))


def lunar_day(days: pd.DatetimeIndex) -> Vector:
    """Days since the lunar new year, 0 to 384."""
    today, feasts = np.floor(_julian(days)), _new_years(days)
    return np.asarray(today - feasts[feasts.searchsorted(today, side="right") - 1], dtype=float)


def moon_age(days: pd.DatetimeIndex) -> Vector:
    """Days since the last new moon, on average."""
    return np.asarray((np.floor(_julian(days)) - NEW_MOON) % SYNODIC_MONTH, dtype=float)


def _new_years(days: pd.DatetimeIndex) -> Vector:
    """Julian days of the lunar new years around the days."""
    starts = []
    for year in range(days[0].year - 2, days[-1].year + 2):
        solstice = pd.Timestamp(year, 12, 21).to_julian_date() + 0.6
        first = np.ceil((solstice - NEW_MOON) / SYNODIC_MONTH) * SYNODIC_MONTH + NEW_MOON
        starts.append(np.floor(first + SYNODIC_MONTH + 0.33 + 0.5))  # the day as it is in East Asia
    return np.array(starts)


def _julian(days: pd.DatetimeIndex) -> Vector:
    return np.asarray(days.to_julian_date(), dtype=float) + 0.5
