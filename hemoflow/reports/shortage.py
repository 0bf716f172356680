"""Shortage mode: which requests go on, which may wait, and how many units each lever would free.

A reading aid for the people who decide. Very urgent requests and patients of the first tier are never among those who
may wait (domain rules 9 and 10), and nothing here changes a plan.
"""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from hemoflow.domain.requests import ShortageTier, Urgency

PHASES = {
    "amber": (ShortageTier.THIRD,),
    "red": (ShortageTier.SECOND, ShortageTier.THIRD),
}
"""Tiers whose not urgent requests may wait in a phase (UK Amber: categories 1 and 2 go on; red: 1 only)."""


@dataclass(frozen=True, slots=True)
class Lever:
    """Something that people can do in a shortage, and the units it would free."""

    words: str
    units: int


def deferrable(requests: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """Open requests with ``slack_days`` and ``may_wait``, the day's most pressing first.

    A request may wait while its deadline allows: it is not urgent, it is not of the first tier, and its last day lies
    ahead.

    Args:
        requests: Frame OPEN_REQUESTS.
        as_of: The run's day.
    """
    slack = (requests["due_on"] - pd.Timestamp(as_of)).dt.days
    waits = (requests["urgency"] == int(Urgency.NOT_URGENT)) & (requests["shortage_tier"] != ShortageTier.FIRST)
    table = requests.assign(slack_days=slack, may_wait=waits & (slack > 0))
    return table.sort_values(["slack_days", "urgency", "shortage_tier", "request_id"], ignore_index=True)


def triage(requests: pd.DataFrame, phase: str) -> pd.DataFrame:
    """Open units by tier and urgency that go on and that wait in a phase.

    Args:
        requests: Frame OPEN_REQUESTS.
        phase: ``amber`` or ``red``.

    Returns:
        ``shortage_tier, urgency, requests, open_units, waits``.
    """
    table = requests.groupby(["shortage_tier", "urgency"])["open_units"].agg(["size", "sum"]).reset_index()
    table = table.rename(columns={"size": "requests", "sum": "open_units"})
    waits = table["shortage_tier"].isin([int(tier) for tier in PHASES[phase]])
    return table.assign(waits=waits & (table["urgency"] == int(Urgency.NOT_URGENT)))


def levers(requests: pd.DataFrame, stock: pd.DataFrame, plan_days: pd.DataFrame, phase: str) -> list[Lever]:
    """What each lever would free or bring, in units.

    Args:
        requests: Frame OPEN_REQUESTS.
        stock: Frame STOCK.
        plan_days: Frame PLAN_DAYS.
        phase: ``amber`` or ``red``.
    """
    table = triage(requests, phase)
    reserved = stock[stock["state"] == "reserved"]["reserved_request_id"]
    waiting = requests["shortage_tier"].isin([int(tier) for tier in PHASES[phase]])
    waiting &= requests["urgency"] == int(Urgency.NOT_URGENT)
    held = int(reserved.isin(requests[waiting]["request_id"]).sum())
    return [
        Lever("Defer what may wait in this phase", int(table[table["waits"]]["open_units"].sum())),
        Lever("Of these, units already reserved that a person could release", held),
        Lever("Release quarantined units once cleared", int((stock["state"] == "quarantine").sum())),
        Lever("Units from outside that the plan already counts on", int(plan_days["external_units"].sum())),
        Lever("Units that the plan lets outdate", int(plan_days["outdated_units"].sum())),
    ]
