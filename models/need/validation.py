"""Grouped cross-validation by patient, and what it says about the model beside simple rules.

Each fold is predicted by trees that never saw its patients, and its probabilities are calibrated on the other folds.
The number of trees of a fold is chosen by the loss over the other folds (early stopping), never by its own. Inpatients
and the chronic programme learn apart: pooled, either does worse.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

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

EVERYBODY = "all"
FEWEST_POSITIVES = 20
"""Positives from which a programme gets a calibration line."""
HISTORY_DAYS = 28


@dataclass(frozen=True, slots=True)
class Trees:
    """How many steps of boosting a programme's models get."""

    request: int
    units: int


@dataclass(frozen=True)
class OutOfFold:
    """Predictions of every row by trees that never saw its patient.

    Attributes:
        raw: Probability of a request within 24 hours before calibration.
        probability: The same after calibration on the other folds.
        units: Units of each day, a row for each point.
        trees: Numbers of trees that the final models get, by programme.
    """

    raw: Vector
    probability: Vector
    units: NDArray[np.float64]
    trees: Mapping[str, "Trees"]


@dataclass(frozen=True, slots=True)
class Figures:
    """Out-of-sample figures of one source, or of everybody.

    Discrimination is that of the trees: calibration keeps the order within a programme, but each fold's line differs.

    Attributes:
        source: Source, or ``all``.
        points: Past days judged.
        positives: Of these, days followed by a request or transfusion within 24 hours.
        patients: Patients.
        auroc: Discrimination, with the 95 % interval by patient.
        auprc: Average precision, with the 95 % interval by patient; a useless model reaches the share of positives.
        brier: Mean squared error of the probability, with the 95 % interval by patient.
        calibration: Refit of the calibrated probability; intercept 0 and slope 1 are perfect.
        calibration_error: Expected calibration error.
        reliability: Mean predicted share, observed share and days of ten bins by rising risk.
        fresh_points: Days with a fresh haemoglobin, on which the baseline can be judged.
        fresh_positives: Of these, positives.
        fresh_auroc: Discrimination of the model on those days.
        fresh_auprc: Average precision of the model on those days.
        baseline_auroc: Discrimination of the last haemoglobin alone on the same days.
        baseline_auprc: Average precision of the last haemoglobin alone on the same days.
        units_error: Mean absolute error of the units of the whole horizon.
        baseline_units_error: The same for a recent rate: units of the last 28 days, carried forward.
        units_ratio: Predicted / observed units.
    """

    source: str
    points: int
    positives: int
    patients: int
    auroc: Interval
    auprc: Interval
    brier: Interval
    calibration: Line
    calibration_error: float
    reliability: tuple[tuple[float, float, int], ...]
    fresh_points: int
    fresh_positives: int
    fresh_auroc: Interval
    fresh_auprc: Interval
    baseline_auroc: Interval
    baseline_auprc: Interval
    units_error: float
    baseline_units_error: float
    units_ratio: float


@dataclass(frozen=True, slots=True)
class Metrics:
    """Figures of everybody, then of each source."""

    figures: tuple[Figures, ...]

    def of(self, source: str = EVERYBODY) -> Figures:
        """Figures of one source."""
        return next(figures for figures in self.figures if figures.source == source)

    def to_dict(self) -> dict[str, Any]:
        """Figures by source as plain values for JSON; what could not be computed is None."""
        return {figures.source: _plain(asdict(figures)) for figures in self.figures}


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
    raw, probability = np.zeros(len(rows.fold)), np.zeros(len(rows.fold))
    units, trees = np.zeros_like(rows.units), {}
    for programme in sorted(set(rows.programme)):
        chosen = rows.programme == programme
        part = rows.take(chosen)
        raw[chosen], request = _out_of_fold(part, _request_tasks, REQUEST, need, seed)
        days, by_day = _out_of_fold(part, _unit_tasks, UNITS, need, seed)
        units[chosen] = days.reshape(part.units.shape)
        probability[chosen] = _calibrated(part, raw[chosen])
        trees[programme] = Trees(request, by_day)
    return OutOfFold(raw, probability, units, trees)


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


def is_fresh(features: pd.DataFrame, need: Need) -> Mask:
    """Rows with a haemoglobin young enough for the rule of the last haemoglobin."""
    is_recent = features["haemoglobin_age_hours"] < need.haemoglobin_fresh_hours
    return (is_recent & features["haemoglobin_g_per_dl"].notna()).to_numpy(dtype=bool)


def _plain(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, float):
        return round(value, 6) if np.isfinite(value) else None
    return value
