"""Transfusions, requests for blood and blood groups."""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from hemoflow.connectors.codes import Kind, meanings
from hemoflow.connectors.cohort import SITE, Cohort, known_at
from hemoflow.connectors.fhir.ndjson import first_of, meaning, read_resources, value
from hemoflow.connectors.fhir.records import DONE, ORDERS, PERFORMED, RESULT, UPDATED, WHO, result_times
from hemoflow.connectors.group_results import agreed_groups, read_group
from hemoflow.connectors.intake import Intake
from hemoflow.domain.requests import ShortageTier, Urgency

URGENCY = {
    "stat": str(int(Urgency.VERY_URGENT)),
    "asap": str(int(Urgency.VERY_URGENT)),
    "urgent": str(int(Urgency.URGENT)),
    "routine": str(int(Urgency.NOT_URGENT)),
}
"""``ServiceRequest.priority`` to deadline class: FHIR ranks asap above urgent and below stat."""

COMPONENTS, TESTS = meanings(Kind.TRANSFUSION), meanings(Kind.GROUP_TEST)
STANDING = {status: status for status in ("active", "on-hold", "completed", "revoked")}
MOST_UNITS = 100


def transfusions(folder: Path, cohort: Cohort) -> tuple[pd.DataFrame, Intake]:
    """Procedures that are transfusions: one unit each, because R4 records no number and no volume."""
    fields = {
        **WHO,
        "status": value("status"),
        "component": meaning("code", COMPONENTS),
        "performed[x]": PERFORMED,
        **UPDATED,
    }
    raw = read_resources(folder, "Procedure", fields, "component", COMPONENTS)
    intake = cohort.intake("transfusions", raw)
    intake.choice("status", DONE)
    started = cohort.names.instant(intake, "performed[x]")
    updated = cohort.names.instant(intake, "meta.lastUpdated", missing=True)
    made = cohort.record(intake, "transfusion_id", "tx", "id").assign(
        component=intake.rows["component"],
        given_units=1,
        volume_ml=None,
        started_at=started,
        setting=cohort.place(intake),
        available_at=known_at(started, updated),
    )
    return intake.finish(made), intake


def requests(folder: Path, cohort: Cohort) -> tuple[pd.DataFrame, Intake]:
    """ServiceRequests for transfusions, known from when they were written.

    Without a quantity one unit is assumed; without a priority the request is taken as urgent and marked. A revoked
    one is withdrawn at its last change; without that instant it is a fault. Tier is not recorded: second.
    """
    fields = {
        **WHO,
        "status": value("status"),
        "intent": value("intent"),
        "component": meaning("code", COMPONENTS),
        "priority": value("priority"),
        "quantityQuantity.value": value("quantityQuantity", "value"),
        "reason": first_of(value("reasonCode", "text"), value("reasonCode", "coding", "display")),
        "authoredOn": value("authoredOn"),
        **UPDATED,
    }
    raw = read_resources(folder, "ServiceRequest", fields, "component", COMPONENTS)
    raw = replace(raw, frame=raw.frame[raw.frame["intent"].isin(ORDERS)])
    intake = cohort.intake("requests", raw)
    asked = cohort.names.instant(intake, "authoredOn")
    units = intake.whole("quantityQuantity.value", least=1, most=MOST_UNITS, missing=True)
    urgency = intake.choice("priority", URGENCY, missing=True)
    made = cohort.record(intake, "request_id", "req", "id").assign(
        site_id=SITE,
        component=intake.rows["component"],
        requested_units=units.fillna(1),
        is_units_assumed=intake.rows["quantityQuantity.value"].isna(),
        urgency=pd.to_numeric(urgency).fillna(int(Urgency.URGENT)),
        is_urgency_synthetic=intake.rows["priority"].isna(),
        shortage_tier=int(ShortageTier.SECOND),
        indication=intake.rows["reason"],
        requested_at=asked,
        cancelled_at=_withdrawn(intake, cohort),
        available_at=known_at(asked),
    )
    return intake.finish(made), intake


def _withdrawn(intake: Intake, cohort: Cohort) -> pd.Series:
    is_revoked = intake.choice("status", STANDING) == "revoked"
    updated = cohort.names.instant(intake, "meta.lastUpdated", missing=True)
    intake.reject(is_revoked & updated.isna(), "meta.lastUpdated", "missing: nobody knows when it was revoked")
    return updated.where(is_revoked.fillna(value=False))


def groups(folder: Path, cohort: Cohort) -> tuple[pd.DataFrame, list[str]]:
    """Blood groups that Observations agree on, and notes.

    A group describes the patient and is no row of its own, so a result that cannot be used is noted, not quarantined.
    """
    fields = {
        **RESULT,
        "test": meaning("code", TESTS),
        "answer": meaning("valueCodeableConcept", meanings(Kind.GROUP)),
        "written": first_of(value("valueString"), value("valueCodeableConcept", "text")),
    }
    raw = read_resources(folder, "Observation", fields, "test", TESTS)
    intake = cohort.intake("patients", raw)
    taken, _ = result_times(cohort, intake)
    results = pd.DataFrame(
        {
            "patient_id": cohort.names.patient_id(intake),
            "part": intake.rows["test"],
            "group": intake.rows["answer"].fillna(intake.rows["written"].map(read_group).astype("string")),
            "taken_at": taken,
        }
    )
    usable = intake.good(results)
    found, notes = agreed_groups(usable)
    if passed_over := len(results) - len(usable):
        notes.append(f"{passed_over} results of blood grouping had faults and were passed over.")
    return found, notes
