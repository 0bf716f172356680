"""What is told about each load of a source, beside its counts and its faults."""

import pandas as pd

from hemoflow.schemas.columns import count, measure, text
from hemoflow.schemas.frames import conform, empty
from hemoflow.schemas.table import Layout

LATENESS = Layout(
    "lateness",
    "How long after it happened a row of one table of one source was known.",
    {
        "source": text("Source."),
        "table_name": text("Canonical table."),
        "rows": count("Rows with both times."),
        "median_hours": measure("Half of the rows were known within this many hours."),
        "p95_hours": measure("95 of 100 rows were."),
        "latest_hours": measure("All rows were."),
    },
    ("source", "table_name"),
)

SOURCE_COLUMNS = Layout(
    "source_columns",
    "A column of a source's file as it was found.",
    {
        "source": text("Source."),
        "file": text("File, without the parts of its name that change from delivery to delivery."),
        "column_name": text("Name of the column; words that could name a person are masked, ``~3`` is its place."),
        "kind": text("What stands in it.", choices=["text", "number", "day", "instant", "empty", "not read"]),
    },
    ("source", "file", "column_name"),
)

SCHEMA_DRIFT = Layout(
    "schema_drift",
    "How a column differs from the load of this source before.",
    {
        "source": text("Source."),
        "file": text("File."),
        "column_name": text("Column."),
        "change": text("What changed.", choices=["new", "missing", "type"]),
        "before": text("What stood in it before.", missing=True),
        "now": text("What stands in it now.", missing=True),
    },
    ("source", "file", "column_name"),
)

SOURCE_NOTES = Layout(
    "source_notes",
    "A sentence about a load that concerns no single row.",
    {
        "source": text("Source."),
        "number": count("Its place."),
        "note": text("The sentence."),
    },
    ("source", "number"),
)

TOLD = {layout.name: layout for layout in (LATENESS, SOURCE_COLUMNS, SCHEMA_DRIFT, SOURCE_NOTES)}
"""What a load may tell of itself, by name."""

UNTOLD = frozenset({"empty", "not read"})
"""Kinds that say nothing, so that no change is told of them."""


def drift(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """What changed between two loads of a source: columns new or missing in a file that both have, and other types.

    Args:
        before: Frame SOURCE_COLUMNS of the load before; without rows nothing can have changed.
        now: Frame SOURCE_COLUMNS of this load.

    Returns:
        Frame SCHEMA_DRIFT.
    """
    if before.empty or now.empty:
        return empty(SCHEMA_DRIFT)
    files = set(before["file"]) & set(now["file"])
    sides = [frame.loc[frame["file"].isin(files), ["file", "column_name", "kind"]] for frame in (before, now)]
    both = sides[0].merge(sides[1], on=["file", "column_name"], how="outer", suffixes=("_before", "_now"))
    is_new, is_missing = both["kind_before"].isna(), both["kind_now"].isna()
    is_other = both["kind_before"] != both["kind_now"]
    is_told = ~both["kind_before"].isin(UNTOLD) & ~both["kind_now"].isin(UNTOLD)
    change = pd.Series("type", index=both.index).mask(is_new, "new").mask(is_missing, "missing")
    found = both.assign(change=change, source=now["source"].iloc[0], before=both["kind_before"], now=both["kind_now"])
    return conform(found[is_new | is_missing | (is_other.fillna(value=False) & is_told)], SCHEMA_DRIFT)
