"""What a load tells of itself: how late its rows were known, which columns its files had, and sentences."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import pandas as pd

from hemoflow.connectors.reading import Loaded, RawRows
from hemoflow.schemas.canonical import VALID_TIME
from hemoflow.schemas.frames import conform, empty
from hemoflow.schemas.ingest import LATENESS, SCHEMA_DRIFT, SOURCE_COLUMNS, SOURCE_NOTES, UNTOLD, drift

SECONDS = 3600
SAMPLE = 1000
MOST_ODD = 0.05
"""Share of values that may differ from the rest without changing a column's kind: a few broken rows are no drift."""

KINDS = {
    "number": r"[-+]?\d*\.?\d+(?:[eE][-+]?\d+)?",
    "day": r"\d{4}-\d{2}-\d{2}",
    "instant": r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}.*",
}
ENDING = re.compile(r"(?i)(\.(csv|ndjson|json|xlsx|xlsm|hl7|oru|txt|gz))+$")
CHANGING = re.compile(r"[-_. ]*\d[\d\-_.T:Z ]*$")
"""What changes in the names of files from one delivery to the next: dates and numbers at the end."""


def told(
    found: Loaded, source: str, before: pd.DataFrame, written: Mapping[str, Path] | None = None
) -> dict[str, pd.DataFrame]:
    """All that a load tells, by the name of the layout.

    Args:
        found: What the source gave.
        source: The name that it is kept under.
        before: Frame SOURCE_COLUMNS of the load before.
        written: The Parquet files of the tables that wrote themselves.
    """
    return {
        LATENESS.name: lateness(found, source, written or {}),
        SOURCE_COLUMNS.name: found.columns,
        SCHEMA_DRIFT.name: drift(before, found.columns),
        SOURCE_NOTES.name: sentences(found, source),
    }


def lateness(found: Loaded, source: str, written: Mapping[str, Path]) -> pd.DataFrame:
    """How long after they happened the rows of each table were known: a frame of ``LATENESS``."""
    rows = []
    for table, column in VALID_TIME.items():
        if table in found.frames and len(found.frames[table]):
            figures = _hours(found.frames[table], column)
        elif table in written:
            figures = _hours_on_disk(written[table], column)
        else:
            continue
        rows.append({"source": source, "table_name": table, **figures})
    made = conform(pd.DataFrame(rows), LATENESS) if rows else empty(LATENESS)
    return made[made["rows"] > 0].reset_index(drop=True)


def _hours(frame: pd.DataFrame, column: str) -> dict[str, object]:
    happened = frame[column] if frame[column].dt.tz is not None else frame[column].dt.tz_localize("UTC")
    hours = (frame["available_at"] - happened).dt.total_seconds().dropna() / SECONDS
    quantiles = {"median_hours": hours.median(), "p95_hours": hours.quantile(0.95), "latest_hours": hours.max()}
    return {"rows": len(hours), **quantiles}


def _hours_on_disk(path: Path, column: str) -> dict[str, object]:
    """The same of a table that need not fit into memory; its quantiles are near, not exact."""
    with duckdb.connect(":memory:", config={"threads": "1"}) as connection:
        connection.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
        hours = f"epoch(available_at) - epoch(CAST({column} AS TIMESTAMP))"
        found = connection.execute(
            "SELECT count(hours), round(approx_quantile(hours, 0.5), 3), round(approx_quantile(hours, 0.95), 3), "
            "max(hours) "
            f"FROM (SELECT ({hours}) / {SECONDS} AS hours FROM read_parquet(?))",
            [str(path)],
        ).fetchall()[0]
    return dict(zip(("rows", "median_hours", "p95_hours", "latest_hours"), found, strict=True))


def sentences(found: Loaded, source: str) -> pd.DataFrame:
    """The notes of a load: a frame of ``SOURCE_NOTES``."""
    rows = [{"source": source, "number": place, "note": note} for place, note in enumerate(found.notes, start=1)]
    return conform(pd.DataFrame(rows), SOURCE_NOTES) if rows else empty(SOURCE_NOTES)


def columns_of(raw: RawRows) -> dict[tuple[str, str], str]:
    """The columns that a file had and what stood in them, by the constant part of its name and their name."""
    file = CHANGING.sub("", ENDING.sub("", raw.file)) or ENDING.sub("", raw.file)
    kinds = {str(name): kind_of(raw.frame[name]) for name in raw.frame.columns}
    told = raw.header or [name for name, kind in kinds.items() if kind != "empty"]
    return {(file, name): kinds.get(name, "not read") for name in told if name}


def joined_columns(source: str, found: Sequence[Mapping[tuple[str, str], str]]) -> pd.DataFrame:
    """The columns of all files: a frame of ``SOURCE_COLUMNS``; of a column read twice, the kind that says something."""
    kinds: dict[tuple[str, str], str] = {}
    for columns in found:
        kinds |= {name: kind for name, kind in columns.items() if kinds.get(name, "not read") in UNTOLD}
    rows = [{"source": source, "file": file, "column_name": name, "kind": kind} for (file, name), kind in kinds.items()]
    return conform(pd.DataFrame(rows), SOURCE_COLUMNS) if rows else empty(SOURCE_COLUMNS)


def kind_of(texts: pd.Series) -> str:
    """What nearly all values of a column of text are, judged by the first thousand."""
    values = texts.head(SAMPLE).dropna()
    if values.empty:
        return "empty"
    fits = (kind for kind, shape in KINDS.items() if values.str.fullmatch(shape).mean() >= 1 - MOST_ODD)
    return next(fits, "text")
