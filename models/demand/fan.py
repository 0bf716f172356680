"""Days of stock of the days ahead as a fan: what is left when nothing is ordered, in good and in bad courses.

A group serves only itself, the oldest units leave first, and units past their last day are lost. So the fan says when
a planner must act, not what the plan will do.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hemoflow.schemas.frames import conform
from hemoflow.schemas.supply import STOCK_FAN
from models.demand.rates import GROUPS

Counts = NDArray[np.int64]
FAN_DAYS = 7
PROBABILITIES = {"p10_days": 0.1, "p50_days": 0.5, "p90_days": 0.9}


@dataclass(frozen=True)
class Courses:
    """Possible courses of the days ahead, each samples x days x groups.

    Attributes:
        asked: Units asked for, known ones among them.
        donated: Units donated.
        daily_units: Average units a day by group, the unit of days of stock.
    """

    asked: Counts
    donated: Counts
    daily_units: NDArray[np.float64]


def stock_fan(stock: pd.DataFrame, courses: Courses, component: str, alert_days: float, *, as_of: date) -> pd.DataFrame:
    """Tenth, median and ninetieth percentile of days of stock at the end of D+1 to D+7.

    Args:
        stock: STOCK at the cut.
        courses: Demand and donations from the run's day on, at least eight days.
        component: Component counted.
        alert_days: The policy's alert level.
        as_of: The run's day.

    Returns:
        Frame STOCK_FAN; ``is_below_alert`` where the median lies below the alert level.
    """
    days = min(FAN_DAYS + 1, courses.asked.shape[1])
    free, gone = _free(stock, component, days, as_of)
    used = courses.asked[:, :days].cumsum(axis=1)
    lost = np.maximum.accumulate(np.maximum(gone - used, 0), axis=1)
    left = np.maximum(free + courses.donated[:, :days].cumsum(axis=1) - used - lost, 0)
    cover = left / np.maximum(courses.daily_units, 1e-9)
    levels = np.quantile(cover[:, 1:], list(PROBABILITIES.values()), axis=0, method="inverted_cdf")
    grid = pd.MultiIndex.from_product([range(2, days + 1), GROUPS], names=["day_number", "blood_group"])
    frame = grid.to_frame(index=False).assign(component=component, alert_days=alert_days)
    frame["fan_on"] = pd.Timestamp(as_of) + pd.to_timedelta(frame["day_number"] - 1, unit="D")
    for name, level in zip(PROBABILITIES, levels, strict=True):
        frame[name] = level.ravel().round(2)
    known = np.tile(courses.daily_units > 0, days - 1)
    frame.loc[~known, list(PROBABILITIES)] = np.nan
    frame["is_below_alert"] = (frame["p50_days"] < alert_days).fillna(value=False)
    return conform(frame, STOCK_FAN)


def _free(stock: pd.DataFrame, component: str, days: int, as_of: date) -> tuple[Counts, Counts]:
    """Free units by group, and how many of them are past their last day before the end of each day."""
    today = pd.Timestamp(as_of)
    free = stock[(stock["component"] == component) & (stock["state"] == "available") & (stock["outdate_on"] >= today)]
    last = (free["outdate_on"] - today).dt.days.to_numpy()
    place = pd.Index(GROUPS).get_indexer(pd.Index(free["blood_group"]))
    gone = np.array([np.bincount(place[last <= day], minlength=len(GROUPS)) for day in range(days)])
    return np.bincount(place, minlength=len(GROUPS)), gone
