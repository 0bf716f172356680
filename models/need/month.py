"""Units of the next 28 days of a programme that is followed for months, with limits that hold in every diagnosis.

Boosted trees with a Poisson objective on rates over bounded look-backs; a cumulative count would drift with the
calendar. The trees learn from the older points and the limits from the newer ones (split conformal, Vovk et al. 2005;
within diagnosis: Mondrian), with as many days between the two as a label looks ahead, so that no label is on both
sides. Raw quantiles of trees cover too little.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xgboost as xgb

from hemoflow.domain.policy import Need
from models.evaluation import Mask, Vector
from models.need.features import matrix
from models.need.learning import MONOTONE, POINT, score

DAYS = 28
NEWEST_SHARE = 0.3
"""Share of the points, the newest, from which the limits are learned."""
FEWEST_POINTS = 100
FEWEST_OF_GROUP = 30
"""Points from which a diagnosis gets limits of its own; else those of everybody."""
EVERYBODY = "all"
SPREAD = 0.3
SETTINGS = {
    "objective": "count:poisson",
    "eta": 0.1,
    "max_depth": 4,
    "min_child_weight": 20,
    "subsample": 0.7,
    "colsample_bynode": 0.5,
    "max_bin": 64,
    "tree_method": "hist",
    "monotone_constraints": MONOTONE,
    "nthread": 1,
}
MOST_TREES, PATIENCE = 300, 30


@dataclass(frozen=True)
class MonthModel:
    """Trees and limits.

    Attributes:
        booster: Mean units of 28 days.
        limits: For each diagnosis the low and the high error, in units of ``sqrt(mean + 0.3)``.
    """

    booster: xgb.Booster
    limits: Mapping[str, tuple[float, float]]

    def predict(self, features: pd.DataFrame, need: Need) -> pd.DataFrame:
        """``expected``, ``low`` and ``high`` units of 28 days, a row for each of NEED_FEATURES.

        The expected number is a mean and may be a fraction; limits are whole units, for nobody gets half a bag.
        """
        mean = score(self.booster, matrix(features, need))
        low, high = np.array([self.limits.get(group, self.limits[EVERYBODY]) for group in diagnosis(features)]).T
        spread = np.sqrt(mean + SPREAD)
        return pd.DataFrame(
            {
                "expected": mean,
                "low": np.ceil(np.maximum(mean + low * spread, 0.0)),
                "high": np.floor(np.maximum(mean + high * spread, 0.0)),
            },
            index=features.index,
        )


def month_rows(features: pd.DataFrame, labels: pd.DataFrame) -> tuple[pd.DataFrame, Vector]:
    """Features of the points that have a label for all 28 days, oldest first, and their units."""
    whole = labels.groupby(POINT, as_index=False).agg(days=("day_number", "max"), month_units=("units", "sum"))
    known = whole.loc[whole["days"] >= DAYS, [*POINT, "month_units"]]
    rows = features.merge(known, on=POINT).sort_values(["cut_at", "patient_id"], ignore_index=True)
    return rows, rows.pop("month_units").to_numpy(dtype="float64")


def train_month(rows: pd.DataFrame, units: Vector, need: Need, *, seed: int) -> MonthModel | None:
    """Train on :func:`month_rows`; None where the history is too short for both trees and limits."""
    older, newer = split_in_time(rows["cut_at"], NEWEST_SHARE)
    if min(older.sum(), newer.sum()) < FEWEST_POINTS or not units[older].sum():
        return None
    columns = matrix(rows, need)
    train, watch = (xgb.DMatrix(columns[part], units[part], nthread=1) for part in (older, newer))
    booster = xgb.train(
        SETTINGS | {"seed": seed}, train, MOST_TREES, evals=[(watch, "newer")], early_stopping_rounds=PATIENCE,
        verbose_eval=False,
    )  # fmt: skip
    best = booster[: booster.best_iteration + 1]
    mean = score(best, columns[newer])
    errors = (units[newer] - mean) / np.sqrt(mean + SPREAD)
    return MonthModel(best, conformal_limits(errors, diagnosis(rows[newer]), need.month_coverage))


def inside_limits(model: MonthModel, rows: pd.DataFrame, units: Vector, need: Need) -> tuple[pd.DataFrame, Vector]:
    """The newer points, and 1 where the units lie within limits learned from the other half of the patients.

    Args:
        model: From :func:`train_month` on the same rows.
        rows: From :func:`month_rows`.
        units: Units of the same rows.
        need: Section of the policy.
    """
    _, newer = split_in_time(rows["cut_at"], NEWEST_SHARE)
    points, known = rows[newer].reset_index(drop=True), units[newer]
    mean, group = score(model.booster, matrix(points, need)), diagnosis(points)
    errors = (known - mean) / np.sqrt(mean + SPREAD)
    half = pd.factorize(points["patient_id"])[0] % 2
    inside = np.zeros(len(points))
    for held in (half == 0, half == 1):
        if held.any() and not held.all():
            other = MonthModel(model.booster, conformal_limits(errors[~held], group[~held], need.month_coverage))
            limits = other.predict(points[held], need)
            inside[held] = (known[held] >= limits["low"]) & (known[held] <= limits["high"])
    return points, inside


def split_in_time(cut_at: pd.Series, newest_share: float) -> tuple[Mask, Mask]:
    """Older and newer points, with a gap of 28 days between them that belongs to neither."""
    days = np.sort(cut_at.unique())
    border = (
        pd.Timestamp(days[int(len(days) * (1 - newest_share))]) if len(days) else pd.Timestamp.max.tz_localize("UTC")
    )
    newer = cut_at >= border
    older = cut_at < border - pd.Timedelta(days=DAYS)
    return older.to_numpy(dtype=bool), newer.to_numpy(dtype=bool)


def conformal_limits(errors: Vector, group: Vector, coverage: float) -> dict[str, tuple[float, float]]:
    """The least and greatest error between which ``coverage`` of the points lie, half of the rest on either side."""
    found = {EVERYBODY: _between(errors, coverage)}
    for name in np.unique(group):
        of_group = errors[group == name]
        found[str(name)] = _between(of_group, coverage) if len(of_group) >= FEWEST_OF_GROUP else found[EVERYBODY]
    return found


def _between(errors: Vector, coverage: float) -> tuple[float, float]:
    tail = (1 - coverage) / 2
    rank = 1 + 1 / max(len(errors), 1)  # the finite-sample correction of split conformal
    low = np.quantile(errors, max(1 - (1 - tail) * rank, 0.0), method="lower")
    high = np.quantile(errors, min((1 - tail) * rank, 1.0), method="higher")
    return float(low), float(high)


def diagnosis(features: pd.DataFrame) -> Vector:
    """The diagnosis of each row, within which limits are learned."""
    return features["diagnosis_group"].fillna(EVERYBODY).astype("str").to_numpy(dtype="object")
