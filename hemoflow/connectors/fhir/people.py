"""Patients and stays; they come first because every other resource refers to them."""

from datetime import date
from pathlib import Path

import pandas as pd

from hemoflow.connectors.ancestry import CDC, of_codes
from hemoflow.connectors.cohort import NO_PATIENT, SEE_PARENT, SITE, Cohort, Names, People, known_at
from hemoflow.connectors.fhir.ndjson import Field, found_files, identifier, read_resources, target, value
from hemoflow.connectors.fhir.pages import Resource, entries, pages
from hemoflow.connectors.intake import Intake
from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.domain.errors import InputError
from hemoflow.domain.requests import CareSetting

SOURCE = "fhir-r4"
SEXES = {"female": "F", "male": "M", "other": "", "unknown": ""}
CARE_SETTINGS = {
    "IMP": CareSetting.INPATIENT,
    "ACUTE": CareSetting.INPATIENT,
    "NONAC": CareSetting.INPATIENT,
    "OBSENC": CareSetting.INPATIENT,
    "SS": CareSetting.INPATIENT,
    "EMER": CareSetting.EMERGENCY,
    "AMB": CareSetting.OUTPATIENT,
    "HH": CareSetting.OUTPATIENT,
    "VR": CareSetting.OUTPATIENT,
}
"""``Encounter.class`` (HL7 v3 ActEncounterCode) to care setting."""

STAYS_THAT_WERE = {status: status for status in ("arrived", "triaged", "in-progress", "onleave", "finished")}
US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"
MIXED = "2131-1"
"""Code of another race, taken for several."""


def _category(name: str) -> Field:
    """The broad category that an extension of US Core tells; several are told as another."""

    def take(resource: Resource) -> str | None:
        told = (part for one in entries(resource, "extension") if one.get("url") == US_CORE + name
                for part in entries(one, "extension") if part.get("url") == "ombCategory")  # fmt: skip
        codes = {code for part in told if (code := value("valueCoding", "code")(part)) is not None}
        return MIXED if len(codes) > 1 else next(iter(codes), None)

    return take


PATIENT_FIELDS = {
    "id": identifier("id"),
    "gender": value("gender"),
    "birthDate": value("birthDate"),
    "race": _category("race"),
    "ethnicity": _category("ethnicity"),
}
STAY_FIELDS = {
    "id": identifier("id"),
    "subject_id": target("subject"),
    "status": value("status"),
    "class": value("class", "code"),
    "period.start": value("period", "start"),
    "period.end": value("period", "end"),
}


def meet(folder: Path, pseudonymiser: Pseudonymiser, until: date) -> People:
    """Read patients and stays, and decide who is loaded: whoever has a usable patient resource."""
    if not found_files(folder, "Patient") and not pages(folder):
        raise InputError(
            f"Patient.ndjson is not in the folder {folder}.", remedy="Give the folder of a FHIR bulk export."
        )
    names = Names(SOURCE, "subject_id", "encounter_id", pseudonymiser, until)
    patients = Intake(SOURCE, "patients", read_resources(folder, "Patient", PATIENT_FIELDS))
    patient_id = names.key(patients, "p", "id")
    sex, birth_year = _sex(patients), _birth_year(patients, until)
    ancestry = of_codes(patients.rows["race"], patients.rows["ethnicity"], CDC)
    born = pd.DataFrame({"patient_id": patient_id, "sex": sex, "birth_year": birth_year, "ancestry": ancestry})
    loaded = frozenset(patients.good(born)["patient_id"])
    stays = Intake(SOURCE, "encounters", read_resources(folder, "Encounter", STAY_FIELDS))
    encounters = _encounters(stays, names, loaded)
    settings = encounters.set_index("encounter_id")["care_setting"]
    return People(Cohort(names, loaded, settings), patients, born, stays, encounters)


def _sex(patients: Intake) -> pd.Series:
    sex = patients.choice("gender", SEXES, missing=True)
    return sex.mask(sex == "")


def _birth_year(patients: Intake, until: date) -> pd.Series:
    """The year of a date that may stop at the year or the month."""
    text = patients.rows["birthDate"]
    is_date = text.str.fullmatch(r"\d{4}(-\d{2}){0,2}").fillna(value=False).astype(bool)
    patients.reject(text.notna() & ~is_date, "birthDate", "not a date")
    year = pd.to_numeric(text.where(is_date).str[:4]).astype("Int64")
    earliest = 1850
    patients.reject((year < earliest) | (year > until.year), "birthDate", f"must be {earliest} to {until.year}")
    return year


def _encounters(stays: Intake, names: Names, loaded: frozenset[str]) -> pd.DataFrame:
    """The stays that took place; known from their start on."""
    patient_id = names.patient_id(stays)
    stays.reject(patient_id.notna() & ~patient_id.isin(loaded), names.subject, NO_PATIENT, SEE_PARENT)
    stays.choice("status", STAYS_THAT_WERE)
    started = names.instant(stays, "period.start")
    ended = names.instant(stays, "period.end", missing=True)
    stays.reject(ended < started, "period.end", "ends before it starts")
    return stays.finish(
        pd.DataFrame(
            {
                "encounter_id": names.key(stays, "enc", "id"),
                "patient_id": patient_id,
                "site_id": SITE,
                "care_setting": stays.choice("class", CARE_SETTINGS),
                "started_at": started,
                "ended_at": ended,
                "available_at": known_at(started),
                "is_synthetic": False,
            }
        )
    )
