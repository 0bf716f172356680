"""From the frames of the day to plain values: usable units, open requests, and one instance for each blood group."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd

from hemoflow.domain.blood_groups import BloodGroup, emergency_groups, preference
from hemoflow.domain.errors import InputError
from hemoflow.domain.policy import Supply
from optimization.problem import Instance

VERY_URGENT = 0


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that may be transfused on the run's day, as far as its own life and state go."""

    unit_id: str
    blood_group: BloodGroup
    outdate_on: date
    is_irradiated: bool
    reserved_for: str | None


@dataclass(frozen=True, slots=True)
class Request:
    """An open request.

    Attributes:
        donors: Groups that may be given, best first; by the emergency rule when the patient's group is unknown.
        due_on: Last day in time, never before the run's day.
        needs_irradiated: None when no record says.
        antibodies: None when not screened, empty when screened and none found.
    """

    request_id: str
    patient_id: str
    site_id: str
    patient_blood_group: BloodGroup | None
    supply_blood_group: BloodGroup
    is_emergency_rule: bool
    donors: tuple[BloodGroup, ...]
    urgency: int
    shortage_tier: int
    requested_on: date
    requested_at: datetime
    due_on: date
    recorded_due_on: date
    open_units: int
    needs_irradiated: bool | None
    antibodies: str | None

    @property
    def rank(self) -> tuple[date, int, datetime, str]:
        """Who is served first: deadline, shortage tier, time asked."""
        return self.due_on, self.shortage_tier, self.requested_at, self.request_id


def read_units(stock: pd.DataFrame, component: str, as_of: date) -> list[Unit]:
    """Units that are free or reserved and not past their last day, oldest first."""
    rows = stock[
        (stock["component"] == component)
        & stock["state"].isin(["available", "reserved"])
        & (stock["outdate_on"] >= pd.Timestamp(as_of))
    ].sort_values(["outdate_on", "collected_on", "unit_id"])
    return [
        Unit(
            unit_id=row["unit_id"],
            blood_group=BloodGroup(row["blood_group"]),
            outdate_on=row["outdate_on"].date(),
            is_irradiated=bool(row["is_irradiated"]),
            reserved_for=(_known(row["reserved_request_id"]) or "") if row["state"] == "reserved" else None,
        )
        for row in rows.to_dict("records")
    ]


def read_requests(open_requests: pd.DataFrame, component: str, as_of: date) -> list[Request]:
    """Open requests in the order in which they are served.

    Raises:
        InputError: A request was made after the run's day.
    """
    rows = open_requests[open_requests["component"] == component]
    late = int((rows["requested_on"] > pd.Timestamp(as_of)).sum())
    if late:
        raise InputError(
            f"{late} open requests were made after {as_of}.", remedy="Cut the requests off at the run's day."
        )
    return sorted((_request(row, as_of) for row in rows.to_dict("records")), key=lambda request: request.rank)


def _request(row: dict[Any, Any], as_of: date) -> Request:
    group, age = _known(row["patient_blood_group"]), _known(row["age_years"])
    is_emergency = bool(row["is_emergency_rule"]) or group is None
    emergency = emergency_groups(_known(row["sex"]), None if age is None else int(age))
    return Request(
        request_id=row["request_id"],
        patient_id=row["patient_id"],
        site_id=row["site_id"],
        patient_blood_group=None if group is None else BloodGroup(group),
        supply_blood_group=BloodGroup(row["supply_blood_group"]),
        is_emergency_rule=is_emergency,
        donors=emergency if is_emergency else preference(BloodGroup(group)),
        urgency=int(row["urgency"]),
        shortage_tier=int(row["shortage_tier"]),
        requested_on=row["requested_on"].date(),
        requested_at=row["requested_at"].to_pydatetime(),
        due_on=max(row["due_on"].date(), as_of),
        recorded_due_on=row["due_on"].date(),
        open_units=int(row["open_units"]),
        needs_irradiated=_known(row["needs_irradiated"]),
        antibodies=_known(row["antibodies"]),
    )


def held_units(units: list[Unit], requests: list[Request]) -> dict[str, list[Unit]]:
    """Units reserved for each open request that they suit by group, oldest first, no more than it asks for."""
    by_id = {request.request_id: request for request in requests}
    held: dict[str, list[Unit]] = {}
    for unit in units:
        request = by_id.get(unit.reserved_for or "")
        if (
            request
            and unit.blood_group in request.donors
            and len(held.get(request.request_id, [])) < request.open_units
        ):
            held.setdefault(request.request_id, []).append(unit)
    return held


