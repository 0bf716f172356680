"""Connections to SQLite or PostgreSQL, with the same promise on both: one writer at a time, readers never wait.

A write begins by taking the store's lock (``BEGIN IMMEDIATE``, or an advisory lock), so that two processes that do the
same work end one after the other and the second finds what the first left.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import SQLITE_BUSY
from sqlite3 import OperationalError as DriverError
from time import monotonic, sleep
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, func, inspect, make_url, select, table, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, OperationalError

from hemoflow.domain.errors import StateError, UsageError

BUSY_SECONDS = 60
"""How long a writer waits for another one before it gives up."""

RETRY_SECONDS = 0.02
"""Until a connection asks again for what SQLite does not wait for."""

PRIMARY_CODE = 0xFF
"""The part of SQLite's error codes that says busy, whoever it is busy with."""

LOCK_KEY = 0x4845_4D4F
"""The advisory lock of the store in PostgreSQL; any fixed number does."""

SCHEMA_VERSION = "0021"
"""The newest migration, the only state that the code understands."""

VERSION_TABLE = "hemoflow_version"
"""Not Alembic's default name: a database may be shared with Prefect, which uses that one."""


class Database:
    """The engine and the home folder that paths in it are relative to.

    Args:
        url: SQLAlchemy URL; ``postgresql://`` means psycopg 3.
        home: The home folder.

    Raises:
        UsageError: The URL is not one of SQLite or PostgreSQL.
    """

    def __init__(self, url: str, home: Path) -> None:
        self.url = _parse(url)
        self.home = home.resolve()
        self.engine = _engine(self.url)
        self._is_ready = False

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one consistent state and changes nothing."""
        self._require_ready()
        with self.engine.connect() as connection:
            if self.engine.dialect.name == "postgresql":  # SQLite's readers see one state anyway
                connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that holds the store's lock: all of it happens, or nothing.

        Raises:
            StateError: Another process held the lock for too long.
        """
        self._require_ready()
        with self.locked() as connection:
            yield connection

    @contextmanager
    def locked(self) -> Iterator[Connection]:
        """As :meth:`writing`, for a store that may not be initialised yet."""
        with self.engine.connect() as plain:
            connection = plain.execution_options(is_writer=True)
            try:
                transaction = connection.begin()
                if self.engine.dialect.name == "postgresql":
                    connection.execute(select(func.set_config("lock_timeout", f"{BUSY_SECONDS}s", True)))  # noqa: FBT003
                    connection.execute(select(func.pg_advisory_xact_lock(LOCK_KEY)))
            except OperationalError as error:
                raise StateError("The store is busy: another process is writing.", remedy="Try again.") from error
            with transaction:
                yield connection

    def version(self) -> str | None:
        """The migration that the database stands at; None before the first.

        Raises:
            StateError: The database cannot be reached.
        """
        if self.url.get_backend_name() == "sqlite" and not Path(self.url.database or "").is_file():
            return None  # connecting would create the file
        try:
            with self.engine.connect() as connection:
                if not inspect(connection).has_table(VERSION_TABLE):
                    return None
                return connection.execute(select(text("version_num")).select_from(table(VERSION_TABLE))).scalar()
        except OperationalError as error:
            where = self.url.render_as_string(hide_password=True)
            raise StateError(f"The store {where} cannot be reached.", remedy="Check HEMOFLOW_DATABASE_URL.") from error

    def _require_ready(self) -> None:
        if self._is_ready:
            return
        version = self.version()
        if version is None:
            raise StateError(f"The store of {self.home} is not initialised.", remedy="Run `hemoflow init` first.")
        if version < SCHEMA_VERSION:
            raise StateError(f"The store is at version {version} of {SCHEMA_VERSION}.", remedy="Run `hemoflow init`.")
        if version > SCHEMA_VERSION:
            raise StateError(f"A newer Hemoflow made this store (version {version}).", remedy="Upgrade Hemoflow.")
        self._is_ready = True


class Repository:
    """Base of the parts of the store: each asks one database about one subject."""

    def __init__(self, database: Database) -> None:
        self._database = database


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise UsageError(
            "HEMOFLOW_DATABASE_URL is not a URL.", remedy="Example: sqlite:////srv/hemoflow.db."
        ) from error
    if parsed.drivername in {"postgresql", "postgres"}:
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
        raise UsageError(f"The store cannot live in {parsed.drivername}.", remedy="Use sqlite or postgresql.")
    return parsed


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "postgresql":
        return _postgresql(url)
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _postgresql(url: URL) -> Engine:
    try:
        return create_engine(url, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise UsageError(f"The driver {error.name} is missing.", remedy="pip install 'psycopg[binary]'.") from error


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - a driver's connection
    connection.isolation_level = None  # the driver would begin late and deferred; we begin ourselves, below
    connection.execute("PRAGMA foreign_keys=ON")
    _write_ahead(connection)


def _write_ahead(connection: Any) -> None:  # noqa: ANN401 - a driver's connection
    """Switch the file to a write-ahead log, once in its life.

    SQLite does not wait for a lock here, whatever the timeout of the connection is: two processes that make a new store
    at once would fail, so we wait ourselves.
    """
    limit = monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except DriverError as error:
            if error.sqlite_errorcode & PRIMARY_CODE != SQLITE_BUSY:
                raise
            if monotonic() > limit:
                raise StateError("The store is busy: another process is writing.", remedy="Try again.") from error
            sleep(RETRY_SECONDS)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    is_writer = connection.get_execution_options().get("is_writer", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writer else "BEGIN")
