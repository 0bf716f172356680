"""Key figures of the day, each with its formula in words and the target or context that published practice gives."""

from datetime import date
from typing import NamedTuple

import pandas as pd

from hemoflow.domain import policy
from hemoflow.domain.blood_groups import BloodGroup
from hemoflow.domain.disclosure import suppress
from hemoflow.domain.requests import Route
from hemoflow.reports.clinic import capacity_use, home_share, route_counts
from hemoflow.reports.due import due_units
from hemoflow.reports.stock import recent
from hemoflow.reports.words import is_missing
from hemoflow.schemas.frames import conform
from hemoflow.schemas.published import KPIS

UNKNOWN = float("nan")
PERCENT = "\N{NO-BREAK SPACE}%"
O_NEGATIVE = str(BloodGroup.O_NEG)


class Figure(NamedTuple):
    """One key figure; the value is NaN when the day's data do not give it or publication forbids it."""

    kpi: str
    value: float
    unit: str
    target: str | None
    meaning: str


def kpis(
    *,
    stock_status: pd.DataFrame,
    issue_history: pd.DataFrame,
    plan_days: pd.DataFrame,
    orders: pd.DataFrame,
    open_requests: pd.DataFrame,
    allocations: pd.DataFrame,
    routes: pd.DataFrame,
    slots: pd.DataFrame,
    capacity: pd.DataFrame,
    need: pd.DataFrame,
    rules: policy.Policy,
    as_of: date,
) -> pd.DataFrame:
    """The figures that today's data support; frames without rows (status only) give missing values.

    Args:
        stock_status: Frame STOCK_STATUS.
        issue_history: As for :func:`hemoflow.reports.stock.stock_status`.
        plan_days: Frame PLAN_DAYS.
        orders: Frame ORDERS.
        open_requests: Frame OPEN_REQUESTS.
        allocations: Frame ALLOCATIONS.
        routes: Frame ROUTES.
        slots: Frame SLOTS.
        capacity: Frame CAPACITY.
        need: Frame NEED.
        rules: The whole policy.
        as_of: The run's day.

    Returns:
        Frame KPIS.
    """
    past = recent(issue_history, rules.supply.history_days, as_of=as_of)
    figures = [
        *_stock(stock_status, rules.supply),
        *_wastage(past),
        *_plan(plan_days, orders),
        *_supply_today(due_units(open_requests, allocations, as_of=as_of), allocations, has_plan=len(plan_days) > 0),
        *_patients(routes, slots, need, rules.publication.smallest_published_count),
        *_capacity(capacity_use(slots, capacity, rules.routing, as_of=as_of), rules.routing.planning_days),
    ]
    return conform(pd.DataFrame(figures), KPIS)


def in_reading_order(table: pd.DataFrame) -> pd.DataFrame:
    """A KPIS frame from stock over plan and patients to capacity, as pages show it."""
    return table.set_index("kpi").reindex([name for name in READING_ORDER if name in set(table["kpi"])]).reset_index()


READING_ORDER = (
    "Days of stock", "Groups below alert", "O-negative share of stock", "Stock outdating within 7 days",
    "Wastage", "Outdated share of wastage",
    "Order for tomorrow", "External units in the plan", "External share of supply", "Range of daily internal units",
    "Outdates in the plan",
    "Due today supplied from stock", "Very urgent short today", "Identical match", "O-negative to other groups",
    "Days left at issue",
    "Home share", "Patients to review", "Expected need of 8 days", "Home team booked", "Clinic chairs booked",
)  # fmt: skip


def _value(value: object) -> float:
    return UNKNOWN if is_missing(value) else float(str(value))


def _ratio(part: float, whole: float) -> float:
    return float(part) / float(whole) if whole else UNKNOWN


def _stock(status: pd.DataFrame, supply: policy.Supply) -> list[Figure]:
    free = status["available_units"].sum()
    o_negative = status.loc[status["blood_group"] == O_NEGATIVE, "available_units"].sum()
    demand = status["average_daily_demand_units"].sum()
    return [
        Figure("Days of stock", _ratio(free, demand), "days", f"≥ {supply.target_days_of_stock:g} (policy)",
               "Free units / average daily demand, all groups together."),
        Figure("Groups below alert", float((status["phase"] == "red").sum()), "groups", "0",
               f"Groups with fewer than {supply.alert_days_of_stock:g} days of stock."),
        Figure("O-negative share of stock", _ratio(o_negative, free), "share", f"≤ 12.5{PERCENT} (NHS)",
               "Free O-negative units / all free units."),
        Figure("Stock outdating within 7 days", _ratio(status["outdating_7d_units"].sum(), free), "share", None,
               "Free units whose last day is within 7 days / all free units."),
    ]  # fmt: skip


