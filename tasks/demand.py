"""Stage 4: demand and donations by day and blood group.

A task belongs here when it turns patients' need and history into what the plan has to meet; keep the plan out.
"""

from prefect import task
from prefect.cache_policies import NO_CACHE

from hemoflow.domain.runs import RunRef
from hemoflow.store import StageRef
from models.demand import forecast_demand, forecast_supply
from tasks.day import Day, Output, open_day


@task(name="forecast-demand", cache_policy=NO_CACHE, persist_result=False)
def forecast(run: RunRef, features: StageRef, need: StageRef) -> StageRef:
    """Known requests, predicted need and history, summed by day, group and urgency; donations beside them."""
    with open_day(run) as day:
        return day.stage("demand", lambda: _forecast(day, features, need))


def _forecast(day: Day, features: StageRef, need: StageRef) -> Output:
    supply, as_of = day.policy.supply, day.run.as_of
    with day.view() as view:
        requests, donations = view.request_history(supply.history_days), view.donation_history(supply.history_days)
    demand = forecast_demand(
        features.frame("open_requests"), need.frame("need"), need.frame("need_by_day"), requests, supply, as_of=as_of
    )
    return Output({"demand": demand, "supply_forecast": forecast_supply(donations, supply, as_of=as_of)})
