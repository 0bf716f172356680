"""Laboratory results, diagnoses, procedures and drugs."""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from hemoflow.connectors.codes import Kind, meanings
from hemoflow.connectors.cohort import Cohort, known_at
from hemoflow.connectors.conversions import in_canonical_unit
from hemoflow.connectors.drug_names import drug_class
from hemoflow.connectors.fhir.ndjson import (
    NO_CODE,
    coded,
    first_of,
    identifier,
    measured,
    read_resources,
    target,
    value,
)  # fmt: skip
from hemoflow.connectors.intake import Intake
from hemoflow.schemas.canonical import LAB_LIMITS

ANALYTES = meanings(Kind.LAB)
UNCERTAIN = {status: status for status in ("confirmed", "unconfirmed", "provisional", "differential")}
RESULTS_THAT_STAND = {status: status for status in ("preliminary", "final", "amended", "corrected")}
DONE = {status: status for status in ("in-progress", "completed", "stopped")}
PRESCRIBED = {status: status for status in ("active", "on-hold", "completed", "stopped")}
ORDERS = {"order", "original-order", "reflex-order", "filler-order", "instance-order"}
"""``intent`` of what is to be done; proposals and plans are not read."""

SEE_CODE = "Give the observation a LOINC code."
CLOCKS_DIFFER_BY = pd.Timedelta(days=1)
"""A result that says it was issued earlier than this before its sample was taken has a wrong date."""

WHO = {"id": identifier("id"), "subject_id": target("subject"), "encounter_id": target("encounter")}
UPDATED = {"meta.lastUpdated": value("meta", "lastUpdated")}
PERFORMED = first_of(value("performedDateTime"), value("performedPeriod", "start"))
RESULT = {
    **WHO,
    "status": value("status"),
    "effective[x]": first_of(
        value("effectiveDateTime"), value("effectiveInstant"), value("effectivePeriod", "end"),
        value("effectivePeriod", "start"),
    ),
    "issued": value("issued"),
    **UPDATED,
}  # fmt: skip


def labs(folder: Path, cohort: Cohort) -> tuple[pd.DataFrame, Intake]:
    """Observations of the analytes that matter; one that says only "less than" or "more than" is a fault."""
    fields = {
        **RESULT,
        "code": measured("code", ANALYTES),
        "valueQuantity.value": value("valueQuantity", "value"),
        "valueQuantity.unit": first_of(value("valueQuantity", "code"), value("valueQuantity", "unit")),
        "valueQuantity.comparator": value("valueQuantity", "comparator"),
    }
    raw = read_resources(folder, "Observation", fields, "code", ANALYTES)
    intake = cohort.intake("labs", raw)
    intake.reject(intake.rows["code"] == NO_CODE, "code", "no code says what was measured", SEE_CODE)
    intake.reject(intake.rows["valueQuantity.comparator"].notna(), "valueQuantity.comparator", "not an exact value")
    taken, available = result_times(cohort, intake)
    code, unit = intake.rows["code"].mask(intake.rows["code"] == NO_CODE), intake.rows["valueQuantity.unit"]
    number = intake.number("valueQuantity.value")
    made = cohort.record(intake, "lab_id", "lab", "id").assign(
        code=code,
        value=in_canonical_unit(intake, code, number, unit, ("valueQuantity.value", "valueQuantity.unit")),
        unit=code.map({name: canonical for name, (canonical, _, _) in LAB_LIMITS.items()}),
        taken_at=taken,
        available_at=available,
    )
    return intake.finish(made), intake


def result_times(cohort: Cohort, intake: Intake) -> tuple[pd.Series, pd.Series]:
    """When the samples of Observations were taken and when the results were known; checks their status too."""
    intake.choice("status", RESULTS_THAT_STAND)
    taken = cohort.names.instant(intake, "effective[x]")
    issued = cohort.names.instant(intake, "issued", missing=True)
    updated = cohort.names.instant(intake, "meta.lastUpdated", missing=True)
    is_late = issued.fillna(updated) < taken - CLOCKS_DIFFER_BY
    intake.reject(is_late, "effective[x]", "lies after it was issued")
    return taken, known_at(taken, issued, updated)


def conditions(folder: Path, cohort: Cohort) -> tuple[pd.DataFrame, Intake]:
    """Conditions that nobody refuted, recorded when they were written down, else at their onset."""
    fields = {
        **WHO,
        "verificationStatus": value("verificationStatus", "coding", "code"),
        "code_system": coded("code", 0),
        "code": coded("code", 1),
        "recordedDate": first_of(value("recordedDate"), value("onsetDateTime")),
        **UPDATED,
    }
    intake = cohort.intake("conditions", read_resources(folder, "Condition", fields))
    intake.choice("verificationStatus", UNCERTAIN, missing=True)
    recorded = cohort.names.instant(intake, "recordedDate")
    updated = cohort.names.instant(intake, "meta.lastUpdated", missing=True)
    made = cohort.record(intake, "condition_id", "cond", "id").assign(
        code_system=intake.text("code_system"),
        code=intake.text("code"),
        recorded_at=recorded,
        available_at=known_at(recorded, updated),
    )
    return intake.finish(made), intake


def procedures(folder: Path, cohort: Cohort) -> tuple[pd.DataFrame, Intake]:
    """Procedures that were at least begun."""
    fields = {
        **WHO,
        "status": value("status"),
        "code_system": coded("code", 0),
        "code": coded("code", 1),
        "performed[x]": PERFORMED,
        **UPDATED,
    }
    intake = cohort.intake("procedures", read_resources(folder, "Procedure", fields))
    intake.choice("status", DONE)
    performed = cohort.names.instant(intake, "performed[x]")
    updated = cohort.names.instant(intake, "meta.lastUpdated", missing=True)
    made = cohort.record(intake, "procedure_id", "proc", "id").assign(
        code_system=intake.text("code_system"),
        code=intake.text("code"),
        performed_on=performed.dt.tz_localize(None).dt.normalize(),
        available_at=known_at(performed, updated),
    )
    return intake.finish(made), intake


def drugs(folder: Path, cohort: Cohort) -> tuple[pd.DataFrame, Intake]:
    """MedicationRequests of the classes that matter for anaemia; R4 does not say when one was stopped."""
    fields = {
        **WHO,
        "status": value("status"),
        "intent": value("intent"),
        "name": first_of(
            value("medicationCodeableConcept", "text"),
            value("medicationCodeableConcept", "coding", "display"),
            value("medicationReference", "display"),
        ),
        "authoredOn": value("authoredOn"),
        **UPDATED,
    }
    raw = read_resources(folder, "MedicationRequest", fields)
    classes = {text: drug_class(text) for text in raw.frame["name"].dropna().unique()}
    matters = raw.frame["name"].map(classes).notna() & raw.frame["intent"].isin(ORDERS)
    intake = cohort.intake("drugs", replace(raw, frame=raw.frame[matters]))
    intake.choice("status", PRESCRIBED)
    authored = cohort.names.instant(intake, "authoredOn")
    updated = cohort.names.instant(intake, "meta.lastUpdated", missing=True)
    name = intake.rows["name"]
    made = cohort.record(intake, "drug_id", "drug", "id").assign(
        name=name,
        drug_class=name.map(classes),
        started_at=authored,
        ended_at=None,
        available_at=known_at(authored, updated),
    )
    return intake.finish(made), intake
