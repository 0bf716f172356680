"""What outdates soon, by group, against use: how likely it is that units outdate unused, and what to do about it."""

from datetime import date

import pandas as pd
from scipy.special import pdtr

from hemoflow.reports.headline import by_group
from hemoflow.schemas.canonical import GROUPS

WINDOWS = (3, 7, 14)
"""Days ahead that a laboratory looks at."""
LIKELY = 0.5
WORTH_A_LOOK = 0.1


def expiry_risk(stock: pd.DataFrame, status: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """One row a blood group: free units whose last day is near, and the chance that one of them outdates unused.

    Issued first in first out to their own group, units outdate unused when fewer are asked for by their last day than
    outdate by then. Use is taken as Poisson at the group's average daily demand; the day of the cut does not count.

    Args:
        stock: Free units of the frame STOCK by ``blood_group`` and ``outdate_on``; ``rows`` says how many.
        status: Frame STOCK_STATUS.
        as_of: The run's day.

    Returns:
        ``blood_group, outdating_3d_units, outdating_7d_units, outdating_14d_units, average_daily_demand_units,
        outdate_probability`` (largest of the windows) and ``suggestion``.
    """
    left = (stock["outdate_on"] - pd.Timestamp(as_of)).dt.days
    table = status.set_index("blood_group")[["average_daily_demand_units"]].reindex(GROUPS)
    for days in WINDOWS:
        near = stock[(left >= 0) & (left <= days)].groupby("blood_group")["rows"].sum()
        table[f"outdating_{days}d_units"] = near.reindex(GROUPS, fill_value=0)
    table["outdate_probability"] = [
        max(fewer_than(row[f"outdating_{days}d_units"], days * row["average_daily_demand_units"]) for days in WINDOWS)
        for row in table.fillna(0).to_dict("records")
    ]
    table["suggestion"] = [_suggestion(str(group), chance) for group, chance in table["outdate_probability"].items()]
    return by_group(table.reset_index())


def fewer_than(units: int, mean: float) -> float:
    """Chance that a Poisson count of a mean is below ``units``; 0 without units."""
    return float(pdtr(units - 1, max(mean, 0.0))) if units > 0 else 0.0


def _suggestion(group: str, chance: float) -> str:
    if chance < WORTH_A_LOOK:
        return "leave: use covers them"
    if group == "O-":
        return "offer to a site that uses more O-; other groups do not get them only because they outdate"
    return "offer to a site that uses more" if chance >= LIKELY else "issue first"
