"""What segments are made of and described by: clinical traits only.

Left out on purpose: sex, weight, blood group, site and travel (who a patient is and where one lives must not define a
clinical group), the last haemoglobin and the days since the last transfusion (they tell the phase between two visits,
not the patient), and every field of a routing gate.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

CLIP = 4.0
"""Scaled values beyond this are cut, so that one outlier cannot make a cluster of its own."""

IQR_OF_NORMAL = 1.349


@dataclass(frozen=True, slots=True)
class Feature:
    """One trait.

    Attributes:
        name: Column of OUTPATIENT_PROFILES.
        words: How a clinician says it.
        unit: Unit in words, empty for a plain number.
        step: Cut points of rules are multiples of this, as one would say them at the bedside.
        is_skewed: Whether clustering takes the logarithm (of 1 + value).
    """

    name: str
    words: str
    unit: str
    step: float
    is_skewed: bool = False


FEATURES = (
    Feature("age_years", "age", "years", 5),
    Feature("threshold_g_per_dl", "personal threshold", "g/dL", 0.5),
    Feature("haemoglobin_sd_84d_g_per_dl", "spread of haemoglobin", "g/dL", 0.2),
    Feature("transfused_84d_units", "transfused in 84 days", "units", 2, is_skewed=True),
    Feature("units_per_episode", "given at a visit", "units", 0.5),
    Feature("mean_interval_days", "interval between visits", "days", 2, is_skewed=True),
    Feature("interval_variation", "interval variation", "", 0.1),
    Feature("stays_84d", "unplanned stays in 84 days", "", 1, is_skewed=True),
    Feature("mobility_score", "mobility score", "", 1),
    Feature("frailty_score", "frailty scale", "", 1),
)


def raw_values(profiles: pd.DataFrame) -> NDArray[np.float64]:
    """Patients x features as recorded; missing is NaN."""
    return profiles[[feature.name for feature in FEATURES]].astype("float64").to_numpy()


def clustering_matrix(profiles: pd.DataFrame) -> NDArray[np.float64]:
    """Patients x usable features, ready for distances.

    Skewed counts go through log(1 + x); each feature is centred on its median, divided by its interquartile range (by
    its standard deviation when half the patients share a value) and cut at 4. A missing value becomes the median, and
    no missing indicator is added: for *clustering only*, so that patients are not grouped by what was not recorded.
    Rules and gates never see a filled value. A feature without any spread is left out.
    """
    columns = [_scaled(column, feature) for column, feature in zip(raw_values(profiles).T, FEATURES, strict=True)]
    usable = [column for column in columns if column.any()]
    return np.column_stack(usable) if usable else np.empty((len(profiles), 0))


def _scaled(values: NDArray[np.float64], feature: Feature) -> NDArray[np.float64]:
    seen = np.isfinite(values)
    if not seen.any():
        return np.zeros_like(values)
    values = np.log1p(values) if feature.is_skewed else values
    low, median, high = np.percentile(values[seen], [25, 50, 75])
    spread = (high - low) / IQR_OF_NORMAL or np.std(values[seen])
    centred = np.where(seen, values - median, 0.0)
    return np.clip(centred / spread, -CLIP, CLIP) if spread > 0 else np.zeros_like(values)
