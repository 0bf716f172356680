"""Watching the day: what people should know without looking for it."""

from datetime import date

from prefect import flow

from flows.naming import logical_day, run_name
from tasks.notices import look_for_approval, write_notice


@flow(name="watch", flow_run_name=run_name("watch"), persist_result=False)
def watch(as_of: date | None = None, policy: str = "region_demo") -> bool:
    """Say so when nobody has approved the plan of the day.

    Args:
        as_of: The logical day; left empty, the day on which the run was scheduled.
        policy: Policy profile.

    Returns:
        Whether the plan is approved.
    """
    return look_for_approval(logical_day(as_of, policy), policy)


@flow(name="notice", flow_run_name="notice-{kind}", persist_result=False)
def notice(kind: str, about: str) -> None:
    """Write a notice into the ledger.

    Args:
        kind: What happened: failed, late, drift, phase or not-approved.
        about: The run or the sentence that it is about; never a patient.
    """
    write_notice(kind, about)
