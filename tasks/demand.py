"""Stage 4: demand and donations by day and blood group, with what they mean for days of stock.

A task belongs here when it turns patients' need and history into what the plan has to meet; keep the plan out.
"""

import pandas as pd
from prefect import task
from prefect.cache_policies import NO_CACHE

from hemoflow.domain.runs import RunRef
from hemoflow.reports.stock import daily_demand
from hemoflow.store import StageRef
from models.demand import (
    COMPARED_DAYS,
    demand_by_site,
    demand_scatter,
    forecast_demand,
    forecast_fan,
    forecast_supply,
    method_frame,
    new_courses,
    supply_courses,
    supply_scatter,
    total_donations,
    total_requests,
)
from tasks.day import Day, Output, open_day


@task(name="forecast-demand", cache_policy=NO_CACHE, persist_result=False)
def forecast(run: RunRef, features: StageRef, need: StageRef) -> StageRef:
    """Known requests, predicted need and history, summed by day, group, urgency and site; donations beside them."""
    with open_day(run) as day:
        return day.stage("demand", lambda: _forecast(day, features, need))


def _forecast(day: Day, features: StageRef, need: StageRef) -> Output:
    supply, as_of, days = day.policy.supply, day.run.as_of, day.policy.supply.history_days
    with day.view() as view:
        requests, donations, asked = (
            view.request_history(COMPARED_DAYS),
            view.donation_history(COMPARED_DAYS),
            view.request_sites(days),
        )
        used = daily_demand(view.issue_history(days), days, as_of=as_of)
    known = features.frame("open_requests")
    asked_total = total_requests(requests, supply, as_of=as_of)
    given_total = total_donations(donations, supply, as_of=as_of)
    demand = forecast_demand(
        known, need.frame("need"), need.frame("need_by_day"), requests, supply, as_of=as_of, total=asked_total
    )
    frames: dict[str, pd.DataFrame] = {
        "demand": demand,
        "supply_forecast": forecast_supply(donations, supply, as_of=as_of, total=given_total),
        "demand_methods": method_frame({"demand": asked_total, "donations": given_total}),
    }
    courses = new_courses(demand, demand_scatter(requests, supply, asked_total, as_of=as_of), as_of=as_of)
    given_scatter = supply_scatter(donations, supply, given_total, as_of=as_of)
    donated = supply_courses(frames["supply_forecast"], given_scatter, as_of=as_of)
    frames |= demand_by_site(demand, known, asked, courses, supply, as_of=as_of)
    stock = {"stock": features.frame("stock")}
    frames["stock_fan"] = forecast_fan({**frames, **stock}, courses, donated, used, supply, as_of=as_of)
    return Output(frames)
