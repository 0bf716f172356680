"""The evaluation protocol's figures as one JSON object: model and last haemoglobin on the same days, by patient."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.evaluation import Interval, Vector, auprc, auroc, bootstrap, brier, calibration_line, paired_gain
from models.need.challengers import RIVALS

RESAMPLES, FEW = 1000, 200
PROMOTE, KEEP = "promote", "keep the model"
BETTER = "better, but in no form that a daily run can score with"


@dataclass(frozen=True)
class Judged:
    """Days with a fresh haemoglobin and what was predicted for them.

    Attributes:
        has_event: 1 when red cells were asked for or begun within 24 hours.
        score: What ranks the days; grows with risk.
        probability: Calibrated probability of the same days.
        haemoglobin: Last haemoglobin, g/dL.
        patient: A whole number for each patient.
    """

    has_event: Vector
    score: Vector
    probability: Vector
    haemoglobin: Vector
    patient: Vector


def verdict(days: Judged, *, seed: int, resamples: int = RESAMPLES) -> dict[str, Any]:
    """Figures with 95 % intervals by patient (``NAME_interval``); what cannot be computed is None.

    The baseline ranks by low haemoglobin alone; ``gain_auroc`` and ``gain_auprc`` are model minus baseline with the
    interval of the paired bootstrap: a gain counts when the interval excludes zero.
    """
    event, patient, alone = days.has_event, days.patient, -days.haemoglobin

    def sure(metric: Any, values: Vector, draws: int = resamples) -> Interval:  # noqa: ANN401
        return bootstrap(metric, event, values, patient, seed=seed, resamples=draws)

    def gain(metric: Any) -> Interval:  # noqa: ANN401
        return paired_gain(metric, event, (days.score, alone), patient, seed=seed, resamples=resamples)

    slope, intercept = (sure(_part(name), days.probability, FEW) for name in ("slope", "intercept"))
    return {
        "n": len(event),
        "positives": int(event.sum()),
        "patients": len(np.unique(patient)),
        **named("auroc", sure(auroc, days.score)),
        **named("auprc", sure(auprc, days.score)),
        **named("brier", sure(brier, days.probability)),
        **named("calibration_slope", slope),
        **named("calibration_intercept", intercept),
        "baseline_last_haemoglobin": {**named("auroc", sure(auroc, alone)), **named("auprc", sure(auprc, alone))},
        **named("gain_auroc", gain(auroc)),
        **named("gain_auprc", gain(auprc)),
    }


def later(days: Judged, *, seed: int) -> dict[str, Any]:
    """Figures of the outcome over all days of the horizon: as :func:`verdict`, with fewer of them."""
    kept = ("n", "positives", "auroc", "auprc", "brier", "calibration_slope", "calibration_intercept")
    named = {name for figure in kept for name in (figure, f"{figure}_interval")} | {"baseline_last_haemoglobin"}
    return {name: value for name, value in verdict(days, seed=seed, resamples=FEW).items() if name in named}


def against(
    days: Judged, challengers: Mapping[str, Vector], *, seed: int, resamples: int = RESAMPLES
) -> dict[str, Any]:
    """AUROC of each challenger on the same days, its gain over the model, and what the registry makes of it.

    A challenger is promoted only when the 95 % interval of its gain, by patient, lies above zero, and it is one of
    :data:`models.need.challengers.RIVALS`.
    """
    found = {}
    for name, score in challengers.items():
        pair = (score, days.score)
        gain = paired_gain(auroc, days.has_event, pair, days.patient, seed=seed, resamples=resamples)
        figures = {"auroc": plain(auroc(days.has_event, score)), "auprc": plain(auprc(days.has_event, score))}
        better = PROMOTE if name in RIVALS else BETTER
        found[name] = {**figures, **named("gain_over_model", gain), "decision": better if gain.low > 0 else KEEP}
    return found


def _part(name: str) -> Any:  # noqa: ANN401
    def part(event: Vector, probability: Vector) -> float:
        return float(getattr(calibration_line(event, probability), name))

    return part


def named(name: str, interval: Interval) -> dict[str, Any]:
    """A figure under a name, and its limits under ``NAME_interval``; None where they cannot be computed."""
    low, high = plain(interval.low), plain(interval.high)
    return {name: plain(interval.value), f"{name}_interval": None if low is None or high is None else [low, high]}


def plain(value: float) -> float | None:
    """A number as JSON knows it; None where there is none."""
    return round(float(value), 6) if np.isfinite(value) else None
