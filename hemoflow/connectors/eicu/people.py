"""Patients and stays; they come first because every other table refers to a stay."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from hemoflow.connectors.ancestry import of_words
from hemoflow.connectors.cohort import NO_PATIENT, SEE_PARENT, SITE, first_seen
from hemoflow.connectors.eicu.study import MOST_MINUTES, SOURCE, STAY, Study
from hemoflow.connectors.intake import Intake
from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.connectors.reading import RawRows, read_rows
from hemoflow.domain.requests import CareSetting
from hemoflow.schemas.canonical import PATIENTS
from hemoflow.schemas.columns import spans

SEXES = {"Female": "F", "Male": "M", "Other": "", "Unknown": ""}
PATIENT, HOSPITAL_STAY = "uniquepid", "patienthealthsystemstayid"
DETAILS = (
    PATIENT, HOSPITAL_STAY, "gender", "age", "hospitalid", "hospitaladmitoffset", "hospitaladmittime24",
    "hospitaldischargeyear", "unitadmittime24", "unitdischargeoffset", "admissionweight", "ethnicity",
)  # fmt: skip
OLDEST = "> 89"
OLDEST_AGE = 90
"""Ages over 89 are written as ``> 89`` and taken as 90."""
USUAL_YEAR = 2014
"""Taken where the year of discharge is left out: the first of the two years that the database covers."""
DAYS = 365
LIGHTEST_KG, HEAVIEST_KG = 0.3, 400.0
NO_STAY_LEFT = "has no usable stay"
SEE_STAY = "Correct the stay first, then load again."


@dataclass(frozen=True)
class People:
    """Patients and stays on their way in.

    Attributes:
        study: What the other tables need.
        patients: Intake of the patients.
        about: ``sex``, ``age``, ``ancestry`` and ``weight_kg`` by line of the patients.
        encounters: The canonical stays.
        stays: Intake of the stays.
    """

    study: Study
    patients: Intake
    about: pd.DataFrame
    encounters: pd.DataFrame
    stays: Intake


def meet(folder: Path, pseudonymiser: Pseudonymiser) -> People:
    """Read ``patient.csv``, one row a stay, and decide who is loaded: whoever has a usable stay and no fault."""
    raw = _rows(folder)
    stays = Intake(SOURCE, "encounters", RawRows(raw.file, raw.frame))
    patients = _intake(raw)
    about = _about(patients)
    subject, known = stays.text(PATIENT), patients.good(patients.rows)[PATIENT]
    stays.reject(subject.notna() & ~subject.isin(known), PATIENT, NO_PATIENT, SEE_PARENT)
    made = _encounters(stays, pseudonymiser)
    encounters = stays.finish(made)
    good = stays.good(made)
    patients.reject(~patients.rows[PATIENT].isin(subject[good.index]), PATIENT, NO_STAY_LEFT, SEE_STAY)
    by_stay = good.rename(columns={"started_at": "admitted_at"}).set_index(stays.rows.loc[good.index, STAY])
    study = Study(folder, pseudonymiser, by_stay[["patient_id", "encounter_id", "admitted_at"]])
    return People(study, patients, about, encounters, stays)


def _encounters(stays: Intake, pseudonymiser: Pseudonymiser) -> pd.DataFrame:
    started = _minute_zero(stays)
    length = stays.number("unitdischargeoffset", most=MOST_MINUTES, missing=True)
    stays.reject(length < 0, "unitdischargeoffset", "ends before it starts")
    return pd.DataFrame(
        {
            "encounter_id": _key(stays, pseudonymiser),
            "patient_id": pseudonymiser.series("p", SOURCE, stays.rows[PATIENT]),
            "site_id": SITE,
            "care_setting": str(CareSetting.INPATIENT),
            "started_at": started,
            "ended_at": started + spans(length.where(length <= MOST_MINUTES).round(), "min"),
            "available_at": started,
            "is_synthetic": False,
        }
    )


def _rows(folder: Path) -> RawRows:
    """The rows of ``patient.csv``; a stay without the patient's or the hospital stay's column is its own."""
    raw = read_rows(folder, "patient", [STAY], optional=DETAILS)
    names = {name.lower() for name in raw.header}
    frame = raw.frame
    for name in (HOSPITAL_STAY, PATIENT):
        if name not in names:
            frame[name] = frame[STAY if name == HOSPITAL_STAY else HOSPITAL_STAY]
    return RawRows(raw.file, frame, raw.broken, raw.header)


def _key(stays: Intake, pseudonymiser: Pseudonymiser) -> pd.Series:
    stays.text(STAY)
    stays.unique([STAY])
    return pseudonymiser.series("enc", SOURCE, stays.rows[STAY])


def _intake(raw: RawRows) -> Intake:
    """One row a patient: the first stay's; further stays of the patient are no rows of this table."""
    frame = raw.frame
    first = frame.drop_duplicates(PATIENT).set_index(PATIENT, drop=False).reindex(frame[PATIENT]).set_axis(frame.index)
    is_first = (frame.fillna("") == first.fillna("")).all(axis=1) | frame[PATIENT].isna()
    return Intake(SOURCE, "patients", RawRows(raw.file, frame[is_first], raw.broken))


