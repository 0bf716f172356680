"""Addresses of stores, and how a store that cannot be used says so."""

import pytest
from sqlalchemy import text

from hemoflow.domain.errors import StateError, UsageError
from hemoflow.store import engine, open_store
from hemoflow.store.engine import Database
from tests.conftest_store import key

pytest_plugins = ["tests.conftest_store"]


@pytest.mark.parametrize(("url", "words"), [("nonsense", "is not a URL"), ("mysql://h/d", "cannot live in mysql")])
def test_an_address_that_does_not_fit_is_refused(tmp_path, url, words):
    with pytest.raises(UsageError, match=words):
        open_store(url, tmp_path)


def test_plain_postgresql_means_psycopg_3(tmp_path):
    assert Database("postgresql://h/d", tmp_path).url.drivername == "postgresql+psycopg"


def test_a_server_that_is_away_is_named_without_its_password(tmp_path):
    with (
        open_store(f"postgresql://me:secret@/d?host={tmp_path}", tmp_path) as store,
        pytest.raises(StateError, match=r"cannot be reached\. Check HEMOFLOW_DATABASE_URL") as caught,
    ):
        store.runs()
    assert "secret" not in str(caught.value)


def test_a_writer_waits_and_then_gives_up(place, monkeypatch):
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.2)
    with place.open() as one, place.open() as other:
        with one._database.writing(), pytest.raises(StateError, match=r"is busy.*Try again"):
            other.open_run(key())
        assert other.open_run(key()).number == 1


def test_readers_do_not_wait_for_a_writer(place):
    with place.open() as one, place.open() as other:
        first = one.open_run(key())
        with one._database.writing() as connection:
            connection.execute(text("UPDATE runs SET status = 'DRAFT'"))
            assert other.runs() == [first]
        assert other.runs()[0].status == "DRAFT"


def test_sqlite_guards_its_references(tmp_path):
    with open_store(f"sqlite:///{tmp_path / 'hemoflow.db'}", tmp_path) as store:
        store.init()
        with store._database.reading() as connection:
            pragmas = [connection.execute(text(f"PRAGMA {name}")).scalar() for name in ("foreign_keys", "journal_mode")]
        assert pragmas == [1, "wal"]
