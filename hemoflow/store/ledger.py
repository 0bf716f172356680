"""The ledger: who did what, when and why; append-only, each entry sealing the one before.

The tables refuse changes by triggers; whoever may switch those off still breaks the chain, which :func:`ledger_faults`
notices. It cannot stop a person who may rewrite the whole database: keep the latest seal somewhere else as well.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from hemoflow.domain.errors import UsageError
from hemoflow.store.engine import Repository
from hemoflow.store.people_tables import LEDGER
from hemoflow.store.records import FIRST_LINK, sha256_of_json


@dataclass(frozen=True, slots=True)
class Entry:
    """A person's deed: one link of the chain.

    Attributes:
        number: Position in the chain, from 1.
        kind: ``approve``, ``override``, ``decide``, ``confirm``, ``what-if``, ``discard``, ``adopt``, ``user``,
            ``forget``, ``retention``, ``view``, ``sign-in`` or ``rest`` (a name with too many wrong passwords).
        subject: The run, the trial or the user it is about.
        by_name: Who.
        reason: Why.
        at: When, UTC.
        detail: What exactly, as JSON can hold it.
        previous_sha256: Seal of the entry before.
    """

    number: int
    kind: str
    subject: str
    by_name: str
    reason: str
    at: datetime
    detail: dict[str, Any]
    previous_sha256: str

    @property
    def sha256(self) -> str:
        """The seal: hash of all fields, and through the previous seal of everything before."""
        return sha256_of_json(asdict(self))


class LedgerRepository(Repository):
    """What people did."""

    def ledger(self, subject: str = "") -> list[Entry]:
        """The entries about a run, a trial or a user, or all of them; oldest first."""
        with self._database.reading() as connection:
            return entries(connection, subject)

    def note(self, kind: str, subject: str, by: str, reason: str, detail: Mapping[str, Any]) -> Entry:
        """Append a deed that changes nothing else in the store, for example a sign-in or an export.

        Raises:
            UsageError: Nobody is named.
        """
        with self._database.writing() as connection:
            return append(connection, kind, subject, by, reason, detail)

    def newest_entries(self, limit: int, kinds: Collection[str] = ()) -> list[Entry]:
        """The newest entries, of some kinds or of all, newest first."""
        query = select(LEDGER).order_by(LEDGER.c.number.desc()).limit(limit)
        with self._database.reading() as connection:
            rows = connection.execute(query.where(LEDGER.c.kind.in_(kinds)) if kinds else query)
            return [entry_of(row) for row in rows]

    def verify_ledger(self, newest: int = 0) -> list[str]:
        """What is wrong with the chain, in words; empty when all is well.

        Args:
            newest: Look only at so many of the newest entries; 0 for the whole chain.
        """
        with self._database.reading() as connection:
            last = connection.scalar(select(func.max(LEDGER.c.number))) or 0
            first = max(1, last - newest + 1) if newest else 1
            query = select(LEDGER).where(LEDGER.c.number >= first - 1).order_by(LEDGER.c.number)
            rows = list(connection.execute(query))
            return list(_faults(rows, redactions(connection, LEDGER.name), max(1, first - 1)))


def append(  # noqa: PLR0917 - the words of an entry in their order
    connection: Connection, kind: str, subject: str, by: str, reason: str, detail: Mapping[str, Any]
) -> Entry:
    """Append a deed inside a write, so that deed and entry stand or fall together.

    Raises:
        UsageError: Nobody is named.
    """
    if not by.strip():
        raise UsageError("The ledger needs a name.", remedy="Say who does this.")
    last = connection.execute(select(LEDGER).order_by(LEDGER.c.number.desc()).limit(1)).first()
    number, previous = (last.number + 1, last.sha256) if last else (1, FIRST_LINK)
    entry = Entry(number, kind, subject, by.strip(), reason.strip(), datetime.now(UTC), dict(detail), previous)
    connection.execute(insert(LEDGER).values(asdict(entry) | {"sha256": entry.sha256}))
    return entry


def entries(connection: Connection, subject: str = "", kind: str = "") -> list[Entry]:
    """The entries about a subject and of a kind, oldest first."""
    query = select(LEDGER).order_by(LEDGER.c.number)
    query = query.where(LEDGER.c.subject == subject) if subject else query
    query = query.where(LEDGER.c.kind == kind) if kind else query
    return [entry_of(row) for row in connection.execute(query)]


def redactions(connection: Connection, table: str) -> dict[int, str]:
    """Entries whose words an erasure changed: their number, and the hash of what they say since."""
    found: dict[int, str] = {}
    for entry in entries(connection, kind="forget"):
        found |= {int(number): sha256 for number, sha256 in entry.detail["redacted"][table].items()}
    return found


def erased(connection: Connection, run_id: str, manifest_sha256: str) -> str:
    """What the manifest of an approved run became by the erasures that the ledger tells of."""
    for entry in entries(connection, kind="forget"):
        before, after = entry.detail["runs"].get(run_id, (None, None))
        manifest_sha256 = after if before == manifest_sha256 else manifest_sha256
    return manifest_sha256


def entry_of(row: Row[Any]) -> Entry:
    """The entry of a row."""
    values = row._asdict()
    values.pop("sha256")
    return Entry(**values)


def _faults(rows: list[Row[Any]], redacted: Mapping[int, str], first: int) -> Iterator[str]:
    previous = FIRST_LINK if first == 1 or not rows else rows[0].previous_sha256
    for place, row in enumerate(rows, start=first):
        if row.number != place or row.previous_sha256 != previous:
            yield f"Ledger entry {row.number} does not follow the one before it."
        if redacted.get(row.number, row.sha256) != entry_of(row).sha256:
            yield f"Ledger entry {row.number} was changed."
        previous = row.sha256
