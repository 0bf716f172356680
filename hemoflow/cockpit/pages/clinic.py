"""For day clinic and home team: who could be at home, is all there for a visit, are chairs and nurses enough."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from hemoflow.cockpit.access import PATIENTS, Person, asked_of
from hemoflow.cockpit.columns import Column
from hemoflow.cockpit.pages.shared import Listing, OnTable, known, policy_of, show_rows, visitor
from hemoflow.cockpit.render import show
from hemoflow.reports.clinic import capacity_board
from hemoflow.reports.home_pages import board_rows, board_totals, rule_rows

router = APIRouter()
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
    "Blood leaves the house only when unit, sample, crossmatch, stability and transport are all confirmed; what nobody "
    "has confirmed counts as missing.",
    (
        Column("patient_id", "Patient", "id"),
        Column("is_go", "Go", "go"),
        Column("lacking", "Lacking", "why"),
        Column("visit_on", "Visit", "day", (Column("site_id", ""),)),
        Column("blood_group", "Group", "group"),
        Column("assigned_units", "Units assigned", "count", (Column("planned_units", "of", "count"),)),
        Column("unit_ids", "Unit", "id"),
        Column("has_valid_sample", "Sample valid", "confirmed", (Column("sample_from_on", "from", "day"),)),
        Column("is_crossmatched", "Crossmatch done", "confirmed"),
        Column("is_stable", "Patient stable", "confirmed"),
        Column("has_transport", "Transport booked", "confirmed"),
    ),
    ("visit_on", "site_id"),
    {"site_id": "Team", "is_go": "Go"},
    {"patient_id": "Patient"},
)  # fmt: skip


@router.get("/routing")
def routing(request: Request, person: Annotated[Person, Depends(visitor("/routing"))], desk: OnTable) -> Response:
    """Outpatients by proposed place and priority; the place may be changed by hand, but never past a hard gate."""
    return show_rows(request, person, desk, ROUTING)


@router.get("/go-no-go")
def go_no_go(request: Request, person: Annotated[Person, Depends(visitor("/go-no-go"))], desk: OnTable) -> Response:
    """Home visits of the next day: what is there, what is lacking, and who confirmed it."""
    told = {each.patient_id: each for each in desk.confirmations} if desk else {}
    return show_rows(
        request, person, desk, GO_NO_GO, template="go_no_go.html", told=told, hand="Confirmed",
        asked=asked_of(person),
    )  # fmt: skip


@router.get("/capacity")
def capacity(request: Request, person: Annotated[Person, Depends(visitor("/capacity"))], desk: OnTable) -> Response:
    """Chairs and nurses of the coming days: what is there, what is proposed, what does not fit."""
    if desk is None or not desk.has("slots"):
        return show(request, person, "capacity.html", desk=desk, rows=[])
    slots = desk.grouped("slots", ("site_id", "slot_on"), ("minutes", "planned_units"))
    rules = policy_of(request.app.state, desk)
    board = capacity_board(slots, known(request.app.state, desk, "capacity"), rules.routing, as_of=desk.run.as_of)
    return show(
        request, person, "capacity.html", desk=desk, days=sorted(board["capacity_on"].unique().tolist()),
        rows=board_rows(board), totals=board_totals(board),
        overflow=int(slots.loc[slots["slot_on"].isna(), "rows"].sum()),
        rules=rule_rows(desk.frame("home_rules")) if person.role in PATIENTS else [],
    )  # fmt: skip
