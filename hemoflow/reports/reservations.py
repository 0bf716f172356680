"""Reserved units: which to keep for their request, and which a person might release or exchange."""

from datetime import date

import pandas as pd

from hemoflow.reports.words import is_missing

HOLD_DAYS = 2
"""Days before its last day from which a request's units are held; a crossmatch is held 24 to 48 hours in practice."""


def with_advice(stock: pd.DataFrame, requests: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """Reserved units with ``due_on`` and ``urgency`` of their request and ``advice``, in the order given.

    Nothing is released by this: a person confirms, and the unit is free once the source says so.

    Args:
        stock: Rows of the frame STOCK that are reserved.
        requests: Rows of the frame OPEN_REQUESTS, at least those that the units are reserved for.
        as_of: The run's day.
    """
    known = requests[["request_id", "patient_id", "site_id", "due_on", "urgency"]]
    known = known.rename(columns={"request_id": "reserved_request_id", "site_id": "asking_site_id"})
    rows = stock.merge(known, on="reserved_request_id", how="left")
    today = pd.Timestamp(as_of)
    return rows.assign(
        advice=[_advice(due, outdate, today) for due, outdate in zip(rows["due_on"], rows["outdate_on"], strict=True)]
    )


def _advice(due: pd.Timestamp | None, outdate: pd.Timestamp, today: pd.Timestamp) -> str:
    if due is None or is_missing(due):
        return "release: the request is no longer open"
    days = (due - today).days
    if outdate < due:
        return "exchange: it outdates before the request's last day"
    if days < 0:
        return "ask: the request's last day has passed"
    return "keep" if days <= HOLD_DAYS else f"could be free until nearer the day: {days} days left"
