"""Where the next transfusions of an outpatient are proposed: home, clinic, hospital or review.

Gates decide who may be at home, the score who gains most; the slots come from the program of the home teams, and
``words`` says in a sentence what decided. A proposal is advice: a person decides.
"""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from hemoflow.domain.errors import InputError
from hemoflow.domain.policy import Routing
from hemoflow.domain.requests import Urgency
from hemoflow.domain.units import Component
from hemoflow.schemas.frames import conform
from hemoflow.schemas.routing import CANDIDATES
from models.notes import note_reasons
from models.routing.gates import judge, usual_units
from models.routing.score import priority_score
from models.routing.visits import HISTORY_DAYS, NEED_DAYS, nurse_minutes, visits

ADULT_YEARS = 18
BEDBOUND = 3
"""Mobility score of a patient who does not leave the bed."""


@dataclass(frozen=True, eq=False)
class Assessment:
    """What is known of each outpatient before slots are given.

    Attributes:
        patients: Profiles with segment, score, usual units, expected visits and nurse minutes, sorted by patient.
        gates: Patients x gates: met, failed, missing where unknown; same rows.
        candidates: Frame CANDIDATES, for the programs of the slots.
        visits: Frame VISITS.
    """

    patients: pd.DataFrame
    gates: pd.DataFrame
    candidates: pd.DataFrame
    visits: pd.DataFrame

    @property
    def is_open(self) -> pd.Series:
        """Who meets every gate; unknown is not met."""
        return self.gates.fillna(value=False).all(axis=1)


def assess(
    profiles: pd.DataFrame,
    segments: pd.DataFrame,
    need: pd.DataFrame,
    open_requests: pd.DataFrame,
    routing: Routing,
    *,
    as_of: date,
    notes: pd.DataFrame | None = None,
    deferrals: pd.DataFrame | None = None,
) -> Assessment:
    """Judge gates, score patients and predict their visits.

    Args:
        profiles: OUTPATIENT_PROFILES.
        segments: SEGMENTS of the same patients.
        need: NEED; a patient without a row is expected to need the recent rate of 84 days.
        open_requests: OPEN_REQUESTS; an urgent one closes the gate even when the profile does not say so.
        routing: Policy section.
        as_of: First planning day.
        notes: NOTE_FINDINGS; a finding can send a patient to review, and nothing else.
        deferrals: DEFERRALS; the next visit of a patient whose deferral holds is on the day to which it is deferred.

    Raises:
        InputError: A patient has no segment.
    """
    patients = _facts(profiles, segments, need, open_requests, as_of)
    asked = {} if notes is None else note_reasons(notes).to_dict()
    patients["note_reasons"] = patients["patient_id"].map(asked).astype("string")
    patients["deferred_day"] = patients["patient_id"].map(_deferred_days(deferrals, as_of)).astype("float64")
    gates = judge(patients, routing)
    patients = patients.join(priority_score(patients, routing)).assign(**_sizes(patients, routing))
    is_open = gates.fillna(value=False).all(axis=1)
    return Assessment(patients, gates, _candidates(patients, is_open, routing), visits(patients, routing))


def _facts(
    profiles: pd.DataFrame, segments: pd.DataFrame, need: pd.DataFrame, open_requests: pd.DataFrame, as_of: date
) -> pd.DataFrame:
    """Profiles with segment, age of the haemoglobin, expected units and open requests, sorted by patient."""
    patients = profiles.merge(segments, on="patient_id", how="left", validate="one_to_one")
    if patients["segment"].isna().any():
        raise InputError(
            f"{patients['segment'].isna().sum()} of {len(patients)} patients have no segment.",
            remedy="Make the segments from the same profiles.",
        )
    known = need[["patient_id", "haemoglobin_age_hours", "expected_8d_units"]]
    patients = patients.merge(known, on="patient_id", how="left", validate="one_to_one")
    red_cells = open_requests[open_requests["component"] == Component.RED_CELLS].groupby("patient_id")
    patients["open_units"] = patients["patient_id"].map(red_cells["open_units"].sum()).fillna(0).astype("float64")
    last_on = patients["patient_id"].map(red_cells["due_on"].min())
    patients["request_day"] = 1.0 + (pd.to_datetime(last_on) - pd.Timestamp(as_of)).dt.days
    urgent = open_requests[open_requests["urgency"] <= Urgency.URGENT]["patient_id"]
    patients["has_open_urgent_request"] |= patients["patient_id"].isin(urgent)
    return patients.sort_values("patient_id", ignore_index=True)


def _deferred_days(deferrals: pd.DataFrame | None, as_of: date) -> dict[str, int]:
    """The day to which the next visit is deferred, by patient; 1 is the run's day."""
    if deferrals is None:
        return {}
    held = deferrals[deferrals["lifted_by"] == ""]
    days = 1 + (held["until_on"] - pd.Timestamp(as_of)).dt.days
    return dict(zip(held["patient_id"], days, strict=True))


def _sizes(patients: pd.DataFrame, routing: Routing) -> dict[str, pd.Series]:
    """Usual units of a clinic visit, units and nurse minutes of a home visit, and clinic visits expected.

    What is asked for already and what is predicted overlap, so the larger of the two counts. Without a usual number of
    units, one unit a visit sizes the clinic's side only: the gate is unknown then, and nobody is sent home on it.
    """
    usual = usual_units(patients)
    at_home = usual.clip(upper=routing.max_units_per_home_visit)
    recent = patients["transfused_84d_units"] / HISTORY_DAYS * NEED_DAYS
    predicted = patients["expected_8d_units"].fillna(recent)
    expected = predicted.where(predicted > patients["open_units"], patients["open_units"])
    return {
        "expected_8d_units": predicted,
        "usual_units": usual,
        "planned_units": at_home,
        "expected_visits": expected / NEED_DAYS * routing.planning_days / usual.fillna(1).astype("float64"),
        "nurse_minutes": nurse_minutes(at_home, patients["travel_minutes"], routing),
    }


def _candidates(patients: pd.DataFrame, is_open: pd.Series, routing: Routing) -> pd.DataFrame:
    part = (patients["planned_units"] / patients["usual_units"]).astype("float64").fillna(0.0)
    needs = [
        [*(["child"] if age < ADULT_YEARS else []), *(["bedbound"] if mobility == BEDBOUND else [])]
        for age, mobility in zip(patients["age_years"], patients["mobility_score"].fillna(0), strict=True)
    ]
    frame = patients.assign(
        is_open=is_open,
        gain_points=patients["priority_score"] * part,
        clinic_visits_a_home_visit=part,
        groups=groups(patients, routing),
        skills=[";".join(each) for each in needs],
        usual_weekday=patients["last_weekday"],
    )
    return conform(frame, CANDIDATES)


def groups(patients: pd.DataFrame, routing: Routing) -> list[str]:
    """Zone, age band and sex of each patient, as far as they are known."""
    way, age = patients["travel_minutes"], patients["age_years"]
    named = pd.DataFrame(
        {
            "zone": _band(way > routing.far_travel_minutes, way, "far", "near"),
            "age": _band(age >= routing.older_age_years, age, "older", "younger"),
            "sex": _band(patients["is_female"] > 0, patients["is_female"], "female", "male"),
        }
    )  # fmt: skip
    return [
        ";".join(f"{kind}:{name}" for kind, name in row.items() if name is not None) for row in named.to_dict("records")
    ]


def _band(holds: pd.Series, known: pd.Series, yes: str, no: str) -> list[str | None]:
    return [
        None if is_missing else (yes if is_so else no) for is_so, is_missing in zip(holds, known.isna(), strict=True)
    ]
