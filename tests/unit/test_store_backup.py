"""Backup and restore: the same rows and files, from either engine into either."""

import pytest
from sqlalchemy import select

from hemoflow.domain.errors import InputError, StateError
from hemoflow.schemas.results import RESULTS
from hemoflow.store import open_store
from hemoflow.store.tables import METADATA
from tests.conftest_store import fill, key, sample

pytest_plugins = ["tests.conftest_store"]


@pytest.fixture
def filled(store):
    fill(store)
    return store


def rows(store):
    """Every row of every table, in an order of its own."""
    with store._database.reading() as connection:
        return {
            table.name: sorted(str(tuple(row)) for row in connection.execute(select(table)))
            for table in METADATA.sorted_tables
        }


def test_what_was_kept_comes_back_in_another_database(filled, tmp_path, tmp_path_factory):
    counts = filled.backup(tmp_path / "kept.tar.gz")
    home = tmp_path_factory.mktemp("restored")
    with open_store(f"sqlite:///{home / 'hemoflow.db'}", home) as other:
        other.init()
        assert other.restore(tmp_path / "kept.tar.gz") == counts
        assert rows(other) == rows(filled)
        assert other.verify_approvals() == other.verify_ledger() == []
        assert counts["files"] >= len(RESULTS) + 2
        with pytest.raises(StateError, match="holds runs already"):
            other.restore(tmp_path / "kept.tar.gz")


def test_a_backup_of_sqlite_goes_into_the_other_engine_too(place, tmp_path_factory):
    home = tmp_path_factory.mktemp("source")
    with open_store(f"sqlite:///{home / 'hemoflow.db'}", home) as first, place.open() as second:
        first.init()
        run_id = first.open_run(key()).run_id
        first.save_stage(run_id, "everything", {name: sample(layout) for name, layout in RESULTS.items()})
        first.backup(home / "kept.tar.gz")
        second.restore(home / "kept.tar.gz")
        assert rows(second) == rows(first)


def test_a_file_that_is_no_whole_backup_is_refused_and_changes_nothing(filled, place, tmp_path_factory):
    home = tmp_path_factory.mktemp("other")
    kept = home / "kept.tar.gz"
    filled.backup(kept)
    kept.write_bytes(kept.read_bytes()[:3000])
    with open_store(f"sqlite:///{home / 'hemoflow.db'}", home) as other:
        other.init()
        with pytest.raises(InputError, match="no whole backup"):
            other.restore(kept)
        assert other.runs() == []
    assert [path.name for path in home.iterdir() if path.name.startswith(".kept")] == []
