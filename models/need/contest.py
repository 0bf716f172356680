"""The contest at training: what the model and its challengers say of the same days, each scored by the other folds."""

from typing import Any

from hemoflow.domain.policy import Need
from models.need.challengers import challenge
from models.need.folds import OutOfFold
from models.need.judging import FEW, Judged, against
from models.need.learning import LearningSet
from models.need.validation import is_fresh


def contest(rows: LearningSet, found: OutOfFold, need: Need, *, seed: int) -> dict[str, Any]:
    """Figures of :func:`models.need.judging.against` by challenger, on the days with a fresh haemoglobin.

    Args:
        rows: What is learned from.
        found: The model's own predictions out of fold.
        need: Section of the policy.
        seed: Seed of challengers and bootstrap.
    """
    fresh = is_fresh(rows.features, need)
    others = {name: score[fresh] for name, score in challenge(rows, seed=seed).items()}
    days = Judged(
        has_event=rows.has_event[fresh],
        score=found.raw[fresh],
        probability=found.probability[fresh],
        haemoglobin=rows.features["haemoglobin_g_per_dl"].to_numpy(dtype="float64")[fresh],
        patient=rows.patient[fresh],
    )
    return against(days, others, seed=seed, resamples=FEW)