def _wastage(past: pd.DataFrame) -> list[Figure]:
    issued, outdated, discarded = (past[f"{kind}_units"].sum() for kind in ("issued", "outdated", "discarded"))
    return [
        Figure("Wastage", _ratio(outdated + discarded, issued), "share", f"< 2 to 3{PERCENT} (Australia)",
               "(Outdated + discarded units) / issued units, over the policy's history."),
        Figure("Outdated share of wastage", _ratio(outdated, outdated + discarded), "share", None,
               "Outdated / (outdated + discarded) units, over the policy's history."),
    ]  # fmt: skip


def _plan(plan_days: pd.DataFrame, orders: pd.DataFrame) -> list[Figure]:
    days = plan_days.groupby("day_number")[["internal_units", "external_units", "outdated_units"]].sum()
    internal, external, outdated = (days[f"{kind}_units"] for kind in ("internal", "external", "outdated"))
    return [
        Figure("Order for tomorrow", _value(orders["order_units"].sum(min_count=1)), "units", None,
               "Units to order from outside for tomorrow, all groups."),
        Figure("External units in the plan", _value(external.sum(min_count=1)), "units", "least",
               "Units from outside over the plan's days; the program's first objective."),
        Figure("External share of supply", _ratio(external.sum(), internal.sum() + external.sum()), "share",
               f"Lazio (dated): 18{PERCENT}", "External units / all units supplied in the plan."),
        Figure("Range of daily internal units", _value(internal.max() - internal.min()), "units", "small",
               "Most less fewest units supplied from stock on a day of the plan, all groups together."),
        Figure("Outdates in the plan", _value(outdated.sum(min_count=1)), "units", "0",
               "Units that outdate unused in the plan, first in first out."),
    ]  # fmt: skip


def _supply_today(due: pd.DataFrame, allocations: pd.DataFrame, *, has_plan: bool) -> list[Figure]:
    lines = allocations[allocations["unit_id"].notna()]
    o_negative = lines[lines["unit_blood_group"] == O_NEGATIVE]
    identical = (lines["unit_blood_group"] == lines["patient_blood_group"]).fillna(value=False)
    to_others = (o_negative["patient_blood_group"] != O_NEGATIVE).fillna(value=True)
    total, short, urgent = (due[f"{kind}_units"].sum() for kind in ("due", "short", "very_urgent_short"))
    return [
        Figure("Due today supplied from stock", _ratio(total - short, total) if has_plan else UNKNOWN, "share",
               f"100{PERCENT}", "Units proposed from stock / units of open requests due today or overdue."),
        Figure("Very urgent short today", float(urgent) if has_plan else UNKNOWN, "units", "0",
               "Very urgent units due today without a proposed unit of ours."),
        Figure("Identical match", _ratio(identical.sum(), len(lines)), "share", None,
               "Proposed units of the patient's own ABO/RhD group / proposed units; an unknown group never counts."),
        Figure("O-negative to other groups", _ratio(to_others.sum(), len(o_negative)), "share", "least",
               "O-negative units proposed to patients of another or unknown group / O-negative units proposed."),
        Figure("Days left at issue", _value(lines["days_left"].mean()), "days", None,
               "Mean days from today to the last day of a proposed unit."),
    ]  # fmt: skip


def _patients(routes: pd.DataFrame, slots: pd.DataFrame, need: pd.DataFrame, smallest: int) -> list[Figure]:
    n_review = int(routes["needs_review"].sum())
    home = suppress(route_counts(routes), smallest)[str(Route.HOME)]
    review = suppress({"review": n_review, "others": len(routes) - n_review}, smallest)["review"]
    return [
        Figure("Home share", UNKNOWN if home is None else home_share(slots), "share",
               f"programmes: 13 to 14{PERCENT}",
               "Planned home visits / planned visits of outpatients."),
        Figure("Patients to review", float(review) if len(routes) and review is not None else UNKNOWN, "patients", None,
               f"Outpatients whose place a person must judge; withheld below {smallest}."),
        Figure("Expected need of 8 days", _value(need["expected_8d_units"].sum(min_count=1)), "units", None,
               "Predicted units of everyone under care in the 8 days from the cut."),
    ]  # fmt: skip


def _capacity(use: pd.DataFrame, planning_days: int) -> list[Figure]:
    share = use.set_index("resource")["used_share"]
    return [
        Figure("Home team booked", float(share["nurse_minutes"]), "share", f"≤ 100{PERCENT}",
               f"Nurse minutes of planned home visits, travel included / minutes available in {planning_days} days."),
        Figure("Clinic chairs booked", float(share["chair_minutes"]), "share", f"≤ 100{PERCENT}",
               f"Chair minutes of planned clinic visits / minutes available in {planning_days} days."),
    ]  # fmt: skip
