"""Small made-up tables with the columns that the replay reads, and a plain reading of its ledger."""

from datetime import UTC, date, datetime, timedelta

import pandas as pd

from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.connectors.synthetic.magnitudes import Region
from hemoflow.schemas.columns import DAY, INSTANT

FIRST = date(2024, 7, 1)
"""A Monday."""
NAMES = Pseudonymiser(b"a key for tests only")
NO_LOSS = {"discarded_share": 0.0, "irradiated_share": 0.0, "order_below_days": 0.0}


def calendar(days, **changes):
    """A region whose history has so many days; nothing is lost or ordered unless asked for."""
    return Region(first_on=FIRST, last_on=FIRST + timedelta(days=days - 1), **{**NO_LOSS, **changes})


def moment(day, hour, minute=0):
    """An instant so many days after the first."""
    return datetime(FIRST.year, FIRST.month, FIRST.day, hour, minute, tzinfo=UTC) + timedelta(days=day)


def patients(rows):
    """Patients from ``(patient_id, blood_group, sex, birth_year, needs_irradiated)``."""
    columns = ["patient_id", "blood_group", "sex", "birth_year", "needs_irradiated"]
    return pd.DataFrame(rows, columns=columns, dtype="object")


def requests(rows):
    """Requests from ``(request_id, patient_id, units, urgency, requested_at, planned_on, cancelled_at)``."""
    columns = ["request_id", "patient_id", "requested_units", "urgency", "requested_at", "planned_on", "cancelled_at"]
    frame = pd.DataFrame(rows, columns=columns, dtype="object").assign(component="red_cells")
    return frame.astype({"requested_at": INSTANT, "cancelled_at": INSTANT, "planned_on": DAY})


def donations(rows):
    """Donations from ``(day number, blood_group, units)``."""
    frame = pd.DataFrame(rows, columns=["day", "blood_group", "donated_units"], dtype="object")
    return frame.assign(donated_on=[pd.Timestamp(FIRST) + pd.Timedelta(days=day) for day in frame["day"]])


def opening(rows):
    """Opening stock from ``(blood_group, age in days)``."""
    days = [(group, pd.Timestamp(FIRST) - pd.Timedelta(days=age)) for group, age in rows]
    return pd.DataFrame(days, columns=["blood_group", "collected_on"])


def story(units, events):
    """Events in the sequence of time as ``(day number, hour, event, group, request_id)``."""
    joined = events.merge(units[["unit_id", "blood_group"]], on="unit_id").sort_values(["occurred_at", "event_id"])
    start = pd.Timestamp(FIRST, tz="UTC")
    return [
        (
            (row["occurred_at"] - start).days,
            row["occurred_at"].hour,
            row["event"],
            row["blood_group"],
            None if pd.isna(row["request_id"]) else row["request_id"],
        )
        for row in joined.to_dict("records")
    ]
