"""The probability of a request on later days than everything learned from: validation in time beside that by patient.

Only a calendar that patients share can be split so: where every patient's dates were moved by another number of days,
as in MIMIC-IV, earlier and later mean nothing across patients, and nothing is said.
"""

from typing import Any

import pandas as pd

from hemoflow.domain.policy import Need
from models.evaluation import auroc, has_both_classes
from models.need.folds import over_deals
from models.need.judging import FEW, Judged, plain, verdict
from models.need.learning import LearningSet, learning_set
from models.need.month import split_in_time
from models.need.request import RequestModel, kept_out

TEST_SHARE = 0.25
MOVED = frozenset({"mimic-iv", "eicu"})
"""Sources whose dates were moved by patient."""


def evaluate_days(features: pd.DataFrame, labels: pd.DataFrame, need: Need, *, seed: int) -> dict[str, Any]:
    """Figures of :func:`in_time` of the only programme of these points.

    Args:
        features: NEED_FEATURES of one programme at past points.
        labels: NEED_LABELS of those points over the horizon at least.
        need: Section of the policy.
        seed: Seed of folds, trees and the bootstrap.

    Raises:
        StateError: There is nothing to learn from, or only one class.
    """
    rows = learning_set(features, labels[labels["day_number"] <= need.horizon_days], need, seed=seed)
    return next(iter(in_time(rows, need, seed=seed).values()), {})


def in_time(rows: LearningSet, need: Need, *, seed: int) -> dict[str, dict[str, Any]]:
    """By programme, figures of the next 24 hours on the newest quarter of the points, 28 days after what was learned.

    One patient of four is kept out of training too. A programme too short for that, or with one class on a side, is
    left out.

    Args:
        rows: Past points.
        need: Section of the policy.
        seed: Seed of folds, trees and the bootstrap.

    Returns:
        Figures as :func:`models.need.judging.verdict` gives them, on days with a haemoglobin, and the AUROC of
        patients kept out of training.
    """
    is_shared = ~rows.features["source"].isin(MOVED).to_numpy(dtype=bool)
    parts = {name: rows.take(is_shared & (rows.programme == name)) for name in sorted(set(rows.programme))}
    found = {name: _later(part, need, seed=seed) for name, part in parts.items()}
    return {name: figures for name, figures in found.items() if figures}


def _later(rows: LearningSet, need: Need, *, seed: int) -> dict[str, Any]:
    older, newest = split_in_time(rows.features["cut_at"], TEST_SHARE)
    is_new = kept_out(rows.features["patient_id"])
    newest &= rows.columns["haemoglobin_g_per_dl"].notna().to_numpy(dtype=bool)
    learned, later = rows.take(older & ~is_new), rows.take(newest)
    if not (has_both_classes(learned.has_event) and has_both_classes(later.has_event)):
        return {}
    raw, trees = over_deals(learned, need, seed)
    probability = RequestModel.learn(learned, raw, need, trees=trees, seed=seed).probability(later.columns)
    judged = Judged(
        has_event=later.has_event,
        score=probability,
        probability=probability,
        haemoglobin=later.columns["haemoglobin_g_per_dl"].to_numpy(dtype="float64"),
        patient=later.patient,
    )
    unseen = is_new[newest]
    return verdict(judged, seed=seed, resamples=FEW) | {
        "auroc_patients_never_seen": plain(auroc(judged.has_event[unseen], judged.score[unseen]))
    }
