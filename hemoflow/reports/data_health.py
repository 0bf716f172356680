"""Data health: one line a source, and the rows put aside with what to do about them."""

from collections.abc import Hashable
from typing import Any

import pandas as pd

from hemoflow.reports.words import counted, listed, number

REASONS_SHOWN = 6


def source_rows(freshness: pd.DataFrame, ingest_report: pd.DataFrame) -> list[dict[str, Any]]:
    """One row a source: rows seen, newest record, stale critical tables, rows put aside and repeats.

    Args:
        freshness: Frame FRESHNESS.
        ingest_report: Frame INGEST_REPORT.
    """
    rows = []
    for source in sorted({*freshness["source"], *ingest_report["source"]}):
        seen, read = (frame[frame["source"] == source] for frame in (freshness, ingest_report))
        stale = seen.loc[seen["is_stale"] & seen["is_critical"], "table_name"]
        rows.append(
            {
                "source": source,
                "rows": seen["rows"].sum(min_count=1),
                "latest_at": seen["latest_at"].max(),
                "age_hours": seen["age_hours"].min(),
                "stale": sorted(stale.astype(str)),
                **{name: read[name].sum(min_count=1) for name in ("read_rows", "quarantined_rows", "duplicate_rows")},
            }
        )
    return rows


def reject_rows(quarantine: pd.DataFrame) -> tuple[list[dict[Hashable, Any]], int]:
    """The commonest faults of rows that were put aside, and how many faults the list leaves out.

    Args:
        quarantine: Frame QUARANTINE; values stay out, they may be personal.
    """
    by = ["source", "table_name", "field", "reason", "remedy"]
    faults = quarantine.groupby(by, as_index=False, dropna=False).size().rename(columns={"size": "faults"})
    ordered = faults.sort_values(["faults", *by], ascending=[False, *[True] * len(by)])
    shown = ordered.head(REASONS_SHOWN)
    return shown.to_dict("records"), int(faults["faults"].sum() - shown["faults"].sum())


def commonest_faults(quarantine: pd.DataFrame) -> pd.DataFrame:
    """One row for each fault of a field of a file: how many lines have it, the first of them, and what to do.

    Args:
        quarantine: Frame QUARANTINE; values stay out, they may be personal.
    """
    by = ["file", "field", "reason", "remedy"]
    faults = quarantine.groupby(by, as_index=False, dropna=False).agg(
        lines=("row_number", "size"), first_line=("row_number", "min")
    )
    ordered = faults.sort_values(["lines", *by], ascending=[False, *[True] * len(by)], ignore_index=True)
    return ordered[["file", "field", "reason", "lines", "first_line", "remedy"]]


def told_summary(lateness: pd.DataFrame, drift: pd.DataFrame, notes: pd.DataFrame) -> dict[str, Any]:
    """What loads told of themselves, for programs; it may stand beside the counts.

    Args:
        lateness: Frame LATENESS.
        drift: Frame SCHEMA_DRIFT.
        notes: Frame SOURCE_NOTES.

    Returns:
        ``{"lateness": {NAME: {"median_hours", "p95_hours", "latest_hours"}}, "drift": [...], "notes": [...]}``; of a
        table that several sources fill, the lateness of the latest.
    """
    figures = ["median_hours", "p95_hours", "latest_hours"]
    latest = lateness.sort_values("latest_hours").drop_duplicates("table_name", keep="last").sort_values("table_name")
    changes = drift.astype("object").where(drift.notna(), None).to_dict("records")
    return {
        "lateness": {
            str(row["table_name"]): {name: row[name] for name in figures} for row in latest.to_dict("records")
        },
        "drift": [{str(key): value for key, value in row.items()} for row in changes],
        "notes": [str(note) for note in notes["note"]],
    }


def failed_summary(reason: str) -> dict[str, dict[str, Any]]:
    """The summary of a source that cannot be used at all.

    Args:
        reason: Why, in a sentence.
    """
    return {"tables": {}, "reasons": {reason: 1}}


def ingest_summary(ingest_report: pd.DataFrame, quarantine: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """What became of the rows, for programs: counts by canonical table, and faults by reason, commonest first.

    Args:
        ingest_report: Frame INGEST_REPORT; the sources of a table are added up.
        quarantine: Frame QUARANTINE. A row with two faults counts under both reasons.

    Returns:
        ``{"tables": {NAME: {"read", "loaded", "quarantined", "duplicates"}}, "reasons": {REASON: N}}``.
    """
    counts = {"read_rows": "read", "loaded_rows": "loaded", "quarantined_rows": "quarantined"}
    counts["duplicate_rows"] = "duplicates"
    tables = ingest_report.groupby("table_name")[list(counts)].sum().rename(columns=counts).sort_index()
    reasons = quarantine.groupby("reason").size().sort_index().sort_values(ascending=False, kind="stable")
    return {
        "tables": {
            str(name): {str(key): int(n) for key, n in row.items()} for name, row in tables.to_dict("index").items()
        },
        "reasons": {str(reason): int(n) for reason, n in reasons.items()},
    }


def health_sentences(freshness: pd.DataFrame, ingest_report: pd.DataFrame) -> list[str]:
    """Whether a plan could be made, what else is old, and what became of the rows, a sentence each.

    Args:
        freshness: Frame FRESHNESS.
        ingest_report: Frame INGEST_REPORT.
    """
    stale = freshness[freshness["is_stale"]]
    grave, others = (stale[stale["is_critical"] == is_critical] for is_critical in (True, False))
    names = [f"{row.source} {row.table_name}" for row in grave.itertuples()]
    aside, read = int(ingest_report["quarantined_rows"].sum()), int(ingest_report["read_rows"].sum())
    return [
        f"Critical tables stale or missing: {listed(names)}." if names else "Every critical table is fresh.",
        f"{counted(len(others), 'other table')} stale." if len(others) else "No other table is stale.",
        f"{number(aside)} of {counted(read, 'row')} put aside at the last load.",
    ]
