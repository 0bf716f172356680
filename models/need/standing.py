"""Whether a new model takes the place of the version in force: both judged on patients of whom neither learned.

Every version has a twin, made in the same way without one patient of four, the same patients in every version; twins
are compared on them. Discrimination and calibration count both: AUROC, and the Brier score. A difference counts when
the 95 % interval of the paired bootstrap by patient excludes zero.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from hemoflow.domain.watching import Promotion
from models.evaluation import Interval, Vector, auroc, brier, paired_gain
from models.need.judging import FEW, named
from models.need.learning import LearningSet
from models.need.request import kept_out

RULES = {
    Promotion.NOT_WORSE: "it takes the place of the version in force unless it is worse beyond noise",
    Promotion.BETTER: "it takes the place of the version in force only when it is better beyond noise",
    Promotion.BY_HAND: "a person promotes",
}


Twin = Callable[[pd.DataFrame, pd.Series], Vector]
"""Probability by columns and programme, see :meth:`models.need.model.NeedModel.twin_probability`."""


@dataclass(frozen=True)
class InForce:
    """The version in force.

    Attributes:
        model_id: Its version; empty when there is none.
        twin: Its twin; None when there is none, or it cannot be read.
        note: Why it cannot be read.
    """

    model_id: str = ""
    twin: Twin | None = None
    note: str = ""


def standing(rows: LearningSet, twin: Twin, in_force: InForce, rule: Promotion, *, seed: int) -> dict[str, Any]:
    """The decision with its figures as plain values: ``is_promoted``, ``decision``, ``gain_auroc``, ``gain_brier`` ...

    Args:
        rows: What the new model learned from.
        twin: Its twin.
        in_force: The version in force.
        rule: The policy's rule.
        seed: Seed of the bootstrap.
    """
    held = rows.take(kept_out(rows.features["patient_id"]) & (in_force.twin is not None))
    event, patient, programme = held.has_event, held.patient, held.features["programme"]
    pair = (twin(held.columns, programme), (in_force.twin or twin)(held.columns, programme))
    gains = {
        "gain_auroc": paired_gain(auroc, event, pair, patient, seed=seed, resamples=FEW),
        "gain_brier": paired_gain(_negative_brier, event, pair, patient, seed=seed, resamples=FEW),
    }
    is_promoted = _is_promoted(rule, in_force, gains)
    told: dict[str, Any] = {
        "in_force": in_force.model_id,
        "days": len(event),
        "positives": int(event.sum()),
        "patients": len(set(patient)),
        "rule": str(rule),
        "is_promoted": is_promoted,
    }
    for name, gain in gains.items():
        told |= named(name, gain)
    return told | {"decision": in_words(told, in_force.note)}


def in_words(told: Mapping[str, Any], note: str = "") -> str:
    """The decision as a sentence."""
    verdict = "Promoted" if told["is_promoted"] else "Kept as a candidate, which a person may promote"
    if not told["in_force"]:
        return f"{verdict}: there is no version in force to compare with."
    because = f"{verdict} (rule: {RULES[Promotion(told['rule'])]})"
    if note or told["gain_auroc"] is None:
        why = note or f"of the patients kept out there are {told['days']} days with {told['positives']} requests"
        return f"{because}: {told['in_force']} cannot be compared: {why}."
    return (
        f"{because}: beside {told['in_force']} on {told['days']} days of {told['patients']} patients with "
        f"{told['positives']} requests, of whom neither twin learned, AUROC {_gain(told, 'gain_auroc', 3)}, "
        f"Brier score better by {_gain(told, 'gain_brier', 4)}."
    )


def _is_promoted(rule: Promotion, in_force: InForce, gains: Mapping[str, Interval]) -> bool:
    if rule is Promotion.BY_HAND:
        return False
    is_worse = any(gain.high < 0 for gain in gains.values())
    is_better = not in_force.model_id or any(gain.low > 0 for gain in gains.values())
    return not is_worse and (is_better or rule is Promotion.NOT_WORSE)


def _negative_brier(event: Vector, probability: Vector) -> float:
    return -brier(event, probability)


def _gain(told: Mapping[str, Any], name: str, digits: int) -> str:
    low, high = told[f"{name}_interval"]
    return f"{told[name]:+.{digits}f} (95 % {low:+.{digits}f} to {high:+.{digits}f})"
