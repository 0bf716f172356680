"""Against yesterday, plan against actual, and how good the figures are."""

import json
from datetime import timedelta
from typing import Annotated, Any

import pandas as pd
from fastapi import APIRouter, Depends, HTTPException, Request, Response, status

from hemoflow.cockpit.access import Person
from hemoflow.cockpit.columns import Column
from hemoflow.cockpit.desk import Desk
from hemoflow.cockpit.pages.shared import OnTable, known, paper_of, policy_of, visitor
from hemoflow.cockpit.render import IN_FORCE, show
from hemoflow.domain.errors import UsageError
from hemoflow.domain.figures import between
from hemoflow.reports.difference import COMPARED, COUNTED, PLACES, Line, difference, places_told, readable
from hemoflow.reports.fairness import WITHHELD, fairness_told
from hemoflow.reports.held import held_sentences, plan_and_actual
from hemoflow.reports.kpis import in_reading_order
from hemoflow.reports.need_card import performance
from hemoflow.store import ModelRecord

router = APIRouter()
TITLES = {
    "stock_status": "Days of stock",
    "orders": "Order list",
    "kpis": "Key figures",
    "allocations": "Lines of the pick list",
    PLACES: "Patients by proposed place",
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
DRIFT_COLUMNS = (
    Column("feature", "Column of the model", "text", (Column("programme", ""),)),
    Column("psi", "Shift (PSI)", "two"),
    Column("psi_limit", "Limit", "two"),
    Column("is_drifting", "Beyond it", "flag"),
    Column("missing_share", "Missing", "share"),
    Column("trained_missing_share", "Missing in training", "share"),
)
MOST_SHIFTED, MOST_VERSIONS = 8, 5


@router.get("/changes")
def changes(request: Request, person: Annotated[Person, Depends(visitor("/changes"))], desk: OnTable) -> Response:
    """What is different from the run of the day before."""
    before = _day_before(request, desk)
    tables: list[tuple[str, list[Line]]] = []
    smallest = _smallest(request, desk) if desk else None
    if desk and before and smallest:
        units = units_of(desk)
        found = difference(
            *({name: _compared(each, name, smallest) for name in (*COMPARED, *COUNTED)} for each in (before, desk))
        )
        tables = [
            (TITLES[name], readable(rows, units, withheld=WITHHELD if name == PLACES else ""))
            for name, rows in found.items()
        ]
    return show(
        request, person, "changes.html", desk=desk, before=before.run if before else None, tables=tables,
        withheld=WITHHELD, smallest=smallest,
    )  # fmt: skip


@router.get("/held")
def held(request: Request, person: Annotated[Person, Depends(visitor("/held"))], desk: OnTable) -> Response:
    """What was planned for the day before, and what happened."""
    before = _day_before(request, desk)
    frame = None
    if desk and before and before.has("plan_days"):
        issues = known(request.app.state, desk, "issued")
        frame = plan_and_actual(before.frame("plan_days"), issues, before.frame("orders"), planned_on=before.run.as_of)
    return show(
        request, person, "held.html", desk=desk, before=before.run if before else None, columns=HELD_COLUMNS,
        frame=frame, sentences=held_sentences(frame) if frame is not None else [],
    )  # fmt: skip


@router.get("/figures")
def figures(request: Request, person: Annotated[Person, Depends(visitor("/figures"))], desk: OnTable) -> Response:
    """Key figures with their formulas, and the need model's record."""
    frame, model = in_reading_order(desk.frame("kpis")) if desk else None, _model_of(desk)
    return show(
        request, person, "figures.html", desk=desk, frame=frame, model=model,
        sources=performance(model.metrics, _smallest(request, desk)) if desk and model else [], between=between,
        versions=_versions(request, desk) if desk else [],
        told=fairness_told(_content(model)["fairness"]) if model else {},
        drift=_most_shifted(desk) if desk else None, drift_columns=DRIFT_COLUMNS,
    )  # fmt: skip


@router.get("/model-card", dependencies=[Depends(visitor("/figures"))])
def model_card(desk: OnTable) -> Response:
    """The card of the run's need model: whom it was judged on, how well, and what its limits are."""
    model = _model_of(desk)
    path = model.folder / "card.html" if model else None
    if path is None or not path.is_file():
        raise HTTPException(status.HTTP_404_NOT_FOUND)
    return paper_of(path)


def _smallest(request: Request, desk: Desk) -> int:
    """Least count of patients that the run's policy lets pages show."""
    return policy_of(request.app.state, desk).publication.smallest_published_count


def _model_of(desk: Desk | None) -> ModelRecord | None:
    """The need model that the run names."""
    return desk.store.model(desk.run.model_id) if desk and desk.run.model_id else None


def _versions(request: Request, desk: Desk) -> list[tuple[ModelRecord, str]]:
    """The newest versions of the need model, and how each stands on the day of the run."""
    pinned = request.app.state.settings.need_model
    return desk.store.standings("need", desk.run.as_of, pinned)[:MOST_VERSIONS]


def _content(model: ModelRecord) -> dict[str, Any]:
    """What the model's file says of it; nothing by group where the file is gone or of an earlier release."""
    path = model.folder / "model.json"
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return {"fairness": ()} | content


def _most_shifted(desk: Desk) -> pd.DataFrame:
    drift = desk.frame("drift")
    order = (drift["psi"] / drift["psi_limit"]).sort_values(ascending=False, kind="stable").index
    return drift.loc[order].head(MOST_SHIFTED)


def units_of(desk: Desk) -> dict[str, str]:
    """The unit of each key figure."""
    kpis = desk.frame("kpis")
    return dict(zip(kpis["kpi"], kpis["unit"], strict=True))


def _compared(desk: Desk, name: str, smallest: int) -> pd.DataFrame:
    if name not in COUNTED:
        return desk.frame(name)
    counts = desk.grouped(name, COUNTED[name])
    return places_told(counts, smallest) if name == PLACES else counts


def _day_before(request: Request, desk: Desk | None) -> Desk | None:
    """The run in force of the day before, if there is one."""
    if desk is None:
        return None
    store = request.app.state.store
    try:
        run = store.run(desk.run.as_of - timedelta(days=1))
    except UsageError:
        return None
    return Desk(store, run) if run.status in IN_FORCE else None
