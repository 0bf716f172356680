"""What a reader must know first: one sentence each, without patients."""

from collections.abc import Sequence

import pandas as pd

SYNTHETIC_SOURCE = "synthetic-region"
DEMONSTRATION = (
    "Demonstration region: real inpatients with moved dates and drawn blood groups, real donations thinned to the "
    "region, everything else made up."
)


def warnings(
    stale_tables: Sequence[str], stock_status: pd.DataFrame, allocations: pd.DataFrame, open_requests: pd.DataFrame
) -> tuple[str, ...]:
    """Warnings of a run, gravest first.

    Args:
        stale_tables: Critical tables that are missing or too old.
        stock_status: Frame STOCK_STATUS.
        allocations: Frame ALLOCATIONS, or the number of ``rows`` by match and status.
        open_requests: Frame OPEN_REQUESTS, or the number of ``rows`` by emergency rule.
    """
    red = stock_status.loc[stock_status["phase"] == "red", "blood_group"].tolist()
    outside = _rows(allocations, allocations["match_class"] == "external")
    review = _rows(allocations, allocations["status"] == "review")
    unknown = _rows(open_requests, open_requests["is_emergency_rule"])
    told = {
        f"No plan was made: missing or stale {', '.join(stale_tables)}.": bool(stale_tables),
        f"Below the alert level: {', '.join(red)}.": bool(red),
        f"{outside} units for open requests must come from outside today.": outside > 0,
        f"{review} requested units cannot be proposed until a missing record is found.": review > 0,
        f"{unknown} open requests have no blood group on record; the emergency rule applies.": unknown > 0,
    }
    return tuple(sentence for sentence, applies in told.items() if applies)


def _rows(frame: pd.DataFrame, which: "pd.Series[bool]") -> int:
    return int(frame.loc[which.astype(bool), "rows"].sum()) if "rows" in frame else int(which.sum())


def data_note(freshness: pd.DataFrame) -> str:
    """What the data are, where a reader could take them for a real region."""
    return DEMONSTRATION if SYNTHETIC_SOURCE in set(freshness["source"]) else ""
