"""Stage 7: the papers that people act on, and what the run shows in Prefect.

A task belongs here when it turns results into something a person reads; keep decisions out.
"""

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
from prefect import task
from prefect.cache_policies import NO_CACHE

from hemoflow import __version__
from hemoflow.domain.runs import RunRef
from hemoflow.reports.brief import brief_html
from hemoflow.reports.exports import csv_bytes
from hemoflow.reports.findings import Findings
from hemoflow.reports.go_no_go import go_no_go
from hemoflow.reports.header import Header, freshness_words
from hemoflow.reports.home_pages import capacity_html, go_no_go_html, routing_html
from hemoflow.reports.kpis import kpis
from hemoflow.reports.manifest import manifest
from hemoflow.reports.markdown import markdown_brief
from hemoflow.reports.model_card import headline_metrics
from hemoflow.reports.pages import allocation_html, worklist_html
from hemoflow.reports.stock import stock_status
from hemoflow.reports.warnings import data_note, warnings
from hemoflow.reports.worklist import worklist
from hemoflow.schemas.frames import empty
from hemoflow.schemas.results import RESULTS
from hemoflow.store import Execution, RunStatus, StageRef
from tasks.artifacts import show_papers
from tasks.day import Day, Output, open_day
from tasks.pinned import need_model
from tasks.progress import flow_run_id, logger, take

EXPORTED = (
    "stock_status", "orders", "plan_days", "allocations", "worklist", "routes", "slots", "home_rules", "go_no_go",
    "kpis",
)  # fmt: skip
CARRIED = ("plan.svg", "segments.html")
"""Pictures and pages that stages made, beside the brief that links to them."""
SHARED = ("plan_days", "orders", "open_requests", "allocations", "routes", "slots")
"""Frames that key figures and findings both take."""


@task(name="publish", cache_policy=NO_CACHE, persist_result=False)
def publish(run: RunRef, *stages: StageRef) -> str:
    """Write brief, worklist, pick list and tables as drafts; show the aggregates in Prefect."""
    with open_day(run) as day:
        found = _find(day, stages)
        day.stage("publication", lambda: _papers(day, found, stages))
        record = day.published(found.header.status)
        logger().info("published as %s with %d warnings: %s", record.status, len(found.warnings), run.run_id)
        if record.status is not RunStatus.TRIAL:  # what would be must not stand where people look for what is
            show_papers(found, markdown_brief(found), day.store.run_folder(run.run_id), day.settings.cockpit_url)
        watch = take(run.as_of.isoformat())
        day.store.record_execution(
            Execution(run.run_id, watch.started_at, datetime.now(UTC), watch.seconds, record.status, flow_run_id())
        )
    return run.run_id


def _find(day: Day, stages: tuple[StageRef, ...]) -> Findings:
    """Every frame of the day, saved by a stage or made of saved ones."""
    saved = {ref.name: stage.frame(ref.name) for stage in stages for ref in stage.frames}
    frames = {name: saved[name] if name in saved else empty(layout) for name, layout in RESULTS.items()}
    rules, as_of = day.policy, day.run.as_of
    with day.view() as view:
        history, before = view.issue_history(rules.supply.history_days), view.stock_count_before()
        capacity = view.capacity()
    status = stock_status(frames["stock"], history, before, rules.supply, as_of=as_of)
    people = worklist(
        frames["need"],
        frames["routes"],
        frames["open_requests"],
        frames["allocations"],
        frames["plan_days"],
        deferrals=frames["deferrals"],
    )
    shared = {name: frames[name] for name in SHARED}
    figures = kpis(
        stock_status=status, issue_history=history, capacity=capacity, need=frames["need"], rules=rules, as_of=as_of,
        **shared,
    )  # fmt: skip
    ready = go_no_go(frames["slots"], frames["need"], frames["allocations"], as_of=as_of)
    told = warnings(day.run.stale_tables, status, frames["allocations"], frames["open_requests"])
    return Findings(
        header=_header(day, frames["freshness"], told), rules=rules, stock_status=status, freshness=frames["freshness"],
        worklist=people, capacity=capacity, kpis=figures, need_metrics=_metrics(day), warnings=told,
        home_rules=frames["home_rules"], go_no_go=ready, **shared,
    )  # fmt: skip


def _header(day: Day, freshness: pd.DataFrame, told: tuple[str, ...]) -> Header:
    run, policy = day.run, day.policy
    return Header(
        run_id=run.run_id,
        as_of=run.as_of,
        cut_at=day.cut_at,
        status="STATUS_ONLY" if run.is_status_only else "DRAFT",
        policy_name=policy.name,
        policy_version=policy.version,
        policy_sha256=policy.sha256,
        model_id=day.store.run(run.run_id).model_id,
        segmentation_id=_segmentation(day),
        seed=run.seed,
        software_version=__version__,
        freshness=freshness_words(freshness),
        n_warnings=len(told),
        data_note=data_note(freshness),
    )


def _segmentation(day: Day) -> str:
    record = None if day.run.is_status_only else day.store.promoted_model("segmentation", day.run.as_of)
    return record.model_id if record else ""


def _metrics(day: Day) -> dict[str, float | int | None]:
    record = need_model(day.store, day.run.as_of)
    return headline_metrics(record.metrics) if record else {}


def _papers(day: Day, found: Findings, stages: tuple[StageRef, ...]) -> Output:
    frames = {name: getattr(found, name) for name in ("stock_status", "worklist", "go_no_go", "kpis")}
    pages = {
        "brief.html": brief_html(found),
        "worklist.html": worklist_html(found.header, found.worklist, found.routes, found.allocations),
        "allocations.html": allocation_html(found.header, found.allocations),
        "routing.html": routing_html(found),
        "capacity.html": capacity_html(found),
        "go_no_go.html": go_no_go_html(found.header, found.go_no_go),
    }
    papers = {name: text.encode() for name, text in pages.items()} | _pictures(stages)
    tables = {f"{name}.csv": csv_bytes(getattr(found, name), found.header, RESULTS[name]) for name in EXPORTED}
    written = {f"{stage.stage}/{ref.path.rpartition('/')[2]}": ref.sha256 for stage in stages for ref in stage.frames}
    written |= {f"{stage.stage}/{ref.path.rpartition('/')[2]}": ref.sha256 for stage in stages for ref in stage.files}
    record = day.store.run(day.run.run_id)
    model = _model_identity(day, record.model_id)
    return Output(
        frames, papers | tables | {"manifest.json": manifest(found.header, record.key.input_sha256, model, written)}
    )


def _pictures(stages: tuple[StageRef, ...]) -> dict[str, bytes]:
    """Pictures that stages drew, beside the brief that links to them."""
    return {ref.name: Path(ref.path).read_bytes() for stage in stages for ref in stage.files if ref.name in CARRIED}


def _model_identity(day: Day, model_id: str) -> dict[str, str]:
    if not model_id:
        return {}
    model = day.store.model(model_id)
    return {
        "model_id": model_id,
        "sha256": model.sha256,
        "data_hash": model.data_hash,
        "trained_as_of": model.trained_as_of.isoformat(),
    }
