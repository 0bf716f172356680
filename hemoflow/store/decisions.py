"""What people decide about visits: entries of the ledger beside the plan, the latest of a patient counts."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import Connection

from hemoflow.domain.decisions import Answers, Cause, Choice, Confirmation, Decision, Wish, answer_faults, wish_faults
from hemoflow.domain.errors import StateError, UsageError, VerificationError
from hemoflow.schemas.frames import plain_records
from hemoflow.store.engine import Repository
from hemoflow.store.ledger import Entry, append, entries
from hemoflow.store.records import RunRecord, RunStatus
from hemoflow.store.runs import require_run
from hemoflow.store.stages import rows_of

STANDING = (RunStatus.DRAFT, RunStatus.APPROVED)
"""What a run must be for people to act on its recommendations."""


class DecisionRepository(Repository):
    """What people decided about visits."""

    def decide(self, run_id: str, patient_id: str, wish: Wish, *, by: str, reason: str) -> Decision:
        """Accept or defer the visit that a run recommends for a patient, or take an earlier decision back.

        Args:
            run_id: The run, a draft or approved; nothing of it is changed.
            patient_id: A patient of its worklist.
            wish: What is to become of the visit.
            by: Who decides.
            reason: Why; it may be empty for an accepted visit only.

        Raises:
            UsageError: The patient is not on the worklist, or nobody is named.
            StateError: The run is neither draft nor approved.
            VerificationError: Safety forbids it, whoever asks.
        """
        with self._database.writing() as connection:
            run = _require_standing(connection, run_id)
            _require_patient(connection, run_id, "worklist", patient_id)
            requests = plain_records(rows_of(connection, run_id, "open_requests", {"patient_id": patient_id}))
            faults = wish_faults(wish, reason, requests, run.as_of)
            if faults:
                raise VerificationError(f"This decision is refused: {'; '.join(faults)}.", remedy="Decide otherwise.")
            entry = append(connection, "decide", run_id, by, reason, {"patient_id": patient_id, **_plain(asdict(wish))})
        return _decision(entry)

    def decisions(self, run_id: str) -> list[Decision]:
        """The decisions about a run's worklist, oldest first."""
        with self._database.reading() as connection:
            return [_decision(entry) for entry in entries(connection, run_id, "decide")]

    def confirm(self, run_id: str, patient_id: str, answers: Answers, *, by: str, reason: str = "") -> Confirmation:
        """Answer for a home visit of a run's go/no-go list; a later answer takes the place of all earlier ones.

        Raises:
            UsageError: The patient is not on the list, or nobody is named.
            StateError: The run is neither draft nor approved.
            VerificationError: The answers contradict the visit.
        """
        with self._database.writing() as connection:
            _require_standing(connection, run_id)
            visit = _require_patient(connection, run_id, "go_no_go", patient_id)
            faults = answer_faults(answers, visit["visit_on"].date())
            if faults:
                raise VerificationError(f"These answers are refused: {'; '.join(faults)}.", remedy="Check the day.")
            detail = {"patient_id": patient_id, **_plain(asdict(answers))}
            entry = append(connection, "confirm", run_id, by, reason, detail)
        return _confirmation(entry)

    def confirmations(self, run_id: str) -> list[Confirmation]:
        """The answers about a run's go/no-go list, oldest first."""
        with self._database.reading() as connection:
            return [_confirmation(entry) for entry in entries(connection, run_id, "confirm")]


def _require_standing(connection: Connection, run_id: str) -> RunRecord:
    run = require_run(connection, run_id)
    if run.status not in STANDING:
        raise StateError(f"Run {run_id} is {run.status}.", remedy="Decide on a draft or an approved run.")
    return run


def _require_patient(connection: Connection, run_id: str, table: str, patient_id: str) -> Mapping[str, Any]:
    rows = plain_records(rows_of(connection, run_id, table, {"patient_id": patient_id}))
    if not rows:
        raise UsageError(f"There is no such patient in {table} of the run.", remedy="Take one of the list.")
    return rows[0]


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def _day(words: str | None) -> date | None:
    return date.fromisoformat(words) if words else None


def _decision(entry: Entry) -> Decision:
    told = entry.detail
    cause = Cause(told["cause"]) if told["cause"] else None
    wish = Wish(Choice(told["choice"]), _day(told["until_on"]), cause, told["clinician"])
    return Decision(entry.number, told["patient_id"], wish, entry.by_name, entry.reason, entry.at)


def _confirmation(entry: Entry) -> Confirmation:
    told = entry.detail
    answers = Answers(_day(told["sample_taken_on"]), told["is_stable"], told["has_transport"])
    return Confirmation(entry.number, told["patient_id"], answers, entry.by_name, entry.reason, entry.at)
