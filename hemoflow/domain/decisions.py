"""What people decide about visits: accept or defer one, and confirm that all is there before the blood leaves.

A decision lies beside the plan and changes none of its rows: the recommendation stays as it was made, and a later
decision takes the place of an earlier one without removing it. What was deferred is carried into later days.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from hemoflow.domain.requests import ShortageTier, Urgency

Row = Mapping[str, Any]


class Choice(StrEnum):
    """What becomes of a recommended visit; ``OPEN`` takes back what was decided before."""

    ACCEPT = "accept"
    DEFER = "defer"
    OPEN = "open"


class Cause(StrEnum):
    """What a visit is deferred for."""

    PATIENT = "patient asked"
    CLINICAL = "clinical"
    CAPACITY = "chairs or nurses"
    SUPPLY = "blood supply"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants to become of a visit.

    Attributes:
        choice: Accept, defer, or open again.
        until_on: Day to which it is deferred.
        cause: What it is deferred for.
        clinician: Clinician who answers for a deferral that safety allows under a name only; empty without one.
    """

    choice: Choice
    until_on: date | None = None
    cause: Cause | None = None
    clinician: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """A wish as it stands in the ledger: the run's day, whose visit, who decided, when and why."""

    number: int
    run_on: date
    patient_id: str
    wish: Wish
    by: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Answers:
    """What a person confirmed of a home visit; None is not confirmed, which never lets blood leave the house.

    Attributes:
        sample_taken_on: Day of the sample for the crossmatch.
        is_stable: Whether the patient was found stable on the call.
        has_transport: Whether the transport of the blood is booked.
        is_crossmatched: Whether the laboratory's crossmatch of the units is done.
    """

    sample_taken_on: date | None = None
    is_stable: bool | None = None
    has_transport: bool | None = None
    is_crossmatched: bool | None = None


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Answers as they stand after an entry of the ledger: its own, and earlier ones to what it did not answer."""

    number: int
    patient_id: str
    answers: Answers
    by: str
    reason: str
    at: datetime


def wish_faults(wish: Wish, reason: str, requests: Sequence[Row], as_of: date) -> list[str]:
    """Why a wish must not be granted, whoever asks; empty when it may.

    Args:
        wish: What is to become of the visit.
        reason: Why.
        requests: The patient's open requests, rows of OPEN_REQUESTS.
        as_of: Day of the run.
    """
    if wish.choice is not Choice.ACCEPT and not reason.strip():
        return [f"to {wish.choice} a visit needs a reason"]
    return list(_deferral_faults(wish, requests, as_of)) if wish.choice is Choice.DEFER else []


def standing_deferrals(told: Sequence[Decision], as_of: date, cut_at: datetime) -> list[Decision]:
    """The deferrals that the run of a day knows of: the last word on each patient's visit, and not over yet.

    Who accepts the visit of a later run accepts it on the day to which it was deferred.

    Args:
        told: Decisions about any runs, in any order.
        as_of: Day of the run; only runs of earlier days were there to decide about.
        cut_at: The instant after which nothing is known.
    """
    last: dict[str, Decision] = {}
    for each in sorted(told, key=lambda one: (one.at, one.number)):
        before = last.get(each.patient_id)
        is_of_later_run = before is not None and each.run_on > before.run_on
        if each.at > cut_at or each.run_on >= as_of or (each.wish.choice is Choice.ACCEPT and is_of_later_run):
            continue
        last[each.patient_id] = each
    return [each for _, each in sorted(last.items()) if each.wish.until_on and each.wish.until_on >= as_of]


def carry_faults(deferral: Decision, requests: Sequence[Row]) -> list[str]:
    """Why a deferral no longer holds; empty while it does. A clinician's name covers what was asked before it only.

    Args:
        deferral: A decision to defer.
        requests: The patient's open requests now, rows of OPEN_REQUESTS.
    """
    wish, since = deferral.wish, [row for row in requests if row["requested_at"] > deferral.at]
    known = [row for row in requests if row["requested_at"] <= deferral.at]
    unnamed = replace(wish, clinician="")
    return [*_deferral_faults(wish, known, deferral.run_on), *_deferral_faults(unnamed, since, deferral.run_on)]


def _deferral_faults(wish: Wish, requests: Sequence[Row], as_of: date) -> Iterator[str]:
    if wish.cause is None:
        yield f"it must be for one of: {', '.join(Cause)}"
    if wish.until_on is None or wish.until_on <= as_of:
        yield f"it must be to a day after {as_of}"
    if any(row["urgency"] == Urgency.VERY_URGENT for row in requests):
        yield "a very urgent request is never deferred"
    if wish.clinician.strip():
        return
    if wish.cause is Cause.SUPPLY and any(row["shortage_tier"] == ShortageTier.FIRST for row in requests):
        yield "a patient of the first tier waits for blood only under the name of a clinician"
    last = min((row["due_on"].date() for row in requests), default=None)
    if last and wish.until_on and wish.until_on > last:
        yield f"its request has {last} as its last day; beyond that a clinician must be named"


def answer_faults(answers: Answers, visit_on: date) -> list[str]:
    """What is wrong with answers about a visit; empty when nothing is."""
    taken = answers.sample_taken_on
    return [f"a sample of {taken} is later than the visit on {visit_on}"] if taken and taken > visit_on else []
