"""Rows of the database without a forgotten patient, the ledger's own words included."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pyarrow import dataset
from sqlalchemy import Column, Connection, Table, Text, delete, or_, select, text, update

from hemoflow.schemas.canonical import REQUESTS
from hemoflow.store.approvals import link_of
from hemoflow.store.datasets import LAKE
from hemoflow.store.engine import Database
from hemoflow.store.erasure_files import Change
from hemoflow.store.files import relative
from hemoflow.store.forgetting import NEVER_KEPT, PATIENT, REQUEST_COLUMNS, Person
from hemoflow.store.ledger import entry_of
from hemoflow.store.people_tables import LEDGER
from hemoflow.store.privacy_tables import TOMBSTONES, VAULT
from hemoflow.store.tables import APPROVALS, METADATA, RESULT_TABLES, SOURCE_FILES, STAGE_FILES

SEALED = (LEDGER, APPROVALS)
CHUNK = 400
"""Identifiers in one question; SQLite takes no more than some thousands."""


def requests_of(connection: Connection, home: Path, pseudonyms: Sequence[str]) -> list[str]:
    """The requests of the patient, in the lake and in results."""
    found: set[str] = set()
    for path in (home / LAKE / REQUESTS.name).glob("*.parquet"):
        theirs = dataset.field(PATIENT).isin(list(pseudonyms))
        asked = dataset.dataset(path).to_table(columns=["request_id"], filter=theirs, use_threads=False)
        found |= set(asked["request_id"].to_pylist())
    for name in ("open_requests", "allocations"):
        rows = RESULT_TABLES[name]
        found |= set(connection.scalars(select(rows.c.request_id).where(rows.c.patient_id.in_(pseudonyms))))
    return sorted(found)


def erase_rows(connection: Connection, person: Person, approved: Sequence[str]) -> dict[str, int]:
    """Remove the patient's rows, and put tokens where a row stays; how many rows of which table were touched."""
    counts = {VAULT.name: _delete(connection, VAULT, VAULT.c.patient_id.in_(person.pseudonyms))}
    for name, rows in RESULT_TABLES.items():
        if PATIENT in rows.c:
            goes = [] if name in NEVER_KEPT else [rows.c.run_id.not_in(approved)]
            counts[name] = _delete(connection, rows, rows.c.patient_id.in_(person.pseudonyms), *goes)
    for rows in METADATA.sorted_tables:
        if rows not in (*SEALED, VAULT, TOMBSTONES):
            touched = sum(_put_tokens(connection, rows, column, person) for column in rows.columns)
            counts[rows.name] = counts.get(rows.name, 0) + touched
    return counts


def record_files(connection: Connection, home: Path, changes: Sequence[Change]) -> None:
    """Let the database know the new files and their hashes."""
    for change in changes:
        old, facts = relative(change.old, home), {"sha256": change.sha256, "rows": change.rows}
        connection.execute(update(STAGE_FILES).where(STAGE_FILES.c.path == old).values(facts))
        if change.rows is not None:
            moved = facts | {"path": relative(change.new, home)}
            connection.execute(update(SOURCE_FILES).where(SOURCE_FILES.c.path == old).values(moved))


def redact(connection: Connection, person: Person) -> dict[str, dict[str, str]]:
    """Put tokens into what people wrote; the seal of such an entry stays, the hash of its new words is returned."""
    found: dict[str, dict[str, str]] = {}
    with _unlocked(connection):
        for rows, seal_of in ((LEDGER, entry_of), (APPROVALS, link_of)):
            done = found.setdefault(rows.name, {})
            for row in connection.execute(select(rows)).all():
                said = {name: value for name, value in row._asdict().items() if isinstance(value, str | dict)}
                words = {name: person.scrub_json(value) for name, value in said.items()}
                if words != said:
                    this = rows.c.number == row.number
                    connection.execute(update(rows).where(this).values(words))
                    done[str(row.number)] = seal_of(connection.execute(select(rows).where(this)).one()).sha256
    return found


def vacuum(database: Database) -> None:
    """Give back the pages that deleted rows were on, so that their bytes are gone too."""
    raw = database.engine.raw_connection()
    try:
        driver: Any = raw.driver_connection
        if database.engine.dialect.name == "postgresql":
            driver.autocommit = True
            driver.execute("VACUUM FULL")
            driver.autocommit = False
        else:
            for statement in ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
                driver.execute(statement).fetchall()
    finally:
        raw.close()


def _delete(connection: Connection, rows: Table, *where: Any) -> int:  # noqa: ANN401 - conditions
    return connection.execute(delete(rows).where(*where)).rowcount


def _put_tokens(connection: Connection, rows: Table, column: Column[Any], person: Person) -> int:
    """Exchange identifiers in one column; how many rows that concerned."""
    touched = 0
    for value in _values_with(connection, column, person):
        words = person.scrub_json(value)
        if words != value:
            touched += connection.execute(update(rows).where(column == value).values({column.name: words})).rowcount
    return touched


def _values_with(connection: Connection, column: Column[Any], person: Person) -> list[Any]:
    if column.name in REQUEST_COLUMNS:
        wanted = list(person.tokens)
        parts = [wanted[at : at + CHUNK] for at in range(0, len(wanted), CHUNK)]
        return [value for part in parts for value in connection.scalars(select(column).where(column.in_(part)))]
    if isinstance(column.type, Text):
        searched = [name for name in person.tokens if name not in person.requests]
        return list(connection.scalars(select(column).where(or_(*(column.contains(name) for name in searched)))))
    return []


@contextmanager
def _unlocked(connection: Connection) -> Iterator[None]:
    """Let the ledger's words be changed within this transaction; its guards come back before it ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("ALTER TABLE ledger DISABLE TRIGGER ledger_keeps"))
        yield
        connection.execute(text("ALTER TABLE ledger ENABLE TRIGGER ledger_keeps"))
        return
    guards = connection.execute(
        text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'ledger'")
    )
    kept = guards.all()
    for name, _ in kept:
        connection.execute(text(f"DROP TRIGGER {name}"))
    yield
    for _, statement in kept:
        connection.exec_driver_sql(statement)
