"""Stage 5: segments of outpatients, their rules, and who is proposed for home, clinic or hospital.

A task belongs here when it decides where a patient is cared for; keep which unit they get out.
"""

from prefect import task
from prefect.cache_policies import NO_CACHE

from hemoflow.domain.runs import RunRef
from hemoflow.store import StageRef
from models.routing import assess
from models.routing.standing import standing
from models.routing.words import routes
from optimization.home.daily import plan_slots
from tasks.day import Day, Output, open_day
from tasks.segmentation import place_patients
from tasks.segments_page import day_page


@task(name="route-patients", cache_policy=NO_CACHE, persist_result=False)
def route_patients(run: RunRef, features: StageRef, need: StageRef, demand: StageRef) -> StageRef:
    """Place outpatients in the kept segments, judge the gates, and give slots of home teams and chairs."""
    with open_day(run) as day:
        return day.stage("routing", lambda: _route(day, features, need, demand))


def _route(day: Day, features: StageRef, need: StageRef, demand: StageRef) -> Output:
    policy, as_of = day.policy, day.run.as_of
    profiles = features.frame("outpatient_profiles")
    found = place_patients(day, profiles)
    with day.view() as view:
        capacity = view.capacity()
    known = assess(
        profiles, found.segments, need.frame("need"), features.frame("open_requests"), policy.routing, as_of=as_of,
        notes=features.frame("note_findings"), deferrals=features.frame("deferrals"),
    )  # fmt: skip
    others = demand.frame("demand").groupby("day_number")["other_units"].sum()
    plan = plan_slots(known.candidates, known.visits, capacity, others, policy.routing, as_of=as_of)
    firm = standing(known, capacity, policy.routing, as_of=as_of, seed=day.run.seed)
    placed = routes(known, plan.slots, found.rules, policy.routing, as_of=as_of, standings=firm)
    page = day_page(found, profiles, placed, policy, as_of)
    frames = {**found.frames, "routes": placed, "slots": plan.slots, "home_rules": plan.home_rules}
    return Output(frames, {"segments.html": page.encode()})
