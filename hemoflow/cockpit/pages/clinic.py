"""For day clinic and home team: whom to call in, where, and whether chairs and nurses are enough."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from hemoflow.cockpit.access import PATIENTS, Person
from hemoflow.cockpit.columns import Column
from hemoflow.cockpit.pages.shared import Listing, OnTable, known, policy_of, show_rows, visitor
from hemoflow.cockpit.render import show
from hemoflow.reports.clinic import capacity_board
from hemoflow.reports.home_pages import board_rows, board_totals, rule_rows

router = APIRouter()
WORKLIST = Listing(
    "/worklist", "worklist", "Worklist",
    "The most probable request first. Hb now: the last one, what units since have lifted, less the patient's own fall. "
    "A prediction never withdraws a request or lowers a threshold.",
    (
        Column("patient_id", "Patient", "id", (Column("site_id", ""), Column("care_setting", "", "word"),
               Column("diagnosis_group", ""))),
        Column("blood_group", "Group", "group"),
        Column("estimated_haemoglobin_g_per_dl", "Hb now, estimated, g/dL", "one", (
            Column("threshold_g_per_dl", "threshold", "one"),)),
        Column("haemoglobin_g_per_dl", "Last Hb, g/dL", "one", (Column("haemoglobin_age_hours", "", "hours"),)),
        Column("request_24h_probability", "Request in 24 h", "share", (Column("request_8d_probability", "8 days",
               "share"),)),
        Column("below_on", "Due or below threshold", "day", (Column("below_from_on", "", "day"),
               Column("below_until_on", "to", "day"))),
        Column("expected_28d_units", "Units in 28 days", "one", (Column("low_28d_units", "", "count"),
               Column("high_28d_units", "to", "count"))),
        Column("open_units", "Units asked for", "count"),
        Column("supply_status", "Supply", "key"),
        Column("route", "Place", "word", (Column("needs_review", "review:", "flag"),)),
        Column("reason", "Why", "why"),
    ),
    ("-request_24h_probability",),
    {"site_id": "Site", "care_setting": "Setting", "supply_status": "Supply", "route": "Place",
     "needs_review": "Review"},
    {"patient_id": "Patient"},
)  # fmt: skip
ROUTING = Listing(
    "/routing", "routes", "Home or clinic",
    "A hard gate that is not met closes the home; one that is not known sends the patient to review.",
    (
        Column("patient_id", "Patient", "id", (Column("site_id", ""), Column("travel_minutes", "min away:", "count"),
               Column("has_carer", "carer:", "flag"))),
        Column("route", "Place", "word", (Column("needs_review", "review:", "flag"),)),
        Column("gates_failed", "Hard gates not met", "text", (Column("gates_unknown", "not known:"),)),
        Column("priority_score", "Priority, of 100", "count", (Column("standing", ""),)),
        Column("next_on", "Next visit", "day", (Column("planned_units", "units:", "count"),)),
        Column("expected_visits", "Visits in 7 days", "one", (Column("nurse_minutes", "nurse min a visit:", "count"),)),
        Column("segment_words", "Segment", "why"),
        Column("reason", "Why", "why"),
        Column("would_change", "What would change it", "why"),
    ),
    ("-route", "-priority_score"),
    {"site_id": "Clinic", "route": "Place", "needs_review": "Review"},
    {"patient_id": "Patient"},
)  # fmt: skip
GO_NO_GO = Listing(
    "/go-no-go", "go_no_go", "Go/no-go",
    "Blood leaves the house only when unit, sample, stability and transport are all confirmed; what nobody has "
    "confirmed counts as missing.",
    (
        Column("patient_id", "Patient", "id"),
        Column("is_go", "Go", "go"),
        Column("lacking", "Lacking", "why"),
        Column("visit_on", "Visit", "day", (Column("site_id", ""),)),
        Column("blood_group", "Group", "group"),
        Column("assigned_units", "Units assigned", "count", (Column("planned_units", "of", "count"),)),
        Column("unit_ids", "Unit", "id"),
        Column("has_valid_sample", "Sample valid", "confirmed", (Column("sample_from_on", "from", "day"),)),
        Column("is_stable", "Patient stable", "confirmed"),
        Column("has_transport", "Transport booked", "confirmed"),
    ),
    ("visit_on", "site_id"),
    {"site_id": "Team", "is_go": "Go"},
    {"patient_id": "Patient"},
)  # fmt: skip


@router.get("/worklist")
def worklist(request: Request, person: Annotated[Person, Depends(visitor("/worklist"))], desk: OnTable) -> Response:
    """Patients, the most probable request first."""
    return show_rows(request, person, desk, WORKLIST)


@router.get("/routing")
def routing(request: Request, person: Annotated[Person, Depends(visitor("/routing"))], desk: OnTable) -> Response:
    """Outpatients by proposed place and priority; the place may be changed by hand, but never past a hard gate."""
    return show_rows(request, person, desk, ROUTING)


@router.get("/go-no-go")
def go_no_go(request: Request, person: Annotated[Person, Depends(visitor("/go-no-go"))], desk: OnTable) -> Response:
    """Home visits of the next day: what is there, and what is lacking."""
    return show_rows(request, person, desk, GO_NO_GO, template="go_no_go.html")


@router.get("/capacity")
def capacity(request: Request, person: Annotated[Person, Depends(visitor("/capacity"))], desk: OnTable) -> Response:
    """Chairs and nurses of the coming days: what is there, what is proposed, what does not fit."""
    if desk is None or not desk.has("slots"):
        return show(request, person, "capacity.html", desk=desk, rows=[])
    slots = desk.grouped("slots", ("site_id", "slot_on"), ("minutes", "planned_units"))
    rules = policy_of(request, desk)
    board = capacity_board(slots, known(request, desk, "capacity"), rules.routing, as_of=desk.run.as_of)
    return show(
        request, person, "capacity.html", desk=desk, days=sorted(board["capacity_on"].unique().tolist()),
        rows=board_rows(board), totals=board_totals(board),
        overflow=int(slots.loc[slots["slot_on"].isna(), "rows"].sum()),
        rules=rule_rows(desk.frame("home_rules")) if person.role in PATIENTS else [],
    )  # fmt: skip
