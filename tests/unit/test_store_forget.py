"""Forgetting: the patient leaves every file and table, what people approved stays provable, nobody comes back."""

from datetime import date

import pandas as pd
import pytest

from hemoflow.connectors.pseudonyms import Pseudonymiser, mark_of, pseudonyms_of, without_forgotten
from hemoflow.domain.errors import UsageError
from hemoflow.schemas.canonical import CANONICAL
from hemoflow.schemas.frames import conform, empty
from hemoflow.schemas.published import INGEST_REPORT, QUARANTINE
from hemoflow.schemas.results import RESULTS
from tests.conftest_store import key, sample

pytest_plugins = ["tests.conftest_store"]
RAW = "10014354"
PSEUDONYMISER = Pseudonymiser(b"a key for tests only")
WHO, OTHER = (PSEUDONYMISER.pseudonym("p", "site-a", raw) for raw in (RAW, "other"))
ASKED = PSEUDONYMISER.pseudonym("req", "site-a", "R1")
MARK = mark_of(PSEUDONYMISER, WHO)
PERSONAL = ("need_features", "need", "open_requests", "allocations", "routes", "stock", "worklist")


def about(layout):
    """A sample of a layout in which row 0 is about the patient and the rest about somebody else."""
    frame = sample(layout)
    if "patient_id" in frame:
        frame["patient_id"] = [WHO, *(f"{OTHER}{row}" for row in range(1, len(frame)))]
    for name in ("request_id", "reserved_request_id"):
        if name in frame:
            frame[name] = [ASKED, *(f"req_{row}" for row in range(1, len(frame)))]
    return conform(frame, layout)


def lake():
    return {name: about(CANONICAL[name]) for name in ("patients", "labs", "requests", "unit_events", "donations")}


def put_aside():
    row = {"source": "site-a", "table_name": "labs", "file": "labs.csv", "row_number": 3, "field": "comment"}
    return conform(pd.DataFrame([row | {"value": f"see {RAW}", "reason": "odd", "remedy": "mend"}]), QUARANTINE)


def save_lake(store, fingerprint, frames):
    report = empty(INGEST_REPORT)
    store.save_source("site-a", fingerprint, frames, report, put_aside())


def published(store, day):
    run_id = store.open_run(key(date(2024, 3, day))).run_id
    pages = {
        "worklist.html": f"<table><tr><td>{WHO}</td></tr><tr><td>{OTHER}</td></tr></table>".encode(),
        "worklist.csv": f"patient_id\n{WHO}\n{OTHER}\n".encode(),
        "plan.json": f'{{"{WHO}": ["{ASKED}"]}}'.encode(),
    }
    store.save_stage(run_id, "publication", {name: about(RESULTS[name]) for name in PERSONAL}, pages)
    store.publish(run_id)
    return run_id


@pytest.fixture
def known(store, place):
    """A draft and an approved run, two versions of the lake, a change by hand and remarks that name the patient."""
    save_lake(store, "v1", lake())
    save_lake(store, "v2", lake() | {"labs": about(CANONICAL["labs"]).head(3)})
    approved, draft = published(store, 1), published(store, 2)
    store.override(approved, "routes", {"patient_id": WHO}, "CLINIC", by="Dr A", reason=f"{WHO} asked for it")
    store.approve(approved, "Dr A", f"checked with {RAW}")
    store.note("export", approved, "Dr A", "", {"page": ASKED})
    (place.home / "quarantine.csv").write_text(f"value\nsee {RAW}\nother\n")
    return approved, draft


def forget(store):
    return store.forget([WHO], [MARK], raw=RAW, by="Dr A", reason="asked")


def test_before_the_search_finds_the_patient_everywhere_and_after_nowhere(store, known):
    before = store.traces([WHO, RAW, ASKED])
    assert {"table ledger", "table approvals", "table quarantine", "table stock", "file quarantine.csv"} <= set(before)
    assert sum(where.startswith("file lake") for where in before) == 5, "of both versions"
    done = forget(store)
    assert done.left == ()
    assert store.traces([WHO, RAW, ASKED]) == []
    assert store.traces([done.token]) != [], "approved decisions stay, under a token"


