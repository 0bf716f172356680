"""From features and labels to boosters: the learning set, folds by patient, and one way to boost."""

import hashlib
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pandas as pd
import xgboost as xgb
from numpy.typing import NDArray

from hemoflow.domain.errors import StateError
from hemoflow.domain.policy import Need
from models.evaluation import Mask, Vector, has_both_classes
from models.need.features import FEATURES, by_day, matrix
from models.need.start import SMALLEST_MEAN, Start

POINT = ["patient_id", "cut_at"]
REQUEST, UNITS = "binary:logistic", "count:poisson"
Task = tuple[pd.DataFrame, Vector, Vector | None]
"""Columns, outcomes, and where the trees start on the scale of log odds (none: at the mean)."""
MONOTONE = {feature.name: feature.direction for feature in FEATURES if feature.direction}


@dataclass(frozen=True)
class LearningSet:
    """Aligned rows to learn from, one for each point with labels.

    Attributes:
        features: NEED_FEATURES rows.
        columns: Model columns of the same rows.
        has_event: 1 when a request or transfusion came within 24 hours.
        has_week: 1 when one came within the days for which there are labels.
        units: Units newly needed, a row for each point and a column for each day.
        patient: A whole number for each patient.
        fold: The fold in which the patient is tested.
    """

    features: pd.DataFrame
    columns: pd.DataFrame
    has_event: Vector
    has_week: Vector
    units: NDArray[np.float64]
    patient: Vector
    fold: NDArray[np.int64]

    def take(self, which: Mask) -> "LearningSet":
        """Some of the rows."""
        kept = {field.name: getattr(self, field.name)[which] for field in fields(self)}
        return LearningSet(**kept)

    def of_week(self) -> "LearningSet":
        """The same rows, with the outcome of all days in place of that of the first."""
        return replace(self, has_event=self.has_week)

    @property
    def programme(self) -> NDArray[np.object_]:
        """The programme of each row."""
        return self.features["programme"].astype("str").to_numpy(dtype="object")

    @property
    def sha256(self) -> str:
        """Hash of every value learned from."""
        digest = hashlib.sha256()
        for values in (self.columns.to_numpy(), self.has_event, self.has_week, self.units, self.patient):
            digest.update(np.ascontiguousarray(values).tobytes())
        return digest.hexdigest()


def learning_set(features: pd.DataFrame, labels: pd.DataFrame, need: Need, *, seed: int) -> LearningSet:
    """Join features and labels on patient and point; points without labels are left out.

    So are programmes with one class or a single patient, unless no other is left; each programme is learned by itself.

    Raises:
        StateError: There is nothing to learn from, or only one class, or a single patient.
    """
    joined = features.merge(outcomes(labels), on=POINT).sort_values(POINT, ignore_index=True)
    has_event, has_week = (joined.pop(name).to_numpy(dtype="float64") for name in ("has_event", "has_week"))
    patient = pd.factorize(joined["patient_id"])[0].astype("float64")
    if not has_both_classes(has_event) or len(np.unique(patient)) < 2:  # noqa: PLR2004
        raise StateError(
            f"The need model has {len(joined)} past days to learn from, {int(has_event.sum())} of them with a red-cell "
            f"request or transfusion, of {len(np.unique(patient))} patients.",
            remedy="Load a longer history with requests, or train as of a later day.",
        )
    learnable = _learnable(joined["programme"].astype("str"), patient, has_event)
    has_event, has_week, patient = has_event[learnable], has_week[learnable], patient[learnable]
    joined = joined[learnable].reset_index(drop=True)
    units = labels.set_index([*POINT, "day_number"])["units"].unstack()  # noqa: PD010 - there is nothing to aggregate
    return LearningSet(
        features=joined,
        columns=matrix(joined, need),
        has_event=has_event,
        has_week=has_week,
        units=units.loc[pd.MultiIndex.from_frame(joined[POINT])].to_numpy(dtype="float64"),
        patient=patient,
        fold=_folds(joined["source"], patient, has_event, need.folds, seed),
    )


def outcomes(labels: pd.DataFrame) -> pd.DataFrame:
    """POINT, ``has_event`` on the first day, and ``has_week`` on any day, of NEED_LABELS."""
    first = labels.loc[labels["day_number"] == 1, [*POINT, "has_event"]]
    week = labels.groupby(POINT, as_index=False).agg(has_week=("has_event", "max"))
    return first.merge(week, on=POINT).astype({"has_event": "float64", "has_week": "float64"})


