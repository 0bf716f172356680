"""The past with one thing different: what a trial of a day sees instead of what was known.

This is not a stage. It stands between the past and the stages, so that a trial runs through exactly the stages of the
daily run.
"""

from dataclasses import dataclass
from datetime import timedelta
from math import ceil

import pandas as pd

from hemoflow.asof.engine import View
from hemoflow.domain.changes import Changes
from hemoflow.domain.policy import Supply
from hemoflow.reports.stock import daily_demand
from hemoflow.schemas.frames import conform
from hemoflow.schemas.supply import STOCK


@dataclass(frozen=True)
class Hypothesis(View):
    """Questions at one cut, answered as if the changes were true."""

    changes: Changes
    supply: Supply

    def stock(self) -> pd.DataFrame:
        """Units in the house, with those that the changes add and without those that they take."""
        units = super().stock()
        day = self.engine.cut_at.astimezone(self.engine.zone).date()
        for group, more in self._more_units(units):
            units = changed_stock(units, group, more, pd.Timestamp(day), self.supply)
        return conform(units, STOCK)

    def capacity(self) -> pd.DataFrame:
        """What teams can do, as the changes would have it."""
        frame = super().capacity()
        for resource, how, number in self.changes.capacity:
            mine = frame["resource"] == resource
            minutes = frame["available_minutes"].astype("float64")
            changed = (minutes * number if how == "*" else minutes * 0 + number).round().astype("Int64")
            frame["available_minutes"] = frame["available_minutes"].mask(mine, changed)
        return frame

    def _more_units(self, units: pd.DataFrame) -> list[tuple[str, int]]:
        found = list(self.changes.stock)
        if self.changes.phase:
            day = self.engine.cut_at.astimezone(self.engine.zone).date()
            use = daily_demand(self.issue_history(self.supply.history_days), self.supply.history_days, as_of=day)
            free = _free(units, self.supply.component)["blood_group"].value_counts()
            for group, phase in self.changes.phase:
                found.append((group, units_of(phase, float(use[group]), self.supply) - int(free.get(group, 0))))
        return found


def units_of(phase: str, daily_units: float, supply: Supply) -> int:
    """Free units of a group in a phase: just under the alert (red), under the target (amber), at the target (green)."""
    alert, target = (ceil(days * daily_units) for days in (supply.alert_days_of_stock, supply.target_days_of_stock))
    return max(0, {"red": alert - 1, "amber": target - 1, "green": target}[phase])


def changed_stock(units: pd.DataFrame, group: str, more: int, day: pd.Timestamp, supply: Supply) -> pd.DataFrame:
    """Stock with free units of a group added, or taken away: those that last longest, which is the worse case.

    Args:
        units: Frame STOCK.
        group: ABO/RhD group.
        more: Units to add; negative takes away, at most what is free.
        day: The run's day.
        supply: Policy section.
    """
    mine = _free(units, supply.component)
    mine = mine[mine["blood_group"] == group].sort_values(["outdate_on", "unit_id"], ascending=False)
    if more <= 0:
        return units.drop(mine.index[:-more])
    added = pd.DataFrame(
        {
            "unit_id": [f"what-if-{group}-{number:04d}" for number in range(1, more + 1)],
            "component": supply.component,
            "blood_group": group,
            "collected_on": day - timedelta(days=supply.shelf_life_days // 2),
            "outdate_on": day + timedelta(days=supply.shelf_life_days - supply.shelf_life_days // 2 - 1),
            "site_id": units["site_id"].mode().iloc[0] if len(units) else "what-if",
            "is_irradiated": False,
            "state": "available",
            "reserved_request_id": None,
        }
    )
    rest = [name for name in units.columns if name not in added.columns]
    added[rest] = None
    return pd.concat([units, added[list(units.columns)].astype(units.dtypes.to_dict())], ignore_index=True)


def _free(units: pd.DataFrame, component: str) -> pd.DataFrame:
    return units[(units["state"] == "available") & (units["component"] == component)]
