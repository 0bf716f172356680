"""Where the next transfusions of an outpatient are proposed: home, clinic or hospital, and why.

Gates decide who may be at home, the segment's margin who is certain enough, the score who gains most, and the home
team's minutes how many. Whatever is not certain stays in the clinic. A proposal is advice: a person decides.
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
import pandas as pd

from hemoflow.domain.errors import InputError
from hemoflow.domain.policy import Routing
from hemoflow.domain.requests import Route, Urgency
from hemoflow.domain.units import Component
from hemoflow.schemas.frames import conform
from hemoflow.schemas.routing import ROUTES
from models.routing_capacity import share_out
from models.routing_gates import GATES, Gate, judge, usual_units
from models.routing_score import priority_score
from models.segmentation.rules import Rule

NEED_DAYS = 8
"""Days that ``expected_8d_units`` covers."""

HISTORY_DAYS = 84
"""Days that ``transfused_84d_units`` covers."""


class _Decision(NamedTuple):
    gates_failed: str
    gates_unknown: str
    route: str
    needs_review: bool
    reason: str
    would_change: str


def route(  # noqa: PLR0917 - one argument for each frame of the stage
    profiles: pd.DataFrame,
    segments: pd.DataFrame,
    rules: Sequence[Rule],
    need: pd.DataFrame,
    capacity: pd.DataFrame,
    open_requests: pd.DataFrame,
    routing: Routing,
    *,
    as_of: date,
) -> pd.DataFrame:
    """Propose a place for each outpatient with regular transfusion.

    Args:
        profiles: OUTPATIENT_PROFILES.
        segments: SEGMENTS of the same patients.
        rules: Rules that describe the segments.
        need: NEED; a patient without a row is expected to need the recent rate of 84 days.
        capacity: CAPACITY; the ``nurse_minutes`` of the planning days are added up over teams.
        open_requests: OPEN_REQUESTS; an urgent one closes the gate even when the profile does not say so.
        routing: Policy section.
        as_of: First planning day.

    Returns:
        A frame of ROUTES.

    Raises:
        InputError: A patient has no segment.
    """
    patients = _facts(profiles, segments, need, open_requests)
    gates = judge(patients, routing)
    patients = patients.join(priority_score(patients, routing)).join(_visits(patients, routing))
    patients["segment_words"] = _segment_words(patients, rules)
    minutes = _team_minutes(capacity, routing, as_of)
    patients["is_too_long"] = patients["nurse_minutes"] > minutes.max()
    eligible = gates.fillna(value=False).all(axis=1) & ~patients["is_ambiguous"] & ~patients["is_too_long"]
    patients["is_home"], spare_minutes = _allocate(patients, eligible, int(minutes.sum()))
    decided = [
        _decide(row, judged, routing, spare_minutes)
        for (_, row), (_, judged) in zip(patients.iterrows(), gates.iterrows(), strict=True)
    ]
    return conform(patients.join(pd.DataFrame(decided, columns=_Decision._fields)), ROUTES)


def _facts(
    profiles: pd.DataFrame, segments: pd.DataFrame, need: pd.DataFrame, open_requests: pd.DataFrame
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
    red_cells = open_requests[open_requests["component"] == Component.RED_CELLS]
    open_units = red_cells.groupby("patient_id")["open_units"].sum()
    urgent = open_requests[open_requests["urgency"] <= Urgency.URGENT]["patient_id"]
    patients["open_units"] = patients["patient_id"].map(open_units).fillna(0).astype("float64")
    patients["has_open_urgent_request"] |= patients["patient_id"].isin(urgent)
    return patients.sort_values("patient_id", ignore_index=True)


def _visits(patients: pd.DataFrame, routing: Routing) -> pd.DataFrame:
    """Units of a visit, visits in the planning days, nurse minutes of one visit at home and of all of them.

    What is asked for already and what is predicted overlap, so the larger of the two counts. Without a usual number of
    units, one unit a visit sizes the clinic's side only: the gate is unknown then, and nobody is sent home on it.
    """
    units = usual_units(patients)
    recent = patients["transfused_84d_units"] / HISTORY_DAYS * NEED_DAYS
    expected = np.maximum(patients["expected_8d_units"].fillna(recent), patients["open_units"])
    visits = expected / NEED_DAYS * routing.planning_days / units.fillna(1).astype("float64")
    infusion = units.astype("float64") * routing.minutes_per_unit
    visit_minutes = (
        routing.visit_overhead_minutes + routing.observation_minutes + 2.0 * patients["travel_minutes"] + infusion
    )
    # Rounded up, so that whole minutes never hide an overrun.
    planned_minutes = np.ceil(visit_minutes * visits - 1e-9).clip(lower=1)
    return pd.DataFrame(
        {
            "planned_units": units,
            "expected_visits": visits,
            "nurse_minutes": visit_minutes,
            "planned_minutes": planned_minutes,
        }
    )


def _segment_words(patients: pd.DataFrame, rules: Sequence[Rule]) -> pd.Series:
    none = "meets no rule of the segment" if rules else "no rules describe the segments"
    words = pd.Series(none, index=patients.index, dtype="string")
    for rule in reversed(rules):
        words = words.mask(rule.covers(patients) & (patients["segment"] == rule.segment), rule.words)
    return words


def _team_minutes(capacity: pd.DataFrame, routing: Routing, as_of: date) -> pd.Series:
    """Minutes of each team on each planning day; a single zero when there are none."""
    first = pd.Timestamp(as_of)
    days = capacity["capacity_on"].between(first, first + pd.Timedelta(days=routing.planning_days - 1))
    minutes = capacity.loc[days & (capacity["resource"] == "nurse_minutes"), "available_minutes"]
    return minutes if len(minutes) else pd.Series([0])


def _allocate(patients: pd.DataFrame, eligible: pd.Series, capacity: int) -> tuple[pd.Series, int]:
    """Who is served at home within the capacity, by score x expected visits, and the minutes left over."""
    rows = patients[eligible]
    costs = rows["planned_minutes"].astype("int64")
    benefits = (100 * rows["priority_score"] * rows["expected_visits"]).round().clip(lower=1).astype("int64")
    taken = costs[share_out(benefits.tolist(), costs.tolist(), capacity)]
    return pd.Series(patients.index.isin(taken.index), index=patients.index), capacity - int(taken.sum())


def _decide(row: pd.Series, gates: pd.Series, routing: Routing, spare_minutes: int) -> _Decision:
    failed = [gate for gate in GATES if gates[gate.name] is not pd.NA and not gates[gate.name]]
    unknown = [gate for gate in GATES if gates[gate.name] is pd.NA]
    place, reason, change = (
        _stopped_by_gates(failed, unknown) if failed or unknown else _past_the_gates(row, routing, spare_minutes)
    )
    return _Decision(
        gates_failed="; ".join(gate.name for gate in failed),
        gates_unknown="; ".join(gate.name for gate in unknown),
        route=str(place),
        needs_review=bool(unknown) and not failed,
        reason=reason,
        would_change=change,
    )


def _stopped_by_gates(failed: list[Gate], unknown: list[Gate]) -> tuple[Route, str, str]:
    place = Route.HOSPITAL if any(gate.to_hospital for gate in failed) else Route.CLINIC
    found = [
        f"{words} {', '.join(gate.name for gate in gates)}"
        for words, gates in (("home is closed by", failed), ("unknown:", unknown))
        if gates
    ]
    change = "Home is considered when " + " and ".join(gate.remedy for gate in failed + unknown) + "."
    return place, f"{place.title()}: {'; '.join(found)}.", change


def _past_the_gates(row: pd.Series, routing: Routing, spare_minutes: int) -> tuple[Route, str, str]:
    """Route, reason and what would change it, from the first thing that decides."""
    met = f"all {len(GATES)} gates are met, score {row['priority_score']:.0f} of 100"
    days = f"{routing.planning_days} days"
    if row["is_ambiguous"]:
        reason = f"Clinic: {met}, but the segment is uncertain, with a margin of {row['margin_share']:.2f}."
        return Route.CLINIC, reason, f"A margin of at least {routing.uncertainty_margin:.2f} to the second segment."
    if row["is_too_long"]:
        reason = f"Clinic: {met}, but no day of the home team holds a visit of {row['nurse_minutes']:.0f} minutes."
        return Route.CLINIC, reason, "A longer day of the home team, or a shorter way."
    if row["is_home"]:
        return Route.HOME, f"Home: {met}, within the home team's minutes.", "Any gate no longer met, or fewer minutes."
    lacking = int(row["planned_minutes"]) - spare_minutes
    reason = f"Clinic: {met}, but the home team's minutes of {days} go where each brings more."
    return Route.CLINIC, reason, f"Room for {lacking} more nurse minutes in {days}."