def _learnable(programme: pd.Series, patient: Vector, has_event: Vector) -> Mask:
    rows = pd.DataFrame({"programme": programme, "patient": patient, "event": has_event})
    seen = rows.groupby("programme").agg(patients=("patient", "nunique"), least=("event", "min"), most=("event", "max"))
    good = seen.index[(seen["patients"] > 1) & (seen["least"] < seen["most"])]
    if good.empty:  # both classes exist, but apart
        good = seen.index
    kept: Mask = programme.isin(good).to_numpy(dtype=bool)
    return kept


def deal(rows: LearningSet, folds: int, seed: int) -> LearningSet:
    """The same rows, their patients dealt to folds anew."""
    return replace(rows, fold=_folds(rows.features["source"], rows.patient, rows.has_event, folds, seed))


def _folds(source: pd.Series, patient: Vector, has_event: Vector, folds: int, seed: int) -> NDArray[np.int64]:
    """Deal patients out like cards: by source, most positives first, ties shuffled; a patient stays whole."""
    people = pd.DataFrame({"patient": patient, "source": source.astype("str"), "positives": has_event})
    hands = people.groupby("patient", as_index=False).agg({"source": "first", "positives": "sum"})
    hands["luck"] = np.random.default_rng(seed).permutation(len(hands))
    hands = hands.sort_values(["source", "positives", "luck"], ascending=[True, False, True], ignore_index=True)
    number = pd.Series(np.arange(len(hands)) % min(folds, len(hands)), index=hands["patient"])
    return number.reindex(patient).to_numpy(dtype="int64")


def boost(
    task: Task, need: Need, objective: str, seed: int, *, trees: int | None = None, watch: Task | None = None
) -> tuple[xgb.Booster, list[float]]:
    """Boosted trees with one thread; haemoglobin may only lower the need, for that is physiology.

    Each tree sees a share of the rows and each split a share of the columns (Friedman 2002): with few positives that
    made more difference than any other setting.

    Args:
        task: Columns and outcomes.
        need: Depth, learning rate, shares and the most trees.
        objective: :data:`REQUEST`, :data:`UNITS`.
        seed: Seed of XGBoost.
        trees: Number of trees, else the policy's most.
        watch: Other columns and outcomes.

    Returns:
        The trees, and the loss on what is watched after each of them.
    """
    settings = settings_of(float(task[1].mean()), need, objective, seed)
    losses: dict[str, dict[str, list[float]]] = {}
    seen = [(_matrix(watch), "watch")] if watch else []
    booster = xgb.train(
        settings, _matrix(task), trees or need.trees, evals=seen, evals_result=losses, verbose_eval=False
    )
    return booster, next(iter(losses["watch"].values())) if watch else []


def settings_of(mean: float, need: Need, objective: str, seed: int) -> dict[str, Any]:
    """What XGBoost is told, wherever it runs.

    Args:
        mean: Mean outcome, from which the trees start where nothing else says so.
        need: Depth and learning rate.
        objective: :data:`REQUEST`, :data:`UNITS`.
        seed: Seed of XGBoost.
    """
    return {
        "objective": objective,
        "base_score": float(np.clip(mean, SMALLEST_MEAN, 1 - SMALLEST_MEAN)),
        "eta": need.learning_rate,
        "max_depth": need.max_depth if objective == REQUEST else need.units_max_depth,
        "min_child_weight": 5,
        "subsample": need.row_share,
        "colsample_bynode": need.column_share,
        "num_parallel_tree": need.parallel_trees if objective == REQUEST else 1,
        "max_bin": 64,
        "tree_method": "hist",
        "monotone_constraints": MONOTONE,
        "seed": seed,
        "nthread": 1,
    }


def _matrix(task: Task) -> xgb.DMatrix:
    columns, target, margin = task
    return xgb.DMatrix(columns, target, base_margin=margin, nthread=1)


def score(booster: xgb.Booster, columns: pd.DataFrame, margin: Vector | None = None, trees: int = 0) -> Vector:
    """Predictions with the first trees; 0 means all."""
    data = xgb.DMatrix(columns, base_margin=margin, nthread=1)
    predicted: Vector = booster.predict(data, iteration_range=(0, trees)).astype("float64")
    return predicted


def request_task(rows: LearningSet, start: Start) -> Task:
    """Columns and outcomes of the model of the probability, and where its trees start."""
    return rows.columns, rows.has_event, start.margin(rows.columns)


def stacked(columns: pd.DataFrame, units: NDArray[np.float64]) -> Task:
    """Columns and outcomes of the model of units a day: a row for each point and day."""
    return by_day(columns, units.shape[1]), units.reshape(-1), None
