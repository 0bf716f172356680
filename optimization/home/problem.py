"""What the slot programs are asked: visits with their days, patients with their gain, teams and chairs by day.

Days are numbered; 1 is the run's day. A nurse makes at most two home visits a day (setting up, infusion and observation
fill half a working day), which is what makes the packing rows of the program exact.
"""

from dataclasses import dataclass, field
from functools import cached_property

MOST_VISITS_A_NURSE_DAY = 2
"""Home visits of a nurse on a day: 1 to 2, derived from published times of travel, infusion and observation."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A predicted visit.

    Attributes:
        patient_id: Whose.
        number: 1 is the first in the planning days.
        days: Days on which it may be, rising.
        preferred_day: The likeliest day.
        site_id: Clinic.
        home_minutes: Nurse minutes at home, travel included; 0 where home is closed.
        chair_minutes: Minutes of a chair.
        home_units: Units of the visit at home.
        clinic_units: Units of the visit in the clinic.
        usual_weekday: 0 Monday to 6; None without a pattern.
    """

    patient_id: str
    number: int
    days: tuple[int, ...]
    preferred_day: int
    site_id: str
    home_minutes: int
    chair_minutes: int
    home_units: int = 1
    clinic_units: int = 1
    usual_weekday: int | None = None

    def day_cost(self, day: int, first_weekday: int) -> int:
        """How far a day is from the likeliest one, and 1 more when it is not the patient's usual weekday."""
        is_unusual = self.usual_weekday is not None and (first_weekday + day - 1) % 7 != self.usual_weekday
        return 2 * abs(day - self.preferred_day) + is_unusual


@dataclass(frozen=True, slots=True)
class Patient:
    """A patient who may be at home.

    Attributes:
        patient_id: Pseudonym.
        gain: Score points of a visit at home, in hundredths; hysteresis of those at home already included.
        visits: Predicted visits; all of them are at home, or none.
        groups: Names of the groups whose share is kept, for example ``zone:far``.
        skills: What a team must be able to do.
    """

    patient_id: str
    gain: int
    visits: tuple[Visit, ...]
    groups: tuple[str, ...] = ()
    skills: frozenset[str] = frozenset()

    @property
    def total_gain(self) -> int:
        """Points of all visits."""
        return self.gain * len(self.visits)

    @property
    def minutes(self) -> int:
        """Nurse minutes of all visits."""
        return sum(visit.home_minutes for visit in self.visits)


@dataclass(frozen=True, slots=True)
class TeamDay:
    """Nurses of a team on a day, each with the same working minutes."""

    team: str
    day: int
    nurses: int
    nurse_minutes: int


@dataclass(frozen=True, slots=True)
class ChairDay:
    """Minutes of a clinic's chairs on a day."""

    site_id: str
    day: int
    minutes: int


@dataclass(frozen=True)
class HomeProblem:
    """Who may be at home, and the teams there are.

    Attributes:
        patients: Sorted by name.
        team_days: Working days of the teams.
        team_skills: Skills of each team; those under ``*`` are every team's.
        floor_percent: Share of a group's fair part of the places that it gets at least; 0 keeps no floor.
        first_weekday: Weekday of day 1, 0 Monday.
    """

    patients: tuple[Patient, ...]
    team_days: tuple[TeamDay, ...]
    team_skills: dict[str, frozenset[str]] = field(default_factory=dict)
    floor_percent: int = 0
    first_weekday: int = 0

    @cached_property
    def by_day(self) -> dict[tuple[str, int], TeamDay]:
        """Team days with at least one nurse."""
        return {(slot.team, slot.day): slot for slot in self.team_days if slot.nurses > 0}

    @cached_property
    def options(self) -> dict[tuple[str, int, str, int], Visit]:
        """Patient, visit, team and day to the visit, wherever a team of ``pairs`` has a nurse-day that holds it."""
        pairs = set(self.pairs)
        return {
            (visit.patient_id, visit.number, team, day): visit
            for patient in self.servable
            for visit in patient.visits
            for (team, day), slot in sorted(self.by_day.items())
            if (patient.patient_id, team) in pairs and _fits(patient, visit, slot, self.team_skills)
        }

    @cached_property
    def servable(self) -> tuple[Patient, ...]:
        """Patients of whom some team could make every visit if it had nothing else to do."""
        return tuple(patient for patient in self.patients if self._teams_for(patient))

    @cached_property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Patient and team, wherever the team could make every visit of the patient."""
        return tuple((patient.patient_id, team) for patient in self.servable for team in self._teams_for(patient))

    @cached_property
    def group_counts(self) -> dict[str, int]:
        """Servable patients of each group."""
        names = sorted({group for patient in self.servable for group in patient.groups})
        return {name: sum(name in patient.groups for patient in self.servable) for name in names}

    @cached_property
    def thresholds(self) -> dict[tuple[str, int], tuple[int, ...]]:
        """For each team and day 0 and the distinct minutes of half-day visits that may be there: see ``weight``."""
        minutes: dict[tuple[str, int], set[int]] = {}
        for (_, _, team, day), visit in self.options.items():
            kept = minutes.setdefault((team, day), {0})
            if 2 * visit.home_minutes <= self.by_day[team, day].nurse_minutes:
                kept.add(visit.home_minutes)
        return {key: tuple(sorted(kept)) for key, kept in sorted(minutes.items())}

    def _teams_for(self, patient: Patient) -> tuple[str, ...]:
        teams = sorted({team for team, _ in self.by_day})
        return tuple(
            team
            for team in teams
            if patient.visits
            and all(
                any(_fits(patient, visit, slot, self.team_skills) for slot in self.team_days if slot.team == team)
                for visit in patient.visits
            )
        )


def weight(minutes: int, nurse_minutes: int, threshold: int) -> int:
    """Halves of nurse-days that a visit takes in the packing row of a threshold.

    With at most two visits a nurse, visits fit on ``n`` nurses exactly when for 0 and for each length ``threshold`` of
    a half-day visit the weights of all visits sum to at most ``2 n`` (Koenig's theorem on the nested graph of pairs
    that share a nurse): a half-day visit weighs 1 when it is at least as long as the threshold, a longer one 1, and 1
    more when it leaves no room for a visit as long as the threshold. At threshold 0 only longer visits weigh, 2 each.
    """
    is_long = 2 * minutes > nurse_minutes
    if threshold == 0:
        return 2 * is_long
    return 1 + (minutes + threshold > nurse_minutes) if is_long else int(minutes >= threshold)


def skills_of(team: str, skills: dict[str, frozenset[str]]) -> frozenset[str]:
    """Skills of a team: its own and those of every team, named ``*``."""
    return skills.get(team, frozenset()) | skills.get("*", frozenset())


def _fits(patient: Patient, visit: Visit, slot: TeamDay, skills: dict[str, frozenset[str]]) -> bool:
    is_open = slot.nurses > 0 and slot.day in visit.days and 0 < visit.home_minutes <= slot.nurse_minutes
    return is_open and patient.skills <= skills_of(slot.team, skills)
