"""The contest at training: what trees and challengers say of the same days, each scored by the other folds."""

from collections.abc import Mapping
from typing import Any

from hemoflow.domain.policy import Need
from models.evaluation import Vector
from models.need.card import TREES
from models.need.folds import OutOfFold
from models.need.judging import FEW, PROMOTE, Judged, against
from models.need.learning import LearningSet
from models.need.validation import is_fresh


def contest(
    rows: LearningSet, found: OutOfFold, scores: Mapping[str, Vector], need: Need, *, seed: int
) -> dict[str, Any]:
    """Figures of :func:`models.need.judging.against` by challenger, on the days with a fresh haemoglobin.

    Args:
        rows: What is learned from.
        found: The trees' predictions out of fold.
        scores: Those of the challengers, see :func:`models.need.challengers.challenge`.
        need: Section of the policy.
        seed: Seed of the bootstrap.
    """
    fresh = is_fresh(rows.features, need)
    days = Judged(
        has_event=rows.has_event[fresh],
        score=found.raw[fresh],
        probability=found.probability[fresh],
        haemoglobin=rows.features["haemoglobin_g_per_dl"].to_numpy(dtype="float64")[fresh],
        patient=rows.patient[fresh],
    )
    return against(days, {name: score[fresh] for name, score in scores.items()}, seed=seed, resamples=FEW)


def winner(judged: Mapping[str, Mapping[str, Any]]) -> str:
    """The challenger that takes the trees' place: of those better beyond noise the one that gains most, else none."""
    better = {name: found["gain_over_model"] for name, found in judged.items() if found["decision"] == PROMOTE}
    return max(better, key=lambda name: better[name]) if better else TREES
