"""The daily run: from what is known at the cut to the papers that people act on."""

from collections.abc import Callable
from datetime import date
from typing import Any

from prefect import Task, flow

from flows.naming import logical_day, run_name
from hemoflow.domain.runs import RunRef
from tasks.assignment import assign_supply
from tasks.demand import forecast
from tasks.features import build_features
from tasks.ingest import load_sources, open_run
from tasks.need import predict_need
from tasks.publication import publish
from tasks.routing import route_patients


@flow(name="daily", flow_run_name=run_name("daily"), persist_result=False)
def daily(as_of: date | None = None, policy: str = "region_demo", seed: int = 1) -> str:
    """Plan one logical day and publish it as a draft for a person to approve.

    Args:
        as_of: The logical day. Left empty, the day on which the run was scheduled, in the site's time zone.
        policy: Policy profile: clinical and supply rules with their sources.
        seed: Seed of everything random; the same inputs, policy and seed give the same bytes.

    Returns:
        The identification of the run.
    """
    load_sources()
    return plan_day(open_run(logical_day(as_of, policy), policy, seed))


def in_order(stage: Task[..., Any], *given: Any) -> Any:  # noqa: ANN401 - whatever the stage takes and gives
    """Call a stage as a task of the flow under way."""
    return stage(*given)


def plan_day(run: RunRef, call: Callable[..., Any] = in_order) -> str:
    """The stages of a day, from what was known to the papers; a trial and a backfill run through the same ones.

    Args:
        run: The day's run.
        call: How a stage is called; without Prefect, by its own function.

    Returns:
        The identification of the run.
    """
    features = call(build_features, run)
    if run.is_status_only:
        return str(call(publish, run, features))
    need = call(predict_need, run, features)
    demand = call(forecast, run, features, need)
    routes = call(route_patients, run, features, need, demand)
    supply = call(assign_supply, run, features, demand)
    return str(call(publish, run, features, need, demand, routes, supply))
