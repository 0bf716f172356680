"""What a run shows in Prefect: aggregates only, because its open-source server has one password and no roles.

Rows about patients, even under pseudonyms, stay in the files of the run; the artifacts say where those are.
"""

import re

import pandas as pd
from hemoflow.reports.tables import table_rows
from hemoflow.store import ModelRecord
from prefect.artifacts import create_markdown_artifact, create_table_artifact

ROW_LIMIT = 100
"""Larger tables stall the server: 100,000 rows were answered with 71 MB."""


def show_table(name: str, frame: pd.DataFrame, meaning: str, *, limit: int = ROW_LIMIT) -> None:
    """Show a frame without patients as a table artifact with a stable key."""
    create_table_artifact(key=_key(name), table=table_rows(frame, limit), description=meaning)


def show_page(name: str, markdown: str, meaning: str) -> None:
    """Show a page of aggregates as a markdown artifact with a stable key."""
    create_markdown_artifact(key=_key(name), markdown=markdown, description=meaning)


def show_ingest_report(report: pd.DataFrame, quarantine: pd.DataFrame) -> None:
    """Show what was loaded, and the faults of the rows that were not."""
    show_table("ingest-report", report, "Rows read, loaded, put aside and left out as duplicates")
    faults = quarantine[["source", "table_name", "file", "row_number", "field", "reason", "remedy"]]
    show_table("quarantine", faults, "Faults of rows put aside")


def show_model(record: ModelRecord) -> None:
    """Show a promoted model's card."""
    show_page("need-model", (record.folder / "card.md").read_text(encoding="utf-8"), "Need model promoted")


def _key(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower())
