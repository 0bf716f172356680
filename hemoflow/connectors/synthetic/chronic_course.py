"""A chronic outpatient's months: haemoglobin falls, visits lift it, shocks interrupt.

Between transfusions haemoglobin falls evenly; a unit lifts it by ``volume / (4 ml per kg and g/dL)``, 1 g/dL at 70 kg
(the rule of thumb 4 ml/kg for 10 g/L). The clinic books the next visit for the day the threshold is expected.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from hemoflow.connectors.synthetic.chronic_types import Kind
from hemoflow.connectors.synthetic.magnitudes import SATURDAY, Region, at
from hemoflow.domain.requests import CareSetting, Urgency
from hemoflow.domain.units import Component
from hemoflow.schemas.canonical import LAB_LIMITS

UNIT_ML = 280
"""Volume of a unit (assumption)."""
ML_PER_KG_PER_G_PER_DL = 4
"""Volume per kilogram that lifts haemoglobin by 1 g/dL (4 ml/kg lift 10 g/L)."""
ASSAY_SD_G_PER_DL = 0.25
"""Noise of a haemoglobin result (assumption: 2 to 3 g/L)."""
INTERVAL_DAYS = (5, 45)
"""Shortest and longest interval that a clinic books (assumption)."""
MOST_LEAD_DAYS = 6
"""A visit is asked for one to six days before (assumption)."""
REQUEST_COUNT_SHARE, BETWEEN_COUNT_SHARE = 0.5, 0.25
"""Blood counts on the day of the request, and in the middle of an interval (assumption)."""
COMPANIONS = (("platelets", 0.6, 0.25), ("creatinine", 0.35, 0.12), ("ferritin", 0.1, 0.2))
"""Other analytes of a blood count: share of counts that have it, and spread of the logarithm (assumption)."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Person:
    """What the course of a patient needs.

    Attributes:
        name: Raw name, never written out.
        kind: Planted kind.
        site_id: Clinic.
        hospital_id: Where stays are.
        weight_kg: Body weight.
        threshold_g_per_dl: Personal threshold.
        decay_g_per_dl_week: Personal fall of haemoglobin.
    """

    name: str
    kind: Kind
    site_id: str
    hospital_id: str
    weight_kg: float
    threshold_g_per_dl: float
    decay_g_per_dl_week: float

    @property
    def lift_g_per_dl(self) -> float:
        """Rise of haemoglobin by one unit."""
        return UNIT_ML / (ML_PER_KG_PER_G_PER_DL * self.weight_kg)


