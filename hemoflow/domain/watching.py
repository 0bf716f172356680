"""Policy of watching a model at work: when inputs moved, when groups are served unequally, how old a note counts."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Watch:
    """Limits beyond which a person is told."""

    psi_limit: float
    drift_false_alarm_share: float
    fairness_probability: float
    fairness_least_patients: int
    auroc_gap: float
    sensitivity_gap: float
    brier_gap: float
    calibration_gap: float
    coverage_gap: float
    note_days: int
