"""The fan of days of stock in words and pictures: when a group falls below its alert level if nothing is ordered."""

from collections.abc import Hashable
from typing import Any, NamedTuple

import pandas as pd
from markupsafe import Markup

from hemoflow.reports import charts
from hemoflow.reports.words import day, group, listed, number, short_day
from hemoflow.schemas.canonical import GROUPS

Rows = list[dict[Hashable, Any]]
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
    for name, rows in _courses(fan).items():
        days, levels = [day(row["fan_on"]) for row in rows], [[row[column] for row in rows] for column in COVER]
        picture = charts.stock_fan(group(name), days, levels, alert=rows[0]["alert_days"], top=top)
        cards.append(FanCard(name, first_below(rows, "p50_days"), first_below(rows, "p10_days"), picture))
    return cards


def fan_sentence(fan: pd.DataFrame) -> str:
    """Which groups fall below their alert level in the days ahead if nothing is ordered; empty without a fan."""
    if fan.empty:
        return ""
    surely: list[str] = []
    perhaps: list[str] = []
    for name, rows in _courses(fan).items():
        if median_on := first_below(rows, "p50_days"):
            surely.append(f"{group(name)} on {median_on}")
        elif low_on := first_below(rows, "p10_days"):
            perhaps.append(f"{group(name)} on {low_on}")
    said = [f"Below alert if nothing is ordered: {listed(surely)}."] if surely else []
    said += [f"Perhaps (one course in ten): {listed(perhaps)}."] if perhaps else []
    return " ".join(said) or "No group falls below its alert level within the week, even if nothing is ordered."


def fan_table(fan: pd.DataFrame) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """The fan in numbers: the days, and for each group the middle course with its band on each."""
    days = sorted(fan["fan_on"].unique())
    texts = {
        name: [f"{number(row['p50_days'], 1)} ({number(row['p10_days'], 1)} to {number(row['p90_days'], 1)})"
               for row in rows]
        for name, rows in _courses(fan).items()
    }  # fmt: skip
    return [short_day(pd.Timestamp(on)) for on in days], list(texts.items())


def first_below(rows: Rows, column: str) -> str:
    """First day of one group's rows on which ``column`` is below the alert level, in words, or an empty text."""
    return next((short_day(row["fan_on"]) for row in rows if row[column] < row["alert_days"]), "")


def _courses(fan: pd.DataFrame) -> dict[str, Rows]:
    """The rows of each group with use on record, day by day, in the order of groups."""
    rows = fan[fan["p50_days"].notna()].sort_values("day_number").to_dict("records")
    mine = {name: [row for row in rows if row["blood_group"] == name] for name in GROUPS}
    return {name: found for name, found in mine.items() if found}
