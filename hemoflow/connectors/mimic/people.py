"""Patients and stays; they come first because every other table refers to them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from hemoflow.connectors.ancestry import of_words
from hemoflow.connectors.intake import Intake
from hemoflow.connectors.mimic.study import NO_PATIENT, SEE_PARENT, SITE, SOURCE, Study, shifts
from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.connectors.reading import RawRows, read_rows
from hemoflow.domain.requests import CareSetting
from hemoflow.schemas.canonical import DATE_SHIFTS, PATIENTS
from hemoflow.schemas.frames import conform

OLDEST_ANCHOR_AGE = 120
RACE = ("race", "ethnicity")


@dataclass(frozen=True)
class People:
    """Patients and stays on their way in.

    Attributes:
        study: What the other tables need.
        patients: Intake of the patients.
        stays: Intake of the stays.
        spans: ``started_at`` and ``ended_at`` of each stay as recorded, by line.
        last_admission: Start of the last stay as recorded, by ``subject_id``.
        birth_year: Year of birth, moved with the last admission so that the age then is the true one; by line.
        ancestry: What the last stay that says so says, by ``subject_id``.
    """

    study: Study
    patients: Intake
    stays: Intake
    spans: pd.DataFrame
    last_admission: pd.Series
    birth_year: pd.Series
    ancestry: pd.Series


def meet(folder: Path, pseudonymiser: Pseudonymiser, window: tuple[date, date] | None, seed: int) -> People:
    """Read patients and stays, and decide who is loaded: whoever has a usable patient row and a usable stay."""
    columns = ["subject_id", "hadm_id", "admittime", "dischtime"]
    stays = Intake(SOURCE, "encounters", read_rows(folder, "hosp/admissions", columns, optional=RACE))
    everyone = read_rows(folder, "hosp/patients", ["subject_id", "gender", "anchor_age", "anchor_year"])
    is_outside = everyone.frame["subject_id"].notna() & ~everyone.frame["subject_id"].isin(stays.rows["subject_id"])
    patients = Intake(SOURCE, "patients", RawRows(everyone.file, everyone.frame[~is_outside], everyone.broken))
    born = _born(patients)
    usable_patients = patients.good(patients.rows)["subject_id"]
    spans = _spans(stays, usable_patients)
    usable = stays.good(stays.rows.join(spans))
    last = usable.groupby("subject_id")["started_at"].max()
    without_stay = usable_patients[~usable_patients.isin(last.index)]
    patients.reject(patients.rows["subject_id"].isin(without_stay), "subject_id", "has no usable stay", SEE_PARENT)
    study = Study(
        folder=folder,
        pseudonymiser=pseudonymiser,
        shift_days=shifts(last, window, seed),
        ended_at=usable.set_index("hadm_id")["ended_at"],
        never_admitted=frozenset(everyone.frame["subject_id"][is_outside]),
    )
    moved_years = (last + pd.to_timedelta(study.shift_days, unit="D")).dt.year - last.dt.year
    birth_year = born + patients.rows["subject_id"].map(moved_years).astype("Int64")
    return People(study, patients, stays, spans, last, birth_year, _ancestry(usable))


def _ancestry(stays: pd.DataFrame) -> pd.Series:
    """What the last stay that says so says, by ``subject_id``; early versions call the column otherwise."""
    named, earlier = (of_words(stays[name]) for name in RACE)
    told: pd.Series = (
        stays.assign(named=named.fillna(earlier)).sort_values("started_at").groupby("subject_id")["named"].last()
    )
    return told


def _born(patients: Intake) -> pd.Series:
    patients.unique(["subject_id"])
    patients.text("subject_id")
    patients.choice("gender", {"F": "F", "M": "M"})
    return patients.whole("anchor_year", least=1900, most=2250) - patients.whole("anchor_age", most=OLDEST_ANCHOR_AGE)


def _spans(stays: Intake, subjects: pd.Series) -> pd.DataFrame:
    stays.unique(["hadm_id"])
    stays.text("hadm_id")
    subject = stays.text("subject_id")
    started, ended = stays.instant("admittime"), stays.instant("dischtime", missing=True)
    stays.reject(ended < started, "dischtime", "ends before it starts")
    stays.reject(subject.notna() & ~subject.isin(subjects), "subject_id", NO_PATIENT, SEE_PARENT)
    return pd.DataFrame({"started_at": started, "ended_at": ended})


def encounters(people: People) -> pd.DataFrame:
    """The stays; known from their start on."""
    study, stays = people.study, people.stays
    started = study.moved(stays, people.spans["started_at"])
    made = study.who(stays).assign(
        site_id=SITE,
        care_setting=str(CareSetting.INPATIENT),
        started_at=started,
        ended_at=study.moved(stays, people.spans["ended_at"]),
        available_at=started,
        is_synthetic=False,
    )
    return stays.finish(made)


def patients(people: People, weight_kg: pd.Series, others: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """The patients, known from the first record that mentions them.

    Args:
        people: Result of :func:`meet`.
        weight_kg: Body weight by ``subject_id``.
        others: All other canonical frames of the load.
    """
    intake, subject = people.patients, people.patients.rows["subject_id"]
    patient_id = people.study.patient_id(subject)
    columns = {
        "patient_id": patient_id,
        "sex": intake.rows["gender"],
        "birth_year": people.birth_year,
        "ancestry": subject.map(people.ancestry),
        "is_group_synthetic": False,
        "programme": "inpatient",
        "site_id": SITE,
        "weight_kg": subject.map(weight_kg),
        "available_at": patient_id.map(_first_seen(others)),
        "is_synthetic": False,
    }
    unknown = {name: None for name in PATIENTS.columns if name not in columns}
    return intake.finish(pd.DataFrame({**unknown, **columns}))


def date_shifts(people: People, patients: pd.DataFrame) -> pd.DataFrame:
    """How far each loaded patient's dates were moved; made up by us, therefore marked synthetic."""
    shift = people.study.shift_days
    days = pd.Series(shift.array, index=people.study.patient_id(shift.index.to_series()))
    rows = patients[["patient_id", "available_at", "source"]]
    return conform(rows.assign(shift_days=rows["patient_id"].map(days), is_synthetic=True), DATE_SHIFTS)


def _first_seen(others: Iterable[pd.DataFrame]) -> pd.Series:
    seen = pd.concat([frame[["patient_id", "available_at"]] for frame in others])
    return seen.groupby("patient_id")["available_at"].min()
