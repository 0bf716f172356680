"""MIMIC-IV in its original file layout, shipped subset or full credentialed set, as canonical tables.

Source: Johnson et al., MIMIC-IV (PhysioNet). Times carry no zone and are read as UTC. What MIMIC-IV does not record
(blood group, urgency, number of units asked for, everything about the home) stays missing or is marked as assumed.
"""

from datetime import date
from pathlib import Path

from hemoflow.connectors.intake import delivered
from hemoflow.connectors.mimic import blood, notes, people, records
from hemoflow.connectors.mimic.weights import weight_kg
from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.connectors.reading import Loaded
from hemoflow.schemas.canonical import DATE_SHIFTS
from hemoflow.schemas.frames import empty

VERSION = "4"
"""Raised whenever the same files would give other rows, so that a stored load is known to be out of date."""

READERS = (
    records.labs,
    blood.requests,
    blood.transfusions,
    records.conditions,
    records.procedures,
    records.drugs,
)


def load(folder: Path, pseudonymiser: Pseudonymiser, *, window: tuple[date, date] | None, seed: int) -> Loaded:
    """Read a MIMIC-IV folder.

    Args:
        folder: Folder that holds ``hosp`` and ``icu``, files plain or gzipped.
        pseudonymiser: Turns identifiers into pseudonyms.
        window: First and last day. Each patient's dates move by one whole number of days, drawn uniformly with the
            seed, so that the last stay begins within it; intervals within a patient never change. None moves nothing.
        seed: Seed of the draw.

    Returns:
        Patients with at least one stay, and their encounters, labs, requests, transfusions, conditions, procedures,
        drugs and date shifts; notes where the folder has them. Real rows are not marked synthetic by the move;
        ``date_shifts`` is.

    Raises:
        InputError: A file is missing or unusable.
    """
    known = people.meet(folder, pseudonymiser, window, seed)
    frames = {"encounters": people.encounters(known)}
    intakes = [known.patients, known.stays]
    for reader in READERS:
        frame, intake = reader(known.study)
        frames[intake.table_name] = frame
        intakes.append(intake)
    if written := notes.notes(known.study):
        frames["notes"], intake = written
        intakes.append(intake)
    weight, said = weight_kg(known)
    frames["patients"] = people.patients(known, weight, frames.values())
    frames["date_shifts"] = people.date_shifts(known, frames["patients"]) if window else empty(DATE_SHIFTS)
    return delivered(frames, intakes, said)
