"""For day clinic and home team: whom to call in, where, and whether chairs and nurses are enough."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from hemoflow.cockpit.access import CHANGERS, Person
from hemoflow.cockpit.columns import Column
from hemoflow.cockpit.pages.shared import OnTable, note_patients_seen, past, policy_of, visitor, with_names
from hemoflow.cockpit.render import show
from hemoflow.reports.clinic import capacity_board
from hemoflow.reports.home_pages import board_rows, rule_rows

router = APIRouter()
WORKLIST_COLUMNS = (
    Column("patient_id", "Patient", "id"),
    Column("blood_group", "Group", "group"),
    Column("haemoglobin_g_per_dl", "Last Hb, g/dL", "one"),
    Column("haemoglobin_age_hours", "Age", "hours"),
    Column("threshold_g_per_dl", "Threshold", "one"),
    Column("request_24h_probability", "Request in 24 h", "share"),
    Column("request_8d_probability", "in 8 days", "share"),
    Column("below_on", "Due or below threshold", "day"),
    Column("below_from_on", "from", "day"),
    Column("below_until_on", "to", "day"),
    Column("expected_28d_units", "Units in 28 days", "one"),
    Column("low_28d_units", "at least", "count"),
    Column("high_28d_units", "at most", "count"),
    Column("open_units", "Open units", "count"),
    Column("route", "Place"),
    Column("needs_review", "Review", "flag"),
    Column("supply_status", "Supply"),
    Column("reason", "Why", "why"),
    Column("site_id", "Site"),
    Column("care_setting", "Setting"),
    Column("diagnosis_group", "Diagnosis"),
)
ROUTE_COLUMNS = (
    Column("patient_id", "Patient", "id"),
    Column("site_id", "Clinic"),
    Column("route", "Place"),
    Column("needs_review", "Review", "flag"),
    Column("gates_failed", "Hard gates not met"),
    Column("gates_unknown", "Not known"),
    Column("priority_score", "Priority", "count"),
    Column("expected_visits", "Visits", "one"),
    Column("next_on", "Next visit", "day"),
    Column("nurse_minutes", "Nurse min", "count"),
    Column("segment_words", "Segment", "why"),
    Column("reason", "Why", "why"),
    Column("would_change", "What would change it", "why"),
)
GO_COLUMNS = (
    Column("visit_on", "Visit", "day"),
    Column("site_id", "Team"),
    Column("patient_id", "Patient", "id"),
    Column("blood_group", "Group", "group"),
    Column("planned_units", "Units", "count"),
    Column("assigned_units", "Assigned", "count"),
    Column("unit_ids", "Unit", "id"),
    Column("sample_from_on", "Sample from", "day"),
    Column("has_valid_sample", "Sample valid", "flag"),
    Column("is_stable", "Stable", "flag"),
    Column("has_transport", "Transport", "flag"),
    Column("is_go", "Go", "flag"),
    Column("lacking", "Lacking", "why"),
)
WORKLIST_FILTERS = ("site_id", "care_setting", "supply_status")


@router.get("/worklist")
def worklist(
    request: Request,
    person: Annotated[Person, Depends(visitor("/worklist"))],
    desk: OnTable,
    page: int = 1,
    site_id: str = "",
    care_setting: str = "",
    supply_status: str = "",
) -> Response:
    """Patients, the most probable request first."""
    note_patients_seen(request, person, desk, "worklist")
    filters = {"site_id": site_id, "care_setting": care_setting, "supply_status": supply_status}
    found = desk.slice("worklist", order=("-request_24h_probability",), filters=filters, page=page) if desk else None
    choices = {name: desk.count("worklist", name) for name in WORKLIST_FILTERS} if desk else {}
    found, columns = with_names(request, person, desk, found, WORKLIST_COLUMNS)
    return show(
        request, person, "rows.html", desk=desk, title="Worklist", table="worklist", columns=columns,
        found=found, filters=filters, choices_of=choices, change="", may_change=False,
        lead="The most probable request first. A prediction never withdraws a request or lowers a threshold.",
    )  # fmt: skip


@router.get("/routing")
def routing(
    request: Request,
    person: Annotated[Person, Depends(visitor("/routing"))],
    desk: OnTable,
    page: int = 1,
    site_id: str = "",
    route: str = "",
) -> Response:
    """Outpatients by proposed place and priority; the place may be changed by hand, but never past a hard gate."""
    note_patients_seen(request, person, desk, "routing")
    filters = {"site_id": site_id, "route": route}
    found = desk.slice("routes", order=("route", "-priority_score"), filters=filters, page=page) if desk else None
    choices = {name: desk.count("routes", name) for name in filters} if desk else {}
    return show(
        request, person, "rows.html", desk=desk, title="Home or clinic", table="routes", columns=ROUTE_COLUMNS,
        found=found, filters=filters, choices_of=choices, change="routes",
        may_change=person.role in CHANGERS["routes"],
        lead="A hard gate that is not met closes the home; one that is not known sends the patient to review.",
    )  # fmt: skip


@router.get("/go-no-go")
def go_no_go(
    request: Request, person: Annotated[Person, Depends(visitor("/go-no-go"))], desk: OnTable, page: int = 1
) -> Response:
    """Home visits of the next day: what is there, and what is lacking."""
    note_patients_seen(request, person, desk, "go-no-go")
    found = desk.slice("go_no_go", order=("visit_on", "site_id"), page=page) if desk else None
    return show(
        request, person, "rows.html", desk=desk, title="Go/no-go", table="go_no_go", columns=GO_COLUMNS, found=found,
        filters={}, choices_of={}, change="", may_change=False,
        lead="Blood leaves the house only when unit, sample, stability and transport are all confirmed; what nobody "
        "has confirmed is not there. Confirmations come in with: hemoflow go-no-go --confirmed calls.csv",
    )  # fmt: skip


@router.get("/capacity")
def capacity(request: Request, person: Annotated[Person, Depends(visitor("/capacity"))], desk: OnTable) -> Response:
    """Chairs and nurses of the coming days: what is there, what is proposed, what does not fit."""
    if desk is None or not desk.has("slots"):
        return show(request, person, "capacity.html", desk=desk, rows=[])
    slots, rules = desk.frame("slots"), policy_of(request, desk)
    with past(request, desk) as view:
        board = capacity_board(slots, view.capacity(), rules.routing, as_of=desk.run.as_of)
    return show(
        request, person, "capacity.html", desk=desk, days=sorted(board["capacity_on"].unique().tolist()),
        rows=board_rows(board), overflow=int(slots["slot_on"].isna().sum()), rules=rule_rows(desk.frame("home_rules")),
    )  # fmt: skip
