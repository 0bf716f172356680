"""Transfusions and blood groups."""

import pandas as pd

from hemoflow.connectors.codes import Kind
from hemoflow.connectors.cohort import Cohort, known_at
from hemoflow.connectors.group_results import agreed_groups, read_group
from hemoflow.connectors.intake import Intake
from hemoflow.connectors.omop.records import procedure_rows
from hemoflow.connectors.omop.tables import Place, intake_of, read_table, some_of
from hemoflow.connectors.omop.vocabulary import Vocabulary

MOST_UNITS = 100
NOTHING = {"": ""}
"""Concepts of a vocabulary that has none of those looked for: matches no row."""


def transfusions(folder: Place, cohort: Cohort, vocabulary: Vocabulary) -> tuple[pd.DataFrame, Intake]:
    """Procedures that are transfusions; without a quantity, or with 0, the model says that one was performed."""
    components = vocabulary.meaning(Kind.TRANSFUSION)
    intake = intake_of(cohort, "transfusions", procedure_rows(folder, components or NOTHING))
    started = cohort.names.instant(intake, "procedure_datetime")
    quantity = intake.whole("quantity", most=MOST_UNITS, missing=True)
    made = cohort.record(intake, "transfusion_id", "tx", "procedure_occurrence_id").assign(
        component=intake.rows["procedure_concept_id"].map(components),
        given_units=quantity.fillna(0).clip(lower=1),
        volume_ml=None,
        started_at=started,
        setting=cohort.place(intake),
        available_at=known_at(started),
    )
    return intake.finish(made), intake


def groups(folder: Place, cohort: Cohort, vocabulary: Vocabulary) -> tuple[pd.DataFrame, list[str]]:
    """Blood groups that measurements agree on, and notes.

    A group describes the patient and is no row of its own, so a result that cannot be used is noted, not quarantined.
    """
    columns = [
        "measurement_id", "person_id", "visit_occurrence_id", "measurement_concept_id", "measurement_date",
        "measurement_datetime", "value_as_concept_id", "value_source_value",
    ]  # fmt: skip
    tests = vocabulary.meaning(Kind.GROUP_TEST)
    raw = read_table(folder, "MEASUREMENT", columns, {"measurement_concept_id": some_of(tests)})
    intake = intake_of(cohort, "patients", raw)
    answer = intake.rows["value_as_concept_id"].map(vocabulary.meaning(Kind.GROUP)).astype("string")
    results = pd.DataFrame(
        {
            "patient_id": cohort.names.patient_id(intake),
            "part": intake.rows["measurement_concept_id"].map(tests),
            "group": answer.fillna(intake.rows["value_source_value"].map(read_group).astype("string")),
            "taken_at": cohort.names.instant(intake, "measurement_datetime"),
        }
    )
    usable = intake.good(results)
    found, notes = agreed_groups(usable)
    if passed_over := len(results) - len(usable):
        notes.append(f"{passed_over} results of blood grouping had faults and were passed over.")
    return found, notes
