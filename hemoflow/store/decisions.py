"""What people decide about visits: entries of the ledger beside the plan, the latest of a patient counts."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, select

from hemoflow.domain.decisions import Answers, Cause, Choice, Confirmation, Decision, Wish, answer_faults, wish_faults
from hemoflow.domain.errors import StateError, UsageError, VerificationError
from hemoflow.schemas.frames import plain_records
from hemoflow.store.engine import Repository
from hemoflow.store.ledger import Entry, append, entries
from hemoflow.store.people_tables import LEDGER
from hemoflow.store.records import RunRecord, RunStatus
from hemoflow.store.runs import require_run
from hemoflow.store.stages import rows_of
from hemoflow.store.tables import RUNS

Said = Mapping[str, Any]
"""Some of the answers about a visit, by their names in Answers; None takes one back."""
STANDING = (RunStatus.DRAFT, RunStatus.APPROVED)
"""What a run must be for people to act on its recommendations."""


class DecisionRepository(Repository):
    """What people decided about visits."""

    def decide(
        self, run_id: str, patient_id: str, wish: Wish, *, by: str, reason: str, at: datetime | None = None
    ) -> Decision:
        """Accept or defer the visit that a run recommends for a patient, or take an earlier decision back.

        Runs of later days carry what is deferred, once their cut is later than the decision.

        Args:
            run_id: The run, a draft or approved; nothing of it is changed.
            patient_id: A patient of its worklist.
            wish: What is to become of the visit.
            by: Who decides.
            reason: Why; it may be empty for an accepted visit only.
            at: When it was decided, where it is written down later; now, if left out. The entry keeps both.

        Raises:
            UsageError: The patient is not on the worklist, nobody is named, or it was decided before the run's day or
                is yet to come.
            StateError: The run is neither draft nor approved.
            VerificationError: Safety forbids it, whoever asks.
        """
        with self._database.writing() as connection:
            run = _require_standing(connection, run_id)
            _require_patient(connection, run_id, "worklist", patient_id)
            _require_past(at, run.as_of)
            requests = plain_records(rows_of(connection, run_id, "open_requests", {"patient_id": patient_id}))
            faults = wish_faults(wish, reason, requests, run.as_of)
            if faults:
                raise VerificationError(f"This decision is refused: {'; '.join(faults)}.", remedy="Decide otherwise.")
            detail = {"patient_id": patient_id, **asdict(wish)} | ({"decided_at": at.astimezone(UTC)} if at else {})
            entry = append(connection, "decide", run_id, by, reason, _plain(detail))
        return _decision(entry, run.as_of)

    def decisions(self, run_id: str = "") -> list[Decision]:
        """The decisions about a run's worklist, or about all of them, oldest first."""
        about = select(LEDGER.c.subject).where(LEDGER.c.kind == "decide")
        with self._database.reading() as connection:
            runs = connection.execute(select(RUNS.c.run_id, RUNS.c.as_of).where(RUNS.c.run_id.in_(about)))
            days: dict[str, date] = {row.run_id: row.as_of for row in runs}
            return [_decision(entry, days[entry.subject]) for entry in entries(connection, run_id, "decide")]

    def confirm(self, run_id: str, patient_id: str, said: Said, *, by: str, reason: str = "") -> Confirmation:
        """Answer for a home visit of a run's go/no-go list; what is not answered now stays as it was answered before.

        Raises:
            UsageError: The patient is not on the list, or nobody is named.
            StateError: The run is neither draft nor approved.
            VerificationError: The answers contradict the visit.
        """
        with self._database.writing() as connection:
            _require_standing(connection, run_id)
            visit = _require_patient(connection, run_id, "go_no_go", patient_id)
            faults = answer_faults(replace(Answers(), **said), visit["visit_on"].date())
            if faults:
                raise VerificationError(f"These answers are refused: {'; '.join(faults)}.", remedy="Check the day.")
            append(connection, "confirm", run_id, by, reason, {"patient_id": patient_id, **_plain(said)})
            return _confirmations(entries(connection, run_id, "confirm"))[-1]

    def confirmations(self, run_id: str) -> list[Confirmation]:
        """The answers about a run's go/no-go list, oldest first."""
        with self._database.reading() as connection:
            return _confirmations(entries(connection, run_id, "confirm"))


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


def _require_past(at: datetime | None, as_of: date) -> None:
    if at and not (as_of <= at.date() and at <= datetime.now(UTC)):
        raise UsageError(f"Nothing was decided at {at} about the run of {as_of}.", remedy="Give an instant since then.")


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def _day(words: str | None) -> date | None:
    return date.fromisoformat(words) if words else None


def _decision(entry: Entry, run_on: date) -> Decision:
    told = entry.detail
    at = datetime.fromisoformat(told["decided_at"]) if "decided_at" in told else entry.at
    cause = Cause(told["cause"]) if told["cause"] else None
    wish = Wish(Choice(told["choice"]), _day(told["until_on"]), cause, told["clinician"])
    return Decision(entry.number, run_on, told["patient_id"], wish, entry.by_name, entry.reason, at)


def _confirmations(told: Sequence[Entry]) -> list[Confirmation]:
    """Answers after each entry: what it does not say stands as the entries before said it."""
    found, answers = [], dict[str, Answers]()
    for entry in told:
        said = {name: value for name, value in entry.detail.items() if name != "patient_id"}
        if "sample_taken_on" in said:
            said["sample_taken_on"] = _day(said["sample_taken_on"])
        who = entry.detail["patient_id"]
        answers[who] = replace(answers.get(who, Answers()), **said)
        found.append(Confirmation(entry.number, who, answers[who], entry.by_name, entry.reason, entry.at))
    return found
