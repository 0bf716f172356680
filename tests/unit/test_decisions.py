"""Decisions about visits: what safety forbids, what stays on record, and how answers make a go of a no-go."""

from datetime import date, timedelta

import pandas as pd
import pytest

from hemoflow.domain.decisions import Answers, Cause, Choice, Wish, wish_faults
from hemoflow.domain.errors import StateError, UsageError, VerificationError
from hemoflow.reports.decided import DECIDED, with_decisions
from hemoflow.reports.go_no_go import judged, newest_of
from hemoflow.schemas.frames import conform
from hemoflow.store import RunStatus, open_store
from tests.browser.cockpit_sample import key_of, prepared
from tests.browser.sample import AS_OF

LATER = AS_OF + timedelta(days=3)


def asked(urgency=8, tier=3, due=8):
    return {"urgency": urgency, "shortage_tier": tier, "due_on": pd.Timestamp(AS_OF + timedelta(days=due))}


def wish(days=3, cause=Cause.PATIENT, clinician=""):
    return Wish(Choice.DEFER, AS_OF + timedelta(days=days), cause, clinician)


@pytest.mark.parametrize(
    ("wanted", "requests", "fault"),
    [
        (wish(), [asked()], ""),
        (wish(), [], ""),
        (wish(), [asked(), asked(urgency=0, due=0)], "very urgent"),
        (wish(clinician="Dr B"), [asked(urgency=0, due=0)], "very urgent"),
        (wish(cause=Cause.SUPPLY), [asked(tier=1)], "first tier"),
        (wish(cause=Cause.SUPPLY, clinician="Dr B"), [asked(tier=1)], ""),
        (wish(cause=Cause.CLINICAL), [asked(tier=1)], ""),
        (wish(days=9), [asked()], "last day"),
        (wish(days=9, clinician="Dr B"), [asked()], ""),
        (wish(days=0), [], "a day after"),
        (Wish(Choice.DEFER, None, Cause.PATIENT), [], "a day after"),
        (wish(cause=None), [], "must be for one of"),
        (Wish(Choice.ACCEPT), [asked(urgency=0, tier=1, due=0)], ""),
    ],
)
def test_a_deferral_never_breaks_what_safety_asks(wanted, requests, fault):
    faults = wish_faults(wanted, "a reason", requests, AS_OF)
    assert bool(faults) == bool(fault)
    assert fault in " ".join(faults)


@pytest.mark.parametrize(("choice", "needed"), [(Choice.ACCEPT, False), (Choice.DEFER, True), (Choice.OPEN, True)])
def test_all_but_an_acceptance_needs_a_reason(choice, needed):
    assert bool(wish_faults(Wish(choice, LATER, Cause.PATIENT), " ", [], AS_OF)) is needed


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    home = prepared(tmp_path_factory.mktemp("decided") / "home", 1)
    with open_store(f"sqlite:///{home / 'hemoflow.db'}", home) as store:
        yield store, store.runs(1)[0].run_id


def free_patient(store, run_id):
    """A patient of the worklist for whom nobody has asked anything."""
    return store.result(run_id, "worklist").query("open_units == 0").iloc[0].patient_id


def test_the_latest_decision_counts_and_every_one_stays_on_record(kept):
    store, run_id = kept
    before, patient = store.result(run_id, "worklist"), free_patient(*kept)
    store.decide(run_id, patient, wish(), by="Nurse A", reason="travels")
    store.decide(run_id, patient, Wish(Choice.ACCEPT), by="Nurse B", reason="")
    told = store.decisions(run_id)
    assert [(each.by, each.wish.choice) for each in told] == [("Nurse A", "defer"), ("Nurse B", "accept")]
    assert told[0].wish == wish()
    rows = conform(with_decisions(before, told), DECIDED).set_index("patient_id")
    assert (rows.loc[patient, "decision"], rows.loc[patient, "decided_by"]) == ("accepted", "Nurse B")
    assert rows["decision"].notna().sum() == 1
    assert store.verify_ledger() == []
    pd.testing.assert_frame_equal(store.result(run_id, "worklist"), before)
    assert store.overrides(run_id) == []


