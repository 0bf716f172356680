"""Training: what gives the probability is chosen, learned, judged, and compared with the version in force."""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from hemoflow.domain.policy import Need
from hemoflow.domain.watching import Watch
from models.drift import Reference, reference
from models.evaluation import Vector
from models.need.card import TREES
from models.need.challengers import RIVALS, challenge
from models.need.contest import contest, winner
from models.need.crossing import crossing_rows, train_crossing
from models.need.features import FEATURES
from models.need.folds import OutOfFold, by_rival, cross_validate
from models.need.groups import by_group, plain_rows
from models.need.in_time import in_time
from models.need.learning import LearningSet, learning_set
from models.need.model import NeedModel
from models.need.month import month_rows, train_month
from models.need.programme import Programme
from models.need.standing import InForce, standing
from models.need.validation import measure

FOLLOWED = "chronic"
"""The programme that is followed for months, whose units of 28 days are predicted too."""
OLD_SHARE = 0.7
"""Share of the past points that are too old to say how columns lie today."""


def train(
    features: pd.DataFrame,
    labels: pd.DataFrame,
    need: Need,
    *,
    seed: int,
    trained_as_of: date,
    month_labels: pd.DataFrame | None = None,
    crossings: pd.DataFrame | None = None,
    watch: Watch | None = None,
    in_force: InForce | None = None,
) -> NeedModel:
    """Train each programme on its own rows, with the number of trees and the calibration found by cross-validation.

    Args:
        features: NEED_FEATURES at past points.
        labels: NEED_LABELS of those points; points without labels are left out.
        need: Section of the policy.
        seed: Seed of folds, trees and bootstrap.
        trained_as_of: The day of the cut behind features and labels; becomes part of the version.
        month_labels: NEED_LABELS over 28 days, for the chronic programme's units of 28 days.
        crossings: What :meth:`hemoflow.asof.engine.View.crossings` says of the points, for its due day.
        watch: Section of the policy; without it nothing is said about groups of patients, nor about promotion.
        in_force: The version in force, with which the new model is compared.

    Raises:
        StateError: There is nothing to learn from, or only one class.
    """
    rows = learning_set(features, labels, need, seed=seed)
    found, judged, family = _chosen(rows, need, seed=seed)
    programmes = {
        name: Programme.learn(rows, found, name, need, seed=seed, rival=RIVALS.get(family))
        for name in sorted(set(rows.programme))
    }
    chronic = features[features["programme"].eq(FOLLOWED).to_numpy(dtype=bool)]
    month, month_known = None, (features.head(0), np.zeros(0))
    if month_labels is not None:
        month_known = month_rows(chronic, month_labels)
        month = train_month(*month_known, need, seed=seed)
    if FOLLOWED in programmes:
        due = None if crossings is None else train_crossing(crossing_rows(chronic, crossings, need), need, seed=seed)
        programmes[FOLLOWED] = replace(programmes[FOLLOWED], month=month, crossing=due)
    groups = by_group(rows, found, (month, *month_known), need, watch, seed=seed) if watch else None
    model = NeedModel(
        programmes=programmes,
        horizon_days=rows.units.shape[1],
        features=tuple(feature.name for feature in FEATURES),
        metrics=measure(rows, found, need, seed=seed).to_dict(),
        challengers=judged,
        seed=seed,
        data_hash=rows.sha256,
        trained_as_of=trained_as_of,
        reference=_newest(rows, found.probability),
        fairness=() if groups is None else tuple(plain_rows(groups)),
        searched=found.searched,
        in_time=in_time(rows, need, seed=seed),
        family=family,
    )
    if watch is None or in_force is None:
        return model
    return replace(model, standing=standing(rows, model.twin_probability, in_force, watch.promotion, seed=seed))


def _chosen(rows: LearningSet, need: Need, *, seed: int) -> tuple[OutOfFold, dict[str, Any], str]:
    """Predictions out of fold of whatever gives the probability, how the challengers did, and which it is."""
    found, scores = cross_validate(rows, need, seed=seed), challenge(rows, seed=seed)
    judged = contest(rows, found, scores, need, seed=seed)
    family = winner(judged)
    return (found if family == TREES else by_rival(rows, found, scores[family])), judged, family


def _newest(rows: LearningSet, score: Vector) -> Reference:
    """How the newest points lay: the oldest lack the look-back that every later day has."""
    cut_at = rows.features["cut_at"]
    new = (cut_at >= cut_at.quantile(OLD_SHARE)).to_numpy(dtype=bool)
    known = rows.features[new]
    return reference(rows.columns[new], score[new], known["programme"], known["patient_id"])
