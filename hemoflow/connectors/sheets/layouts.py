"""The templates: what a hospital or a blood service can tell in a spreadsheet, column by column."""

import csv
import io
from dataclasses import dataclass

COMMENT = "#"
"""A row whose first field begins with it explains and is no row."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a template.

    Attributes:
        name: Its name.
        meaning: What to write, in a sentence.
        example: An example.
        is_required: Whether the file must have the column.
    """

    name: str
    meaning: str
    example: str
    is_required: bool = True


_RECORDED = Field(
    "recorded_at", "When it was written down; empty: when it happened", "2024-10-15T07:30", is_required=False
)
_PATIENT = Field("patient_id", "Hospital number; it is replaced by a pseudonym before anything is stored", "MRN-1")

TEMPLATES: dict[str, tuple[Field, ...]] = {
    "stock": (
        Field("unit_id", "Identification number printed on the bag", "W123424000001"),
        Field("component", "red_cells, platelets or plasma, or a usual name such as LPRC", "red_cells"),
        Field("blood_group", "ABO and RhD", "O+"),
        Field("collected_on", "Day of collection", "2024-10-01"),
        Field("outdate_on", "Last day on which it may be transfused", "2024-11-11"),
        Field("site_id", "Where it is held", "HOSP-1"),
        Field("is_irradiated", "yes or no; empty: no", "no", is_required=False),
        Field(
            "status",
            "available, reserved, issued, transfused, quarantine, outdated or discarded",
            "available",
            is_required=False,
        ),
        Field("location", "Where the bag is now; a patient, ward or donor is no stock", "bank", is_required=False),
        _RECORDED,
    ),
    "donations": (
        Field("donated_on", "Day of donation", "2024-10-14"),
        Field("site_id", "Collecting site", "CENTRE"),
        Field("component", "red_cells, platelets or plasma", "red_cells"),
        Field("blood_group", "ABO and RhD", "O+"),
        Field("donated_units", "Units collected", "37"),
        _RECORDED,
    ),
    "requests": (
        Field("request_id", "Number of the request", "R-2024-1"),
        _PATIENT,
        Field("site_id", "Site that asks", "HOSP-1"),
        Field("component", "red_cells, platelets or plasma", "red_cells"),
        Field("requested_units", "Units asked for; empty: one is assumed", "2"),
        Field("requested_at", "When it was asked", "2024-10-15T07:10"),
        Field("urgency", "Deadline in days: 0, 1 or 8; empty: 1 is assumed", "1", is_required=False),
        Field("shortage_tier", "Who is served first in a shortage: 1, 2 or 3; empty: 2", "2", is_required=False),
        Field("indication", "Reason in a word", "anaemia", is_required=False),
        Field("cancelled_at", "When it was withdrawn", "", is_required=False),
        Field("blood_group", "The patient's group, if known", "A+", is_required=False),
        _RECORDED,
    ),
    "capacity": (
        Field("site_id", "Site or team", "CLINIC-1"),
        Field("capacity_on", "Day", "2024-10-16"),
        Field("resource", "chair_minutes or nurse_minutes", "chair_minutes"),
        Field("available_minutes", "Minutes that can be booked", "960"),
        Field(
            "recorded_at", "When it was planned; empty: 28 days before the day", "2024-10-01T12:00", is_required=False
        ),
    ),
    "labs": (
        Field("lab_id", "Number of the result", "L-1"),
        _PATIENT,
        Field("code", "haemoglobin, haematocrit, platelets, inr, creatinine, ferritin, mcv or a usual name", "Hb"),
        Field("value", "Result", "7.8"),
        Field("unit", "Its unit", "g/dL"),
        Field("taken_at", "When the sample was taken", "2024-10-15T06:40"),
        Field("sex", "F or M", "F", is_required=False),
        Field("birth_year", "Year of birth", "1950", is_required=False),
        _RECORDED,
    ),
}
"""Template to its columns; ``units`` is another name of ``stock``."""

ALIASES = {"units": "stock"}


def template_text(name: str) -> str:
    """A template as CSV: the header, a row that explains each column, and an example; both begin with ``#``.

    Args:
        name: A key of :data:`TEMPLATES` or of :data:`ALIASES`.
    """
    fields = TEMPLATES[ALIASES.get(name, name)]
    explained = [field.meaning + ("" if field.is_required else " (the column may be left out)") for field in fields]
    example = [field.example for field in fields]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([field.name for field in fields])
    for row in (explained, example):
        writer.writerow([f"{COMMENT} {row[0]}", *row[1:]])
    return text.getvalue()
