"""Models: a run uses the newest promoted one that has seen nothing after its day."""

from datetime import date

import pytest

from hemoflow.domain.errors import StateError, UsageError

pytest_plugins = ["tests.conftest_store"]


def add(store, model_id, trained_as_of=date(2024, 3, 1), **changes):
    fields = {"sha256": "s", "metrics": {"auroc": 0.9}, "features": ["b", "a"], "data_hash": "d"} | changes
    folder = store._database.home / "models" / model_id
    return store.add_model("need", model_id, folder, trained_as_of=trained_as_of, **fields)


def test_a_model_is_remembered_as_it_was_given(store):
    record = add(store, "need-1")
    assert record.folder == store._database.home / "models" / "need-1"
    assert (record.metrics, record.features, record.is_promoted) == ({"auroc": 0.9}, ("b", "a"), False)
    assert store.model("need-1") == record
    assert add(store, "need-1") == record
    assert store.promote("need-1").is_promoted
    assert add(store, "need-1").is_promoted


def test_a_metric_that_could_not_be_computed_is_null(store):
    record = add(store, "need-1", metrics={"auroc": float("nan"), "folds": [0.5, float("inf")]})
    assert record.metrics == {"auroc": None, "folds": [0.5, None]}


def test_another_model_under_the_same_name_is_refused(store):
    add(store, "need-1")
    with pytest.raises(StateError, match="Model need-1 exists and is another one"):
        add(store, "need-1", sha256="other")
    assert store.model("need-1").sha256 == "s"


def test_the_newest_promoted_model_up_to_the_day_is_used(store):
    for day in (1, 5, 9):
        add(store, f"need-{day}", date(2024, 3, day))
    assert store.promoted_model("need", date(2024, 3, 9)) is None
    for day in (9, 5, 1):
        store.promote(f"need-{day}")
    found = [store.promoted_model("need", date(2024, 3, day)) for day in (1, 4, 5, 8, 9, 30)]
    assert [record.model_id for record in found] == [f"need-{day}" for day in (1, 1, 5, 5, 9, 9)]
    assert store.promoted_model("need", date(2024, 2, 29)) is None
    assert store.promoted_model("routing", date(2024, 3, 9)) is None


def test_of_models_of_one_day_the_last_promoted_is_used(store):
    for name in ("a", "b"):
        add(store, name)
    for name in ("a", "b", "b", "a"):
        store.promote(name)
        assert store.promoted_model("need", date(2024, 3, 1)).model_id == name


def test_what_is_not_there_is_said(store):
    for ask in (store.model, store.promote):
        with pytest.raises(StateError, match="There is no model nobody"):
            ask("nobody")


def test_a_model_lives_in_the_home_folder(store):
    with pytest.raises(UsageError, match="is not under"):
        add(store, "../../need-1")


def test_rolling_back_uses_the_model_before(store):
    for model_id in ("need-1", "need-2"):
        add(store, model_id)
        store.promote(model_id)
    withdrawn, current = store.roll_back("need")
    assert (withdrawn.model_id, current.model_id) == ("need-2", "need-1")
    assert store.promoted_model("need", date(2024, 3, 1)).model_id == "need-1"
    assert [(record.model_id, record.is_promoted) for record in store.models()] == [("need-1", True), ("need-2", False)]
    with pytest.raises(StateError, match="none to go back to"):
        store.roll_back("need")
    stands = [(record.model_id, how, record.decision) for record, how in store.standings("need", date.max)]
    assert stands == [
        ("need-1", "in force", ""), ("need-2", "not promoted", "Withdrawn: need-1 is used again."),
    ]  # fmt: skip
    store.promote("need-2", "Promoted: it came back.")
    assert [(record.model_id, how) for record, how in store.standings("need", None, pinned="need-1")] == [
        ("need-1", "in force, pinned by the deployment"), ("need-2", "promoted, not in force"),
    ]  # fmt: skip
    store.roll_back("need")
    assert store.model("need-2").decision == "Withdrawn: need-1 is used again. Before: Promoted: it came back."
    assert store.last_promoted("need").model_id == "need-1"
    assert store.last_promoted("demand") is None
