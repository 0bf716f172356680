"""For the day clinic: whom to call in, when, for how many units, and what was decided about each visit."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated

import pandas as pd
from fastapi import APIRouter, Depends, Request, Response

from hemoflow.cockpit.access import Person
from hemoflow.cockpit.columns import Column
from hemoflow.cockpit.desk import Desk
from hemoflow.cockpit.pages.shared import Listing, OnTable, show_rows, visitor
from hemoflow.cockpit.questions import Condition
from hemoflow.domain.decisions import Cause, Choice
from hemoflow.reports.decided import latest_decisions, with_decisions
from hemoflow.reports.go_no_go import SAMPLE_DAYS
from hemoflow.reports.special import NOTHING, needs_by

router = APIRouter()
WORKLIST = Listing(
    "/worklist", "worklist", "Worklist",
    "The most probable request first. Hb now: the last one, what units since have lifted, less the patient's own fall. "
    "A prediction never withdraws a request or lowers a threshold; a decision changes nothing in the plan.",
    (
        Column("patient_id", "Patient", "id", (Column("site_id", ""), Column("care_setting", "", "word"),
               Column("diagnosis_group", ""))),
        Column("blood_group", "Group", "group", (Column("special_needs", ""),)),
        Column("estimated_haemoglobin_g_per_dl", "Hb now, estimated, g/dL", "one", (
            Column("threshold_g_per_dl", "threshold", "one"),)),
        Column("haemoglobin_g_per_dl", "Last Hb, g/dL", "one", (Column("haemoglobin_age_hours", "", "hours"),)),
        Column("request_24h_probability", "Request in 24 h", "share", (Column("request_8d_probability", "8 days",
               "share"),)),
        Column("below_on", "Due or below threshold", "day", (Column("below_from_on", "", "day"),
               Column("below_until_on", "to", "day"))),
        Column("expected_28d_units", "Units in 28 days", "one", (Column("low_28d_units", "", "count"),
               Column("high_28d_units", "to", "count"))),
        Column("supply_status", "Supply", "text", (Column("open_units", "asked for:", "count"),)),
        Column("visit_on", "Visit proposed", "day", (Column("route", "", "word"), Column("visit_units", "units:",
               "count"), Column("sample_from_on", "sample from", "day"), Column("visit_note", ""))),
        Column("reason", "Why", "why"),
    ),
    ("-request_24h_probability",),
    {"site_id": "Site", "care_setting": "Setting", "supply_status": "Supply", "route": "Place",
     "needs_review": "Review"},
    {"patient_id": "Patient"},
)  # fmt: skip
DECISIONS = {"none": "nothing yet", "accept": "accepted", "defer": "deferred"}
"""What one may ask for: visits about which nothing is decided, or which decision."""
FIRST_VISIT = Condition("visit_number", "=", 1)


@router.get("/worklist")
def worklist(
    request: Request, person: Annotated[Person, Depends(visitor("/worklist"))], desk: OnTable, decision: str = ""
) -> Response:
    """Patients, the most probable request first, with the visit proposed and what was decided about it."""
    return show_rows(
        request, person, desk, WORKLIST, decided(desk, decision) if desk else [], _beside, "worklist.html",
        decision=decision, decisions=DECISIONS, causes=list(Cause), hand="Decision",
        tally=_tally(desk) if desk else {},
    )  # fmt: skip


def decided(desk: Desk, asked: str) -> list[Condition]:
    """The patients about whom something was decided, or nothing; no condition where nothing of the kind is asked."""
    if asked not in DECISIONS:
        return []
    if asked == "none":
        return [Condition("patient_id", "none of", _patients(desk, (Choice.ACCEPT, Choice.DEFER)))]
    return [Condition("patient_id", "one of", _patients(desk, (Choice(asked),)))]


def _patients(desk: Desk, choices: Sequence[Choice]) -> list[str]:
    return [who for who, each in latest_decisions(desk.decisions).items() if each.wish.choice in choices]


def _tally(desk: Desk) -> dict[str, int]:
    return {
        "proposed": desk.count("slots", [FIRST_VISIT]),
        "accepted": len(_patients(desk, (Choice.ACCEPT,))),
        "deferred": len(_patients(desk, (Choice.DEFER,))),
    }


def _beside(desk: Desk, rows: pd.DataFrame) -> pd.DataFrame:
    """The first visit proposed, what its units must be, and what was decided."""
    patients = rows["patient_id"].tolist()
    visits = desk.among("slots", "patient_id", patients).sort_values("visit_number")
    visits = visits.drop_duplicates("patient_id").set_index("patient_id")
    requests = desk.among("open_requests", "patient_id", patients)
    told = {who: words for who, words in needs_by(requests, "patient_id").items() if words != NOTHING}
    visit_on, has_visit = rows["patient_id"].map(visits["slot_on"]), rows["patient_id"].isin(visits.index)
    rows = rows.assign(
        visit_on=visit_on, sample_from_on=visit_on - timedelta(days=SAMPLE_DAYS),
        visit_units=rows["patient_id"].map(visits["planned_units"]), special_needs=rows["patient_id"].map(told),
        visit_note=rows["needs_review"].map({True: "review first", False: ""}).mask(
            has_visit & visit_on.isna(), "no slot is free"
        ),
    )  # fmt: skip
    return with_decisions(rows, desk.decisions)
