"""Runs: deterministic names, states, and the results of their stages."""

import dataclasses
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pandas as pd
import pytest

from hemoflow.domain.errors import ApprovedPlanError, InputError, StateError, UsageError
from hemoflow.schemas.need import NEED, NEED_BY_DAY
from hemoflow.schemas.published import KPIS
from hemoflow.store import Execution, RunStatus, StageRef
from tests.conftest_store import key, sample, snapshot

pytest_plugins = ["tests.conftest_store"]
DAY = date(2024, 3, 1)


def test_the_name_of_a_run_is_its_day_and_a_hash_of_all_that_decides_it():
    assert key().run_id == key().run_id
    assert key().run_id == "2024-03-01-3164bfdce111"
    changes = [{f.name: 2 if f.name == "seed" else "other"} for f in dataclasses.fields(key())[1:]]
    assert len({key(**change).run_id for change in [{}, *changes]}) == len(changes) + 1


def test_opening_a_run_twice_gives_the_same_run(store):
    first = store.open_run(key())
    assert (first.status, first.number, first.key) == (RunStatus.RUNNING, 1, key())
    store.publish(first.run_id)
    assert store.open_run(key()) == dataclasses.replace(first, status=RunStatus.DRAFT)
    assert store.open_run(key(seed=2)).number == 2


def test_publishing_supersedes_earlier_drafts_of_the_day_and_policy_only(store):
    old, new = store.open_run(key()).run_id, store.open_run(key(input_sha256="changed")).run_id
    other_day = store.open_run(key(date(2024, 3, 2))).run_id
    other_policy = store.open_run(key(policy_name="it")).run_id
    for run_id in (old, other_day, other_policy):
        store.publish(run_id)
    assert store.publish(new).status is RunStatus.DRAFT
    states = {run.run_id: run.status for run in store.runs()}
    assert states == {old: "SUPERSEDED", new: "DRAFT", other_day: "DRAFT", other_policy: "DRAFT"}
    assert store.publish(new).status is RunStatus.DRAFT
    assert store.run(old).status is RunStatus.SUPERSEDED


def test_an_approved_run_stays_beside_a_new_draft(store):
    old, new = store.open_run(key()).run_id, store.open_run(key(input_sha256="changed")).run_id
    store.publish(old)
    store.approve(old, "Dr A", "checked")
    assert store.publish(new).status is RunStatus.DRAFT
    assert store.run(old).status is RunStatus.APPROVED
    assert store.run("2024-03-01").run_id == old
    for change in (lambda: store.publish(old), lambda: store.save_stage(old, "need", {})):
        with pytest.raises(ApprovedPlanError, match=f"Run {old} is approved"):
            change()


def test_a_run_without_a_plan_is_status_only(store):
    run_id = store.open_run(key()).run_id
    assert store.publish(run_id, "STATUS_ONLY").status is RunStatus.STATUS_ONLY
    assert not store.is_published(DAY, "region_demo")
    store.publish(run_id)
    assert store.is_published(DAY, "region_demo")
    assert not store.is_published(DAY, "it")
    assert not store.is_published(date(2024, 3, 2), "region_demo")


@pytest.mark.parametrize("status", ["APPROVED", "SUPERSEDED", "RUNNING", "nonsense"])
def test_nothing_is_published_in_another_state(store, status):
    run_id = store.open_run(key()).run_id
    with pytest.raises(UsageError, match="Use DRAFT or STATUS_ONLY"):
        store.publish(run_id, status)


def test_runs_are_listed_latest_day_first_and_latest_opened_first(store):
    keys = [key(date(2024, 3, 1)), key(date(2024, 3, 3)), key(date(2024, 3, 1), seed=2), key(date(2024, 3, 2))]
    for each in keys:
        store.open_run(each)
    assert [run.key for run in store.runs()] == [keys[1], keys[3], keys[2], keys[0]]
    assert [run.key for run in store.runs(limit=1)] == [keys[1]]


def test_a_run_is_found_by_name_beginning_or_day(store):
    first, second = store.open_run(key()), store.open_run(key(seed=2))
    assert store.run(first.run_id) == first
    assert store.run(second.run_id[:-3]) == second
    assert store.run(DAY) == second
    store.publish(first.run_id)
    assert store.run("2024-03-01").run_id == first.run_id
    with pytest.raises(UsageError, match=r"'2024-03' may mean .*See `hemoflow runs`"):
        store.run("2024-03")
    for nothing in ("2025", "2024_03", "%"):
        with pytest.raises(UsageError, match="There is no run"):
            store.run(nothing)


def test_a_stage_is_found_again_with_its_frames_and_files(store):
    run_id = store.open_run(key()).run_id
    frames = {"need_by_day": sample(NEED_BY_DAY), "need": sample(NEED)}
    ref = store.save_stage(run_id, "need", frames, {"z.txt": b"z", "brief.html": b"<p>"})
    assert store.find_stage(run_id, "need") == ref
    assert StageRef.from_json(ref.to_json()) == ref
    assert [item.name for item in ref.items] == ["need", "need_by_day", "brief.html", "z.txt"]
    assert ref.file("brief.html") == b"<p>"
    pd.testing.assert_frame_equal(ref.frame("need"), frames["need"])
    assert Path(ref.frames[0].path) == store.run_folder(run_id) / "need" / "need.parquet"
    with pytest.raises(StateError, match=r"has no 'orders'\. It has: need, need_by_day"):
        ref.frame("orders")


