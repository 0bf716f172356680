"""Approvals: an append-only chain in which each link seals what was approved and the link before.

The chain shows that somebody changed the record; it cannot stop a person who may rewrite the whole database. For that,
keep the seal of the latest approval somewhere else, for example on the printed brief.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from hemoflow.domain.errors import ApprovedPlanError, StateError, UsageError
from hemoflow.domain.overrides import Override
from hemoflow.store.engine import Repository
from hemoflow.store.ledger import append, erased, redactions
from hemoflow.store.overrides import overrides_of
from hemoflow.store.records import FIRST_LINK, Approval, RunRecord, RunStatus, sha256_of_json
from hemoflow.store.refs import StageRef
from hemoflow.store.runs import find_run, require_run
from hemoflow.store.stages import rows_of, stages_of
from hemoflow.store.tables import APPROVALS, RUNS


class ApprovalRepository(Repository):
    """What people approved."""

    def approve(
        self, run_id: str, by: str, reason: str, *, at: datetime | None = None, seen_changes: int | None = None
    ) -> Approval:
        """Approve a draft: from then on nothing overwrites, supersedes or removes it.

        Args:
            run_id: The run.
            by: Who approves.
            reason: Why, or what was changed by hand.
            at: When; now, if left out.
            seen_changes: Changes by hand that the person had in view; not asked, if left out.

        Raises:
            ApprovedPlanError: The run is approved already.
            StateError: The run is no draft, a file of it is gone or was changed, or somebody changed a row since.
            UsageError: Nobody is named.
        """
        if not by.strip():
            raise UsageError("An approval needs a name.", remedy="Say who approves.")
        with self._database.writing() as connection:
            run = _require_draft(connection, run_id)
            stages = stages_of(connection, self._database.home, run_id)
            _require_whole(run, stages)
            changes = overrides_of(connection, run_id)
            _require_seen(changes, seen_changes)
            chain = _chain(connection)
            previous = chain[-1].sha256 if chain else FIRST_LINK
            manifest, when = manifest_sha256(run, stages, changes), at or datetime.now(UTC)
            link = Approval(len(chain) + 1, run_id, by.strip(), reason.strip(), when, manifest, previous)
            connection.execute(insert(APPROVALS).values(asdict(link) | {"sha256": link.sha256}))
            connection.execute(update(RUNS).where(RUNS.c.run_id == run_id).values(status=RunStatus.APPROVED))
            append(connection, "approve", run_id, by, reason, {"approval": link.number, "sha256": link.sha256})
        return link

    def approval(self, run_id: str) -> Approval | None:
        """The approval of a run, if it has one."""
        with self._database.reading() as connection:
            return next((link_of(row) for row in _chain(connection) if row.run_id == run_id), None)

    def verify_approvals(self) -> list[str]:
        """What is wrong with the chain, the approved runs, their files and rows, in words; empty when all is well."""
        with self._database.reading() as connection:
            chain = _chain(connection)
            faults = list(_broken_links(chain, redactions(connection, APPROVALS.name)))
            for row in chain:
                faults += self._changed_run(connection, row)
            approved = connection.scalars(select(RUNS.c.run_id).where(RUNS.c.status == RunStatus.APPROVED))
            orphans = sorted(set(approved) - {row.run_id for row in chain})
        return faults + [f"Run {run_id} is marked approved, but nobody approved it." for run_id in orphans]

    def _changed_run(self, connection: Connection, approval: Row[Any]) -> Iterator[str]:
        run = find_run(connection, approval.run_id)
        if run is None or run.status is not RunStatus.APPROVED:
            yield f"Run {approval.run_id} was approved, but is no longer marked so."
            return
        stages = stages_of(connection, self._database.home, run.run_id)
        found = manifest_sha256(run, stages, overrides_of(connection, run.run_id))
        if found != erased(connection, run.run_id, approval.manifest_sha256):
            yield f"The results recorded for run {run.run_id} are not those that were approved."
        for stage in stages:
            damaged = stage.damaged()
            yield from (f"The file {path} is gone or was changed." for path in damaged)
            whole = [ref for ref in stage.frames if ref.path not in damaged]
            for ref in whole:
                rows, frame = rows_of(connection, run.run_id, ref.name), stage.frame(ref.name)
                known = [name for name in frame.columns if name in rows.columns]  # later releases add columns
                if not rows[known].equals(frame[known]):
                    yield f"The rows of {ref.name} of run {run.run_id} are not those of its file."


def manifest_sha256(run: RunRecord, stages: list[StageRef], overrides: list[Override]) -> str:
    """Hash of a run's key, its stages' files and its changes by hand; where the home folder is does not matter."""
    files = [[ref.stage, item.name, item.sha256] for ref in stages for item in ref.items]
    changed = {"overrides": [asdict(change) for change in overrides]} if overrides else {}
    return sha256_of_json({"key": asdict(run.key), "files": sorted(files)} | changed)


def _require_draft(connection: Connection, run_id: str) -> RunRecord:
    run = require_run(connection, run_id)
    if run.status is RunStatus.APPROVED:
        link = next(link_of(row) for row in _chain(connection) if row.run_id == run_id)
        raise ApprovedPlanError(f"Run {run_id} is approved already, by {link.approved_by}.")
    if run.status is not RunStatus.DRAFT:
        raise StateError(f"Run {run_id} is {run.status}.", remedy="Only a DRAFT can be approved.")
    return run


def _require_seen(changes: list[Override], seen: int | None) -> None:
    if seen is not None and len(changes) != seen:
        last = changes[-1].words if changes else "none is left"
        raise StateError(
            f"The plan was changed by hand since you looked: {last}.", remedy="Look at it again, then approve."
        )


def _require_whole(run: RunRecord, stages: list[StageRef]) -> None:
    damaged = [path for stage in stages for path in stage.damaged()]
    if damaged:
        files = ", ".join(damaged)
        raise StateError(f"Files of run {run.run_id} are gone or were changed: {files}.", remedy="Run the day again.")


def _chain(connection: Connection) -> list[Row[Any]]:
    return list(connection.execute(select(APPROVALS).order_by(APPROVALS.c.number)))


def link_of(row: Row[Any]) -> Approval:
    """The approval of a row."""
    values = row._asdict()
    return Approval(**{field.name: values[field.name] for field in fields(Approval)})


def _broken_links(chain: list[Row[Any]], redacted: Mapping[int, str]) -> Iterator[str]:
    previous = FIRST_LINK
    for row in chain:
        if row.previous_sha256 != previous:
            yield f"Approval {row.number} does not follow the one before it."
        if redacted.get(row.number, row.sha256) != link_of(row).sha256:
            yield f"Approval {row.number} was changed."
        previous = row.sha256
