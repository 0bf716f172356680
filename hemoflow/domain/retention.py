"""Policy of keeping: for how long rows of which kind stay."""

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Retention:
    """How long what is kept. What a person approved, and the ledger, stay."""

    clinical_years: int
    note_years: int
    traceability_years: int
    draft_days: int

    def limits(self, as_of: date) -> "Limits":
        """The days before which nothing of a kind is kept."""
        return Limits(
            clinical=_years_before(as_of, self.clinical_years),
            notes=_years_before(as_of, self.note_years),
            traceability=_years_before(as_of, self.traceability_years),
            drafts=as_of - timedelta(days=self.draft_days),
        )


@dataclass(frozen=True, slots=True)
class Limits:
    """First day that is kept, by kind.

    Attributes:
        clinical: Stays, results, requests, diagnoses, drugs and procedures.
        notes: Clinical notes.
        traceability: Units, their history, transfusions and donations: the way of a bag from donor to patient.
        drafts: Runs that nobody approved.
    """

    clinical: date
    notes: date
    traceability: date
    drafts: date

    def of_table(self, name: str) -> date:
        """First day of a canonical table that is kept."""
        if name in TRACEABILITY:
            return self.traceability
        return self.notes if name == "notes" else self.clinical


TRACEABILITY = frozenset({"units", "unit_events", "transfusions", "donations"})


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # the 29th of February
        return day.replace(year=day.year - years, day=28)
