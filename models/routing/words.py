"""The answer for each patient: place, slot, what decided in one sentence, and what would change it."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from hemoflow.domain.policy import Routing
from hemoflow.domain.requests import Route
from hemoflow.schemas.frames import conform
from hemoflow.schemas.routing import ROUTES
from models.routing.assessment import Assessment
from models.routing.gates import GATES, Gate
from models.segmentation.rules import Rule


class _Decision(NamedTuple):
    gates_failed: str
    gates_unknown: str
    route: str
    needs_review: bool
    reason: str
    would_change: str


class _Margin(NamedTuple):
    """Points for each nurse minute, in hundredths, of the least patient taken and of the best one left."""

    least_taken: float
    best_left: float


def routes(
    found: Assessment,
    slots: pd.DataFrame,
    rules: Sequence[Rule],
    routing: Routing,
    *,
    as_of: date,
    standings: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Frame ROUTES.

    Args:
        found: What is known of each patient.
        slots: Frame SLOTS.
        rules: Rules that describe the segments.
        routing: Policy section.
        as_of: First planning day.
        standings: How firmly each patient is among those at home, of :func:`models.routing.standing.standing`.
    """
    patients = found.patients.merge(_given(slots), on="patient_id", how="left")
    told = pd.DataFrame(columns=["patient_id", "selected_share", "standing"]) if standings is None else standings
    for name in ("selected_share", "standing"):
        patients[name] = patients["patient_id"].map(told.set_index("patient_id")[name])
    for name in ("home_visits", "used_minutes"):
        patients[name] = patients[name].fillna(0).astype("int64")
    patients["segment_words"] = _segment_words(patients, rules)
    home_visits = found.visits[found.visits["place"] == Route.HOME]
    patients["due_home"] = patients["patient_id"].map(home_visits.groupby("patient_id")["minutes"].sum()).fillna(0)
    patients["due_clinic"] = patients["patient_id"].isin(found.visits["patient_id"])
    patients["gain_points"] = found.candidates["gain_points"].to_numpy()
    margin = _margin(patients, found.is_open)
    decided = [
        _decide(row, judged, margin, routing, as_of)
        for row, (_, judged) in zip(patients.to_dict("records"), found.gates.iterrows(), strict=True)
    ]
    return conform(patients.join(pd.DataFrame(decided, columns=_Decision._fields)), ROUTES)


def _given(slots: pd.DataFrame) -> pd.DataFrame:
    """Visits and minutes of home teams for each patient, the team, and the next day with a slot."""
    at_home = slots[slots["place"] == Route.HOME]
    by_patient = at_home.groupby("patient_id").agg(
        home_visits=("minutes", "size"), used_minutes=("minutes", "sum"), team=("site_id", "first")
    )
    following = slots.groupby("patient_id")["slot_on"].min().rename("next_on")
    return by_patient.join(following, how="outer").reset_index()


def _segment_words(patients: pd.DataFrame, rules: Sequence[Rule]) -> pd.Series:
    none = "meets no rule of the segment" if rules else "no rules describe the segments"
    words = pd.Series(none, index=patients.index, dtype="string")
    for rule in reversed(rules):
        words = words.mask(rule.covers(patients) & (patients["segment"] == rule.segment), rule.words)
    return words


def _margin(patients: pd.DataFrame, is_open: pd.Series) -> _Margin:
    rate = (patients["gain_points"] / patients["nurse_minutes"])[is_open & (patients["due_home"] > 0)]
    taken = patients.loc[rate.index, "home_visits"] > 0
    return _Margin(rate[taken].min() if taken.any() else np.nan, rate[~taken].max() if (~taken).any() else np.nan)


def _decide(row: dict[Any, Any], gates: pd.Series, margin: _Margin, routing: Routing, as_of: date) -> _Decision:
    failed = [gate for gate in GATES if gates[gate.name] is not pd.NA and not gates[gate.name]]
    unknown = [gate for gate in GATES if gates[gate.name] is pd.NA]
    place, reason, change = (
        _stopped_by_gates(failed, unknown) if failed or unknown else _past_the_gates(row, margin, routing, as_of)
    )
    return _Decision(
        gates_failed="; ".join(gate.name for gate in failed),
        gates_unknown="; ".join(gate.name for gate in unknown),
        route=str(place),
        needs_review=place == Route.REVIEW,
        reason=reason + (f" Notes: {row['note_reasons']}." if pd.notna(row.get("note_reasons")) else ""),
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
    if not failed:
        return Route.REVIEW, f"Review: {found[0]}; the clinic until a person has completed the record.", change
    return place, f"{place.title()}: {'; '.join(found)}.", change


def _past_the_gates(row: dict[Any, Any], margin: _Margin, routing: Routing, as_of: date) -> tuple[Route, str, str]:
    """Route, reason and what would change it, from the first thing that decides."""
    days = f"{routing.planning_days} days"
    met = (
        f"all {len(GATES)} gates are met; segment {row['segment']} ({row['segment_words']}); "
        f"score {row['priority_score']:.0f} of 100 ({row['score_words']})"
    )
    if row["home_visits"] > 0:
        on = f"{row['next_on']:%Y-%m-%d}"
        reason = f"Home: {met}; {row['team']} has room on {on}."
        return Route.HOME, reason, _what_would_cost_it(row, margin)
    if row["is_at_home"] and not row["due_clinic"]:
        return Route.HOME, f"Home: {met}; at home already, no visit due in {days}.", "Any gate no longer met."
    if not row["due_clinic"]:
        return Route.CLINIC, f"Clinic: {met}, but no visit is due in {days}.", f"A visit predicted within {days}."
    if row["due_home"] == 0:
        first = pd.Timestamp(as_of) + pd.Timedelta(days=routing.home_notice_days)
        reason = f"Clinic: {met}, but the next visit is due before a home team can come on {first:%Y-%m-%d}."
        return Route.CLINIC, reason, "A later last day of the open request."
    reason = f"Clinic: {met}, but the home teams' minutes of {days} go where each brings more."
    return Route.CLINIC, reason, _what_would_win_it(row, margin)


def _what_would_cost_it(row: dict[Any, Any], margin: _Margin) -> str:
    if np.isnan(margin.best_left):
        return "Any gate no longer met, or fewer nurse minutes."
    part = row["gain_points"] / row["priority_score"] if row["priority_score"] > 0 else 1.0
    least = margin.best_left * row["nurse_minutes"] / part
    return f"Any gate no longer met, fewer nurse minutes, or a score below about {min(least, 100):.0f}."


def _what_would_win_it(row: dict[Any, Any], margin: _Margin) -> str:
    room = f"room for {row['due_home']:.0f} more nurse minutes on the days of the visit"
    if np.isnan(margin.least_taken):
        return f"{room.capitalize()}."
    part = row["gain_points"] / row["priority_score"] if row["priority_score"] > 0 else 1.0
    score = margin.least_taken * row["nurse_minutes"] / part if part > 0 else np.inf
    if row["priority_score"] < score <= 100:  # noqa: PLR2004 - the most that a score can be
        return f"A score of about {score:.0f} instead of {row['priority_score']:.0f}, or {room}."
    return f"{room.capitalize()}."
