"""The templates: what a hospital or a blood service can tell in a spreadsheet, column by column."""

import csv
import io
from dataclasses import dataclass

ABO = ("a", "b", "o", "ab")
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


def _optional(name: str, meaning: str, example: str = "") -> Field:
    return Field(name, meaning, example, is_required=False)


_RECORDED = _optional("recorded_at", "When it was written down; empty: when it happened", "2024-10-15T07:30")
_PLANNED = _optional("recorded_at", "When it was planned; empty: 28 days before the day", "2024-10-01T12:00")
_PATIENT = Field("patient_id", "Hospital number; it is replaced by a pseudonym before anything is stored", "MRN-1")
_COMPONENT = Field("component", "red_cells, platelets or plasma, or a usual name such as LPRC", "red_cells")
_GROUP = Field("blood_group", "ABO and RhD", "O+")
_STATUS = "available, reserved, issued, transfused, quarantine, outdated or discarded"
_ANALYTES = "haemoglobin, haematocrit, platelets, inr, creatinine, ferritin, mcv or a usual name"

TEMPLATES: dict[str, tuple[Field, ...]] = {
    "stock": (
        Field("unit_id", "Identification number printed on the bag", "W123424000001"),
        _COMPONENT,
        _GROUP,
        Field("collected_on", "Day of collection", "2024-10-01"),
        Field("outdate_on", "Last day on which it may be transfused", "2024-11-11"),
        Field("site_id", "Where it is held", "HOSP-1"),
        _optional("is_irradiated", "yes or no; empty: no", "no"),
        _optional("status", _STATUS, "available"),
        _optional("location", "Where the bag is now; a patient, ward or donor is no stock", "bank"),
        _RECORDED,
    ),
    "donations": (
        Field("donated_on", "Day of donation", "2024-10-14"),
        Field("site_id", "Collecting site", "CENTRE"),
        _COMPONENT,
        _GROUP,
        Field("donated_units", "Units collected", "37"),
        _RECORDED,
    ),
    "facility": (
        Field("date", "Day of donation", "2026-09-03"),
        Field("hospital", "Collecting hospital", "Hospital Sultanah Aminah"),
        *(
            Field(f"blood_{abo}", f"Donations of group {abo.upper()}", str(n))
            for abo, n in zip(ABO, (22, 23, 28, 4), strict=True)
        ),
        _optional("daily", "All donations, to check the groups against", "77"),
        _optional("type_apheresis_platelet", "Of these, platelets by apheresis", "0"),
        _optional("type_apheresis_plasma", "Of these, plasma by apheresis", "0"),
        _RECORDED,
    ),
    "requests": (
        Field("request_id", "Number of the request", "R-2024-1"),
        _PATIENT,
        Field("site_id", "Site that asks", "HOSP-1"),
        _COMPONENT,
        Field("requested_units", "Units asked for; empty: one is assumed", "2"),
        Field("requested_at", "When it was asked", "2024-10-15T07:10"),
        _optional("urgency", "Deadline in days: 0, 1 or 8; empty: 1 is assumed", "1"),
        _optional("shortage_tier", "Who is served first in a shortage: 1, 2 or 3; empty: 2", "2"),
        _optional("indication", "Reason in a word", "anaemia"),
        _optional("cancelled_at", "When it was withdrawn"),
        _optional("blood_group", "The patient's group, if known", "A+"),
        _RECORDED,
    ),
    "capacity": (
        Field("site_id", "Site or team", "CLINIC-1"),
        Field("capacity_on", "Day", "2024-10-16"),
        Field("resource", "chair_minutes or nurse_minutes", "chair_minutes"),
        Field("available_minutes", "Minutes that can be booked", "960"),
        _PLANNED,
    ),
    "labs": (
        Field("lab_id", "Number of the result", "L-1"),
        _PATIENT,
        Field("code", _ANALYTES, "Hb"),
        Field("value", "Result", "7.8"),
        Field("unit", "Its unit", "g/dL"),
        Field("taken_at", "When the sample was taken", "2024-10-15T06:40"),
        _optional("sex", "F or M", "F"),
        _optional("birth_year", "Year of birth", "1950"),
        _RECORDED,
    ),
}
"""Template to its columns; ``facility`` is the layout of Malaysia's donations by hospital."""

ALIASES = {"units": "stock", "donations_facility": "facility"}
"""Other names of templates, and of the files that hold them."""


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
