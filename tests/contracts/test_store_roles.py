"""Roles of PostgreSQL: the file is applied to a real server, and each role tries to read every table."""

from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from hemoflow.schemas.results import RESULTS
from hemoflow.store.tables import METADATA
from tests.conftest_store import key, sample

pytest_plugins = ["tests.conftest_store"]
ROLES = Path(__file__).resolve().parents[2] / "deployments" / "roles.sql"
READERS = ("planner", "laboratory", "clinic", "engineer", "evaluator", "auditor")
NOBODY = {"users", "vault", "tombstones"}
PATIENTS = {
    "worklist": {"laboratory", "clinic"},
    "need": {"laboratory", "clinic"},
    "go_no_go": {"laboratory", "clinic"},
    "routes": {"clinic"},
    "slots": {"clinic"},
    "open_requests": {"laboratory"},
    "allocations": {"laboratory"},
    "need_features": set(),
    "note_findings": set(),
    "deferrals": set(),
    "need_by_day": set(),
    "outpatient_profiles": set(),
    "segments": set(),
    "ledger": {"auditor"},
    "quarantine": set(),
    "stock": {"planner", "laboratory"},
}
"""Who reads whole rows of what concerns patients."""


@pytest.fixture
def engine_name():
    return "postgresql"


@pytest.fixture
def server(store, place):
    """A store with results, the roles applied twice, and a clinic reader of one site."""
    run_id = store.open_run(key()).run_id
    store.save_stage(run_id, "all", {name: sample(RESULTS[name]) for name in ("worklist", "open_requests", "need")})
    url = make_url(place.url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        for _ in range(2):
            connection.execute(ROLES.read_text(encoding="utf-8"))
        connection.execute("CREATE ROLE ana_of_tests LOGIN IN ROLE reader_clinic")
        yield connection
        connection.execute("RESET ROLE")
        for role in ("ana_of_tests", *(f"reader_{name}" for name in READERS)):
            connection.execute(f"DROP OWNED BY {role} CASCADE")
            connection.execute(f"DROP ROLE {role}")


def may(server, role, statement):
    server.execute(f"SET ROLE {role}")
    try:
        server.execute(statement)
    except psycopg.errors.InsufficientPrivilege:
        return False
    finally:
        server.execute("RESET ROLE")
    return True


def test_each_role_reads_what_it_should_and_nothing_else(server):
    readers = {
        table.name: {name for name in READERS if may(server, f"reader_{name}", f"SELECT * FROM {table.name} LIMIT 1")}
        for table in METADATA.sorted_tables
    }
    assert {name: readers[name] for name in PATIENTS} == PATIENTS
    assert {name: readers[name] for name in NOBODY} == {name: set() for name in NOBODY}
    with_patients = {table.name for table in METADATA.sorted_tables if "patient_id" in table.c} - NOBODY
    assert with_patients <= set(PATIENTS), "decide who reads a new table about patients"
    assert readers["kpis"] == readers["runs"] == set(READERS)
    assert readers["stage_files"] == {"engineer"}


def test_nobody_writes(server):
    for name in READERS:
        assert not may(server, f"reader_{name}", "UPDATE runs SET status = 'APPROVED'")
        assert not may(server, f"reader_{name}", "DELETE FROM kpis")


def test_a_planner_sees_requests_but_not_whose_they_are(server):
    assert may(server, "reader_planner", "SELECT request_id, open_units FROM open_requests")
    assert not may(server, "reader_planner", "SELECT patient_id FROM open_requests")
    assert may(server, "reader_engineer", "SELECT field, reason FROM quarantine")
    assert not may(server, "reader_engineer", "SELECT value FROM quarantine")


def test_a_clinic_sees_its_own_patients_only(server):
    (site,) = server.execute("SELECT min(site_id) FROM worklist").fetchone()
    assert server.execute("SELECT count(*) FROM worklist").fetchone()[0] > 1, "the owner sees all"
    server.execute("SET ROLE ana_of_tests")
    assert server.execute("SELECT count(*) FROM worklist").fetchone() == (0,)
    server.execute("RESET ROLE")
    server.execute("INSERT INTO hemoflow_access.reader_sites VALUES ('ana_of_tests', %s)", [site])
    server.execute("SET ROLE ana_of_tests")
    assert server.execute("SELECT DISTINCT site_id FROM worklist").fetchall() == [(site,)]
    server.execute("SET ROLE reader_laboratory")
    assert server.execute("SELECT count(DISTINCT site_id) FROM worklist").fetchone()[0] > 1
