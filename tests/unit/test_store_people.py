"""What people do: changes by hand, trials and users; the ledger keeps it all and notices who meddles."""

import pandas as pd
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from hemoflow.domain.errors import ApprovedPlanError, StateError, UsageError, VerificationError
from hemoflow.schemas.frames import conform
from hemoflow.schemas.routing import ROUTES
from hemoflow.schemas.supply import ALLOCATIONS, OPEN_REQUESTS, ORDERS, STOCK
from hemoflow.store import RunStatus
from hemoflow.store.trials import TrialStatus
from tests.conftest_store import in_processes, key, sample

pytest_plugins = ["tests.conftest_store"]
ORDER = {"component": "red_cells", "blood_group": "O-"}
LINE = {"request_id": "r1", "line_number": 1}


def row(layout, count, **fields):
    """A frame of ``count`` rows with these fields in it."""
    frame = sample(layout, count).head(count)
    for name, values in fields.items():
        frame[name] = pd.Series(values, index=frame.index, dtype=frame[name].dtype)
    return conform(frame, layout)


@pytest.fixture
def draft(store):
    """A draft: two orders, one O+ patient, units of O+, A+ and a reserved one, a patient barred from home."""
    as_of = pd.Timestamp(key().as_of)
    later = as_of + pd.Timedelta(5, "D")
    run_id = store.open_run(key()).run_id
    units = row(
        STOCK, 4, unit_id=["u-o", "u-a", "u-res", "u-old"], component=["red_cells"] * 4,
        blood_group=["O+", "A+", "O+", "O-"], outdate_on=[later, later, later, as_of - pd.Timedelta(1, "D")],
        state=["available", "available", "reserved", "available"], reserved_request_id=[None, None, "r9", None],
        is_irradiated=[True] * 4,
    )  # fmt: skip
    request = row(
        OPEN_REQUESTS, 1, request_id=["r1"], component=["red_cells"], patient_blood_group=["O+"],
        is_emergency_rule=[False], needs_irradiated=[True],
    )  # fmt: skip
    line = row(
        ALLOCATIONS, 1, request_id=["r1"], line_number=[1], unit_id=[None], match_class=["external"],
        status=["order_external"],
    )  # fmt: skip
    orders = row(ORDERS, 2, component=["red_cells"] * 2, blood_group=["O-", "A+"], order_units=[3, 0])
    gates = {"gates_failed": ["no consent", ""], "gates_unknown": ["", "travel time"]}
    routes = row(ROUTES, 2, patient_id=["p1", "p2"], route=["CLINIC"] * 2, **gates)
    frames = {"stock": units, "open_requests": request, "allocations": line, "orders": orders, "routes": routes}
    store.save_stage(run_id, "assignment", frames)
    store.publish(run_id)
    return run_id


def test_a_change_by_hand_is_told_in_the_row_and_leaves_the_files_alone(store, draft):
    before = store.result(draft, "orders")
    change = store.override(draft, "orders", ORDER, 5, by="Dr A", reason="holiday tomorrow")
    again = store.override(draft, "orders", ORDER, 6, by="Dr B", reason="and a marathon")
    assert (change.before, change.after, again.before) == (3, 5, 5)
    now = store.effective(draft, "orders").set_index("blood_group")
    assert now.loc["O-", "order_units"] == 6
    assert now.loc["O-", "reason"] == "Changed by Dr B from 5 to 6: and a marathon"
    pd.testing.assert_frame_equal(store.result(draft, "orders"), before)
    assert store.overrides(draft) == [change, again]


def test_another_unit_may_be_chosen_when_it_is_safe(store, draft):
    store.override(draft, "allocations", LINE, "u-o", by="Lab", reason="at hand")
    line = store.effective(draft, "allocations").iloc[0]
    assert (line["unit_id"], line["unit_blood_group"], line["status"]) == ("u-o", "O+", "sample_needed")
    store.override(draft, "allocations", LINE, None, by="Lab", reason="cancelled")
    assert store.effective(draft, "allocations")["unit_id"].isna().all()


REFUSED = [
    ("allocations", LINE, "u-a", r"group A\+ is not compatible with the patient's \(O\+\)"),
    ("allocations", LINE, "u-res", "reserved for another request"),
    ("allocations", LINE, "u-old", "past its last day"),
    ("allocations", LINE, "u-none", "not in the stock"),
    ("orders", ORDER, -1, "not a whole number"),
    ("orders", ORDER, 1.5, "not a whole number"),
    ("routes", {"patient_id": "p1"}, "HOME", "hard gates: no consent"),
    ("routes", {"patient_id": "p2"}, "HOME", "only once it is known: travel time"),
    ("routes", {"patient_id": "p1"}, "MOON", "not one of"),
]


def test_safety_refuses_whoever_asks(store, draft):
    for table, where, value, words in REFUSED:
        with pytest.raises(VerificationError, match=words):
            store.override(draft, table, where, value, by="Dr A", reason="because")
    assert store.ledger() == []