@dataclass(frozen=True, slots=True)
class Day:
    """What the instances of a day are made from: plain values, frames of the forecasts, policy and date."""

    units: list[Unit]
    requests: list[Request]
    held: dict[str, list[Unit]]
    demand: pd.DataFrame
    supply_forecast: pd.DataFrame
    policy: Supply
    as_of: date

    def on(self, day_number: int) -> date:
        """The date of a day of the plan; 1 is the run's day."""
        return self.as_of + timedelta(days=day_number - 1)

    def free(self, group: BloodGroup) -> list[Unit]:
        """Free units of a group, oldest first."""
        return [unit for unit in self.units if unit.blood_group == group and unit.reserved_for is None]

    def lacking(self, request: Request) -> int:
        """Units of a request for which none is reserved yet."""
        return request.open_units - len(self.held.get(request.request_id, []))

    def forecast(self, frame: pd.DataFrame, column: str, group: BloodGroup, **only: int) -> dict[int, int]:
        """Whole units of a forecast by day number; days without a row hold none."""
        rows = frame[(frame["component"] == self.policy.component) & (frame["blood_group"] == str(group))]
        for name, value in only.items():
            rows = rows[rows[name] == value]
        days = zip(rows["day_number"], rows[column], strict=True)
        units: Counter[int] = Counter()
        for day_number, count in days:
            units[int(day_number)] += int(count)
        return dict(units)

    def expected(self, group: BloodGroup, urgency: int) -> dict[int, int]:
        """New units to plan with: very urgent ones at their quantile on the reserve's days, else the mean [E9]."""
        units = self.forecast(self.demand, "new_units", group, urgency=urgency)
        if urgency == VERY_URGENT:
            upper = self.forecast(self.demand, "quantile_units", group, urgency=urgency)
            reserve = range(2, 2 + self.policy.reserve_days)
            units |= {t: max(units.get(t, 0), upper[t]) for t in reserve if t in upper}
        return units


def instance_of(day: Day, group: BloodGroup) -> Instance:
    """The supply problem of a group: day 1 is the run's day.

    A unit enters by its own last day, so that a shortened life counts: its effective day of collection is that day less
    the shelf life plus 1, and no later than day 1. Units reserved for a request are taken out of both sides. Overdue
    requests are due on day 1, and what was asked today is demand of day 1.

    Raises:
        InputError: A request has a deadline class that the policy does not know.
    """
    policy = day.policy
    collected = Counter(
        min(1, (unit.outdate_on - day.as_of).days + 2 - policy.shelf_life_days) for unit in day.free(group)
    )
    donations = day.forecast(day.supply_forecast, "planned_units", group)
    donations[1] = donations.get(1, 0) + collected.pop(1, 0)
    demand = {u: day.expected(group, u) for u in policy.urgency_deadlines_days}
    backlog: dict[int, Counter[int]] = {u: Counter() for u in policy.urgency_deadlines_days if u > VERY_URGENT}
    urgency = {request.request_id: request.urgency for request in day.requests}
    for request_id, (made, units) in open_units(day, group):
        u = urgency[request_id]
        if made < 1:
            backlog[u][made] += units
        else:
            demand[u][1] = demand[u].get(1, 0) + units
    return Instance(
        name=f"{day.as_of.isoformat()} {group}",
        horizon_days=policy.horizon_days,
        shelf_life_days=policy.shelf_life_days,
        urgency_deadlines_days=tuple(sorted(policy.urgency_deadlines_days)),
        terminal_rule=policy.terminal_rule,
        initial_stock=dict(sorted(collected.items())),
        donations=_row(donations, policy.horizon_days),
        demand={u: _row(days, policy.horizon_days) for u, days in sorted(demand.items())},
        backlog={u: dict(sorted(days.items())) for u, days in sorted(backlog.items())},
    )


def open_units(day: Day, group: BloodGroup) -> list[tuple[str, tuple[int, int]]]:
    """Requests of a group with the day of asking, no earlier than makes them due on day 1, and units not yet held.

    Raises:
        InputError: A request has a deadline class that the policy does not know.
    """
    asked = []
    for request in day.requests:
        if request.urgency not in day.policy.urgency_deadlines_days:
            raise InputError(
                f"An open request has the deadline class {request.urgency}; the policy knows "
                f"{list(day.policy.urgency_deadlines_days)}.",
                remedy="Mend the source, or add the class to supply.urgency_deadlines_days.",
            )
        if request.supply_blood_group == group:
            made = max((request.requested_on - day.as_of).days + 1, 1 - request.urgency)
            asked.append((request.request_id, (made, day.lacking(request))))
    return asked


def _row(days: dict[int, int], horizon_days: int) -> tuple[int, ...]:
    return tuple(days.get(t, 0) for t in range(1, horizon_days + 1))


def _known(value: Any) -> Any:  # noqa: ANN401
    return None if pd.isna(value) else value
