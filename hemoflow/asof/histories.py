"""Daily histories in which every day and group is present, for a day without any is information too."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import pandas as pd

from hemoflow.asof.supply import supply_groups
from hemoflow.asof.visible import Engine
from hemoflow.domain.blood_groups import BloodGroup
from hemoflow.domain.requests import Urgency
from hemoflow.domain.units import Component
from hemoflow.schemas.columns import DAY

GROUPS = [str(group) for group in BloodGroup]
Levels = Mapping[str, list[str] | list[int]]
PROGRAMMES = ["background", "chronic", "inpatient"]


def requests(engine: Engine, days: int, component: Component) -> pd.DataFrame:
    """Units asked for by day, group to supply, urgency and programme."""
    asked = _ask(engine, "request_history", days, component)
    asked = asked.assign(blood_group=supply_groups(asked))
    classes = sorted({int(urgency) for urgency in Urgency} | set(asked["urgency"].astype(int)))
    levels: Levels = {"blood_group": GROUPS, "urgency": classes, "programme": PROGRAMMES}
    return _complete(asked, "request_on", _days(engine, days), levels, ["requested_units"])


def request_sites(engine: Engine, days: int, component: Component) -> pd.DataFrame:
    """Units asked for by site and urgency over the days."""
    asked = _ask(engine, "request_sites", days, component)
    kinds = {"site_id": "string", "urgency": "Int64", "requested_units": "Int64"}
    return asked.astype(kinds).sort_values(["site_id", "urgency"], ignore_index=True)


def donations(engine: Engine, days: int, component: Component) -> pd.DataFrame:
    """Units donated by day and group."""
    given = _ask(engine, "donation_history", days, component)
    return _complete(given, "donated_on", _days(engine, days), {"blood_group": GROUPS}, ["donated_units"])


def issues(engine: Engine, days: int, component: Component) -> pd.DataFrame:
    """Units issued, outdated and discarded by day and group."""
    left = _ask(engine, "issue_history", days, component)
    counts = ["issued_units", "outdated_units", "discarded_units"]
    return _complete(left, "issue_on", _days(engine, days), {"blood_group": GROUPS}, counts)


def _days(engine: Engine, days: int) -> list[date]:
    """The last full local days before the cut's own day, which is still running."""
    return [engine.cut_on - timedelta(days=n) for n in range(days, 0, -1)]


def _ask(engine: Engine, question: str, days: int, component: Component) -> pd.DataFrame:
    span = _days(engine, days)
    return engine.ask(question, component=str(component), first_on=span[0], last_on=span[-1])


def _complete(rows: pd.DataFrame, day: str, days: Sequence[date], levels: Levels, counts: list[str]) -> pd.DataFrame:
    keys = [day, *levels]
    grid = pd.MultiIndex.from_product([pd.to_datetime(list(days)), *levels.values()], names=keys)
    sums = rows.groupby(keys, observed=True)[counts].sum()
    sums.index = pd.MultiIndex.from_tuples(list(sums.index), names=keys)
    dense = sums.reindex(grid, fill_value=0).reset_index()
    kinds = {day: DAY, "blood_group": "string", "programme": "string", "urgency": "Int64"}
    return dense.astype({name: kinds.get(name, "Int64") for name in dense.columns})