UNFIT = [
    ({"reason": " "}, "needs a reason"),
    ({"by": ""}, "needs a name"),
    ({"table": "stock"}, "cannot be changed by hand"),
    ({"key": {"blood_group": "O-"}}, "is named by component, blood_group"),
    ({"key": {"component": "red_cells", "blood_group": "B-"}}, "no such row"),
]


def test_a_change_without_its_words_is_refused(store, draft):
    for changes, words in UNFIT:
        asked = {"table": "orders", "key": ORDER, "by": "Dr A", "reason": "because"} | changes
        with pytest.raises(UsageError, match=words):
            store.override(draft, asked["table"], asked["key"], 1, by=asked["by"], reason=asked["reason"])


def test_approval_seals_the_changes(store, draft):
    store.override(draft, "orders", ORDER, 5, by="Dr A", reason="holiday")
    store.approve(draft, "Dr A", "checked")
    assert store.verify_approvals() == []
    assert [entry.kind for entry in store.ledger(draft)] == ["override", "approve"]
    with pytest.raises(ApprovedPlanError, match="stays as it is"):
        store.override(draft, "orders", ORDER, 6, by="Dr A", reason="late")
    with store._database.writing() as connection:
        connection.execute(text("DROP TRIGGER IF EXISTS ledger_keeps_UPDATE") if _is_sqlite(store) else DISARM)
        connection.execute(text("UPDATE ledger SET subject = 'another' WHERE number = 1"))
    assert "are not those that were approved" in store.verify_approvals()[0]
    assert store.verify_ledger() == ["Ledger entry 1 was changed."]


DISARM = text("ALTER TABLE ledger DISABLE TRIGGER USER")


def _is_sqlite(store):
    return store._database.engine.dialect.name == "sqlite"


@pytest.mark.parametrize("statement", ["UPDATE ledger SET reason = 'x'", "DELETE FROM ledger"])
def test_the_ledger_refuses_to_be_changed(store, statement):
    store.note("export", "orders", "Dr A", "", {"rows": 8})
    with pytest.raises(DatabaseError, match="append-only"), store._database.writing() as connection:
        connection.execute(text(statement))
    assert len(store.ledger()) == 1
    assert store.verify_ledger() == []


def test_a_gap_in_the_ledger_is_noticed(store):
    for number in range(3):
        store.note("export", f"thing {number}", "Dr A", "", {})
    with store._database.writing() as connection:
        connection.execute(text("DROP TRIGGER IF EXISTS ledger_keeps_DELETE") if _is_sqlite(store) else DISARM)
        connection.execute(text("DELETE FROM ledger WHERE number = 2"))
    assert store.verify_ledger() == ["Ledger entry 3 does not follow the one before it."]


def _note(place, number):
    with place.open() as store:
        store.note("export", str(number), "Dr A", "", {})


def test_two_people_write_at_once(place):
    assert in_processes(_note, (place, 1), (place, 2), (place, 3)) == [0, 0, 0]
    with place.open() as store:
        assert [entry.number for entry in store.ledger()] == [1, 2, 3]
        assert store.verify_ledger() == []


def test_a_trial_is_kept_once_and_ends_once(store, draft):
    changes = {"supply.target_days_of_stock": 8}
    trial = store.save_what_if(draft, changes, {"order_units": 2}, by="Dr A")
    assert store.save_what_if(draft, changes, {"order_units": 2}, by="Dr B") == trial
    other = store.save_what_if(draft, {"phase": "red"}, {}, by="Dr A")
    assert store.what_ifs(draft) == [other, trial]
    assert store.discard_what_if(other.what_if_id, by="Dr A", reason="no").status is TrialStatus.DISCARDED
    assert store.adopt_what_if(trial.what_if_id, draft, by="Dr A").adopted_run_id == draft
    with pytest.raises(StateError, match="is ADOPTED"):
        store.discard_what_if(trial.what_if_id, by="Dr A")
    with pytest.raises(UsageError, match="no trial"):
        store.what_if("what-if-x")
    assert [entry.kind for entry in store.ledger()] == ["what-if", "what-if", "discard", "adopt"]


def test_users_have_a_role_and_may_be_shut_out(store):
    store.save_user("anna", "planner", "hash 1", by="admin")
    assert store.save_user("anna", "laboratory", "hash 2", by="admin", is_active=False) == store.user("anna")
    assert [(user.role, user.password_hash, user.is_active) for user in store.users()] == [
        ("laboratory", "hash 2", False)
    ]
    assert store.user("bert") is None
    with pytest.raises(UsageError, match="Roles: planner"):
        store.save_user("bert", "king", "", by="admin")
    assert "hash" not in str([entry.detail for entry in store.ledger("anna")])


def test_a_failed_run_is_marked_and_may_run_again(store):
    run_id = store.open_run(key()).run_id
    store.fail(run_id)
    assert store.run(run_id).status is RunStatus.FAILED
    assert store.open_run(key()).status is RunStatus.RUNNING
    store.publish(run_id)
    store.fail(run_id)
    assert store.run(run_id).status is RunStatus.DRAFT
