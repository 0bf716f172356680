"""Policy of watching a model at work: when inputs moved, when groups are served unequally, how old a note counts."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Promotion(StrEnum):
    """When a newly trained need model takes the place of the version in force."""

    NOT_WORSE = "not_worse"
    BETTER = "better"
    BY_HAND = "by_hand"


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
    promotion_rule: str

    @property
    def promotion(self) -> Promotion:
        """The rule of promotion."""
        return Promotion(self.promotion_rule)

    def faults(self) -> Iterator[str]:
        """What the entries, each of the right kind, make no sense of."""
        if self.promotion_rule not in list(Promotion):
            yield f"watch.promotion_rule = {self.promotion_rule!r} is not one of {', '.join(Promotion)}"
