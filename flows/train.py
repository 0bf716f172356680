"""Training: segments and a need model that have seen nothing after their day."""

from datetime import date

from prefect import flow

from flows.naming import logical_day, run_name
from tasks.ingest import load_sources
from tasks.segment_training import train_segmentation
from tasks.training import train_need


@flow(name="train", flow_run_name=run_name("train"), persist_result=False)
def train(as_of: date | None = None, policy: str = "region_demo", seed: int = 1) -> str:
    """Fit the segments, then train, evaluate and promote a need model, on what was known at the cut of ``as_of``.

    Args:
        as_of: The logical day; left empty, the day on which the run was scheduled.
        policy: Policy profile.
        seed: Seed of folds, trees and bootstrap.

    Returns:
        The identification of the new need model; it is promoted where the policy's rule says so.
    """
    load_sources()
    day = logical_day(as_of, policy)
    train_segmentation(day, policy, seed)
    return train_need(day, policy, seed)
