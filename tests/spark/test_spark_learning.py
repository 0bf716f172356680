"""Trees that XGBoost's Spark estimators grow, beside those of one machine from the same rows."""

from datetime import date

import numpy as np
import pytest

from hemoflow.domain.errors import UsageError
from hemoflow.domain.policy import load_policy
from models.need import train
from models.need.cluster import grow
from models.need.features import matrix
from models.need.model import NeedModel

NEED = load_policy("region_demo").need


@pytest.fixture(scope="module")
def points(world):
    return world.duckdb.training_points(7, chronic_every_days=15)


@pytest.fixture(scope="module")
def alone(world, points):
    """The model of one machine."""
    features, labels = world.duckdb.need_features(points), world.duckdb.need_labels(points, NEED.horizon_days)
    return features, train(features, labels, NEED, seed=1, trained_as_of=date(2024, 10, 30))


def test_trees_grown_on_spark_predict_what_those_of_one_machine_do(world, points, alone, tmp_path):
    features, model = alone
    grown = grow(model, world.spark.learning_rows(points, NEED.horizon_days), NEED, seed=1)
    columns, programme = matrix(features, NEED), features["programme"]
    for one, other in (
        (model.probability(columns, programme), grown.probability(columns, programme)),
        (model.week_probability(columns, programme), grown.week_probability(columns, programme)),
    ):
        np.testing.assert_array_equal(other, one, "one worker grows the same trees")
    for name, models in model.programmes.items():
        one, other = (m.units_by_day(columns, NEED.horizon_days) for m in (models, grown.programmes[name]))
        np.testing.assert_array_equal(other, one)
    sha256 = grown.save(tmp_path)
    assert NeedModel.load(tmp_path, sha256=sha256).model_id == grown.model_id


def test_the_engine_of_one_machine_has_no_frames_apart(world, points):
    with pytest.raises(UsageError, match="HEMOFLOW_ENGINE=spark"):
        world.duckdb.learning_rows(points, NEED.horizon_days)
