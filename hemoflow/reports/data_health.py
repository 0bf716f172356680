"""Data health: one line a source, and the rows put aside with what to do about them."""

from collections.abc import Hashable
from typing import Any

import pandas as pd

REASONS_SHOWN = 6


def source_rows(freshness: pd.DataFrame, ingest_report: pd.DataFrame) -> list[dict[str, Any]]:
    """One row a source: rows seen, newest record, stale tables, rows put aside and repeats.

    Args:
        freshness: Frame FRESHNESS.
        ingest_report: Frame INGEST_REPORT.
    """
    rows = []
    for source in sorted({*freshness["source"], *ingest_report["source"]}):
        seen, read = (frame[frame["source"] == source] for frame in (freshness, ingest_report))
        stale = seen[seen["is_stale"]]
        rows.append(
            {
                "source": source,
                "rows": seen["rows"].sum(min_count=1),
                "latest_at": seen["latest_at"].max(),
                "age_hours": seen["age_hours"].min(),
                "stale": [name + (" (critical)" if is_critical else "") for name, is_critical in _names(stale)],
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


def _names(stale: pd.DataFrame) -> list[tuple[str, bool]]:
    return sorted(zip(stale["table_name"].astype(str), stale["is_critical"].astype(bool), strict=True))
