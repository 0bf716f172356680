"""Names and days of flow runs: a run is named by its logical day, not by the hour at which it happened to start."""

from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from prefect import runtime

from hemoflow.domain.policy import load_policy


def logical_day(as_of: date | None, policy: str) -> date:
    """The day given, else the day on which the run was scheduled in the policy's time zone."""
    if as_of is not None:
        return as_of
    zone = ZoneInfo(load_policy(policy).clock.time_zone)
    scheduled: datetime = runtime.flow_run.scheduled_start_time
    return scheduled.astimezone(zone).date()


def minute_name(flow: str) -> Callable[[], str]:
    """A namer for what happens many times a day: the flow and the minute for which it was asked, UTC."""
    return lambda: f"{flow}-{runtime.flow_run.scheduled_start_time:%Y-%m-%d-%H%M}"


def run_name(flow: str) -> Callable[[], str]:
    """A namer for ``flow_run_name``: the flow and its logical day or days."""

    def name() -> str:
        given = runtime.flow_run.parameters
        days = [given[key] for key in ("as_of", "start", "end") if given.get(key)]
        scheduled = [] if days else [logical_day(None, given["policy"])]
        return "-".join([flow, *(str(day)[:10] for day in [*days, *scheduled])])

    return name
