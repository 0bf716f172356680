"""OMOP Common Data Model 5.3 or 5.4 as CSV files (plain or gzipped), as canonical tables.

Source: OHDSI Common Data Model specification, versions 5.3 and 5.4; the columns that are read are the same in both.
Four rules hold throughout:

* What a concept identifier stands for is looked up in the delivered ``CONCEPT`` table, never assumed.
* The model does not say when a row was recorded. A row is known from when it happened; one that gives only the day,
  or midnight, from the next midnight on. Times carry no zone and are read as UTC.
* Nothing can have happened after the day on which the delivery says it was made (``CDM_SOURCE.cdm_release_date``).
* The model has no requests and no stock; what it does not record stays missing.
"""

from datetime import date

from hemoflow.connectors.intake import delivered
from hemoflow.connectors.omop import blood, people, records
from hemoflow.connectors.omop.tables import Place, read_table, released_on
from hemoflow.connectors.omop.vocabulary import Vocabulary
from hemoflow.connectors.persons import patients
from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.connectors.reading import Loaded

VERSION = "4"
"""Raised whenever the same files would give other rows, so that a stored load is known to be out of date."""

READERS = (
    records.labs,
    records.conditions,
    records.procedures,
    records.drugs,
    blood.transfusions,
)


NO_VOCABULARY = (
    "No CONCEPT table: reviewed concepts are read, any other code is its OMOP concept, and drugs are left out."
)


def load(folder: Place, pseudonymiser: Pseudonymiser, *, until: date | None = None) -> Loaded:
    """Read a folder of CDM tables.

    Args:
        folder: Folder that holds ``PERSON.csv``, ``CONCEPT.csv`` and so on, in capitals or small letters. Only persons
            are required; a table without a file gives no rows, and without concepts the reviewed ones are known.
        pseudonymiser: Turns identifiers into pseudonyms.
        until: Last day on which anything can have happened. None: the day of release, without one 2099-12-31.

    Returns:
        Patients, encounters, labs, conditions, procedures, drugs and transfusions.

    Raises:
        InputError: A required table is missing, or a file is unusable.
    """
    known = people.meet(folder, pseudonymiser, until or released_on(folder))
    vocabulary = Vocabulary(folder)
    frames = {"encounters": known.encounters}
    intakes = [known.patients, known.stays]
    for reader in READERS:
        frame, intake = reader(folder, known.cohort, vocabulary)
        frames[intake.table_name] = frame
        intakes.append(intake)
    groups, notes = blood.groups(folder, known.cohort, vocabulary)
    frames["patients"] = patients(known.patients, known.born, groups, frames)
    return delivered(frames, intakes, [*notes, *([] if vocabulary.is_delivered else [NO_VOCABULARY]), *_notes(folder)])


def _notes(folder: Place) -> list[str]:
    deaths = len(read_table(folder, "DEATH", ["person_id"]).frame)
    return [f"{deaths} deaths are recorded; the canonical tables have no place for them."] if deaths else []
