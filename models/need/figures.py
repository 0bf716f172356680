"""The figures that an evaluation of the need model gives, and their plain values for JSON."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from models.evaluation import Interval, Line

EVERYBODY = "all"


@dataclass(frozen=True, slots=True)
class WeekFigures:
    """Out-of-sample figures of the probability of a request within all days of the horizon.

    Attributes:
        positives: Days followed by a request or transfusion within the horizon.
        auroc: Discrimination, with the 95 % interval by patient.
        brier: Mean squared error of the probability.
        calibration: Refit of the calibrated probability.
        calibration_error: Expected calibration error.
    """

    positives: int
    auroc: Interval
    brier: float
    calibration: Line
    calibration_error: float


@dataclass(frozen=True, slots=True)
class Figures:
    """Out-of-sample figures of one source, or of everybody.

    Discrimination is that of the trees: calibration keeps the order within a programme, but each fold's line differs.

    Attributes:
        source: Source, or ``all``.
        points: Past days judged.
        positives: Of these, days followed by a request or transfusion within 24 hours.
        patients: Patients.
        auroc: Discrimination, with the 95 % interval by patient.
        auprc: Average precision, with the 95 % interval by patient; a useless model reaches the share of positives.
        brier: Mean squared error of the probability, with the 95 % interval by patient.
        calibration: Refit of the calibrated probability; intercept 0 and slope 1 are perfect.
        calibration_error: Expected calibration error.
        reliability: Mean predicted share, observed share and days of ten bins by rising risk.
        week: Figures of the probability over all days of the horizon.
        fresh_points: Days with a fresh haemoglobin, on which the baseline can be judged.
        fresh_positives: Of these, positives.
        fresh_auroc: Discrimination of the model on those days.
        fresh_auprc: Average precision of the model on those days.
        baseline_auroc: Discrimination of the last haemoglobin alone on the same days.
        baseline_auprc: Average precision of the last haemoglobin alone on the same days.
        units_error: Mean absolute error of the units of the whole horizon.
        baseline_units_error: The same for a recent rate: units of the last 28 days, carried forward.
        units_ratio: Predicted / observed units.
    """

    source: str
    points: int
    positives: int
    patients: int
    auroc: Interval
    auprc: Interval
    brier: Interval
    calibration: Line
    calibration_error: float
    reliability: tuple[tuple[float, float, int], ...]
    week: WeekFigures
    fresh_points: int
    fresh_positives: int
    fresh_auroc: Interval
    fresh_auprc: Interval
    baseline_auroc: Interval
    baseline_auprc: Interval
    units_error: float
    baseline_units_error: float
    units_ratio: float


@dataclass(frozen=True, slots=True)
class Metrics:
    """Figures of everybody, then of each source."""

    figures: tuple[Figures, ...]

    def of(self, source: str = EVERYBODY) -> Figures:
        """Figures of one source."""
        return next(figures for figures in self.figures if figures.source == source)

    def to_dict(self) -> dict[str, Any]:
        """Figures by source as plain values for JSON; what could not be computed is None."""
        return {figures.source: _plain(asdict(figures)) for figures in self.figures}


def _plain(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, float):
        return round(value, 6) if np.isfinite(value) else None
    return value
