"""Retention: what is older than the policy keeps goes, what a person approved stays, and later loads are held to it."""

from datetime import date

import pandas as pd
import pytest

from hemoflow.domain.errors import UsageError
from hemoflow.domain.policy import load_policy
from hemoflow.domain.retention import Retention
from hemoflow.schemas.canonical import CANONICAL
from hemoflow.schemas.frames import conform, empty
from hemoflow.schemas.published import INGEST_REPORT, QUARANTINE
from hemoflow.store import RunKey, open_store

LIMITS = load_policy("region_demo").retention.limits(date(2024, 10, 31))
WHY = {"by": "Dr A", "reason": "yearly clean-up"}


def frame(name, *rows):
    layout = CANONICAL[name]
    full = dict.fromkeys(layout.columns) | {"source": "here", "is_synthetic": False}
    return conform(pd.DataFrame([full | row for row in rows]), layout)


def known(day):
    return pd.Timestamp(day, tz="UTC")


def lab(name, who, day):
    about = {"lab_id": name, "patient_id": who, "code": "haemoglobin", "value": 8.0, "unit": "g/dL"}
    return about | {"taken_at": known(day), "available_at": known(day)}


def patient(who, day):
    start = {"patient_id": who, "programme": "chronic", "site_id": "S", "is_group_synthetic": False}
    return start | {"available_at": known(day)}


FRAMES = {
    "patients": frame(
        "patients", patient("p_old", "2010-01-01"), patient("p_both", "2010-01-01"), patient("p_new", "2024-01-01")
    ),
    "labs": frame(
        "labs", lab("l1", "p_old", "2010-01-01"), lab("l2", "p_both", "2010-01-01"), lab("l3", "p_both", "2020-01-01")
    ),
    "transfusions": frame("transfusions", {
        "transfusion_id": "t1", "patient_id": "p_both", "component": "red_cells", "given_units": 1, "setting": "clinic",
        "started_at": known("2000-01-01"), "available_at": known("2000-01-01"),
    }),
}  # fmt: skip


def run_of(day):
    return RunKey(date.fromisoformat(day), "region_demo", "1", "a", "b", "", 1, "0")


@pytest.fixture
def store(tmp_path):
    with open_store(f"sqlite:///{tmp_path}/store.db", tmp_path) as store:
        store.init()
        store.save_source("here", "f1", FRAMES, empty(INGEST_REPORT), empty(QUARANTINE))
        yield store


def kept(store, table):
    return pd.concat([pd.read_parquet(path) for path in store.active_paths()[table]])


def test_counting_removes_nothing(store):
    before = store.active_paths()
    found = store.overdue(LIMITS)
    rows = dict(zip(found["name"], found["rows"], strict=True))
    assert rows == {"labs": 2, "patients": 1}
    assert store.active_paths() == before
    assert len(kept(store, "labs")) == 3


def test_what_is_overdue_goes_and_the_way_of_a_bag_stays(store):
    store.retain(LIMITS, **WHY)
    assert kept(store, "labs")["lab_id"].tolist() == ["l3"]
    assert sorted(kept(store, "patients")["patient_id"]) == ["p_both", "p_new"], "whoever has rows or is new stays"
    assert len(kept(store, "transfusions")) == 1, "kept for 30 years"
    assert store.overdue(LIMITS).empty
    assert store.is_loaded("here", "f1"), "the same delivery is not loaded again"
    assert store.retain(LIMITS, **WHY).empty, "twice changes nothing"


def test_a_later_load_is_held_to_the_same_days(store):
    assert store.hold_to_retention() == 0, "nobody has asked for it yet"
    store.retain(LIMITS, **WHY)
    store.save_source("here", "f2", FRAMES, empty(INGEST_REPORT), empty(QUARANTINE))
    assert store.hold_to_retention() == 3
    assert store.overdue(LIMITS)["kind"].tolist() == []


def test_drafts_of_long_ago_go_and_approved_runs_stay(store):
    old, approved, fresh = (store.open_run(run_of(day)) for day in ("2022-01-01", "2022-01-02", "2024-10-30"))
    for run in (old, approved, fresh):
        store.publish(run.run_id)
    store.approve(approved.run_id, "Dr A", "checked")
    folder = store.run_folder(old.run_id)
    folder.mkdir(parents=True)
    store.retain(LIMITS, **WHY)
    assert {run.run_id for run in store.runs()} == {approved.run_id, fresh.run_id}
    assert not folder.exists()
    assert [entry.kind for entry in store.ledger()][-1] == "retention"
    assert store.verify_ledger() == []


def test_a_deed_has_a_name_and_a_reason(store):
    with pytest.raises(UsageError, match="--by"):
        store.retain(LIMITS, by="", reason="")


def test_limits_are_whole_years_and_leap_days_have_one():
    limits = Retention(clinical_years=1, note_years=3, traceability_years=30, draft_days=1).limits(date(2024, 2, 29))
    assert (limits.clinical, limits.drafts) == (date(2023, 2, 28), date(2024, 2, 28))
    assert limits.of_table("unit_events") == limits.of_table("donations") == date(1994, 2, 28)
    assert limits.of_table("labs") == limits.clinical
