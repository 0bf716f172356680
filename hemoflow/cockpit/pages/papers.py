"""Papers and tables to take away: the pages that the run wrote, CSV and XLSX of its results."""

import re
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response, status

from hemoflow.cockpit.access import EVERYBODY, PATIENTS, Person, require, signed_in
from hemoflow.cockpit.desk import cached_bytes
from hemoflow.cockpit.pages.shared import OnTable, note_patients_seen
from hemoflow.cockpit.site import REQUESTS
from hemoflow.reports.exports import plain_csv, xlsx_bytes
from hemoflow.schemas.results import RESULTS
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
    "supply_forecast",
    "home_rules",
)
READERS = (
    dict.fromkeys(AGGREGATES, EVERYBODY)
    | {"open_requests": REQUESTS, "stock": REQUESTS, "allocations": frozenset({Role.LABORATORY})}
    | dict.fromkeys(("worklist", "routes", "slots"), frozenset({Role.CLINIC}))
    | {"go_no_go": PATIENTS}
)
"""Who may take away which table; what is not here has patients in it and stays."""
OPEN_PAPERS = ("brief.html", "plan.html", "plan.svg")
"""Papers without patients."""
KINDS = {
    "csv": ("text/csv; charset=utf-8", plain_csv),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx_bytes),
}
PAPER_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*\.(html|svg)")
PAPER_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"


@router.get("/export/{table}.{kind}")
def export(request: Request, person: Someone, desk: OnTable, table: str, kind: str) -> Response:
    """A whole result as a file; cells that a spreadsheet would take for formulas are defused."""
    if desk is None or kind not in KINDS or table not in READERS or table not in RESULTS:
        raise HTTPException(status.HTTP_404_NOT_FOUND)
    require(person, READERS[table], f"The table {table}")
    if "patient_id" in RESULTS[table].columns:
        note_patients_seen(request, person, desk, f"export {table}.{kind}")
    media, write = KINDS[kind]
    name = f"{table}-{desk.run.run_id}.{kind}"
    return Response(
        write(desk.frame(table)), media_type=media, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@router.get("/paper/{name}")
def paper(request: Request, person: Someone, desk: OnTable, name: str) -> Response:
    """A page that the run wrote, for example its one-page brief."""
    path = desk.folder / name if desk else None
    if path is None or not PAPER_NAME.fullmatch(name) or not path.is_file():
        raise HTTPException(status.HTTP_404_NOT_FOUND)
    if name not in OPEN_PAPERS:
        require(person, PATIENTS, f"The paper {name}")
        note_patients_seen(request, person, desk, name)
    media = "image/svg+xml" if path.suffix == ".svg" else "text/html; charset=utf-8"
    return Response(
        cached_bytes(str(path), path.stat().st_mtime), media_type=media,
        headers={"Content-Security-Policy": PAPER_POLICY},
    )  # fmt: skip
