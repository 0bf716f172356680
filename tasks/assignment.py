"""Stage 6: the plan of the supply, checked by the judge before anybody sees it.

A task belongs here when it solves or verifies the program; keep forecasts and pages out.
"""

from prefect import task
from prefect.cache_policies import NO_CACHE

from hemoflow.domain.errors import VerificationError
from hemoflow.domain.runs import RunRef
from hemoflow.store import StageRef
from optimization.daily import Assignment, assign, verify_assignment
from optimization.verifier import verify
from tasks.day import Day, Output, open_day


@task(name="assign-supply", cache_policy=NO_CACHE, persist_result=False)
def assign_supply(run: RunRef, features: StageRef, demand: StageRef) -> StageRef:
    """Fewest external units, then the most even days, by blood group; units to requests; the order for tomorrow."""
    with open_day(run) as day:
        return day.stage("assignment", lambda: _assign(day, features, demand))


def _assign(day: Day, features: StageRef, demand: StageRef) -> Output:
    stock, requests = features.frame("stock"), features.frame("open_requests")
    plan = assign(
        stock, requests, demand.frame("demand"), demand.frame("supply_forecast"), day.policy.supply, day.run.as_of
    )
    faults = verify_assignment(plan, stock, requests, day.run.as_of)
    faults += [fault for group in plan.plans for fault in verify(plan.instances[group], plan.plans[group])]
    if faults:
        raise VerificationError(f"The plan was refused: {'; '.join(faults[:5])}.", remedy="Nothing was published.")
    return Output({"plan_days": plan.plan_days, "orders": plan.orders, "allocations": plan.allocations}, _files(plan))


def _files(plan: Assignment) -> dict[str, bytes]:
    instances = {f"instance-{group.slug}.json": plan.instances[group].to_json().encode() for group in plan.instances}
    return instances | {f"plan-{group.slug}.json": plan.plans[group].to_json().encode() for group in plan.plans}
