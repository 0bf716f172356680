"""From the frames of the routing stage to slots and back, with every other way to choose beside the optimum."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from hemoflow.domain.errors import VerificationError
from hemoflow.domain.policy import Routing
from hemoflow.domain.requests import Route
from hemoflow.schemas.frames import conform
from hemoflow.schemas.routing import HOME_RULES, SLOTS
from optimization.home.chairs import ChairProblem, solve_chairs
from optimization.home.heuristics import choose, orders
from optimization.home.judge import faults
from optimization.home.problem import ChairDay, HomeProblem, Patient, TeamDay, Visit
from optimization.home.solving import HomePlan, solve_home

OPTIMUM, WITHOUT_FLOORS = "program", "program without floors"


@dataclass(frozen=True, eq=False)
class SlotPlan:
    """Slots of the planning days.

    Attributes:
        slots: Frame SLOTS.
        home_rules: Frame HOME_RULES: the program beside simple ways to choose.
    """

    slots: pd.DataFrame
    home_rules: pd.DataFrame


def plan_slots(
    candidates: pd.DataFrame,
    visits: pd.DataFrame,
    capacity: pd.DataFrame,
    base_units: pd.Series,
    routing: Routing,
    *,
    as_of: date,
) -> SlotPlan:
    """Home teams first, then chairs for everybody else.

    Args:
        candidates: Frame CANDIDATES.
        visits: Frame VISITS.
        capacity: Frame CAPACITY.
        base_units: Red cells that everybody else is expected to need, indexed by day; 1 is the run's day.
        routing: Policy section.
        as_of: First planning day.

    Raises:
        SolveError: A program ended without a proven optimum.
        VerificationError: The judge refused a plan; nothing may be published.
    """
    problem = home_problem(candidates, visits, capacity, routing, as_of=as_of)
    plan = solve_home(problem, routing.home_solver_time_limit_s)
    found = faults(problem, plan)
    if found:
        raise VerificationError(f"The plan of the home teams was refused: {'; '.join(found[:5])}.")
    chairs = _chairs(visits, plan, problem, capacity, base_units, routing, as_of)
    slots = _slots(visits, plan, solve_chairs(chairs, routing.home_solver_time_limit_s), as_of)
    return SlotPlan(slots, compare(problem, plan, candidates, visits, routing))


def home_problem(
    candidates: pd.DataFrame, visits: pd.DataFrame, capacity: pd.DataFrame, routing: Routing, *, as_of: date
) -> HomeProblem:
    """The problem of the home teams; only patients who meet every gate are in it."""
    weekdays = dict(zip(candidates["patient_id"], candidates["usual_weekday"], strict=True))
    at_home = _visits_of(visits[visits["place"] == Route.HOME], weekdays)
    patients = []
    for row in candidates[candidates["is_open"]].sort_values("patient_id").to_dict("records"):
        own = tuple(at_home.get(row["patient_id"], ()))
        if own:
            points = row["gain_points"] + (routing.hysteresis_points if row["is_at_home"] else 0.0)
            names, skills = (tuple(filter(None, row[key].split(";"))) for key in ("groups", "skills"))
            patients.append(Patient(row["patient_id"], max(1, round(100 * points)), own, names, frozenset(skills)))
    return HomeProblem(
        patients=tuple(patients),
        team_days=_team_days(capacity, routing, as_of),
        team_skills=_skills(routing),
        floor_percent=routing.equity_floor_percent,
        first_weekday=as_of.weekday(),
    )


def compare(
    problem: HomeProblem, plan: HomePlan, candidates: pd.DataFrame, visits: pd.DataFrame, routing: Routing
) -> pd.DataFrame:
    """Frame HOME_RULES: the plan, the optimum without floors, and each simple way to choose."""
    travel = dict(zip(candidates["patient_id"], candidates["travel_minutes"], strict=True))
    free = solve_home(replace(problem, floor_percent=0), routing.home_solver_time_limit_s)
    plans = {OPTIMUM: plan, WITHOUT_FLOORS: free}
    plans |= {name: choose(problem, order) for name, order in orders(travel).items()}
    rows = [{"rule": name, **_figures(each, candidates, visits)} for name, each in plans.items()]
    return conform(pd.DataFrame(rows), HOME_RULES)


def _figures(plan: HomePlan, candidates: pd.DataFrame, visits: pd.DataFrame) -> dict[str, Any]:
    people = candidates[candidates["patient_id"].isin(plan.patients)].set_index("patient_id")
    given = visits[(visits["place"] == Route.HOME) & visits["patient_id"].isin(plan.patients)]
    part = given["patient_id"].map(people["clinic_visits_a_home_visit"])
    points = (given["patient_id"].map(people["gain_points"])).sum()
    hours = given["minutes"].sum() / 60
    chair = visits[visits["place"] == Route.CLINIC].groupby("patient_id")["minutes"].first()
    return {
        "points": points,
        "home_patients": len(people),
        "home_visits": len(given),
        "nurse_hours": hours,
        "points_per_nurse_hour": points / hours if hours else np.nan,
        "clinic_visits_saved": part.sum(),
        "chair_hours_freed": (part * given["patient_id"].map(chair)).sum() / 60,
        "travel_hours_saved": (part * given["patient_id"].map(people["travel_minutes"])).sum() * 2 / 60,
        **{name: _share(people["groups"], group) for name, group in SHARES.items()},
    }


SHARES = {"far_share": "zone:far", "older_share": "age:older", "female_share": "sex:female"}


def _share(groups: pd.Series, group: str) -> float:
    return float(groups.str.split(";").map(lambda names: group in names).mean()) if len(groups) else np.nan


def _team_days(capacity: pd.DataFrame, routing: Routing, as_of: date) -> tuple[TeamDay, ...]:
    """Nurses of each team and day: a team's minutes are shared evenly over as few nurses as a working day allows."""
    rows = _planned(capacity, "nurse_minutes", routing, as_of)
    days = []
    for row in rows.to_dict("records"):
        nurses = -(-int(row["available_minutes"]) // routing.nurse_day_minutes)
        minutes = int(row["available_minutes"]) // max(nurses, 1)
        days.append(TeamDay(row["site_id"], int(row["day"]), nurses, minutes))
    return tuple(days)


def _planned(capacity: pd.DataFrame, resource: str, routing: Routing, as_of: date) -> pd.DataFrame:
    rows = capacity[capacity["resource"] == resource]
    day = (pd.to_datetime(rows["capacity_on"]) - pd.Timestamp(as_of)).dt.days + 1
    rows = rows.assign(day=day)[day.between(1, routing.planning_days)]
    return rows.sort_values(["site_id", "day"])


def _skills(routing: Routing) -> dict[str, frozenset[str]]:
    pairs = [entry.partition(":")[::2] for entry in routing.team_skills]
    return {team: frozenset(skill for name, skill in pairs if name == team) for team, _ in pairs}


def _visits_of(visits: pd.DataFrame, weekdays: Mapping[str, Any]) -> dict[str, list[Visit]]:
    found: dict[str, list[Visit]] = {}
    for row in visits.sort_values(["patient_id", "visit_number"]).to_dict("records"):
        usual = weekdays.get(row["patient_id"])
        is_home = row["place"] == Route.HOME
        visit = Visit(
            patient_id=row["patient_id"],
            number=int(row["visit_number"]),
            days=tuple(range(int(row["earliest_day"]), int(row["latest_day"]) + 1)),
            preferred_day=int(row["preferred_day"]),
            site_id=row["site_id"],
            home_minutes=int(row["minutes"]) if is_home else 0,
            chair_minutes=0 if is_home else int(row["minutes"]),
            home_units=int(row["planned_units"]),
            clinic_units=int(row["planned_units"]),
            usual_weekday=None if usual is None or pd.isna(usual) else int(usual),
        )
        found.setdefault(visit.patient_id, []).append(visit)
    return found


def _chairs(  # noqa: PLR0917 - one argument for each part of the problem
    visits: pd.DataFrame,
    plan: HomePlan,
    problem: HomeProblem,
    capacity: pd.DataFrame,
    base_units: pd.Series,
    routing: Routing,
    as_of: date,
) -> ChairProblem:
    others = visits[(visits["place"] == Route.CLINIC) & ~visits["patient_id"].isin(plan.patients)]
    weekdays = {p.patient_id: p.visits[0].usual_weekday for p in problem.patients if p.visits}
    own = _visits_of(others, weekdays)
    base = {day: round(base_units.get(day, 0.0)) for day in range(1, routing.planning_days + 1)}
    units = {(v.patient_id, v.number): v.home_units for patient in problem.patients for v in patient.visits}
    for key, (_, day) in plan.slots.items():
        base[day] += units[key]
    rows = _planned(capacity, "chair_minutes", routing, as_of).to_dict("records")
    return ChairProblem(
        visits=tuple(visit for each in own.values() for visit in each),
        chair_days=tuple(ChairDay(row["site_id"], int(row["day"]), int(row["available_minutes"])) for row in rows),
        base_units=base,
        first_weekday=problem.first_weekday,
    )


def _slots(visits: pd.DataFrame, plan: HomePlan, chairs: Mapping[tuple[str, int], int], as_of: date) -> pd.DataFrame:
    is_home = visits["patient_id"].isin(plan.patients)
    rows = visits[is_home == (visits["place"] == Route.HOME)].copy()
    keys = list(zip(rows["patient_id"], rows["visit_number"], strict=True))
    days = [plan.slots[key][1] if key in plan.slots else chairs.get(key) for key in keys]
    rows["site_id"] = [
        plan.slots[key][0] if key in plan.slots else site for key, site in zip(keys, rows["site_id"], strict=True)
    ]
    first = pd.Timestamp(as_of)
    rows["slot_on"] = [pd.NaT if day is None else first + pd.Timedelta(days=day - 1) for day in days]
    for name in ("earliest", "latest", "preferred"):
        rows[f"{name}_on"] = first + pd.to_timedelta(rows[f"{name}_day"].astype("int64") - 1, unit="D")
    return conform(rows, SLOTS)
