"""What cross-validation by patient says about the model beside simple rules."""

import numpy as np
import pandas as pd

from hemoflow.domain.policy import Need
from models.evaluation import (
    Interval,
    Mask,
    Metric,
    Vector,
    auprc,
    auroc,
    bootstrap,
    brier,
    calibration_error,
    calibration_line,
    reliability,
)
from models.need.figures import EVERYBODY, Figures, Metrics, WeekFigures
from models.need.folds import OutOfFold, cross_validate
from models.need.learning import LearningSet, learning_set

HISTORY_DAYS = 28


def evaluate(features: pd.DataFrame, labels: pd.DataFrame, need: Need, *, seed: int) -> Metrics:
    """Evaluate a need model that is trained with this policy, by grouped cross-validation.

    Args:
        features: NEED_FEATURES at past points.
        labels: NEED_LABELS of those points.
        need: Section of the policy.
        seed: Seed of folds, trees and bootstrap.

    Raises:
        StateError: There is nothing to learn from, or only one class.
    """
    rows = learning_set(features, labels, need, seed=seed)
    return measure(rows, cross_validate(rows, need, seed=seed), need, seed=seed)


def measure(rows: LearningSet, predicted: OutOfFold, need: Need, *, seed: int) -> Metrics:
    """Figures of everybody and of each source from out-of-fold predictions."""
    source = rows.features["source"].astype("str").to_numpy()
    chosen = {EVERYBODY: np.ones(len(source), dtype=bool)}
    chosen |= {name: source == name for name in sorted(set(source))}
    if len(chosen) == 2:  # noqa: PLR2004
        chosen = {EVERYBODY: chosen[EVERYBODY]}
    return Metrics(
        tuple(_figures(name, rows, predicted, which, need=need, seed=seed) for name, which in chosen.items())
    )


def _figures(source: str, rows: LearningSet, predicted: OutOfFold, which: Mask, *, need: Need, seed: int) -> Figures:
    event, patient, table = rows.has_event[which], rows.patient[which], rows.features[which]
    raw, probability = predicted.raw[which], predicted.probability[which]
    haemoglobin = table["haemoglobin_g_per_dl"].to_numpy(dtype="float64")
    fresh = is_fresh(table, need)
    units, expected = rows.units[which].sum(axis=1), predicted.units[which].sum(axis=1)
    rate = table["transfused_28d_units"].to_numpy(dtype="float64") / HISTORY_DAYS * rows.units.shape[1]

    def sure(metric: Metric, score: Vector, at: Mask) -> Interval:
        return bootstrap(metric, event[at], score[at], patient[at], seed=seed)

    everywhere = np.ones_like(fresh)
    return Figures(
        source=source,
        points=len(event),
        positives=int(event.sum()),
        patients=len(np.unique(patient)),
        auroc=sure(auroc, raw, everywhere),
        auprc=sure(auprc, raw, everywhere),
        brier=sure(brier, probability, everywhere),
        calibration=calibration_line(event, probability),
        calibration_error=calibration_error(event, probability),
        reliability=tuple(reliability(event, probability)),
        week=_week(rows, predicted, which, seed=seed),
        fresh_points=int(fresh.sum()),
        fresh_positives=int(event[fresh].sum()),
        fresh_auroc=sure(auroc, raw, fresh),
        fresh_auprc=sure(auprc, raw, fresh),
        baseline_auroc=sure(auroc, -haemoglobin, fresh),
        baseline_auprc=sure(auprc, -haemoglobin, fresh),
        units_error=float(np.abs(units - expected).mean()),
        baseline_units_error=float(np.abs(units - rate).mean()),
        units_ratio=float(expected.sum() / units.sum()) if units.sum() else float("nan"),
    )


def _week(rows: LearningSet, predicted: OutOfFold, which: Mask, *, seed: int) -> WeekFigures:
    event, probability = rows.has_week[which], predicted.week_probability[which]
    return WeekFigures(
        positives=int(event.sum()),
        auroc=bootstrap(auroc, event, predicted.week[which], rows.patient[which], seed=seed),
        brier=brier(event, probability),
        calibration=calibration_line(event, probability),
        calibration_error=calibration_error(event, probability),
    )


def is_fresh(features: pd.DataFrame, need: Need) -> Mask:
    """Rows with a haemoglobin young enough for the rule of the last haemoglobin."""
    is_recent = features["haemoglobin_age_hours"] < need.haemoglobin_fresh_hours
    return (is_recent & features["haemoglobin_g_per_dl"].notna()).to_numpy(dtype=bool)
