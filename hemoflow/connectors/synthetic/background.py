"""Everybody else's requests: drawn day by day, so that the region asks for as much as a region of its size."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.connectors.synthetic import SOURCE, draws
from hemoflow.connectors.synthetic.customs import (
    AGE_BANDS,
    ANTIBODIES,
    CUSTOMS,
    IRRADIATED_SHARE,
    LEAD_DAYS,
    RECORDED_SHARE,
    Custom,
)
from hemoflow.connectors.synthetic.habit import hours_of
from hemoflow.connectors.synthetic.magnitudes import SATURDAY, Region, at
from hemoflow.connectors.synthetic.rows import conform_requests
from hemoflow.domain.requests import Urgency
from hemoflow.domain.units import Component
from hemoflow.schemas.canonical import PATIENTS
from hemoflow.schemas.frames import conform

WITHDRAWN_AFTER_ISSUE = pd.Timedelta(minutes=30)
"""A request withdrawn this long after issue: the transfusion has not begun (assumption)."""


def make_background(pseudonymiser: Pseudonymiser, region: Region, seed: int) -> dict[str, pd.DataFrame]:
    """Frames ``patients`` (conformed) and ``requests`` (canonical columns, and ``planned_on`` for the replay).

    A patient has one request and is known from then on. Their number is drawn for a day and urgency, all else
    for the request, so that a longer history changes no row of a shorter one.
    """
    made = [_requests(urgency, pseudonymiser, region, seed) for urgency in Urgency]
    patients = pd.concat([conform(_patients(requests, region, seed), PATIENTS) for requests in made])
    requests = pd.concat([conform_requests(requests) for requests in made])
    return {"patients": conform(patients, PATIENTS), "requests": requests.sort_values("request_id", ignore_index=True)}


def _requests(urgency: Urgency, pseudonymiser: Pseudonymiser, region: Region, seed: int) -> pd.DataFrame:
    """Requests of one urgency; ``raw`` names each of them for the draws."""
    custom = CUSTOMS[urgency]
    days, raw = _asked(urgency, region, seed)
    planned = _planned(days, raw, seed) if custom.is_planned else [None] * len(raw)
    reasons = draws.pick(draws.uniform(raw, "indication", seed), custom.indications)
    frame = pd.DataFrame(
        {
            "raw": raw,
            "request_id": [pseudonymiser.pseudonym("req", SOURCE, name) for name in raw],
            "patient_id": [pseudonymiser.pseudonym("p", SOURCE, name) for name in raw],
            "site_id": draws.pick(draws.uniform(raw, "site", seed), region.sites),
            "requested_units": draws.pick(draws.uniform(raw, "units", seed), custom.units),
            "shortage_tier": [int(tier) for _, tier in reasons],
            "indication": [word for word, _ in reasons],
            "requested_at": pd.to_datetime(_instants(days, custom, raw, seed), utc=True),
            "planned_on": pd.to_datetime(pd.Series(planned, dtype="object")),
        }
    )
    return frame.assign(
        component=str(Component.RED_CELLS),
        is_units_assumed=False,
        urgency=int(urgency),
        is_urgency_synthetic=True,
        cancelled_at=_withdrawn(frame, urgency, region, seed),
        available_at=frame["requested_at"],
        source=SOURCE,
        is_synthetic=True,
    )


def _asked(urgency: Urgency, region: Region, seed: int) -> tuple[list[date], list[str]]:
    """Day and name of every request; what is planned for the first days was asked for before them."""
    lead = max(LEAD_DAYS) if CUSTOMS[urgency].is_planned else 0
    days = [region.first_on - timedelta(days=n) for n in range(lead, 0, -1)] + list(region.days)
    made = [(day, f"{day}/{int(urgency)}/{n}") for day in days for n in range(_count(day, urgency, region, seed))]
    if CUSTOMS[urgency].is_planned:
        use = _planned([day for day, _ in made], [name for _, name in made], seed)
        made = [request for request, planned_on in zip(made, use, strict=True) if planned_on >= region.first_on]
    return [day for day, _ in made], [name for _, name in made]


def _count(day: date, urgency: Urgency, region: Region, seed: int) -> int:
    """Requests of a day: Poisson, or negative binomial where they come in bursts."""
    custom = CUSTOMS[urgency]
    rng = draws.generator(seed, f"requests of urgency {int(urgency)}", day.toordinal())
    mean = region.background_units(urgency) / custom.mean_units * custom.weekdays[day.weekday()]
    excess = region.very_urgent_dispersion - 1.0
    if urgency is Urgency.VERY_URGENT and excess > 0:
        mean = rng.gamma(mean / excess, excess)
    return int(rng.poisson(mean))


def _instants(days: Iterable[date], custom: Custom, raw: list[str], seed: int) -> list[datetime]:
    first, end = custom.hours
    minutes = first * 60 + draws.uniform(raw, "minute", seed) * (end - first) * 60
    return [at(day) + timedelta(minutes=int(minute)) for day, minute in zip(days, minutes, strict=True)]


def _planned(days: Iterable[date], raw: list[str], seed: int) -> list[date]:
    """A working day within the deadline of not urgent requests."""
    planned = []
    for day, draw in zip(days, draws.uniform(raw, "lead", seed), strict=True):
        working = [day + timedelta(days=n) for n in LEAD_DAYS if (day + timedelta(days=n)).weekday() < SATURDAY]
        planned.append(working[int(draw * len(working))])
    return planned


def _withdrawn(requests: pd.DataFrame, urgency: Urgency, region: Region, seed: int) -> pd.Series:
    """When requests are withdrawn: planned ones on the evening before, a few just after issue."""
    cancelled = draws.uniform(requests["raw"], "cancelled", seed) < region.cancelled_share
    returned = draws.uniform(requests["raw"], "returned", seed) < region.returned_share
    evening_before = (requests["planned_on"] - pd.Timedelta(hours=6)).dt.tz_localize("UTC")
    issued_at = [
        hours_of(urgency, asked_at, None if pd.isna(planned_on) else planned_on.date())[1]
        for asked_at, planned_on in zip(requests["requested_at"], requests["planned_on"], strict=True)
    ]
    just_issued = pd.Series(pd.to_datetime(issued_at, utc=True)) + WITHDRAWN_AFTER_ISSUE
    return just_issued.where(returned).mask(cancelled & requests["planned_on"].notna(), evening_before)


def _patients(requests: pd.DataFrame, region: Region, seed: int) -> pd.DataFrame:
    raw, is_recorded = requests["raw"], draws.uniform(requests["raw"], "recorded", seed) < RECORDED_SHARE
    groups = pd.Series([str(group) for group in draws.pick(draws.uniform(raw, "group", seed), region.group_mix)])
    is_unknown = draws.uniform(raw, "unknown group", seed) < region.unknown_group_share
    is_unknown &= (requests["urgency"] == Urgency.VERY_URGENT).to_numpy()
    patients = requests[["patient_id", "site_id", "available_at", "source", "is_synthetic"]].assign(
        sex=draws.pick(draws.uniform(raw, "sex", seed), (("F", 0.5), ("M", 0.5))),
        birth_year=[region.first_on.year - age for age in _ages(raw, seed)],
        blood_group=groups.mask(is_unknown),
        is_group_synthetic=True,
        is_group_confirmed=~is_unknown,
        programme="background",
        diagnosis_group="other",
        needs_irradiated=_recorded(draws.uniform(raw, "irradiated", seed) < IRRADIATED_SHARE, is_recorded),
        antibodies=_recorded(draws.pick(draws.uniform(raw, "antibodies", seed), ANTIBODIES), is_recorded),
    )
    return patients.reindex(columns=list(PATIENTS.columns))


def _recorded(values: Iterable[object], is_recorded: NDArray[np.bool_]) -> pd.Series:
    return pd.Series(list(values), dtype="object").where(is_recorded, None)


def _ages(raw: Iterable[str], seed: int) -> list[int]:
    bands = draws.pick(draws.uniform(raw, "age band", seed), AGE_BANDS)
    within = draws.uniform(raw, "age", seed)
    return [low + int(draw * (high - low + 1)) for (low, high), draw in zip(bands, within, strict=True)]
