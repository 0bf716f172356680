"""What the tables of an electronic record share: who is loaded, under which pseudonym, and when a row was known."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import pandas as pd

from hemoflow.connectors.intake import Intake
from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.connectors.reading import RawRows
from hemoflow.domain.requests import CareSetting

SITE = "HOSP-1"
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2099, 12, 31)
NO_PATIENT = "the patient is not among the loaded patients"
SEE_PARENT = "Correct the patient first, then load again."
PLACES = {CareSetting.INPATIENT: "inpatient", CareSetting.EMERGENCY: "inpatient", CareSetting.OUTPATIENT: "clinic"}
"""Where a transfusion during a stay of each setting was given."""


@dataclass(frozen=True)
class Names:
    """How one source names things.

    Attributes:
        source: Source name that its rows carry.
        subject: Column of the patient's identifier.
        stay: Column of the stay's identifier.
        pseudonymiser: Turns identifiers into pseudonyms.
        until: Last day on which anything can have happened; later rows are faults.
    """

    source: str
    subject: str
    stay: str
    pseudonymiser: Pseudonymiser
    until: date

    def key(self, intake: Intake, kind: str, column: str) -> pd.Series:
        """Pseudonyms of records that ``column`` identifies; rows with one key and different content are rejected."""
        intake.text(column)
        intake.unique([column])
        return self.pseudonymiser.series(kind, self.source, intake.rows[column])

    def patient_id(self, intake: Intake) -> pd.Series:
        """Pseudonyms of the rows' patients."""
        return self.pseudonymiser.series("p", self.source, intake.text(self.subject))

    def encounter_id(self, intake: Intake) -> pd.Series:
        """Pseudonyms of the rows' stays; missing where no stay is recorded."""
        return self.pseudonymiser.series("enc", self.source, intake.text(self.stay, missing=True))

    def instant(self, intake: Intake, column: str, *, missing: bool = False) -> pd.Series:
        """An instant between 1900 and the source's last day, from text that gives at least the day."""
        text = intake.rows[column]
        found = intake.instant(column, missing=missing)
        intake.reject(text.str.len() < len("YYYY-MM-DD"), column, "not a date and time")
        intake.reject(found < _start(FIRST_DAY), column, f"lies before {FIRST_DAY}")
        end = _start(self.until) + pd.Timedelta(days=1)
        intake.reject(found >= end, column, f"lies after {self.until}, the last day of this source")
        return found


@dataclass(frozen=True)
class Cohort:
    """The patients and stays that were loaded; all other tables refer to them.

    Attributes:
        names: How the source names things.
        patients: Pseudonyms of the loaded patients.
        settings: Care setting of each loaded stay, by its pseudonym.
    """

    names: Names
    patients: frozenset[str]
    settings: pd.Series

    def intake(self, table_name: str, raw: RawRows) -> Intake:
        """Rows of one file for one table; rows of patients who were not loaded are rejected."""
        intake = Intake(self.names.source, table_name, raw)
        is_known = self.names.patient_id(intake).isin(self.patients)
        intake.reject(intake.rows[self.names.subject].notna() & ~is_known, self.names.subject, NO_PATIENT, SEE_PARENT)
        return intake

    def record(self, intake: Intake, name: str, kind: str, column: str) -> pd.DataFrame:
        """The columns that every record has: its own pseudonym (column ``name``), the patient's and the stay's."""
        return pd.DataFrame(
            {
                name: self.names.key(intake, kind, column),
                "patient_id": self.names.patient_id(intake),
                "encounter_id": self.names.encounter_id(intake),
                "is_synthetic": False,
            }
        )

    def place(self, intake: Intake) -> pd.Series:
        """Where the rows' stays were; a row without a loaded stay is rejected, because nothing else tells."""
        place = self.names.encounter_id(intake).map(self.settings.map(PLACES)).astype("string")
        reason = "no loaded stay tells where it was given"
        intake.reject(place.isna(), self.names.stay, reason, "Deliver the stay, or correct it, then load again.")
        return place


@dataclass(frozen=True)
class People:
    """Patients and stays on their way in.

    Attributes:
        cohort: What the other tables need.
        patients: Intake of the patients.
        born: ``patient_id``, ``sex``, ``birth_year`` and ``ancestry`` by line of the patients.
        stays: Intake of the stays.
        encounters: The canonical stays.
    """

    cohort: Cohort
    patients: Intake
    born: pd.DataFrame
    stays: Intake
    encounters: pd.DataFrame


def known_at(happened: pd.Series, *recorded: pd.Series) -> pd.Series:
    """When each row was known: at the first given instant of recording, else when it happened; never before that.

    A day without a time of day (midnight) was over before anyone can count on it: it is known from the next midnight.
    """
    whole_day = pd.to_timedelta((happened == happened.dt.normalize()).astype("int64"), unit="D")
    found = pd.Series(pd.NaT, index=happened.index, dtype=happened.dtype)
    for instants in recorded:
        found = found.fillna(instants)
    latest: pd.Series = pd.DataFrame({"happened": happened, "found": found.fillna(happened + whole_day)}).max(axis=1)
    return latest.astype(happened.dtype)


def first_seen(frames: Iterable[pd.DataFrame]) -> pd.Series:
    """The first instant at which any row of a patient was known, by pseudonym."""
    seen = pd.concat([frame[["patient_id", "available_at"]] for frame in frames])
    return seen.groupby("patient_id")["available_at"].min()


def _start(day: date) -> pd.Timestamp:
    return pd.Timestamp(day, tz="UTC")
