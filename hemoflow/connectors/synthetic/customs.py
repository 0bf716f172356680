"""How the region's hospitals ask: sizes, weekdays, hours and reasons of requests, by urgency.

Every figure is an assumption, but for these anchors: 1.64 units a recipient and day (one-day census in Italy), two
thirds medical and one third surgical (UK 2014 and Italy).
"""

from dataclasses import dataclass

from hemoflow.domain.requests import ShortageTier, Urgency


@dataclass(frozen=True, slots=True)
class Custom:
    """How requests of one urgency are made.

    Attributes:
        units: Units of a request and their weight.
        weekdays: Requests by weekday, Monday first, against the mean.
        hours: First hour and the hour after the last.
        indications: Reason with its shortage tier (Australian contingency plan, as read) and weight.
        is_planned: Whether a day of use is agreed, on a working day two to eight days ahead.
    """

    units: tuple[tuple[int, float], ...]
    weekdays: tuple[float, ...]
    hours: tuple[int, int]
    indications: tuple[tuple[tuple[str, ShortageTier], float], ...]
    is_planned: bool = False

    @property
    def mean_units(self) -> float:
        """Mean units of a request."""
        return sum(units * weight for units, weight in self.units) / sum(weight for _, weight in self.units)


CUSTOMS: dict[Urgency, Custom] = {
    Urgency.VERY_URGENT: Custom(
        units=((1, 0.3), (2, 0.4), (3, 0.1), (4, 0.12), (6, 0.08)),
        weekdays=(1.0,) * 7,
        hours=(0, 24),
        indications=(
            (("massive bleeding", ShortageTier.FIRST), 0.45),
            (("emergency surgery", ShortageTier.FIRST), 0.35),
            (("life-threatening anaemia", ShortageTier.FIRST), 0.2),
        ),
    ),
    Urgency.URGENT: Custom(
        units=((1, 0.57), (2, 0.35), (3, 0.05), (4, 0.03)),
        weekdays=(1.08, 1.06, 1.06, 1.06, 1.06, 0.85, 0.83),
        hours=(7, 22),
        indications=(
            (("symptomatic anaemia", ShortageTier.SECOND), 0.5),
            (("post-operative anaemia", ShortageTier.SECOND), 0.2),
            (("urgent surgery", ShortageTier.FIRST), 0.15),
            (("chemotherapy support", ShortageTier.FIRST), 0.15),
        ),
    ),
    Urgency.NOT_URGENT: Custom(
        units=((1, 0.4), (2, 0.5), (3, 0.06), (4, 0.04)),
        weekdays=(1.35, 1.35, 1.35, 1.35, 1.3, 0.2, 0.1),
        hours=(8, 17),
        indications=(
            (("elective surgery", ShortageTier.THIRD), 0.6),
            (("planned medical", ShortageTier.THIRD), 0.25),
            (("cancer surgery", ShortageTier.SECOND), 0.15),
        ),
        is_planned=True,
    ),
}

LEAD_DAYS = range(2, 9)
"""Days from a planned request to its use."""

AGE_BANDS = (((1, 17), 0.03), ((18, 50), 0.15), ((51, 72), 0.31), ((73, 80), 0.18), ((81, 96), 0.33))
"""Ages of recipients: median 73, a third above 80 (one-day census in Italy); the shape is an assumption."""

ANTIBODIES = (("", 0.97), ("anti-E", 0.015), ("anti-K", 0.015))
"""Red-cell antibodies; empty text is a negative screen."""

IRRADIATED_SHARE = 0.02
"""Patients who need irradiated cells."""

RECORDED_SHARE = 0.99
"""Patients whose special requirements are on record; the others' stay unknown."""
