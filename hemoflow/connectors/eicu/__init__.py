"""eICU Collaborative Research Database in its original file layout, as canonical tables.

Source: Pollard et al., The eICU Collaborative Research Database (PhysioNet), tables as documented at eicu-crd.mit.edu.
Four rules hold throughout:

* Times are minutes from the admission to the unit. The calendar day of a hospital admission is not recorded, only the
  year of discharge: the day is drawn within that year from the stay's own identifier, the same on every load. Intervals
  within a hospital stay are true; between two hospital stays of a patient they are not.
* A result is known when it was last revised, never before the sample was taken.
* A treatment that names packed red cells, platelets or plasma is a transfusion. Volumes of the fluid balance count only
  for stays without such a treatment, because both describe the same bags.
* There are no requests, no blood groups and no stock; what eICU does not record stays missing.
"""

from pathlib import Path

from hemoflow.connectors.eicu import blood, people, records
from hemoflow.connectors.eicu.study import appended
from hemoflow.connectors.intake import Intake, delivered
from hemoflow.connectors.pseudonyms import Pseudonymiser
from hemoflow.connectors.reading import Loaded

VERSION = "3"
"""Raised whenever the same files would give other rows, so that a stored load is known to be out of date."""

READERS = (
    records.labs,
    records.diagnoses,
    records.admission_diagnoses,
    records.procedures,
    records.drugs,
    records.notes,
    blood.transfusions,
    blood.volumes,
)

NOTE = "Calendar days are drawn within the year of discharge; only intervals within a hospital stay are true."


def load(folder: Path, pseudonymiser: Pseudonymiser) -> Loaded:
    """Read an eICU folder.

    Args:
        folder: Folder that holds ``patient.csv`` and so on, plain or gzipped, in any case. Only that file is required;
            a table without a file gives no rows.
        pseudonymiser: Turns identifiers into pseudonyms.

    Returns:
        Patients, encounters (stays in a unit), labs, conditions, procedures, drugs, notes and transfusions.

    Raises:
        InputError: ``patient.csv`` is missing.
    """
    known = people.meet(folder, pseudonymiser)
    frames = {"encounters": known.encounters}
    intakes: list[Intake] = [known.patients, known.stays]
    for reader in READERS:
        frame, intake = reader(known.study)
        frames[intake.table_name] = appended(frames, intake.table_name, frame)
        intakes.append(intake)
    frames["patients"] = people.patients(known, frames)
    return delivered(frames, intakes, [NOTE, *blood.notes(known.study)])
