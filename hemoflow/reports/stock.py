"""Days of stock by blood group: the number that planners look at first."""

from datetime import date

import pandas as pd

from hemoflow.domain import policy
from hemoflow.schemas.canonical import GROUPS
from hemoflow.schemas.frames import conform
from hemoflow.schemas.supply import STOCK_STATUS

USED = ["issued_units", "outdated_units", "discarded_units"]


def stock_status(
    stock: pd.DataFrame, issue_history: pd.DataFrame, before: pd.DataFrame, supply: policy.Supply, *, as_of: date
) -> pd.DataFrame:
    """Stock at the cut against daily demand, always for all eight groups.

    Days of stock = free units / average daily demand; that demand (ADRD) = (issued + outdated + discarded) / days. The
    days are those on record before ``as_of``, at most the policy's history: a short record is not diluted. A group
    without any use has no days of stock and is amber, or red when it has no free unit either: unknown is never green.

    Args:
        stock: Frame STOCK; other components and units past their last day are left out.
        issue_history: ``issue_on``, ``blood_group``, ``issued_units`` (net of returns), ``outdated_units``,
            ``discarded_units``; an absent day is a day without any.
        before: ``blood_group``, ``available_units`` at the same hour the day before; an absent group had none.
        supply: Policy section.
        as_of: The run's day.

    Returns:
        Frame STOCK_STATUS.
    """
    free, held = _held(stock, supply.component, as_of)
    status = pd.DataFrame({"component": supply.component, "blood_group": GROUPS}).set_index("blood_group", drop=False)
    for state in ("available", "reserved", "quarantine"):
        status[f"{state}_units"] = _per_group(held[held["state"] == state])
    for days in (3, 7):
        status[f"outdating_{days}d_units"] = _per_group(free[free["days_left"] <= days])
    use = daily_demand(issue_history, supply.history_days, as_of=as_of)
    status["average_daily_demand_units"] = use
    status["days_of_stock"] = status["available_units"] / use.where(use > 0)
    status["target_days"] = supply.target_days_of_stock
    status["alert_days"] = supply.alert_days_of_stock
    status["phase"] = [
        _phase(free_units, days, supply)
        for free_units, days in zip(status["available_units"], status["days_of_stock"], strict=True)
    ]
    yesterday = before.groupby("blood_group")["available_units"].sum().reindex(GROUPS, fill_value=0)
    status["change_units"] = status["available_units"] - yesterday.astype("int64")
    return conform(status.reset_index(drop=True), STOCK_STATUS)


def daily_demand(issue_history: pd.DataFrame, history_days: int, *, as_of: date) -> pd.Series:
    """Average daily demand (ADRD) by blood group, units a day, over the days on record before ``as_of``.

    Args:
        issue_history: As for :func:`stock_status`.
        history_days: Most days to look back.
        as_of: The run's day; it and later days do not count, for they are not over.
    """
    past = recent(issue_history, history_days, as_of=as_of)
    days = (pd.Timestamp(as_of) - past["issue_on"].min()).days if len(past) else 1
    return past.groupby("blood_group")[USED].sum().sum(axis=1).reindex(GROUPS, fill_value=0).astype("float64") / days


def recent(issue_history: pd.DataFrame, history_days: int, *, as_of: date) -> pd.DataFrame:
    """The rows of the last ``history_days`` whole days before ``as_of``."""
    today = pd.Timestamp(as_of)
    return issue_history[
        (issue_history["issue_on"] >= today - pd.Timedelta(days=history_days)) & (issue_history["issue_on"] < today)
    ]


def _held(stock: pd.DataFrame, component: str, as_of: date) -> tuple[pd.DataFrame, pd.DataFrame]:
    days_left = (stock["outdate_on"] - pd.Timestamp(as_of)).dt.days
    held = stock.assign(days_left=days_left)[(stock["component"] == component) & (days_left >= 0)]
    return held[held["state"] == "available"], held


def _per_group(units: pd.DataFrame) -> pd.Series:
    return units.groupby("blood_group")["unit_id"].size().reindex(GROUPS, fill_value=0)


def _phase(free_units: int, days: float, supply: policy.Supply) -> str:
    if free_units == 0 or days < supply.alert_days_of_stock:
        return "red"
    return "green" if days >= supply.target_days_of_stock else "amber"
