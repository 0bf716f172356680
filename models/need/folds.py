"""Grouped cross-validation by patient.

Each fold is predicted by trees that never saw its patients, and its probabilities are calibrated on the other folds.
The number of trees of a fold is chosen by the loss over the other folds (early stopping), never by its own. Inpatients
and the chronic programme learn apart: pooled, either does worse. Where positives are few, the luck of the deal is
averaged out: patients are dealt to folds several times, and a row's log odds are the mean over the deals.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.metrics import log_loss

from hemoflow.domain.policy import Need
from models.evaluation import Line, Mask, Vector, calibration_line, log_odds
from models.need.learning import REQUEST, UNITS, LearningSet, Task, boost, deal, request_task, score, stacked
from models.need.search import search
from models.need.start import Start

FEWEST_POSITIVES = 20
"""Positives from which a programme gets a calibration line."""
MANY_POSITIVES = 300
"""Positives from which one deal of folds is as good as another."""
Tasks = Callable[[LearningSet, LearningSet], tuple[Task, Task]]


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
        searched: What the search found, by programme; empty without one.
    """

    raw: Vector
    probability: Vector
    week: Vector
    week_probability: Vector
    units: NDArray[np.float64]
    trees: Mapping[str, Trees]
    searched: Mapping[str, Mapping[str, Any]]


def cross_validate(rows: LearningSet, need: Need, *, seed: int) -> OutOfFold:
    """Predict each fold from the others, each programme by itself.

    The number of trees of a fold is chosen by the loss over the other folds, that of the final model over all.
    """
    raw, probability, week, week_probability = np.zeros((4, len(rows.fold)))
    units, trees = np.zeros_like(rows.units), {}
    searched: dict[str, dict[str, Any]] = {}
    for programme in sorted(set(rows.programme)):
        chosen = rows.programme == programme
        part = rows.take(chosen)
        raw[chosen], request, report = _request(part, need, seed)
        searched |= {programme: report} if report else {}
        days, by_day = _out_of_fold(part, _unit_tasks, UNITS, need, seed)
        units[chosen] = days.reshape(part.units.shape)
        probability[chosen] = _calibrated(part, raw[chosen])
        week[chosen], late = over_deals(part.of_week(), lighter(need), seed)
        week_probability[chosen] = _calibrated(part.of_week(), week[chosen])
        trees[programme] = Trees(request, late, by_day)
    late_probability = np.maximum(week_probability, probability)
    return OutOfFold(raw, probability, week, late_probability, units, trees, searched)


def by_rival(rows: LearningSet, found: OutOfFold, score: Vector) -> OutOfFold:
    """The predictions with the probability of 24 hours taken from a challenger's log odds, calibrated likewise."""
    raw, probability, late = expit(score), np.zeros(len(score)), np.zeros(len(score))
    for programme in sorted(set(rows.programme)):
        chosen = rows.programme == programme
        part = rows.take(chosen)
        probability[chosen] = _calibrated(part, raw[chosen])
        late[chosen] = _calibrated(part.of_week(), found.week[chosen])
    return replace(found, raw=raw, probability=probability, week_probability=np.maximum(late, probability))


def _request(part: LearningSet, need: Need, seed: int) -> tuple[Vector, int, dict[str, Any]]:
    """Out-of-fold probability, number of trees, and what a search found; the better of it and the policy."""
    raw, trees = over_deals(part, need, seed)
    if not need.search_trials:
        return raw, trees, {}
    found = search(part, need, _losses, seed=seed)
    nested = _nested(part, need, seed)
    by_search, by_policy = (log_loss(part.has_event, probability, labels=[0, 1]) for probability in (nested, raw))
    is_used = by_search < by_policy
    report = {
        "trials": need.search_trials, "settings": found.settings, "is_used": is_used,
        "loss_nested": round(by_search, 6), "loss_policy": round(by_policy, 6),
    }  # fmt: skip
    return (nested, found.trees, report) if is_used else (raw, trees, report)


def _nested(part: LearningSet, need: Need, seed: int) -> Vector:
    """Each fold by settings that were searched for on the other folds alone."""
    raw = np.zeros(len(part.fold))
    for held in _masks(part):
        train = part.take(~held)
        found = search(train, need, _losses, seed=seed)
        task, test = _request_tasks(train, part.take(held))
        booster, _ = boost(task, found.need, REQUEST, seed, trees=found.trees)
        raw[held] = score(booster, test[0], test[2])
    return raw


def _losses(rows: LearningSet, need: Need) -> NDArray[np.float64]:
    _, losses = _grown(rows, _request_tasks, REQUEST, need, 0)
    found: NDArray[np.float64] = losses.sum(axis=0)
    return found


def over_deals(rows: LearningSet, need: Need, seed: int) -> tuple[Vector, int]:
    """Probability before calibration, and a number of trees: the means over deals of the folds."""
    deals = need.deals if rows.has_event.sum() < MANY_POSITIVES else 1
    found = [
        _out_of_fold(deal(rows, need.folds, seed + number) if number else rows, _request_tasks, REQUEST, need, seed)
        for number in range(deals)
    ]
    raw: Vector = expit(np.mean([log_odds(probability) for probability, _ in found], axis=0))
    return raw, round(float(np.mean([trees for _, trees in found])))


def lighter(need: Need) -> Need:
    """One tree a step in place of the mean of several: the outcome of all days has enough positives."""
    return replace(need, parallel_trees=1)


def _request_tasks(train: LearningSet, test: LearningSet) -> tuple[Task, Task]:
    start = Start.learn(train.columns, train.has_event)
    return request_task(train, start), request_task(test, start)


def _unit_tasks(train: LearningSet, test: LearningSet) -> tuple[Task, Task]:
    return stacked(train.columns, train.units), stacked(test.columns, test.units)


def _out_of_fold(rows: LearningSet, tasks: Tasks, objective: str, need: Need, seed: int) -> tuple[Vector, int]:
    """Predictions of one task for all rows, and the number of trees with the least loss over the folds."""
    folds = _masks(rows)
    grown, losses = _grown(rows, tasks, objective, need, seed)
    wide = len(grown[0][0][1]) // int(folds[0].sum())
    predicted = np.zeros((len(rows.fold), wide))
    for number, (held, (test, booster)) in enumerate(zip(folds, grown, strict=True)):
        others = np.delete(losses, number, axis=0) if len(folds) > 1 else losses
        predicted[held] = score(booster, test[0], test[2], _best(others)).reshape(-1, wide)
    return predicted.reshape(-1), _best(losses)


def _grown(
    rows: LearningSet, tasks: Tasks, objective: str, need: Need, seed: int
) -> tuple[list[tuple[Task, xgb.Booster]], NDArray[np.float64]]:
    """Trees of the other folds for each fold, and its total loss after each step."""
    grown, losses = [], []
    for held in _masks(rows):
        train, test = tasks(rows.take(~held) if not held.all() else rows, rows.take(held))
        booster, lost = boost(train, need, objective, seed, watch=test)
        grown.append((test, booster))
        losses.append(np.array(lost) * held.sum())
    return grown, np.array(losses)


def _masks(rows: LearningSet) -> list[Mask]:
    return [rows.fold == fold for fold in np.unique(rows.fold)]


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
