"""Body weight: from outpatient records in pounds and from intensive care in kilograms."""

import pandas as pd

from hemoflow.connectors.intake import Intake
from hemoflow.connectors.mimic.people import People
from hemoflow.connectors.mimic.study import SOURCE
from hemoflow.connectors.reading import read_rows

KG_PER_LB = 0.45359237
LIGHTEST_KG, HEAVIEST_KG = 0.3, 400.0


def weight_kg(people: People) -> tuple[pd.Series, list[str]]:
    """Weight by ``subject_id``, and notes: the last known when the last stay began, else the first known after.

    A weight describes the patient and is no row of its own, so one that cannot be read is noted, not quarantined.
    """
    clinic, clinic_bad = _clinic(people)
    ward, ward_bad = _ward(people)
    known = pd.concat([clinic, ward]).sort_values(["subject_id", "at", "kg"])
    is_late = known["at"] > known["subject_id"].map(people.last_admission)
    before = known[~is_late].groupby("subject_id")["kg"].last()
    after = known[is_late].groupby("subject_id")["kg"].first()
    bad = clinic_bad + ward_bad
    notes = [f"{bad} records of body weight could not be read and were passed over."] if bad else []
    return before.combine_first(after), notes


def _clinic(people: People) -> tuple[pd.DataFrame, int]:
    columns = ["subject_id", "chartdate", "result_name", "result_value"]
    where = {"result_name": {"Weight (Lbs)", "Weight"}.__contains__}
    intake = Intake(SOURCE, "patients", read_rows(people.study.folder, "hosp/omr", columns, where, required=False))
    at = intake.day("chartdate").dt.tz_localize("UTC")
    pounds = intake.number("result_value", least=LIGHTEST_KG / KG_PER_LB, most=HEAVIEST_KG / KG_PER_LB)
    return _usable(intake, at, pounds * KG_PER_LB)


def _ward(people: People) -> tuple[pd.DataFrame, int]:
    columns = ["subject_id", "starttime", "patientweight"]
    intake = Intake(SOURCE, "patients", read_rows(people.study.folder, "icu/inputevents", columns, required=False))
    at = intake.instant("starttime")
    return _usable(intake, at, intake.number("patientweight", least=LIGHTEST_KG, most=HEAVIEST_KG, missing=True))


def _usable(intake: Intake, at: pd.Series, kg: pd.Series) -> tuple[pd.DataFrame, int]:
    found = pd.DataFrame({"subject_id": intake.rows["subject_id"], "at": at, "kg": kg})
    return intake.good(found).dropna(), len(intake.quarantine)
