"""Every layout of the shared language goes into the store and comes back as it was, on both engines."""

import pandas as pd
import pytest
from sqlalchemy import text

from hemoflow.domain.errors import StateError
from hemoflow.schemas.canonical import CANONICAL
from hemoflow.schemas.frames import empty
from hemoflow.schemas.published import INGEST_REPORT, QUARANTINE
from hemoflow.schemas.results import RESULTS
from hemoflow.store.engine import VERSION_TABLE
from hemoflow.store.parquet import read_frame
from tests.conftest_store import in_processes, key, sample

pytest_plugins = ["tests.conftest_store"]


@pytest.mark.parametrize("rows", [0, 7])
def test_every_result_layout_comes_back_equal(store, rows):
    run_id = store.open_run(key()).run_id
    frames = {name: sample(layout, rows) if rows else empty(layout) for name, layout in RESULTS.items()}
    ref = store.save_stage(run_id, "everything", frames)
    for name, frame in frames.items():
        pd.testing.assert_frame_equal(store.result(run_id, name), frame)
        pd.testing.assert_frame_equal(ref.frame(name), frame)


def test_every_canonical_layout_goes_into_the_lake(store):
    frames = {name: sample(layout) for name, layout in CANONICAL.items()}
    store.save_source("somewhere", "f1", frames, empty(INGEST_REPORT), empty(QUARANTINE))
    paths = store.active_paths()
    assert list(paths) == sorted(CANONICAL)
    for name, frame in frames.items():
        pd.testing.assert_frame_equal(read_frame(paths[name][0]), frame)


def test_initialising_twice_changes_nothing(place):
    with place.open() as store:
        store.open_run(key())
        store.init()
        assert [run.run_id for run in store.runs()] == [key().run_id]


def _init(place):
    with place.open() as store:
        store.init()


def test_two_processes_initialise_at_once(empty_place):
    assert in_processes(_init, (empty_place,), (empty_place,)) == [0, 0]
    with empty_place.open() as store:
        assert store.runs() == []


def test_a_store_that_is_not_initialised_says_what_to_do(empty_place):
    with empty_place.open() as store, pytest.raises(StateError, match="Run `hemoflow init` first"):
        store.active_paths()
    assert list(empty_place.home.iterdir()) == []


@pytest.mark.parametrize(("version", "words"), [("0000", "Run `hemoflow init`"), ("9999", "Upgrade Hemoflow")])
def test_a_store_of_another_version_says_what_to_do(place, version, words):
    with place.open() as store:
        with store._database.engine.begin() as connection:
            connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '{version}'"))
        with pytest.raises(StateError, match=words):
            store.runs()
