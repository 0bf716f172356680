"""Requests as the laboratory of the replay sees them: which groups fit, and at what hour it acts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache

import pandas as pd

from hemoflow.connectors.synthetic import draws
from hemoflow.connectors.synthetic.magnitudes import at
from hemoflow.domain.blood_groups import BloodGroup, emergency_groups, preference
from hemoflow.domain.requests import Urgency

VERY_URGENT_MINUTES = 30
"""A very urgent request is issued half an hour after it was made (laboratory: 20 minutes to an hour)."""
ROUND_HOUR = 10
"""Urgent requests are issued at the next ten o'clock round (assumption)."""
RESERVE_HOUR, PLANNED_HOUR = 16, 9
"""A planned request has units set aside on the afternoon before, and issued in the morning (assumption)."""
USUAL_LEAD_DAYS = (2, 8)
"""Days to the use of a not urgent request whose day is not on record (assumption)."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request to be served.

    Attributes:
        request_id: Pseudonym.
        patient_id: Pseudonym.
        groups: Donor groups that the habit accepts, best first; an external unit has the first.
        units: Units asked for.
        needs_irradiated: Also where it is unknown.
        asked_at: When it was made.
        reserve_at: When units are set aside, if they are.
        serve_at: When units are issued.
        cancelled_at: When it was withdrawn, if it was.
    """

    request_id: str
    patient_id: str
    groups: tuple[BloodGroup, ...]
    units: int
    needs_irradiated: bool
    asked_at: datetime
    reserve_at: datetime | None
    serve_at: datetime
    cancelled_at: datetime | None


@cache
def accepted_groups(
    group: BloodGroup | None, sex: str | None, age_years: int | None, urgency: Urgency
) -> tuple[BloodGroup, ...]:
    """Donor groups that the habit accepts, best first.

    Unknown group: the emergency rule. Otherwise the identical group, then compatible ones; RhD-negative cells go to
    RhD-positive patients, and O RhD-negative to others than its own, only for very urgent requests.
    """
    if group is None:
        return emergency_groups(sex, age_years)
    if urgency is Urgency.VERY_URGENT:
        return preference(group)
    return tuple(
        donor
        for donor in preference(group)
        if donor is group or (donor.is_rhd_positive == group.is_rhd_positive and donor is not BloodGroup.O_NEG)
    )


def requests_of(requests: pd.DataFrame, patients: pd.DataFrame, seed: int) -> Iterator[Request]:
    """Every request with its patient's group, in the sequence of time.

    Args:
        requests: Canonical requests and, where agreed, ``planned_on``.
        patients: Canonical patients; one who is not among them is treated as of unknown group.
        seed: Seed of the run.
    """
    columns = ["patient_id", "blood_group", "sex", "birth_year", "needs_irradiated"]
    joined = requests.merge(patients[columns], on="patient_id", how="left", validate="many_to_one")
    joined = joined.sort_values(["requested_at", "request_id"])
    leads = draws.uniform(joined["request_id"], "usual lead", seed)
    for row, lead in zip(joined.astype(object).where(joined.notna(), None).to_dict("records"), leads, strict=True):
        urgency, asked_at = Urgency(row["urgency"]), row["requested_at"].to_pydatetime()
        reserve_at, serve_at = hours_of(urgency, asked_at, row["planned_on"] and row["planned_on"].date(), lead)
        age = None if row["birth_year"] is None else asked_at.year - row["birth_year"]
        group = None if row["blood_group"] is None else BloodGroup(row["blood_group"])
        yield Request(
            request_id=row["request_id"],
            patient_id=row["patient_id"],
            groups=accepted_groups(group, row["sex"], age, urgency),
            units=row["requested_units"],
            needs_irradiated=row["needs_irradiated"] is None or bool(row["needs_irradiated"]),
            asked_at=asked_at,
            reserve_at=reserve_at,
            serve_at=serve_at,
            cancelled_at=row["cancelled_at"] and row["cancelled_at"].to_pydatetime(),
        )


def hours_of(
    urgency: Urgency, asked_at: datetime, planned_on: date | None, usual_lead: float = 0.0
) -> tuple[datetime | None, datetime]:
    """When units are set aside, if they are, and when they are issued.

    Args:
        urgency: Deadline class.
        asked_at: When the request was made.
        planned_on: Agreed day of use of a not urgent request.
        usual_lead: Number in [0, 1) that picks a day where none was agreed.
    """
    soonest, day = asked_at + timedelta(minutes=VERY_URGENT_MINUTES), asked_at.astimezone(UTC).date()
    if urgency is Urgency.VERY_URGENT:
        return None, soonest
    if urgency is Urgency.URGENT:
        rounds = (at(day, ROUND_HOUR), at(day + timedelta(days=1), ROUND_HOUR))
        return None, next(instant for instant in rounds if instant >= soonest)
    first, last = USUAL_LEAD_DAYS
    use_on = planned_on or day + timedelta(days=first + int(usual_lead * (last - first + 1)))
    reserve_at = at(use_on - timedelta(days=1), RESERVE_HOUR)
    return (reserve_at if reserve_at >= soonest else None), max(at(use_on, PLANNED_HOUR), soonest)
