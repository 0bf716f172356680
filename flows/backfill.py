"""The backfill: the daily run of past days, in order, each seeing only what was known then."""

from datetime import date

from prefect import flow

from flows.daily import plan_day
from flows.naming import run_name
from tasks.backfill import (
    Outcome,
    days_between,
    no_heartbeats,
    publish_matrix,
    published_days,
    require_whole,
    show_progress,
)
from tasks.ingest import load_sources, open_run


@flow(name="backfill", flow_run_name=run_name("backfill"), persist_result=False)
def backfill(
    start: date, end: date, policy: str = "region_demo", seed: int = 1, *, missing_only: bool = True
) -> list[Outcome]:
    """Run the days from ``start`` to ``end`` in order, skipping what is already published.

    A day sees only what was known at its cut. What an approved plan says stays as it is. Started again after it was
    stopped or killed, it goes on from the stage that was not finished. It stops at a day that fails.

    Args:
        start: First logical day.
        end: Last logical day.
        policy: Policy profile.
        seed: Seed of everything random.
        missing_only: Skip days that have a published run under this policy.

    Returns:
        One outcome a day, also shown by stage as the artifact backfill-days.
    """
    days, outcomes = days_between(start, end), list[Outcome]()
    load_sources()
    done = published_days(days, policy) if missing_only else set()
    progress = show_progress(0, len(days), None)
    for day in days:
        outcomes.append(Outcome(day, "skipped", "already published") if day in done else _one(day, policy, seed))
        show_progress(len(outcomes), len(days), progress)
        if outcomes[-1].result == "failed":
            break
    publish_matrix(outcomes)
    require_whole(outcomes)
    return outcomes


@flow(name="backfill-day", flow_run_name=run_name("day"), persist_result=False)
def backfill_day(as_of: date, policy: str, seed: int) -> str:
    """One past day of a backfill.

    Args:
        as_of: The logical day.
        policy: Policy profile.
        seed: Seed of everything random.

    Returns:
        The identification of the run.
    """
    return plan_day(open_run(as_of, policy, seed))


def _one(day: date, policy: str, seed: int) -> Outcome:
    try:
        with no_heartbeats():
            return Outcome.published(day, backfill_day(day, policy, seed))
    except Exception as error:  # noqa: BLE001 - whatever it was, the days before stand and the table says what happened
        return Outcome.failed(day, error)
