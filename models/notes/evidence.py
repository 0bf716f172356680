"""What the notes known at a cut say of each patient: mentions for the features of need, findings, words for routing.

The words of a note go to people who look after the patient; they never leave these frames for the orchestrator.
"""

import re

import pandas as pd

from hemoflow.schemas.frames import conform
from hemoflow.schemas.watching import MENTIONS, NOTE_FINDINGS
from models.notes.reading import REVIEW, Finding, read_note

WORD = re.compile(r"\S+")
KEY = ["patient_id", "concept", "assertion"]
ABOUT = ("patient_id", "note_id", "source", "written_at", "available_at")
MOST_WORDS = 12
"""Words of evidence on either side together; more would be the note itself."""


def mentions(notes: pd.DataFrame) -> pd.DataFrame:
    """Every mention in the notes, as MENTIONS.

    Args:
        notes: ``patient_id, note_id, source, written_at, available_at, body`` as they were known at the cut.
    """
    rows = []
    for note in notes.to_dict("records"):
        about = {name: note[name] for name in ABOUT}
        found = read_note(note["body"], note["written_at"].date())
        rows += [{**about, **_told(one, note["body"])} for one in found] or [{**about, "asks_review": False}]
    return conform(pd.DataFrame(rows, columns=list(MENTIONS.columns)), MENTIONS)


def findings(read: pd.DataFrame) -> pd.DataFrame:
    """NOTE_FINDINGS: the newest mention of each concept with each assertion, of what :func:`mentions` read."""
    told = read[read["concept"].notna()]
    newest = told.sort_values([*KEY, "written_at", "note_id", "start"]).drop_duplicates(KEY, keep="last")
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


def _told(found: Finding, body: str) -> dict[str, object]:
    return {
        "concept": str(found.concept),
        "assertion": str(found.assertion),
        "start": found.start,
        "evidence": _around(body, found.start, found.end),
        "asks_review": found.assertion in REVIEW,
    }


def _around(body: str, start: int, end: int) -> str:
    """The mention with the words beside it, on one line."""
    words = [(word.start(), word.end()) for word in WORD.finditer(body)]
    first = next(place for place, (_, ends) in enumerate(words) if ends > start)
    last = next(place for place, (_, ends) in enumerate(words) if ends >= end)
    near = words[max(first - MOST_WORDS // 2, 0) : last + 1 + MOST_WORDS // 2]
    return " ".join(body[begins:ends] for begins, ends in near)
