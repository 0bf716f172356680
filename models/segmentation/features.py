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
RAREST_LEVEL_SHARE = 0.03
"""A category seen less often is no trait of a group: it counts as none of the others."""

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Feature:
    """One trait.

    Attributes:
        name: Column of OUTPATIENT_PROFILES.
        words: How a clinician says it.
        unit: Unit in words, empty for a plain number.
        step: Cut points of rules are multiples of this, as one would say them at the bedside; 0 for a category.
        is_skewed: Whether clustering takes the logarithm (of 1 + value).
    """

    name: str
    words: str
    unit: str
    step: float
    is_skewed: bool = False

    @property
    def is_category(self) -> bool:
        """Whether its values are names."""
        return self.step == 0


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
    Feature("diagnosis_group", "diagnosis", "", 0),
)


def raw_values(profiles: pd.DataFrame) -> dict[str, NDArray[np.generic]]:
    """Column by feature name as recorded: numbers with NaN, categories as text with the empty word for missing."""
    return {
        feature.name: profiles[feature.name].astype("string").fillna("").to_numpy(dtype=str)
        if feature.is_category
        else profiles[feature.name].astype("float64").to_numpy()
        for feature in FEATURES
    }


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the clustering matrix, with everything that a later patient is scaled by.

    Attributes:
        feature: Name of the feature.
        level: The category that the column stands for; empty for a number.
        centre: Median, or share of the category.
        spread: What a difference is divided by.
    """

    feature: str
    level: str
    centre: float
    spread: float


def fit_columns(profiles: pd.DataFrame) -> tuple[Column, ...]:
    """Scaling of every usable feature, learned once and kept with the model.

    Skewed counts go through log(1 + x); each number is centred on its median and divided by its interquartile range
    (by its standard deviation when half the patients share a value). A category becomes one column a level, of weight
    1: below that of a number, so that no single category decides. A feature without any spread is left out.
    """
    values = raw_values(profiles)
    found: list[Column] = []
    for feature in FEATURES:
        found += _levels(feature, values) if feature.is_category else _number(feature, values)
    return tuple(found)


def clustering_matrix(profiles: pd.DataFrame, columns: tuple[Column, ...]) -> Matrix:
    """Patients x columns, cut at 4; missing stays NaN, and distances pass over it."""
    values, features = raw_values(profiles), {feature.name: feature for feature in FEATURES}
    scaled = [_scaled(values[column.feature], features[column.feature], column) for column in columns]
    return np.column_stack(scaled) if scaled else np.empty((len(profiles), 0))


def _number(feature: Feature, values: dict[str, NDArray[np.generic]]) -> list[Column]:
    seen = _logged(feature, values[feature.name])
    seen = seen[np.isfinite(seen)]
    if not len(seen):
        return []
    low, median, high = np.percentile(seen, [25, 50, 75])
    spread = (high - low) / IQR_OF_NORMAL or float(np.std(seen))
    return [Column(feature.name, "", float(median), float(spread))] if spread > 0 else []


def _levels(feature: Feature, values: dict[str, NDArray[np.generic]]) -> list[Column]:
    names = values[feature.name]
    seen = names[names != ""]
    found = [Column(feature.name, str(level), float(np.mean(seen == level)), 1.0) for level in np.unique(seen)]
    common = [column for column in found if column.centre >= RAREST_LEVEL_SHARE]
    return common if len(common) > 1 else []


def _scaled(values: NDArray[np.generic], feature: Feature, column: Column) -> Matrix:
    if feature.is_category:
        is_level = (values == column.level).astype(np.float64)
        return np.where(values == "", np.nan, is_level - column.centre)
    return np.clip((_logged(feature, values) - column.centre) / column.spread, -CLIP, CLIP)


def _logged(feature: Feature, values: NDArray[np.generic]) -> Matrix:
    numbers = values.astype(np.float64)
    return np.log1p(numbers) if feature.is_skewed else numbers
