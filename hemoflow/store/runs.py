"""Runs: what decides their bytes, where they stand, and when they were carried out."""

from dataclasses import asdict, fields
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from hemoflow.domain.errors import ApprovedPlanError, StateError, UsageError
from hemoflow.store.engine import Repository
from hemoflow.store.records import PUBLISHED, Execution, RunKey, RunRecord, RunStatus
from hemoflow.store.tables import EXECUTIONS, RUNS

FOLDER = "runs"
IN_FORCE = (
    RunStatus.APPROVED, RunStatus.DRAFT, RunStatus.STATUS_ONLY, RunStatus.RUNNING, RunStatus.SUPERSEDED,
    RunStatus.FAILED, RunStatus.TRIAL, RunStatus.DISCARDED,
)  # fmt: skip
"""Which run of a day is meant when only the day is named: the first state here, and the latest run in it."""


class RunRepository(Repository):
    """Runs and their executions."""

    def open_run(self, key: RunKey, status: RunStatus = RunStatus.RUNNING) -> RunRecord:
        """The run of a key, as it stands; a new one, and one that failed or was put away, has the status given."""
        with self._database.writing() as connection:
            if find_run(connection, key.run_id) is None:
                number = (connection.scalar(select(func.max(RUNS.c.number))) or 0) + 1
                row = asdict(key) | {"run_id": key.run_id, "number": number, "status": status}
                connection.execute(insert(RUNS).values(row))
            ended = (RUNS.c.run_id == key.run_id, RUNS.c.status.in_([RunStatus.FAILED, RunStatus.DISCARDED]))
            connection.execute(update(RUNS).where(*ended).values(status=status))
            return require_run(connection, key.run_id)

    def publish(self, run_id: str, status: str = RunStatus.DRAFT) -> RunRecord:
        """Make a run the draft of its day; earlier drafts of the day and policy become SUPERSEDED.

        An approved run of the same day is not touched: the new draft stands beside it.

        Raises:
            UsageError: The status is neither DRAFT nor STATUS_ONLY.
            StateError: There is no such run.
            ApprovedPlanError: This very run is approved.
        """
        if status not in PUBLISHED:
            raise UsageError(f"A run cannot be published as {status}.", remedy=f"Use {' or '.join(PUBLISHED)}.")
        with self._database.writing() as connection:
            run = require_changeable(connection, run_id)
            same_day = (RUNS.c.as_of == run.as_of, RUNS.c.policy_name == run.policy_name, RUNS.c.status.in_(PUBLISHED))
            connection.execute(update(RUNS).where(*same_day).values(status=RunStatus.SUPERSEDED))
            connection.execute(update(RUNS).where(RUNS.c.run_id == run_id).values(status=RunStatus(status)))
            return require_run(connection, run_id)

    def fail(self, run_id: str) -> None:
        """Mark a run that was RUNNING as FAILED; a published one stays as it is."""
        running = (RUNS.c.run_id == run_id, RUNS.c.status == RunStatus.RUNNING)
        with self._database.writing() as connection:
            connection.execute(update(RUNS).where(*running).values(status=RunStatus.FAILED))

    def is_published(self, as_of: date, policy_name: str) -> bool:
        """Whether the day has a draft or an approved run under the policy profile."""
        of_day = (RUNS.c.as_of == as_of, RUNS.c.policy_name == policy_name)
        with self._database.reading() as connection:
            states = set(connection.scalars(select(RUNS.c.status).where(*of_day)))
        return bool(states & {RunStatus.DRAFT, RunStatus.APPROVED})

    def published_run(self, as_of: date, policy_name: str) -> RunRecord | None:
        """The run that holds for a day: the approved one, else the draft, else what was status only."""
        of_day = (RUNS.c.as_of == as_of, RUNS.c.policy_name == policy_name)
        states = (RunStatus.APPROVED, *PUBLISHED)
        with self._database.reading() as connection:
            found = [_record(row) for row in connection.execute(select(RUNS).where(*of_day))]
        held = [run for run in found if run.status in states]
        return min(held, key=lambda run: (states.index(run.status), -run.number), default=None)

    def runs(self, limit: int = 20) -> list[RunRecord]:
        """The newest runs: latest day first, within a day the latest opened first."""
        query = select(RUNS).order_by(RUNS.c.as_of.desc(), RUNS.c.number.desc()).limit(limit)
        with self._database.reading() as connection:
            return [_record(row) for row in connection.execute(query)]

    def run(self, words: str | date) -> RunRecord:
        """The run that a person means: its identification, a beginning that only it has, or a day.

        Of the runs of a day, the approved one is meant, else the draft, else the latest.

        Raises:
            UsageError: No run fits, or more than one does.
        """
        name = str(words)
        with self._database.reading() as connection:
            query = select(RUNS).where(RUNS.c.run_id.startswith(name, autoescape=True))
            found = [_record(row) for row in connection.execute(query.order_by(RUNS.c.number.desc()))]
        if found and name == found[0].as_of.isoformat():
            return min(found, key=lambda run: IN_FORCE.index(run.status))
        if len(found) == 1:
            return found[0]
        some = ", ".join(run.run_id for run in found[:5])
        problem = f"'{name}' may mean {some}." if found else f"There is no run '{name}'."
        raise UsageError(problem, remedy="See `hemoflow runs`.")

    def run_folder(self, run_id: str) -> Path:
        """Where the files of a run are: one folder a stage.

        Raises:
            StateError: There is no such run.
        """
        with self._database.reading() as connection:
            return self._database.home / folder_of(require_run(connection, run_id))

    def record_execution(self, execution: Execution) -> None:
        """Note that a run was carried out; the facts of the wall clock live here and in no result file."""
        with self._database.writing() as connection:
            require_run(connection, execution.run_id)
            connection.execute(insert(EXECUTIONS).values(asdict(execution)))

    def executions(self, run_id: str) -> list[Execution]:
        """Every time the run was carried out, oldest first."""
        query = select(EXECUTIONS).where(EXECUTIONS.c.run_id == run_id).order_by(EXECUTIONS.c.number)
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        return [
            Execution(row.run_id, row.started_at, row.finished_at, row.timings, row.status, row.flow_run_id)
            for row in rows
        ]


def folder_of(run: RunRecord) -> Path:
    """The folder of a run, relative to the home folder."""
    return Path(FOLDER) / run.as_of.isoformat() / run.run_id


def find_run(connection: Connection, run_id: str) -> RunRecord | None:
    """The run, if there is one."""
    row = connection.execute(select(RUNS).where(RUNS.c.run_id == run_id)).first()
    return None if row is None else _record(row)


def require_run(connection: Connection, run_id: str) -> RunRecord:
    """The run.

    Raises:
        StateError: There is none.
    """
    run = find_run(connection, run_id)
    if run is None:
        raise StateError(f"There is no run {run_id}.", remedy="Open it first.")
    return run


def require_changeable(connection: Connection, run_id: str) -> RunRecord:
    """The run, when its results may still be written.

    Raises:
        StateError: There is none.
        ApprovedPlanError: A person approved it.
    """
    run = require_run(connection, run_id)
    if run.status is RunStatus.APPROVED:
        raise ApprovedPlanError(
            f"Run {run_id} is approved and stays as it is.", remedy="Changed input makes a new run."
        )
    return run


def _record(row: Row[Any]) -> RunRecord:
    values = row._asdict()
    key = RunKey(**{field.name: values[field.name] for field in fields(RunKey)})
    return RunRecord(key, RunStatus(row.status), row.number)
