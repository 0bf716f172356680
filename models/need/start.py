"""Where the trees of the probability start: the haemoglobin and the bleeding of the day before, on log odds.

With few positives that costs no discrimination of the last haemoglobin alone, and the trees learn only what else
matters. The haematocrit is a second measurement of the same: a third of it, in per cent, is about the haemoglobin.
"""

from dataclasses import astuple, dataclass

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import expit

from models.evaluation import Vector, log_odds

SMALLEST_MEAN = 1e-3
HAEMOGLOBIN, UNITS = "haemoglobin_g_per_dl", "transfused_24h_units"
HAEMOGLOBIN_BY_HAEMATOCRIT = 100 / 3
"""g/dL for a haematocrit of 1: red cells hold about 33 g/dL."""
PENALTY = 10.0
"""Ridge on the two standardised slopes, which pulls them to what is believed; it gives way as positives grow."""
BELIEVED_SLOPE = -0.7
"""Log odds for 1 g/dL believed before anything is learned: each gram less doubles the odds."""


@dataclass(frozen=True, slots=True)
class Start:
    """A line of two columns.

    Attributes:
        intercept: Log odds of the usual row.
        level_slope: Change by 1 g/dL of the haemoglobin; never above zero.
        units_slope: Change by the logarithm of 1 + units given in 24 hours.
        level: Usual haemoglobin, taken where none is known.
        units: Usual logarithm of 1 + units.
    """

    intercept: float
    level_slope: float
    units_slope: float
    level: float
    units: float

    @classmethod
    def learn(cls, columns: pd.DataFrame, has_event: Vector) -> "Start":
        """The line of these rows; the mean alone where there is one class, or nothing varies."""
        known = np.stack([_level(columns), _units(columns)])
        usual = np.array([row[~np.isnan(row)].mean() if (~np.isnan(row)).any() else 0.0 for row in known])
        moved = np.where(np.isnan(known), usual[:, None], known) - usual[:, None]
        spread = moved.std(axis=1)
        scaled = moved / np.where(spread > 0, spread, 1.0)[:, None]
        mean = float(log_odds(np.clip([has_event.mean()], SMALLEST_MEAN, 1 - SMALLEST_MEAN))[0])

        believed = np.array([BELIEVED_SLOPE * spread[0], 0.0])

        def loss(line: Vector) -> tuple[float, Vector]:
            away = line[1:] - believed
            margin = line[0] + line[1:] @ scaled
            error = expit(margin) - has_event
            total = float(np.sum(np.logaddexp(0, margin) - has_event * margin) + PENALTY / 2 * away @ away)
            return total, np.array([error.sum(), *(scaled @ error + PENALTY * away)])

        limits = [(mean - 5, mean + 5), (None, 0.0), (None, None)]
        fit = minimize(loss, np.array([mean, *believed]), jac=True, method="L-BFGS-B", bounds=limits)
        slopes = fit.x[1:] / np.where(spread > 0, spread, 1.0)
        return cls(float(fit.x[0]), float(slopes[0]), float(slopes[1]), float(usual[0]), float(usual[1]))

    def shares(self, columns: pd.DataFrame) -> dict[str, Vector]:
        """What haemoglobin and units add to the log odds of each row, beside the usual row."""
        level, units = _level(columns), _units(columns)
        return {
            HAEMOGLOBIN: self.level_slope * (np.where(np.isnan(level), self.level, level) - self.level),
            UNITS: self.units_slope * (units - self.units),
        }

    def margin(self, columns: pd.DataFrame) -> Vector:
        """Log odds of each row."""
        shares = self.shares(columns)
        return self.intercept + shares[HAEMOGLOBIN] + shares[UNITS]

    def content(self) -> list[float]:
        """Plain values for JSON."""
        return list(astuple(self))


def _level(columns: pd.DataFrame) -> Vector:
    """Haemoglobin and a third of the haematocrit, averaged where both are known."""
    both = pd.DataFrame({0: columns[HAEMOGLOBIN], 1: columns["haematocrit_share"] * HAEMOGLOBIN_BY_HAEMATOCRIT})
    found: Vector = both.astype("float64").mean(axis=1).to_numpy()
    return found


def _units(columns: pd.DataFrame) -> Vector:
    found: Vector = np.log1p(columns[UNITS].to_numpy(dtype="float64"))
    return found
