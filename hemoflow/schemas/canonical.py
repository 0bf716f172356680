"""The canonical tables: what every source is turned into. A row knows where it came from and when it was known.

Valid time is in the table's own ``_at`` or ``_on`` columns; ``available_at`` is when the record reached us, and the
only thing that a run's cut-off looks at.
"""

import pandera.pandas as pa

from hemoflow.domain.blood_groups import BloodGroup
from hemoflow.domain.requests import CareSetting
from hemoflow.domain.units import Component, UnitEvent
from hemoflow.schemas.columns import count, day, flag, instant, measure, text
from hemoflow.schemas.table import Layout

GROUPS = [str(group) for group in BloodGroup]
COMPONENTS = [str(component) for component in Component]
ANCESTRIES = ["asian", "black", "hispanic", "native_american", "pacific_islander", "white", "other"]
LAB_LIMITS = {
    "haemoglobin": ("g/dL", 1.0, 30.0),
    "haemoglobin_blood_gas": ("g/dL", 1.0, 30.0),
    "haematocrit": ("%", 3.0, 80.0),
    "platelets": ("10^9/L", 0.0, 5000.0),
    "inr": ("ratio", 0.2, 50.0),
    "creatinine": ("mg/dL", 0.0, 100.0),
    "ferritin": ("ng/mL", 0.0, 200000.0),
    "mcv": ("fL", 30.0, 200.0),
    "reticulocytes": ("%", 0.0, 100.0),
}
"""Laboratory codes, their canonical unit, and limits outside which a value cannot be true (assumption)."""


def _provenance() -> dict[str, pa.Column]:
    return {
        "available_at": instant("When the record reached us; a run sees it from this instant on."),
        "source": text("Source that delivered the row."),
        "is_synthetic": flag("Whether the row, or the drawn fields named in its notes, is made up.", missing=False),
    }


def _layout(name: str, meaning: str, key: tuple[str, ...], /, **columns: pa.Column) -> Layout:
    return Layout(name, meaning, {**columns, **_provenance()}, key)


PATIENTS = _layout(
    "patients",
    "A patient, under a pseudonym.",
    ("patient_id",),
    patient_id=text("Pseudonym."),
    sex=text("Recorded sex.", choices=["F", "M"], missing=True),
    birth_year=count("Year of birth; sources that move dates reach far ahead.", least=1850, most=2300, missing=True),
    ancestry=text(
        "As the source records it, in coarse groups; read by figures by group of patients, by no model.",
        choices=ANCESTRIES,
        missing=True,
    ),
    blood_group=text(
        "ABO/RhD group; missing means unknown and only the emergency rule applies.", choices=GROUPS, missing=True
    ),
    is_group_synthetic=flag("Whether the group was drawn for the demonstration.", missing=False),
    is_group_confirmed=flag("Whether two samples agree on the group."),
    programme=text("Why the patient is known.", choices=["inpatient", "chronic", "background"]),
    diagnosis_group=text(
        "Reason for transfusion.",
        choices=["mds", "haem_onc", "solid_onc", "haemoglobinopathy", "renal_gi", "other"],
        missing=True,
    ),
    site_id=text("Site that looks after the patient."),
    weight_kg=measure("Body weight.", least=0.3, most=400, missing=True),
    threshold_g_per_dl=measure("Personal transfusion threshold set by a clinician.", least=4, most=15, missing=True),
    needs_irradiated=flag("Whether cellular components must be irradiated; missing is treated as unmet."),
    antibodies=text("Red-cell antibodies, separated by semicolons; empty text means screened and none.", missing=True),
    has_prior_severe_reaction=flag("Any severe transfusion reaction."),
    has_unresolved_serology=flag("An open serological question."),
    has_haemolysis=flag("Autoimmune haemolysis or a haemolysing cold agglutinin."),
    is_actively_bleeding=flag("Active bleeding."),
    is_cardiopulmonary_unstable=flag("Unstable heart or lungs."),
    has_home_consent=flag("Written consent to transfusion at home."),
    has_carer=flag("A second adult at home during the visit."),
    is_home_safe=flag("Home judged safe, telephone and emergency service in reach."),
    prefers_home=flag("The patient's own preference."),
    travel_minutes=measure("One-way travel between home and clinic, minutes.", least=0, most=1440, missing=True),
    mobility_score=count("0 walks freely, 1 with aid, 2 wheelchair, 3 bedbound.", most=3, missing=True),
    frailty_score=count("Clinical Frailty Scale, 1 very fit to 9 terminally ill.", least=1, most=9, missing=True),
)

