"""Urgency (time) and shortage tier (who is served first in a shortage): two separate fields."""

from datetime import date, timedelta
from enum import IntEnum, StrEnum


class Urgency(IntEnum):
    """Deadline class in days: the request is due ``value`` days after the day it was made (De Angelis et al. 2001)."""

    VERY_URGENT = 0
    URGENT = 1
    NOT_URGENT = 8

    @property
    def words(self) -> str:
        """The class in words, as shown to users."""
        return self.name.lower().replace("_", " ")


class ShortageTier(IntEnum):
    """Who is served first in a shortage; independent of urgency (Australian contingency plan, NBA)."""

    FIRST = 1
    SECOND = 2
    THIRD = 3


class CareSetting(StrEnum):
    """Where the patient is cared for on the day."""

    INPATIENT = "INPATIENT"
    OUTPATIENT = "OUTPATIENT"
    EMERGENCY = "EMERGENCY"


class Route(StrEnum):
    """Where the next transfusion is proposed; REVIEW is the clinic until a person has completed the record."""

    HOME = "HOME"
    CLINIC = "CLINIC"
    HOSPITAL = "HOSPITAL"
    REVIEW = "REVIEW"


def due_on(requested_on: date, urgency: Urgency) -> date:
    """The last day on which a request made on ``requested_on`` is in time."""
    return requested_on + timedelta(days=int(urgency))
