"""The forms in which a challenger is kept and scores a day: plain numbers that go into JSON, never a program.

Each says what every column adds to the log odds, so that a patient's reasons are exact whatever kind is in use.
"""

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.tree import DecisionTreeClassifier

from models.evaluation import Vector, log_odds

LEAF = -1


@dataclass(frozen=True)
class Linear:
    """``intercept + weights x columns``, missing values at the usual value of their column."""

    intercept: float
    weights: dict[str, float]
    usual: dict[str, float]

    form: ClassVar[str] = "linear"

    def score(self, columns: pd.DataFrame) -> Vector:
        """Log odds of each row, before calibration."""
        found: Vector = self.intercept + self._known(columns).to_numpy() @ np.array(list(self.weights.values()))
        return found

    def shares(self, columns: pd.DataFrame) -> NDArray[np.float64]:
        """What each column adds to the log odds of each row, beside the usual row."""
        away = (self._known(columns) - pd.Series(self.usual)) * pd.Series(self.weights)
        found: NDArray[np.float64] = away.reindex(columns=columns.columns).fillna(0.0).to_numpy(dtype="float64")
        return found

    def _known(self, columns: pd.DataFrame) -> pd.DataFrame:
        return columns[list(self.weights)].astype("float64").fillna(self.usual)


@dataclass(frozen=True)
class Tree:
    """A decision tree: for each node its children, column, threshold, where a missing value goes, and log odds."""

    columns: list[str]
    left: list[int]
    right: list[int]
    column: list[int]
    threshold: list[float]
    is_missing_left: list[bool]
    odds: list[float]

    form: ClassVar[str] = "tree"

    @classmethod
    def of(cls, fitted: DecisionTreeClassifier, columns: list[str]) -> "Tree":
        """A fitted tree of scikit-learn in plain numbers."""
        tree = fitted.tree_
        odds = log_odds(tree.value[:, 0, 1] / tree.value[:, 0, :].sum(axis=1))
        return cls(
            columns, tree.children_left.tolist(), tree.children_right.tolist(), tree.feature.tolist(),
            tree.threshold.tolist(), [bool(goes) for goes in tree.missing_go_to_left], odds.tolist(),
        )  # fmt: skip

    def score(self, columns: pd.DataFrame) -> Vector:
        """Log odds of each row, before calibration."""
        found: Vector = self.odds[0] + self.shares(columns).sum(axis=1)
        return found

    def shares(self, columns: pd.DataFrame) -> NDArray[np.float64]:
        """What each column adds: what each step down the tree changes, under the column that it asks (Saabas)."""
        values = columns[self.columns].to_numpy(dtype="float32")
        left, right, column, threshold, is_missing_left, odds = (
            np.array(part)
            for part in (self.left, self.right, self.column, self.threshold, self.is_missing_left, self.odds)
        )
        found, node, rows = np.zeros(values.shape), np.zeros(len(values), dtype="int64"), np.arange(len(values))
        while (rows := rows[left[node[rows]] != LEAF]).size:
            here = node[rows]
            value = values[rows, column[here]]
            goes_left = np.where(np.isnan(value), is_missing_left[here], value <= threshold[here])
            node[rows] = np.where(goes_left, left[here], right[here])
            found[rows, column[here]] += odds[node[rows]] - odds[here]
        return found


Rival = Linear | Tree
FORMS: dict[str, type[Linear] | type[Tree]] = {form.form: form for form in (Linear, Tree)}


def content(rival: Rival) -> dict[str, Any]:
    """Plain values for JSON."""
    return {"form": rival.form, **asdict(rival)}


def restored(plain: dict[str, Any]) -> Rival:
    """What :func:`content` gave."""
    return FORMS[plain["form"]](**{name: value for name, value in plain.items() if name != "form"})
