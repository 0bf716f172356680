"""Home team and clinic: patients by proposed place, and how much of the booked time they would take."""

from datetime import date

import pandas as pd

from hemoflow.domain import policy
from hemoflow.domain.requests import Route

RESOURCES = {"nurse_minutes": Route.HOME, "chair_minutes": Route.CLINIC}
"""Which route uses which resource of the CAPACITY table."""


def route_counts(routes: pd.DataFrame) -> dict[str, int]:
    """Patients by proposed place; not for publication before :func:`hemoflow.reports.disclosure.suppress`."""
    return {str(route): int((routes["route"] == route).sum()) for route in Route}


def capacity_use(routes: pd.DataFrame, capacity: pd.DataFrame, routing: policy.Routing, *, as_of: date) -> pd.DataFrame:
    """Minutes that the proposed visits take, against the minutes that can be booked in the planning days.

    A home visit takes its nurse minutes, travel included; a clinic visit takes infusion time for each unit and one
    observation in a chair. Both are weighted with the visits expected.

    Args:
        routes: Frame ROUTES.
        capacity: Frame CAPACITY.
        routing: Policy section.
        as_of: First planning day.

    Returns:
        ``resource``, ``route``, ``used_minutes``, ``available_minutes``, ``used_share``; the share is missing without
        capacity on record or without routes.
    """
    first = pd.Timestamp(as_of)
    last = first + pd.Timedelta(days=routing.planning_days - 1)
    bookable = capacity[capacity["capacity_on"].between(first, last)].groupby("resource")["available_minutes"].sum()
    chair_minutes = routes["planned_units"] * routing.minutes_per_unit + routing.observation_minutes
    minutes = {"nurse_minutes": routes["nurse_minutes"].fillna(0.0), "chair_minutes": chair_minutes}
    rows = []
    for resource, route in RESOURCES.items():
        used = float((minutes[resource] * routes["expected_visits"])[routes["route"] == route].sum())
        available = float(bookable.get(resource, 0))
        is_known = available > 0 and len(routes) > 0
        rows.append((resource, str(route), used, available, used / available if is_known else float("nan")))
    return pd.DataFrame(rows, columns=["resource", "route", "used_minutes", "available_minutes", "used_share"])
