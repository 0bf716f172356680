"""Scores of past days by a model that has not seen their patients."""

import pandas as pd

from hemoflow.domain.policy import Need
from models.need.challengers import CHALLENGERS, DEEP, challenge
from models.need.features import matrix
from models.need.folds import cross_validate
from models.need.learning import POINT, learning_set, outcomes
from models.need.model import NeedModel


def out_of_fold(
    features: pd.DataFrame, labels: pd.DataFrame, need: Need, *, seed: int, deep: bool = False
) -> pd.DataFrame:
    """Each day scored by a model of the other folds' patients.

    POINT, ``has_event``, ``score``, ``probability``, and ``has_week``, ``week_probability`` for the whole horizon.

    Each of :data:`models.need.challengers.CHALLENGERS` has a column of its own, scored on the same folds;
    with ``deep`` also the one that needs PyTorch.

    Raises:
        StateError: There is nothing to learn from, or only one class.
    """
    rows = learning_set(features, labels, need, seed=seed)
    found = cross_validate(rows, need, seed=seed)
    made = rows.features[POINT].assign(
        has_event=rows.has_event, score=found.raw, probability=found.probability,
        has_week=rows.has_week, week_probability=found.week_probability,
    )  # fmt: skip
    return made.assign(**challenge(rows, seed=seed, challengers=DEEP if deep else CHALLENGERS))


def held_out(model: NeedModel, features: pd.DataFrame, labels: pd.DataFrame, need: Need) -> pd.DataFrame:
    """Each day scored by the given model, with the columns of :func:`out_of_fold`."""
    rows = features.merge(outcomes(labels), on=POINT)
    columns, programme = matrix(rows, need), rows["programme"]
    probability = model.probability(columns, programme)
    return rows[[*POINT, "has_event", "has_week"]].assign(
        score=probability, probability=probability, week_probability=model.week_probability(columns, programme)
    )
