"""The fan of days of stock in words and pictures: when a group falls below its alert level if nothing is ordered."""

from typing import NamedTuple

import pandas as pd
from markupsafe import Markup

from hemoflow.reports import charts
from hemoflow.reports.words import day, group
from hemoflow.schemas.canonical import GROUPS

COVER = ("p10_days", "p50_days", "p90_days")


class FanCard(NamedTuple):
    """One group's fan.

    Attributes:
        name: Blood group.
        median_on: First day on which the median course is below the alert level, in words; empty where none is.
        low_on: The same of the tenth percentile.
        picture: The fan.
    """

    name: str
    median_on: str
    low_on: str
    picture: Markup


def fan_cards(fan: pd.DataFrame) -> list[FanCard]:
    """Cards of the groups with use on record, in the order of groups.

    Args:
        fan: Frame STOCK_FAN.
    """
    top = float(min(fan["p90_days"].max(), 3 * fan["alert_days"].max())) if len(fan) else 0.0
    cards = []
    for name in GROUPS:
        rows = fan[(fan["blood_group"] == name) & fan["p50_days"].notna()].sort_values("day_number")
        if len(rows):
            levels = [rows[column].tolist() for column in COVER]
            days = [day(on) for on in rows["fan_on"].dt.date]
            picture = charts.stock_fan(group(name), days, levels, alert=float(rows["alert_days"].iloc[0]), top=top)
            cards.append(FanCard(name, first_below(rows, "p50_days"), first_below(rows, "p10_days"), picture))
    return cards


def first_below(rows: pd.DataFrame, column: str) -> str:
    """First day of one group's rows on which ``column`` is below the alert level, in words, or an empty text."""
    low = rows[rows[column] < rows["alert_days"]]
    return day(low["fan_on"].min().date()) if len(low) else ""
