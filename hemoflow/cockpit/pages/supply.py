"""For the supply planner: stock first, then the order, what may wait, and what a shortage would mean."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from hemoflow.cockpit.access import CHANGERS, Person
from hemoflow.cockpit.columns import Column
from hemoflow.cockpit.pages.shared import OnTable, visitor
from hemoflow.cockpit.render import show
from hemoflow.reports.brief import plan_table, stock_axis_of, stock_rows, trace_cards
from hemoflow.reports.fan import fan_cards
from hemoflow.reports.headline import by_group
from hemoflow.reports.shortage import PHASES, deferrable, levers, triage

router = APIRouter()
ORDER_COLUMNS = (
    Column("blood_group", "Group", "group"),
    Column("due_not_urgent_units", "Not urgent, due", "count"),
    Column("due_urgent_units", "Urgent, due", "count"),
    Column("very_urgent_quantile_units", "Very urgent, quantile", "count"),
    Column("stock_units", "Stock", "count"),
    Column("used_today_units", "Used today", "count"),
    Column("outdating_units", "Outdating", "count"),
    Column("inbound_units", "Inbound", "count"),
    Column("usable_stock_units", "Usable stock", "count"),
    Column("gap_units", "Gap", "count"),
    Column("external_today_units", "Outside today", "count"),
    Column("lead_days", "Lead, days", "count"),
    Column("order_units", "Order", "count"),
    Column("reason", "Why", "why"),
    Column("explanation", "What binds", "why"),
)
DEFERRAL_COLUMNS = (
    Column("request_id", "Request", "id"),
    Column("site_id", "Site"),
    Column("supply_blood_group", "Group", "group"),
    Column("open_units", "Units", "count"),
    Column("urgency", "Urgency", "urgency"),
    Column("shortage_tier", "Tier", "count"),
    Column("requested_at", "Asked", "instant"),
    Column("due_on", "Last day", "day"),
    Column("slack_days", "Slack, days", "count"),
    Column("may_wait", "May wait", "flag"),
)
TRIAGE_COLUMNS = (
    Column("shortage_tier", "Tier", "count"),
    Column("urgency", "Urgency", "urgency"),
    Column("requests", "Requests", "count"),
    Column("open_units", "Units", "count"),
    Column("waits", "May wait", "flag"),
)
MOST_ROWS = 400
"""Rows of requests on one page; the export has them all."""


@router.get("/today")
def today(request: Request, person: Annotated[Person, Depends(visitor("/today"))], desk: OnTable) -> Response:
    """Days of stock by group, with bars, phases and the outlook."""
    if desk is None or not desk.has("stock_status"):
        return show(request, person, "today.html", desk=desk, stock=[])
    status, plan_days = desk.frame("stock_status"), desk.frame("plan_days")
    return show(
        request, person, "today.html", desk=desk, stock=stock_rows(status), axis=stock_axis_of(status),
        plan=plan_table(plan_days) if len(plan_days) else None, traces=trace_cards(plan_days, status),
        orders=by_group(desk.frame("orders")).to_dict("records"),
        fans=fan_cards(desk.frame("stock_fan")) if desk.has("stock_fan") else [],
    )  # fmt: skip


@router.get("/orders")
def orders(request: Request, person: Annotated[Person, Depends(visitor("/orders"))], desk: OnTable) -> Response:
    """The order for tomorrow with its arithmetic; a planner may change a line."""
    frame = by_group(desk.frame("orders")) if desk else None
    return show(
        request, person, "orders.html", desk=desk, columns=ORDER_COLUMNS, frame=frame,
        may_change=person.role in CHANGERS["orders"],
    )  # fmt: skip


@router.get("/deferrals")
def deferrals(request: Request, person: Annotated[Person, Depends(visitor("/deferrals"))], desk: OnTable) -> Response:
    """Open requests with the days that are left to each."""
    frame = deferrable(desk.frame("open_requests"), as_of=desk.run.as_of) if desk else None
    return show(
        request, person, "table.html", desk=desk, title="Deferrals", table="open_requests", columns=DEFERRAL_COLUMNS,
        frame=frame.head(MOST_ROWS) if frame is not None else None, total=len(frame) if frame is not None else 0,
        lead="Requests by the days left to them. One may wait when it is not urgent, its patient is not of the first "
        "tier, and its last day lies ahead. Waiting is a clinician's decision.",
    )  # fmt: skip


@router.get("/shortage")
def shortage(
    request: Request, person: Annotated[Person, Depends(visitor("/shortage"))], desk: OnTable, phase: str = "amber"
) -> Response:
    """Who goes on and who may wait in a phase, and what each lever frees."""
    chosen = phase if phase in PHASES else "amber"
    facts: dict[str, Any] = {
        "phase": chosen,
        "phases": list(PHASES),
        "columns": TRIAGE_COLUMNS,
        "frame": None,
        "levers": [],
    }
    if desk is not None:
        requests = desk.frame("open_requests")
        facts["frame"] = triage(requests, chosen)
        facts["levers"] = levers(requests, desk.frame("stock"), desk.frame("plan_days"), chosen)
    return show(request, person, "shortage.html", desk=desk, **facts)
