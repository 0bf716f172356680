"""Shortage mode: which requests go on, which may wait, and how many units each lever would free.

A reading aid for the people who decide. Very urgent requests and patients of the first tier are never among those who
may wait (domain rules 9 and 10), and nothing here changes a plan.
"""

import math
from datetime import date

import pandas as pd

from hemoflow.domain.blood_groups import BloodGroup, is_compatible
from hemoflow.domain.requests import ShortageTier, Urgency
from hemoflow.schemas.canonical import GROUPS

PHASES = {
    "amber": (ShortageTier.THIRD,),
    "red": (ShortageTier.SECOND, ShortageTier.THIRD),
}
"""Tiers whose not urgent requests may wait in a phase (UK Amber: categories 1 and 2 go on; red: 1 only)."""
BY, SUMS = ("supply_blood_group", "urgency", "shortage_tier"), ("open_units", "reserved_units")
"""How shortage mode wants the frame OPEN_REQUESTS counted."""
LEVERS = {
    "waiting_units": "May wait in this phase",
    "held_units": "of these reserved, could be released",
    "quarantine_units": "In quarantine, once cleared",
    "substitute_units": "Compatible units of others above their target",
    "external_units": "From outside, already in the plan",
    "outdated_units": "Left to outdate in the plan",
}
"""What people can do in a shortage, as columns of :func:`levers`."""


def may_wait(as_of: date) -> tuple[tuple[str, str, int | date], ...]:
    """What a request must have to be allowed to wait: columns of OPEN_REQUESTS, compared with values.

    It is not urgent, it is not of the first tier, and its last day lies ahead.
    """
    return (
        ("urgency", "=", int(Urgency.NOT_URGENT)), ("shortage_tier", "<>", int(ShortageTier.FIRST)),
        ("due_on", ">", as_of),
    )  # fmt: skip


def deferrable(requests: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """Open requests with ``slack_days`` and ``may_wait``, as :func:`may_wait` has it, in the order given.

    Args:
        requests: Frame OPEN_REQUESTS.
        as_of: The run's day.
    """
    slack = (requests["due_on"] - pd.Timestamp(as_of)).dt.days
    waits = (requests["urgency"] == int(Urgency.NOT_URGENT)) & (requests["shortage_tier"] != int(ShortageTier.FIRST))
    return requests.assign(slack_days=slack, may_wait=waits & (slack > 0))


def triage(requests: pd.DataFrame, phase: str) -> pd.DataFrame:
    """Open units by tier and urgency that go on and that wait in a phase.

    Args:
        requests: Open requests by :data:`BY`: how many (``rows``), and sums of :data:`SUMS`.
        phase: ``amber`` or ``red``.

    Returns:
        ``shortage_tier, urgency, requests, open_units, waits``.
    """
    table = requests.groupby(["shortage_tier", "urgency"])[["rows", "open_units"]].sum().reset_index()
    return table.rename(columns={"rows": "requests"}).assign(waits=_waits(table, phase))


def levers(requests: pd.DataFrame, plan_days: pd.DataFrame, status: pd.DataFrame, phase: str) -> pd.DataFrame:
    """What each lever would free or bring, in units, a row a blood group; the levers of two groups may share units.

    Args:
        requests: Open requests as in :func:`triage`.
        plan_days: Frame PLAN_DAYS.
        status: Frame STOCK_STATUS.
        phase: ``amber`` or ``red``.

    Returns:
        ``blood_group``, ``lacking_units`` (to the target) and the columns of :data:`LEVERS`.
    """
    waiting = requests[_waits(requests, phase)].groupby("supply_blood_group")[list(SUMS)].sum()
    planned = plan_days.groupby("blood_group")[["external_units", "outdated_units"]].sum()
    free, wanted = _free_and_wanted(status)
    table = pd.DataFrame(
        {
            "lacking_units": (wanted - free).clip(lower=0),
            "waiting_units": waiting["open_units"],
            "held_units": waiting["reserved_units"],
            "quarantine_units": status.set_index("blood_group")["quarantine_units"],
            "substitute_units": _substitutes((free - wanted).clip(lower=0)),
            **{name: planned[name] for name in planned},
        },
        index=pd.Index(GROUPS, name="blood_group"),
    )
    return table.fillna(0).astype("int64").reset_index()


def _waits(requests: pd.DataFrame, phase: str) -> pd.Series:
    """Which requests may wait in a phase: not urgent ones of its tiers."""
    tiers = [int(tier) for tier in PHASES[phase]]
    return requests["shortage_tier"].isin(tiers) & (requests["urgency"] == int(Urgency.NOT_URGENT))


def _free_and_wanted(status: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Free units, and the units that the target stands for, by group."""
    rows = status.set_index("blood_group")
    wanted = rows["target_days"] * rows["average_daily_demand_units"]
    return rows["available_units"].astype("float64"), wanted.map(math.ceil).astype("float64")


def _substitutes(spare: pd.Series) -> pd.Series:
    """Spare units of other groups that a group may get; O-negative ones are kept for those who need them."""
    given = {
        name: sum(
            units for donor, units in spare.items()
            if donor not in {name, "O-"} and is_compatible(BloodGroup(str(donor)), BloodGroup(name))
        )
        for name in GROUPS
    }  # fmt: skip
    return pd.Series(given, dtype="float64")
