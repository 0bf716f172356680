"""What if: a plan made again with something different, to look at, to discard or to adopt."""

from collections.abc import Callable
from typing import Any

from prefect import Task, flow

from flows.daily import plan_day
from hemoflow.store import WhatIf
from tasks.artifacts import show_difference
from tasks.trial import keep_trial, open_trial


@flow(name="what-if", flow_run_name="what-if-{run}", persist_result=False)
def what_if(run: str, changes: list[str], by: str, policy: str = "region_demo") -> str:
    """Plan a day again with changes; the plan itself is not touched.

    Args:
        run: A draft or approved run, the beginning of its name, or a day.
        changes: What is different, for example supply.target_days_of_stock=8, stock.O-=-20, phase.O-=red or
            capacity.nurse_minutes=-50%.
        by: Who tries.
        policy: Policy profile of the plan.

    Returns:
        The identification of the trial; adopt or discard it in the cockpit or with `hemoflow adopt`.
    """
    trial, base_id = open_trial(run, changes, policy)
    plan_day(trial)
    kept = keep_trial(base_id, trial.run_id, changes, by)
    show_difference(kept)
    return kept.what_if_id


def try_out(run: str, changes: list[str], by: str, policy: str = "region_demo") -> WhatIf:
    """As the flow, in this process and without a Prefect server: what the command line and the cockpit call."""
    trial, base_id = open_trial(run, changes, policy)
    plan_day(trial, without_prefect)
    return keep_trial(base_id, trial.run_id, changes, by)


def without_prefect(stage: Task[..., Any], *given: Any) -> Any:  # noqa: ANN401 - whatever the stage takes and gives
    """Call a stage's own function."""
    own: Callable[..., Any] = stage.fn
    return own(*given)
