"""The probability that red cells are asked for: a start, trees, a calibration; or a challenger in their place."""

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xgboost as xgb
from numpy.typing import NDArray
from scipy.special import expit

from hemoflow.domain.policy import Need
from models.evaluation import Line, Mask, Vector
from models.need.challengers import Learn
from models.need.folds import calibration
from models.need.learning import REQUEST, LearningSet, boost, request_task, score
from models.need.rivals import Rival, content, restored
from models.need.start import Start

KEPT_OUT = 4
"""One patient of so many is in no part of a twin's training, the same in every version."""


@dataclass(frozen=True)
class RequestModel:
    """The probability of a request within some days.

    Attributes:
        start: Where the trees start.
        trees: Trees before calibration.
        line: The line on the log odds that makes the probability true on average.
        rival: The challenger that gives the probability in place of the trees, where one does.
    """

    start: Start
    trees: xgb.Booster
    line: Line
    rival: Rival | None = None

    @classmethod
    def learn(
        cls, rows: LearningSet, raw: Vector, need: Need, *, trees: int, seed: int, rival: Learn | None = None
    ) -> "RequestModel":
        """Train on these rows.

        Args:
            rows: What is learned from.
            raw: Their probability out of fold, for the calibration.
            need: Settings of the trees.
            trees: Their number.
            seed: Seed of XGBoost.
            rival: The challenger that takes the trees' place.
        """
        start = Start.learn(rows.columns, rows.has_event)
        grown, _ = boost(request_task(rows, start), need, REQUEST, seed, trees=trees)
        return cls(start, grown, calibration(rows.has_event, raw), rival(rows, seed) if rival else None)

    def probability(self, columns: pd.DataFrame) -> Vector:
        """Calibrated probability of each row."""
        if self.rival:
            return self.line.apply(expit(self.rival.score(columns)))
        return self.line.apply(score(self.trees, columns, self.start.margin(columns)))

    def shares(self, columns: pd.DataFrame) -> NDArray[np.float64]:
        """What each column adds to the log odds: exact Shapley values of the trees, and what they start from."""
        if self.rival:
            return self.rival.shares(columns)
        data = xgb.DMatrix(columns, base_margin=np.zeros(len(columns)), nthread=1)
        found = np.array(self.trees.predict(data, pred_contribs=True)[:, :-1], dtype="float64")
        for name, share in self.start.shares(columns).items():
            found[:, list(columns.columns).index(name)] += share
        return found

    def content(self) -> dict[str, Any]:
        """Everything but the trees, for JSON."""
        return {
            "start": self.start.content(),
            "line": [self.line.intercept, self.line.slope],
            "rival": content(self.rival) if self.rival else None,
        }

    @classmethod
    def restored(cls, plain: dict[str, Any], trees: xgb.Booster) -> "RequestModel":
        """What :meth:`content` and the trees gave."""
        rival = restored(plain["rival"]) if plain["rival"] else None
        return cls(Start(*plain["start"]), trees, Line(*plain["line"]), rival)


def kept_out(patient_id: pd.Series) -> Mask:
    """The rows of patients of whom a twin learns nothing: by the pseudonym alone, so the same in every version."""
    drawn = {name: hashlib.sha256(str(name).encode()).digest()[0] % KEPT_OUT == 0 for name in patient_id.unique()}
    found: Mask = patient_id.map(drawn).to_numpy(dtype=bool)
    return found
