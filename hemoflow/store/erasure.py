"""Erasure: a patient leaves the lake, the results, the quarantine and the vault, and a search proves it.

See ``docs/design`` for how the right to erasure meets records that may not be changed.
"""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
from sqlalchemy import Connection, insert, select

from hemoflow.domain.errors import UsageError
from hemoflow.store.approvals import manifest_sha256
from hemoflow.store.datasets import DatasetRepository
from hemoflow.store.erasure_files import Change, carry_out, changes_of, finish_earlier, patients_in, stage
from hemoflow.store.erasure_rows import erase_rows, record_files, redact, requests_of, vacuum
from hemoflow.store.forgetting import SHORTEST_SEARCHED, Person
from hemoflow.store.ledger import append
from hemoflow.store.overrides import overrides_of
from hemoflow.store.privacy_tables import TOMBSTONES
from hemoflow.store.records import RunStatus
from hemoflow.store.runs import require_run
from hemoflow.store.stages import stages_of
from hemoflow.store.tables import RUNS
from hemoflow.store.traces import traces

REMOVED = "(removed)"


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was done.

    Attributes:
        token: What stands for the patient in approved runs; drawn at random.
        removed: ``place``, ``name``, ``removed`` rows and whether it was ``rewritten``.
        left: Places where the identifiers are still found; empty when all is well.
    """

    token: str
    removed: pd.DataFrame
    left: tuple[str, ...]


class ErasureRepository(DatasetRepository):
    """Whom we forget."""

    def forget(
        self, pseudonyms: Sequence[str], marks: Collection[str], *, raw: str = "", by: str, reason: str
    ) -> Erasure:
        """Remove a patient from everything under the home folder and from the database, and search for what is left.

        Args:
            pseudonyms: The patient's pseudonyms.
            marks: A keyed hash of each, by which later loads leave the patient out.
            raw: The source's own identifier, where known; it is looked for wherever people or files may have put it.
            by: Who does this.
            reason: Why.

        Raises:
            UsageError: Nobody or no reason is named, or no pseudonym is given.
        """
        if not by.strip() or not reason.strip() or not pseudonyms:
            raise UsageError("Forgetting needs a patient, a name and a reason.", remedy="Give --by and --reason.")
        home = self._database.home
        with self._database.writing() as connection:
            finish_earlier(connection, home)
            person = _person(connection, home, pseudonyms, raw)
            approved = list(connection.scalars(select(RUNS.c.run_id).where(RUNS.c.status == RunStatus.APPROVED)))
            before = _manifests(connection, home, approved)
            changes = changes_of(connection, home, person)
            stage(changes)
            counts = erase_rows(connection, person, approved)
            record_files(connection, home, changes)
            redacted = redact(connection, person)
            after = _manifests(connection, home, approved)
            sealed = {run: [before[run], after[run]] for run in approved if before[run] != after[run]}
            _bury(connection, marks)
            detail = {"files": len(changes), "rows": sum(counts.values()), "runs": sealed, "redacted": redacted}
            append(connection, "forget", person.tokens[pseudonyms[0]], by, person.scrub(reason), detail)
        carry_out(changes)
        vacuum(self._database)
        left = self.traces([*pseudonyms, raw])
        return Erasure(person.tokens[pseudonyms[0]], _removed(changes, counts, home), tuple(left))

    def traces(self, identifiers: Sequence[str]) -> list[str]:
        """Files and tables in which any of the identifiers is found; one too short to search for is left out."""
        wanted = [word for word in identifiers if len(word) >= SHORTEST_SEARCHED]
        return traces(self._database, wanted)

    def lake_patients(self, source: str = "") -> set[str]:
        """Every patient whom an active source names, or the one of that name."""
        files = [path for paths in self.active_paths(source).values() for path in paths]
        return {name for path in files for name in patients_in(path)}

    def tombstones(self) -> frozenset[str]:
        """The marks of everybody who was forgotten."""
        with self._database.reading() as connection:
            return frozenset(connection.scalars(select(TOMBSTONES.c.mark)))


def _person(connection: Connection, home: Path, pseudonyms: Sequence[str], raw: str) -> Person:
    token = f"erased_{secrets.token_hex(8)}"
    requests = requests_of(connection, home, pseudonyms)
    tokens = dict.fromkeys(pseudonyms, token) | {name: f"{token}_{number}" for number, name in enumerate(requests, 1)}
    if len(raw) >= SHORTEST_SEARCHED:
        tokens.setdefault(raw, REMOVED)
    return Person(tuple(pseudonyms), tokens, frozenset(requests))


def _manifests(connection: Connection, home: Path, runs: Sequence[str]) -> dict[str, str]:
    return {
        run: manifest_sha256(
            require_run(connection, run), stages_of(connection, home, run), overrides_of(connection, run)
        )
        for run in runs
    }


def _bury(connection: Connection, marks: Collection[str]) -> None:
    known = set(connection.scalars(select(TOMBSTONES.c.mark)))
    now = datetime.now(UTC)
    for mark in marks:
        if mark not in known:
            connection.execute(insert(TOMBSTONES).values(mark=mark, forgotten_at=now))


def _removed(changes: Sequence[Change], counts: Mapping[str, int], home: Path) -> pd.DataFrame:
    rows = [("file", change.old.relative_to(home).as_posix(), change.removed) for change in changes]
    rows += [("table", name, count) for name, count in sorted(counts.items()) if count]
    return pd.DataFrame(rows, columns=["place", "name", "rows"])
