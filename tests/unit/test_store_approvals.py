"""Approvals: only drafts, never undone, and every later change is noticed."""

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import text

from hemoflow.domain.errors import ApprovedPlanError, StateError, UsageError
from hemoflow.schemas.published import KPIS
from hemoflow.store import RunStatus
from hemoflow.store.records import FIRST_LINK
from tests.conftest_store import in_processes, key, sample

pytest_plugins = ["tests.conftest_store"]
WHEN = datetime(2024, 3, 1, 9, 30, 15, 123456, timezone(timedelta(hours=2)))


def draft(store, day=1):
    run_id = store.open_run(key(date(2024, 3, day))).run_id
    store.save_stage(run_id, "publication", {"kpis": sample(KPIS)}, {"brief.html": b"<p>"})
    store.publish(run_id)
    return run_id


def change(store, statement):
    with store._database.engine.begin() as connection:
        connection.execute(text(statement))


@pytest.fixture
def approved(store):
    """Three approved runs."""
    runs = [draft(store, day) for day in (1, 2, 3)]
    for run_id in runs:
        store.approve(run_id, " Dr A ", "checked", at=WHEN)
    return runs


def test_an_approval_names_who_why_when_and_what(store):
    run_id = draft(store)
    approval = store.approve(run_id, " Dr A ", "checked", at=WHEN)
    assert (approval.number, approval.run_id, approval.approved_by, approval.reason) == (1, run_id, "Dr A", "checked")
    assert (approval.approved_at, approval.previous_sha256) == (WHEN, FIRST_LINK)
    assert store.run(run_id).status is RunStatus.APPROVED
    assert store.approval(run_id).sha256 == approval.sha256
    assert store.approval("nobody") is None
    assert store.verify_approvals() == []


def test_the_clock_is_used_when_no_instant_is_given(store):
    before = datetime.now(UTC)
    assert before <= store.approve(draft(store), "Dr A", "").approved_at <= datetime.now(UTC)


def test_approvals_form_a_chain(store, approved):
    links = [store.approval(run_id) for run_id in approved]
    assert [link.number for link in links] == [1, 2, 3]
    assert [link.previous_sha256 for link in links] == [FIRST_LINK, links[0].sha256, links[1].sha256]
    assert store.verify_approvals() == []


def test_only_a_whole_draft_can_be_approved(store):
    running = store.open_run(key(seed=9)).run_id
    with pytest.raises(StateError, match=r"is RUNNING\. Only a DRAFT"):
        store.approve(running, "Dr A", "")
    store.publish(running, "STATUS_ONLY")
    with pytest.raises(StateError, match="is STATUS_ONLY"):
        store.approve(running, "Dr A", "")
    run_id = draft(store)
    with pytest.raises(UsageError, match="needs a name"):
        store.approve(run_id, "  ", "")
    Path(store.find_stage(run_id, "publication").files[0].path).write_bytes(b"<b>")
    with pytest.raises(StateError, match=r"gone or were changed: .*brief\.html"):
        store.approve(run_id, "Dr A", "")
    assert store.run(run_id).status is RunStatus.DRAFT
    assert store.approval(run_id) is None


def test_an_approved_run_cannot_be_approved_again(store, approved):
    with pytest.raises(ApprovedPlanError, match="approved already"):
        store.approve(approved[0], "Dr B", "")


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE approvals SET reason = 'not checked' WHERE number = 2", "Approval 2 was changed"),
        ("UPDATE approvals SET approved_by = 'Dr B' WHERE number = 3", "Approval 3 was changed"),
        ("UPDATE approvals SET sha256 = 'x' WHERE number = 2", "Approval 3 does not follow"),
        ("DELETE FROM approvals WHERE number = 2", "Approval 3 does not follow"),
        ("DELETE FROM approvals WHERE number = 3", "marked approved, but nobody approved it"),
        ("UPDATE runs SET status = 'SUPERSEDED' WHERE number = 2", "no longer marked so"),
        ("UPDATE runs SET input_sha256 = 'x' WHERE number = 2", "was approved, but is no longer marked so|not those"),
        ("UPDATE stage_files SET sha256 = 'x' WHERE name = 'kpis'", "are not those that were approved"),
        ("DELETE FROM stage_files WHERE name = 'brief.html'", "are not those that were approved"),
        ("UPDATE kpis SET unit = 'days'", "The rows of kpis of run"),
        ("DELETE FROM kpis", "The rows of kpis of run"),
    ],
)
def test_tampering_with_the_record_is_noticed(store, approved, statement, words):
    change(store, statement)
    faults = store.verify_approvals()
    assert any(part in fault for fault in faults for part in words.split("|")), faults


def test_tampering_with_a_file_is_noticed(store, approved):
    brief = store.run_folder(approved[1]) / "publication" / "brief.html"
    brief.write_bytes(b"<b>")
    (store.run_folder(approved[2]) / "publication" / "kpis.parquet").unlink()
    faults = store.verify_approvals()
    assert [fault.split("/")[-1] for fault in faults] == [
        "brief.html is gone or was changed.",
        "kpis.parquet is gone or was changed.",
    ]


def _approve(place, run_id):
    with place.open() as store:
        store.approve(run_id, "Dr A", "")


def test_two_people_approve_at_once(place):
    with place.open() as store:
        runs = [draft(store, day) for day in (1, 2)]
    assert in_processes(_approve, *((place, run_id) for run_id in runs)) == [0, 0]
    with place.open() as store:
        assert sorted(store.approval(run_id).number for run_id in runs) == [1, 2]
        assert store.verify_approvals() == []
