"""CDM tables at the border: identifiers as whole numbers in text, a day where the time of day is missing."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd

from hemoflow.connectors.blocks import RowTest
from hemoflow.connectors.cohort import LAST_DAY, Cohort
from hemoflow.connectors.intake import Intake
from hemoflow.connectors.omop.database import Database
from hemoflow.connectors.reading import RawRows, found_table, no_rows, read_rows, with_whole_numbers

Place = Path | Database
"""A folder of CSV files or a database."""

SOURCE = "omop-cdm"
NO_CONCEPT = "0"
WHOLE = re.compile(r"-?\d+(\.0+)?")


def read_table(
    folder: Place,
    name: str,
    columns: Sequence[str],
    where: Mapping[str, RowTest] | None = None,
    *,
    required: bool = False,
    optional: Sequence[str] = (),
) -> RawRows:
    """Read a CDM table; no rows when an optional one has no file.

    Columns whose name ends in ``_id`` lose the ``.0`` that data frames write, and words for a missing number. A
    missing ``_datetime`` is filled with the day of its ``_date``. Optional columns may be absent from the table.

    Raises:
        InputError: A required table has no file, or the file is unusable.
    """
    if isinstance(folder, Path):
        raw = read_rows(folder, name, columns, where, optional=optional, required=required)
    elif required or has_table(folder, name):
        raw = folder.rows(name, columns, where or {}, optional)
    else:
        raw = no_rows(f"{name}.csv", [*columns, *optional])
    whole = with_whole_numbers(raw, [column for column in (*columns, *optional) if column.endswith("_id")])
    dates = [column for column in columns if column.endswith("_datetime")]
    filled = {column: whole.frame[column].fillna(whole.frame[column.removesuffix("time")]) for column in dates}
    return replace(whole, frame=whole.frame.assign(**filled))


def has_table(folder: Place, name: str) -> bool:
    """Whether there is a CDM table of this name."""
    return found_table(folder, name) is not None if isinstance(folder, Path) else folder.has(name)


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
    """A test for :func:`read_table`: the column holds one of the identifiers, or nothing that could be one.

    The latter are faults: the columns may be swapped.
    """
    return lambda text: text.removesuffix(".0") in identifiers or not WHOLE.fullmatch(text)


def released_on(folder: Place) -> date:
    """The day on which the delivery says it was made; 2099-12-31 where it does not say."""
    frame = read_table(folder, "CDM_SOURCE", ["cdm_release_date"]).frame
    days = pd.to_datetime(frame["cdm_release_date"].str[:10], format="%Y-%m-%d", errors="coerce").dropna()
    return days.max().date() if len(days) else LAST_DAY
