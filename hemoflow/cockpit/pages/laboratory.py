"""For the transfusion laboratory: which unit for whom, and what outdates."""

from dataclasses import replace
from datetime import timedelta
from typing import Annotated

import pandas as pd
from fastapi import APIRouter, Depends, Request, Response

from hemoflow.cockpit.access import Person
from hemoflow.cockpit.columns import Column
from hemoflow.cockpit.desk import Desk
from hemoflow.cockpit.pages.shared import Listing, OnTable, note_patients_seen, show_rows, visitor
from hemoflow.cockpit.questions import Condition
from hemoflow.reports.expiry import WINDOWS, expiry_risk
from hemoflow.reports.reservations import with_advice
from hemoflow.reports.special import needs_by

router = APIRouter()
PICKS = Listing(
    "/picks", "allocations", "Pick list",
    "Most urgent first; of the compatible units, the first to outdate. No source tells whether a sample is valid or "
    "a crossmatch done: check both before issue.",
    (
        Column("urgency", "Urgency", "urgency", (Column("due_on", "by", "day"),)),
        Column("patient_id", "Patient", "id", (Column("request_id", "", "id"), Column("line_number", "unit", "count"),
               Column("site_id", ""))),
        Column("patient_blood_group", "Patient's group", "group"),
        Column("unit_blood_group", "Unit's group", "group"),
        Column("unit_id", "Unit", "id"),
        Column("outdate_on", "Outdates", "day", (Column("days_left", "days left:", "count"),)),
        Column("alternative_1", "Else", "id", (Column("alternative_2", "", "id"),)),
        Column("special_needs", "Special needs"),
        Column("status", "To do", "key", (Column("match_class", "match:"),)),
        Column("reason", "Why", "why"),
    ),
    ("urgency", "due_on", "shortage_tier", "request_id", "line_number"),
    {"site_id": "Site", "status": "To do", "match_class": "Match"},
    {"patient_id": "Patient", "unit_id": "Unit"},
)  # fmt: skip
EXPIRING = Listing(
    "/expiring", "stock", "Outdating",
    "Units by their last day. O-negative units are not given to other groups only because they outdate.",
    (
        Column("outdate_on", "Last day", "day"),
        Column("days_left", "Days left", "count"),
        Column("blood_group", "Group", "group"),
        Column("unit_id", "Unit", "id"),
        Column("site_id", "Held at", "key"),
        Column("state", "State", "key"),
        Column("is_irradiated", "Irradiated", "flag"),
        Column("collected_on", "Collected", "day"),
    ),
    ("outdate_on", "blood_group"),
    {"blood_group": "Group", "site_id": "Held at", "state": "State"},
    {"unit_id": "Unit"},
)  # fmt: skip
RESERVED = Listing(
    "/reserved", "stock", "Reserved",
    "Units held for a request. Nothing is released here: a person confirms, and the source says so.",
    (
        Column("unit_id", "Unit", "id"),
        Column("advice", "Suggestion", "why"),
        Column("blood_group", "Group", "group"),
        Column("outdate_on", "Outdates", "day"),
        Column("reserved_request_id", "For request", "id"),
        Column("patient_id", "Patient", "id"),
        Column("asking_site_id", "Asked by", "key"),
        Column("due_on", "Request's last day", "day"),
        Column("urgency", "Urgency", "urgency"),
    ),
    ("outdate_on", "blood_group"),
    {"blood_group": "Group", "site_id": "Held at"},
    {"unit_id": "Unit"},
)  # fmt: skip
SITES = Listing(
    "/sites", "demand_by_site", "By hospital",
    "Units that each hospital will ask for, by day. Known: open requests due that day. The 95th percentile is the "
    "level that covers nineteen such days in twenty.",
    (
        Column("site_id", "Hospital", "key"),
        Column("demand_on", "Day", "day"),
        Column("blood_group", "Group", "group"),
        Column("known_units", "Known", "count"),
        Column("expected_units", "New, expected", "one"),
        Column("p50_units", "In all, median", "count"),
        Column("p95_units", "In all, 95th percentile", "big"),
    ),
    ("day_number", "site_id", "-p95_units"),
    {"site_id": "Hospital", "blood_group": "Group", "demand_on": "Day"},
)  # fmt: skip
SITES_BY_URGENCY = replace(
    SITES,
    table="demand_by_site_urgency",
    lead=f"{SITES.lead} Classes are high on different days: their levels do not add up to that of the hospital.",
    columns=(*SITES.columns[:3], Column("urgency", "Urgency", "urgency"), *SITES.columns[3:]),
    order=("day_number", "site_id", "urgency", "-p95_units"),
    choices={**SITES.choices, "urgency": "Urgency"},
)
RISK_COLUMNS = (
    Column("blood_group", "Group", "group"),
    *(Column(f"outdating_{days}d_units", f"Free units, last day within {days} days", "count") for days in WINDOWS),
    Column("average_daily_demand_units", "Used a day", "one"),
    Column("outdate_probability", "Chance that one outdates unused", "share"),
    Column("suggestion", "Suggestion", "why"),
)


