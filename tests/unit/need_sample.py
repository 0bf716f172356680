"""Made-up past points in which a low haemoglobin and a long interval bring requests."""

from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
import pandas as pd

from hemoflow.domain.policy import load_policy
from hemoflow.schemas.frames import conform
from hemoflow.schemas.need import NEED_FEATURES, NEED_LABELS
from models.need import NeedModel, train

POLICY = load_policy("region_demo")
WATCH = POLICY.watch
AS_OF = date(2024, 10, 24)
NEED = replace(POLICY.need, trees=40, folds=3, deals=1, horizon_days=3)
FIRST = pd.Timestamp("2024-09-01 08:00", tz="UTC")


def make_sample(seed=0, patients=40, days=8):
    """(NEED_FEATURES, NEED_LABELS) of patients of two sources."""
    draw = np.random.default_rng(seed)
    n = patients * days
    number = np.repeat(np.arange(patients), days)
    is_chronic = number % 2 == 0
    haemoglobin = draw.normal(9, 1.5, n).clip(4, 16)
    features = pd.DataFrame(dict.fromkeys(NEED_FEATURES.columns, np.nan), index=range(n)).astype("object")
    features = features.assign(
        patient_id=[f"p{k:03d}" for k in number],
        cut_at=FIRST + pd.to_timedelta(np.tile(np.arange(days), patients), unit="D"),
        source=np.where(is_chronic, "clinic", "ward"),
        site_id="H",
        care_setting=np.where(is_chronic, "OUTPATIENT", "INPATIENT"),
        programme=np.where(is_chronic, "chronic", "inpatient"),
        diagnosis_group=np.where(is_chronic, "mds", None),
        blood_group=np.where(number % 3 == 0, "O+", None),
        age_years=60.0,
        threshold_g_per_dl=np.where(is_chronic, 8.0, np.nan),
        haemoglobin_g_per_dl=np.where(draw.random(n) < 0.1, np.nan, haemoglobin),
        haemoglobin_age_hours=draw.uniform(1, 100, n),
        transfusion_age_hours=draw.uniform(1, 600, n),
        mean_interval_days=14.0,
    )
    counts = [name for name, column in NEED_FEATURES.columns.items() if name not in features or not column.nullable]
    counts = [name for name in counts if str(NEED_FEATURES.columns[name].dtype) == "float64"]
    features[counts] = draw.integers(0, 2, (n, len(counts)))
    risk = 1 / (1 + np.exp(1.8 * (haemoglobin - 7.5)))
    needed = draw.random((n, NEED.horizon_days)) < risk[:, None]
    labels = features.loc[features.index.repeat(NEED.horizon_days), ["patient_id", "cut_at"]].assign(
        day_number=np.tile(np.arange(1, NEED.horizon_days + 1), n),
        units=needed.reshape(-1) * 2,
        has_event=needed.reshape(-1),
    )
    return conform(features, NEED_FEATURES), conform(labels, NEED_LABELS)


@cache
def trained() -> NeedModel:
    """The model of the sample, made once a process: nobody may change it."""
    return train(*make_sample(), NEED, seed=1, trained_as_of=AS_OF, watch=WATCH)
