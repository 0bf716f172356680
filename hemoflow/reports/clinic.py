"""Home team and clinic: patients by proposed place, and how much of the booked time they would take."""

from datetime import date

import pandas as pd

from hemoflow.domain import policy
from hemoflow.domain.requests import Route

RESOURCES = {"nurse_minutes": Route.HOME, "chair_minutes": Route.CLINIC}
"""Which route uses which resource of the CAPACITY table."""


def route_counts(routes: pd.DataFrame) -> dict[str, int]:
    """Patients by proposed place; not for publication before :func:`hemoflow.domain.disclosure.suppress`."""
    return {str(route): int((routes["route"] == route).sum()) for route in Route}


def home_share(slots: pd.DataFrame) -> float:
    """Planned visits at home / all planned visits, missing without any."""
    planned = slots[slots["slot_on"].notna()]
    return float((planned["place"] == Route.HOME).mean()) if len(planned) else float("nan")


def capacity_use(slots: pd.DataFrame, capacity: pd.DataFrame, routing: policy.Routing, *, as_of: date) -> pd.DataFrame:
    """Minutes that the planned visits take, against the minutes that can be booked in the planning days.

    Args:
        slots: Frame SLOTS.
        capacity: Frame CAPACITY.
        routing: Policy section.
        as_of: First planning day.

    Returns:
        ``resource``, ``route``, ``used_minutes``, ``available_minutes``, ``used_share``; the share is missing without
        capacity on record or without visits.
    """
    board = capacity_board(slots, capacity, routing, as_of=as_of)
    rows = []
    for resource, route in RESOURCES.items():
        mine = board[board["resource"] == resource]
        used, available = float(mine["proposed_minutes"].sum()), float(mine["available_minutes"].sum())
        is_known = available > 0 and len(slots) > 0
        rows.append((resource, str(route), used, available, used / available if is_known else float("nan")))
    return pd.DataFrame(rows, columns=["resource", "route", "used_minutes", "available_minutes", "used_share"])


def capacity_board(
    slots: pd.DataFrame, capacity: pd.DataFrame, routing: policy.Routing, *, as_of: date
) -> pd.DataFrame:
    """Each team's and clinic's day: minutes available and proposed, visits and red cells.

    Args:
        slots: Frame SLOTS, or its columns added up by site and day with the number of ``rows``.
        capacity: Frame CAPACITY.
        routing: Policy section.
        as_of: First planning day.

    Returns:
        ``resource, site_id, capacity_on, available_minutes, proposed_minutes, visits, units, used_share``, sorted; the
        share is missing on a day without capacity.
    """
    first = pd.Timestamp(as_of)
    last = first + pd.Timedelta(days=routing.planning_days - 1)
    keys = ["site_id", "capacity_on"]
    days = capacity[capacity["capacity_on"].between(first, last)][["resource", *keys, "available_minutes"]]
    counted = slots if "rows" in slots else slots.assign(rows=1)
    given = counted[counted["slot_on"].notna()].rename(columns={"slot_on": "capacity_on"}).groupby(keys)
    taken = given.agg(
        proposed_minutes=("minutes", "sum"), visits=("rows", "sum"), units=("planned_units", "sum")
    ).reset_index()
    board = days.merge(taken, on=keys, how="left").fillna({"proposed_minutes": 0, "visits": 0, "units": 0})
    board = board.astype(dict.fromkeys(("available_minutes", "proposed_minutes", "visits", "units"), "int64"))
    open_minutes = board["available_minutes"].where(board["available_minutes"] > 0)
    board["used_share"] = (board["proposed_minutes"] / open_minutes).astype("float64")
    return board.sort_values(["resource", *keys], ascending=[False, True, True], ignore_index=True)
