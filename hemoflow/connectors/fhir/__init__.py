"""FHIR R4 as canonical tables: bulk data (NDJSON by resource type) or the pages of a server's search (Bundles).

Source: HL7 FHIR R4 (4.0.1), Bulk Data Access; US Core profiles add nothing that is needed. Three rules hold throughout:

* A result, diagnosis or procedure is known from ``issued``, ``recordedDate`` or ``meta.lastUpdated``, whichever is
  given first in this order, else from when it happened. Stays and requests are known from their own start, because
  their ``meta.lastUpdated`` moves with every change of status.
* Only reviewed codes and units are read; what FHIR does not record stays missing or is marked as assumed.
* R4 has no place for the group or the outdate day of a ``BiologicallyDerivedProduct``: those of R5, and extensions of
  the same name, are read; a product without them is a fault.
"""

from datetime import date
from pathlib import Path

from hemoflow.connectors.cohort import LAST_DAY
from hemoflow.connectors.fhir import blood, people, records, stock
from hemoflow.connectors.fhir import notes as documents
from hemoflow.connectors.intake import delivered
from hemoflow.connectors.persons import patients
from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.connectors.reading import Loaded

VERSION = "5"
"""Raised whenever the same files would give other rows, so that a stored load is known to be out of date."""

READERS = (
    records.labs,
    records.conditions,
    records.procedures,
    records.drugs,
    blood.transfusions,
    blood.requests,
)


def load(folder: Path, pseudonymiser: Pseudonymiser, *, until: date | None = None) -> Loaded:
    """Read a folder of NDJSON files.

    Args:
        folder: Folder that holds ``Patient.ndjson`` or ``Patient.ndjson.gz`` and so on, whole or in parts, or pages
            (``*.json``) with Bundles. Only patients are required; a type without resources gives a table without rows.
        pseudonymiser: Turns identifiers into pseudonyms.
        until: Last day on which anything can have happened; the bulk format does not carry it. None: 2099-12-31.

    Returns:
        Patients, encounters, labs, conditions, procedures, drugs, transfusions and requests; notes where there are
        DocumentReferences, units and their events where there are BiologicallyDerivedProducts.

    Raises:
        InputError: The patients are missing.
    """
    known = people.meet(folder, pseudonymiser, until or LAST_DAY)
    frames = {"encounters": known.encounters}
    intakes = [known.patients, known.stays]
    for reader in READERS:
        frame, intake = reader(folder, known.cohort)
        frames[intake.table_name] = frame
        intakes.append(intake)
    if written := documents.notes(folder, known.cohort):
        frames["notes"], intake = written
        intakes.append(intake)
    groups, notes = blood.groups(folder, known.cohort)
    frames["patients"] = patients(known.patients, known.born, groups, frames)
    if held := stock.stock(folder, known.cohort):
        bags, intake = held
        frames |= bags
        intakes.append(intake)
    return delivered(frames, intakes, notes)
