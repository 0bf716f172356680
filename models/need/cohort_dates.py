"""The due day on points that lie later than everything learned from, beside the mean of the last three intervals."""

from typing import Any

import numpy as np
import pandas as pd

from hemoflow.domain.policy import Need
from models.evaluation import Vector
from models.need.crossing import by_rhythm, crossing_rows, nearness, train_crossing
from models.need.month import split_in_time

TEST_SHARE = 0.25
WITHIN_DAYS = 3
HORIZONS = ("under 3 days", "3 to 6 days", "7 to 13 days", "14 days and more")


def evaluate_dates(features: pd.DataFrame, crossings: pd.DataFrame, need: Need, *, seed: int) -> dict[str, Any]:
    """Figures of the due day on the newest quarter of the points, with 28 days between learning and judging.

    Args:
        features: NEED_FEATURES of the chronic programme at past points.
        crossings: Days from those points until the patient was due.
        need: Section of the policy.
        seed: Seed of the trees.

    Returns:
        Error in days, share within three days, the same for the mean of the last three intervals, and how often the
        window of calendar days holds, by diagnosis and by how far the day lies; points where either cannot say a day,
        or where nothing has come yet, are counted apart.
    """
    rows = crossing_rows(features, crossings, need)
    older, newest = split_in_time(rows["cut_at"], TEST_SHARE)
    model = train_crossing(rows[older].reset_index(drop=True), need, seed=seed)
    if model is None:
        return {"n": 0}
    asked = rows[newest].reset_index(drop=True)
    rule = by_rhythm(asked)
    known = asked["due_days"].notna().to_numpy(dtype=bool) & np.isfinite(rule)
    judged, due = asked[known], asked.loc[known, "due_days"].to_numpy(dtype="float64")
    said = model.predict(judged, need)
    day = np.floor(due)
    held = (np.floor(said["low"]) <= day) & (day <= np.floor(said["high"]))
    near = pd.Series(nearness(said["days"].to_numpy(dtype="float64")), index=held.index).map(HORIZONS.__getitem__)
    group = judged["diagnosis_group"].fillna("none").astype("str")
    return {
        "n": int(known.sum()),
        "not_yet_due": int(asked["due_days"].isna().sum()),
        "without_rhythm": int((~np.isfinite(rule)).sum()),
        "patients": int(judged["patient_id"].nunique()),
        "mean_days": round(float(due.mean()), 3),
        "model": _errors(said["days"].to_numpy(dtype="float64"), due),
        "mean_of_last_three_intervals": _errors(rule[known], due),
        "window_coverage": round(float(held.mean()), 4),
        "window_coverage_by_diagnosis": {name: round(float(part.mean()), 4) for name, part in held.groupby(group)},
        "window_coverage_by_horizon": {name: round(float(part.mean()), 4) for name, part in held.groupby(near)},
        "window_days": round(float((np.floor(said["high"]) - np.floor(said["low"]) + 1).mean()), 2),
    }


def _errors(said: Vector, due: Vector) -> dict[str, float]:
    error = np.abs(said - due)
    return {"mae_days": round(float(error.mean()), 3), "within_3_days": round(float((error <= WITHIN_DAYS).mean()), 4)}
