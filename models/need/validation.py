"""Grouped cross-validation by patient, and what it says about the model beside simple rules.

Each fold is predicted by trees that never saw its patients, and its probabilities are calibrated on the other folds.
The number of trees of a fold is chosen by the loss over the other folds (early stopping), never by its own. Inpatients
and the chronic programme learn apart: pooled, either does worse.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hemoflow.domain.policy import Need
from models.evaluation import (
    Interval,
    Line,
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
from models.need.learning import (
    REQUEST,
    UNITS,
    LearningSet,
    Rule,
    Task,
    boost,
    learning_set,
    request_task,
    score,
    stacked,
)

FEWEST_POSITIVES = 20
"""Positives from which a programme gets a calibration line."""
HISTORY_DAYS = 28


@dataclass(frozen=True, slots=True)
class Trees:
    """How many steps of boosting a programme's models get."""

    request: int
    week: int
    units: int


@dataclass(frozen=True)
class OutOfFold:
    """Predictions of every row by trees that never saw its patient.

    Attributes:
        raw: Probability of a request within 24 hours before calibration.
        probability: The same after calibration on the other folds.
        week: Probability of a request within all days of the horizon before calibration.
        week_probability: The same after calibration.
        units: Units of each day, a row for each point.
        trees: Numbers of trees that the final models get, by programme.
    """

    raw: Vector
    probability: Vector
    week: Vector
    week_probability: Vector
    units: NDArray[np.float64]
    trees: Mapping[str, "Trees"]


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


def cross_validate(rows: LearningSet, need: Need, *, seed: int) -> OutOfFold:
    """Predict each fold from the others, each programme by itself.

    The number of trees of a fold is chosen by the loss over the other folds, that of the final model over all.
    """
    raw, probability, week, week_probability = np.zeros((4, len(rows.fold)))
    units, trees = np.zeros_like(rows.units), {}
    for programme in sorted(set(rows.programme)):
        chosen = rows.programme == programme
        part = rows.take(chosen)
        raw[chosen], request = _out_of_fold(part, _request_tasks, REQUEST, need, seed)
        days, by_day = _out_of_fold(part, _unit_tasks, UNITS, need, seed)
        units[chosen] = days.reshape(part.units.shape)
        probability[chosen] = _calibrated(part, raw[chosen])
        week[chosen], late = _out_of_fold(part.of_week(), _request_tasks, REQUEST, lighter(need), seed)
        week_probability[chosen] = _calibrated(part.of_week(), week[chosen])
        trees[programme] = Trees(request, late, by_day)
    return OutOfFold(raw, probability, week, np.maximum(week_probability, probability), units, trees)


def lighter(need: Need) -> Need:
    """One tree a step in place of the mean of several: the outcome of all days has enough positives."""
    return replace(need, parallel_trees=1)


def _request_tasks(train: LearningSet, test: LearningSet) -> tuple[Task, Task]:
    rule = Rule.learn(train.columns, train.has_event)
    return request_task(train, rule), request_task(test, rule)


def _unit_tasks(train: LearningSet, test: LearningSet) -> tuple[Task, Task]:
    return stacked(train.columns, train.units), stacked(test.columns, test.units)


def _out_of_fold(
    rows: LearningSet, tasks: Callable[[LearningSet, LearningSet], tuple[Task, Task]], objective: str, need: Need,
    seed: int,
) -> tuple[Vector, int]:  # fmt: skip
    """Predictions of one task for all rows, and the number of trees with the least loss over the folds."""
    folds = [rows.fold == fold for fold in np.unique(rows.fold)]
    grown = []
    for held in folds:
        train, test = tasks(rows.take(~held) if not held.all() else rows, rows.take(held))
        grown.append((test, *boost(train, need, objective, seed, watch=test)))
    losses = np.array([losses for _, _, losses in grown]) * np.array([[held.sum()] for held in folds])
    wide = len(grown[0][0][1]) // int(folds[0].sum())
    predicted = np.zeros((len(rows.fold), wide))
    for number, (held, (test, booster, _)) in enumerate(zip(folds, grown, strict=True)):
        others = np.delete(losses, number, axis=0) if len(folds) > 1 else losses
        predicted[held] = score(booster, test[0], test[2], _best(others)).reshape(-1, wide)
    return predicted.reshape(-1), _best(losses)


def _best(losses: NDArray[np.float64]) -> int:
    return int(np.argmin(losses.sum(axis=0))) + 1


def _calibrated(rows: LearningSet, raw: Vector) -> Vector:
    """Each fold along the line of the other folds."""
    probability = np.zeros_like(raw)
    for fold in np.unique(rows.fold):
        held = rows.fold == fold
        probability[held] = calibration(rows.has_event[~held], raw[~held]).apply(raw[held])
    return probability


def calibration(has_event: Vector, raw: Vector) -> Line:
    """Platt's line (1999) from out-of-sample predictions, never falling; with too few positives nothing is moved."""
    line = calibration_line(has_event, raw)
    is_enough = has_event.sum() >= FEWEST_POSITIVES and np.isfinite(line.slope)
    return Line(line.intercept, max(line.slope, 0.0)) if is_enough else Line(0.0, 1.0)


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
