"""Signing off a plan in Prefect: the run waits for a named person's word."""

from datetime import date

from prefect import flow
from prefect.flow_runs import pause_flow_run

from flows.naming import logical_day, run_name
from tasks.signing import Signature, find_draft, sign

WAIT_S = 12 * 3600


@flow(name="sign-off", flow_run_name=run_name("sign-off"), persist_result=False)
def sign_off(as_of: date | None = None, policy: str = "region_demo") -> bool:
    """Ask for approval of the plan of a day in the form that Prefect shows when a run is resumed.

    Args:
        as_of: The logical day; left empty, the day on which the run was scheduled.
        policy: Policy profile.

    Returns:
        Whether the plan was approved.
    """
    run_id = find_draft(logical_day(as_of, policy), policy)
    words = f"Approve **{run_id}**? Its brief is the artifact daily-brief of the daily run."
    given = pause_flow_run(wait_for_input=Signature.with_initial_data(description=words), timeout=WAIT_S)
    return sign(run_id, given)
