"""Where past points outgrow one machine: whom it learns from, who grows the trees, and by which settings."""

from datetime import date
from unittest.mock import MagicMock

import pandas as pd
import pytest

from hemoflow.domain.policy import load_policy
from models.need import cluster
from models.need.cluster import some_patients
from models.need.model import NeedModel
from models.need.programme import Programme
from models.need.request import RequestModel
from tasks import training

POLICY = load_policy("region_demo")
POINTS = pd.DataFrame({"patient_id": [f"p{number % 50:02d}" for number in range(500)], "cut_at": range(500)})


def test_patients_are_drawn_whole_and_at_random():
    one, same, other = (some_patients(POINTS, 105, seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(one, same)
    assert (one.groupby("patient_id").size() == 10).all()
    assert one["patient_id"].nunique() == 10
    assert set(one["patient_id"]) != set(other["patient_id"])


@pytest.mark.parametrize(
    ("engine", "most", "learned_from", "grown_from"),
    [("spark", 105, 100, 500), ("spark", 500, 500, None), ("duckdb", 105, 500, None)],
)
def test_only_spark_with_more_points_than_one_machine_takes_grows_apart(
    monkeypatch, engine, most, learned_from, grown_from
):
    def ask(points, *_):
        return points

    view = MagicMock(need_features=ask, need_labels=ask, crossings=ask, learning_rows=ask)
    view.engine.name = engine
    monkeypatch.setattr(training, "in_force", MagicMock())
    monkeypatch.setattr(training, "train", lambda features, **_: {"learned": len(features)})
    monkeypatch.setattr(training, "grow", lambda model, rows, *_, **__: model | {"grown": len(rows)})
    found = training.learned(view, POINTS, POLICY, date(2024, 10, 31), seed=1, most=most)
    assert found["learned"] == learned_from
    assert found.get("grown") == grown_from


@pytest.mark.parametrize(("is_used", "depth"), [(True, 7), (False, POLICY.need.max_depth)])
def test_the_trees_of_the_first_day_grow_by_the_settings_that_a_search_chose(monkeypatch, is_used, depth):
    asked = []
    monkeypatch.setattr(cluster, "_fit", lambda _rows, _make, need, *_, **__: asked.append(need.max_depth))
    nothing = RequestModel(None, None, None)
    model = NeedModel(
        {"chronic": Programme(nothing, nothing, None, nothing)},
        POLICY.need.horizon_days, (), {}, {}, 1, "", date(2024, 10, 31), None,
        searched={"chronic": {"is_used": is_used, "settings": {"max_depth": 7}}},
    )  # fmt: skip
    rows = MagicMock(name="a Spark frame")
    cluster.grow(model, rows, POLICY.need, seed=1)
    assert asked == [depth, POLICY.need.max_depth, POLICY.need.max_depth]
