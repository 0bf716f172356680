"""Today in short: the few sentences that a planner reads first, in the order in which they would act."""

from typing import NamedTuple

import pandas as pd

from hemoflow.reports.due import due_units
from hemoflow.reports.findings import Findings
from hemoflow.reports.words import counted, day, group, listed, number
from hemoflow.schemas.canonical import GROUPS


class Line(NamedTuple):
    """One sentence of the headline under its key word; an alarm stops the reader."""

    key: str
    sentence: str
    is_alarm: bool = False


def headline(found: Findings) -> list[Line]:
    """Stock, order, what is due today, and a stop line when very urgent requests are short."""
    due = due_units(found.open_requests, found.allocations, as_of=found.header.as_of)
    lines = [
        Line("Stock", stock_sentence(found.stock_status)),
        Line("Order", order_sentence(found.orders if found.has_plan else None, found.rules.supply.order_lead_days)),
        Line("Due today", _short(found, due)),
    ]
    urgent = by_group(due[due["very_urgent_short_units"] > 0])
    if urgent.empty or not found.has_plan:
        return lines
    groups = [f"{group(row['blood_group'])} {row['very_urgent_short_units']}" for row in urgent.to_dict("records")]
    total = counted(int(urgent["very_urgent_short_units"].sum()), "very urgent unit")
    return [
        Line("Stop", f"{total} due today without a proposed unit of ours: {listed(groups)}.", is_alarm=True),
        *lines,
    ]


def by_group(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows in the conventional order of blood groups (O−, O+, A−, …), whatever the key's order."""
    return frame.sort_values("blood_group", key=lambda names: names.map(GROUPS.index), kind="stable", ignore_index=True)


def stock_sentence(status: pd.DataFrame) -> str:
    """Which groups are below alert or target, with their days of stock.

    Args:
        status: Frame STOCK_STATUS.
    """
    parts = []
    for phase, words in (("red", "Below alert"), ("amber", "Below target")):
        rows = by_group(status[(status["phase"] == phase) & status["days_of_stock"].notna()]).to_dict("records")
        groups = [f"{group(row['blood_group'])} {number(row['days_of_stock'], 1)}" for row in rows]
        parts += [f"{words}: {listed(groups)} days."] if groups else []
    unused = [group(name) for name in by_group(status[status["days_of_stock"].isna()])["blood_group"]]
    parts = parts or ["Every group in use is at or above target."]
    return " ".join([*parts, *([f"No use on record: {listed(unused)}."] if unused else [])])


def order_title(lead_days: int) -> str:
    """What the order list is for."""
    return "Order for tomorrow" if lead_days == 1 else f"Order to arrive in {lead_days} days"


def order_sentence(orders: pd.DataFrame | None, lead_days: int) -> str:
    """What is to be ordered from outside, for when.

    Args:
        orders: Frame ORDERS; None when no plan was made.
        lead_days: Days from an order to its arrival.
    """
    if orders is None:
        return "No plan was made today; nothing is proposed."
    wanted = by_group(orders[orders["order_units"] > 0]).to_dict("records")
    if not wanted:
        return f"{order_title(lead_days).replace('Order', 'Nothing to order', 1)}."
    groups = [f"{group(row['blood_group'])} {number(row['order_units'])}" for row in wanted]
    total = counted(int(orders["order_units"].sum()), "unit")
    return f"{total} from outside for {day(wanted[0]['needed_on'])}: {listed(groups)}."


def _short(found: Findings, due: pd.DataFrame) -> str:
    total, short = int(due["due_units"].sum()), int(due["short_units"].sum())
    if not total:
        return "No open request is due."
    if not found.has_plan:
        return f"{counted(total, 'unit')}; none is proposed without a plan."
    outcome = f"{number(short)} without a proposed unit of ours" if short else "each with a proposed unit of ours"
    return f"{counted(total, 'unit')}, {outcome}."
