"""The probability of a request on later days than everything learned from: validation in time beside that by patient.

Only a calendar that patients share can be split so: where every patient's dates were moved by another number of days,
as in MIMIC-IV, earlier and later mean nothing across patients.
"""

from typing import Any

import numpy as np
import pandas as pd

from hemoflow.domain.policy import Need
from models.evaluation import Mask, auroc
from models.need.folds import cross_validate
from models.need.judging import FEW, Judged, verdict
from models.need.learning import LearningSet, learning_set
from models.need.month import split_in_time
from models.need.programme import Programme

TEST_SHARE = 0.25
KEPT_OUT = 4
"""One patient of so many is in no part of training."""


def evaluate_days(features: pd.DataFrame, labels: pd.DataFrame, need: Need, *, seed: int) -> dict[str, Any]:
    """Figures of the next 24 hours on the newest quarter of the points, 28 days after the last one learned from.

    Args:
        features: NEED_FEATURES of one programme at past points.
        labels: NEED_LABELS of those points over the horizon at least.
        need: Section of the policy.
        seed: Seed of folds, trees, of the patients kept out, and of the bootstrap.

    Returns:
        Figures as :func:`models.need.judging.verdict` gives them, and the AUROC of patients kept out of training.

    Raises:
        StateError: There is nothing to learn from, or only one class.
    """
    rows = learning_set(features, labels[labels["day_number"] <= need.horizon_days], need, seed=seed)
    older, newest = split_in_time(rows.features["cut_at"], TEST_SHARE)
    newest &= rows.columns["haemoglobin_g_per_dl"].notna().to_numpy(dtype=bool)
    luck = np.random.default_rng(seed).permutation(int(rows.patient.max()) + 1)
    is_new: Mask = luck[rows.patient.astype("int64")] % KEPT_OUT == 0
    judged = _judged(rows.take(older & ~is_new), rows.take(newest), need, seed=seed)
    unseen = is_new[newest]
    return verdict(judged, seed=seed, resamples=FEW) | {
        "auroc_patients_never_seen": round(auroc(judged.has_event[unseen], judged.score[unseen]), 6)
    }


def _judged(learned: LearningSet, later: LearningSet, need: Need, *, seed: int) -> Judged:
    found = cross_validate(learned, need, seed=seed)
    name = str(learned.programme[0])
    probability = Programme.learn(learned, found, name, need, seed=seed).probability(later.columns)
    return Judged(
        has_event=later.has_event,
        score=probability,
        probability=probability,
        haemoglobin=later.columns["haemoglobin_g_per_dl"].to_numpy(dtype="float64"),
        patient=later.patient,
    )
