"""The backfill: the daily run of past days, in order, each seeing only what was known then."""

from datetime import date

from prefect import flow

from flows.daily import daily
from flows.naming import run_name
from tasks.backfill import Outcome, days_between, is_published, publish_matrix


@flow(name="backfill", flow_run_name=run_name("backfill"), persist_result=False)
def backfill(
    start: date, end: date, policy: str = "region_demo", seed: int = 1, *, missing_only: bool = True
) -> list[Outcome]:
    """Run the days from ``start`` to ``end`` in order, skipping what is already published.

    Args:
        start: First logical day.
        end: Last logical day.
        policy: Policy profile.
        seed: Seed of everything random.
        missing_only: Skip days that have a published run under this policy.

    Returns:
        One outcome a day, also shown as a table artifact.
    """
    outcomes: list[Outcome] = []
    for day in days_between(start, end):
        if missing_only and is_published(day, policy):
            outcomes.append(Outcome(day, "skipped", "already published"))
            continue
        state = daily(day, policy, seed, return_state=True)
        outcomes.append(Outcome.of(day, state))
        if not state.is_completed():
            break
    publish_matrix(outcomes)
    return outcomes
