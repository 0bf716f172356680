"""Telling a Prefect server what runs by itself: all in ``deployments/prefect.yaml``, and nothing else of ours."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

import yaml

from hemoflow.domain.errors import StateError, UsageError
from hemoflow.settings import REPOSITORY

if TYPE_CHECKING:
    from uuid import UUID

    from prefect import Flow
    from prefect.client.orchestration import SyncPrefectClient

Written = Mapping[str, Any]
LIST = REPOSITORY / "deployments" / "prefect.yaml"
POOL = "hemoflow"
MARK = "hemoflow: "
"""Beginning of the names of our automations: what else is on the server is not ours to touch."""
QUEUES = {"default": 1, "backfill": 2}
"""Work queues and their priority: a day comes before the past."""
SCHEDULE_LIMIT_S = 300


def read_list(path: Path = LIST) -> Written:
    """The list of deployments and automations.

    Raises:
        UsageError: There is no such file, or it is not YAML.
    """
    try:
        written: Written = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise UsageError(f"{path} cannot be read: {error}.", remedy="Give deployments/prefect.yaml.") from error
    return written


def deploy(written: Written, zone: str) -> dict[str, "UUID"]:
    """Make the server's work pool, deployments, schedules and automations those of the list.

    Args:
        written: The list.
        zone: Time zone of every schedule.

    Returns:
        The identification of each deployment, by flow and deployment name.
    """
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        _make_pool(client)
        known = dict(_deploy_one(client, entry, zone) for entry in written["deployments"])
        _forget_others(client, known)
        _automate(client, written.get("automations", []), known)
    return known


def wait_until_scheduled(known: Mapping[str, "UUID"], limit_s: float = SCHEDULE_LIMIT_S) -> int:
    """Wait until the server has made a scheduled run of the daily deployment: the proof that its scheduler works.

    Returns:
        How many daily runs stand in the future.

    Raises:
        StateError: There is none after ``limit_s`` seconds.
    """
    from prefect.client.orchestration import get_client

    end = monotonic() + limit_s
    with get_client(sync_client=True) as client:
        while monotonic() < end:
            if runs := client.get_scheduled_flow_runs_for_deployments([known["daily/daily"]]):
                return len(runs)
            sleep(1)
    raise StateError(
        f"The server scheduled no daily run in {limit_s:.0f} s.", remedy="Look for errors of its scheduler in its log."
    )


def mark_left_behind() -> int:
    """Mark as crashed what a worker of before left behind; to be called while none runs.

    Prefect would call such a run RUNNING for ever, and a deployment's one place would stay taken.

    Returns:
        How many runs there were.
    """
    from prefect.client.orchestration import get_client
    from prefect.client.schemas import filters
    from prefect.client.schemas.objects import StateType
    from prefect.states import Crashed

    begun = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]
    wanted = filters.FlowRunFilter(
        state=filters.FlowRunFilterState(type=filters.FlowRunFilterStateType(any_=begun)),
        deployment_id=filters.FlowRunFilterDeploymentId(is_null_=False),
    )
    words = "The server was stopped while this ran. The finished stages are kept; a retry goes on from there."
    with get_client(sync_client=True) as client:
        runs = client.read_flow_runs(flow_run_filter=wanted)
        for run in runs:
            client.set_flow_run_state(run.id, Crashed(message=words), force=True)
    return len(runs)


def flow_of(entry: Written) -> "Flow[..., Any]":
    """The flow of a deployment; its entry point is a module and a name in it."""
    module, _, name = entry["entrypoint"].rpartition(".")
    flow: Flow[..., Any] = getattr(import_module(module), name)
    return flow


def _make_pool(client: "SyncPrefectClient") -> None:
    from prefect.client.schemas.actions import WorkPoolCreate
    from prefect.workers.process import ProcessWorker

    if POOL not in {pool.name for pool in client.read_work_pools()}:
        template = ProcessWorker.get_default_base_job_template()
        client.create_work_pool(WorkPoolCreate(name=POOL, type="process", base_job_template=template))
    queues = {queue.name: queue for queue in client.read_work_queues(work_pool_name=POOL)}
    for name, priority in QUEUES.items():
        if name not in queues:
            client.create_work_queue(name, priority=priority, work_pool_name=POOL)
        elif queues[name].priority != priority:
            client.update_work_queue(queues[name].id, priority=priority)


def _deploy_one(client: "SyncPrefectClient", entry: Written, zone: str) -> tuple[str, "UUID"]:
    flow, limit, pool = flow_of(entry), entry.get("concurrency_limit"), entry["work_pool"]
    flow_id = client.create_flow_from_name(flow.name)
    schedules = [_schedule(each, zone) for each in entry.get("schedules", [])]
    deployment_id = client.create_deployment(
        flow_id,
        entry["name"],
        entrypoint=entry["entrypoint"],
        description=entry["description"],
        tags=entry["tags"],
        parameters=entry.get("parameters", {}),
        parameter_openapi_schema=flow.parameters.model_dump_for_openapi(),
        enforce_parameter_schema=True,
        work_pool_name=pool["name"],
        work_queue_name=pool["work_queue_name"],
        concurrency_limit=limit["limit"] if limit else None,
        concurrency_options=_collision(limit),
        schedules=schedules,
        pull_steps=[],
        paused=False,
    )
    slugs = {each.slug for each in schedules}
    for standing in client.read_deployment_schedules(deployment_id):
        if standing.slug not in slugs:
            client.delete_deployment_schedule(deployment_id, standing.id)
    return f"{flow.name}/{entry['name']}", deployment_id


def _schedule(written: Written, zone: str) -> Any:  # noqa: ANN401 - Prefect's own type, imported late
    from prefect.client.schemas.actions import DeploymentScheduleCreate
    from prefect.client.schemas.schedules import CronSchedule

    cron = CronSchedule(cron=written["cron"], timezone=zone)
    return DeploymentScheduleCreate(schedule=cron, active=written["active"], slug=written["slug"])


def _collision(limit: Written | None) -> Any:  # noqa: ANN401 - Prefect's own type, imported late
    from prefect.client.schemas.objects import ConcurrencyLimitStrategy, ConcurrencyOptions

    if limit is None:
        return None
    return ConcurrencyOptions(collision_strategy=ConcurrencyLimitStrategy(limit["collision_strategy"]))


def _forget_others(client: "SyncPrefectClient", known: Mapping[str, "UUID"]) -> None:
    for standing in client.read_deployments(limit=200):
        if standing.work_pool_name == POOL and standing.id not in known.values():
            client.delete_deployment(standing.id)


def _automate(client: "SyncPrefectClient", written: list[Written], known: Mapping[str, "UUID"]) -> None:
    from prefect.events.schemas.automations import AutomationCore

    wanted = {each["name"]: AutomationCore.model_validate(_with_ids(each, known)) for each in written}
    standing = {each.name: each.id for each in client.read_automations(limit=200)}
    for name, automation in wanted.items():
        if name in standing:
            client.update_automation(standing[name], automation)
        else:
            client.create_automation(automation)
    for name in standing.keys() - wanted.keys():
        if name.startswith(MARK):
            client.delete_automation(standing[name])


def _with_ids(written: Written, known: Mapping[str, "UUID"]) -> dict[str, Any]:
    actions = []
    for action in written["actions"]:
        named = dict(action)
        if "deployment" in named:
            named["deployment_id"] = str(known[named.pop("deployment")])
        actions.append(named)
    return {**written, "trigger": {"type": "event", **written["trigger"]}, "actions": actions}