ENCOUNTERS = _layout(
    "encounters",
    "A stay or a visit.",
    ("encounter_id",),
    encounter_id=text("Pseudonym of the stay."),
    patient_id=text("Pseudonym."),
    site_id=text("Site of the stay."),
    care_setting=text("Setting.", choices=[str(s) for s in CareSetting]),
    started_at=instant("Start."),
    ended_at=instant("End; a run before it does not see it.", missing=True),
)

LABS = _layout(
    "labs",
    "A laboratory result in its canonical unit.",
    ("lab_id",),
    lab_id=text("Pseudonym of the result."),
    patient_id=text("Pseudonym."),
    encounter_id=text("Stay, where recorded.", missing=True),
    code=text("Analyte.", choices=list(LAB_LIMITS)),
    value=measure("Result in the canonical unit of its code."),
    unit=text("Canonical unit."),
    taken_at=instant("When the sample was taken."),
)

TRANSFUSIONS = _layout(
    "transfusions",
    "A transfusion given.",
    ("transfusion_id",),
    transfusion_id=text("Pseudonym."),
    patient_id=text("Pseudonym."),
    encounter_id=text("Stay, where recorded.", missing=True),
    component=text("Component.", choices=COMPONENTS),
    given_units=count("Units given in this record.", least=1, most=100),
    volume_ml=measure("Volume, where recorded.", least=0, most=20000, missing=True),
    started_at=instant("Start."),
    setting=text("Where it was given.", choices=["inpatient", "clinic", "home"]),
)

REQUESTS = _layout(
    "requests",
    "A clinician's ask for a patient.",
    ("request_id",),
    request_id=text("Pseudonym of the request."),
    patient_id=text("Pseudonym."),
    encounter_id=text("Stay, where recorded.", missing=True),
    site_id=text("Site that asks."),
    component=text("Component.", choices=COMPONENTS),
    requested_units=count("Units asked for.", least=1, most=100),
    is_units_assumed=flag("Whether the source records no number and one unit is assumed.", missing=False),
    urgency=count("Deadline class in days: 0, 1 or 8.", most=8),
    is_urgency_synthetic=flag("Whether the urgency was drawn for the demonstration.", missing=False),
    shortage_tier=count("Who is served first in a shortage: 1, 2 or 3.", least=1, most=3),
    indication=text("Reason in a word.", missing=True),
    requested_at=instant("When it was asked."),
    cancelled_at=instant("When it was withdrawn; a run before it does not see it.", missing=True),
)

UNITS = _layout(
    "units",
    "A unit of blood.",
    ("unit_id",),
    unit_id=text("Identification number."),
    component=text("Component.", choices=COMPONENTS),
    blood_group=text("ABO/RhD group.", choices=GROUPS),
    collected_on=day("Day of collection."),
    outdate_on=day("Last day on which it may be transfused."),
    site_id=text("Where it is held."),
    is_irradiated=flag("Whether it was irradiated.", missing=False),
    origin=text("Where it came from.", choices=["opening", "donation", "external"]),
)

