"""Units of blood: BiologicallyDerivedProducts that tell their group and their last day.

R4 has no place for either. R5 has: ``expirationDate``, and ``property`` with a coded type. Sites that send R4 put the
same into extensions whose addresses end in ``expirationDate`` and ``bloodGroup``. A product without them is a fault:
nobody can plan with it.
"""

from pathlib import Path
from typing import Any

import pandas as pd

from hemoflow.connectors.codes import Kind, meanings
from hemoflow.connectors.cohort import SITE, Cohort, known_at
from hemoflow.connectors.component_names import component_within
from hemoflow.connectors.fhir.ndjson import Field, first_of, found_files, identifier, meaning, read_resources, value
from hemoflow.connectors.fhir.pages import Resource, entries
from hemoflow.connectors.group_results import read_group
from hemoflow.connectors.intake import Intake
from hemoflow.domain.blood_groups import BloodGroup
from hemoflow.domain.units import UnitEvent
from hemoflow.schemas.canonical import UNIT_EVENTS
from hemoflow.schemas.frames import conform

KIND = "BiologicallyDerivedProduct"
GROUP, OUTDATE, PRODUCT = "blood group", "expirationDate", "productCode"
SEE_STOCK = "Deliver R5, or R4 with the extensions expirationDate and bloodGroup."
GROUPS = meanings(Kind.GROUP)


def stock(folder: Path, cohort: Cohort) -> tuple[dict[str, pd.DataFrame], Intake] | None:
    """Units and their events; None where the folder has no products. A product that is not available is on hold."""
    fields: dict[str, Field] = {
        "id": first_of(identifier("identifier", "value"), identifier("id")),
        PRODUCT: first_of(value(PRODUCT, "text"), value(PRODUCT, "coding", "display")),
        GROUP: _group,
        "collected": first_of(
            value("collection", "collectedDateTime"), value("collection", "collectedPeriod", "start")
        ),
        OUTDATE: first_of(value(OUTDATE), _extension(OUTDATE)),
        "status": first_of(value("status"), value("productStatus", "coding", "code")),
        "meta.lastUpdated": value("meta", "lastUpdated"),
    }
    raw = read_resources(folder, KIND, fields)
    if raw.frame.empty and not raw.broken and not found_files(folder, KIND):
        return None
    intake = Intake(cohort.names.source, "units", raw)
    collected, last = cohort.names.instant(intake, "collected"), cohort.names.instant(intake, OUTDATE)
    intake.reject(last < collected, OUTDATE, "lies before the collection")
    updated = cohort.names.instant(intake, "meta.lastUpdated", missing=True)
    product = intake.text(PRODUCT)
    component = product.map({text: component_within(text) for text in product.dropna().unique()}).astype("string")
    intake.reject(product.notna() & component.isna(), PRODUCT, "names no component")
    whole = intake.rows[GROUP].isin([str(group) for group in BloodGroup])
    intake.reject(~whole, GROUP, "not a whole ABO and RhD group", SEE_STOCK)
    made = pd.DataFrame(
        {
            "unit_id": cohort.names.key(intake, "unit", "id"),
            "component": component,
            "blood_group": intake.rows[GROUP].where(whole),
            "collected_on": collected.dt.tz_localize(None).dt.normalize(),
            "outdate_on": last.dt.tz_localize(None).dt.normalize(),
            "site_id": SITE,
            "is_irradiated": product.str.contains("irradiated", case=False),
            "origin": "donation",
            "available_at": known_at(collected, updated),
            "is_synthetic": False,
        }
    )
    frame = intake.finish(made)
    held = intake.good(made.assign(status=intake.rows["status"]))
    return {"units": frame, "unit_events": _events(held, cohort)}, intake


def _events(bags: pd.DataFrame, cohort: Cohort) -> pd.DataFrame:
    """Every bag was received; one that is said not to be available came back."""
    away = bags[bags["status"].notna() & (bags["status"] != "available")]
    parts = [(bags, UnitEvent.RECEIVED, 0), (away, UnitEvent.RETURNED, 1)]
    rows = pd.concat(
        [
            part.assign(event=str(event), occurred_at=part["available_at"] + pd.Timedelta(seconds=late))
            for part, event, late in parts
        ]
    )
    source = cohort.names.source
    names = cohort.names.pseudonymiser.series("ev", source, rows["unit_id"] + " " + rows["event"])
    told = rows.assign(event_id=names, available_at=rows["occurred_at"], source=source)
    return conform(told.assign(request_id=None, patient_id=None), UNIT_EVENTS)


def _group(resource: Resource) -> str | None:
    """The group of a product; ABO and RhD may stand in one property or in two."""
    told = [*entries(resource, "property"), *_extensions(resource, "bloodGroup")]
    parts = [part for entry in told if (part := _told(entry))]
    abo = {part.rstrip("+-") for part in parts} - {""}
    rhd = {part[-1] for part in parts if part[-1] in "+-"}
    return abo.pop() + rhd.pop() if len(abo) == len(rhd) == 1 else ("".join(sorted(parts)) or None)


def _extensions(resource: Resource, name: str) -> list[dict[str, Any]]:
    """The extensions whose address ends so."""
    return [entry for entry in entries(resource, "extension") if str(entry.get("url", "")).endswith(name)]


def _told(entry: Resource) -> str | None:
    coded = meaning("valueCodeableConcept", GROUPS)(entry)
    written = first_of(value("valueString"), value("valueCodeableConcept", "text"), value("valueCode"))(entry)
    return coded or read_group(written or "")


def _extension(name: str) -> Field:
    def take(resource: Resource) -> str | None:
        told = (first_of(value("valueDateTime"), value("valueDate"))(entry) for entry in _extensions(resource, name))
        return next(told, None)

    return take
