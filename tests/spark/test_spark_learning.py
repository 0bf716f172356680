"""Trees that XGBoost's Spark estimators grow, beside those of one machine from the same rows."""

from dataclasses import replace
from datetime import date
from functools import partial

import numpy as np
import pandas as pd
import pytest

from hemoflow.asof import parts
from hemoflow.asof.parts import apart_by, by_rows
from hemoflow.domain.blood_groups import BloodGroup
from hemoflow.domain.errors import SolveError, UsageError
from hemoflow.domain.policy import load_policy
from hemoflow.schemas.need import NEED as NEED_LAYOUT
from models.need import predict_days, predict_today, train, with_week_units
from models.need.cluster import grow
from models.need.features import matrix
from models.need.model import NeedModel
from optimization.apart import PROGRAMS, plans_of
from tests.optimization_sample import instance

POLICY = load_policy("region_demo")
NEED = replace(POLICY.need, trees=6, parallel_trees=2, folds=2, deals=1)


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


def test_scores_are_the_same_on_the_workers_and_in_parts(alone, monkeypatch):
    features, model = alone
    today = features.drop_duplicates("patient_id", keep="last").head(40)
    today = with_week_units(today, predict_days(model, today, NEED, as_of=date(2024, 10, 30)))
    score = partial(predict_today, model, need=NEED, as_of=date(2024, 10, 30))
    here = score(today)
    monkeypatch.setattr(parts, "SOME_ROWS", 7)
    for engine in ("spark", "duckdb"):
        pd.testing.assert_frame_equal(by_rows(today, score, NEED_LAYOUT, engine=engine), here, check_exact=True)


def test_programs_of_blood_groups_give_the_same_plans_on_the_workers():
    problems = {group: instance(T=4, stock={0: units}, demand={1: {2: 3}}) for units, group in enumerate(BloodGroup)}
    here = plans_of(problems, POLICY.supply)
    assert len({plan.external_units for plan in here.values()}) > 1
    apart = apart_by("blood_group", PROGRAMS, engine="spark")
    assert plans_of(problems, POLICY.supply, apart) == here


def test_what_cannot_be_solved_on_a_worker_is_told_as_it_would_be_here():
    problems = {group: instance(T=4, stock={0: 1}, demand={1: {2: 3}}) for group in BloodGroup}
    hurried = replace(POLICY.supply, solver_time_limit_s=0.0)
    with pytest.raises(SolveError) as here:
        plans_of(problems, hurried)
    with pytest.raises(SolveError) as there:
        plans_of(problems, hurried, apart_by("blood_group", PROGRAMS, engine="spark"))
    assert str(there.value) == str(here.value)
