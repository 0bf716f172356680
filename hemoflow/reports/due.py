"""Requests by due day and blood group, and what today's proposal leaves short."""

from datetime import date

import pandas as pd

from hemoflow.domain.requests import Urgency
from hemoflow.schemas.canonical import GROUPS

DUE_COLUMNS = (
    "due_units", "overdue_units", "very_urgent_units", "proposed_units", "external_units", "review_units",
    "short_units", "very_urgent_short_units", "due_tomorrow_units", "due_later_units",
)  # fmt: skip
NO_LINES = {"proposed": 0, "external": 0, "review": 0}


def due_units(open_requests: pd.DataFrame, allocations: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """Units of open requests by the group that supplies them.

    Args:
        open_requests: Frame OPEN_REQUESTS.
        allocations: Frame ALLOCATIONS.
        as_of: The run's day.

    Returns:
        Eight rows: ``blood_group`` and, in units, ``due`` today or before, of these ``overdue`` and ``very_urgent``;
        ``proposed`` from stock for them, to come from outside (``external``), waiting for a person (``review``);
        ``short``: due less proposed, of these ``very_urgent_short``; ``due_tomorrow`` and ``due_later``.
    """
    lines = line_counts(allocations, by="request_id")
    requests = open_requests.merge(lines, on="request_id", how="left").fillna(NO_LINES)
    days = (requests["due_on"] - pd.Timestamp(as_of)).dt.days
    units, due = requests["open_units"], days <= 0
    urgent = due & (requests["urgency"] == int(Urgency.VERY_URGENT))
    short = (units - requests["proposed"]).clip(lower=0)
    sums = {
        "due_units": units.where(due),
        "overdue_units": units.where(days < 0),
        "very_urgent_units": units.where(urgent),
        **{f"{kind}_units": requests[kind].where(due) for kind in NO_LINES},
        "short_units": short.where(due),
        "very_urgent_short_units": short.where(urgent),
        "due_tomorrow_units": units.where(days == 1),
        "due_later_units": units.where(days > 1),
    }
    table = pd.DataFrame(sums).fillna(0).groupby(requests["supply_blood_group"])[list(DUE_COLUMNS)].sum()
    return table.reindex(GROUPS, fill_value=0).astype("int64").rename_axis("blood_group").reset_index()


def line_counts(allocations: pd.DataFrame, by: str) -> pd.DataFrame:
    """Lines of the proposal by ``by`` (a column of ALLOCATIONS): with a unit, to get from outside, for a person."""
    lines = pd.DataFrame(
        {
            by: allocations[by],
            "proposed": allocations["unit_id"].notna(),
            "external": allocations["status"] == "order_external",
            "review": allocations["status"] == "review",
        }
    )
    return lines.groupby(by, as_index=False)[list(NO_LINES)].sum().astype(dict.fromkeys(NO_LINES, "int64"))
