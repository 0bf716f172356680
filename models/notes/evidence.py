"""What the notes known at a cut say of each patient: findings as a frame, flags for the need model, words for routing.

A flag is missing for patients of a source without notes: nothing is known there, which is not the same as no finding.
The words of a note go to people who look after the patient; they never leave these frames for the orchestrator.
"""

import re

import pandas as pd

from hemoflow.schemas.frames import conform, empty
from hemoflow.schemas.watching import NOTE_FINDINGS
from models.notes.reading import REVIEW, read_note

WORD = re.compile(r"\S+")
KEY = ["patient_id", "concept", "assertion"]
MOST_WORDS = 12
"""Words of evidence on either side together; more would be the note itself."""


def findings(notes: pd.DataFrame) -> pd.DataFrame:
    """NOTE_FINDINGS: the newest mention of each concept with each assertion.

    Args:
        notes: ``patient_id, note_id, written_at, body`` as they were known at the cut.
    """
    rows = [
        {
            "patient_id": note["patient_id"],
            "concept": str(found.concept),
            "assertion": str(found.assertion),
            "written_at": note["written_at"],
            "note_id": note["note_id"],
            "start": found.start,
            "evidence": _around(note["body"], found.start, found.end),
            "asks_review": found.assertion in REVIEW,
        }
        for note in notes.to_dict("records")
        for found in read_note(note["body"], note["written_at"].date())
    ]
    if not rows:
        return empty(NOTE_FINDINGS)
    newest = pd.DataFrame(rows).sort_values([*KEY, "written_at", "note_id", "start"]).drop_duplicates(KEY, keep="last")
    return conform(newest, NOTE_FINDINGS)


def note_reasons(found: pd.DataFrame) -> pd.Series:
    """By patient, why a person has to read a note: concept, assertion, day and the words; empty for nobody."""
    asking = found[found["asks_review"]]
    said = [
        f"{row['concept'].replace('_', ' ')} ({row['assertion']}, note of {row['written_at']:%Y-%m-%d}: "
        f"“{row['evidence']}”)"
        for row in asking.to_dict("records")
    ]
    by_patient = pd.Series(said, index=asking["patient_id"].astype("str"), dtype="object")
    return by_patient.groupby(level=0).agg(", ".join)


def _around(body: str, start: int, end: int) -> str:
    """The mention with the words beside it, on one line."""
    words = [(word.start(), word.end()) for word in WORD.finditer(body)]
    first = next(place for place, (_, ends) in enumerate(words) if ends > start)
    last = next(place for place, (_, ends) in enumerate(words) if ends >= end)
    near = words[max(first - MOST_WORDS // 2, 0) : last + 1 + MOST_WORDS // 2]
    return " ".join(body[begins:ends] for begins, ends in near)
