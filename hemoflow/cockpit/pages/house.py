"""For data engineers, and for everybody who asks where the figures come from: sources, runs, ledger."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from hemoflow.cockpit.access import Person
from hemoflow.cockpit.columns import Column
from hemoflow.cockpit.pages.shared import OnTable, visitor
from hemoflow.cockpit.render import show
from hemoflow.reports.data_health import commonest_faults, health_sentences

router = APIRouter()
FRESHNESS_COLUMNS = (
    Column("source", "Source"),
    Column("table_name", "Table"),
    Column("rows", "Rows seen", "count"),
    Column("latest_at", "Newest record", "instant"),
    Column("age_hours", "Age", "hours"),
    Column("is_critical", "Critical", "flag"),
    Column("is_stale", "Stale", "alarm"),
)
REPORT_COLUMNS = (
    Column("source", "Source"),
    Column("table_name", "Table"),
    Column("read_rows", "Read", "count"),
    Column("loaded_rows", "Loaded", "count"),
    Column("quarantined_rows", "Put aside", "count"),
    Column("duplicate_rows", "Repeats", "count"),
)
LATENESS_COLUMNS = (
    Column("source", "Source"),
    Column("table_name", "Table"),
    Column("rows", "Rows", "count"),
    Column("median_hours", "Half within, h", "one"),
    Column("p95_hours", "95 of 100 within, h", "one"),
    Column("latest_hours", "All within, h", "one"),
)
DRIFT_COLUMNS = (
    Column("source", "Source"),
    Column("file", "File"),
    Column("column_name", "Column"),
    Column("change", "Change"),
    Column("before", "Before"),
    Column("now", "Now"),
)
MOST_RUNS, MOST_ENTRIES = 100, 100
CHECKED_ENTRIES = 2_000
"""Newest entries whose seals are checked each time somebody looks; the whole chain takes longer every day."""
DECISIONS = ("approve", "override", "decide", "confirm", "what-if", "adopt", "discard")
"""Kinds of ledger entries that everybody may read; views and accounts are for the engineer."""


@router.get("/data")
def data(request: Request, person: Annotated[Person, Depends(visitor("/data"))], desk: OnTable) -> Response:
    """Freshness at the cut, rows read and put aside, and the commonest faults."""
    store = request.app.state.store
    quarantine, freshness = store.quarantine(), desk.frame("freshness") if desk else None
    faults, report = commonest_faults(quarantine), store.ingest_report()
    if freshness is not None:
        freshness = freshness.sort_values(["is_stale", "is_critical"], ascending=False, kind="stable")
    return show(
        request, person, "data.html", desk=desk, freshness=freshness,
        sentences=health_sentences(freshness, report) if freshness is not None else [],
        freshness_columns=FRESHNESS_COLUMNS, report=report, report_columns=REPORT_COLUMNS,
        faults=faults, fault_columns=[Column(str(name), str(name).replace("_", " ").capitalize()) for name in faults],
        n_faults=len(quarantine), manifest=desk.manifest if desk else {},
        executions=store.executions(desk.run.run_id) if desk else [],
        lateness=store.told("lateness"), lateness_columns=LATENESS_COLUMNS,
        drift=store.told("schema_drift"), drift_columns=DRIFT_COLUMNS, notes=store.told("source_notes"),
    )  # fmt: skip


@router.get("/runs")
def runs(request: Request, person: Annotated[Person, Depends(visitor("/runs"))], desk: OnTable) -> Response:
    """Runs and their stages, and who decided what."""
    store = request.app.state.store
    listed = store.runs(MOST_RUNS)
    stages = {run.run_id: [ref.stage for ref in store.stages(run.run_id)] for run in listed}
    names = list(dict.fromkeys(name for ref in listed for name in stages[ref.run_id]))
    newest = next(iter(store.newest_entries(1)), None)
    return show(
        request, person, "runs.html", desk=desk, runs=listed, stages=stages, stage_names=names, newest=newest,
        entries=store.newest_entries(MOST_ENTRIES, () if person.role == "engineer" else DECISIONS),
        faults=store.verify_ledger(CHECKED_ENTRIES), checked=CHECKED_ENTRIES, users=store.users(),
    )  # fmt: skip
