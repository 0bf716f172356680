"""The supply assignment of one day: from the frames of the day to plan, order list and allocation list."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd

from hemoflow.domain.blood_groups import BloodGroup
from hemoflow.domain.errors import VerificationError
from hemoflow.domain.policy import Supply
from hemoflow.schemas.frames import conform, empty
from hemoflow.schemas.supply import ALLOCATIONS, ORDERS, PLAN_DAYS
from hemoflow.schemas.table import Layout
from optimization.account import Account, account_of_group, account_of_network, together
from optimization.apart import Spread, plans_of
from optimization.daily_network import RegionPlan, plan_region
from optimization.explain import bottleneck, why
from optimization.intake import Day, held_units, instance_of, read_requests, read_units
from optimization.network.verifier import verify as verify_network
from optimization.ordering import Ahead, ahead_of_group, order_line
from optimization.picking import Claim, claims_of_groups, pick
from optimization.plan import Plan
from optimization.problem import Instance
from optimization.safety import unit_violations
from optimization.verifier import verify

NOT_PUBLISHED = "Nothing is published; report it with the instance files."


@dataclass(frozen=True)
class Assignment:
    """What a day proposes.

    Attributes:
        plan_days: Frame in the layout PLAN_DAYS, one row a day of the horizon and group.
        orders: Frame in the layout ORDERS, one row a group.
        allocations: Frame in the layout ALLOCATIONS, one row a unit.
        account: All groups together, day by day.
        instances: The supply problem of each group; none where the network plans them together.
        plans: Its plan.
        region: Problem and plan of the network; None where each group has a plan of its own.
    """

    plan_days: pd.DataFrame
    orders: pd.DataFrame
    allocations: pd.DataFrame
    account: Account
    instances: Mapping[BloodGroup, Instance] = field(default_factory=dict)
    plans: Mapping[BloodGroup, Plan] = field(default_factory=dict)
    region: RegionPlan | None = None


def assign(  # noqa: PLR0917 - each frame of the day by its own name
    stock: pd.DataFrame,
    open_requests: pd.DataFrame,
    demand: pd.DataFrame,
    supply_forecast: pd.DataFrame,
    supply: Supply,
    as_of: date,
    spread: Spread | None = None,
) -> Assignment:
    """Plan by the policy's program, order, and offer today's units to requests; nothing unverified is returned.

    Args:
        stock: Units in the house, layout STOCK.
        open_requests: Requests not yet fully issued, layout OPEN_REQUESTS.
        demand: New requests expected, layout DEMAND.
        supply_forecast: Donations expected, layout SUPPLY_FORECAST.
        supply: Section ``supply`` of the policy.
        as_of: The run's day, day 1 of every plan.
        spread: Where programs that do not look at one another are solved; None means here.

    Raises:
        InputError: The frames contradict the policy.
        SolveError: There is no plan within the time limit; names the rung and the tightest requests.
        VerificationError: A plan or an allocation broke a rule; lists all.
    """
    units = read_units(stock, supply.component, as_of)
    requests = read_requests(open_requests, supply.component, as_of)
    day = Day(units, requests, held_units(units, requests), demand, supply_forecast, supply, as_of)
    assignment = _of_region(day) if supply.is_network else _of_groups(day, spread)
    violations = verify_assignment(assignment, stock, open_requests, as_of)
    if violations:
        raise VerificationError(
            f"The assignment of {as_of} breaks rules: {'; '.join(violations)}.", remedy=NOT_PUBLISHED
        )
    return assignment


def verify_assignment(
    assignment: Assignment, stock: pd.DataFrame, open_requests: pd.DataFrame, as_of: date
) -> list[str]:
    """Every constraint and safety invariant that an assignment breaks, in words; empty means accepted.

    Plans are judged by :func:`optimization.verifier.verify` or that of the network, units by
    :func:`optimization.safety.unit_violations`; requests for a component that is not planned are left out.
    """
    of_plans = [
        f"{group}: {words}"
        for group, plan in assignment.plans.items()
        for words in verify(assignment.instances[group], plan)
    ]
    if assignment.region:
        of_plans += verify_network(assignment.region.task.problem, assignment.region.plan)
    planned = open_requests[open_requests["component"].isin(assignment.plan_days["component"].unique())]
    return of_plans + unit_violations(assignment.allocations, stock, planned, as_of)


def _of_groups(day: Day, spread: Spread | None) -> Assignment:
    instances = {group: instance_of(day, group) for group in BloodGroup}
    plans = plans_of(instances, day.policy, spread)
    lead = day.policy.order_lead_days
    ahead = {g: ahead_of_group(instances[g], plans[g], lead, _explanation(instances[g])) for g in BloodGroup}
    needed = {group: int(plans[group].internal_by_day[0]) for group in BloodGroup}
    rows = (row for group in BloodGroup for row in _plan_days(day, group, instances, plans))
    return Assignment(
        **_frames(day, rows, ahead, claims_of_groups(day, plans), needed),
        account=together(account_of_group(instances[group], plans[group]) for group in BloodGroup),
        instances=instances,
        plans=plans,
    )


def _of_region(day: Day) -> Assignment:
    region = plan_region(day)
    return Assignment(
        **_frames(day, region.plan_days(), region.ahead(), region.claims(), region.needed()),
        account=account_of_network(region.task.problem, region.plan),
        region=region,
    )


def _frames(
    day: Day,
    plan_days: Iterator[dict[str, Any]],
    ahead: Mapping[BloodGroup, Ahead],
    claims: list[Claim],
    needed: Mapping[BloodGroup, int],
) -> dict[str, Any]:
    return {
        "plan_days": _frame(plan_days, PLAN_DAYS),
        "orders": _frame((order_line(day, group, ahead[group]) for group in BloodGroup), ORDERS),
        "allocations": _frame(iter(pick(day, claims, needed)), ALLOCATIONS),
    }


def _explanation(instance: Instance) -> str:
    found = bottleneck(instance)
    return "every request can be met from stock and donations in time" if found is None else why(found)


def _plan_days(
    day: Day, group: BloodGroup, instances: Mapping[BloodGroup, Instance], plans: Mapping[BloodGroup, Plan]
) -> Iterator[dict[str, Any]]:
    instance, plan = instances[group], plans[group]
    stock = sum(instance.initial_stock.values())
    for t in instance.days:
        supplied = {u: row[t - 1] for u, row in plan.supplied_by_class.items()}
        stock += instance.donations[t - 1] - int(plan.internal_by_day[t - 1] + plan.outdated_by_day[t - 1])
        yield {
            "plan_on": day.on(t),
            "day_number": t,
            "component": day.policy.component,
            "blood_group": str(group),
            "donated_units": instance.donations[t - 1],
            "internal_units": plan.internal_by_day[t - 1],
            "external_units": plan.external_by_day[t - 1],
            "very_urgent_units": supplied.pop(0, 0),
            "urgent_units": supplied.pop(1, 0),
            "not_urgent_units": sum(supplied.values()),
            "outdated_units": plan.outdated_by_day[t - 1],
            "stock_after_units": stock,
        }


def _frame(rows: Iterator[dict[str, Any]], layout: Layout) -> pd.DataFrame:
    listed = list(rows)
    return conform(pd.DataFrame(listed), layout) if listed else empty(layout)
