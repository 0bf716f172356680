"""Questions about stock, open requests and the freshness of what arrived."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from hemoflow.asof.visible import Engine
from hemoflow.domain.blood_groups import BloodGroup, emergency_groups
from hemoflow.domain.requests import Urgency, due_on
from hemoflow.domain.units import Component
from hemoflow.schemas.columns import DAY
from hemoflow.schemas.frames import conform
from hemoflow.schemas.published import FRESHNESS
from hemoflow.schemas.supply import OPEN_REQUESTS, STOCK


def stock(engine: Engine) -> pd.DataFrame:
    """STOCK at the cut."""
    return conform(engine.ask("stock"), STOCK)


def stock_count(engine: Engine, component: Component) -> pd.DataFrame:
    """Free units of each of the eight groups at the cut."""
    counts = engine.ask("stock_count", component=str(component)).set_index("blood_group")["available_units"]
    groups = [str(group) for group in BloodGroup]
    return pd.DataFrame(
        {
            "blood_group": pd.Series(groups, dtype="string"),
            "available_units": counts.reindex(groups, fill_value=0).astype("Int64").to_numpy(),
        }
    ).astype({"available_units": "Int64"})


def open_requests(engine: Engine) -> pd.DataFrame:
    """OPEN_REQUESTS at the cut: the group to supply and the last day in time come from the domain's rules."""
    asked = engine.ask("open_requests")
    rows = zip(asked["requested_on"], asked["urgency"], strict=True)
    due = [due_on(day.date(), Urgency(urgency)) for day, urgency in rows]
    return conform(
        asked.assign(
            supply_blood_group=supply_groups(asked),
            is_emergency_rule=asked["patient_blood_group"].isna(),
            due_on=pd.Series(pd.to_datetime(due), dtype=DAY, index=asked.index),
        ),
        OPEN_REQUESTS,
    )


def supply_groups(patients: pd.DataFrame) -> pd.Series:
    """The group to supply: the patient's, or the first of the emergency rule where it is unknown.

    Args:
        patients: Columns ``patient_blood_group``, ``sex``, ``age_years`` (the least age possible), missing allowed.
    """
    unknown = patients[patients["patient_blood_group"].isna()]
    people = zip(unknown.index, unknown["sex"].astype(object), unknown["age_years"].astype(object), strict=True)
    rule = {row: str(emergency_groups(_known(sex), _known(age))[0]) for row, sex, age in people}
    return patients["patient_blood_group"].fillna(pd.Series(rule, dtype="string"))


def freshness(engine: Engine, critical: Sequence[str], stale_after_hours: int) -> pd.DataFrame:
    """FRESHNESS at the cut; a critical table that never arrived is listed with no rows."""
    engine.put("wanted", pd.DataFrame({"table_name": pd.Series(list(critical), dtype="string")}))
    return conform(engine.ask("freshness", stale_after_hours=stale_after_hours), FRESHNESS)


def _known(value: Any) -> Any:  # noqa: ANN401
    """A cell, with the several kinds of missing turned into None."""
    return None if pd.isna(value) else value
