"""Persons and visits; they come first because every other table refers to them."""

from datetime import date

import pandas as pd

from hemoflow.connectors.ancestry import OMOP, of_codes
from hemoflow.connectors.cohort import SITE, Cohort, Names, People, known_at
from hemoflow.connectors.intake import Intake
from hemoflow.connectors.omop.tables import SOURCE, Place, check_identifiers, intake_of, read_table
from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.domain.requests import CareSetting

SEXES = {"8507": "M", "8532": "F", "8521": "", "8551": "", "8570": "", "0": ""}
"""``gender_concept_id``: male, female, other, unknown, ambiguous, not mapped (OHDSI Gender vocabulary)."""

CARE_SETTINGS = {
    "9201": CareSetting.INPATIENT,
    "262": CareSetting.INPATIENT,  # emergency room and then inpatient
    "9203": CareSetting.EMERGENCY,
    "9202": CareSetting.OUTPATIENT,
}
"""``visit_concept_id`` (OHDSI Visit vocabulary)."""

RACE = ("race_concept_id", "ethnicity_concept_id")
EARLIEST_YEAR = 1850


def meet(folder: Place, pseudonymiser: Pseudonymiser, until: date) -> People:
    """Read persons and visits, and decide who is loaded: whoever has a usable person row."""
    names = Names(SOURCE, "person_id", "visit_occurrence_id", pseudonymiser, until)
    columns = ["person_id", "gender_concept_id", "year_of_birth"]
    patients = Intake(SOURCE, "patients", read_table(folder, "PERSON", columns, required=True, optional=RACE))
    check_identifiers(patients)
    sex = patients.choice("gender_concept_id", SEXES, missing=True)
    born = pd.DataFrame(
        {
            "patient_id": names.key(patients, "p", "person_id"),
            "sex": sex.mask(sex == ""),
            "birth_year": patients.whole("year_of_birth", least=EARLIEST_YEAR, most=until.year),
            "ancestry": of_codes(patients.rows[RACE[0]], patients.rows[RACE[1]], OMOP),
        }
    )
    loaded = frozenset(patients.good(born)["patient_id"])
    nobody = Cohort(names, loaded, pd.Series(dtype="string"))
    encounters, stays = _encounters(folder, nobody)
    settings = encounters.set_index("encounter_id")["care_setting"]
    return People(Cohort(names, loaded, settings), patients, born, stays, encounters)


def _encounters(folder: Place, cohort: Cohort) -> tuple[pd.DataFrame, Intake]:
    dates = [f"visit_{edge}_{kind}" for edge in ("start", "end") for kind in ("date", "datetime")]
    columns = ["visit_occurrence_id", "person_id", "visit_concept_id", *dates]
    stays = intake_of(cohort, "encounters", read_table(folder, "VISIT_OCCURRENCE", columns))
    started = cohort.names.instant(stays, "visit_start_datetime")
    ended = cohort.names.instant(stays, "visit_end_datetime", missing=True)
    stays.reject(ended < started, "visit_end_datetime", "ends before it starts")
    made = cohort.record(stays, "encounter_id", "enc", "visit_occurrence_id").assign(
        site_id=SITE,
        care_setting=stays.choice("visit_concept_id", CARE_SETTINGS),
        started_at=started,
        ended_at=ended,
        available_at=known_at(started),
    )
    return stays.finish(made), stays
