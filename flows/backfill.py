"""The backfill: the daily run of past days, in order, each seeing only what was known then."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from functools import partial
from multiprocessing import get_context
from typing import Annotated

from prefect import flow
from pydantic import Field

from flows.daily import plan_day
from flows.naming import run_name
from flows.what_if import without_prefect
from tasks.backfill import (
    Outcome,
    PastDay,
    end_with_parent,
    past_days,
    publish_matrix,
    published,
    require_whole,
    show_progress,
)
from tasks.heartbeats import beating, prefect_silent
from tasks.ingest import load_sources, open_run

MOST_AT_ONCE = 16
"""Days at once; each takes a processor and half a gigabyte."""


@flow(name="backfill", flow_run_name=run_name("backfill"), persist_result=False)
def backfill(
    start: date,
    end: date,
    policy: str = "region_demo",
    seed: int = 1,
    *,
    other_policies: tuple[str, ...] = (),
    missing_only: bool = True,
    side_by_side: Annotated[int, Field(ge=1, le=MOST_AT_ONCE)] = 1,
) -> list[Outcome]:
    """Run the days from ``start`` to ``end`` in order, skipping what is already published.

    A day sees only what was known at its cut. What an approved plan says stays as it is. Started again after it was
    stopped or killed, it goes on from the stage that was not finished. It stops at a day that fails.

    Args:
        start: First logical day.
        end: Last logical day.
        policy: Policy profile.
        seed: Seed of everything random.
        other_policies: More profiles, to compare them or for other regions: each day is planned under all of them.
        missing_only: Skip days that have a published run under their policy.
        side_by_side: Days at once, each in a process of its own; more than one only where no day needs the day before.

    Returns:
        One outcome a day and policy, also shown by stage as the artifact backfill-days.
    """
    days, outcomes = past_days(start, end, [policy, *other_policies]), list[Outcome]()
    load_sources()
    done = published(days) if missing_only else []
    progress = show_progress(0, len(days), None)
    for outcome in _carry_out([day for day in days if day not in done], seed, side_by_side):
        outcomes.append(outcome)
        progress = show_progress(len(done) + len(outcomes), len(days), progress, outcome)
        if outcome.result == "failed":
            break
    outcomes += [Outcome(*day, "skipped", "already published") for day in done]
    outcomes.sort(key=lambda outcome: days.index((outcome.as_of, outcome.policy)))
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
    with beating():
        return plan_day(open_run(as_of, policy, seed))


def _carry_out(days: list[PastDay], seed: int, side_by_side: int) -> Iterator[Outcome]:
    if side_by_side == 1:
        yield from (_one(day, seed) for day in days)
        return
    with ProcessPoolExecutor(side_by_side, get_context("spawn"), initializer=end_with_parent) as pool:
        yield from pool.map(partial(_apart, seed=seed), days)


def _apart(day: PastDay, seed: int) -> Outcome:
    try:
        return Outcome.published(day, plan_day(open_run.fn(*day, seed), without_prefect))
    except Exception as error:  # noqa: BLE001 - as in _one
        return Outcome.failed(day, error)


def _one(day: PastDay, seed: int) -> Outcome:
    try:
        with prefect_silent():
            return Outcome.published(day, backfill_day(*day, seed))
    except Exception as error:  # noqa: BLE001 - whatever it was, the days before stand and the table says what happened
        return Outcome.failed(day, error)
