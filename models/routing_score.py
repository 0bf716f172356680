"""Priority score: who gains most from transfusion at home.

An additive value model with anchored utilities: each trait is mapped to 0..1 between two or more fixed clinical points
(never the cohort's own minimum and maximum, so that a patient's score does not depend on the others), weighted by the
policy and summed to 0..100. The published segmentation work names such a score without giving its formula; this one is
ours, and its anchors are assumptions. An unknown trait counts nothing and is named.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from hemoflow.domain.policy import Routing


@dataclass(frozen=True, slots=True)
class Term:
    """One term of the score.

    Attributes:
        name: The trait in words.
        weight: Name of its weight in the policy.
        anchors: Value and utility of each corner, values rising; flat outside.
        digits: Decimals shown.
        unit: Unit in words.
    """

    name: str
    weight: str
    anchors: tuple[tuple[float, float], ...]
    digits: int = 0
    unit: str = ""

    def utility(self, values: pd.Series) -> pd.Series:
        """Utility 0..1 of each value; 0 where it is unknown."""
        points, utilities = zip(*self.anchors, strict=True)
        seen = values.astype("float64")
        return pd.Series(np.interp(seen, points, utilities), index=values.index).where(seen.notna(), 0.0)

    def words(self, value: float, gain: float) -> str:
        """The term of one patient in words."""
        if np.isnan(value):
            return f"{self.name} unknown +0.0"
        return f"{self.name} {value:.{self.digits}f} {self.unit}".strip() + f" +{gain:.1f}"


TERMS = (
    Term("travel", "weight_travel", ((10, 0), (60, 1)), unit="min one way"),
    Term("interval variation", "weight_regularity", ((0.1, 1), (0.8, 0)), digits=2),
    Term("frailty", "weight_frailty", ((3, 0), (7, 1))),
    Term("mobility", "weight_mobility", ((0, 0), (1, 0.3), (2, 0.8), (3, 1))),
    Term("visits in 28 days", "weight_burden", ((0.5, 0), (4, 1)), digits=1),
)


def priority_score(profiles: pd.DataFrame, routing: Routing) -> pd.DataFrame:
    """Score and its terms of each patient of OUTPATIENT_PROFILES.

    Returns:
        Columns ``priority_score`` (0 to 100) and ``score_words``, index as given. More travel, frailty, immobility or
        visits never lower the score; more variable intervals never raise it.
    """
    values = {
        "travel": profiles["travel_minutes"],
        "interval variation": profiles["interval_variation"],
        "frailty": profiles["frailty_score"],
        "mobility": profiles["mobility_score"],
        "visits in 28 days": 28.0 / profiles["mean_interval_days"].where(profiles["mean_interval_days"] > 0),
    }
    whole = sum(float(getattr(routing, term.weight)) for term in TERMS)
    gains = {
        term.name: 100.0 * getattr(routing, term.weight) / whole * term.utility(values[term.name]) for term in TERMS
    }
    words = [
        [term.words(*pair) for pair in zip(values[term.name].astype("float64"), gains[term.name], strict=True)]
        for term in TERMS
    ]
    frame = pd.DataFrame({"priority_score": sum(gains.values())}, index=profiles.index).clip(0, 100)
    return frame.assign(score_words=[", ".join(terms) for terms in zip(*words, strict=True)])
