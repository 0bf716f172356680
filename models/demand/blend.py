"""The mean of methods that err in different ways: no better than the best of them known beforehand, but steadier."""

import numpy as np
import pandas as pd

from models.demand.panel import Panel, Vector
from models.demand.simple import ridge_weekday_lags
from models.demand.smoothing import weekday_smoothing
from models.demand.trees import xgboost


def blend(panel: Panel, targets: range, ahead: int) -> Vector:
    """Mean of trees, ridge and smoothing; on each day of those that know it, for a short history has no trees."""
    made = [method(panel, targets, ahead) for method in (xgboost, ridge_weekday_lags, weekday_smoothing)]
    return np.asarray(pd.DataFrame(made).mean(), dtype=float)
