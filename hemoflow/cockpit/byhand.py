"""Rows that stand otherwise now than the run wrote them, because of what people did since: one rule a result."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import pandas as pd

from hemoflow.reports.go_no_go import judged, newest_of
from hemoflow.store import lay_over

if TYPE_CHECKING:
    from hemoflow.cockpit.desk import Desk


def overridden(desk: "Desk", name: str) -> pd.DataFrame | None:
    """The rows of a result that somebody has changed, as they stand now; None without any."""
    changes = [change for change in desk.overrides if change.table == name]
    if not changes:
        return None
    keys = pd.DataFrame([change.key for change in changes]).drop_duplicates()
    rows = desk.filed(name, f"SEMI JOIN given USING ({', '.join(keys.columns)})", keys)
    units = [str(change.after) for change in changes if name == "allocations" and change.after]
    return lay_over(rows, changes, desk.among("stock", "unit_id", units))


def answered(desk: "Desk", name: str) -> pd.DataFrame | None:
    """Home visits, judged anew by the units that they have now and by what was confirmed of them."""
    if not desk.confirmations and not any(change.table == "allocations" for change in desk.overrides):
        return None
    visits = desk.filed(name, "")
    lines = desk.among("allocations", "patient_id", visits["patient_id"].tolist())
    return judged(visits, lines, newest_of(desk.confirmations))


STANDING: Mapping[str, Callable[["Desk", str], pd.DataFrame | None]] = {"go_no_go": answered}
"""Results whose rows follow from others; the rows of the rest change only where somebody changes them."""
