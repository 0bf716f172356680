"""What a home programme would bring at each size: the frontier of capacity and benefit, before there is a team."""

from collections.abc import Sequence
from datetime import date, timedelta

import pandas as pd

from hemoflow.domain.policy import Routing
from hemoflow.schemas.frames import conform
from hemoflow.schemas.routing import HOME_FRONTIER
from optimization.home.daily import compare, home_problem
from optimization.home.solving import solve_home

TEAM = "PLANNED-HOME"
SATURDAY = 5


def frontier(
    candidates: pd.DataFrame, visits: pd.DataFrame, nurses: Sequence[float], routing: Routing, *, as_of: date
) -> pd.DataFrame:
    """Frame HOME_FRONTIER: the program and simple ways to choose, at each number of nurses.

    Args:
        candidates: Frame CANDIDATES.
        visits: Frame VISITS of the planning days.
        nurses: Sizes of the team; half a nurse works every other day, see :func:`capacity_of`.
        routing: Policy section; its planning days are the horizon.
        as_of: First planning day.
    """
    found = []
    for number in nurses:
        problem = home_problem(candidates, visits, capacity_of(number, routing, as_of), routing, as_of=as_of)
        plan = solve_home(problem, routing.home_solver_time_limit_s)
        rules = compare(problem, plan, candidates, visits, routing)
        found.append(rules.assign(nurses=float(number)))
    return conform(pd.concat(found, ignore_index=True), HOME_FRONTIER)


def capacity_of(nurses: float, routing: Routing, as_of: date) -> pd.DataFrame:
    """Nurse minutes of the planning days, Monday to Friday; part of a nurse works whole days, as evenly as can be."""
    rows, worked = [], 0.0
    for n in range(routing.planning_days):
        on = as_of + timedelta(days=n)
        if on.weekday() < SATURDAY:
            worked += nurses
            today = int(worked + 1e-9)
            worked -= today
            rows.append((TEAM, pd.Timestamp(on), "nurse_minutes", today * routing.nurse_day_minutes))
    return pd.DataFrame(rows, columns=["site_id", "capacity_on", "resource", "available_minutes"])
