"""Priority score: who gains most from transfusion at home.

An additive value model with anchored utilities: each trait is mapped to 0..1 between two or more fixed clinical points
(never the cohort's own minimum and maximum, so that a patient's score does not depend on the others), weighted by the
policy and summed to 0..100. The published segmentation work names such a score without giving its formula; this one is
ours, and its anchors are assumptions. An unknown trait counts nothing and is named. Doubtful membership and an
uncertain number of visits discount the sum, and risk is subtracted.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from hemoflow.domain.policy import Routing
from models.routing.weights import weights_in_words


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
    Term("unplanned stays", "weight_stability", ((0, 1), (3, 0))),
    Term("carer", "weight_carer", ((0, 0), (1, 1))),
    Term("wish for home", "weight_preference", ((0, 0), (1, 1))),
)
WIDTH = Term("", "uncertainty_discount", ((0.5, 0), (4, 1)))
"""Width of an 80 % interval of the visits in 28 days, as renewals with the patient's own variation give it."""
OLD, LIGHT = Term("", "risk_weight", ((70, 0), (90, 1))), Term("", "risk_weight", ((45, 1), (60, 0)))
"""Age and weight of risk of circulatory overload (age above 70, low weight); each is half of it."""
TWO_SIDED_80 = 2.563


def utilities(profiles: pd.DataFrame) -> pd.DataFrame:
    """Utility 0..1 of each term, one column a term."""
    values = _values(profiles)
    return pd.DataFrame({term.name: term.utility(values[term.name]) for term in TERMS})


class Weighting(NamedTuple):
    """Weights of the terms, which sum to 1, and the consistency ratio of the comparisons that gave them, if any."""

    shares: tuple[float, ...]
    consistency_ratio: float | None

    @property
    def words(self) -> str:
        """Where they come from, in a sentence."""
        if self.consistency_ratio is None:
            return "From the policy."
        return f"From comparisons in pairs, consistency ratio {self.consistency_ratio:.2f} (at most 0.10 is accepted)."


def weighting(routing: Routing) -> Weighting:
    """The weights in use: those of the policy, or of its comparisons in pairs where it has any.

    Raises:
        InputError: The comparisons are incomplete or contradict one another.
    """
    if routing.pairwise_comparisons:
        found, ratio = weights_in_words(routing.pairwise_comparisons, [term.name for term in TERMS])
        return Weighting(tuple(found.tolist()), ratio)
    given = [float(getattr(routing, term.weight)) for term in TERMS]
    return Weighting(tuple(weight / sum(given) for weight in given), None)


def decompose(profiles: pd.DataFrame, routing: Routing) -> pd.DataFrame:
    """Points of every term, and what is taken off; the columns of a patient add up to the score exactly.

    Score = 100 max(0, membership^gamma x benefit x (1 - kappa x uncertainty) - rho x risk).

    Args:
        profiles: OUTPATIENT_PROFILES; ``membership_share`` counts as 1 where there is no such column.
        routing: Policy section.
    """
    points = utilities(profiles) * [100.0 * share for share in weighting(routing).shares]
    benefit = points.sum(axis=1)
    member, sure, risk = _discounts(profiles, routing)
    placed = benefit * member
    certain = placed * sure
    final = (certain - 100.0 * risk).clip(lower=0.0)
    return points.assign(membership=placed - benefit, uncertainty=certain - placed, risk=final - certain)


def weighable(profiles: pd.DataFrame, routing: Routing) -> pd.DataFrame:
    """Terms after discounts and risk: 100 x their weighted sum, not below 0, is the score under any weights."""
    member, sure, risk = _discounts(profiles, routing)
    return utilities(profiles).mul(member * sure, axis=0).sub(risk, axis=0)


def priority_score(profiles: pd.DataFrame, routing: Routing) -> pd.DataFrame:
    """Score and its terms of each patient of OUTPATIENT_PROFILES.

    Returns:
        Columns ``priority_score`` (0 to 100) and ``score_words``, index as given. More travel, frailty, immobility, a
        carer or a wish for home never lower the score; more variable intervals or stays never raise it.
    """
    parts, values = decompose(profiles, routing), _values(profiles)
    words = [
        [term.words(*pair) for pair in zip(values[term.name].astype("float64"), parts[term.name], strict=True)]
        for term in TERMS
    ]
    taken = [[f"{name} {points:+.1f}" for points in parts[name]] for name in ("membership", "uncertainty", "risk")]
    frame = pd.DataFrame({"priority_score": parts.sum(axis=1)}, index=profiles.index).clip(0, 100)
    return frame.assign(score_words=[", ".join(terms) for terms in zip(*words, *taken, strict=True)])


def _discounts(profiles: pd.DataFrame, routing: Routing) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Factor of the membership, factor of the uncertainty, and what the risk takes off (of 1)."""
    member = profiles["membership_share"] if "membership_share" in profiles else pd.Series(1.0, profiles.index)
    sure = 1.0 - routing.uncertainty_discount * WIDTH.utility(_width(profiles))
    risk = (OLD.utility(profiles["age_years"]) + LIGHT.utility(profiles["weight_kg"])) / 2
    return member.astype("float64") ** routing.membership_exponent, sure, routing.risk_weight * risk


def _values(profiles: pd.DataFrame) -> dict[str, pd.Series]:
    return {
        "travel": profiles["travel_minutes"],
        "interval variation": profiles["interval_variation"],
        "frailty": profiles["frailty_score"],
        "mobility": profiles["mobility_score"],
        "visits in 28 days": _visits(profiles),
        "unplanned stays": profiles["stays_84d"],
        "carer": profiles["has_carer"],
        "wish for home": profiles["prefers_home"],
    }


def _visits(profiles: pd.DataFrame) -> pd.Series:
    known: pd.Series = profiles["mean_interval_days"].where(profiles["mean_interval_days"] > 0)
    return 28.0 / known


def _width(profiles: pd.DataFrame) -> pd.Series:
    """Unknown variation is as uncertain as the anchors know."""
    width: pd.Series = TWO_SIDED_80 * profiles["interval_variation"] * np.sqrt(_visits(profiles))
    return width.fillna(WIDTH.anchors[-1][0])
