"""Frames that leave the house."""

from hemoflow.schemas.columns import count, day, flag, instant, measure, text
from hemoflow.schemas.table import Layout

SUPPLY_STATUS = (
    "no request", "unit proposed", "partly proposed", "order external", "needs review", "later in plan", "no plan",
)  # fmt: skip

WORKLIST = Layout(
    "worklist",
    "A patient to think about today: predicted need, proposed place, supply.",
    {
        "patient_id": text("Pseudonym."),
        "site_id": text("Site."),
        "care_setting": text("Setting."),
        "diagnosis_group": text("Reason for transfusion.", missing=True),
        "blood_group": text("ABO/RhD group; missing means unknown.", missing=True),
        "haemoglobin_g_per_dl": measure("Last haemoglobin.", missing=True),
        "haemoglobin_age_hours": measure("Hours since that sample.", missing=True),
        "estimated_haemoglobin_g_per_dl": measure("Haemoglobin estimated for the cut.", missing=True),
        "threshold_g_per_dl": measure("Threshold used."),
        "is_threshold_personal": flag("Whether a clinician set it.", missing=False),
        "request_24h_probability": measure("Probability of a request within 24 hours.", least=0, most=1),
        "request_8d_probability": measure("Probability of a request within 8 days.", least=0, most=1, missing=True),
        "expected_8d_units": measure("Expected units in 8 days.", least=0),
        "below_on": day("Day by which the threshold is crossed or red cells given, p50.", missing=True),
        "below_from_on": day("First day of its 80 % window.", missing=True),
        "below_until_on": day("Last day of its 80 % window.", missing=True),
        "expected_28d_units": measure("Expected units in 28 days; chronic programme only.", least=0, missing=True),
        "low_28d_units": measure("Lower limit of those units.", least=0, missing=True),
        "high_28d_units": measure("Upper limit of those units.", least=0, missing=True),
        "open_units": count("Units of open requests."),
        "route": text("Proposed place; missing for inpatients.", missing=True),
        "needs_review": flag("Whether a person must look first.", missing=False),
        "supply_status": text(
            "Supply of open requests.",
            choices=SUPPLY_STATUS,
        ),
        "reason": text("Why the patient is on the list."),
    },
    ("patient_id",),
)

KPIS = Layout(
    "kpis",
    "A key figure of the day.",
    {
        "kpi": text("Name."),
        "value": measure("Value.", missing=True),
        "unit": text("Unit."),
        "target": text("Target or context.", missing=True),
        "meaning": text("Formula in words."),
    },
    ("kpi",),
)

FRESHNESS = Layout(
    "freshness",
    "How fresh a source was at the cut.",
    {
        "source": text("Source."),
        "table_name": text("Canonical table."),
        "rows": count("Rows visible at the cut."),
        "latest_at": instant("Latest record visible.", missing=True),
        "age_hours": measure("Hours from it to the cut.", least=0, missing=True),
        "is_critical": flag("Whether a plan needs it.", missing=False),
        "is_stale": flag("Older than the policy allows.", missing=False),
    },
    ("source", "table_name"),
)

INGEST_REPORT = Layout(
    "ingest_report",
    "What happened to the rows of one table of one source.",
    {
        "source": text("Source."),
        "table_name": text("Canonical table."),
        "read_rows": count("Rows read."),
        "loaded_rows": count("Rows loaded."),
        "quarantined_rows": count("Rows put aside with a reason."),
        "duplicate_rows": count("Exact repeats left out."),
    },
    ("source", "table_name"),
)

QUARANTINE = Layout(
    "quarantine",
    "A fault that kept a row out.",
    {
        "source": text("Source."),
        "table_name": text("Canonical table it was meant for."),
        "file": text("File, relative to the source's folder."),
        "row_number": count("Line in the file, the header is line 1.", least=1),
        "field": text("Field at fault."),
        "value": text("Offending value; identifiers are masked.", missing=True),
        "reason": text("What is wrong."),
        "remedy": text("What to do."),
    },
    ("source", "table_name", "file", "row_number", "field", "reason"),
)
