"""Decisions about visits: what safety forbids, what stays on record, and how answers make a go of a no-go."""

from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest

from hemoflow.domain.decisions import Cause, Choice, Decision, Wish, carry_faults, standing_deferrals, wish_faults
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


NOON = datetime.combine(AS_OF, datetime.min.time(), UTC) + timedelta(hours=12)
OPEN, ACCEPT = Wish(Choice.OPEN), Wish(Choice.ACCEPT)


def said(*wishes, who="p_1"):
    """Decisions on runs of days counted from AS_OF, each at noon of its day or some hours later."""
    return [
        Decision(n, AS_OF + timedelta(days=day), who, wanted, "Nurse A", "why", NOON + timedelta(days=day, hours=hours))
        for n, (day, hours, wanted) in enumerate(wishes, start=1)
    ]


@pytest.mark.parametrize(
    ("told", "carried"),
    [
        (said((0, 0, wish())), True),
        (said((0, 20, wish())), False),  # decided after the cut of the next day
        (said((1, -10, wish())), False),  # about the day's own run
        (said((-3, 0, wish(days=1))), True),  # the day has come
        (said((-3, 0, wish(days=0))), False),  # it is over
        (said((-2, 0, wish()), (-1, 0, OPEN)), False),
        (said((-2, 0, wish()), (-2, 1, ACCEPT)), False),  # on second thoughts
        (said((-2, 0, wish()), (-1, 0, ACCEPT)), True),  # accepted as it was carried
        (said((-2, 0, wish()), (-1, 0, ACCEPT), (0, 0, OPEN)), False),
        (said((-2, 0, wish(days=0)), (-1, 0, wish())), True),
        (said((-2, 0, wish()), (0, 20, OPEN)), True),  # reopened after the cut
    ],
)
def test_the_next_day_carries_the_last_word_that_was_said_before_its_cut(told, carried):
    cut_at = NOON + timedelta(hours=19)
    found = standing_deferrals(told[::-1], AS_OF + timedelta(days=1), cut_at)
    deferred = [each.wish for each in told if each.wish.until_on]
    assert [each.wish for each in found] == deferred[-1:] * carried


@pytest.mark.parametrize(
    ("wanted", "hours", "row", "fault"),
    [
        (wish(clinician="Dr B"), -1, asked(urgency=0, due=0), "very urgent"),
        (wish(), 1, asked(urgency=0, due=0), "very urgent"),
        (wish(), 1, asked(urgency=1, due=1), "last day"),
        (wish(clinician="Dr B"), 1, asked(urgency=1, due=1), "last day"),  # the name covered what was known
        (wish(clinician="Dr B"), -1, asked(urgency=1, due=1), ""),
        (wish(cause=Cause.SUPPLY, clinician="Dr B"), 1, asked(tier=1), "first tier"),
        (wish(), 1, asked(), ""),
    ],
)
def test_who_needs_blood_sooner_is_not_kept_waiting_by_an_old_deferral(wanted, hours, row, fault):
    (deferral,) = said((0, 0, wanted))
    faults = carry_faults(deferral, [row | {"requested_at": NOON + timedelta(hours=hours)}])
    assert bool(faults) == bool(fault)
    assert fault in " ".join(faults)


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
        store.confirm(run_id, "p_stranger", {"is_stable": True}, by="Nurse A")


def test_a_visit_goes_only_when_every_answer_is_there_and_the_latest_counts(kept):
    store, run_id = kept
    visits, lines = store.result(run_id, "go_no_go"), store.result(run_id, "allocations")
    visit = visits.iloc[0]
    # the sample region proposes no unit to this patient: one line more, of a unit of the stock
    line = lines[lines["unit_id"].notna()].head(1).assign(patient_id=visit.patient_id, status="assigned")
    lines = pd.concat([lines[lines["patient_id"] != visit.patient_id], line], ignore_index=True)
    sample = visit.visit_on.date() - timedelta(days=1)

    def verdict(**said):
        store.confirm(run_id, visit.patient_id, said, by="Nurse A", reason="called")
        now = judged(visits, lines, newest_of(store.confirmations(run_id)))
        return now.set_index("patient_id").loc[visit.patient_id, ["is_go", "lacking"]].tolist()

    assert verdict(sample_taken_on=sample, is_stable=True, has_transport=True) == [False, "crossmatch not done"]
    assert verdict(is_crossmatched=True) == [True, ""], "what one house answers takes nothing from the other's answers"
    questions = {
        "sample_taken_on": "sample", "is_crossmatched": "crossmatch", "is_stable": "stability",
        "has_transport": "transport",
    }  # fmt: skip
    for name, words in questions.items():
        answer = getattr(store.confirmations(run_id)[-1].answers, name)
        is_go, lacking = verdict(**{name: None})
        assert (is_go, words in lacking) == (False, True), "an answer that nobody gave is a no-go"
        assert verdict(**{name: answer}) == [True, ""]
    assert verdict(is_stable=False) == [False, "not stable"]
    stale = verdict(is_stable=True, sample_taken_on=sample - timedelta(days=9))
    assert not stale[0]
    assert verdict(sample_taken_on=sample) == [True, ""]
    taken_off = lines.assign(unit_id=lines["unit_id"].mask(lines["patient_id"] == visit.patient_id))
    assert not judged(visits, taken_off, newest_of(store.confirmations(run_id)))["is_go"].any()
    with pytest.raises(VerificationError, match="later than the visit"):
        store.confirm(run_id, visit.patient_id, {"sample_taken_on": date(2030, 1, 1)}, by="Nurse A")


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
