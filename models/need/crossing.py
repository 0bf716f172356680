"""The day on which a followed patient is due: haemoglobin seen below the personal threshold, or red cells given.

Both count, whichever comes first: a clinic transfuses on the day for which it expects the crossing, so that taking a
transfusion for mere censoring would make every date too late. Boosted accelerated failure times; a point after which
neither has come yet is censored, not left out. The window is one of calendar days, conformal on the scale of the
logarithm within diagnosis and nearness: a day that is near is known less well for its size than one that is far.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xgboost as xgb
from numpy.typing import NDArray

from hemoflow.domain.policy import Need
from models.evaluation import Mask, Vector
from models.need.features import matrix, threshold
from models.need.learning import MONOTONE, POINT
from models.need.month import EVERYBODY, FEWEST_POINTS, NEWEST_SHARE, conformal_limits, diagnosis, split_in_time

LEAST_DAYS, MOST_DAYS = 0.5, 120.0
NEAR_DAYS = (3, 7, 14)
"""Borders between due days that are near and far."""
TREES = 150
SETTINGS = {
    "objective": "survival:aft",
    "aft_loss_distribution": "normal",
    "aft_loss_distribution_scale": 0.5,
    "eta": 0.06,
    "max_depth": 4,
    "min_child_weight": 5,
    "subsample": 0.7,
    "colsample_bynode": 0.5,
    "max_bin": 64,
    "tree_method": "hist",
    "monotone_constraints": {name: -direction for name, direction in MONOTONE.items()} | {"account_days": 1},
    "nthread": 1,
}
"""What raises the need brings the day nearer: the directions of the probability, turned round."""


@dataclass(frozen=True)
class CrossingModel:
    """Trees and limits.

    Attributes:
        booster: Median days from the cut.
        limits: For each diagnosis and nearness the low and the high error of the logarithm of 1 + days.
    """

    booster: xgb.Booster
    limits: Mapping[str, tuple[float, float]]

    def predict(self, features: pd.DataFrame, need: Need) -> pd.DataFrame:
        """``days``, ``low`` and ``high`` from the cut, a row for each of NEED_FEATURES; zero where already below."""
        middle = median_days(self.booster, features, need)
        groups = [self.limits.get(name, self.limits[EVERYBODY]) for name in _groups(features, middle)]
        low, high = np.array(groups).T
        found = pd.DataFrame(
            {"days": middle, "low": _moved(middle, low), "high": _moved(middle, high)}, index=features.index
        )
        found["low"] = found["low"].clip(0, found["days"])
        found["high"] = found["high"].clip(found["days"], MOST_DAYS)
        found.loc[is_below(features, need)] = 0.0
        return found


def is_below(features: pd.DataFrame, need: Need) -> Mask:
    """Whether the last haemoglobin is below the threshold and nothing was given since."""
    low = features["haemoglobin_g_per_dl"] < threshold(features, need)
    found: Mask = (low & features["transfused_since_haemoglobin_units"].eq(0)).to_numpy(dtype=bool)
    return found


def by_rhythm(features: pd.DataFrame) -> Vector:
    """What a clinic would say by hand: the mean of the last three intervals, less the days since the last visit."""
    left = features["recent_interval_days"] - features["transfusion_age_hours"] / 24
    return left.clip(lower=0).to_numpy(dtype="float64")


def crossing_rows(features: pd.DataFrame, crossings: pd.DataFrame, need: Need) -> pd.DataFrame:
    """Features of the points not yet below the threshold, oldest first, with ``due_days`` and ``followed_days``."""
    rows = features.merge(crossings, on=POINT).sort_values(["cut_at", "patient_id"], ignore_index=True)
    kept = ~is_below(rows, need) & (rows["followed_days"] >= 1).to_numpy(dtype=bool)
    return rows[kept].reset_index(drop=True)


def train_crossing(rows: pd.DataFrame, need: Need, *, seed: int) -> CrossingModel | None:
    """Train on :func:`crossing_rows`; None where the history is too short for both trees and limits."""
    older, newer = split_in_time(rows["cut_at"], NEWEST_SHARE)
    newer &= rows["due_days"].notna().to_numpy(dtype=bool)
    if min(rows.loc[older, "due_days"].notna().sum(), newer.sum()) < FEWEST_POINTS:
        return None
    booster = xgb.train(SETTINGS | {"seed": seed}, _task(rows[older], need), TREES)
    middle = median_days(booster, rows[newer], need)
    return CrossingModel(booster, _windows(rows[newer], middle, need.month_coverage))


def _windows(rows: pd.DataFrame, middle: Vector, coverage: float) -> dict[str, tuple[float, float]]:
    """Limits between whose calendar days ``coverage`` of the due days lie: a day is held as a whole."""
    day, group = np.floor(rows["due_days"].to_numpy(dtype="float64")), _groups(rows, middle)
    low, high = (conformal_limits(np.log1p(border) - np.log1p(middle), group, coverage) for border in (day + 1, day))
    return {name: (low[name][0], high[name][1]) for name in low}


def nearness(middle: Vector) -> NDArray[np.int64]:
    """Which of :data:`NEAR_DAYS` the median days reach, as a number from 0."""
    return np.digitize(middle, NEAR_DAYS)


def _groups(features: pd.DataFrame, middle: Vector) -> Vector:
    pairs = zip(diagnosis(features), nearness(middle), strict=True)
    return np.array([f"{name} {near}" for name, near in pairs], dtype="object")


def _moved(middle: Vector, error: Vector) -> Vector:
    found: Vector = np.expm1(np.log1p(middle) + error)
    return found


def median_days(booster: xgb.Booster, features: pd.DataFrame, need: Need) -> Vector:
    """Median days from the cut, by the trees alone."""
    days: Vector = booster.predict(xgb.DMatrix(_columns(features, need), nthread=1)).astype("float64")
    return days.clip(LEAST_DAYS, MOST_DAYS)


def _task(rows: pd.DataFrame, need: Need) -> xgb.DMatrix:
    task = xgb.DMatrix(_columns(rows, need), nthread=1)
    is_seen = rows["due_days"].notna()
    seen, followed = (rows[name].clip(lower=LEAST_DAYS) for name in ("due_days", "followed_days"))
    task.set_float_info("label_lower_bound", seen.where(is_seen, followed).to_numpy(dtype="float32"))
    task.set_float_info("label_upper_bound", seen.where(is_seen, np.inf).to_numpy(dtype="float32"))
    return task


def _columns(features: pd.DataFrame, need: Need) -> pd.DataFrame:
    """The model's columns with two ratios that trees find hard: days left by the account, and by the rhythm."""
    columns = matrix(features, need)
    fall = columns["fall_g_per_dl_week"] / 7
    left = (columns["reserve_g_per_dl"] / fall).where(fall > 0)
    rhythm = columns["recent_interval_days"] - columns["transfusion_age_days"]
    usual = columns["mean_interval_days"] - columns["transfusion_age_days"]
    return columns.assign(account_days=left.clip(-MOST_DAYS, MOST_DAYS), rhythm_days=rhythm, usual_days=usual).astype(
        "float32"
    )
