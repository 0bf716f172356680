"""Clinical notes as evidence: what a note says, of whom, and how surely. Rules only, nothing is downloaded."""

from models.notes.evidence import findings, mentions, note_reasons
from models.notes.reading import Assertion, Concept, Finding, read_note, review_reasons

__all__ = ["Assertion", "Concept", "Finding", "findings", "mentions", "note_reasons", "read_note", "review_reasons"]
