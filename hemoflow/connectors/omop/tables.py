"""CDM tables at the border: identifiers as whole numbers in text, a day where the time of day is missing."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import pandas as pd

from hemoflow.connectors.blocks import RowTest, text_frame
from hemoflow.connectors.cohort import LAST_DAY, Cohort
from hemoflow.connectors.intake import Intake
from hemoflow.connectors.omop.database import Database
from hemoflow.connectors.reading import RawRows, found_table, read_rows

Place = Path | Database
"""A folder of CSV files or a database."""

SOURCE = "omop-cdm"
NO_CONCEPT = "0"
_NO_VALUE = r"(?i:nan|none|null|na|n/a)"


def read_table(
    folder: Place,
    name: str,
    columns: Sequence[str],
    where: Mapping[str, RowTest] | None = None,
    *,
    required: bool = False,
) -> RawRows:
    """Read a CDM table; no rows when an optional one has no file.

    Columns whose name ends in ``_id`` lose the ``.0`` that data frames write, and words for a missing number. A
    missing ``_datetime`` is filled with the day of its ``_date``.

    Raises:
        InputError: A required table has no file, or the file is unusable.
    """
    if isinstance(folder, Path):
        is_there = required or found_table(folder, name) is not None
        raw = read_rows(folder, name, columns, where) if is_there else _nothing(name, columns)
    else:
        raw = folder.rows(name, columns, where or {}) if required or folder.has(name) else _nothing(name, columns)
    frame = raw.frame
    for column in columns:
        if column.endswith("_id"):
            whole = frame[column].str.replace(r"\.0+$", "", regex=True)
            frame[column] = whole.mask(whole.str.fullmatch(_NO_VALUE).fillna(value=False).astype(bool))
        elif column.endswith("_datetime"):
            frame[column] = frame[column].fillna(frame[column.removesuffix("time")])
    return RawRows(raw.file, frame, raw.broken)


def intake_of(cohort: Cohort, table_name: str, raw: RawRows) -> Intake:
    """Rows for one canonical table; identifiers that are no whole numbers are rejected."""
    intake = cohort.intake(table_name, raw)
    check_identifiers(intake)
    return intake


def check_identifiers(intake: Intake) -> None:
    """Reject rows with an identifier that is no whole number: the columns may be swapped."""
    for column in intake.rows.columns:
        if column.endswith("_id"):
            text = intake.rows[column]
            is_whole = text.str.fullmatch(r"-?\d+").fillna(value=False).astype(bool)
            intake.reject(text.notna() & ~is_whole, column, "not a whole number")


def some_of(identifiers: Mapping[str, object]) -> RowTest:
    """A test for :func:`read_table`: the column holds one of the identifiers."""
    return lambda text: text.removesuffix(".0") in identifiers


def released_on(folder: Place) -> date:
    """The day on which the delivery says it was made; 2099-12-31 where it does not say."""
    frame = read_table(folder, "CDM_SOURCE", ["cdm_release_date"]).frame
    days = pd.to_datetime(frame["cdm_release_date"].str[:10], format="%Y-%m-%d", errors="coerce").dropna()
    return days.max().date() if len(days) else LAST_DAY


def _nothing(name: str, columns: Sequence[str]) -> RawRows:
    return RawRows(f"{name}.csv", text_frame(iter(()), columns, columns))
