"""Death at any moment, and two processes at once: the store ends as if one undisturbed process had done the work."""

import os
import signal
import sys

import pandas as pd
import pytest
from sqlalchemy import Engine, event

from hemoflow.schemas.need import NEED_BY_DAY
from hemoflow.schemas.published import KPIS
from hemoflow.store import RunStatus, open_store
from hemoflow.store.parquet import parquet_bytes
from tests.conftest_store import in_processes, key, sample, snapshot

pytest_plugins = ["tests.conftest_store"]
RUN = key().run_id
FILES = {"brief.html": b"<p>", "plan.json": b"{}"}


def frames(seed=1):
    return {"kpis": sample(KPIS, seed=seed), "need_by_day": sample(NEED_BY_DAY, seed=seed)}


def save(store, seed=1):
    return store.save_stage(RUN, "need", frames(seed), FILES)


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def die_at_file(number, action="os.rename"):
    seen = []

    def hook(name, _arguments):
        if name == action:
            seen.append(name)
            if len(seen) == number:
                die()

    sys.addaudithook(hook)


def die_at_statement(beginning):
    @event.listens_for(Engine, "before_cursor_execute")
    def hook(_connection, _cursor, statement, *_):
        if statement.startswith(beginning):
            die()


def die_at_commit(_argument):
    event.listen(Engine, "commit", lambda _connection: die())


MOMENTS = {
    "before the first file has its name": (die_at_file, 1),
    "between two files": (die_at_file, 3),
    "before the rows of the second frame": (die_at_statement, "DELETE FROM need_by_day"),
    "before the stage is recorded": (die_at_statement, "INSERT INTO stage_files"),
    "before the commit": (die_at_commit, None),
}


def _die_while_saving(place, moment):
    with place.open() as store:
        arm, argument = MOMENTS[moment]
        arm(argument)
        save(store)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """The files of a stage that nobody disturbed."""
    home = tmp_path_factory.mktemp("undisturbed")
    with open_store(f"sqlite:///{home / 'hemoflow.db'}", home) as store:
        store.init()
        store.open_run(key())
        save(store)
        return snapshot(store.run_folder(RUN))


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("is_first", [True, False], ids=["first time", "over an older result"])
def test_a_killed_process_leaves_nothing_half_done(place, undisturbed, moment, is_first):
    with place.open() as store:
        store.open_run(key())
        if not is_first:
            store.save_stage(RUN, "need", frames(seed=2), {"older.txt": b"1"})
    assert in_processes(_die_while_saving, (place, moment)) == [-signal.SIGKILL]
    with place.open() as store:
        assert store.open_run(key()).status is RunStatus.RUNNING
        found = store.find_stage(RUN, "need")
        assert found is None or not is_first
        for name, frame in frames(seed=2).items():
            assert store.result(RUN, name).equals(frame) if not is_first else len(store.result(RUN, name)) == 0
        ref = save(store)
        assert store.find_stage(RUN, "need") == ref
        assert snapshot(store.run_folder(RUN)) == undisturbed
        for name, frame in frames().items():
            pd.testing.assert_frame_equal(store.result(RUN, name), frame)


def _save_often(place, seed):
    with place.open() as store:
        store.open_run(key())
        for _ in range(4):
            save(store, seed)


@pytest.mark.parametrize("seeds", [(1, 1), (1, 2)], ids=["the same", "different results"])
def test_two_processes_save_the_same_stage(place, seeds):
    assert in_processes(_save_often, *((place, seed) for seed in seeds)) == [0, 0]
    with place.open() as store:
        ref = store.find_stage(RUN, "need")
        assert [run.run_id for run in store.runs()] == [RUN]
        for name in ("kpis", "need_by_day"):
            pd.testing.assert_frame_equal(store.result(RUN, name), ref.frame(name))
            assert any(ref.frame(name).equals(frames(seed)[name]) for seed in seeds)
        assert len(snapshot(store.run_folder(RUN))) == 4


def _publish(place, input_sha256):
    with place.open() as store:
        store.publish(store.open_run(key(input_sha256=input_sha256)).run_id)


def test_two_processes_publish_runs_of_one_day(place):
    assert in_processes(_publish, *((place, name) for name in "abc")) == [0, 0, 0]
    with place.open() as store:
        assert sorted(run.status for run in store.runs()) == ["DRAFT", "SUPERSEDED", "SUPERSEDED"]


def test_a_writer_that_fails_leaves_the_store_usable(store):
    store.open_run(key())
    with pytest.raises(TypeError):
        store.save_stage(RUN, "need", frames(), {"brief.html": parquet_bytes})
    assert store.find_stage(RUN, "need") is None
    assert len(store.result(RUN, "kpis")) == 0
    assert save(store) == store.find_stage(RUN, "need")