@router.get("/picks")
def picks(request: Request, person: Annotated[Person, Depends(visitor("/picks"))], desk: OnTable) -> Response:
    """The pick list, most urgent first; a line may be given another unit by hand."""
    return show_rows(request, person, desk, PICKS, add=_special_needs)


@router.get("/expiring")
def expiring(
    request: Request, person: Annotated[Person, Depends(visitor("/expiring"))], desk: OnTable, within: str = "7"
) -> Response:
    """What outdates within some days, how likely unused, and the units by their last day."""
    risk = None
    if desk is not None:
        free = desk.grouped("stock", ("blood_group", "outdate_on"), conditions=[Condition("state", "=", "available")])
        risk = expiry_risk(free, desk.frame("stock_status"), as_of=desk.run.as_of)
    return show_rows(
        request, person, desk, EXPIRING, last_days(desk, within) if desk else [], _days_left, "expiring.html",
        {"within": within}, risk=risk, risk_columns=RISK_COLUMNS, windows=[str(each) for each in WINDOWS],
        within=within,
    )  # fmt: skip


@router.get("/reserved")
def reserved(request: Request, person: Annotated[Person, Depends(visitor("/reserved"))], desk: OnTable) -> Response:
    """Which reservations hold, and which a person might release."""
    held = [Condition("state", "=", "reserved")]
    note_patients_seen(request, person, desk, "reserved")
    return show_rows(request, person, desk, RESERVED, held, _advice, unless_asked={"state": "reserved"})


@router.get("/sites")
def sites(
    request: Request, person: Annotated[Person, Depends(visitor("/sites"))], desk: OnTable, by: str = ""
) -> Response:
    """What each hospital will ask for in the coming week; on request by urgency too."""
    listing = SITES_BY_URGENCY if by == "urgency" else SITES
    return show_rows(request, person, desk, listing, template="sites.html", by=by)


def _advice(desk: Desk, rows: pd.DataFrame) -> pd.DataFrame:
    requests = desk.among("open_requests", "request_id", rows["reserved_request_id"].dropna().tolist())
    return with_advice(rows, requests, as_of=desk.run.as_of)


def last_days(desk: Desk, within: str) -> list[Condition]:
    """Units whose last day is within so many days; anything else than a window of ours asks for all of them."""
    if within not in {str(each) for each in WINDOWS}:
        return []
    return [Condition("outdate_on", "<=", desk.run.as_of + timedelta(days=int(within)))]


def _days_left(desk: Desk, rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(days_left=(rows["outdate_on"] - pd.Timestamp(desk.run.as_of)).dt.days)


def _special_needs(desk: Desk, rows: pd.DataFrame) -> pd.DataFrame:
    requests = desk.among("open_requests", "request_id", rows["request_id"].drop_duplicates().tolist())
    return rows.assign(special_needs=rows["request_id"].map(needs_by(requests, "request_id")))
