"""The fan of days of stock in words and pictures: when a group falls below its alert level if nothing is ordered."""

from typing import NamedTuple

import pandas as pd
from markupsafe import Markup

from hemoflow.reports import charts
from hemoflow.reports.words import day, group, listed, number, short_day
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


def fan_sentence(fan: pd.DataFrame) -> str:
    """Which groups fall below their alert level in the days ahead if nothing is ordered; empty without a fan."""
    if fan.empty:
        return ""
    surely: list[str] = []
    perhaps: list[str] = []
    for card in fan_cards(fan):
        if card.median_on:
            surely.append(f"{group(card.name)} on {card.median_on}")
        elif card.low_on:
            perhaps.append(f"{group(card.name)} on {card.low_on}")
    said = [f"Below alert if nothing is ordered: {listed(surely)}."] if surely else []
    said += [f"Perhaps (one course in ten): {listed(perhaps)}."] if perhaps else []
    return " ".join(said) or "No group falls below its alert level within the week, even if nothing is ordered."


def fan_table(fan: pd.DataFrame) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """The fan in numbers: the days, and for each group the middle course with its band on each."""
    days = sorted(fan["fan_on"].unique())
    rows = []
    for name in GROUPS:
        mine = fan[(fan["blood_group"] == name) & fan["p50_days"].notna()].sort_values("day_number")
        texts = [f"{number(p50, 1)} ({number(p10, 1)} to {number(p90, 1)})"
                 for p10, p50, p90 in mine[list(COVER)].itertuples(index=False)]  # fmt: skip
        rows += [(name, texts)] if texts else []
    return [short_day(pd.Timestamp(on)) for on in days], rows


def first_below(rows: pd.DataFrame, column: str) -> str:
    """First day of one group's rows on which ``column`` is below the alert level, in words, or an empty text."""
    low = rows[rows[column] < rows["alert_days"]]
    return short_day(low["fan_on"].min()) if len(low) else ""
