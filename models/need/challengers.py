"""Other ways to say who will need red cells, judged on the same folds through one interface.

A challenger learns from the rows of some folds and scores the rows of another; it takes the trees' place only when it
is better on patients never seen beyond noise (paired bootstrap by patient). Those that can stand in a daily run are
kept as plain numbers, see :mod:`models.need.rivals`.
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
from models.need.rivals import Linear, Rival, Tree
from models.need.start import HAEMOGLOBIN

Learn = Callable[[LearningSet, int], Rival]
Challenger = Callable[[LearningSet, LearningSet, int], Vector]
PENALTY = 0.01
"""Inverse strength of the logistic regression's penalty; strong, because positives are few."""
EVEN_G_PER_DL = 10.0
"""Haemoglobin at which the rule of the last haemoglobin says even odds; calibration moves it where it belongs."""


def last_haemoglobin(train: LearningSet, _seed: int) -> Linear:
    """The lower the last haemoglobin, the likelier; at the median of the others where there is none."""
    usual = train.columns[HAEMOGLOBIN].median()
    return Linear(EVEN_G_PER_DL, {HAEMOGLOBIN: -1.0}, {HAEMOGLOBIN: float(np.nan_to_num(usual))})


def logistic_regression(train: LearningSet, _seed: int) -> Linear:
    """All columns, missing ones at their median, standardised, ridge penalty."""
    fill = SimpleImputer(strategy="median", keep_empty_features=True)
    chain = make_pipeline(fill, StandardScaler(), LogisticRegression(C=PENALTY, max_iter=1000))
    chain.fit(train.columns, train.has_event)
    scaled, fitted = chain[1], chain[2]
    weights = fitted.coef_[0] / scaled.scale_
    return Linear(
        float(fitted.intercept_[0] - weights @ scaled.mean_),
        dict(zip(train.columns.columns, weights.tolist(), strict=True)),
        dict(zip(train.columns.columns, fill.statistics_.tolist(), strict=True)),
    )


def decision_tree(train: LearningSet, seed: int) -> Tree:
    """A tree that fits on a page: four levels, at least 20 rows a leaf."""
    tree = DecisionTreeClassifier(max_depth=4, min_samples_leaf=20, random_state=seed)
    return Tree.of(tree.fit(train.columns, train.has_event), list(train.columns.columns))


RIVALS: Mapping[str, Learn] = {
    "last_haemoglobin_rule": last_haemoglobin,
    "logistic_regression": logistic_regression,
    "decision_tree": decision_tree,
}
"""Those that a daily run can score with."""


def _judged(learn: Learn) -> Challenger:
    return lambda train, test, seed: learn(train, seed).score(test.columns)


CHALLENGERS: Mapping[str, Challenger] = {name: _judged(learn) for name, learn in RIVALS.items()}
DEEP: Mapping[str, Challenger] = {**CHALLENGERS, "gated_recurrent_unit": gru}
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
