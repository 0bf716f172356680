"""Stage 5: segments of outpatients, their rules, and who is proposed for home, clinic or hospital.

A task belongs here when it decides where a patient is cared for; keep which unit they get out.
"""

from prefect import task
from prefect.cache_policies import NO_CACHE

from hemoflow.domain.runs import RunRef
from hemoflow.store import StageRef
from models.routing import route
from models.segmentation import describe, segment
from tasks.day import Day, Output, open_day


@task(name="route-patients", cache_policy=NO_CACHE, persist_result=False)
def route_patients(run: RunRef, features: StageRef, need: StageRef) -> StageRef:
    """Segment outpatients, describe the segments, and route within the home team's capacity."""
    with open_day(run) as day:
        return day.stage("routing", lambda: _route(day, features, need))


def _route(day: Day, features: StageRef, need: StageRef) -> Output:
    policy, seed = day.policy, day.run.seed
    profiles = features.frame("outpatient_profiles")
    found = segment(profiles, policy.segmentation, policy.routing.uncertainty_margin, seed=seed)
    table, rules = describe(profiles, found.segments, policy.segmentation, seed=seed)
    with day.view() as view:
        capacity = view.capacity()
    routes = route(
        profiles, found.segments, rules, need.frame("need"), capacity, features.frame("open_requests"), policy.routing,
        as_of=day.run.as_of,
    )  # fmt: skip
    return Output(
        {"segments": found.segments, "segment_candidates": found.candidates, "segment_rules": table, "routes": routes}
    )
