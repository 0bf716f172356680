"""The day-ahead order of a group (De Angelis, Ricciardi and Storchi 2001, section 5), with its arithmetic in words.

Order = max(0, sure need of tomorrow + quantile of tomorrow's very urgent need - usable stock). Stock whose last day is
today is not usable tomorrow; of donations only a low quantile is counted on.
"""

from datetime import timedelta
from typing import Any

from hemoflow.domain.blood_groups import BloodGroup
from hemoflow.domain.errors import InputError
from hemoflow.domain.requests import Urgency
from optimization.intake import VERY_URGENT, Day
from optimization.plan import Plan
from optimization.problem import Instance

TOMORROW = 2


def order_line(day: Day, group: BloodGroup, instance: Instance, plan: Plan) -> dict[str, Any]:
    """One row of the order list.

    Args:
        day: The day's frames and policy.
        group: The group ordered.
        instance: Its supply problem.
        plan: Its plan; the order starts from what the plan leaves after today.

    Raises:
        InputError: The demand forecast ends today, so that nothing is known of tomorrow.
    """
    quantile = day.forecast(day.demand, "quantile_units", group, urgency=VERY_URGENT)
    if instance.horizon_days < TOMORROW or TOMORROW not in quantile:
        raise InputError(f"{group}: no demand forecast for tomorrow.", remedy="Plan at least two days ahead.")
    due = {u: _due_tomorrow(instance, plan, u) for u in instance.urgency_deadlines_days}
    low = day.forecast(day.supply_forecast, "low_units", group)
    figures = {
        "due_not_urgent_units": sum(units for u, units in due.items() if u > Urgency.URGENT),
        "due_urgent_units": due.get(int(Urgency.URGENT), 0),
        "very_urgent_quantile_units": quantile[TOMORROW],
        "stock_units": len(day.free(group)),
        "used_today_units": int(plan.internal_by_day[0]),
        "outdating_units": int(plan.outdated_by_day[0]),
        "inbound_units": low.get(1, 0) + low.get(TOMORROW, 0),
    }
    usable = (
        figures["stock_units"] - figures["used_today_units"] - figures["outdating_units"] + figures["inbound_units"]
    )
    need = figures["due_not_urgent_units"] + figures["due_urgent_units"] + figures["very_urgent_quantile_units"]
    return {
        "needed_on": day.as_of + timedelta(days=1),
        "component": day.policy.component,
        "blood_group": str(group),
        **figures,
        "usable_stock_units": usable,
        "gap_units": need - usable,
        "order_units": max(0, need - usable),
        "external_today_units": int(plan.external_by_day[0]),
        "reason": _words(figures, usable, need, day.policy.very_urgent_quantile),
    }


def _due_tomorrow(instance: Instance, plan: Plan, u: int) -> int:
    """Units of a class that the plan leaves open today and that are due tomorrow."""
    if u == VERY_URGENT:
        return 0
    return max(0, instance.requested(u, 1 - u, TOMORROW - u) - int(plan.supplied_by_class[u][0]))


def _words(figures: dict[str, int], usable: int, need: int, quantile: float) -> str:
    due = figures["due_not_urgent_units"] + figures["due_urgent_units"]
    parts = (
        f"{due} due + {figures['very_urgent_quantile_units']} ({quantile:.0%} of very urgent)"
        f" - {usable} usable ({figures['stock_units']} stock - {figures['used_today_units']} used today"
        f" - {figures['outdating_units']} outdating + {figures['inbound_units']} inbound) = {need - usable}"
    )
    return parts if need >= usable else f"{parts}: a reserve, nothing to order"
