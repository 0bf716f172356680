"""For the supply planner: stock first, then the order, what may wait, and what a shortage would mean."""

from typing import Annotated, Any

import pandas as pd
from fastapi import APIRouter, Depends, Request, Response

from hemoflow.cockpit.access import Person
from hemoflow.cockpit.columns import Column
from hemoflow.cockpit.desk import Desk
from hemoflow.cockpit.pages.shared import Listing, OnTable, may_act, policy_of, show_rows, visitor
from hemoflow.cockpit.questions import Condition
from hemoflow.cockpit.render import show
from hemoflow.reports.brief import plan_table, stock_axis_of, stock_rows, trace_cards
from hemoflow.reports.fan import fan_cards, fan_sentence, fan_table
from hemoflow.reports.headline import Line, by_group, order_sentence, stock_sentence
from hemoflow.reports.methods import method_sentence
from hemoflow.reports.shortage import BY, LEVERS, PHASES, SUMS, deferrable, levers, may_wait, triage
from hemoflow.reports.special import needs_by
from hemoflow.reports.warnings import warnings
from hemoflow.reports.words import counted

router = APIRouter()
ORDER_COLUMNS = (
    Column("blood_group", "Group", "group"),
    Column("due_not_urgent_units", "Not urgent, due", "count"),
    Column("due_urgent_units", "+ Urgent, due", "count"),
    Column("very_urgent_quantile_units", "+ Very urgent, quantile", "count"),
    Column("stock_units", "Free stock", "count"),
    Column("used_today_units", "− Used before", "count"),
    Column("outdating_units", "− Outdating", "count"),
    Column("inbound_units", "+ Inbound", "count"),
    Column("usable_stock_units", "= Usable", "count"),
    Column("gap_units", "Need − usable", "count"),
    Column("order_units", "Order", "big"),
    Column("external_today_units", "Outside today", "count"),
    Column("explanation", "What decides", "why"),
)
DEFERRALS = Listing(
    "/deferrals", "open_requests", "Deferrals",
    "Requests by the days left to them. One may wait when it is not urgent, its patient is not of the first tier, and "
    "its last day lies ahead. Waiting is a clinician's decision.",
    (
        Column("due_on", "Last day", "day"),
        Column("slack_days", "Days left", "count"),
        Column("may_wait", "May wait", "flag"),
        Column("request_id", "Request", "id"),
        Column("site_id", "Site", "key"),
        Column("supply_blood_group", "Group", "group"),
        Column("open_units", "Units", "count", (Column("reserved_units", "reserved:", "count"),)),
        Column("special_needs", "Special needs"),
        Column("urgency", "Urgency", "urgency"),
        Column("shortage_tier", "Tier in a shortage", "count"),
        Column("requested_at", "Asked", "instant"),
    ),
    ("due_on", "urgency", "shortage_tier"),
    {"site_id": "Site", "supply_blood_group": "Group", "urgency": "Urgency", "shortage_tier": "Tier",
     "needs_irradiated": "Irradiated"},
    {"request_id": "Request"},
)  # fmt: skip
TRIAGE_COLUMNS = (
    Column("shortage_tier", "Tier", "key"),
    Column("urgency", "Urgency", "urgency"),
    Column("requests", "Requests", "count"),
    Column("open_units", "Units", "count"),
    Column("waits", "May wait", "flag"),
)
LEVER_COLUMNS = (
    Column("blood_group", "Group", "group"),
    Column("lacking_units", "Lacking to target", "count"),
    *(Column(name, title, "count") for name, title in LEVERS.items()),
)
EMERGENCY = ("is_emergency_rule",)
VERY_URGENT_SHORT = "Very urgent short today"


