"""For the transfusion laboratory: which unit for whom, and what outdates."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from hemoflow.cockpit.access import CHANGERS, Person
from hemoflow.cockpit.columns import Column
from hemoflow.cockpit.pages.shared import OnTable, note_patients_seen, visitor, with_names
from hemoflow.cockpit.render import show

router = APIRouter()
PICK_COLUMNS = (
    Column("site_id", "Site"),
    Column("urgency", "Urgency", "urgency"),
    Column("due_on", "Last day", "day"),
    Column("request_id", "Request", "id"),
    Column("line_number", "Line", "count"),
    Column("patient_id", "Patient", "id"),
    Column("patient_blood_group", "Patient's group", "group"),
    Column("unit_id", "Unit", "id"),
    Column("unit_blood_group", "Unit's group", "group"),
    Column("outdate_on", "Outdates", "day"),
    Column("days_left", "Days left", "count"),
    Column("match_class", "Match"),
    Column("status", "To do"),
    Column("reason", "Why", "why"),
    Column("alternative_1", "Else", "id"),
    Column("alternative_2", "Or", "id"),
)
EXPIRY_COLUMNS = (
    Column("outdate_on", "Outdates", "day"),
    Column("blood_group", "Group", "group"),
    Column("unit_id", "Unit", "id"),
    Column("site_id", "Site"),
    Column("state", "State"),
    Column("is_irradiated", "Irradiated", "flag"),
    Column("collected_on", "Collected", "day"),
)


@router.get("/picks")
def picks(
    request: Request,
    person: Annotated[Person, Depends(visitor("/picks"))],
    desk: OnTable,
    page: int = 1,
    site_id: str = "",
    status: str = "",
) -> Response:
    """The pick list, most urgent first; a line may be given another unit by hand."""
    note_patients_seen(request, person, desk, "picks")
    found = desk.slice(
        "allocations", order=("urgency", "due_on", "shortage_tier", "request_id", "line_number"),
        filters={"site_id": site_id, "status": status}, page=page,
    ) if desk else None  # fmt: skip
    choices = {name: desk.count("allocations", name) for name in ("site_id", "status")} if desk else {}
    found, columns = with_names(request, person, desk, found, PICK_COLUMNS)
    return show(
        request, person, "rows.html", desk=desk, title="Pick list", table="allocations", columns=columns,
        found=found, filters={"site_id": site_id, "status": status}, choices_of=choices, change="allocations",
        may_change=person.role in CHANGERS["allocations"],
        lead="First outdate first among the compatible. No source tells sample validity: check it before issue.",
    )  # fmt: skip


@router.get("/expiring")
def expiring(
    request: Request,
    person: Annotated[Person, Depends(visitor("/expiring"))],
    desk: OnTable,
    page: int = 1,
    blood_group: str = "",
    site_id: str = "",
) -> Response:
    """Units by their last day."""
    filters = {"blood_group": blood_group, "site_id": site_id}
    found = desk.slice("stock", order=("outdate_on", "blood_group"), filters=filters, page=page) if desk else None
    choices = {name: desk.count("stock", name) for name in filters} if desk else {}
    return show(
        request, person, "rows.html", desk=desk, title="Expiring", table="stock", columns=EXPIRY_COLUMNS, found=found,
        filters=filters, choices_of=choices, change="", may_change=False,
        lead="Units by their last day. O-negative units are not given to other groups only because they outdate.",
    )  # fmt: skip