def test_the_chain_the_approved_files_and_their_rows_stay_provable(store, known):
    assert store.verify_ledger() + store.verify_approvals() == []
    forget(store)
    assert store.verify_ledger() + store.verify_approvals() == []
    approved, _ = known
    assert len(store.result(approved, "allocations")) == len(about(RESULTS["allocations"]))
    assert len(store.result(approved, "need_features")) == len(about(RESULTS["need_features"])) - 1
    assert [change.after for change in store.overrides(approved)] == ["CLINIC"]


def test_a_draft_loses_the_rows_and_keeps_the_others(store, known):
    forget(store)
    _, draft = known
    for name in PERSONAL:
        if "patient_id" in RESULTS[name].columns:
            expected = about(RESULTS[name])
            pd.testing.assert_frame_equal(
                store.result(draft, name),
                expected[expected["patient_id"] != WHO].sort_values(list(RESULTS[name].key), ignore_index=True),
            )
    stage = store.find_stage(draft, "publication")
    assert stage.file("worklist.csv").decode().split() == ["patient_id", OTHER]
    assert stage.file("worklist.html").decode() == f"<table><tr><td>{OTHER}</td></tr></table>"


def test_the_unit_stays_traceable_and_says_no_longer_whom_it_went_to(store, known):
    forget(store)
    (path,) = store.active_paths()["unit_events"]
    events = pd.read_parquet(path)
    assert len(events) == len(about(CANONICAL["unit_events"]))
    assert events["patient_id"].isna().sum() == 1


def test_a_change_behind_the_back_is_still_noticed(store, known, place):
    forget(store)
    approved, _ = known
    path = next((place.home / "runs").rglob(f"{approved}/publication/plan.json"))
    path.write_text("{}")
    assert any("plan.json" in fault for fault in store.verify_approvals())


def test_a_later_load_does_not_bring_the_patient_back(store, known):
    forget(store)
    frames = without_forgotten(lake(), PSEUDONYMISER, store.tombstones())
    save_lake(store, "v3", frames)
    assert store.traces([WHO, ASKED]) == []
    assert len(frames["donations"]) == len(lake()["donations"])
    assert WHO not in "".join(store.tombstones())


def test_tables_that_wrote_themselves_are_searched_once_they_are_there(store, known):
    from tasks.ingest import _keep_out

    forget(store)
    save_lake(store, "v3", lake())
    assert WHO in store.lake_patients()
    _keep_out("site-a", store.tombstones(), PSEUDONYMISER, store)
    assert WHO not in store.lake_patients()
    assert store.traces([WHO, ASKED]) == []


def test_an_interrupted_erasure_is_finished_by_the_next(store, known, place, monkeypatch):
    def stop(changes):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("hemoflow.store.erasure.carry_out", stop)
        with pytest.raises(KeyboardInterrupt):
            forget(store)
    forget(store)
    assert store.traces([WHO, ASKED, RAW]) == []
    assert store.verify_approvals() + store.verify_ledger() == []
    assert list(place.home.rglob("*.erasing")) == []


def test_nobody_is_forgotten_without_a_name_a_reason_and_a_patient(store):
    for names, by, reason in (([], "Dr A", "asked"), ([WHO], " ", "asked"), ([WHO], "Dr A", "")):
        with pytest.raises(UsageError):
            store.forget(names, [], by=by, reason=reason)


def test_words_become_pseudonyms_by_their_source():
    assert pseudonyms_of(PSEUDONYMISER, WHO, []) == [WHO]
    assert pseudonyms_of(PSEUDONYMISER, RAW, ["site-a"]) == [WHO]
    assert pseudonyms_of(PSEUDONYMISER, RAW, []) == []