@router.get("/today")
def today(request: Request, person: Annotated[Person, Depends(visitor("/today"))], desk: OnTable) -> Response:
    """Days of stock by group, with bars, phases and the outlook."""
    if desk is None or not desk.has("stock_status"):
        return show(request, person, "today.html", desk=desk, stock=[])
    status, plan_days, fan = desk.frame("stock_status"), desk.frame("plan_days"), desk.frame("stock_fan")
    return show(
        request, person, "today.html", desk=desk, stock=stock_rows(status), axis=stock_axis_of(status),
        headline=_headline(desk, status, fan), warnings=_warnings(desk, status),
        plan=plan_table(plan_days) if len(plan_days) else None, traces=trace_cards(plan_days, status),
        orders=by_group(desk.frame("orders")).to_dict("records"), fans=fan_cards(fan), fan=fan_table(fan),
        forecast=method_sentence(desk.frame("demand_methods")) if desk.has("demand_methods") else "",
        history_days=policy_of(request.app.state, desk).supply.history_days,
    )  # fmt: skip


def _headline(desk: Desk, status: pd.DataFrame, fan: pd.DataFrame) -> list[Line]:
    kpis, orders = desk.frame("kpis").set_index("kpi")["value"], desk.frame("orders")
    short = float(kpis.get(VERY_URGENT_SHORT, 0.0))
    lead = int(orders["lead_days"].iloc[0]) if len(orders) else 1
    stop = Line(
        "Stop", f"{counted(short, 'very urgent unit')} due today without a proposed unit of ours.", is_alarm=True
    )
    return [
        *([stop] if short > 0 else []),
        Line("Stock", stock_sentence(status)),
        *([Line("Ahead", ahead)] if (ahead := fan_sentence(fan)) else []),
        Line("Order", order_sentence(orders if len(orders) else None, lead)),
    ]


def _warnings(desk: Desk, status: pd.DataFrame) -> tuple[str, ...]:
    lines, requests = desk.grouped("allocations", ("match_class", "status")), desk.grouped("open_requests", EMERGENCY)
    return warnings(desk.stale, status, lines, requests)


@router.get("/orders")
def orders(request: Request, person: Annotated[Person, Depends(visitor("/orders"))], desk: OnTable) -> Response:
    """The order for tomorrow with its arithmetic; a planner may change a line."""
    frame = by_group(desk.frame("orders")) if desk else None
    return show(
        request, person, "orders.html", desk=desk, columns=ORDER_COLUMNS, frame=frame,
        with_change=may_act(person, desk, "orders"),
    )  # fmt: skip


@router.get("/deferrals")
def deferrals(
    request: Request, person: Annotated[Person, Depends(visitor("/deferrals"))], desk: OnTable, wait: str = ""
) -> Response:
    """Open requests with the days that are left to each; on request only those that may wait."""
    waiting = waits(desk) if desk else []
    return show_rows(
        request, person, desk, DEFERRALS, waiting if wait == "yes" else [],
        _told, "deferrals.html", wait=wait,
        n_waiting=desk.count("open_requests", waiting) if desk else 0,
    )  # fmt: skip


def _told(desk: Desk, rows: pd.DataFrame) -> pd.DataFrame:
    needs = rows["request_id"].map(needs_by(rows, "request_id"))
    return deferrable(rows, as_of=desk.run.as_of).assign(special_needs=needs)


def waits(desk: Desk) -> list[Condition]:
    """What a request must have to be allowed to wait on the run's day."""
    return [Condition(*each) for each in may_wait(desk.run.as_of)]


@router.get("/shortage")
def shortage(
    request: Request, person: Annotated[Person, Depends(visitor("/shortage"))], desk: OnTable, phase: str = "amber"
) -> Response:
    """Where each group stands, who goes on and who may wait in a phase, and what each lever frees."""
    chosen = phase if phase in PHASES else "amber"
    facts: dict[str, Any] = {"frame": None, "levers": None, "stock": []}
    if desk is not None and desk.has("stock_status"):
        requests, status = desk.grouped("open_requests", BY, SUMS), desk.frame("stock_status")
        facts = {
            "frame": triage(requests, chosen),
            "levers": by_group(levers(requests, desk.frame("plan_days"), status, chosen)),
            "stock": stock_rows(status),
        }
    return show(
        request, person, "shortage.html", desk=desk, phase=chosen, phases=list(PHASES), columns=TRIAGE_COLUMNS,
        lever_columns=LEVER_COLUMNS, **facts,
    )  # fmt: skip