@dataclass(slots=True)
class Course:
    """The simulation of one patient.

    Attributes:
        person: The patient.
        rng: The patient's own generator.
        region: Calendar and shares.
        since: Day of the last known level.
        level_then: Haemoglobin on that day after transfusion, g/dL.
        rows: Rows so far by canonical table; identifiers are running numbers within the patient.
    """

    person: Person
    rng: np.random.Generator
    region: Region
    since: date
    level_then: float
    rows: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))

    def run(self) -> dict[str, list[Row]]:
        """Follow the patient until nothing more can become known before the history ends."""
        while self.since <= self.region.last_on:
            visit = self._next_visit()
            asked_on = self._working_day_before(visit)
            shock = self.since + timedelta(days=1 + int(self.rng.exponential(7 / self.person.kind.shocks_per_week)))
            self._count_between(min(visit, shock))
            if shock < visit:
                self._shock(shock, visit, asked_on)
            else:
                self._planned(visit, asked_on)
        return self.rows

    def level(self, day: date) -> float:
        """Haemoglobin of a day without further transfusion, g/dL."""
        fall = self.person.decay_g_per_dl_week * (day - self.since).days / 7
        return max(self.level_then - fall, 3.5)

    def _next_visit(self) -> date:
        reserve = self.level_then - self.person.threshold_g_per_dl
        noise = float(np.exp(self.rng.normal(0.0, self.person.kind.interval_noise)))
        days = np.clip(7 * reserve / self.person.decay_g_per_dl_week * noise, *INTERVAL_DAYS)
        visit = self.since + timedelta(days=round(float(days)))
        return visit + timedelta(days={SATURDAY: -1, SATURDAY + 1: 1}.get(visit.weekday(), 0))

    def _working_day_before(self, visit: date) -> date:
        nearest = [visit - timedelta(days=n) for n in range(1, MOST_LEAD_DAYS + 1)]
        working = [day for day in nearest if day > self.since and day.weekday() < SATURDAY]
        return working[int(self.rng.integers(len(working)))]

    def _planned(self, visit: date, asked_on: date) -> None:
        units = self._usual_units(visit)
        cancelled = self.rng.random() < self.region.cancelled_share
        self._ask(asked_on, units, visit, at(visit - timedelta(days=1), 18) if cancelled else None)
        self._count(visit - timedelta(days=1), 8, 14)
        if not cancelled:
            self._outpatient_visit(visit, units)
        self._settle(visit, 0 if cancelled else units)

    def _shock(self, day: date, visit: date, asked_on: date) -> None:
        """A bleed or infection: an urgent request, often a stay; a visit already asked for is withdrawn."""
        struck_at = at(day, int(self.rng.integers(9, 19)), int(self.rng.integers(60)))
        if asked_on < day:
            self._ask(asked_on, self._usual_units(visit), visit, struck_at)
        self._settle(day, 0, drop=self.rng.uniform(0.8, 2.0))
        self._count_at(struck_at)
        units = int(self.rng.integers(1, 3))
        self._ask_at(struck_at + timedelta(hours=3), Urgency.URGENT, units)
        given_on = day + timedelta(days=1)
        is_stay = self.rng.random() < self.person.kind.stay_share
        left_on = self._stay(struck_at, given_on, units) if is_stay else self._outpatient_visit(given_on, units)
        self._settle(given_on, units)
        self._settle(left_on, 0)

    def _stay(self, began_at: datetime, given_on: date, units: int) -> date:
        """Returns the day on which the patient goes home."""
        ends_at = at(given_on, 12) + timedelta(days=int(self.rng.integers(1, 5)))
        stay = self._encounter(self.person.hospital_id, CareSetting.INPATIENT, began_at, ends_at)
        self._give(at(given_on, 11, int(self.rng.integers(60))), units, stay, "inpatient")
        return ends_at.date()

    def _outpatient_visit(self, day: date, units: int) -> date:
        """Returns the day itself, when the patient goes home."""
        began_at = at(day, 10, int(self.rng.integers(60)))
        ends_at = began_at + timedelta(minutes=60 + 109 * units)
        visit = self._encounter(self.person.site_id, CareSetting.OUTPATIENT, began_at, ends_at)
        self._give(began_at + timedelta(minutes=40), units, visit, "clinic")
        return day

    def _settle(self, day: date, units: int, drop: float = 0.0) -> None:
        lift = units * self.person.lift_g_per_dl * float(self.rng.normal(1.0, 0.08))
        self.level_then, self.since = self.level(day) + lift - drop, day

    def _usual_units(self, day: date) -> int:
        choices, weights = zip(*self.person.kind.units, strict=True)
        usual = int(self.rng.choice(choices, p=np.array(weights) / sum(weights)))
        return usual + int(self.level(day) < self.person.threshold_g_per_dl - 1.0)

    def _ask(self, day: date, units: int, planned_on: date, cancelled_at: datetime | None) -> None:
        """A planned visit is asked for, sometimes after a blood count of the same morning."""
        if self.rng.random() < REQUEST_COUNT_SHARE:
            self._count(day, 8, 9)
        asked_at = at(day, 12) + timedelta(minutes=int(self.rng.integers(240)))
        self._ask_at(asked_at, Urgency.NOT_URGENT, units, planned_on, cancelled_at)

    def _ask_at(
        self,
        asked_at: datetime,
        urgency: Urgency,
        units: int,
        planned_on: date | None = None,
        cancelled_at: datetime | None = None,
    ) -> None:
        self._add(
            "requests",
            asked_at,
            site_id=self.person.site_id,
            component=str(Component.RED_CELLS),
            requested_units=units,
            is_units_assumed=False,
            urgency=int(urgency),
            is_urgency_synthetic=True,
            shortage_tier=int(self.person.kind.shortage_tier),
            indication=self.person.kind.indication,
            requested_at=asked_at,
            cancelled_at=cancelled_at,
            planned_on=planned_on,
        )

    def _encounter(self, site_id: str, setting: CareSetting, began_at: datetime, ends_at: datetime) -> str:
        return self._add(
            "encounters", began_at, site_id=site_id, care_setting=str(setting), started_at=began_at, ended_at=ends_at
        )

    def _give(self, started_at: datetime, units: int, encounter: str, setting: str) -> None:
        self._add(
            "transfusions",
            started_at + timedelta(hours=2 * units),
            encounter=encounter,
            component=str(Component.RED_CELLS),
            given_units=units,
            volume_ml=float(units * UNIT_ML),
            started_at=started_at,
            setting=setting,
        )

    def _count_between(self, until: date) -> None:
        middle = self.since + (until - self.since) // 2
        if self.rng.random() < BETWEEN_COUNT_SHARE and self.since < middle < until:
            self._count(middle, 8, 14)

    def _count(self, day: date, first_hour: int, last_hour: int) -> None:
        self._count_at(at(day, int(self.rng.integers(first_hour, last_hour + 1)), int(self.rng.integers(60))))

    def _count_at(self, taken_at: datetime) -> None:
        """A blood count, known within two and a half hours."""
        level = self.level(taken_at.date())
        known_at = taken_at + timedelta(minutes=int(self.rng.integers(45, 150)))
        self._result("haemoglobin", level + self.rng.normal(0.0, ASSAY_SD_G_PER_DL), taken_at, known_at)
        usual = {
            "platelets": self.person.kind.platelets_per_nl,
            "creatinine": self.person.kind.creatinine_mg_per_dl,
            "ferritin": self.person.kind.ferritin_ng_per_ml,
        }
        for code, share, spread in COMPANIONS:
            if self.rng.random() < share:
                self._result(code, usual[code] * float(np.exp(self.rng.normal(0.0, spread))), taken_at, known_at)

    def _result(self, code: str, value: float, taken_at: datetime, known_at: datetime) -> None:
        self._add("labs", known_at, code=code, value=round(value, 1), unit=LAB_LIMITS[code][0], taken_at=taken_at)

    def _add(self, table: str, available_at: datetime, **values: Any) -> str:  # noqa: ANN401
        name = f"{self.person.name}/{len(self.rows[table])}"
        self.rows[table].append({"raw": name, "person": self.person.name, "available_at": available_at, **values})
        return name
