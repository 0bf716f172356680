"""Which visits fall into the planning days, on which days each may be, and how long it takes at home or in a chair.

The likeliest day of a regular outpatient is the last transfusion plus the usual interval, with a window as wide as the
intervals vary; an open request that is not urgent sets the last day. A visit that a person deferred is on the day that
the person named, and on no other. Who is overdue by more than a whole interval is
followed by the need model instead: a visit is planned only when it expects at least half of one.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from hemoflow.domain.policy import Routing
from hemoflow.domain.requests import Route
from hemoflow.schemas.frames import conform
from hemoflow.schemas.routing import VISITS

NEED_DAYS = 8
"""Days that ``expected_8d_units`` covers."""

HISTORY_DAYS = 84
"""Days that ``transfused_84d_units`` covers."""

LIKELY_VISITS = 0.5
"""Expected visits from which one is planned for a patient whose rhythm is lost."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When a patient's visits are due.

    Attributes:
        first_day: Likeliest day of the first; 1 is the run's day.
        interval_days: Days to the next.
        half_window_days: Days before and after the likeliest day.
        last_day: Last day of an open request; None without one.
        is_deferred: Whether a person named the first day.
    """

    first_day: int
    interval_days: float
    half_window_days: int
    last_day: int | None = None
    is_deferred: bool = False

    def due_days(self, planning_days: int, *, part: float = 1.0) -> list[int]:
        """Likeliest days within the planning days; ``part`` of a usual visit brings the next one nearer."""
        step = max(1.0, self.interval_days * part)
        days = np.arange(self.first_day, planning_days + 1e-9, step)
        return [int(day + 0.5) for day in days if day + 0.5 < planning_days + 1]


def visits(patients: pd.DataFrame, routing: Routing) -> pd.DataFrame:
    """VISITS of patients, at home and in the clinic.

    Args:
        patients: Facts of the routing stage: profiles with ``usual_units``, ``nurse_minutes``, ``expected_8d_units``
            and ``request_day``, the last day of an open request, and ``deferred_day``; 1 is the run's day.
        routing: Policy section.
    """
    rows: list[dict[str, Any]] = []
    for row in patients.to_dict("records"):
        rhythm = rhythm_of(row, routing)
        if rhythm is not None:
            rows += _at_clinic(row, rhythm, routing) + _at_home(row, rhythm, routing)
    frame = pd.DataFrame(rows, columns=list(VISITS.columns))
    return conform(frame, VISITS)


def rhythm_of(row: dict[Any, Any], routing: Routing) -> Rhythm | None:
    """When visits of a patient are due; None when nothing predicts any."""
    interval, since, asked = _interval(row), row["days_since_transfusion"], row["request_day"]
    if not pd.isna(row["deferred_day"]):
        day, step = int(row["deferred_day"]), NEED_DAYS if np.isnan(interval) else interval
        return Rhythm(day, step, routing.visit_window_days, day, is_deferred=True)
    asked_day = None if pd.isna(asked) else max(1, int(asked))
    if np.isnan(interval) or np.isnan(since):
        return Rhythm(asked_day, NEED_DAYS, routing.visit_window_days, asked_day) if asked_day else None
    variation = row["interval_variation"]
    spread = 0 if np.isnan(variation) else round(variation * interval)
    half = int(np.clip(spread, routing.visit_window_days, routing.max_visit_window_days))
    due = 1 + max(0, round(interval - since))
    if asked_day is not None:
        return Rhythm(min(due, asked_day), interval, half, asked_day)
    expected = row["expected_8d_units"] / NEED_DAYS * routing.planning_days / _usual(row)
    if since > 2 * interval and not expected >= LIKELY_VISITS:
        return None
    return Rhythm(due, interval, half)


def clinic_minutes(units: float, routing: Routing) -> int:
    """Minutes of a chair for a visit of so many units."""
    return int(routing.chair_overhead_minutes + units * routing.minutes_per_unit)


def nurse_minutes(units: pd.Series, travel_minutes: pd.Series, routing: Routing) -> pd.Series:
    """Minutes of a home visit: way there and back, set-up, infusion, observation; missing where the way is unknown."""
    fixed = routing.visit_overhead_minutes + routing.observation_minutes
    return fixed + 2.0 * travel_minutes + units.astype("float64") * routing.minutes_per_unit


def _interval(row: dict[Any, Any]) -> float:
    """The usual interval, or that of the recent rate."""
    if row["mean_interval_days"] > 0:
        return float(row["mean_interval_days"])
    units = row["transfused_84d_units"]
    return HISTORY_DAYS * _usual(row) / units if units > 0 else float("nan")


def _usual(row: dict[Any, Any]) -> int:
    """Units of a usual visit; one where none is known, which sizes the clinic's side only."""
    return 1 if pd.isna(row["usual_units"]) else int(row["usual_units"])


def _at_clinic(row: dict[Any, Any], rhythm: Rhythm, routing: Routing) -> list[dict[str, Any]]:
    units = _usual(row)
    days = rhythm.due_days(routing.planning_days)
    minutes = clinic_minutes(units, routing)
    return [
        _visit(row, Route.CLINIC, n, due, rhythm, units, minutes, 1, routing) for n, due in enumerate(days, start=1)
    ]


def _at_home(row: dict[Any, Any], rhythm: Rhythm, routing: Routing) -> list[dict[str, Any]]:
    """Visits at home, each within the policy's units: more of them, and nearer to one another, when it takes more."""
    if pd.isna(row["usual_units"]) or np.isnan(row["nurse_minutes"]):
        return []
    units = min(int(row["usual_units"]), routing.max_units_per_home_visit)
    days = rhythm.due_days(routing.planning_days, part=units / int(row["usual_units"]))
    minutes = int(np.ceil(row["nurse_minutes"] - 1e-9))
    first = 1 + routing.home_notice_days
    made = [
        _visit(row, Route.HOME, n, due, rhythm, units, minutes, first, routing) for n, due in enumerate(days, start=1)
    ]
    # A request whose last day comes before the team can is the clinic's; then the whole patient is.
    return made if all(visit["latest_day"] >= visit["earliest_day"] for visit in made) else []


def _visit(  # noqa: PLR0917 - one argument for each fact of the row
    row: dict[Any, Any],
    place: Route,
    number: int,
    due: int,
    rhythm: Rhythm,
    units: int,
    minutes: int,
    first: int,
    routing: Routing,
) -> dict[str, Any]:
    half = 0 if rhythm.is_deferred and number == 1 else rhythm.half_window_days
    end = routing.planning_days
    latest = min(end, max(due, first) + half)
    if rhythm.last_day is not None and number == 1:
        latest = min(end, rhythm.last_day) if rhythm.last_day >= due else latest
    earliest = min(max(first, due - half), end)
    return {
        "patient_id": row["patient_id"], "place": str(place), "visit_number": number, "site_id": row["site_id"],
        "earliest_day": earliest, "latest_day": latest, "preferred_day": min(max(due, first), max(latest, earliest)),
        "planned_units": units, "minutes": minutes,
    }  # fmt: skip
