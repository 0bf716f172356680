"""Other ways to say who will need red cells, judged on the same folds through one interface.

A challenger learns from the rows of some folds and scores the rows of another; it takes the model's place only when it
is better on patients never seen beyond noise (paired bootstrap by patient).
"""

from collections.abc import Callable, Mapping

import numpy as np
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from models.evaluation import Vector, has_both_classes
from models.need.deep import gru
from models.need.learning import LearningSet

Challenger = Callable[[LearningSet, LearningSet, int], Vector]
PENALTY = 0.01
"""Inverse strength of the logistic regression's penalty; strong, because positives are few."""


def last_haemoglobin(train: LearningSet, test: LearningSet, _seed: int) -> Vector:
    """The lower the last haemoglobin, the likelier; at the median of the others where there is none."""
    usual = train.columns["haemoglobin_g_per_dl"].median()
    found: Vector = -test.columns["haemoglobin_g_per_dl"].fillna(usual).fillna(0.0).to_numpy(dtype="float64")
    return found


def logistic_regression(train: LearningSet, test: LearningSet, _seed: int) -> Vector:
    """All columns, missing ones at their median, standardised, ridge penalty."""
    fill = SimpleImputer(strategy="median", keep_empty_features=True)
    chain = make_pipeline(fill, StandardScaler(), LogisticRegression(C=PENALTY, max_iter=1000))
    found: Vector = chain.fit(train.columns, train.has_event).decision_function(test.columns)
    return found


def decision_tree(train: LearningSet, test: LearningSet, seed: int) -> Vector:
    """A tree that fits on a page: four levels, at least 20 rows a leaf."""
    tree = DecisionTreeClassifier(max_depth=4, min_samples_leaf=20, random_state=seed)
    found: Vector = tree.fit(train.columns, train.has_event).predict_proba(test.columns)[:, 1]
    return found


CHALLENGERS: dict[str, Challenger] = {
    "last_haemoglobin_rule": last_haemoglobin,
    "logistic_regression": logistic_regression,
    "decision_tree": decision_tree,
}


DEEP: Mapping[str, Challenger] = CHALLENGERS | {"gated_recurrent_unit": gru}
"""With the one that needs PyTorch; only where it is asked for, because the demonstration does not install that."""


def challenge(
    rows: LearningSet, *, seed: int, challengers: Mapping[str, Challenger] = CHALLENGERS
) -> dict[str, Vector]:
    """Scores of every challenger for every row, by fits that never saw its patient; each programme by itself."""
    found = {name: np.zeros(len(rows.fold)) for name in challengers}
    for programme in sorted(set(rows.programme)):
        for fold in np.unique(rows.fold):
            of_programme = rows.programme == programme
            train, held = rows.take(of_programme & (rows.fold != fold)), of_programme & (rows.fold == fold)
            if held.any() and has_both_classes(train.has_event):
                for name, learn in challengers.items():
                    found[name][held] = learn(train, rows.take(held), seed)
    return found
