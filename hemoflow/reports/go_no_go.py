"""The go/no-go list of the evening before: is everything there that tomorrow's home visits need?

Unit, sample, crossmatch, stability and transport; no source records more than the unit in advance, so people confirm
the rest. What nobody has confirmed is not there: an unknown never lets blood leave the house.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from io import StringIO
from typing import Any

import pandas as pd

from hemoflow.domain.decisions import Confirmation
from hemoflow.domain.errors import InputError
from hemoflow.domain.requests import Route
from hemoflow.reports.words import is_missing, short_day
from hemoflow.schemas.columns import DAY, FLAG
from hemoflow.schemas.frames import conform
from hemoflow.schemas.routing import GO_NO_GO

SAMPLE_DAYS = 3
"""A sample covers a transfusion for so many days in patients transfused in the last 3 months (BSH)."""

ANSWERS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
CONFIRMATIONS = {
    "patient_id": "string", "sample_taken_on": DAY, "is_stable": FLAG, "has_transport": FLAG, "is_crossmatched": FLAG,
}  # fmt: skip
"""What people confirm of a visit, and how it is held."""
FLAGS = [name for name, kind in CONFIRMATIONS.items() if kind == FLAG]


def go_no_go(
    slots: pd.DataFrame,
    need: pd.DataFrame,
    allocations: pd.DataFrame,
    confirmations: pd.DataFrame | None = None,
    *,
    as_of: date,
) -> pd.DataFrame:
    """Home visits of the next day that has any, each with what is there and what is lacking.

    Args:
        slots: Frame SLOTS.
        need: Frame NEED, for the blood groups.
        allocations: Frame ALLOCATIONS of today.
        confirmations: Columns of CONFIRMATIONS, one row a patient; missing values are not confirmed.
        as_of: The evening.

    Returns:
        Frame GO_NO_GO.
    """
    later = slots[(slots["place"] == Route.HOME) & (slots["slot_on"] > pd.Timestamp(as_of))]
    rows = later[later["slot_on"] == later["slot_on"].min()].rename(columns={"slot_on": "visit_on"})
    groups = need.set_index("patient_id")["blood_group"]
    rows = rows.assign(
        blood_group=rows["patient_id"].map(groups), sample_from_on=rows["visit_on"] - timedelta(days=SAMPLE_DAYS)
    )
    return judged(rows, allocations, confirmations if confirmations is not None else confirmation_frame([]))


def confirmation_frame(told: Sequence[Confirmation]) -> pd.DataFrame:
    """What people confirmed, oldest first, as columns of CONFIRMATIONS: the latest answer of each patient."""
    latest = {each.patient_id: {"patient_id": each.patient_id, **asdict(each.answers)} for each in told}
    return pd.DataFrame(list(latest.values()), columns=list(CONFIRMATIONS)).astype(CONFIRMATIONS)


def newest_of(told: Sequence[Confirmation], given: pd.DataFrame | None = None) -> pd.DataFrame:
    """Columns of CONFIRMATIONS: what the ledger tells, and in the place of it what is given now."""
    frames = [confirmation_frame(told), *([] if given is None else [given[list(CONFIRMATIONS)]])]
    return pd.concat(frames, ignore_index=True).drop_duplicates("patient_id", keep="last")


def judged(rows: pd.DataFrame, allocations: pd.DataFrame, given: pd.DataFrame) -> pd.DataFrame:
    """Visits of the list, judged by the units that they have and by what is confirmed now.

    Args:
        rows: Frame GO_NO_GO, or its columns about visits alone.
        allocations: Frame ALLOCATIONS of today, changes by hand included.
        given: Columns of CONFIRMATIONS.

    Returns:
        Frame GO_NO_GO.
    """
    units = allocations[allocations["unit_id"].notna() & (allocations["status"] != "review")]
    named = units.groupby("patient_id")["unit_id"].agg(lambda ids: ";".join(sorted(ids)))
    rows = rows.drop(columns=[name for name in FLAGS if name in rows])
    rows = rows.merge(given[list(CONFIRMATIONS)].astype(CONFIRMATIONS), on="patient_id", how="left")
    rows["assigned_units"] = rows["patient_id"].map(units.groupby("patient_id").size()).fillna(0)
    rows["unit_ids"] = rows["patient_id"].map(named).fillna("")
    taken = rows["sample_taken_on"]
    covers = (taken >= rows["sample_from_on"]) & (taken <= rows["visit_on"])
    rows["has_valid_sample"] = covers.astype("boolean").mask(taken.isna())
    rows["lacking"] = ["; ".join(_lacking(row)) for row in rows.to_dict("records")]
    return conform(rows.assign(is_go=rows["lacking"] == ""), GO_NO_GO)


def _lacking(row: Mapping[Hashable, Any]) -> list[str]:
    short = int(row["planned_units"] - row["assigned_units"])
    return [
        *([f"{short} unit{'s' * (short > 1)} not assigned"] if short > 0 else []),
        *([f"sample from {short_day(row['sample_from_on'])} on"] if not _is_yes(row["has_valid_sample"]) else []),
        *(["crossmatch not done"] if not _is_yes(row["is_crossmatched"]) else []),
        *(
            ["stability not confirmed" if is_missing(row["is_stable"]) else "not stable"]
            if not _is_yes(row["is_stable"])
            else []
        ),
        *(["transport not booked"] if not _is_yes(row["has_transport"]) else []),
    ]


def _is_yes(value: object) -> bool:
    return not is_missing(value) and bool(value)


def read_confirmations(text: str) -> pd.DataFrame:
    """What people confirmed, from CSV with the columns of CONFIRMATIONS; an empty cell or no column: not confirmed.

    Raises:
        InputError: No column names the patients, one is unknown, a patient occurs twice, or a value cannot be read; all
            are named.
    """
    rows = pd.read_csv(StringIO(text), dtype="string", skipinitialspace=True)
    wrong = [] if "patient_id" in rows else ["the column patient_id is missing"]
    wrong += [f"the column {name} is unknown" for name in rows if name not in CONFIRMATIONS]
    if not wrong:
        rows = rows.reindex(columns=list(CONFIRMATIONS)).astype("string")
        wrong += [f"line {n + 2}: the patient occurs again" for n in rows.index[rows["patient_id"].duplicated()]]
        wrong += [fault for name in CONFIRMATIONS if name != "patient_id" for fault in _unreadable(rows, name)]
    if wrong:
        raise InputError(
            f"The confirmations cannot be used: {'; '.join(wrong)}.",
            remedy=f"Columns: {', '.join(CONFIRMATIONS)}; days as 2024-10-31, yes or no.",
        )
    flags = {name: rows[name].str.lower().map(ANSWERS) for name in FLAGS}
    taken = pd.to_datetime(rows["sample_taken_on"], format="%Y-%m-%d")
    return rows.assign(sample_taken_on=taken, **flags).astype(CONFIRMATIONS)


def _unreadable(rows: pd.DataFrame, name: str) -> list[str]:
    given = rows[name].dropna()
    if name == "sample_taken_on":
        read = pd.to_datetime(given, format="%Y-%m-%d", errors="coerce")
    else:
        read = given.str.lower().map(ANSWERS)
    return [f"line {n + 2}: {name} '{given[n]}'" for n in given.index[read.isna()]]
