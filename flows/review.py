"""The monthly review: plans and models of the days before against what really happened."""

from datetime import date

from prefect import flow

from flows.naming import logical_day, run_name
from tasks.review import review_month


@flow(name="review", flow_run_name=run_name("review"), persist_result=False)
def review(as_of: date | None = None, policy: str = "region_demo") -> str:
    """Compare plans and predictions of the 31 days before with what came; say when a person should think of retraining.

    Args:
        as_of: The day on which to look back; left empty, the day on which the run was scheduled.
        policy: Policy profile.

    Returns:
        The review in a sentence.
    """
    return review_month(logical_day(as_of, policy), policy)
