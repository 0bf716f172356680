"""Measurements, conditions, procedures and drugs."""

import pandas as pd

from hemoflow.connectors.codes import Kind
from hemoflow.connectors.cohort import Cohort, known_at
from hemoflow.connectors.conversions import in_canonical_unit
from hemoflow.connectors.drug_names import drug_class
from hemoflow.connectors.intake import Intake
from hemoflow.connectors.omop.tables import NO_CONCEPT, Place, intake_of, read_table, some_of
from hemoflow.connectors.omop.vocabulary import Vocabulary
from hemoflow.connectors.reading import RawRows
from hemoflow.schemas.canonical import LAB_LIMITS

EXACT = {NO_CONCEPT: "=", "4172703": "="}
"""``operator_concept_id``: not mapped, and "equals" (SNOMED 276136004); any other is no exact value."""

SEE_VOCABULARY = "Map the row to a standard concept, or deliver the CONCEPT table that belongs to it."


def labs(folder: Place, cohort: Cohort, vocabulary: Vocabulary) -> tuple[pd.DataFrame, Intake]:
    """Measurements of the analytes that matter; the unit is that of the concept, else the one that the source wrote."""
    columns = [
        "measurement_id", "person_id", "visit_occurrence_id", "measurement_concept_id", "measurement_date",
        "measurement_datetime", "operator_concept_id", "value_as_number", "unit_concept_id", "unit_source_value",
    ]  # fmt: skip
    analytes = vocabulary.meaning(Kind.LAB)
    raw = read_table(folder, "MEASUREMENT", columns, {"measurement_concept_id": some_of(analytes)})
    intake = intake_of(cohort, "labs", raw)
    intake.choice("operator_concept_id", EXACT, missing=True)
    taken = cohort.names.instant(intake, "measurement_datetime")
    code = intake.rows["measurement_concept_id"].map(analytes).astype("string")
    number, unit = intake.number("value_as_number"), _unit(intake, vocabulary)
    made = cohort.record(intake, "lab_id", "lab", "measurement_id").assign(
        code=code,
        value=in_canonical_unit(intake, code, number, unit, ("value_as_number", "unit_source_value")),
        unit=code.map({name: canonical for name, (canonical, _, _) in LAB_LIMITS.items()}),
        taken_at=taken,
        available_at=known_at(taken),
    )
    return intake.finish(made), intake


def _unit(intake: Intake, vocabulary: Vocabulary) -> pd.Series:
    concept = intake.rows["unit_concept_id"]
    is_unknown = concept.notna() & (concept != NO_CONCEPT) & ~concept.isin(list(vocabulary.units))
    if not vocabulary.is_delivered:
        is_unknown &= intake.rows["unit_source_value"].isna()
    intake.reject(is_unknown, "unit_concept_id", "not a unit of the delivered vocabulary", SEE_VOCABULARY)
    return concept.map(vocabulary.units).astype("string").fillna(intake.rows["unit_source_value"].str.strip())


def conditions(folder: Place, cohort: Cohort, vocabulary: Vocabulary) -> tuple[pd.DataFrame, Intake]:
    """Conditions, recorded when they began."""
    dates = ["condition_start_date", "condition_start_datetime"]
    columns = ["condition_occurrence_id", "person_id", "visit_occurrence_id", "condition_concept_id", *dates]
    intake = intake_of(cohort, "conditions", read_table(folder, "CONDITION_OCCURRENCE", columns))
    began = cohort.names.instant(intake, "condition_start_datetime")
    made = cohort.record(intake, "condition_id", "cond", "condition_occurrence_id").assign(
        **_coded(intake, vocabulary, "condition_concept_id"),
        recorded_at=began,
        available_at=known_at(began),
    )
    return intake.finish(made), intake


def procedures(folder: Place, cohort: Cohort, vocabulary: Vocabulary) -> tuple[pd.DataFrame, Intake]:
    """Procedures, transfusions among them."""
    intake = intake_of(cohort, "procedures", procedure_rows(folder, {}))
    performed = cohort.names.instant(intake, "procedure_datetime")
    made = cohort.record(intake, "procedure_id", "proc", "procedure_occurrence_id").assign(
        **_coded(intake, vocabulary, "procedure_concept_id"),
        performed_on=performed.dt.tz_localize(None).dt.normalize(),
        available_at=known_at(performed),
    )
    return intake.finish(made), intake


def procedure_rows(folder: Place, concepts: dict[str, str]) -> RawRows:
    """Rows of ``PROCEDURE_OCCURRENCE`` with one of the concepts; all of them when none is given."""
    columns = [
        "procedure_occurrence_id", "person_id", "visit_occurrence_id", "procedure_concept_id", "procedure_date",
        "procedure_datetime", "quantity",
    ]  # fmt: skip
    where = {"procedure_concept_id": some_of(concepts)} if concepts else {}
    return read_table(folder, "PROCEDURE_OCCURRENCE", columns, where)


def drugs(folder: Place, cohort: Cohort, vocabulary: Vocabulary) -> tuple[pd.DataFrame, Intake]:
    """Drug exposures of the classes that matter for anaemia, under the name of their concept."""
    dates = [f"drug_exposure_{edge}_{kind}" for edge in ("start", "end") for kind in ("date", "datetime")]
    columns = ["drug_exposure_id", "person_id", "visit_occurrence_id", "drug_concept_id", *dates]
    names = vocabulary.drugs()
    intake = intake_of(
        cohort, "drugs", read_table(folder, "DRUG_EXPOSURE", columns, {"drug_concept_id": some_of(names)})
    )
    started = cohort.names.instant(intake, "drug_exposure_start_datetime")
    ended = intake.instant("drug_exposure_end_datetime", missing=True)
    intake.reject(ended < started, "drug_exposure_end_datetime", "ends before it starts")
    name = intake.rows["drug_concept_id"].map(names).astype("string")
    made = cohort.record(intake, "drug_id", "drug", "drug_exposure_id").assign(
        name=name,
        drug_class=name.map({text: drug_class(text) for text in name.unique()}),
        started_at=started,
        ended_at=ended,
        available_at=known_at(started),
    )
    return intake.finish(made), intake


def _coded(intake: Intake, vocabulary: Vocabulary, column: str) -> dict[str, pd.Series]:
    """System and code that the concepts stand for."""
    concept = intake.text(column)
    codes = vocabulary.codes(concept.dropna().unique())
    reason = "no concept of the delivered vocabulary"
    intake.reject(concept.notna() & ~concept.isin(codes.index), column, reason, SEE_VOCABULARY)
    return {"code_system": concept.map(codes["system"]), "code": concept.map(codes["concept_code"])}
