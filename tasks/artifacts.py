"""What a run shows in Prefect: aggregates only, because its open-source server has one password and no roles.

Rows about patients, even under pseudonyms, stay in the files of the run; the artifacts say where those are.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from prefect.artifacts import create_markdown_artifact, create_table_artifact

from hemoflow.reports.difference import Line, readable
from hemoflow.reports.exports import table_rows
from hemoflow.reports.findings import Findings
from hemoflow.store import ModelRecord, WhatIf
from models.fairness import warnings
from tasks.progress import is_own_run

ROW_LIMIT = 100
"""Larger tables stall the server: one of 100,000 rows made it answer with 71 MB."""


def show_papers(found: Findings, brief: str, folder: Path, cockpit_url: str) -> None:
    """Show brief, stock, order list, allocation and worklist counts, and key figures, under stable keys."""
    where = f"\n\nPapers with patients, under pseudonyms, are in `{folder.name}/publication` of the home folder.\n"
    if cockpit_url:
        where += f"\nLook closer, change and approve: [cockpit]({cockpit_url}/today?run={folder.name})\n"
    show_text("daily-brief", brief + where, "Brief of the day")
    show_table("stock-status", found.stock_status, "Days of stock by blood group")
    show_table("order-list", found.orders, "What to order for tomorrow, with the arithmetic")
    show_table("key-figures", found.kpis, "Key figures with their formulas and targets")
    lines = found.allocations.groupby(["match_class", "status"]).size().reset_index(name="lines")
    show_table("allocation-plan", lines, "Proposed units, counted by match; the pick list is in the run's folder")


def show_table(key: str, frame: pd.DataFrame, meaning: str) -> None:
    """Show a frame without patients as a table artifact; a backfill's past days would hide the latest of each key."""
    if is_own_run():
        create_table_artifact(key=key, table=table_rows(frame, ROW_LIMIT), description=meaning)


def show_text(key: str, markdown: str, meaning: str) -> None:
    """Show a text without patients as a markdown artifact."""
    if is_own_run():
        create_markdown_artifact(key=key, markdown=markdown, description=meaning)


def show_ingest_report(report: pd.DataFrame, quarantine: pd.DataFrame) -> None:
    """Show what was loaded, and the faults of the rows that were not."""
    show_table("ingest-report", report, "Rows read, loaded, put aside and left out as duplicates")
    faults = quarantine[["source", "table_name", "file", "row_number", "field", "reason", "remedy"]]
    show_table("quarantine", faults, "Faults of rows put aside")


def show_difference(trial: WhatIf) -> None:
    """Show what a trial would change, beside the plan that it started from."""
    found = [rows for name, rows in trial.difference.items() if name != "run_id"]
    lines = [line for rows in found for line in readable(rows, {})]
    said = ", ".join(f"{key}={value}" for key, value in trial.changes.items())
    frame = pd.DataFrame(lines, columns=list(Line._fields))
    show_table("what-if", frame, f"{trial.what_if_id}: {trial.run_id} with {said}; not a plan until somebody adopts it")


TOLD = {
    "lateness": ("ingest-lateness", "Hours from the event to the arrival of its row: half, 95 of 100, all"),
    "schema_drift": ("schema-drift", "Columns that differ from the load before"),
    "source_notes": ("ingest-notes", "What was mended, and what concerns no single row"),
}
"""What loads tell to the key and the meaning of its artifact."""


def show_told(told: Mapping[str, pd.DataFrame]) -> None:
    """Show what loads told of themselves; a table without rows is shown too, so that yesterday's does not stand."""
    for name, frame in told.items():
        show_table(TOLD[name][0], frame, TOLD[name][1])


def show_model(record: ModelRecord, fairness: Sequence[Mapping[str, Any]]) -> None:
    """Show a new model's card with the decision on it, its figures by group, and a warning where a gap is too wide."""
    card = (record.folder / "card.md").read_text(encoding="utf-8")
    show_text("need-model", card, f"Need model {'promoted' if record.is_promoted else 'kept as a candidate'}")
    if fairness:
        table = pd.DataFrame(fairness)
        show_table("fairness", table, "Figures of the need model by group of patients, out of sample")
        told = warnings(table)
        said = "\n".join(f"* **Warning:** {words}" for words in told) or "No gap is beyond the policy."
        show_text("fairness-warnings", f"# Need model {record.model_id} by group\n\n{said}\n", "Gaps beyond the policy")
