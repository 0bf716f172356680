"""Against yesterday, plan against actual, and how good the figures are."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from hemoflow.cockpit.access import Person
from hemoflow.cockpit.columns import Column
from hemoflow.cockpit.desk import Desk
from hemoflow.cockpit.pages.shared import OnTable, past, policy_of, visitor
from hemoflow.cockpit.render import show
from hemoflow.domain.errors import UsageError
from hemoflow.reports.difference import COMPARED, COUNTED, difference
from hemoflow.reports.held import plan_and_actual
from hemoflow.reports.kpis import in_reading_order
from hemoflow.store import RunStatus

router = APIRouter()
TITLES = {
    "stock_status": "Days of stock",
    "orders": "Order list",
    "kpis": "Key figures",
    "allocations": "Lines of the pick list",
    "routes": "Patients by proposed place",
}
HELD_COLUMNS = (
    Column("blood_group", "Group", "group"),
    Column("planned_units", "Planned", "count"),
    Column("issued_units", "Issued", "count"),
    Column("error_units", "Issued less planned", "count"),
    Column("planned_external_units", "Outside, planned", "count"),
    Column("planned_outdated_units", "Outdates, planned", "count"),
    Column("outdated_units", "Outdated", "count"),
    Column("discarded_units", "Discarded", "count"),
    Column("ordered_units", "Ordered for the day after", "count"),
)
KPI_COLUMNS = (
    Column("kpi", "Figure"),
    Column("value", "Value", "two"),
    Column("unit", "Unit"),
    Column("target", "Target or context"),
    Column("meaning", "Meaning", "why"),
)


@router.get("/changes")
def changes(request: Request, person: Annotated[Person, Depends(visitor("/changes"))], desk: OnTable) -> Response:
    """What is different from the run of the day before."""
    before = _day_before(request, desk)
    tables: list[tuple[str, list[dict[str, Any]]]] = []
    if desk and before:
        smallest = policy_of(request, desk).publication.smallest_published_count
        frames = ({name: each.frame(name) for name in (*COMPARED, *COUNTED)} for each in (before, desk))
        tables = [(TITLES[name], _withheld(name, rows, smallest)) for name, rows in difference(*frames).items()]
    return show(request, person, "changes.html", desk=desk, before=before.run if before else None, tables=tables)


@router.get("/held")
def held(request: Request, person: Annotated[Person, Depends(visitor("/held"))], desk: OnTable) -> Response:
    """What was planned for the day before, and what happened."""
    before = _day_before(request, desk)
    frame = None
    if desk and before and before.has("plan_days"):
        with past(request, desk) as view:
            issues = view.issue_history(1)
        frame = plan_and_actual(before.frame("plan_days"), issues, before.frame("orders"), planned_on=before.run.as_of)
    return show(
        request, person, "held.html", desk=desk, before=before.run if before else None, columns=HELD_COLUMNS,
        frame=frame,
    )  # fmt: skip


@router.get("/figures")
def figures(request: Request, person: Annotated[Person, Depends(visitor("/figures"))], desk: OnTable) -> Response:
    """Key figures with their formulas, and the need model's record."""
    frame = in_reading_order(desk.frame("kpis")) if desk else None
    model = request.app.state.store.model(desk.run.model_id) if desk and desk.run.model_id else None
    plain = {name: value for name, value in (model.metrics if model else {}).items() if isinstance(value, int | float)}
    return show(
        request, person, "figures.html", desk=desk, columns=KPI_COLUMNS, frame=frame, model=model, metrics=plain
    )


def _day_before(request: Request, desk: Desk | None) -> Desk | None:
    """The run in force of the day before, if there is one."""
    if desk is None:
        return None
    store = request.app.state.store
    try:
        run = store.run(desk.run.as_of - timedelta(days=1))
    except UsageError:
        return None
    return Desk(store, run) if run.status in {RunStatus.APPROVED, RunStatus.DRAFT, RunStatus.STATUS_ONLY} else None


def _withheld(name: str, rows: list[dict[str, Any]], smallest: int) -> list[dict[str, Any]]:
    """The rows, with counts of patients that are too small to show left out."""
    if name != "routes":
        return rows
    hidden = {"before": None, "after": None, "is_withheld": True}
    return [
        row | hidden if any(0 < (row[when] or 0) < smallest for when in ("before", "after")) else row for row in rows
    ]
