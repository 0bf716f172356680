"""A deployment pinned to a model keeps to it; a model that knows the future of the day is refused."""

from datetime import date

import pytest

from hemoflow.domain.errors import StateError
from hemoflow.store import open_store
from tasks.pinned import need_model


@pytest.fixture
def store(tmp_path):
    with open_store(f"sqlite:///{tmp_path / 'store.db'}", tmp_path) as opened:
        opened.init()
        for name, kind, day in (("old", "need", 1), ("new", "need", 3), ("other", "segmentation", 1)):
            opened.add_model(
                kind, name, tmp_path / "models" / name, sha256=name, trained_as_of=date(2024, 10, day), metrics={},
                features=["x"], data_hash=name,
            )  # fmt: skip
            opened.promote(name)
        yield opened


def test_the_pin_is_stronger_than_promotion(store, monkeypatch):
    monkeypatch.delenv("HEMOFLOW_NEED_MODEL", raising=False)
    assert need_model(store, date(2024, 10, 5)).model_id == "new"
    assert need_model(store, date(2024, 9, 30)) is None
    monkeypatch.setenv("HEMOFLOW_NEED_MODEL", "old")
    assert need_model(store, date(2024, 10, 5)).model_id == "old"


@pytest.mark.parametrize("name", ["new", "other", "unknown"])
def test_a_pin_that_cannot_hold_is_refused(store, monkeypatch, name):
    monkeypatch.setenv("HEMOFLOW_NEED_MODEL", name)
    with pytest.raises(StateError):
        need_model(store, date(2024, 10, 2))
