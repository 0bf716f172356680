"""Stage 6: the plan of the supply, checked by the judge before anybody sees it.

A task belongs here when it solves or verifies the program; keep forecasts and pages out.
"""

from prefect import task
from prefect.cache_policies import NO_CACHE

from hemoflow.asof.parts import apart_by
from hemoflow.domain.errors import VerificationError
from hemoflow.domain.runs import RunRef
from hemoflow.reports.plan_picture import PlanPicture, plan_svg
from hemoflow.store import StageRef
from optimization.apart import PROGRAMS
from optimization.daily import Assignment, assign, verify_assignment
from optimization.network_files import write_network, write_network_plan
from tasks.day import Day, Output, open_day


@task(name="assign-supply", cache_policy=NO_CACHE, persist_result=False)
def assign_supply(run: RunRef, features: StageRef, demand: StageRef) -> StageRef:
    """Plan by the policy's program and ladder; units to requests; the order; nothing that the judge refuses."""
    with open_day(run) as day:
        return day.stage("assignment", lambda: _assign(day, features, demand))


def _assign(day: Day, features: StageRef, demand: StageRef) -> Output:
    stock, requests = features.frame("stock"), features.frame("open_requests")
    plan = assign(
        stock, requests, demand.frame("demand"), demand.frame("supply_forecast"), day.policy.supply, day.run.as_of,
        apart_by("blood_group", PROGRAMS, **day.settings.asking),
    )  # fmt: skip
    faults = verify_assignment(plan, stock, requests, day.run.as_of)
    if faults:
        raise VerificationError(f"The plan was refused: {'; '.join(faults[:5])}.", remedy="Nothing was published.")
    files = _files(plan) | {"plan.svg": _picture(plan, day)}
    return Output({"plan_days": plan.plan_days, "orders": plan.orders, "allocations": plan.allocations}, files)


def _files(plan: Assignment) -> dict[str, bytes]:
    if plan.region:
        task, answer = plan.region.task, plan.region.plan
        problem, solved = write_network(task), write_network_plan(answer, task.tolerances)
        return {"instance-region.json": problem.encode(), "plan-region.json": solved.encode()}
    instances = {f"instance-{group.slug}.json": plan.instances[group].to_json().encode() for group in plan.instances}
    return instances | {f"plan-{group.slug}.json": plan.plans[group].to_json().encode() for group in plan.plans}


def _picture(plan: Assignment, day: Day) -> bytes:
    days = [f"{on.day} {on:%b}" for on in sorted(set(plan.plan_days["plan_on"].dt.date))]
    title = (
        f"Red cells from {day.run.as_of}, all groups" if day.policy.supply.component == "red_cells" else "All groups"
    )
    return plan_svg(PlanPicture(title, days, *plan.account)).encode()
