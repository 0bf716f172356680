"""What-if trials: a run planned again with changes, kept beside it until a person discards or adopts it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from hemoflow.domain.errors import StateError, UsageError
from hemoflow.store.engine import Repository
from hemoflow.store.ledger import append
from hemoflow.store.people_tables import WHAT_IFS
from hemoflow.store.records import RunStatus, sha256_of_json
from hemoflow.store.runs import require_run
from hemoflow.store.tables import RUNS


class TrialStatus(StrEnum):
    """Where a trial stands."""

    OPEN = "OPEN"
    DISCARDED = "DISCARDED"
    ADOPTED = "ADOPTED"


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A trial.

    Attributes:
        what_if_id: Identification: the run and the changes decide it.
        run_id: The run it starts from.
        changes: What is different, for example ``{"supply.target_days_of_stock": 8}``.
        difference: What came of it, as the trial reported it.
        made_by: Who tried.
        made_at: When, UTC.
        status: Where it stands.
        adopted_run_id: The draft that it became; None while it is not adopted.
    """

    what_if_id: str
    run_id: str
    changes: dict[str, Any]
    difference: dict[str, Any]
    made_by: str
    made_at: datetime
    status: TrialStatus
    adopted_run_id: str | None


class TrialRepository(Repository):
    """What-if trials."""

    def save_what_if(
        self, run_id: str, changes: Mapping[str, Any], difference: Mapping[str, Any], *, by: str
    ) -> WhatIf:
        """Keep a trial; the same changes to the same run are the same trial.

        Raises:
            StateError: There is no such run.
            UsageError: Nobody is named.
        """
        name = f"what-if-{sha256_of_json({'run_id': run_id, 'changes': dict(changes)})[:12]}"
        with self._database.writing() as connection:
            require_run(connection, run_id)
            known = _find(connection, name)
            if known is not None and known.status is TrialStatus.DISCARDED:
                connection.execute(delete(WHAT_IFS).where(WHAT_IFS.c.what_if_id == name))
            if known is None or known.status is TrialStatus.DISCARDED:
                append(connection, "what-if", run_id, by, "", {"what_if_id": name, "changes": dict(changes)})
                number = (connection.scalar(select(func.max(WHAT_IFS.c.number))) or 0) + 1
                row = {"what_if_id": name, "number": number, "run_id": run_id, "changes": dict(changes)}
                row |= {"difference": dict(difference), "made_by": by.strip(), "made_at": datetime.now(UTC)}
                connection.execute(insert(WHAT_IFS).values(row | {"status": TrialStatus.OPEN}))
            return _require(connection, name)

    def what_ifs(self, run_id: str = "") -> list[WhatIf]:
        """The trials of a run and the one that it was itself before, or all, newest first."""
        query = select(WHAT_IFS).order_by(WHAT_IFS.c.number.desc())
        its = (WHAT_IFS.c.run_id == run_id) | (WHAT_IFS.c.adopted_run_id == run_id)
        with self._database.reading() as connection:
            rows = connection.execute(query.where(its) if run_id else query)
            return [_trial(row._asdict()) for row in rows]

    def what_if(self, what_if_id: str) -> WhatIf:
        """A trial.

        Raises:
            UsageError: There is no such trial.
        """
        with self._database.reading() as connection:
            return _require(connection, what_if_id)

    def discard_what_if(self, what_if_id: str, *, by: str, reason: str = "") -> WhatIf:
        """Put a trial away.

        Raises:
            UsageError: There is no such trial, or nobody is named.
            StateError: It was discarded or adopted already.
        """
        return self._end(what_if_id, TrialStatus.DISCARDED, by, reason, None)

    def adopt_what_if(self, what_if_id: str, adopted_run_id: str, *, by: str, reason: str = "") -> WhatIf:
        """Note that a trial became a draft of its own.

        Raises:
            UsageError: There is no such trial, or nobody is named.
            StateError: It was discarded or adopted already, or the draft does not exist.
        """
        return self._end(what_if_id, TrialStatus.ADOPTED, by, reason, adopted_run_id)

    def _end(self, what_if_id: str, status: TrialStatus, by: str, reason: str, run_id: str | None) -> WhatIf:
        with self._database.writing() as connection:
            trial = _require(connection, what_if_id)
            if trial.status is not TrialStatus.OPEN:
                raise StateError(f"Trial {what_if_id} is {trial.status}.", remedy="Make another one.")
            if run_id is not None:
                require_run(connection, run_id)
            else:
                mine = (RUNS.c.run_id == trial.difference.get("run_id"), RUNS.c.status == RunStatus.TRIAL)
                connection.execute(update(RUNS).where(*mine).values(status=RunStatus.DISCARDED))
            kind = "adopt" if run_id else "discard"
            append(connection, kind, trial.run_id, by, reason, {"what_if_id": what_if_id, "run_id": run_id})
            this = update(WHAT_IFS).where(WHAT_IFS.c.what_if_id == what_if_id)
            connection.execute(this.values(status=status, adopted_run_id=run_id))
            return _require(connection, what_if_id)


def _find(connection: Connection, what_if_id: str) -> WhatIf | None:
    row = connection.execute(select(WHAT_IFS).where(WHAT_IFS.c.what_if_id == what_if_id)).first()
    return None if row is None else _trial(row._asdict())


def _require(connection: Connection, what_if_id: str) -> WhatIf:
    trial = _find(connection, what_if_id)
    if trial is None:
        raise UsageError(f"There is no trial {what_if_id}.", remedy="See `hemoflow what-ifs`.")
    return trial


def _trial(values: dict[str, Any]) -> WhatIf:
    named = {field.name: values[field.name] for field in fields(WhatIf)}
    return WhatIf(**named | {"status": TrialStatus(named["status"])})
