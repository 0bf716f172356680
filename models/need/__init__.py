"""Red-cell need of each patient under care: the probability of a request within 24 hours, and units a day for 8 days.

The label is past behaviour, so a prediction says what clinicians would ask for, not what a patient should get; it
never withdraws a request or changes a threshold. Code belongs here when it learns or predicts one patient's need.
"""

from models.need.figures import Metrics
from models.need.model import NeedModel
from models.need.month import DAYS as MONTH_DAYS
from models.need.prediction import drift_of, predict, predict_days, predict_today, with_week_units
from models.need.training import train
from models.need.validation import evaluate

__all__ = [
    "MONTH_DAYS",
    "Metrics",
    "NeedModel",
    "drift_of",
    "evaluate",
    "predict",
    "predict_days",
    "predict_today",
    "train",
    "with_week_units",
]
