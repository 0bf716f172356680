"""Papers and tables to take away: the pages that the run wrote, CSV and XLSX of its results."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Annotated

import pandas as pd
from fastapi import APIRouter, Depends, HTTPException, Request, Response, status
from fastapi.responses import FileResponse, StreamingResponse
from starlette.background import BackgroundTask

from hemoflow.cockpit.access import EVERYBODY, PATIENTS, Person, require, signed_in
from hemoflow.cockpit.desk import Desk
from hemoflow.cockpit.pages import clinic, laboratory, supply, worklist
from hemoflow.cockpit.pages.shared import OnTable, filtered, filters_of, note_patients_seen, paper_of
from hemoflow.cockpit.questions import Condition
from hemoflow.cockpit.site import REQUESTS
from hemoflow.domain.errors import UsageError
from hemoflow.reports.decided import DECIDED, with_decisions
from hemoflow.reports.exports import SHEET_ROWS, csv_parts, write_xlsx
from hemoflow.reports.header import Header
from hemoflow.schemas.published import WORKLIST
from hemoflow.schemas.results import RESULTS
from hemoflow.schemas.table import Layout
from hemoflow.store import Role

router = APIRouter()
Someone = Annotated[Person, Depends(signed_in)]
AGGREGATES = (
    "stock_status",
    "orders",
    "plan_days",
    "kpis",
    "freshness",
    "demand",
    "demand_methods",
    "supply_forecast",
)
READERS = (
    dict.fromkeys(AGGREGATES, EVERYBODY)
    | {
        "open_requests": REQUESTS,
        "stock": REQUESTS,
        "demand_by_site": REQUESTS,
        "demand_by_site_urgency": REQUESTS,
        "allocations": frozenset({Role.LABORATORY}),
    }
    | dict.fromkeys(("worklist", "routes", "slots", "home_rules"), frozenset({Role.CLINIC}))
    | {"go_no_go": PATIENTS}
)
"""Who may take away which table; what is not here has patients in it and stays."""
OPEN_PAPERS = ("brief.html", "plan.html", "plan.svg")
"""Papers without patients."""
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PAPER_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*\.(html|svg)")
LISTINGS = {
    listing.table: listing
    for listing in (worklist.WORKLIST, clinic.ROUTING, clinic.GO_NO_GO, laboratory.PICKS, laboratory.EXPIRING,
                    laboratory.SITES, laboratory.SITES_BY_URGENCY, supply.DEFERRALS)
}  # fmt: skip
"""Pages whose filters and order an export keeps."""


@router.get("/export/{table}.{kind}")
def export(request: Request, person: Someone, desk: OnTable, table: str, kind: str) -> Response:
    """The rows that the page shows, all pages of them, as a file; what a spreadsheet would run is defused."""
    if desk is None or kind not in {"csv", "xlsx"} or table not in READERS or table not in RESULTS:
        raise HTTPException(status.HTTP_404_NOT_FOUND)
    require(person, READERS[table], f"The table {table}")
    if "patient_id" in RESULTS[table].columns:
        note_patients_seen(request, person, desk, f"export {table}.{kind}")
    listing = LISTINGS.get(table)
    conditions = [*filtered(filters_of(request, listing), listing), *_asked(request, desk)] if listing else []
    order = listing.order if listing else ()
    rows, layout = desk.batches(table, order=order, conditions=conditions), RESULTS[table]
    if table == WORKLIST.name:
        rows, layout = (with_decisions(each, desk.decisions) for each in rows), DECIDED
    name = f"{table}-{desk.run.as_of}-{desk.run.status.replace('_', '-')}-{desk.run.run_id[-12:]}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if kind == "csv":
        parts = csv_parts(rows, desk.header, layout)
        return StreamingResponse(parts, media_type="text/csv; charset=utf-8", headers=headers)
    n = desk.count(table, conditions)
    if n > SHEET_ROWS:
        raise UsageError(
            f"{n:,} rows are too many for a workbook: a sheet holds {SHEET_ROWS:,} under its head.",
            remedy="Take the CSV, which has no limit, or filter the page.",
        )
    return workbook(rows, desk.header, layout, headers)


def workbook(rows: Iterable[pd.DataFrame], header: Header, layout: Layout, headers: Mapping[str, str]) -> FileResponse:
    """A workbook written on disk, sent from there, and removed once it is sent."""
    folder = Path(mkdtemp(prefix="hemoflow-"))
    try:
        write_xlsx(rows, header, layout, folder / "book.xlsx")
    except BaseException:
        rmtree(folder)
        raise
    gone = BackgroundTask(rmtree, folder)
    return FileResponse(folder / "book.xlsx", media_type=WORKBOOK, headers=headers, background=gone)


def _asked(request: Request, desk: Desk) -> list[Condition]:
    """What the pages of requests and of units ask beside their filters."""
    asked = supply.waits(desk) if request.query_params.get("wait") == "yes" else []
    asked += worklist.decided(desk, request.query_params.get("decision", ""))
    return asked + laboratory.last_days(desk, request.query_params.get("within", ""))


@router.get("/paper/{name}")
def paper(request: Request, person: Someone, desk: OnTable, name: str) -> Response:
    """A page that the run wrote, for example its one-page brief."""
    path = desk.folder / name if desk else None
    if path is None or not PAPER_NAME.fullmatch(name) or not path.is_file():
        raise HTTPException(status.HTTP_404_NOT_FOUND)
    if name not in OPEN_PAPERS:
        require(person, PATIENTS, f"The paper {name}")
        note_patients_seen(request, person, desk, name)
    return paper_of(path)