def test_a_very_urgent_patient_is_not_deferred_whoever_asks(kept):
    store, run_id = kept
    listed = set(store.result(run_id, "worklist")["patient_id"])
    urgent = store.result(run_id, "open_requests").query("urgency == 0")["patient_id"]
    patient = urgent[urgent.isin(listed)].iloc[0]
    with pytest.raises(VerificationError, match="very urgent"):
        store.decide(run_id, patient, wish(clinician="Dr B"), by="Nurse A", reason="no chair")


def test_nobody_decides_without_a_name_for_a_stranger_or_on_a_run_that_does_not_stand(kept):
    store, run_id = kept
    with pytest.raises(UsageError, match="name"):
        store.decide(run_id, free_patient(*kept), Wish(Choice.ACCEPT), by=" ", reason="")
    with pytest.raises(UsageError, match="no such patient"):
        store.decide(run_id, "p_stranger", Wish(Choice.ACCEPT), by="Nurse A", reason="")
    with pytest.raises(UsageError, match="no such patient"):
        store.confirm(run_id, "p_stranger", Answers(), by="Nurse A")


def test_a_visit_goes_only_when_every_answer_is_there_and_the_latest_counts(kept):
    store, run_id = kept
    visits, lines = store.result(run_id, "go_no_go"), store.result(run_id, "allocations")
    visit = visits.iloc[0]
    # the sample region proposes no unit to this patient: one line more, of a unit of the stock
    line = lines[lines["unit_id"].notna()].head(1).assign(patient_id=visit.patient_id, status="assigned")
    lines = pd.concat([lines[lines["patient_id"] != visit.patient_id], line], ignore_index=True)
    sample = visit.visit_on.date() - timedelta(days=1)

    def verdict(**answers):
        store.confirm(run_id, visit.patient_id, Answers(**answers), by="Nurse A", reason="called")
        now = judged(visits, lines, newest_of(store.confirmations(run_id)))
        return now.set_index("patient_id").loc[visit.patient_id, ["is_go", "lacking"]].tolist()

    whole = {"sample_taken_on": sample, "is_stable": True, "has_transport": True}
    assert verdict(**whole) == [True, ""]
    for name, words in (("sample_taken_on", "sample"), ("is_stable", "stability"), ("has_transport", "transport")):
        is_go, lacking = verdict(**whole | {name: None})
        assert (is_go, words in lacking) == (False, True), "an answer that nobody gave is a no-go"
    assert verdict(**whole | {"is_stable": False}) == [False, "not stable"]
    stale = verdict(**whole | {"sample_taken_on": sample - timedelta(days=9)})
    assert not stale[0]
    assert verdict(**whole) == [True, ""]
    taken_off = lines.assign(unit_id=lines["unit_id"].mask(lines["patient_id"] == visit.patient_id))
    assert not judged(visits, taken_off, newest_of(store.confirmations(run_id)))["is_go"].any()
    with pytest.raises(VerificationError, match="later than the visit"):
        store.confirm(run_id, visit.patient_id, Answers(date(2030, 1, 1)), by="Nurse A")


def test_an_approved_plan_takes_decisions_and_stays_as_it_was_approved(tmp_path):
    home = prepared(tmp_path / "home", 1)
    with open_store(f"sqlite:///{home / 'hemoflow.db'}", home) as store:
        run_id = store.runs(1)[0].run_id
        store.approve(run_id, "Planner", "")
        store.decide(run_id, free_patient(store, run_id), Wish(Choice.ACCEPT), by="Nurse A", reason="")
        assert store.verify_approvals() == store.verify_ledger() == []
        assert store.run(run_id).status is RunStatus.APPROVED


def test_status_only_means_no_decision(tmp_path):
    home = prepared(tmp_path / "home", 0)
    with open_store(f"sqlite:///{home / 'hemoflow.db'}", home) as store:
        run_id = store.open_run(key_of(AS_OF)).run_id
        store.publish(run_id, "STATUS_ONLY")
        with pytest.raises(StateError, match="STATUS_ONLY"):
            store.decide(run_id, "p_1", Wish(Choice.ACCEPT), by="Nurse A", reason="")
