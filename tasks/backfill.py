"""What a backfill asks and shows beside the days themselves.

A task belongs here when it concerns many days at once; what happens within a day is the daily run's.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from prefect.artifacts import create_table_artifact

from hemoflow.domain.errors import UsageError
from hemoflow.domain.policy import load_policy
from hemoflow.settings import Settings
from hemoflow.store import open_store


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one day."""

    as_of: date
    result: Literal["published", "skipped", "failed"]
    detail: str

    @classmethod
    def of(cls, as_of: date, state: Any) -> "Outcome":  # noqa: ANN401 - Prefect's State is generic over the result
        """The outcome of a finished flow run; the detail is the run's identification or the state's message."""
        if state.is_completed():
            return cls(as_of, "published", str(state.result()))
        return cls(as_of, "failed", str(state.message))


def days_between(start: date, end: date) -> list[date]:
    """Every day from ``start`` to ``end``.

    Raises:
        UsageError: The end is before the start.
    """
    if end < start:
        raise UsageError(f"The backfill ends on {end}, before it starts on {start}.", remedy="Swap --from and --to.")
    return [start + timedelta(days=offset) for offset in range((end - start).days + 1)]


def is_published(as_of: date, policy: str) -> bool:
    """Whether a run of the day under this policy profile is published, as a draft or approved."""
    settings = Settings()
    with open_store(settings.store_url, settings.home) as store:
        return store.is_published(as_of, load_policy(policy).name)


def publish_matrix(outcomes: list[Outcome]) -> None:
    """Show the days of a backfill as a table in Prefect."""
    rows = [
        {"day": outcome.as_of.isoformat(), "result": outcome.result, "detail": outcome.detail} for outcome in outcomes
    ]
    create_table_artifact(key="backfill-days", table=rows, description="Days of the backfill")
