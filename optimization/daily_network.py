"""The network program of one day: the region as one site, all groups together, with substitution.

No source gives sites' own stock with transfer times, so that the region stands as one site; a source that does can make
a problem of many. What the day knows comes in as it does for one group: held units out of both sides, overdue requests
due on day 1, missing requirements as unmet.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hemoflow.domain.blood_groups import BloodGroup
from hemoflow.domain.requests import ShortageTier, Urgency
from hemoflow.domain.units import Component
from optimization.intake import VERY_URGENT, Day, open_units
from optimization.network.explain import why_external
from optimization.network.ledger import Ledger, replay
from optimization.network.parts import External, Lot, Request, Site
from optimization.network.plan import NetworkPlan, Source
from optimization.network.problem import NetworkProblem
from optimization.network.substitution import identical, red_cell_preference
from optimization.network_answers import solve_network
from optimization.network_files import NetworkTask
from optimization.ordering import Ahead
from optimization.picking import Claim

REGION = "region"
IRRADIATED = ("irradiated",)


@dataclass(frozen=True, slots=True)
class RegionPlan:
    """A network problem made of a day, and its plan; the first requests are the day's own, in its order.

    Attributes:
        day: The day's frames and policy.
        task: The problem, the ladder and the tolerances.
        plan: The plan.
        ledger: The plan replayed.
    """

    day: Day
    task: NetworkTask
    plan: NetworkPlan
    ledger: Ledger

    def claims(self) -> list[Claim]:
        """What the plan supplies to each open request today, own groups first; what it leaves short, from outside."""
        groups: dict[int, list[BloodGroup]] = {}
        outside: Counter[int] = Counter()
        for row in self.plan.allocations:
            if row.day == 1 and row.request < len(self.day.requests):
                if row.shelf is None:
                    outside[row.request] += round(row.units)
                else:
                    groups.setdefault(row.request, []).extend([BloodGroup(row.shelf.blood_group)] * round(row.units))
        for short in self.plan.shortages:
            if short.day == 1 and short.request < len(self.day.requests):
                outside[short.request] += round(short.units)
        claims = []
        for r in sorted({*groups, *outside}):
            request = self.day.requests[r]
            ours = sorted(groups.get(r, []), key=lambda group, own=request: own.donors.index(group))  # type: ignore[misc]
            claims.append(Claim(request, tuple(ours), outside[r]))
        return claims

    def needed(self) -> dict[BloodGroup, int]:
        """Units of each group that the plan issues today, expected requests included."""
        return {group: self._issued(group, 1) for group in BloodGroup}

    def ahead(self) -> dict[BloodGroup, Ahead]:
        """What the plan says about each group until an order of today arrives."""
        lead = self.day.policy.order_lead_days
        return {group: self._ahead(group, lead) for group in BloodGroup}

    def plan_days(self) -> Iterator[dict[str, Any]]:
        """Rows in the layout PLAN_DAYS: units of ours by their own group, requests by that of the patient."""
        for group in BloodGroup:
            for t in self.task.problem.days:
                by_class = self._supplied(group, t)
                yield {
                    "plan_on": self.day.on(t),
                    "day_number": t,
                    "component": self.day.policy.component,
                    "blood_group": str(group),
                    "donated_units": self._received(group, t),
                    "internal_units": self._issued(group, t),
                    "external_units": self._external(group, t),
                    "very_urgent_units": by_class.pop(0, 0),
                    "urgent_units": by_class.pop(1, 0),
                    "not_urgent_units": sum(by_class.values()),
                    "outdated_units": self._outdated(group, t),
                    "stock_after_units": self._left(group, t),
                }

    def _ahead(self, group: BloodGroup, lead: int) -> Ahead:
        due: Counter[int] = Counter()
        for r, request in enumerate(self.task.problem.requests):
            if request.blood_group == group and request.due_day == 1 + lead and request.urgency != VERY_URGENT:
                served = sum(units for t, units in self.ledger.settled.get(r, {}).items() if t <= lead)
                due[request.urgency] += request.units - round(served)
        return Ahead(
            due_by_class=dict(due),
            used_units=sum(self._issued(group, t) for t in range(1, lead + 1)),
            outdating_units=sum(self._outdated(group, t) for t in range(1, lead + 1)),
            external_today_units=self._external(group, 1),
            explanation=self._explanation(group),
        )

    def _explanation(self, group: BloodGroup) -> str:
        problem = self.task.problem
        for row in self.plan.allocations:
            if row.source is not Source.STOCK and problem.requests[row.request].blood_group == group:
                words = "; ".join(why_external(problem, self.plan, row))
                return f"{row.units:g} units from outside on day {row.day}: {words}"
        into_stock = [d for d in self.plan.deliveries if problem.externals[d.external].blood_group == group]
        if into_stock:
            units = sum(delivery.units for delivery in into_stock)
            return (
                f"{units:g} units into stock from day {into_stock[0].day} on: stock and donations are less than asked"
            )
        return "every request can be met from stock and donations in time"

    def _issued(self, group: BloodGroup, t: int) -> int:
        key = (REGION, self.day.policy.component, str(group))
        return round(self.ledger.issued.get(key, {}).get(t, 0))

    def _received(self, group: BloodGroup, t: int) -> int:
        lots = (lot for lot in self.task.problem.lots if lot.blood_group == group and lot.collected_day == t)
        return sum(lot.units for lot in lots)

    def _supplied(self, group: BloodGroup, t: int) -> Counter[int]:
        supplied: Counter[int] = Counter()
        for row in self.plan.allocations:
            request = self.task.problem.requests[row.request]
            if row.day == t and request.blood_group == group:
                supplied[request.urgency] += round(row.units)
        return supplied

    def _external(self, group: BloodGroup, t: int) -> int:
        problem = self.task.problem
        rows = (row for row in self.plan.allocations if row.source is not Source.STOCK and row.day == t)
        direct = sum(row.units for row in rows if problem.requests[row.request].blood_group == group)
        into_stock = (row for row in self.plan.deliveries if row.day == t)
        bought = sum(row.units for row in into_stock if problem.externals[row.external].blood_group == group)
        return round(direct + bought)

    def _outdated(self, group: BloodGroup, t: int) -> int:
        lost = (row for row in self.plan.outdates if row.shelf.blood_group == group and row.shelf.last_day == t)
        return round(sum(row.units for row in lost))

    def _left(self, group: BloodGroup, t: int) -> int:
        left = self.ledger.left.items()
        return round(sum(u for (_, s, day), u in left if day == t and s.blood_group == group and s.last_day > t))


def plan_region(day: Day) -> RegionPlan:
    """Plan all groups of a day together.

    Raises:
        InputError: A request has a deadline class that the policy does not know.
        SolveError: There is no plan within the time limit; names the rung and the tightest requests.
    """
    policy = day.policy
    task = NetworkTask(problem_of(day), policy.network_ladder, policy.tolerances)
    limit = policy.solver_time_limit_s * len(BloodGroup)
    plan = solve_network(task.problem, task.ladder, task.tolerances, time_limit_s=limit)
    return RegionPlan(day, task, plan, replay(task.problem, plan))


def problem_of(day: Day) -> NetworkProblem:
    """The network problem of a day."""
    policy = day.policy
    component = Component(policy.component)
    is_red = component is Component.RED_CELLS
    externals = [
        External(component, group, REGION, policy.order_lead_days if planned else 0, None, planned, not planned)
        for group in BloodGroup
        for planned in (True, False)
    ]
    return NetworkProblem(
        name=f"{day.as_of.isoformat()} {component}",
        horizon_days=policy.horizon_days,
        terminal_rule=policy.terminal_rule,
        shelf_life_days={component: policy.shelf_life_days},
        sites=(Site(REGION),),
        lots=tuple(_lots(day, component)),
        requests=(*_asked(day, component), *_expected(day, component)),
        substitutions=red_cell_preference() if is_red else identical(component),
        externals=tuple(externals),
    )


def _lots(day: Day, component: Component) -> Iterator[Lot]:
    life, T = day.policy.shelf_life_days, day.policy.horizon_days
    shelves: Counter[tuple[BloodGroup, int, bool]] = Counter()
    for group in BloodGroup:
        for unit in day.free(group):
            shelves[group, min((unit.outdate_on - day.as_of).days + 1, life), unit.is_irradiated] += 1
    for (group, last, irradiated), units in sorted(shelves.items()):
        yield Lot(component, group, REGION, 1, last - life + 1, last, units, IRRADIATED if irradiated else ())
    for group in BloodGroup:
        for t, units in sorted(day.forecast(day.supply_forecast, "planned_units", group).items()):
            if units and t <= T:
                yield Lot(component, group, REGION, t, t, t + life - 1, units)


def _asked(day: Day, component: Component) -> Iterator[Request]:
    """The day's own requests, one entry each, so that a plan's row names its request."""
    by_group = {group: dict(open_units(day, group)) for group in BloodGroup}
    for request in day.requests:
        group = request.supply_blood_group
        made, units = by_group[group][request.request_id]
        needs = () if request.needs_irradiated is False else IRRADIATED
        yield Request(component, group, REGION, request.shortage_tier, request.urgency, made, units, requires=needs)


def _expected(day: Day, component: Component) -> Iterator[Request]:
    for group in BloodGroup:
        for u in day.policy.urgency_deadlines_days:
            tier = ShortageTier.FIRST if u == Urgency.VERY_URGENT else ShortageTier.SECOND
            for t, units in sorted(day.expected(group, u).items()):
                if units and t <= day.policy.horizon_days:
                    yield Request(component, group, REGION, int(tier), u, t, units)
