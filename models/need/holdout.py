"""Scores of past days by a model that has not seen their patients."""

import numpy as np
import pandas as pd

from hemoflow.domain.policy import Need
from models.need.challengers import CHALLENGERS, DEEP, challenge
from models.need.features import matrix
from models.need.learning import POINT, learning_set
from models.need.model import NeedModel
from models.need.validation import cross_validate


def out_of_fold(
    features: pd.DataFrame, labels: pd.DataFrame, need: Need, *, seed: int, deep: bool = False
) -> pd.DataFrame:
    """Each day scored by a model of the other folds' patients: POINT, ``has_event``, ``score``, ``probability``.

    Each of :data:`models.need.challengers.CHALLENGERS` has a column of its own, scored on the same folds;
    with ``deep`` also the one that needs PyTorch.

    Raises:
        StateError: There is nothing to learn from, or only one class.
    """
    rows = learning_set(features, labels, need, seed=seed)
    found = cross_validate(rows, need, seed=seed)
    made = rows.features[POINT].assign(has_event=rows.has_event, score=found.raw, probability=found.probability)
    return made.assign(**challenge(rows, seed=seed, challengers=DEEP if deep else CHALLENGERS))


def held_out(model: NeedModel, features: pd.DataFrame, labels: pd.DataFrame, need: Need) -> pd.DataFrame:
    """Each day scored by the given model, with the columns of :func:`out_of_fold`."""
    first = labels.loc[labels["day_number"] == 1, [*POINT, "has_event"]]
    rows = features.merge(first, on=POINT)
    probability = model.probability(matrix(rows, need), rows["programme"])
    event = rows["has_event"].to_numpy(dtype=np.float64)
    return rows[POINT].assign(has_event=event, score=probability, probability=probability)
