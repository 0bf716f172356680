"""Every figure of the made-up region, each with its unit and its source or the word assumption."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from hemoflow.domain.blood_groups import BloodGroup
from hemoflow.domain.requests import Urgency

Mix = tuple[tuple[BloodGroup, float], ...]

ABO_SHARES = {"O": 0.427, "A": 0.247, "B": 0.270, "AB": 0.056}
"""ABO mix of Malaysian donors over a year to October 2024 (national daily feed, derived).

Patients get the mix of those who give for them. The published Malaysian patient mix (B 30 %, O 38 %) was tried first:
against these donations it leaves B short for ever and lets O pile up beyond 20 days, which no service would bear.
"""

RHD_NEGATIVE_SHARES = {"O": 0.0131, "A": 0.0141, "B": 0.0212, "AB": 0.0211}
"""RhD-negative share of each ABO group in Malaysia (mix used by the public blood-supply-chain program)."""

MALAYSIA_MIX: Mix = tuple(
    (group, ABO_SHARES[group.abo] * (1 - negative if group.is_rhd_positive else negative))
    for group in BloodGroup
    for negative in (RHD_NEGATIVE_SHARES[group.abo],)
)

SATURDAY = 5
"""First day of the weekend, as Python counts weekdays."""


@dataclass(frozen=True, slots=True)
class Figure:
    """Where a figure comes from.

    Attributes:
        unit: Its unit.
        meaning: What it is.
        source: A public source, what it was derived from, or the word assumption.
    """

    unit: str
    meaning: str
    source: str


@dataclass(frozen=True, slots=True)
class Region:
    """A region of one million people, and the calendar of its history. Daily figures scale with the population."""

    population: Annotated[int, Figure("people", "Size of the region", "preset region_1m")] = 1_000_000
    first_on: Annotated[date, Figure("day", "First day of the history", "assumption")] = date(2024, 7, 1)
    window_from: Annotated[date, Figure("day", "Inpatients' last stays begin from here on", "assumption")] = date(
        2024, 10, 1
    )
    last_on: Annotated[date, Figure("day", "Last day of the history", "assumption")] = date(2024, 10, 31)
    hospital_units: Annotated[
        tuple[int, ...],
        Figure(
            "units/day per million",
            "Red cells asked for, by hospital; 93 in all",
            "derived: 34 per 1,000 people a year (median of Europe); shares are an assumption",
        ),
    ] = (41, 20, 14, 9, 6, 3)
    donated_units: Annotated[
        float, Figure("units/day per million", "Red cells collected", "assumption: 97 % of what is asked for")
    ] = 90.0
    urgency_share: Annotated[
        tuple[float, float, float], Figure("share of units", "Very urgent, urgent, not urgent", "assumption")
    ] = (0.15, 0.45, 0.40)
    group_mix: Annotated[Mix, Figure("share", "ABO/RhD mix of the patients", "Malaysia, see MALAYSIA_MIX")] = (
        MALAYSIA_MIX
    )
    very_urgent_dispersion: Annotated[
        float, Figure("variance / mean", "Bursts of very urgent requests a day (negative binomial)", "assumption")
    ] = 2.5
    unknown_group_share: Annotated[
        float, Figure("share", "Very urgent patients whose group is not known", "assumption")
    ] = 0.02
    chronic_patients: Annotated[
        int, Figure("patients per million", "Outpatients with regular transfusions", "derived: 100 to 150")
    ] = 130
    chronic_urgent_units: Annotated[
        float, Figure("units/day per million", "Urgent red cells of chronic outpatients", "measured on the generator")
    ] = 0.8
    chronic_planned_units: Annotated[
        float, Figure("units/day per million", "Not urgent red cells of the same", "measured on the generator")
    ] = 13.8
    shelf_life_days: Annotated[int, Figure("days", "Life of a unit; collection day is day 1", "NHSBT")] = 35
    irradiated_life_days: Annotated[int, Figure("days", "Life of a unit irradiated on receipt", "UK practice")] = 14
    irradiated_share: Annotated[float, Figure("share of donations", "Irradiated on receipt", "assumption")] = 0.045
    opening_days: Annotated[float, Figure("days of use", "Stock on the first day", "NHSBT target for red cells")] = 6.0
    order_below_days: Annotated[
        float,
        Figure("days of use", "A group with less is ordered from outside", "assumption: late and by eye"),
    ] = 1.5
    order_up_to_days: Annotated[float, Figure("days of use", "Up to which it is ordered", "assumption")] = 2.5
    returned_share: Annotated[
        float,
        Figure("share of background requests", "Withdrawn just after issue, so that units come back", "assumption"),
    ] = 0.02
    discarded_share: Annotated[
        float, Figure("share of issues", "Lost after issue", "assumption within the Australian target of 2 to 3 %")
    ] = 0.01
    cancelled_share: Annotated[
        float, Figure("share of planned requests", "Withdrawn", "assumption; 2 of 20 at home in Yame, Japan")
    ] = 0.03
    clinic_chairs: Annotated[
        tuple[tuple[str, int], ...], Figure("chairs per million", "Chairs by clinic", "derived: 5 to 6 chairs")
    ] = (("CLINIC-1", 4), ("CLINIC-2", 2))
    home_nurses: Annotated[
        float,
        Figure("nurses per million", "Home team", "derived: 13 % of 60 visits a week, 1 to 2 visits a nurse and day"),
    ] = 1.5
    working_minutes: Annotated[
        int, Figure("minutes", "Working day of a chair or nurse, Monday to Friday", "preset region_1m: 8 h")
    ] = 480
    notice_days: Annotated[int, Figure("days", "How far ahead capacity is published", "assumption")] = 30

    @property
    def scale(self) -> float:
        """Size against the region of one million."""
        return self.population / 1_000_000

    @property
    def asked_units(self) -> float:
        """Red cells asked for a day, everybody together."""
        return sum(self.hospital_units) * self.scale

    @property
    def sites(self) -> tuple[tuple[str, float], ...]:
        """Hospitals and their weight."""
        return tuple((f"HOSP-{number}", float(units)) for number, units in enumerate(self.hospital_units, start=1))

    @property
    def ends_at(self) -> datetime:
        """Midnight after the last day: what became known from here on is not delivered."""
        return at(self.last_on + timedelta(days=1))

    @property
    def days(self) -> tuple[date, ...]:
        """Every day of the history."""
        return tuple(self.first_on + timedelta(days=n) for n in range((self.last_on - self.first_on).days + 1))

    def background_units(self, urgency: Urgency) -> float:
        """Red cells of one urgency asked for a day by everybody but the chronic outpatients."""
        of_chronic = {Urgency.URGENT: self.chronic_urgent_units, Urgency.NOT_URGENT: self.chronic_planned_units}
        share = dict(zip(Urgency, self.urgency_share, strict=True))[urgency]
        return self.asked_units * share - of_chronic.get(urgency, 0.0) * self.scale


DEMO = Region()
"""The preset region of one million."""


def at(day: date, hour: int = 0, minute: int = 0) -> datetime:
    """An instant of a day, UTC."""
    return datetime.combine(day, time(hour, minute), UTC)
