"""Which of eICU's names we read, and what they mean here."""

import re

from hemoflow.domain.units import Component

LAB_NAMES: dict[str, str] = {
    "hgb": "haemoglobin",
    "hct": "haematocrit",
    "platelets x 1000": "platelets",
    "pt - inr": "inr",
    "creatinine": "creatinine",
    "ferritin": "ferritin",
    "mcv": "mcv",
    "reticulocyte count": "reticulocytes",
}
"""``lab.labname`` in small letters to analyte."""

STANDARD_UNITS: dict[str, str] = {
    "haemoglobin": "g/dL",
    "haematocrit": "%",
    "platelets": "K/mcL",
    "inr": "ratio",
    "creatinine": "mg/dL",
    "ferritin": "ng/mL",
    "mcv": "fL",
    "reticulocytes": "%",
}
"""``labmeasurenamesystem`` of each analyte throughout the database; taken where a row leaves it out."""

TREATMENTS: dict[Component, re.Pattern[str]] = {
    Component.RED_CELLS: re.compile(r"packed red (blood )?cells?|\bprbc", re.IGNORECASE),
    Component.PLATELETS: re.compile(r"platelet (concentrate|transfusion)|transfusion of platelets", re.IGNORECASE),
    Component.PLASMA: re.compile(r"fresh frozen plasma|\bffp\b", re.IGNORECASE),
}
"""What the end of ``treatment.treatmentstring`` names; "red blood cell disorders" is a reason and no component."""

UNITS_WRITTEN = re.compile(r"transfusion of (?P<more>>)?\s*(?P<units>\d+)", re.IGNORECASE)
"""``transfusion of 1-2 units prbc's`` is at least 1, ``transfusion of > 2 units prbc's`` at least 3."""

RED_CELL_VOLUMES = re.compile(r"\bp?rbcs?\b|packed (red )?(blood )?cells|transfuse red blood cells", re.IGNORECASE)
"""``intakeOutput.celllabel`` of a volume of red cells, for example ``Volume-Transfuse red blood cells``."""

UNIT_VOLUME_ML = 350.0
"""Volume of a red-cell unit; turns a volume into units, as for MIMIC-IV."""


def component_of(treatment: str) -> Component | None:
    """The component that a treatment's path names, or None where it is no transfusion."""
    return next((component for component, words in TREATMENTS.items() if words.search(treatment)), None)


def red_cell_volume(label: str) -> bool:
    """Whether a label of the fluid balance means red cells given."""
    return RED_CELL_VOLUMES.search(label) is not None


def units_of(treatment: str) -> int:
    """The least number of units that a treatment's path names; one where it names none."""
    found = UNITS_WRITTEN.search(treatment)
    return max(1, int(found["units"]) + bool(found["more"])) if found else 1
