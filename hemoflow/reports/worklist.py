"""The worklist: everyone under care, with predicted need, proposed place and supply, joined in one row."""

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from hemoflow.reports.due import NO_LINES, line_counts
from hemoflow.reports.words import short_day
from hemoflow.schemas.frames import conform, empty
from hemoflow.schemas.published import WORKLIST
from hemoflow.schemas.routing import DEFERRALS

REFUSED = "A NOTE SAYS THAT TRANSFUSION IS REFUSED: ask the patient first. "
"""Stands before all else; the score does not know of it, so a need is never scored away by a refusal."""


def worklist(
    need: pd.DataFrame,
    routes: pd.DataFrame,
    open_requests: pd.DataFrame,
    allocations: pd.DataFrame,
    plan_days: pd.DataFrame,
    *,
    deferrals: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """One row for each patient under care, sorted by the key; pages show the most urgent first.

    The supply of a patient's open requests is ``unit proposed`` when every open unit has one, ``partly proposed`` when
    some have, else ``order external``, else ``needs review`` when a missing record stopped the choice, else ``later in
    plan``; without a plan (status only) it is ``no plan``, never a promise.

    Args:
        need: Frame NEED, one row for each patient under care.
        routes: Frame ROUTES, outpatients only.
        open_requests: Frame OPEN_REQUESTS; requests of other patients are left out.
        allocations: Frame ALLOCATIONS of today.
        plan_days: Frame PLAN_DAYS; empty when no plan was made.
        deferrals: Frame DEFERRALS; one that no longer holds asks for review, so that nobody waits in silence.

    Returns:
        Frame WORKLIST.
    """
    placed = routes[["patient_id", "route", "needs_review", "reason"]].rename(columns={"reason": "place_reason"})
    lines = line_counts(allocations, by="patient_id")
    rows = need.merge(placed, on="patient_id", how="left").merge(lines, on="patient_id", how="left").fillna(NO_LINES)
    rows["open_units"] = rows["patient_id"].map(open_requests.groupby("patient_id")["open_units"].sum()).fillna(0)
    is_refused = rows["is_transfusion_refused"].fillna(value=False).astype("boolean")
    deferrals = empty(DEFERRALS) if deferrals is None else deferrals
    lifted = rows["patient_id"].isin(deferrals.loc[deferrals["lifted_by"] != "", "patient_id"])
    rows["needs_review"] = (
        rows["needs_review"].astype("boolean").fillna(value=False) | (rows["review"] > 0) | is_refused | lifted
    )
    rows["supply_status"] = [_supply_status(row, has_plan=len(plan_days) > 0) for row in rows.to_dict("records")]
    waits = rows["patient_id"].map({row["patient_id"]: _waits(row) for row in deferrals.to_dict("records")}).fillna("")
    rows["reason"] = [
        (REFUSED if refused else "") + wait + _reason(words, place)
        for refused, wait, words, place in zip(is_refused, waits, rows["reason"], rows["place_reason"], strict=True)
    ]
    return conform(rows, WORKLIST)


def most_urgent_first(rows: pd.DataFrame) -> pd.DataFrame:
    """A worklist in the order in which it is read: open requests, then the more probable request."""
    keyed = rows.assign(has_request=rows["open_units"] > 0)
    by = ["has_request", "request_24h_probability", "expected_8d_units", "patient_id"]
    return keyed.sort_values(by, ascending=[False, False, False, True], ignore_index=True).drop(columns="has_request")


def _supply_status(row: Mapping[Hashable, int], *, has_plan: bool) -> str:
    if row["open_units"] == 0:
        return "no request"
    if not has_plan:
        return "no plan"
    if row["proposed"] > 0:
        return "unit proposed" if row["proposed"] >= row["open_units"] else "partly proposed"
    if row["external"] > 0:
        return "order external"
    return "needs review" if row["review"] > 0 else "later in plan"


def _waits(row: Mapping[Hashable, Any]) -> str:
    """In words, a visit that a person deferred."""
    said = f"from {short_day(row['from_on'])}: {row['cause']}"
    if row["lifted_by"]:
        return f"NO LONGER DEFERRED {said}; {row['lifted_by']}. "
    return f"Deferred {said}; to {short_day(row['until_on'])}. "


def _reason(need_words: str, place: str | None) -> str:
    return need_words if pd.isna(place) else f"{need_words}. Place: {place}"