UNIT_EVENTS = _layout(
    "unit_events",
    "One thing that happened to a unit; the ledger is append-only.",
    ("event_id",),
    event_id=text("Running identification of the event."),
    unit_id=text("The unit."),
    event=text("What happened.", choices=[str(e) for e in UnitEvent]),
    occurred_at=instant("When."),
    request_id=text("The request it was for.", missing=True),
    patient_id=text("Pseudonym of the patient it was for.", missing=True),
)

DONATIONS = _layout(
    "donations",
    "Donations of one group on one day at one site.",
    ("donated_on", "site_id", "component", "blood_group"),
    donated_on=day("Day of donation."),
    site_id=text("Collecting site."),
    component=text("Component.", choices=COMPONENTS),
    blood_group=text("ABO/RhD group.", choices=GROUPS),
    donated_units=count("Units collected."),
)

CAPACITY = _layout(
    "capacity",
    "What a team can do on a day.",
    ("site_id", "capacity_on", "resource"),
    site_id=text("Site or team."),
    capacity_on=day("Day."),
    resource=text("Resource.", choices=["chair_minutes", "nurse_minutes"]),
    available_minutes=count("Minutes that can be booked."),
)

CONDITIONS = _layout(
    "conditions",
    "A coded diagnosis.",
    ("condition_id",),
    condition_id=text("Pseudonym of the record."),
    patient_id=text("Pseudonym."),
    encounter_id=text("Stay, where recorded.", missing=True),
    code_system=text("Code system, for example ICD-10-CM."),
    code=text("Code."),
    recorded_at=instant("When it was recorded."),
)

DRUGS = _layout(
    "drugs",
    "A drug prescribed.",
    ("drug_id",),
    drug_id=text("Pseudonym of the record."),
    patient_id=text("Pseudonym."),
    encounter_id=text("Stay, where recorded.", missing=True),
    name=text("Name as recorded."),
    drug_class=text(
        "Class that matters for anaemia.",
        choices=["chemotherapy", "anticoagulant", "antiplatelet", "iron", "esa", "other"],
    ),
    started_at=instant("Start."),
    ended_at=instant("End.", missing=True),
)

PROCEDURES = _layout(
    "procedures",
    "A coded procedure.",
    ("procedure_id",),
    procedure_id=text("Pseudonym of the record."),
    patient_id=text("Pseudonym."),
    encounter_id=text("Stay, where recorded.", missing=True),
    code_system=text("Code system."),
    code=text("Code."),
    performed_on=day("Day."),
)

NOTES = _layout(
    "notes",
    "A clinical note; no shipped source has any.",
    ("note_id",),
    note_id=text("Pseudonym of the note."),
    patient_id=text("Pseudonym."),
    encounter_id=text("Stay, where recorded.", missing=True),
    kind=text("Kind of note."),
    body=text("Text."),
    written_at=instant("When."),
)

DATE_SHIFTS = _layout(
    "date_shifts",
    "How far a patient's dates were moved into the demonstration window.",
    ("patient_id",),
    patient_id=text("Pseudonym."),
    shift_days=count("Days added to every date of the patient.", least=None),
)

CANONICAL: dict[str, Layout] = {
    layout.name: layout
    for layout in (
        PATIENTS, ENCOUNTERS, LABS, TRANSFUSIONS, REQUESTS, UNITS, UNIT_EVENTS, DONATIONS, CAPACITY, CONDITIONS,
        DRUGS, PROCEDURES, NOTES, DATE_SHIFTS,
    )
}  # fmt: skip
"""Every canonical table by name; connectors return a mapping from these names to frames."""

VALID_TIME = {
    "encounters": "started_at", "labs": "taken_at", "transfusions": "started_at", "requests": "requested_at",
    "units": "collected_on", "unit_events": "occurred_at", "donations": "donated_on", "conditions": "recorded_at",
    "drugs": "started_at", "procedures": "performed_on", "notes": "written_at",
}  # fmt: skip
"""Table to the column that says when it happened. Capacity is planned ahead, and a patient is no event."""