def test_stages_are_listed_in_the_order_of_their_first_saving(store):
    run_id = store.open_run(key()).run_id
    for stage in ("routing", "assignment", "publication", "routing"):
        store.save_stage(run_id, stage, {}, {f"{stage}.txt": b"1"})
    assert [ref.stage for ref in store.stages(run_id)] == ["routing", "assignment", "publication"]
    assert store.find_stage(run_id, "demand") is None


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"other")])
def test_a_damaged_stage_counts_as_absent_and_heals(store, damage):
    run_id = store.open_run(key()).run_id
    ref = store.save_stage(run_id, "need", {"need": sample(NEED)}, {"note.txt": b"1"})
    whole = snapshot(store.run_folder(run_id))
    damage(Path(ref.files[0].path))
    assert store.find_stage(run_id, "need") is None
    assert ref.damaged() == [ref.files[0].path]
    assert store.save_stage(run_id, "need", {"need": sample(NEED)}, {"note.txt": b"1"}) == ref
    assert snapshot(store.run_folder(run_id)) == whole


def test_saving_again_replaces_everything_of_the_stage(store):
    run_id = store.open_run(key()).run_id
    store.save_stage(run_id, "need", {"need": sample(NEED), "need_by_day": sample(NEED_BY_DAY)}, {"old.txt": b"1"})
    ref = store.save_stage(run_id, "need", {"need": sample(NEED, rows=3, seed=2)})
    assert store.find_stage(run_id, "need") == ref
    assert len(store.result(run_id, "need")) == 3
    assert len(store.result(run_id, "need_by_day")) == 0
    assert list(snapshot(store.run_folder(run_id))) == ["need/need.parquet"]


def test_runs_do_not_see_one_anothers_rows(store):
    first, second = store.open_run(key()).run_id, store.open_run(key(seed=2)).run_id
    store.save_stage(first, "need", {"need": sample(NEED)})
    store.save_stage(second, "need", {"need": sample(NEED, seed=2)})
    pd.testing.assert_frame_equal(store.result(first, "need"), sample(NEED))
    pd.testing.assert_frame_equal(store.result(second, "need"), sample(NEED, seed=2))


@pytest.mark.parametrize(
    ("stage", "frames", "files"),
    [
        ("../need", {}, {}),
        ("need", {"nonsense": sample(NEED)}, {}),
        ("need", {}, {"../brief.html": b""}),
        ("need", {}, {"need.parquet": b""}),
        ("need", {}, {"noextension": b""}),
    ],
)
def test_names_that_do_not_fit_are_refused(store, stage, frames, files):
    run_id = store.open_run(key()).run_id
    with pytest.raises(UsageError):
        store.save_stage(run_id, stage, frames, files)
    assert store.stages(run_id) == []
    assert not store.run_folder(run_id).exists()


def test_a_frame_belongs_to_one_stage(store):
    run_id = store.open_run(key()).run_id
    ref = store.save_stage(run_id, "need", {"need": sample(NEED)})
    with pytest.raises(UsageError, match="belongs to need, not to demand"):
        store.save_stage(run_id, "demand", {"need": sample(NEED, seed=2)})
    assert store.stages(run_id) == [ref]
    assert store.find_stage(run_id, "need") == ref


def test_a_frame_with_a_repeated_key_leaves_nothing(store):
    run_id = store.open_run(key()).run_id
    with pytest.raises(InputError, match="repeat the key"):
        store.save_stage(run_id, "kpis", {"kpis": pd.concat([sample(KPIS), sample(KPIS)])})
    assert store.find_stage(run_id, "kpis") is None
    assert not store.run_folder(run_id).exists()


def test_what_is_not_there_is_said(store):
    for ask in (store.run_folder, store.publish, lambda run: store.save_stage(run, "need", {})):
        with pytest.raises(StateError, match="There is no run nobody"):
            ask("nobody")
    with pytest.raises(UsageError, match="Unknown results nonsense"):
        store.result("nobody", "nonsense")


def test_executions_are_kept_in_order_with_their_instants(store):
    run_id = store.open_run(key()).run_id
    east = timezone(timedelta(hours=8))
    start, end = datetime(2024, 3, 1, 8, 0, 0, 123456, east), datetime(2024, 3, 1, 8, 1, tzinfo=east)
    store.record_execution(Execution(run_id, start, end, {"need": 1.5}, "failed", "a run of Prefect"))
    store.record_execution(Execution(run_id, end, end, {}, "completed"))
    first, second = store.executions(run_id)
    assert first == Execution(run_id, start, end, {"need": 1.5}, "failed", "a run of Prefect")
    assert first.started_at.tzinfo is UTC
    assert second.status == "completed"
    with pytest.raises(StateError):
        store.record_execution(Execution("nobody", start, end, {}, "failed"))
