"""Visits decided and confirmed in words: the same entries of the ledger and refusals as by the forms of the cockpit."""

import pytest
from typer.testing import CliRunner

from flows.cli import app
from hemoflow.domain.errors import UsageError, VerificationError
from hemoflow.store import open_store
from tests.browser.cockpit_sample import prepared
from tests.browser.sample import AS_OF


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return prepared(tmp_path_factory.mktemp("visits") / "home", 1)


@pytest.fixture
def store(home, monkeypatch):
    monkeypatch.setenv("HEMOFLOW_HOME", str(home))
    monkeypatch.delenv("HEMOFLOW_DATABASE_URL", raising=False)
    with open_store(f"sqlite:///{home / 'hemoflow.db'}", home) as opened:
        yield opened


def call(*words):
    return CliRunner().invoke(app, [*map(str, words), "--by", "Nurse A"])


def test_a_visit_is_deferred_accepted_and_reopened_and_safety_is_asked(store):
    run_id = store.run(str(AS_OF)).run_id
    patient = store.result(run_id, "worklist").query("open_units == 0").iloc[0].patient_id
    defer = ("decide", AS_OF, patient, "defer", "--until", "2024-11-04", "--for", "clinical", "--reason", "fever")
    at = f"{AS_OF}T14:00"
    assert "is deferred to 2024-11-04, for: clinical" in call(*defer, "--at", at).stdout
    assert call("decide", AS_OF, patient, "reopen", "--reason", "well again").exit_code == 0
    assert "is accepted" in call("decide", AS_OF, patient, "accept").stdout
    told = store.decisions(run_id)
    assert [(each.by, str(each.wish.choice), each.reason) for each in told] == [
        ("Nurse A", "defer", "fever"), ("Nurse A", "open", "well again"), ("Nurse A", "accept", ""),
    ]  # fmt: skip
    assert told[0].at.astimezone().isoformat().startswith(at)
    assert told[1].at.date() > AS_OF, "without --at it is now"
    for wrong in ("2024-10-01T08:00", "2999-01-01T08:00"):
        assert isinstance(call(*defer, "--at", wrong).exception, UsageError)
    assert isinstance(call("decide", AS_OF, patient, "accept", "--until", "2024-11-04").exception, UsageError)
    listed = set(store.result(run_id, "worklist")["patient_id"])
    urgent = store.result(run_id, "open_requests").query("urgency == 0")["patient_id"]
    refused = call("decide", AS_OF, urgent[urgent.isin(listed)].iloc[0], *defer[3:], "--clinician", "Dr B")
    assert isinstance(refused.exception, VerificationError)
    assert store.verify_ledger() == []


def test_both_houses_answer_for_a_home_visit_and_what_is_lacking_is_said(store):
    run_id = store.run(str(AS_OF)).run_id
    visit = store.result(run_id, "go_no_go").iloc[0]
    said = call("confirm", AS_OF, visit.patient_id, "--stable", "--transport", "--sample-taken", AS_OF).stdout
    assert said.startswith("NO-GO")
    assert "crossmatch not done" in said
    said = call("confirm", AS_OF, visit.patient_id, "--crossmatched").stdout
    assert said.strip().endswith("unit not assigned"), "the answers of before stand"
    assert "not stable" in call("confirm", AS_OF, visit.patient_id, "--not-stable").stdout
    assert isinstance(call("confirm", AS_OF, visit.patient_id).exception, UsageError)
    assert len(store.confirmations(run_id)) == 3