def _about(patients: Intake) -> pd.DataFrame:
    """What is known of a person; a weight beyond its limits is left out: eICU has many that cannot be true."""
    patients.text(PATIENT)
    sex = patients.choice("gender", SEXES, missing=True)
    weight = pd.to_numeric(patients.rows["admissionweight"], errors="coerce").astype("float64")
    columns = {"sex": sex.mask(sex == ""), "age": _age(patients), "ancestry": of_words(patients.rows["ethnicity"])}
    return pd.DataFrame({**columns, "weight_kg": weight.where(weight.between(LIGHTEST_KG, HEAVIEST_KG))})


def _minute_zero(stays: Intake) -> pd.Series:
    """Admission to the unit: the drawn day of the hospital's admission, its time of day, and the minutes between."""
    year = stays.whole("hospitaldischargeyear", least=1900, most=2200, missing=True).fillna(USUAL_YEAR)
    day = pd.to_datetime(
        [_drawn(str(stay), int(at)) for stay, at in zip(stays.rows[HOSPITAL_STAY], year, strict=True)], utc=True
    )
    before = stays.number("hospitaladmitoffset", least=-MOST_MINUTES, most=MOST_MINUTES, missing=True)
    at_hospital, at_unit = (_time(stays, name) for name in ("hospitaladmittime24", "unitadmittime24"))
    after_midnight = (at_hospital - spans(before.round(), "min")).fillna(at_unit)
    zero = day + pd.to_timedelta(after_midnight.fillna(pd.Timedelta(0)).to_numpy())
    return pd.Series(zero, index=stays.rows.index).astype("datetime64[ns, UTC]")


def _time(stays: Intake, column: str) -> pd.Series:
    text = stays.rows[column]
    found = pd.to_timedelta(text.where(text.str.fullmatch(r"\d{1,2}:\d{2}:\d{2}")), errors="coerce")
    stays.reject(text.notna() & found.isna(), column, "not a time of day as HH:MM:SS")
    return found


def _drawn(stay: str, year: int) -> date:
    digest = hashlib.sha256(f"eicu {stay}".encode()).digest()
    return date(year, 1, 1) + timedelta(days=int.from_bytes(digest[:8], "big") % DAYS)


def patients(people: People, others: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The canonical patients, known from the first record that mentions them."""
    intake, about = people.patients, people.about
    patient_id = people.study.pseudonymiser.series("p", SOURCE, intake.rows[PATIENT])
    first = people.encounters.groupby("patient_id")["started_at"].min()
    columns = {
        "patient_id": patient_id,
        "sex": about["sex"],
        "birth_year": patient_id.map(first).dt.year.astype("Int64") - about["age"].astype("Int64"),
        "ancestry": about["ancestry"],
        "is_group_synthetic": False,
        "programme": "inpatient",
        "site_id": SITE,
        "weight_kg": about["weight_kg"],
        "available_at": patient_id.map(first_seen(others.values())),
        "is_synthetic": False,
    }
    unknown = {name: None for name in PATIENTS.columns if name not in columns}
    return intake.finish(pd.DataFrame({**unknown, **columns}))


def _age(intake: Intake) -> pd.Series:
    text = intake.rows["age"]
    age = pd.to_numeric(
        text.replace({OLDEST: str(OLDEST_AGE), OLDEST.replace(" ", ""): str(OLDEST_AGE)}), errors="coerce"
    )
    intake.reject(text.notna() & ~age.between(0, 130), "age", f"must be 0 to 130 or '{OLDEST}'")
    return age.where(age.between(0, 130)).round()
