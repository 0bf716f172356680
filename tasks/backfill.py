"""What a backfill asks and shows beside the days themselves.

A task belongs here when it concerns many days at once; what happens within a day is the daily run's.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from multiprocessing import parent_process
from multiprocessing.process import BaseProcess
from threading import Thread
from typing import Literal
from uuid import UUID

from prefect.artifacts import create_progress_artifact, create_table_artifact, update_progress_artifact

from hemoflow.domain.errors import HemoflowError, StateError, UsageError
from hemoflow.domain.policy import load_policy
from hemoflow.settings import Settings
from hemoflow.store import Store, open_store
from tasks.progress import logger

PastDay = tuple[date, str]
"""A day, and the policy profile under which it is planned."""
KEPT = "kept"
"""Said of a stage that an earlier attempt had finished."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one day.

    Attributes:
        as_of: The day.
        policy: Its policy profile.
        result: How it ended.
        detail: The run, or why it failed.
        seconds: Seconds by stage; a stage that an earlier attempt had finished is absent.
    """

    as_of: date
    policy: str
    result: Literal["published", "skipped", "failed"]
    detail: str
    seconds: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def published(cls, day: PastDay, run_id: str) -> "Outcome":
        """The outcome of a day that was carried out just now."""
        with _store() as store:
            executions = store.executions(run_id)
        return cls(*day, "published", run_id, executions[-1].timings if executions else {})

    @classmethod
    def failed(cls, day: PastDay, error: Exception) -> "Outcome":
        """The outcome of a day that failed: our own words, or only the kind of an error that we do not know."""
        words = str(error) if isinstance(error, HemoflowError) else type(error).__name__
        logger().error("%s failed: %s", day[0], words)
        return cls(*day, "failed", words)


def past_days(start: date, end: date, policies: Sequence[str]) -> list[PastDay]:
    """Every day from ``start`` to ``end`` under each of the profiles, in the order in which they are planned.

    Raises:
        UsageError: The end is before the start, or two profiles have one name, under which drafts are kept.
    """
    if end < start:
        raise UsageError(f"The backfill ends on {end}, before it starts on {start}.", remedy="Swap the two days.")
    names = [load_policy(policy).name for policy in policies]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise UsageError(f"More than one profile is called {', '.join(twice)}.", remedy="Give each a name of its own.")
    days = [start + timedelta(days=offset) for offset in range((end - start).days + 1)]
    return [(day, policy) for day in days for policy in policies]


def published(days: list[PastDay]) -> list[PastDay]:
    """Those of the days that have a published run under their profile, as a draft or approved."""
    names = {policy: load_policy(policy).name for _, policy in days}
    with _store() as store:
        return [(day, policy) for day, policy in days if store.is_published(day, names[policy])]


def end_with_parent() -> None:
    """In a process that carries out days beside others: end when the backfill does, even when that was killed."""
    parent = parent_process()
    if parent is not None:
        Thread(target=_end_after, args=(parent,), daemon=True).start()


def _end_after(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)  # stages are all or nothing, so nothing half done is left


def show_progress(done: int, days: int, progress: UUID | None, newest: Outcome | None = None) -> UUID:
    """Show how far the backfill is; the first call makes the artifact, later ones say which day came last."""
    share = 100.0 * done / days
    if newest is not None:
        logger().info("%s %s: %s (%d of %d days)", newest.as_of, newest.result, newest.detail, done, days)
    if progress is None:
        made = create_progress_artifact(share, key="backfill-progress", description=f"Days of the backfill, of {days}")
        return made if isinstance(made, UUID) else UUID(str(made))
    update_progress_artifact(progress, share, description=f"{done} of {days} days")
    return progress


def publish_matrix(outcomes: list[Outcome]) -> None:
    """Show day by stage as a table in Prefect: seconds, or that the stage was there already."""
    create_table_artifact(key="backfill-days", table=matrix(outcomes), description="Seconds by day and stage")


def require_whole(outcomes: list[Outcome]) -> None:
    """Refuse a backfill that stopped at a day that failed, so that its run counts as failed.

    Raises:
        StateError: A day failed.
    """
    for outcome in outcomes:
        if outcome.result == "failed":
            words = f"The backfill stopped at {outcome.as_of}, which failed: {outcome.detail}"
            raise StateError(words, remedy="Mend the cause and run it again; what is finished is kept.")


def matrix(outcomes: list[Outcome]) -> list[dict[str, str | float]]:
    """Rows of the day-by-stage table."""
    stages = list(dict.fromkeys(stage for outcome in outcomes for stage in outcome.seconds))
    return [
        {
            "day": outcome.as_of.isoformat(),
            "policy": outcome.policy,
            "result": outcome.result,
            **{stage: outcome.seconds.get(stage, KEPT if outcome.result == "published" else "") for stage in stages},
            "detail": outcome.detail,
        }
        for outcome in outcomes
    ]


@contextmanager
def _store() -> Iterator[Store]:
    settings = Settings()
    with open_store(settings.store_url, settings.home) as store:
        yield store
