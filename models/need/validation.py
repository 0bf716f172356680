"""Grouped cross-validation by patient, and what it says about the model beside simple rules.

Each fold is predicted by trees that never saw its patients, and its probabilities are calibrated on the other folds.
Only the number of trees, one for all folds, is chosen by the loss over them (early stopping): giving up a further fold
for it cost a quarter of the few positives and more discrimination than the choice can feign.
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
)
from models.need.learning import REQUEST, UNITS, LearningSet, Task, boost, learning_set, score, stacked

Words = NDArray[np.object_]
EVERYBODY = "all"
FEWEST_POSITIVES = 20
"""Positives from which a programme gets a calibration line of its own."""
HISTORY_DAYS = 28


@dataclass(frozen=True)
class OutOfFold:
    """Predictions of every row by trees that never saw its patient.

    Attributes:
        raw: Probability of a request within 24 hours before calibration.
        probability: The same after calibration on the other folds.
        units: Units of each day, a row for each point.
        request_trees: Trees that the final model of the probability gets.
        units_trees: Trees that the final model of units gets.
    """

    raw: Vector
    probability: Vector
    units: NDArray[np.float64]
    request_trees: int
    units_trees: int


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
    """Predict each fold from the others, with the number of trees that is best over all folds."""
    raw, request_trees = _out_of_fold(rows, lambda part: (part.columns, part.has_event), REQUEST, need, seed)
    days, units_trees = _out_of_fold(rows, lambda part: stacked(part.columns, part.units), UNITS, need, seed)
    probability = np.zeros_like(raw)
    for fold in np.unique(rows.fold):
        held = rows.fold == fold
        probability[held] = calibrated(raw[held], rows.programme[held], calibration(rows, raw, ~held))
    return OutOfFold(raw, probability, days.reshape(rows.units.shape), request_trees, units_trees)


def _out_of_fold(
    rows: LearningSet, view: Callable[[LearningSet], Task], objective: str, need: Need, seed: int
) -> tuple[Vector, int]:
    """Predictions of one task for all rows, and the number of trees with the least loss over the folds."""
    folds = [rows.fold == fold for fold in np.unique(rows.fold)]
    grown = [boost(view(rows.take(~held)), need, objective, seed, watch=view(rows.take(held))) for held in folds]
    losses = np.average([losses for _, losses in grown], axis=0, weights=[held.sum() for held in folds])
    trees = int(np.argmin(losses)) + 1
    wide = len(view(rows)[1]) // len(rows.fold)
    predicted = np.zeros((len(rows.fold), wide))
    for held, (booster, _) in zip(folds, grown, strict=True):
        predicted[held] = score(booster, view(rows.take(held))[0], trees).reshape(-1, wide)
    return predicted.reshape(-1), trees


def calibration(rows: LearningSet, raw: Vector, among: Mask) -> dict[str, Line]:
    """Platt's line (1999) for each programme, from out-of-sample predictions; never falling.

    A programme with too few positives gets the line of all rows, which is kept under ``all`` for unseen programmes.
    """
    lines = {EVERYBODY: _line(rows.has_event[among], raw[among])}
    for programme in sorted(set(rows.programme[among])):
        chosen = among & (rows.programme == programme)
        is_enough = rows.has_event[chosen].sum() >= FEWEST_POSITIVES
        lines[programme] = _line(rows.has_event[chosen], raw[chosen]) if is_enough else lines[EVERYBODY]
    return lines


def calibrated(raw: Vector, programme: Words, lines: Mapping[str, Line]) -> Vector:
    """Probabilities after the line of each row's programme."""
    moved = lines[EVERYBODY].apply(raw)
    for name, line in lines.items():
        moved = np.where(programme == name, line.apply(raw), moved)
    return moved


def _line(has_event: Vector, raw: Vector) -> Line:
    line = calibration_line(has_event, raw)
    return Line(line.intercept, max(line.slope, 0.0)) if np.isfinite(line.slope) else Line(0.0, 1.0)


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
    is_recent = table["haemoglobin_age_hours"] < need.haemoglobin_fresh_hours
    fresh = (is_recent & table["haemoglobin_g_per_dl"].notna()).to_numpy(dtype=bool)
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


def _plain(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, float):
        return round(value, 6) if np.isfinite(value) else None
    return value
