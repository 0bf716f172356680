"""Which critical tables are too old to plan with."""

import pandas as pd

CRITICAL_TABLES = ("patients", "requests", "unit_events")
"""Without these a run may describe the stock but must not plan (safety rule: stale critical source, status only)."""

LIVE_TABLES = ("requests", "unit_events")
"""Critical tables in which every day brings something; patients may well not change for a while."""


def stale_tables(freshness: pd.DataFrame) -> tuple[str, ...]:
    """Critical tables that are absent, or live ones of which no source has anything recent.

    Args:
        freshness: FRESHNESS rows at the cut.

    Returns:
        Names of tables, in the order of ``CRITICAL_TABLES``; empty means that a plan may be made.
    """
    present = freshness[freshness["rows"] > 0]
    fresh = present[~present["is_stale"].astype(bool)]
    return tuple(
        name
        for name in CRITICAL_TABLES
        if name not in set(present["table_name"]) or (name in LIVE_TABLES and name not in set(fresh["table_name"]))
    )
