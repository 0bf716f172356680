"""The units of 28 days on points that lie later than everything learned from, beside rules a clinic uses by hand.

Temporal split with an embargo: trees learn from the oldest points, limits from later ones, figures come from the last,
and between any two parts lie as many days as a label looks ahead. A quarter of the patients is kept out of training, so
that the figures of patients never seen are told apart.
"""

from typing import Any

import numpy as np
import pandas as pd

from hemoflow.domain.policy import Need
from models.evaluation import Mask, Vector, bootstrap
from models.need.month import month_rows, split_in_time, train_month

TEST_SHARE = 0.25
WARM_UP_DAYS = 84
"""Days of history that a point needs before it; earlier look-backs are not full."""
FOLDS = 4


def evaluate_month(features: pd.DataFrame, labels: pd.DataFrame, need: Need, *, seed: int) -> dict[str, Any]:
    """Figures of the units of 28 days on the newest quarter of the points.

    Args:
        features: NEED_FEATURES of the chronic programme at past points.
        labels: NEED_LABELS of those points over 28 days.
        need: Section of the policy.
        seed: Seed of trees, of the patients kept out, and of the bootstrap.

    Returns:
        Error of the model's nearest whole number of units, of its mean, and of each rule; by how much the model's is
        lower than the recent rate, with the 95 % interval by patient; coverage of the limits, by diagnosis and for
        patients never seen. ``{"n": 0}`` when the history is too short.
    """
    rows, units = month_rows(features, labels)
    warm = (rows["cut_at"] >= rows["cut_at"].min() + pd.Timedelta(days=WARM_UP_DAYS)).to_numpy(dtype=bool)
    rows, units = rows[warm].reset_index(drop=True), units[warm]
    older, newest = split_in_time(rows["cut_at"], TEST_SHARE)
    patient = pd.factorize(rows["patient_id"], sort=True)[0]
    luck = np.random.default_rng(seed).permutation(patient.max(initial=0) + 1)
    is_new = luck[patient] % FOLDS == 0
    learned = older & ~is_new
    model = train_month(rows[learned].reset_index(drop=True), units[learned], need, seed=seed)
    if model is None:
        return {"n": 0}
    predicted = model.predict(rows[newest], need)
    return _figures(rows[newest], units[newest], predicted, is_new[newest], seed=seed)


def rules(rows: pd.DataFrame) -> dict[str, Vector]:
    """What a clinic would carry forward: units of 28 days, of 84 days, or the last units at the usual rhythm."""
    recent = rows["transfused_28d_units"]
    rhythm = (rows["last_visit_units"] * 28 / rows["recent_interval_days"]).fillna(recent)
    found = {"recent_rate": recent, "rate_84d": rows["transfused_84d_units"] / 3, "last_units_at_rhythm": rhythm}
    return {name: values.to_numpy(dtype="float64") for name, values in found.items()}


def _figures(rows: pd.DataFrame, units: Vector, predicted: pd.DataFrame, is_new: Mask, *, seed: int) -> dict[str, Any]:
    patient = pd.factorize(rows["patient_id"])[0].astype("float64")
    point = predicted["expected"].round().to_numpy()
    error = np.abs(point - units)
    by_rule = {name: np.abs(value - units) for name, value in rules(rows).items()}
    low, high = (predicted[name].to_numpy() for name in ("low", "high"))
    held = ((units >= low) & (units <= high)).astype("float64")
    lower = bootstrap(_lower, error, by_rule["recent_rate"], patient, seed=seed)
    group = rows["diagnosis_group"].fillna("none").astype("str").to_numpy()
    return {
        "n": len(units),
        "patients": len(np.unique(patient)),
        "mean_units": _plain(units.mean()),
        "mae": _plain(error.mean()),
        "mae_of_mean": _plain(np.abs(predicted["expected"].to_numpy() - units).mean()),
        "mae_patients_never_seen": _plain(error[is_new].mean()),
        "predicted_to_observed": _plain(predicted["expected"].sum() / units.sum()),
        "baselines": {name: _plain(errors.mean()) for name, errors in by_rule.items()},
        "mae_lower_by": _plain(lower.value),
        "mae_lower_by_interval": [_plain(lower.low), _plain(lower.high)],
        "coverage": _plain(held.mean()),
        "coverage_patients_never_seen": _plain(held[is_new].mean()),
        "coverage_by_diagnosis": {str(name): _plain(held[group == name].mean()) for name in np.unique(group)},
        "mean_width": _plain((high - low).mean()),
    }


def _lower(error: Vector, other: Vector) -> float:
    """By which share the one error is lower than the other."""
    return float(1 - error.mean() / other.mean())


def _plain(value: float) -> float | None:
    return round(float(value), 4) if np.isfinite(value) else None
