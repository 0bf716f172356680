"""Frames of watching a model at work."""

from hemoflow.schemas.columns import count, flag, instant, measure, text
from hemoflow.schemas.table import Layout

DRIFT = Layout(
    "drift",
    "How far a column of the need model, or its score, lies from training on a day.",
    {
        "programme": text("Programme; each is compared with itself."),
        "feature": text("Column of the model, or the score."),
        "patients": count("Patients of the day."),
        "psi": measure("Population stability index.", least=0),
        "psi_limit": measure("Policy's limit, or what chance allows with so few patients if that is more.", least=0),
        "missing_share": measure("Patients without a value.", least=0, most=1),
        "trained_missing_share": measure("The same in training.", least=0, most=1),
        "is_drifting": flag("Whether the index is beyond the limit.", missing=False),
    },
    ("programme", "feature"),
)

FAIRNESS = Layout(
    "fairness",
    "How well the need model serves a group of patients, out of sample.",
    {
        "attribute": text("What the group is by."),
        "group": text("Group."),
        "metric": text("Figure."),
        "patients": count("Patients; missing where there are too few to show.", missing=True),
        "value": measure("Figure; missing where it is withheld or cannot be computed.", missing=True),
        "low": measure("Lower limit of 95 % by patient.", missing=True),
        "high": measure("Upper limit of 95 % by patient.", missing=True),
        "reference": measure("What the gap is taken from: everybody's value, or the aim.", missing=True),
        "gap_limit": measure("Gap from which a warning is due."),
        "is_withheld": flag("Whether the group has too few patients.", missing=False),
        "is_warning": flag("Whether the whole interval lies beyond the gap.", missing=False),
    },
    ("attribute", "group", "metric"),
)

NOTE_FINDINGS = Layout(
    "note_findings",
    "What the notes known at the cut say of a patient: the newest mention of a concept with an assertion.",
    {
        "patient_id": text("Pseudonym."),
        "concept": text("What is mentioned."),
        "assertion": text("How it is meant."),
        "written_at": instant("When the note was written."),
        "note_id": text("Pseudonym of the note."),
        "start": count("Place in the note."),
        "evidence": text("The words, for people who look after the patient."),
        "asks_review": flag("Whether a person has to look.", missing=False),
    },
    ("patient_id", "concept", "assertion"),
)

MENTIONS = Layout(
    "mentions",
    "What a note says; a note that says nothing looked for is a row without a concept, for it was read.",
    {
        **NOTE_FINDINGS.columns,
        "concept": text("What is mentioned.", missing=True),
        "assertion": text("How it is meant.", missing=True),
        "start": count("Place in the note.", missing=True),
        "evidence": text("The words, for people who look after the patient.", missing=True),
        "source": text("Who delivered the note."),
        "available_at": instant("When the note reached us."),
    },
    ("patient_id", "written_at", "note_id", "start", "concept"),
)
