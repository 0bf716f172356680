"""The daily run: from what is known at the cut to the papers that people act on."""

from datetime import date

from prefect import flow

from flows.naming import logical_day, run_name
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
    day = logical_day(as_of, policy)
    run = open_run(day, policy, seed)
    features = build_features(run)
    if run.is_status_only:
        return publish(run, features)
    need = predict_need(run, features)
    demand = forecast(run, features, need)
    routes = route_patients(run, features, need, demand)
    supply = assign_supply(run, features, demand)
    return publish(run, features, need, demand, routes, supply)
