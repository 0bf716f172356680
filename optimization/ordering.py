"""The day-ahead order of a group (De Angelis, Ricciardi and Storchi 2001, section 5), with its arithmetic in words.

Order = max(0, sure need of the day of arrival + quantile of its very urgent need - usable stock). Stock whose last day
comes before is not usable; of donations only a low quantile is counted on. With a lead time of more than a day, what
the plan supplies and loses until then leaves the stock, and the margin of the days between joins the quantile: margins
of independent days add up as the root of the sum of their squares.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from math import ceil, sqrt
from typing import Any

from hemoflow.domain.blood_groups import BloodGroup
from hemoflow.domain.errors import InputError
from hemoflow.domain.requests import Urgency
from optimization.intake import VERY_URGENT, Day
from optimization.plan import Plan
from optimization.problem import Instance

TOMORROW = 2


@dataclass(frozen=True, slots=True)
class Ahead:
    """What a plan says about one group until an order of today arrives.

    Attributes:
        due_by_class: Units of each class due on the day of arrival and not served before.
        used_units: Units supplied from stock before that day.
        outdating_units: Units outdated before that day.
        external_today_units: Units that the plan needs from outside today.
        explanation: Why it takes units from outside at all.
    """

    due_by_class: Mapping[int, int]
    used_units: int
    outdating_units: int
    external_today_units: int
    explanation: str


def ahead_of_group(instance: Instance, plan: Plan, lead_days: int, explanation: str) -> Ahead:
    """The outlook of a group from a plan of its own."""
    arrival = 1 + lead_days
    due = {
        u: max(0, instance.requested(u, 1 - u, arrival - u) - int(sum(supplied[:lead_days])))
        for u, supplied in plan.supplied_by_class.items()
        if u != VERY_URGENT
    }
    used, lost = sum(plan.internal_by_day[:lead_days]), sum(plan.outdated_by_day[:lead_days])
    return Ahead(due, int(used), int(lost), int(plan.external_by_day[0]), explanation)


def order_line(day: Day, group: BloodGroup, ahead: Ahead) -> dict[str, Any]:
    """One row of the order list.

    Args:
        day: The day's frames and policy.
        group: The group ordered.
        ahead: What its plan says until the order arrives.

    Raises:
        InputError: The demand forecast ends before the order arrives, so that nothing is known of that day.
    """
    lead = day.policy.order_lead_days
    low = day.forecast(day.supply_forecast, "low_units", group)
    figures = {
        "due_not_urgent_units": sum(units for u, units in ahead.due_by_class.items() if u > Urgency.URGENT),
        "due_urgent_units": ahead.due_by_class.get(int(Urgency.URGENT), 0),
        "very_urgent_quantile_units": very_urgent_units(day, group, 1 + lead),
        "stock_units": len(day.free(group)),
        "used_today_units": ahead.used_units,
        "outdating_units": ahead.outdating_units,
        "inbound_units": sum(low.get(t, 0) for t in range(1, 2 + lead)),
    }
    gap, usable = order_gap(figures)
    return {
        "needed_on": day.as_of + timedelta(days=lead),
        "lead_days": lead,
        "component": day.policy.component,
        "blood_group": str(group),
        **figures,
        "usable_stock_units": usable,
        "gap_units": gap,
        "order_units": max(0, gap),
        "external_today_units": ahead.external_today_units,
        "reason": _words(figures, usable, gap, day),
        "explanation": ahead.explanation,
    }


def order_gap(figures: Mapping[str, int]) -> tuple[int, int]:
    """Need less usable stock, and the usable stock: the one sum that orders are made of."""
    usable = (
        figures["stock_units"] - figures["used_today_units"] - figures["outdating_units"] + figures["inbound_units"]
    )
    need = figures["due_not_urgent_units"] + figures["due_urgent_units"] + figures["very_urgent_quantile_units"]
    return need - usable, usable


def very_urgent_units(day: Day, group: BloodGroup, arrival: int) -> int:
    """Very urgent units to be ready for on the day of arrival: its quantile, and the margin of the days before."""
    upper = day.forecast(day.demand, "quantile_units", group, urgency=VERY_URGENT)
    if day.policy.horizon_days < arrival or arrival not in upper:
        raise InputError(
            f"{group}: no demand forecast for day {arrival}, when an order of today arrives.",
            remedy="Plan at least two days ahead, and beyond supply.order_lead_days.",
        )
    mean = day.forecast(day.demand, "new_units", group, urgency=VERY_URGENT)
    margins = [max(0, upper[t] - mean.get(t, 0)) for t in range(TOMORROW, arrival + 1)]
    return mean.get(arrival, 0) + ceil(sqrt(sum(margin**2 for margin in margins)))


def _words(figures: Mapping[str, int], usable: int, gap: int, day: Day) -> str:
    due = figures["due_not_urgent_units"] + figures["due_urgent_units"]
    used = "used today" if day.policy.order_lead_days == 1 else "used before"
    parts = (
        f"{due} due + {figures['very_urgent_quantile_units']} ({day.policy.very_urgent_quantile:.0%} of very urgent)"
        f" - {usable} usable ({figures['stock_units']} stock - {figures['used_today_units']} {used}"
        f" - {figures['outdating_units']} outdating + {figures['inbound_units']} inbound) = {gap}"
    )
    return parts if gap >= 0 else f"{parts}: a reserve, nothing to order"
